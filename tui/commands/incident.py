"""`cwtop report --incident`: an incident's record without a console, from what AWS and the disk tell."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from config.paths import first_writable, state_dir, temporary_dir, writable_state_dir
from tui.board import Board
from tui.commands.report import require_account, require_region
from tui.domain.moments import parse_moment
from tui.explainboard import ExplainBoard, Fetched
from tui.incidentdeeds import deeds_between, read_runs, write_file
from tui.incidentdesk import place_of
from tui.incidentfile import load_kept, stack_file
from tui.incidentjoin import examine_now
from tui.presenters.incident import record_markdown
from tui.presenters.incidentjson import record_json
from tui.queryhistory import FILE as HISTORY_FILE
from tui.queryhistory import load_history
from tui.runtime import Runtime, StartError
from tui.triage.incident import Incident
from tui.triage.record import Cause, Record
from tui.triage.recordbreaches import breaches_of, incident_of
from tui.triage.recordcause import with_ticks
from tui.triage.recorder import Kept
from tui.triage.recordparts import asked_of, chart_gaps, charts_of, start_of, told_entries

SOURCES: Final = (
    "identity", "ecs", "rds", "alb", "alarms", "postgres", "metrics", "changes", "alarm-history",
    "rds-events", "scaling", "pg-activity", "pg-statements",
)  # fmt: skip
"""What is read; of the log only the stretch around the worst breach's opening."""
DEADLINE_S: Final = 45.0
"""Real seconds for all of them together."""
SINCE_S: Final = 7200.0
"""How far back where no incident is known, seconds."""
MOST_S: Final = 86_400.0
"""The longest period, seconds: an explanation looks at a day of points."""
LOG_BEFORE_S: Final = 600.0
LOG_AFTER_S: Final = 600.0
"""The log is read from and until so long before and after the opening of the worst breach, seconds."""
LOG_READS: Final = 8
LOG_DEADLINE_S: Final = 10.0
"""At most so many reads, each at most so many real seconds."""


def print_incident(runtime: Runtime, options: Mapping[str, Any]) -> int:
    """Make the record, print or write it; returns the exit code 0.

    Raises:
        StartError: An option that means nothing, no Region, no accepted credentials, or nowhere to write.
    """
    from tui.__main__ import EXIT_USAGE

    output = options.get("output") or "markdown"
    if output == "table":
        raise StartError("--format table: an incident's record is markdown or json.", EXIT_USAGE)
    now = runtime.hub.clock.now()
    since_s = _since(options.get("since"), now)
    require_region(runtime)
    record = _collected(runtime, since_s)
    if output == "json":
        text = json.dumps(record_json(record), indent=2, ensure_ascii=False) + "\n"
    else:
        text = record_markdown(record)
    if options.get("file"):
        _write(Path(str(options["file"])), text)
    else:
        sys.stdout.write(text)
    return 0


def _since(text: object, now_s: float) -> float | None:
    from tui.__main__ import EXIT_USAGE

    if not text:
        return None
    try:
        since_s = parse_moment(str(text), now_s)
    except ValueError as error:
        raise StartError(f"--since {text}: {error}.", EXIT_USAGE) from error
    if not 60 <= now_s - since_s <= MOST_S:
        raise StartError(f"--since {text}: an incident's record is of a minute to 24 hours.", EXIT_USAGE)
    return since_s


def _collected(runtime: Runtime, since_s: float | None) -> Record:
    hub = runtime.hub
    # Before anything is read: its timeline takes what comes.
    board = Board(runtime.loaded.config, hub)
    try:
        hub.collect_once(SOURCES, deadline_s=DEADLINE_S)
        require_account(runtime)
        return _record(board, since_s)
    finally:
        hub.stop()
        hub.session.close()


def _record(board: Board, since_s: float | None) -> Record:
    config, now = board.config, board.now_s
    missing = _unread(board)
    kept = _kept(board, missing)
    start = _start(kept.incident, since_s, now)
    known = kept.incident if kept.incident is not None and _reaches(kept.incident, start) else None
    board.judge()
    applied, problem = read_runs()
    board.timeline.take_runs(applied)
    fetched = ExplainBoard(board).day_reader()()
    judged = fetched.assessment or board.assessment
    assert judged is not None  # noqa: S101 - judged above
    incident = incident_of(breaches_of(judged, config, start), known, now)
    cause = None
    if incident is not None:
        cause = _cause(board, fetched, incident, kept.cause if known is not None else None, missing)
        start = min(start, start_of(incident, now)) if since_s is None else start
    charts = charts_of(judged, incident, start)
    happened = board.timeline.timeline.between(start, now, overlapping=True)
    settled_s = judged.settled_until_s if judged.settled_until_s is not None else now
    return Record(
        incident,
        now,
        start,
        place_of(board),
        charts,
        told_entries(happened, incident, config, start, now),
        asked_of((), _history(), start, now),
        deeds_between(applied, start, now),
        cause,
        tuple(
            dict.fromkeys(
                one
                for one in (*missing, problem, *fetched.notes, *chart_gaps(charts, start, settled_s))
                if one
            )
        ),
    )


def _unread(board: Board) -> list[str]:
    """Return what could not be read, a sentence for each source."""
    entries = board.hub.store.entries.items()
    return [f"{name} was not read: {one.error.summary}" for name, one in entries if one.error is not None]


def _cause(
    board: Board, fetched: Fetched, incident: Incident, kept: Cause | None, missing: list[str]
) -> Cause | None:
    """Return the explanation that the console has kept, else one made now with the log of the opening."""
    if kept is None:
        _read_log(board, incident.worst.opened_s, missing)
        kept = examine_now(board, fetched, incident.worst)
    return with_ticks(kept, incident.ticked)


def _read_log(board: Board, opened_s: float, missing: list[str]) -> None:
    """Read the stretch of the log in which the breach opened, as far as a few reads bring it."""
    hub = board.hub
    if hub.logs is None:
        return
    end_s = min(board.now_s, opened_s + LOG_AFTER_S)
    hub.logs.set_range(int((opened_s - LOG_BEFORE_S) * 1000), int(end_s * 1000))
    for _ in range(LOG_READS):
        hub.collect_once(("logs",), deadline_s=LOG_DEADLINE_S)
        error = hub.store.entry("logs").error
        if error is not None:
            missing.append(f"The log was not read: {error.summary}")
        if error is not None or hub.logs.has_ended:
            return
    missing.append("The log around the opening was read in part only.")


def _kept(board: Board, missing: list[str]) -> Kept:
    folder = writable_state_dir()
    if folder is None:
        return Kept()
    kept, problem = load_kept(stack_file(board.config, folder), board.now_s)
    if problem:
        missing.append(problem)
    return kept


def _start(incident: Incident | None, since_s: float | None, now_s: float) -> float:
    if since_s is not None:
        return since_s
    if incident is None:
        return now_s - SINCE_S
    return max(start_of(incident, now_s), now_s - MOST_S)


def _reaches(incident: Incident, start_s: float) -> bool:
    return (incident.closed_s or incident.seen_s) >= start_s


def _history() -> tuple[Any, ...]:
    folder = writable_state_dir()
    return tuple(load_history(folder / HISTORY_FILE)) if folder is not None else ()


def _write(path: Path, text: str) -> None:
    """Write the file; where that cannot be done, elsewhere, saying why.

    Raises:
        StartError: Nowhere can be written.
    """
    from tui.__main__ import EXIT_USAGE

    try:
        write_file(path, text)
    except OSError as error:
        why = f"{path} cannot be written: {error.strerror}."
        folder = first_writable((state_dir(), temporary_dir()))
        if folder is None:
            raise StartError(f"{why} Nor can a folder for state or {temporary_dir()}.", EXIT_USAGE) from error
        path = folder / path.name
        try:
            write_file(path, text)
        except OSError as other:
            raise StartError(f"{why} Nor can {path}: {other.strerror}.", EXIT_USAGE) from other
        sys.stderr.write(f"{why} ")
    sys.stderr.write(f"Written to {os.fspath(path)}.\n")
