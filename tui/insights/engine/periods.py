"""Periods as the service takes them, and moments rounded to them.

Rules: CWL_QuerySyntax-operations-functions.html in docs.aws.amazon.com/AmazonCloudWatch/latest/logs/: more of
a unit than its cap counts as the cap; bins begin at midnight UTC.
"""

from __future__ import annotations

from tui.insights.tree import Period
from tui.insights.words import UNIT_CAPS

_UNIT_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
_MONTHS = {"mo": 1, "q": 3, "y": 12}
_DAY_MS = 86_400_000
# 1970-01-01 was a Thursday; weeks begin on Monday.
_FIRST_MONDAY_MS = 4 * _DAY_MS


def capped(period: Period) -> int:
    """Return the amount of the period's unit that counts; at least 1."""
    return max(1, min(period.amount, UNIT_CAPS.get(period.unit, period.amount)))


def length_ms(period: Period) -> int:
    """Return a period's length in milliseconds; a month counts 30 days, a year 365."""
    if period.unit in _UNIT_MS:
        return capped(period) * _UNIT_MS[period.unit]
    days = {"mo": 30, "q": 91, "y": 365}[period.unit]
    return capped(period) * days * 86_400_000


def is_steady(period: Period) -> bool:
    """Whether all periods are equally long, which those of months are not."""
    return period.unit in _UNIT_MS


def floor_sql(ms: str, period: Period, shift_ms: int = 0) -> str:
    """Return SQL of the beginning of the period in which a moment lies.

    Args:
        ms: SQL of the moment in milliseconds since 1970.
        period: Its cap is applied.
        shift_ms: How much later than usual the periods begin.
    """
    if not is_steady(period):
        return _month_floor(ms, capped(period) * _MONTHS[period.unit], shift_ms)
    step = length_ms(period)
    origin = shift_ms + (_FIRST_MONDAY_MS if period.unit == "w" else 0)
    moved = f"({ms}) - {origin}" if origin else f"({ms})"
    # Before 1970 the remainder is negative; the outer one makes it right.
    into = f"((({moved}) % {step}) + {step}) % {step}"
    if step < _DAY_MS and _DAY_MS % step:
        # A length that does not divide the day begins anew at midnight: 7m gives 23:55, then 00:00.
        into = f"((((({moved}) % {_DAY_MS}) + {_DAY_MS}) % {_DAY_MS}) % {step})"
    return f"({ms} - {into})"


def ceil_sql(ms: str, period: Period) -> str:
    """Return SQL of the end of the period in which a moment lies; a moment on a border stays."""
    floor = floor_sql(ms, period)
    if is_steady(period):
        return f"(CASE WHEN {floor} = {ms} THEN {ms} ELSE {floor} + {length_ms(period)} END)"
    months = capped(period) * _MONTHS[period.unit]
    after = f"epoch_ms(make_timestamp({floor} * 1000) + INTERVAL {months} MONTH)"
    return f"(CASE WHEN {floor} = {ms} THEN {ms} ELSE {after} END)"


def _month_floor(ms: str, months: int, shift_ms: int) -> str:
    moment = f"make_timestamp(CAST(({ms}) - {shift_ms} AS BIGINT) * 1000)"
    number = f"((year({moment}) * 12 + month({moment}) - 1) // {months} * {months})"
    date = f"make_timestamp({number} // 12, {number} % 12 + 1, 1, 0, 0, 0.0)"
    return f"(epoch_ms({date}) + {shift_ms})"
