"""What the Insights modal tells of a run: its state, what it has read and what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.domain.queries import DOLLARS_PER_BYTE, QUEUED, QueryAnswer
from tui.domain.queryruns import Past, Place, Run
from tui.domain.units import clock_text, plural, value_text
from widgets.text import one_line

_STATES: Final = {
    "Scheduled": "starts",
    "Running": "running",
    "Complete": "complete",
    "Cancelled": "stopped",
    "Failed": "failed at the service",
    "Timeout": "gave up: it took too long",
    "Unknown": "state unknown",
    QUEUED: "waits: as many queries run as the account may",
}


def state_text(run: Run) -> str:
    """Return the state of a run in a few words."""
    if run.fault is not None:
        return "refused"
    if run.began_s is None and not run.has_ended:
        return "waits: three queries run already"
    if run.is_stopping and not run.has_ended:
        return "stopping"
    return _STATES.get(run.answer.status, one_line(run.answer.status, 40))


def run_text(run: Run, now_s: float) -> str:
    """Return "complete · 12 rows · 120 of 4,000 events · 1.2 MB · $0.000006 · 1.4 s"."""
    answer, estimated = run.answer, run.estimated_bytes
    if estimated is not None:
        price = dollars_text(estimated * DOLLARS_PER_BYTE)
        return f"estimate: it would scan {value_text(estimated, 'bytes')} for {price}"
    parts = [state_text(run)]
    if answer.rows or answer.records_scanned:
        parts += [
            plural(len(answer.rows), "row"),
            f"{answer.records_matched:,.0f} of {plural(int(answer.records_scanned), 'event')}",
            value_text(answer.bytes_scanned, "bytes"),
            cost_text(answer),
        ]
    if run.began_s is not None:
        parts.append(f"{run.elapsed_s(now_s):.1f} s")
    return " · ".join(parts)


def cost_text(answer: QueryAnswer) -> str:
    """Return what the scan costs so far: "$0.0021", "free"."""
    return "free" if answer.is_free else dollars_text(answer.dollars)


def dollars_text(dollars: float) -> str:
    """Return an amount with two significant digits at least: "$0.000006", "$0.21", "$0"."""
    if dollars <= 0:
        return "$0"
    if dollars >= 0.01:
        return f"${dollars:,.2f}"
    return f"${dollars:.6f}".rstrip("0").rstrip(".") if dollars >= 5e-7 else "under $0.000001"


def nothing_text(run: Run, range_text: str, keys: Mapping[str, str]) -> str:
    """Return what to say in place of rows: why there are none, and what to do about it.

    Args:
        run: The run.
        range_text: Its range of time, as a person reads it.
        keys: As a person reads them, by command id.
    """
    again = f"{keys['query-run']} runs it again."
    answer = run.answer
    if run.fault is not None:
        return run.fault.message
    if not run.has_ended:
        return "No rows yet."
    scanned = f"{plural(int(answer.records_scanned), 'event')} ({value_text(answer.bytes_scanned, 'bytes')})"
    where = ", ".join(one_line(one, 80) for one in run.question.groups) or "the groups that the query names"
    if run.question.place is Place.LOCAL:
        where = "the log pane"
    if answer.status == "Complete":
        if not answer.records_scanned:
            return (
                f"There are no events in {where} for {range_text}. Take a longer range "
                f"({keys['query-range']}), or other log groups ({keys['query-groups']})."
            )
        return (
            f"No rows: {scanned} of {where} were read for {range_text}, and none passed the query's filters. "
            f"Take a longer range ({keys['query-range']}), or loosen the filters."
        )
    if answer.status == "Cancelled":
        return f"Stopped before there were rows. {again}"
    return f"The query ended as {one_line(answer.status, 40)} after {scanned}. {again}"


def past_text(past: Past, now_s: float) -> tuple[str, str]:
    """Return how the history tells a run: when and which; then state, rows and cost."""
    first = next((line for line in past.text.splitlines() if line.strip()), "")
    cost = "free" if past.place is Place.LOCAL else dollars_text(past.dollars)
    what = one_line(past.name or first, 60)
    state = _STATES.get(past.status, one_line(past.status, 40).lower())
    note = f"{state}, {plural(past.rows, 'row')}, {cost}"
    return f"{clock_text(past.at_s, now_s)}  {what}", note
