"""The console's incident: takes in judgements, keeps its state on the disk, makes the record, notifies.

It lives on the event loop's thread; files are read and written on threads, one after the other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

from config.levels import Level
from config.paths import writable_state_dir
from tui import __version__
from tui.board import Board
from tui.collect.offload import offload
from tui.domain.findings import BreachEvent, Finding
from tui.domain.queryruns import Past
from tui.domain.queryruns import Run as QueryRun
from tui.incidentdeeds import deeds_between, write_record
from tui.incidentfile import load_kept, save_kept, stack_file
from tui.notify import CommandNotifier
from tui.triage.entry import TimelineEntry
from tui.triage.record import Cause, Place, Record
from tui.triage.recorder import Kept, Key, Recorder, sightings
from tui.triage.recordparts import asked_of, charts_of, entries_of, start_of

_log = logging.getLogger(__name__)
SNOOZES: Final = (("15 minutes", 900.0), ("1 hour", 3600.0), ("4 hours", 14_400.0))
"""What a breach can be snoozed for, and seconds."""


class IncidentDesk:
    """One console's incident.

    Args:
        board: What is judged.
        tell: Told what is wrong, on any thread.

    Attributes:
        recorder: The incident and what is muted.
        cause: Returns the explanation, for the record; replaced where there is one.
        entries: Returns the timeline of (start_s, end_s); replaced where there is one.
        queries: Returns the query runs at hand and the history.
    """

    def __init__(self, board: Board, tell: Callable[[str], None]) -> None:
        self._board = board
        self._tell = tell
        self.recorder = Recorder()
        self.cause: Callable[[], Cause | None] = lambda: None
        self.entries: Callable[[float, float], Iterable[TimelineEntry]] = lambda start, end: ()
        self.queries: Callable[[], tuple[tuple[QueryRun, ...], tuple[Past, ...]]] = lambda: ((), ())
        self._file: Path | None = None
        self._is_ready = False
        self._saved: Kept = self.recorder.kept
        self._lock = threading.Lock()
        notify = board.config.notify
        self._command = CommandNotifier(notify.command, notify.timeout, tell) if notify.command else None

    async def take_up(self) -> None:
        """Go on with the incident of an earlier console of this stack."""
        now = self._board.now_s

        def load() -> tuple[Path | None, Kept, str]:
            folder = writable_state_dir()
            if folder is None:
                return None, Kept(), ""
            file = stack_file(self._board.config, folder)
            return (file, *load_kept(file, now))

        self._file, kept, problem = await offload(load, name="incident")
        self.recorder = Recorder(kept)
        self._saved, self._is_ready = kept, True
        if problem:
            self._tell(problem)

    def judged(self) -> list[BreachEvent]:
        """Take in the latest judgement; return the edges that are to be told."""
        events = self._board.take_events()
        assessment = self._board.assessment
        if not self._is_ready or assessment is None or not self._board.is_judging:
            return events
        now = assessment.at_s
        heard = [one for one in events if not self.recorder.is_muted(one.finding, now)]
        before = self.recorder.kept.mutes
        if self.recorder.observe(sightings(assessment, self._board.config), now):
            self._keep()
        # A snooze that has run out over a breach that goes on is told anew.
        told = {(one.finding.id, one.finding.resource) for one in events}
        ended = [key for key, one in before.items() if one.until_s is not None and one.until_s <= now]
        again = [
            assessment.trackers.told[key]
            for key in ended
            if key in assessment.trackers.told and key not in told
        ]
        self._board.muted = frozenset(self.recorder.kept.mutes)
        return heard + [BreachEvent("opened", one) for one in again]

    def send(self, event: BreachEvent) -> None:
        """Hand an edge to the command of the configuration."""
        if self._command is None or not self.is_heard(event, self._board.config.notify.command_level):
            return
        one = event.finding
        self._command.send(
            {
                "schema": 1,
                "event": event.kind,
                "level": one.level.value,
                "id": one.id,
                "resource": one.resource,
                "sentence": one.sentence,
                "since_s": one.since_s,
                "at_s": self._board.now_s,
                "incident": self.recorder.incident.id if self.recorder.incident else None,
            }
        )

    def is_heard(self, event: BreachEvent, least: str | None) -> bool:
        """Whether an edge is bad enough for a channel; `notify.level` where the channel has none."""
        return event.finding.level.rank >= Level(least or self._board.config.notify.level).rank

    def mute(self, finding: Finding, seconds: float | None) -> None:
        """Acknowledge a breach until it closes (None), or snooze it."""
        self.recorder.mute(finding, None if seconds is None else self._board.now_s + seconds)
        self._board.muted = frozenset(self.recorder.kept.mutes)
        self._keep()

    def unmute(self, key: Key) -> None:
        """Tell of a breach again."""
        self.recorder.unmute(key)
        self._board.muted = frozenset(self.recorder.kept.mutes)
        self._keep()

    async def write(self, *, ascii: bool) -> tuple[Record, tuple[Path, Path], str]:
        """Write the record's files; return it, them and why they are elsewhere.

        Raises:
            OSError: They cannot be written anywhere.
        """
        now = self._board.now_s
        start = start_of(self.recorder.incident, now)
        deeds, problem = await offload(partial(deeds_between, start, now), name="audit")
        runs, history = self.queries()
        record = Record(
            self.recorder.incident,
            now,
            start,
            self._place(),
            charts_of(self._board.assessment, self.recorder.incident),
            entries_of(self.entries(start, now), start, now),
            asked_of(runs, history, start, now),
            deeds,
            self.cause(),
            (problem,) if problem else (),
        )
        files, why = await offload(partial(write_record, record, ascii=ascii), name="record")
        return record, files, why

    def close(self) -> None:
        """Write the state down a last time, and end the command."""
        if self._command is not None:
            self._command.close()
        if self._is_ready:
            self._save()

    def _place(self) -> Place:
        return place_of(self._board)

    def _keep(self) -> None:
        threading.Thread(target=self._save, name="incident-state", daemon=True).start()

    def _save(self) -> None:
        # One after the other, each with the newest state.
        with self._lock:
            kept = self.recorder.kept
            if self._file is None or kept == self._saved:
                return
            try:
                save_kept(self._file, kept, self._board.now_s)
            except OSError as error:
                _log.warning("the state of the incident cannot be written: %s", error)
                return
            self._saved = kept


def place_of(board: Board) -> Place:
    """Return where a record is made: stack, account, Region, caller."""
    stack, identity = board.config.stack, board.hub.store.snapshot("identity")
    names = (*stack.services, *stack.databases, *stack.load_balancers)
    return Place(
        names,
        identity.account if identity is not None else "",
        (identity.region if identity is not None else board.config.region) or "",
        identity.arn if identity is not None else "",
        __version__,
    )
