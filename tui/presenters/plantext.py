"""A plan, and what the audit log remembers, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from tui.actions.audit import Run
from tui.actions.registry import Row
from tui.actions.secrets import masked
from tui.domain.awscommand import script
from tui.domain.forms import Field
from tui.domain.plan import Cost, Outcome, Plan, Verdict
from widgets.text import one_line, sanitise

GLYPHS: Final = {Verdict.PASS: "✓", Verdict.WARN: "▲", Verdict.BLOCK: "✗"}
STEP_WORDS: Final = {
    "left": "not sent",
    "sending": "sent, its answer was not seen: look at the resource",
    "sent": "done, not verified",
    "verified": "done and verified",
    "refused": "refused",
}
"""How the audit log's states of a step are read."""


def plan_text(plan: Plan) -> str:
    """Return a plan as lines of text, the last one ended."""
    lines = [one_line(plan.title), ""]
    width = max((len(one.field) for one in plan.changes), default=0)
    lines += [
        f"  {one_line(one.field):{width}}  {_value(one.before)} -> {_value(one.after)}"
        for one in plan.changes
    ] or ["  no field changes"]
    lines += ["", f"  Impact: {plan.impact.effect.value}. {one_line(plan.impact.text)}".rstrip()]
    lines.append(f"  When:   {one_line(plan.when)}")
    if plan.cost is not None:
        lines.append(f"  Cost:   {cost_text(plan.cost)}")
    lines += [f"  Also applied with it: {one_line(one)}" for one in plan.also]
    for check in plan.checks:
        text = one_line(f"{check.text} {check.hint}".strip())
        lines.append(f"  {GLYPHS[check.verdict]} {check.verdict.value}: {text}")
    if plan.irreversible:
        lines.append(f"  Cannot be undone: {one_line(plan.irreversible)}")
    lines += [f"  Note: {one_line(one)}" for one in plan.notes]
    lines += ["", "Steps:" if plan.steps else "No steps."]
    for number, (step, line) in enumerate(zip(plan.steps, script(plan.steps), strict=True), start=1):
        lines += [f"  {number}. {one_line(step.text)}", f"     {sanitise(line)}"]
    return "\n".join(lines) + "\n"


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON: what `cwtop apply --format json` prints."""
    cost = plan.cost
    found: dict[str, Any] = {
        "action": plan.action,
        "title": plan.title,
        "target": plan.target,
        "changes": [{"field": one.field, "before": one.before, "after": one.after} for one in plan.changes],
        "impact": {"effect": plan.impact.effect.value, "text": plan.impact.text},
        "when": plan.when,
        "cost": None if cost is None else {"before": cost.before, "after": cost.after, "note": cost.note},
        "also": list(plan.also),
        "checks": [{"verdict": one.verdict.value, "text": one.text, "hint": one.hint} for one in plan.checks],
        "confirm": plan.confirm,
        "irreversible": plan.irreversible,
        "notes": list(plan.notes),
        "blocked": plan.is_blocked,
        "steps": [
            {"text": step.text, "command": line}
            for step, line in zip(plan.steps, script(plan.steps), strict=True)
        ],
    }
    hidden: dict[str, Any] = masked(found)
    return hidden


def cost_text(cost: Cost) -> str:
    """Return a cost as words: "$21.60 -> $43.20 a month (+$21.60; list price ...)"."""
    note = f"; {one_line(cost.note)}" if cost.note else ""
    if cost.before is None or cost.after is None:
        return f"not known{note}"
    more = cost.after - cost.before
    sign = "+" if more >= 0 else "-"
    return f"${cost.before:,.2f} -> ${cost.after:,.2f} a month ({sign}${abs(more):,.2f}{note})"


def fields_text(fields: Iterable[Field]) -> str:
    """Return the fields of a form with what they take, as lines for `--set`."""
    lines = []
    for field in fields:
        takes = ""
        if field.choices:
            takes = " | ".join(one_line(value) for value, _ in field.choices[:16])
            takes += " | …" if len(field.choices) > 16 else ""
        elif field.kind == "flag":
            takes = "yes | no"
        elif field.kind in ("integer", "number"):
            takes = _bounds(field)
        lines.append(f"  --set {field.name}={one_line(field.value)}   {field.label}: {takes}".rstrip(": "))
        if field.help:
            lines.append(f"      {one_line(field.help)}")
    return "\n".join(lines) + ("\n" if lines else "")


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return how a run ended as JSON."""
    return {
        "status": outcome.status.value,
        "text": outcome.text,
        "hint": outcome.hint,
        "run": outcome.run,
        "can_undo": outcome.can_undo,
    }


def listing(rows: Iterable[tuple[Row, tuple[str, ...], str]]) -> str:
    """Return the list of actions: (row, its targets, why it is off) each, grouped.

    Args:
        rows: In the table's order.
    """
    rows = list(rows)
    width = max((len(row.id) for row, _, _ in rows), default=0)
    lines, group = [], ""
    for row, targets, off in rows:
        if row.group != group:
            group = row.group
            lines.append(f"{group}")
        where = f" (off: {off})" if off else f" [{', '.join(one_line(one) for one in targets)}]"
        lines.append(f"  {row.id:{width}}  {row.title}{'' if row.kind == 'stack' and not off else where}")
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- the audit log


def state_of(run: Run) -> str:
    """Return how a run stands, in a few words."""
    if run.undone_by:
        return f"done, taken back by {run.undone_by}"
    if run.status:
        return run.status
    if run.is_alive:
        return f"going on in process {run.pid}"
    sent = sum(one.state in ("sent", "verified") for one in run.steps)
    doubtful = any(one.state == "sending" for one in run.steps)
    text = f"cut off after {sent} of {len(run.steps)} steps"
    return f"{text}, one more was perhaps sent" if doubtful else text


def runs_text(runs: Iterable[Run]) -> str:
    """Return the runs as a table, in the order given."""
    cells = [
        (run.id, run.at[:19].replace("T", " "), state_of(run), one_line(run.title, 80), _who(run.who))
        for run in runs
    ]
    if not cells:
        return "Nothing was applied from here yet.\n"
    widths = [max(len(row[at]) for row in cells) for at in range(5)]
    return "".join(
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() + "\n"
        for row in cells
    )


def run_text(run: Run) -> str:
    """Return a run with its steps: what was done, what is left, and the way back."""
    lines = [
        f"{run.id}  {one_line(run.title)}",
        f"  {run.at}  by {one_line(run.who)} in {run.account} {run.region}",
        f"  State: {state_of(run)}. {one_line(run.text, 1000)}".rstrip(),
    ]
    lines += [f"  {one_line(one.field)}: {_value(one.before)} -> {_value(one.after)}" for one in run.changes]
    lines.append("  Steps:")
    for number, step in enumerate(run.steps, start=1):
        request = f", request {step.request_id}" if step.request_id else ""
        lines.append(
            f"    {number}. {one_line(step.text)}: {STEP_WORDS.get(step.state, step.state)}{request}"
        )
        if step.problem:
            lines.append(f"       {one_line(step.problem, 1000)}")
        lines.append(f"       {sanitise(step.command)}")
    if run.irreversible:
        lines.append(f"  Cannot be undone: {one_line(run.irreversible)}")
    if run.waiting is not None and not run.is_alive:
        lines.append(f"  Go on watching it: cwtop apply --resume {run.id}")
    if run.can_undo and not run.is_alive:
        lines.append(f"  Take it back: cwtop apply --undo {run.id}")
    return "\n".join(lines) + "\n"


def run_json(run: Run) -> dict[str, Any]:
    """Return a run as JSON."""
    return {
        "id": run.id,
        "at": run.at,
        "action": run.action,
        "title": run.title,
        "target": run.target,
        "who": run.who,
        "account": run.account,
        "region": run.region,
        "state": state_of(run),
        "text": run.text,
        "changes": [{"field": one.field, "before": one.before, "after": one.after} for one in run.changes],
        "steps": [
            {
                "text": one.text,
                "command": one.command,
                "state": one.state,
                "request_id": one.request_id,
                "problem": one.problem,
            }
            for one in run.steps
        ],
        "irreversible": run.irreversible,
        "can_undo": run.can_undo,
        "undo_of": run.undo_of,
        "undone_by": run.undone_by,
    }


def _who(arn: str) -> str:
    return one_line(arn.rsplit(":", 1)[-1], 60)


def _value(text: str) -> str:
    return one_line(text, 200) or "(none)"


def _bounds(field: Field) -> str:
    unit = f" {field.unit}" if field.unit else ""
    low = "" if field.lowest is None else f"{field.lowest:g}"
    high = "" if field.highest is None else f"{field.highest:g}"
    return f"{low}..{high}{unit}" if low or high else unit.strip()
