"""The log pane beside its buffer: what is followed, how much of it, and how that goes."""

from __future__ import annotations

from datetime import datetime

from tui.domain.snapshots import LogBatch
from tui.domain.units import count_text
from tui.presenters.freshness import source_state
from tui.presenters.inputs import Inputs, TailInputs
from widgets.model import TailView
from widgets.text import one_line


def tail_view(inputs: Inputs) -> TailView:
    """Return the log pane's title, state and totals; equal while nothing arrives."""
    entry, tail = inputs.entries.logs, inputs.tail
    batch = entry.snapshot
    state = source_state([entry], inputs.now_s, batch.problems if batch is not None else ())
    groups = tail.groups or inputs.config.stack.log_groups
    return TailView(
        title=one_line(_title(groups), 120),
        filter_pattern=one_line(tail.pattern, 200),
        state=state,
        total=total_text(tail),
        badges=tuple(one_line(one, 60) for one in tail.badges),
        notes=_notes(tail, batch),
        empty=_empty(tail, batch) if state.kind == "live" and not tail.shown else "",
        rate=tail.rate,
    )


def total_text(tail: TailInputs) -> str:
    """Return "12,345 lines, 40/s"; the rate is left out while nothing arrives.

    Where filters hide some: "120 of 12,345 lines".
    """
    if tail.shown != tail.kept:
        text = f"{tail.shown:,} of {tail.kept:,} lines"
    else:
        text = f"{tail.received:,} line" if tail.received == 1 else f"{tail.received:,} lines"
    if tail.per_second <= 0:
        return text
    return f"{text}, {count_text(round(tail.per_second)) if tail.per_second >= 1 else '<1'}/s"


def _notes(tail: TailInputs, batch: LogBatch | None) -> tuple[str, ...]:
    late, missed = (batch.late, batch.missed) if batch is not None else (0, 0)
    transport = batch.transport if batch is not None and tail.is_live_tail else ""
    gaps = len(batch.gaps) if batch is not None else 0
    notes = (
        transport if transport != "polling" else "",
        f"{gaps} gap{'s' * (gaps > 1)}" if gaps else "",
        f"↩ {late:,} late" if late else "",
        f"{missed:,} missed" if missed else "",
        f"{tail.dropped:,} dropped" if tail.dropped else "",
    )
    return tuple(note for note in notes if note)


def _empty(tail: TailInputs, batch: LogBatch | None) -> str:
    """Return why there is no line; the buffer may hold some that the filters hide."""
    if tail.kept:
        return f"None of the {tail.kept:,} lines kept passes the filters; esc shows them all."
    if batch is None:
        return ""
    narrowed = f" that match {one_line(tail.pattern, 60)}" if tail.pattern else ""
    if tail.is_closed:
        return f"No events{narrowed} in this stretch; esc returns to live."
    if not batch.listening_since_ms:
        return f"No events{narrowed} yet."
    since = datetime.fromtimestamp(batch.listening_since_ms / 1000).astimezone()
    return f"No events{narrowed} since {since:%H:%M:%S}; listening."


def _title(groups: tuple[str, ...]) -> str:
    if not groups:
        return "no log group configured"
    return groups[0] if len(groups) == 1 else f"{groups[0]} and {len(groups) - 1} more"
