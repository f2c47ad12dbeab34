"""What people write for a point in time, and what is refused with examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.moments import EXAMPLES, parse_moment

SEOUL = timezone(timedelta(hours=9))
NOW = datetime(2026, 11, 23, 10, 4, 30, tzinfo=UTC).timestamp()


def at(*parts: int, zone: timezone = UTC) -> float:
    year, month, day, *rest = parts
    return datetime(year, month, day, *rest, tzinfo=zone).timestamp()  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30m", NOW - 1800),
        (" 1h30m ago ", NOW - 5400),
        ("7d", NOW - 7 * 86_400),
        ("2w", NOW - 14 * 86_400),
        ("1w2d", NOW - 9 * 86_400),
        ("now", NOW),
        ("09:30", at(2026, 11, 23, 9, 30)),
        ("10:04:05", at(2026, 11, 23, 10, 4, 5)),
        ("10:05", at(2026, 11, 22, 10, 5)),
        ("19:00+09:00", at(2026, 11, 23, 10)),
        ("2026-11-23", at(2026, 11, 23)),
        ("2026-11-23T08:00", at(2026, 11, 23, 8)),
        ("2026-11-23 08:00:01", at(2026, 11, 23, 8, 0, 1)),
        ("2026-11-23T08:00Z", at(2026, 11, 23, 8)),
        ("2026-11-23T17:00+09:00", at(2026, 11, 23, 8)),
        ("1795428270", 1_795_428_270.0),
        ("1795428270.5", 1_795_428_270.5),
        ("1795428270123", 1_795_428_270.123),
    ],
)
def test_each_way_to_write_a_moment(text: str, expected: float) -> None:
    assert parse_moment(text, NOW, UTC) == pytest.approx(expected)


def test_what_has_no_offset_is_of_the_zone() -> None:
    assert parse_moment("2026-11-23T17:00", NOW, SEOUL) == at(2026, 11, 23, 8)
    assert parse_moment("19:00", NOW, SEOUL) == at(2026, 11, 23, 10)
    # Half past midnight has passed in Seoul today, not in UTC's yesterday.
    assert parse_moment("00:30", NOW, SEOUL) == at(2026, 11, 23, 0, 30, zone=SEOUL)


def test_without_a_zone_it_is_this_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = datetime(2026, 11, 23, 8, 0).astimezone().timestamp()
    assert parse_moment("2026-11-23T08:00", NOW) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "-1h", "5", "1030", "25:00", "2026-13-01", "1h ago?", "∞"])
def test_nonsense_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="write for example") as caught:
        parse_moment(text, NOW)
    assert EXAMPLES in str(caught.value)


def test_what_no_log_can_have_is_refused() -> None:
    with pytest.raises(ValueError, match="before 1970"):
        parse_moment("1969-07-20T20:17", NOW, UTC)
    with pytest.raises(ValueError, match="366 days"):
        parse_moment("400d", NOW)


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_a_sentence(text: str) -> None:
    try:
        moment = parse_moment(text, NOW)
    except ValueError:
        return
    assert moment >= 0


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)))
def test_iso_times_come_back(moment: datetime) -> None:
    exact = moment.replace(tzinfo=SEOUL)
    assert parse_moment(exact.isoformat(), NOW) == exact.timestamp()
