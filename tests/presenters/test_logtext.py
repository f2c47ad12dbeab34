"""Log events as lines: the forms, the time zones, what is marked, and that JSON is JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.snapshots import LogEvent, LogGap
from tui.presenters.logtext import LineFormat, filled_text, gap_text
from widgets.text import sanitise

TIME_MS = int(datetime(2026, 11, 23, 10, 4, 5, 123_000, UTC).timestamp() * 1000)
EVENT = LogEvent("37", TIME_MS, TIME_MS + 900, "/ecs/web", "app/1", "ERROR it broke")
SEOUL = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (LineFormat("detailed", zone=UTC), "2026-11-23T10:04:05.123000+00:00 app/1 ERROR it broke\n"),
        (LineFormat("detailed", zone=SEOUL), "2026-11-23T19:04:05.123000+09:00 app/1 ERROR it broke\n"),
        (
            LineFormat("detailed", zone=UTC, with_group=True),
            "2026-11-23T10:04:05.123000+00:00 /ecs/web app/1 ERROR it broke\n",
        ),
        (LineFormat("short", zone=UTC), "2026-11-23T10:04:05 ERROR it broke\n"),
    ],
)
def test_the_plain_forms(lines: LineFormat, expected: str) -> None:
    assert lines.text([EVENT]) == expected


def test_a_late_line_is_marked() -> None:
    late = replace(EVENT, is_late=True)
    assert LineFormat("short", zone=UTC).text([late]) == "2026-11-23T10:04:05 [late] ERROR it broke\n"
    assert " app/1 [late] ERROR" in LineFormat("detailed", zone=UTC).text([late])
    assert json.loads(LineFormat("json").text([late]))["late"] is True


def test_the_keys_of_json() -> None:
    assert json.loads(LineFormat("json").text([EVENT])) == {
        "timestamp": TIME_MS,
        "ingestionTime": TIME_MS + 900,
        "logGroupName": "/ecs/web",
        "logStreamName": "app/1",
        "message": "ERROR it broke",
        "eventId": "37",
        "late": False,
    }


def test_each_second_has_its_own_time() -> None:
    later = [replace(EVENT, time_ms=TIME_MS + shift) for shift in (0, 1, 877, 86_400_000, -1000)]
    stamps = [line.split(" ")[0] for line in LineFormat("detailed", zone=UTC).text(later).splitlines()]
    assert [one[8:26] for one in stamps] == [
        "23T10:04:05.123000", "23T10:04:05.124000", "23T10:04:06.000000", "24T10:04:05.123000",
        "23T10:04:04.123000",
    ]  # fmt: skip


def test_a_time_that_no_calendar_has_is_told_as_it_is() -> None:
    assert LineFormat("short").text([replace(EVENT, time_ms=10**17)]).startswith("100000000000000")


@given(st.lists(st.tuples(st.text(), st.text(max_size=20)), max_size=5), st.booleans())
def test_json_is_one_valid_object_a_line(texts: list[tuple[str, str]], is_ascii: bool) -> None:
    events = [replace(EVENT, message=sanitise(message), stream=sanitise(stream)) for message, stream in texts]
    text = LineFormat("json", is_ascii=is_ascii).text(events)
    found = [json.loads(line) for line in text.split("\n")[:-1]]
    assert [(one["message"], one["logStreamName"]) for one in found] == [
        (e.message, e.stream) for e in events
    ]
    assert text.isascii() or not is_ascii


def test_a_newline_stays_in_the_plain_forms() -> None:
    text = LineFormat("short", zone=UTC).text([replace(EVENT, message="Traceback:\n  line 1")])
    assert text == "2026-11-23T10:04:05 Traceback:\n  line 1\n"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("ERROR it broke", "\x1b[31mERROR\x1b[0m it broke"),
        ('{"level":"warn","m":1}', '{"level":"\x1b[33mwarn\x1b[0m","m":1}'),
        ("INFO all is well", "INFO all is well"),
    ],
)
def test_a_bad_level_is_coloured_where_it_is_asked_for(message: str, expected: str) -> None:
    event = replace(EVENT, message=message)
    coloured = LineFormat("short", zone=UTC, is_coloured=True).text([event])
    assert coloured == f"2026-11-23T10:04:05 {expected}\n"
    assert "\x1b" not in LineFormat("short", zone=UTC).text([event])


def test_no_event_is_no_text() -> None:
    assert LineFormat("detailed").text([]) == ""


def test_a_gap_is_a_sentence() -> None:
    gap = LogGap(1, TIME_MS, TIME_MS + 30_000, "/ecs/web", "throttled")
    assert gap_text(gap, UTC) == (
        "/ecs/web: nothing could be read from 10:04:05 on (throttled); it is read again."
    )
    assert filled_text(gap, UTC) == "/ecs/web: 10:04:05 to 10:04:35 has been read now."
