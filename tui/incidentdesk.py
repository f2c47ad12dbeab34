"""The console's incident: takes in judgements, keeps its state on the disk, makes the record, notifies.

It lives on the event loop's thread; files are read and written on threads, one after the other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
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
from tui.incidentdeeds import deeds_between, read_runs, write_record
from tui.incidentfile import load_kept, save_kept, stack_file
from tui.incidentjoin import Examined, examine
from tui.notify import CommandNotifier
from tui.triage.incident import Incident
from tui.triage.record import Cause, Place, Record
from tui.triage.recordbreaches import refined
from tui.triage.recorder import Kept, Key, Recorder, sightings
from tui.triage.recordparts import asked_of, chart_gaps, charts_of, start_of, told_entries

_log = logging.getLogger(__name__)
SNOOZES: Final = (("15 minutes", 900.0), ("1 hour", 3600.0), ("4 hours", 14_400.0))
"""What a breach can be snoozed for, and seconds."""


FILLS_IN_S: Final = 120.0
"""For this long after a cause stands out the explanation that is kept is replaced by what fills in."""


class IncidentDesk:
    """One console's incident.

    Args:
        board: What is judged.
        tell: Told what is wrong, on any thread.

    Attributes:
        recorder: The incident and what is muted.
        queries: Returns the query runs at hand and the history.
    """

    def __init__(self, board: Board, tell: Callable[[str], None]) -> None:
        self._board = board
        self._tell = tell
        self.recorder = Recorder()
        self.queries: Callable[[], tuple[tuple[QueryRun, ...], tuple[Past, ...]]] = lambda: ((), ())
        self._file: Path | None = None
        self._is_ready = False
        self._began_s = board.now_s
        self._first_s: float | None = None
        self._has_told_unsaved = self._is_closed = False
        self._saved: Kept = self.recorder.kept
        self._sure_s: float | None = None
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
        elif self._file is None:
            self._tell(
                "The incident is not kept over a restart: no folder for state can be written."
                " Set XDG_STATE_HOME to one that can."
            )

    def judged(self) -> list[BreachEvent]:
        """Take in the latest judgement; return the edges that are to be told."""
        events = self._board.take_events()
        assessment = self._board.assessment
        if not self._is_ready or assessment is None or not self._board.is_judging:
            return events
        now = assessment.at_s
        if self._first_s is None:
            self._first_s = now
        heard = [one for one in events if not self.recorder.is_muted(one.finding, now)]
        before = self.recorder.kept.mutes
        seen = sightings(assessment, self._board.config, (self._began_s, self._first_s))
        if self.recorder.observe(seen, now):
            self._keep()
        # A snooze that has run out over a breach that goes on is told anew.
        told = {(one.finding.id, one.finding.resource) for one in events}
        ended = [key for key, one in before.items() if one.until_s is not None and one.until_s <= now]
        again = [
            assessment.trackers.told[key]
            for key in ended
            if key in assessment.trackers.told and key not in told
        ]
        self._show_mutes()
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
        self._show_mutes()
        self._keep()

    def unmute(self, key: Key) -> None:
        """Tell of a breach again."""
        self.recorder.unmute(key)
        self._show_mutes()
        self._keep()

    # ------------------------------------------------------------ what is explained

    def ticked(self, step: str, *, is_done: bool) -> None:
        """Note a runbook step as done, or not; kept at once."""
        note = self.recorder
        if note.tick(step, self._board.now_s) if is_done else note.untick(step):
            self._keep()

    def explained(self, cause: Cause) -> None:
        """Keep an explanation for the record, if it is of a breach of this incident and tells more."""
        incident, known, now = self.recorder.incident, self.recorder.kept.cause, self._board.now_s
        if incident is not None and known is not None and not self._tells_more(cause, known, incident, now):
            return
        if self.recorder.explain(cause):
            if cause.is_sure and (known is None or not known.is_sure or known.breach != cause.breach):
                self._sure_s = now
            self._keep()

    def _tells_more(self, cause: Cause, known: Cause, incident: Incident, now_s: float) -> bool:
        """Whether an explanation is to take the place of the one that is kept."""
        is_open = any((one.id, one.resource) == cause.breach for one in self._board.findings())
        if not (is_open and cause.is_sure):
            return False
        if not known.is_sure:
            return True
        if cause.breach != known.breach:
            return cause.breach == incident.worst.key
        # It fills in for a while; later the signs are those of what was done about it.
        return self._sure_s is not None and now_s - self._sure_s <= FILLS_IN_S

    # ------------------------------------------------------------ the record

    async def write(self, *, ascii: bool) -> tuple[Record, tuple[Path, Path], str]:
        """Write the record's files; return it, them and why they are elsewhere.

        Raises:
            OSError: They cannot be written anywhere.
        """
        record = await self._record()
        files, why = await offload(partial(write_record, record, ascii=ascii), name="record")
        return record, files, why

    async def _record(self) -> Record:
        # Late: the console starts without what explains.
        from tui.triage.recordcause import with_ticks

        board, incident, now = self._board, self.recorder.incident, self._board.now_s
        examined = Examined()
        if incident is not None:
            examined = await examine(board, incident.worst, self.recorder.kept.cause)
            if examined.cause is not None:
                self.explained(examined.cause)
            if examined.assessment is not None:
                incident = refined(incident, examined.assessment, board.config)
        start = start_of(incident, now)
        applied, problem = await offload(read_runs, name="audit")
        # Another cwtop may have applied some since.
        board.timeline.take_runs(applied)
        runs, history = self.queries()
        happened = board.timeline.timeline.between(start, now, overlapping=True)
        judged = examined.assessment or board.assessment
        charts = charts_of(judged, incident, start)
        settled_s = judged.settled_until_s if judged is not None else None
        return Record(
            incident,
            now,
            start,
            place_of(board),
            charts,
            told_entries(happened, incident, board.config, start, now),
            asked_of(runs, history, start, now),
            deeds_between(applied, start, now),
            with_ticks(examined.cause, incident.ticked if incident is not None else ()),
            (*((problem,) if problem else ()), *examined.notes, *chart_gaps(charts, start, settled_s or now)),
        )

    def close(self) -> None:
        """Write the state down a last time, and end the command."""
        self._is_closed = True
        if self._command is not None:
            self._command.close()
        if self._is_ready:
            self._save()

    def _show_mutes(self) -> None:
        self._board.muted = {
            key: "acknowledged" if one.until_s is None else "snoozed"
            for key, one in self.recorder.kept.mutes.items()
        }

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
                self._tell_unsaved(error)
                return
            self._saved, self._has_told_unsaved = kept, False

    def _tell_unsaved(self, error: OSError) -> None:
        if not self._has_told_unsaved and not self._is_closed:
            self._has_told_unsaved = True
            self._tell(
                f"The incident is not kept over a restart: {self._file} cannot be written: {error.strerror}."
                " Set XDG_STATE_HOME to a folder that can."
            )


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
