"""The list of tuning actions without its screen: what fits, what is off and why, what ran."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tui.actions.audit import Run
from tui.actions.registry import ROWS, Row, targets_of
from tui.board import Board
from tui.domain.actionruns import LiveRun
from tui.presenters.actionplan import record_note
from widgets.picker import Choice
from widgets.text import one_line

MOST_PAST: Final = 5
"""Runs of the audit log in the list."""
UNFIT: Final = 1_000_000
"""Rank of an action that helps with nothing that is breached."""
RUN: Final = "run:"
LIVE: Final = "live:"
"""Prefixes of the values that stand for runs."""

_PANES: Final = {"service": "ecs", "database": "rds", "load_balancer": "alb"}


def choices(
    board: Board, metric: str, running: Sequence[LiveRun], past: Iterable[Run]
) -> tuple[Choice[str], ...]:
    """Return the list: what runs, what fits what is breached, all actions by group, what was done.

    Args:
        board: The console's: configuration, findings, why writes are off.
        metric: The metric of the focused tile; "" for none.
        running: Runs of this console that have not ended.
        past: The audit log, the newest first.
    """
    found = [
        Choice(f"{LIVE}{run.number}", one_line(run.title, 60), one_line(run.seen, 80), group="Under way")
        for run in running
    ]
    fitting = [row for row in ROWS if _rank(board, row, metric) < UNFIT]
    fitting.sort(key=lambda row: _rank(board, row, metric))
    found += [one for row in fitting for one in _row_choices(board, row, "Fits what is breached")]
    found += [one for row in ROWS if row not in fitting for one in _row_choices(board, row, row.group)]
    live = {run.run for run in running}
    found += [
        Choice(f"{RUN}{run.id}", one_line(run.title, 60), record_note(run), group="Done before")
        for run in [one for one in past if one.id not in live][:MOST_PAST]
    ]
    return tuple(found)


def _row_choices(board: Board, row: Row, group: str) -> list[Choice[str]]:
    targets = targets_of(row, board.config.stack)
    off = board.hub.read_only_reason
    if off:
        # Looking at a plan does no harm: only applying is off, and the plan says so.
        off = f"plan only: {one_line(off, 80)}"
    if not targets:
        note = f"no {row.kind.replace('_', ' ')} is configured"
        return [Choice(row.id, row.title, note, is_off=True, group=group, words=f"{row.id} {row.words}")]
    shown = board.shown(_PANES[row.kind]) if row.kind in _PANES else ""  # type: ignore[arg-type]
    ordered = sorted(targets, key=lambda one: one != shown)
    return [
        Choice(
            f"{row.id}@{target}",
            row.title,
            " · ".join(one for one in ("" if row.kind == "stack" else one_line(target, 40), off) if one),
            group=group,
            words=f"{row.id} {row.words}",
        )
        for target in ordered
    ]


def _rank(board: Board, row: Row, metric: str) -> int:
    """Return how well an action fits; large where it does not."""
    breached = [finding.id for finding in board.findings()]
    wanted = [one for one in (metric, *breached) if one in breached]
    places = [wanted.index(one) for one in row.fits if one in wanted]
    return min(places) * len(ROWS) + ROWS.index(row) if places else UNFIT
