"""RDS's backup and maintenance windows: their form, whether they overlap, and what they are in local time.

docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html: UTC, 30 minutes at least, and the
two must not overlap.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LEAST_MINUTES: Final = 30
_DAY: Final = 24 * 60
_WEEK: Final = 7 * _DAY
_CLOCK = r"([01]\d|2[0-3]):([0-5]\d)"
_BACKUP = re.compile(rf"{_CLOCK}-{_CLOCK}")
_MAINTENANCE = re.compile(rf"({'|'.join(DAYS)}):{_CLOCK}-({'|'.join(DAYS)}):{_CLOCK}", re.IGNORECASE)
_ZONES: Final = {
    "ap-northeast-1": "Asia/Tokyo",
    "ap-northeast-2": "Asia/Seoul",
    "ap-northeast-3": "Asia/Tokyo",
    "ap-south-1": "Asia/Kolkata",
    "ap-southeast-1": "Asia/Singapore",
    "ap-southeast-2": "Australia/Sydney",
    "ca-central-1": "America/Toronto",
    "eu-central-1": "Europe/Berlin",
    "eu-north-1": "Europe/Stockholm",
    "eu-west-1": "Europe/Dublin",
    "eu-west-2": "Europe/London",
    "eu-west-3": "Europe/Paris",
    "sa-east-1": "America/Sao_Paulo",
    "us-east-1": "America/New_York",
    "us-east-2": "America/New_York",
    "us-west-1": "America/Los_Angeles",
    "us-west-2": "America/Los_Angeles",
}
# The hours in which an interruption is felt most.
_BUSY: Final = range(9, 19)

Span = tuple[int, int]
"""Start and end in minutes since Monday 00:00 UTC; the end may lie in the next week."""


def backup_spans(text: str) -> tuple[Span, ...]:
    """Return a daily window's seven spans.

    Raises:
        ValueError: It is no window; says what to write.
    """
    found = _BACKUP.fullmatch(text.strip())
    if found is None:
        raise ValueError("write it as hh:mm-hh:mm in UTC, for example 03:00-04:00")
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    length = (end - start) % _DAY
    if length < LEAST_MINUTES:
        raise ValueError(f"a window is {LEAST_MINUTES} minutes long at least")
    return tuple((day * _DAY + start, day * _DAY + start + length) for day in range(7))


def maintenance_span(text: str) -> Span:
    """Return a weekly window's span.

    Raises:
        ValueError: It is no window; says what to write.
    """
    found = _MAINTENANCE.fullmatch(text.strip())
    if found is None:
        raise ValueError("write it as ddd:hh:mm-ddd:hh:mm in UTC, for example mon:04:00-mon:05:00")
    start = DAYS.index(found[1].lower()) * _DAY + int(found[2]) * 60 + int(found[3])
    end = DAYS.index(found[4].lower()) * _DAY + int(found[5]) * 60 + int(found[6])
    length = (end - start) % _WEEK
    if length < LEAST_MINUTES:
        raise ValueError(f"a window is {LEAST_MINUTES} minutes long at least")
    if length > _DAY:
        raise ValueError("a window is 24 hours long at most")
    return start, start + length


def overlap(backup: str, maintenance: str) -> bool:
    """Whether a backup and a maintenance window have a minute in common.

    Raises:
        ValueError: One of them is no window.
    """
    weekly = maintenance_span(maintenance)
    spans = backup_spans(backup)
    return any(
        start < weekly[1] + shift and weekly[0] + shift < end
        for start, end in spans
        for shift in (-_WEEK, 0, _WEEK)
    )


def zone_of(region: str) -> str | None:
    """Return the time zone of the place that a Region is at; None where it is not known."""
    return _ZONES.get(region)


def local_text(text: str, zone: str, at: datetime) -> str:
    """Return a window in a time zone, for example "12:00-13:00 in Asia/Seoul".

    Args:
        text: A backup or a maintenance window, valid.
        zone: Name of the zone.
        at: A moment with a zone; decides about summer time.
    """
    shift = _shift(zone, at)
    if _BACKUP.fullmatch(text.strip()):
        start, end = backup_spans(text)[0]
        return f"{_clock(start + shift)}-{_clock(end + shift)} in {zone}"
    start, end = maintenance_span(text)
    return (
        f"{_day(start + shift)}:{_clock(start + shift)}-{_day(end + shift)}:{_clock(end + shift)} in {zone}"
    )


def is_busy(text: str, zone: str, at: datetime) -> bool:
    """Whether a window begins within working hours (09:00 to 19:00) of a time zone, Monday to Friday."""
    shift = _shift(zone, at)
    is_daily = _BACKUP.fullmatch(text.strip()) is not None
    start = (backup_spans(text)[0] if is_daily else maintenance_span(text))[0] + shift
    is_weekday = is_daily or start % _WEEK // _DAY < 5
    return is_weekday and start % _DAY // 60 in _BUSY


def _shift(zone: str, at: datetime) -> int:
    offset = at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return int(offset.total_seconds() // 60)


def _clock(minute: int) -> str:
    return f"{minute % _DAY // 60:02}:{minute % 60:02}"


def _day(minute: int) -> str:
    return DAYS[minute % _WEEK // _DAY]
