"""Trends of a DB instance: when storage is full or a balance empty, and what surplus credits cost."""

from __future__ import annotations

from typing import Final

from config.levels import Level
from tui.domain.series import clip, settled
from tui.domain.snapshots import Series
from tui.domain.targets import PANES
from tui.domain.trend import Evidence, Trend, TrendKind
from tui.triage.lines import HOUR, LEAST_HOURS, Line, after_rise, newest_line
from tui.triage.trendtext import DAY, bytes_rate, duration_text, interval, plain, signed, since_text

STORAGE: Final = "rds.free_storage"
CREDITS: Final = "rds.cpu_credits"
FULL_WARNING_S: Final = 3 * DAY
FULL_ELEVATED_S: Final = 30 * DAY
FULL_TOLD_S: Final = 365 * DAY
"""Storage that fills within these is a warning, elevated, told; slower filling is none."""
EMPTY_WARNING_S: Final = 6 * HOUR
EMPTY_ELEVATED_S: Final = 48 * HOUR
"""A balance that empties within these is a warning, elevated; slower emptying comes and goes."""
CALM_BALANCE: Final = 95.0
"""Percent above which a balance is as good as full."""
GROWTH_SHARE: Final = 0.02
"""Share of the allocated storage by which free storage rises when it has been grown, at least."""
CREDITS_PER_VCPU_HOUR: Final = 60.0
"""A CPU credit is one vCPU for a minute."""
SURPLUS_HOURS: Final = 6
"""Hours over which charged credits are averaged."""
_GIB: Final = 1024.0**3
_PANE = PANES["database"]


def storage_trend(resource: str, series: Series, now_s: float, allocated_gib: int | None) -> Trend:
    """Return how free storage falls, since it was last grown or freed in one step.

    Args:
        resource: The DB instance.
        series: FreeStorageSpace, Average by the hour, bytes.
        now_s: Epoch seconds by the endpoint's clock.
        allocated_gib: AllocatedStorage; None while unknown.
    """
    kind = TrendKind.STORAGE
    series = settled(series, now_s)
    bar = GROWTH_SHARE * allocated_gib * _GIB if allocated_gib else _GIB
    # Ten per cent is the least that storage grows by; freeing as much as this is a new beginning, too.
    first = after_rise(series.values, max(bar, 0.25 * _GIB))
    found = newest_line(series, first)
    if found is None:
        return Trend(kind, STORAGE, resource, _PANE, reason=_too_little(series, first))
    evidence = _evidence(found, "bytes")
    eta_s = max(0.0, found.value / -found.slope * HOUR) if found.slope < 0 else None
    if eta_s is None or not found.is_sure() or eta_s > FULL_TOLD_S:
        return Trend(kind, STORAGE, resource, _PANE, evidence=evidence, reason="steady")
    level = _by_time(eta_s, FULL_WARNING_S, FULL_ELEVATED_S)
    rates = f"{bytes_rate(found.high)} to {bytes_rate(found.low)}"
    sentence = (
        f"free storage -{bytes_rate(found.slope)} ({rates}) since {since_text(found.since_s, now_s)}, "
        f"full in {duration_text(eta_s)}"
    )
    return Trend(kind, STORAGE, resource, _PANE, level, sentence, evidence, eta_s)


def balance_trend(metric: str, title: str, resource: str, series: Series, now_s: float) -> Trend:
    """Return how a balance (burst, EBS) falls.

    Args:
        metric: Metric id.
        title: Its title, for the sentence.
        resource: The DB instance.
        series: Average by the hour, percent.
        now_s: Epoch seconds by the endpoint's clock.
    """
    kind = TrendKind.BALANCE
    series = settled(series, now_s)
    found = newest_line(series)
    if found is None:
        return Trend(kind, metric, resource, _PANE, reason=_too_little(series, 0))
    evidence = _evidence(found, "percent")
    eta_s = _empty_s(found)
    if eta_s is None or found.value > CALM_BALANCE or eta_s > EMPTY_ELEVATED_S:
        return Trend(kind, metric, resource, _PANE, evidence=evidence, reason="steady")
    named = title if title.startswith("EBS") else title.lower()
    sentence = (
        f"{named} {signed(found.slope)} %/h ({interval(found.low, found.high)}) since "
        f"{since_text(found.since_s, now_s)}, empty in {duration_text(eta_s)}"
    )
    level = _by_time(eta_s, EMPTY_WARNING_S, EMPTY_ELEVATED_S)
    return Trend(kind, metric, resource, _PANE, level, sentence, evidence, eta_s)


def credit_trend(
    resource: str,
    instance_class: str,
    balance: Series,
    charged: Series,
    now_s: float,
    price: float | None,
) -> Trend:
    """Return what becomes of the CPU credits of a burstable class.

    db.t3 and db.t4g run unlimited: an empty balance stops nothing, but what the CPU uses beyond is
    billed. db.t2 is held to its baseline.

    Args:
        resource: The DB instance.
        instance_class: For example db.t3.micro.
        balance: CPUCreditBalance, Average by the hour.
        charged: CPUSurplusCreditsCharged, Sum by the hour, credits.
        now_s: Epoch seconds by the endpoint's clock.
        price: USD a vCPU-hour of surplus credits; None while unknown.
    """
    kind = TrendKind.CREDITS
    is_unlimited = not instance_class.startswith("db.t2")
    recent = clip(settled(charged, now_s), now_s - (SURPLUS_HOURS + 1) * HOUR)
    spent = sum(recent.values) / len(recent.values) if recent.values else 0.0
    if is_unlimited and spent > 0:
        cost = ""
        if price is not None:
            cost = f": ${spent / CREDITS_PER_VCPU_HOUR * price:.3f} per hour"
        sentence = (
            f"surplus CPU credits charged, {plain(spent)}/h over {len(recent)}h{cost}; money, not a stop"
        )
        evidence = Evidence(spent, spent, spent, "credits", float(recent.times[0]), len(recent), 1.0)
        return Trend(kind, CREDITS, resource, _PANE, Level.ELEVATED, sentence, evidence)
    balance = settled(balance, now_s)
    found = newest_line(balance)
    if found is None:
        return Trend(kind, CREDITS, resource, _PANE, reason=_too_little(balance, 0))
    evidence = _evidence(found, "credits")
    eta_s = _empty_s(found)
    if eta_s is None or eta_s > EMPTY_ELEVATED_S:
        return Trend(kind, CREDITS, resource, _PANE, evidence=evidence, reason="steady")
    sentence = (
        f"CPU credits {signed(found.slope)}/h ({interval(found.low, found.high)}) since "
        f"{since_text(found.since_s, now_s)}, used up in {duration_text(eta_s)}"
    )
    if not is_unlimited:
        level = _by_time(eta_s, EMPTY_WARNING_S, EMPTY_ELEVATED_S)
        sentence += ", then held to the baseline"
        return Trend(kind, CREDITS, resource, _PANE, level, sentence, evidence, eta_s)
    rate = f" (${price:g} per vCPU-hour)" if price is not None else ""
    sentence += f"; unlimited: billed beyond{rate}, no stop"
    return Trend(kind, CREDITS, resource, _PANE, Level.ELEVATED, sentence, evidence, eta_s)


def _empty_s(found: Line) -> float | None:
    """Return the seconds until a falling line is at zero; None where it does not surely fall."""
    if found.slope >= 0 or not found.is_sure():
        return None
    return max(0.0, found.value / -found.slope * HOUR)


def _by_time(eta_s: float, warning_s: float, elevated_s: float) -> Level | None:
    if eta_s <= warning_s:
        return Level.WARNING
    return Level.ELEVATED if eta_s <= elevated_s else None


def _evidence(found: Line, unit: str) -> Evidence:
    return Evidence(found.slope, found.low, found.high, unit, found.since_s, found.points, found.confidence)


def _too_little(series: Series, first: int) -> str:
    since = " since it was grown" if first else ""
    return f"too little data: {min(len(series) - first, LEAST_HOURS - 1)} of {LEAST_HOURS} hours{since}"
