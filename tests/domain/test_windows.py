"""Windows and storage of a DB instance."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.storage import granted, least
from tui.domain.windows import DAYS, backup_spans, is_busy, local_text, maintenance_span, overlap

AT = datetime(2026, 9, 2, tzinfo=UTC)
WEEK = 7 * 24 * 60


def clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


@given(st.integers(0, 1439), st.integers(30, 600), st.integers(0, WEEK - 1), st.integers(30, 600))
def test_overlap_is_a_minute_in_common(start: int, length: int, from_: int, long: int) -> None:
    backup = f"{clock(start)}-{clock(start + length)}"
    end = (from_ + long) % WEEK
    maintenance = f"{DAYS[from_ // 1440]}:{clock(from_)}-{DAYS[end // 1440]}:{clock(end)}"
    daily = {(start + one) % 1440 for one in range(length)}
    expected = any((from_ + one) % 1440 in daily for one in range(long))
    assert overlap(backup, maintenance) == expected


@pytest.mark.parametrize(
    ("backup", "maintenance", "expected"),
    [
        ("03:00-04:00", "mon:04:00-mon:05:00", False),
        ("23:30-00:30", "sun:23:45-mon:00:15", True),
        ("23:30-00:30", "mon:00:30-mon:01:00", False),
    ],
)
def test_windows_at_their_edges(backup: str, maintenance: str, expected: bool) -> None:
    assert overlap(backup, maintenance) is expected


@pytest.mark.parametrize("text", ["3:00-04:00", "03:00-03:20", "25:00-26:00", ""])
def test_what_is_no_daily_window(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it as|minutes long"):
        backup_spans(text)


@pytest.mark.parametrize("text", ["mon:03:00-mon:03:10", "xyz:03:00-mon:04:00", "mon:03:00-wed:03:00"])
def test_what_is_no_weekly_window(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it as|long"):
        maintenance_span(text)


def test_local_time_and_working_hours() -> None:
    assert local_text("03:00-04:00", "Asia/Seoul", AT) == "12:00-13:00 in Asia/Seoul"
    assert local_text("sun:20:00-sun:21:00", "Asia/Seoul", AT) == "mon:05:00-mon:06:00 in Asia/Seoul"
    assert is_busy("mon:04:00-mon:05:00", "Asia/Seoul", AT)
    assert not is_busy("sat:04:00-sat:05:00", "Asia/Seoul", AT)
    assert not is_busy("18:00-19:00", "Asia/Seoul", AT)


@given(st.integers(20, 60_000), st.integers(1, 65_536))
def test_storage_never_shrinks_and_grows_by_a_tenth(now: int, wanted: int) -> None:
    if wanted < now:
        with pytest.raises(ValueError, match="shrink"):
            granted(now, wanted)
        return
    result = granted(now, wanted)
    assert result == now or result >= max(wanted, least(now))
    assert least(now) * 10 >= now * 11
