"""The list of tuning actions: what runs, what was done lately, what fits what is breached, and all others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from config.schema import Config
from tui.actions.audit import Run
from tui.actions.registry import ROWS, Row, targets_of
from tui.board import Board
from tui.domain.actionruns import LiveRun
from tui.domain.findings import Finding
from tui.presenters.actionplan import record_note
from widgets.picker import Choice
from widgets.text import one_line

MOST_LATELY: Final = 3
"""Runs of the audit log at the top of the list."""
MOST_BEFORE: Final = 7
"""Older ones at its end; `cwtop audit` lists all."""
RUN: Final = "run:"
LIVE: Final = "live:"
"""Prefixes of the values that stand for runs."""

_PANES: Final = {"service": "ecs", "database": "rds", "load_balancer": "alb", "postgres": "rds"}


def choices(
    board: Board, pane: str, metric: str, running: Sequence[LiveRun], past: Iterable[Run]
) -> tuple[Choice[str], ...]:
    """Return the list.

    Args:
        board: The console's: configuration, findings, why writes are off.
        pane: The pane that has the focus: ecs, rds, alb or logs.
        metric: The metric of the focused tile; "" for none.
        running: Runs of this console that have not ended.
        past: The audit log, the newest first.
    """
    live = {run.run for run in running}
    over = [run for run in past if run.id not in live]
    found = [
        Choice(f"{LIVE}{run.number}", one_line(run.title, 60), one_line(run.seen, 80), group="Under way")
        for run in running
    ]
    found += [_run_choice(run, "Done lately") for run in over[:MOST_LATELY]]
    breaches = in_order(board.findings(), pane, metric)
    fitting = fits(ROWS, board.config, breaches)
    found += [
        _choice(board, row, target, "Fits what is breached", one_line(breach.sentence, 80))
        for row, target, breach in fitting
    ]
    taken = {(row.id, target) for row, target, _ in fitting}
    for row in by_pane(ROWS, pane):
        found += _others(board, row, taken)
    rest = over[MOST_LATELY : MOST_LATELY + MOST_BEFORE]
    return (*found, *(_run_choice(run, "Done before") for run in rest))


def in_order(findings: Iterable[Finding], pane: str, metric: str) -> tuple[Finding, ...]:
    """Return breaches: that of the focused tile first, then those of its pane, then the others as given."""
    return tuple(sorted(findings, key=lambda one: (one.id != metric or one.pane != pane, one.pane != pane)))


def fits(rows: Sequence[Row], config: Config, breaches: Sequence[Finding]) -> list[tuple[Row, str, Finding]]:
    """Return (action, target, breach) where the action helps with the breach, once each.

    The order is that of the breaches, within one that of the table. An action of another kind of resource
    than the breached one is offered for all its targets.
    """
    found: dict[tuple[str, str], tuple[Row, str, Finding]] = {}
    for breach in breaches:
        for row in rows:
            if breach.id not in row.fits:
                continue
            targets = targets_of(row, config)
            for target in (breach.resource,) if breach.resource in targets else targets:
                found.setdefault((row.id, target), (row, target, breach))
    return list(found.values())


def by_pane(rows: Sequence[Row], pane: str) -> list[Row]:
    """Return the table with the groups of the focused pane's kind of resource first."""
    near = {row.group for row in rows if _PANES.get(row.kind) == pane}
    return sorted(rows, key=lambda row: row.group not in near)


def _others(board: Board, row: Row, taken: set[tuple[str, str]]) -> list[Choice[str]]:
    targets = targets_of(row, board.config)
    if not targets:
        kind = "database_url" if row.kind == "postgres" else row.kind.replace("_", " ")
        note = f"off: no {kind} is configured"
        return [Choice(row.id, row.title, note, is_off=True, group=row.group, words=_words(row))]
    has_pane = row.kind in _PANES and (row.kind != "postgres" or bool(board.config.stack.databases))
    shown = board.shown(_PANES[row.kind]) if has_pane else ""  # type: ignore[arg-type]
    ordered = sorted(targets, key=lambda one: one != shown)
    return [_choice(board, row, one, row.group) for one in ordered if (row.id, one) not in taken]


def _choice(board: Board, row: Row, target: str, group: str, why: str = "") -> Choice[str]:
    # Looking at a plan does no harm: only applying is off, and the plan says so.
    off = board.hub.read_only_reason
    notes = (
        "" if row.kind == "stack" else one_line(target, 40),
        f"plan only: {one_line(off, 80)}" if off else "",
        why,
    )
    note = " · ".join(one for one in notes if one)
    return Choice(f"{row.id}@{target}", row.title, note, group=group, words=_words(row))


def _run_choice(run: Run, group: str) -> Choice[str]:
    return Choice(f"{RUN}{run.id}", one_line(run.title, 60), record_note(run), group=group, is_aside=True)


def _words(row: Row) -> str:
    return f"{row.id} {row.words}"
