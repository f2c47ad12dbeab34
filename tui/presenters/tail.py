"""The log pane beside its buffer: what is followed, how much of it, and how that goes."""

from __future__ import annotations

from tui.domain.units import count_text
from tui.presenters.freshness import source_state
from tui.presenters.inputs import Inputs
from widgets.model import TailView
from widgets.text import one_line


def tail_view(inputs: Inputs) -> TailView:
    """Return the log pane's title, state and totals; equal while nothing arrives."""
    entry = inputs.entries.logs
    problems = entry.snapshot.problems if entry.snapshot is not None else ()
    return TailView(
        title=one_line(_title(inputs.config.stack.log_groups), 120),
        filter_pattern=one_line(inputs.ui.filter_pattern, 200),
        state=source_state([entry], inputs.now_s, problems),
        total=total_text(inputs.lines, inputs.lines_per_s),
    )


def total_text(lines: int, per_second: float) -> str:
    """Return "12,345 lines, 40/s"; the rate is left out while nothing arrives."""
    text = f"{lines:,} line" if lines == 1 else f"{lines:,} lines"
    if per_second <= 0:
        return text
    return f"{text}, {count_text(round(per_second)) if per_second >= 1 else '<1'}/s"


def _title(groups: tuple[str, ...]) -> str:
    if not groups:
        return "no log group configured"
    return groups[0] if len(groups) == 1 else f"{groups[0]} and {len(groups) - 1} more"
