"""Points in time as people write them: "1h" ago, "12:30", ISO 8601, seconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from config.durations import parse_duration

EXAMPLES: Final = "30m, 1h, 7d, 2w (ago), 12:30, 2026-11-23T10:04, 2026-11-23T10:04Z or seconds since 1970"
"""What can be written, as a message lists it."""

_WEEKS = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)w(.*)", re.ASCII)
_EPOCH = re.compile(r"(\d{10}(?:\.\d{1,6})?)|(\d{13})", re.ASCII)
_WEEK_S = 7 * 86_400


def parse_moment(text: str, now_s: float, zone: tzinfo | None = None) -> float:
    """Return the epoch seconds that a text means.

    Args:
        text: A duration back from now ("30m", "1h30m", "7d", "2w", an "ago" behind it or not), "now", a
            time of day ("12:30", "12:30:05": the last one that has passed), an ISO 8601 date or time, or
            seconds (ten digits) or milliseconds (thirteen) since 1970.
        now_s: The present, epoch seconds.
        zone: Time zone of what is written without an offset; None is this machine's.

    Raises:
        ValueError: It means nothing, or a time that no log has; the text is one sentence with examples.
    """
    words = text.strip()
    if words == "now":
        return now_s
    seconds = _ago(words.removesuffix("ago").rstrip())
    if seconds is not None:
        return now_s - seconds
    if found := _EPOCH.fullmatch(words):
        return float(found[1]) if found[1] else int(found[2]) / 1000
    moment = _time_of_day(words, now_s, zone)
    if moment is None:
        moment = _date(words, zone)
    if moment is None:
        raise ValueError(f"neither a duration nor a time; write for example {EXAMPLES}")
    if moment < 0:
        raise ValueError(f"that is before 1970; write for example {EXAMPLES}")
    return moment


def _ago(text: str) -> float | None:
    """Return the seconds of a duration, None where it is none.

    Raises:
        ValueError: It is one, and too long.
    """
    weeks = 0.0
    if found := _WEEKS.fullmatch(text):
        weeks, text = float(found[1]) * _WEEK_S, found[2] or "0s"
    try:
        return weeks + parse_duration(text)
    except ValueError as error:
        if "at most" in str(error):
            raise
        return None


def _time_of_day(text: str, now_s: float, zone: tzinfo | None) -> float | None:
    if ":" not in text:
        return None
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        return None
    now = datetime.fromtimestamp(now_s, clock.tzinfo or zone)
    moment = datetime.combine(now.date(), clock, clock.tzinfo or zone)
    if moment.timestamp() > now_s:
        # A calendar day back, not 24 hours: the two differ where the clocks were changed.
        moment = datetime.combine(now.date() - timedelta(days=1), clock, clock.tzinfo or zone)
    return moment.timestamp()


def _date(text: str, zone: tzinfo | None) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None and zone is not None:
            moment = moment.replace(tzinfo=zone)
        if moment.year < 1970:
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        return moment.timestamp()
    except (ValueError, OverflowError, OSError):
        return None
