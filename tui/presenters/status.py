"""The status line: who, where, how bad, how fresh, how dear."""

from __future__ import annotations

from typing import Any

from config.levels import Level
from config.schema import Config
from tui.domain.entry import Entry
from tui.domain.errors import ErrorKind
from tui.domain.findings import Finding
from tui.domain.units import age_text
from tui.presenters.freshness import Kind, age_of, kind_of
from tui.presenters.inputs import MUTED, Inputs
from widgets.model import AlertView, StatusView
from widgets.text import one_line

SKEW_SHOWN_S = 5.0
"""A smaller difference of the clocks moves no bucket."""

_UNREACHABLE = (ErrorKind.UNREACHABLE, ErrorKind.TIMEOUT)


def status_view(inputs: Inputs) -> StatusView:
    """Return the status line. The only view that changes each second."""
    identity = inputs.entries.identity.snapshot
    config = inputs.config
    is_wrong = identity is not None and identity.is_wrong_account
    metrics = inputs.entries.metrics
    age = age_of(metrics, inputs.now_s)
    return StatusView(
        level=_level(inputs),
        summary=summary_text(inputs),
        alerts=alerts(inputs),
        stack=one_line(_stack(config), 60),
        profile=one_line((identity.profile if identity is not None else None) or config.profile or "", 60),
        account=identity.account if identity is not None else "",
        region=(identity.region if identity is not None else config.region) or "",
        endpoint=_endpoint((identity.endpoint_url if identity is not None else None) or config.endpoint_url),
        read_only=inputs.read_only or ("wrong account" if is_wrong else ""),
        wrong_account=(identity.expected_account or "") if is_wrong and identity is not None else "",
        window=inputs.ui.window,
        age=age_text(age) if age is not None else "",
        next_refresh=_next_refresh(inputs, metrics),
        calls_per_minute=f"{inputs.costs.calls_per_minute:.0f}",
        dollars_per_hour=f"{dollars_text(inputs.costs.dollars_per_hour)}/h",
        condition=condition_text(inputs),
        skew=_skew(inputs.skew_s),
    )


def _level(inputs: Inputs) -> Level | None:
    level = inputs.assessment.health.level if inputs.assessment is not None else None
    metrics = inputs.entries.metrics
    is_loading = metrics.snapshot is None and metrics.error is None
    if is_loading and level is Level.UNKNOWN:
        return None
    is_old = kind_of(metrics, inputs.now_s) in ("stale", "error", "expired")
    # "ok" would be believed, and nobody knows.
    return Level.UNKNOWN if is_old and level in (Level.OK, Level.ELEVATED) else level


def summary_text(inputs: Inputs) -> str:
    """Return the count of what is breached or unknown: "2 critical, 1 warning"; "" when nothing is."""
    if inputs.assessment is None:
        return ""
    findings = inputs.assessment.health.findings
    counts = ((Level.CRITICAL, "critical"), (Level.WARNING, "warning"), (Level.UNKNOWN, "unknown"))
    parts = [
        f"{count} {word}" for level, word in counts if (count := sum(one.level is level for one in findings))
    ]
    return ", ".join(parts)


def alerts(inputs: Inputs) -> tuple[AlertView, ...]:
    """Return what is breached, worst first; resources are named where the stack has several of a kind."""
    if inputs.assessment is None:
        return ()
    stack = inputs.config.stack
    several = {
        "ecs": len(stack.services) > 1,
        "rds": len(stack.databases) > 1,
        "alb": len(stack.load_balancers) > 1,
    }
    return tuple(
        AlertView(
            one.level,
            one_line(
                f"{one.resource}: {one.sentence}" if several.get(one.pane or "", True) else one.sentence, 200
            )
            + _muted_text(inputs, one),
        )
        for one in inputs.assessment.health.findings
        if one.level.is_breach
    )


def _muted_text(inputs: Inputs, finding: Finding) -> str:
    how = inputs.muted.get((finding.id, finding.resource))
    return f" {MUTED[inputs.ui.ascii]} {how}" if how else ""


def condition_text(inputs: Inputs) -> str:
    """Return the worst thing that keeps the screen from being live: "EXPIRED", "THROTTLED 8s", "STALE 3m".

    A refusal of one API is the pane's matter, not the console's.
    """
    entries = _entries(inputs)
    kinds: list[tuple[Entry[Any], Kind]] = [(entry, kind_of(entry, inputs.now_s)) for entry in entries]
    if any(kind == "expired" for _, kind in kinds):
        return "EXPIRED"
    throttled = [entry for entry, kind in kinds if kind == "throttled"]
    if throttled:
        return f"THROTTLED{_retry(throttled, inputs.now_s)}"
    lost = [entry for entry in entries if entry.error is not None and entry.error.kind in _UNREACHABLE]
    if lost:
        return f"UNREACHABLE{_retry(lost, inputs.now_s)}"
    if inputs.ui.paused or any(kind == "paused" for _, kind in kinds):
        return "PAUSED"
    late = [
        age
        for entry, kind in kinds
        if kind == "stale" and not _is_refused(entry) and (age := age_of(entry, inputs.now_s)) is not None
    ]
    return f"STALE {age_text(max(late))}" if late else ""


def dollars_text(dollars: float) -> str:
    """Return an amount with two significant digits at least: "$0.029", "$1.20", "$0"."""
    if dollars <= 0:
        return "$0"
    if dollars >= 1:
        return f"${dollars:,.2f}"
    return f"${dollars:.2g}" if dollars >= 0.0001 else "<$0.0001"


def _entries(inputs: Inputs) -> list[Entry[Any]]:
    entries = inputs.entries
    return [
        entries.identity,
        entries.metrics,
        entries.ecs,
        entries.rds,
        entries.alb,
        entries.alarms,
        entries.logs,
        entries.changes,
    ]


def _is_refused(entry: Entry[Any]) -> bool:
    return entry.error is not None and entry.error.kind in (ErrorKind.ACCESS_DENIED, ErrorKind.NOT_FOUND)


def _retry(entries: list[Entry[Any]], now_s: float) -> str:
    """Return ", retry 8s" until the first of the sources tries again; "" while one is at it."""
    waits = [entry.next_at_s - now_s for entry in entries if entry.next_at_s is not None]
    return f", retry {age_text(min(waits))}" if waits and min(waits) > 0 else ""


def _next_refresh(inputs: Inputs, metrics: Entry[Any]) -> str:
    if inputs.ui.paused or metrics.paused:
        return ""
    if metrics.next_at_s is None or metrics.next_at_s <= inputs.now_s:
        return "now"
    return age_text(metrics.next_at_s - inputs.now_s)


def _stack(config: Config) -> str:
    stack = config.stack
    if stack.cluster:
        return stack.cluster
    return next(iter((*stack.services, *stack.databases, *stack.load_balancers, *stack.log_groups)), "")


def _endpoint(url: str | None) -> str:
    """Return host and port of a custom endpoint, without scheme, user or path."""
    if not url:
        return ""
    host = url.rsplit("://", 1)[-1].split("/", 1)[0]
    return one_line(host.rsplit("@", 1)[-1], 60)


def _skew(skew_s: float) -> str:
    """Return how far this machine's clock is ahead of the endpoint's: "clock +37s"."""
    if abs(skew_s) < SKEW_SHOWN_S:
        return ""
    return f"clock {'-' if skew_s > 0 else '+'}{age_text(abs(skew_s))}"
