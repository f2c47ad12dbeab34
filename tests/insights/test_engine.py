"""The local engine: its sources, what it refuses, and plain Python as another witness."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.insights.engine import (
    EngineError,
    Event,
    Events,
    Lines,
    NotCovered,
    QueryProblem,
    Result,
    Source,
    Stopped,
    Stream,
    run_query,
)
from tui.insights.parser import parse

NOW_MS = 1_790_000_000_000


def ask(query: str, source: Source, **more: Any) -> Result:
    return run_query(parse(query), source, now_ms=NOW_MS, **more)


def events(*messages: str) -> Events:
    return Events([Event(NOW_MS + number, message) for number, message in enumerate(messages)])


def lines(tmp_path: Path, content: bytes) -> Lines:
    path = tmp_path / "log"
    path.write_bytes(content)
    return Lines(path)


def test_a_line_that_wraps_an_event_is_that_event(tmp_path: Path) -> None:
    wrapped = {
        "timestamp": 1_700_000_000_123,
        "message": '{"status": 500}',
        "logGroupName": "/g",
        "logStreamName": "s",
        "ingestionTime": 1_700_000_000_456,
        "eventId": "1",
    }
    found = ask(
        "fields @timestamp, @message, @log, @logStream, @ingestionTime, status | filter status = 500",
        lines(tmp_path, json.dumps(wrapped).encode() + b"\n"),
    )
    assert found.rows == (
        {
            "@timestamp": "2023-11-14 22:13:20.123",
            "@message": '{"status": 500}',
            "@log": "/g",
            "@logStream": "s",
            "@ingestionTime": "2023-11-14 22:13:20.456",
            "status": "500",
        },
    )


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ('{"timestamp": "2026-09-03T10:00:00.5Z", "message": "m"}', "2026-09-03 10:00:00.500"),
        ('{"@timestamp": "2026-09-03T12:00:00+02:00"}', "2026-09-03 10:00:00.000"),
        ('{"time": 1700000000}', "2023-11-14 22:13:20.000"),
        ('{"ts": 1700000000.25}', "2023-11-14 22:13:20.250"),
        ('{"ts": 1700000000123456}', "2023-11-14 22:13:20.123"),
        ("2026-09-03 10:00:00,250 INFO hello", "2026-09-03 10:00:00.250"),
        ("[2026-09-03T10:00:00Z] hello", "2026-09-03 10:00:00.000"),
        ("hello", None),
        ('{"a": 1', None),
    ],
)
def test_any_other_line_is_an_event_with_the_time_it_holds(
    tmp_path: Path, line: str, time: str | None
) -> None:
    (row,) = ask("fields @timestamp, @message", lines(tmp_path, line.encode())).rows
    assert row == ({"@message": line} if time is None else {"@timestamp": time, "@message": line})


def test_lines_without_a_time_keep_their_order(tmp_path: Path) -> None:
    found = ask("fields @message", lines(tmp_path, b"c\na\n\nb\n"))
    assert [row["@message"] for row in found.rows] == ["c", "a", "b"]
    assert (found.records_scanned, found.bytes_scanned) == (3, 7)


def test_bytes_that_are_no_text_are_read_all_the_same(tmp_path: Path) -> None:
    content = b"one\xff\r\ntwo\x01\nthree\rfour\x00\n" + "fünf".encode() + b"\x1b[31m"
    found = ask("fields @message", lines(tmp_path, content))
    assert [row["@message"] for row in found.rows] == ["one�", "two�", "three", "four\0", "fünf\x1b[31m"]


def test_a_message_filter_looks_into_wrapped_events_only(tmp_path: Path) -> None:
    wrapped = b'{"timestamp": 1700000000123, "message": "yes"}\n'
    plain = b'{"timestamp": "2026-01-01T00:00:00Z", "message": "yes", "x": "timestamp"}\n'
    found = ask('filter @message = "yes"', lines(tmp_path, wrapped + plain))
    assert [row["@message"] for row in found.rows] == ["yes"]
    assert (found.records_matched, found.records_scanned) == (1, 2)


def test_standard_input_is_read_once() -> None:
    found = ask("stats count(*) as n, sum(a) as a", Stream(io.BytesIO(b'{"a": 1}\n{"a": 2}\nx')))
    assert found.rows == ({"n": "3", "a": "3"},)


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    found = ask("fields @message", lines(tmp_path, b""))
    assert (found.rows, found.records_scanned) == ((), 0)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no file that can be read"):
        ask("fields @message", Lines(tmp_path / "none"))


def test_a_line_beyond_the_limit_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="line of more than 2 MB"):
        ask("stats count(*)", lines(tmp_path, b"x" * 2_100_000 + b"\n"))


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("diff", "diff"),
        ("fields md5(@message)", "md5"),
        ("fields sha256(@message)", "sha256"),
        ("parse @message XML '/a' as a", "XML"),
        ("filter a in (SOURCE 'g' | fields a)", "subquery"),
        ("fields nosuch(@message)", "nosuch"),
        ("lookup t a OUTPUT b", "lookup"),
    ],
)
def test_what_is_not_covered_is_refused_by_name(query: str, word: str) -> None:
    with pytest.raises(NotCovered, match=word):
        ask(query, events("x"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("stats count(*) by a | stats max(a) by bin(5m)", "bin reads @timestamp"),
        ("dedup a | sort a", "Only limit"),
        ("filter @message like /(?<=x)y/", "perl operator"),
        ("stats topk(3, a) by b", "topk"),
        ("stats sum(max(a))", "within another"),
        ("stats pct(a, 101)", "0 to 100"),
        ("limit 100001", "100,000"),
        ('parse @message "a=*" as a, b', "names"),
        ("fields substr(@message)", "does not take 1"),
    ],
)
def test_what_means_nothing_is_said(query: str, said: str) -> None:
    with pytest.raises(QueryProblem, match=said):
        ask(query, events("x"))


def test_a_query_stops_when_nobody_wants_it() -> None:
    stop = threading.Event()
    stop.set()
    many = Events([Event(NOW_MS, "ab" * 500 + str(number)) for number in range(2_000)])
    # Each row becomes a hundred for each of its elements, so that it would run for minutes.
    blow = "[" + ",".join(["1"] * 500) + "]"
    query = f"fields jsonParse('{blow}') as j | " + " | ".join(f"unnest j into u{n}" for n in range(6))
    with pytest.raises(Stopped):
        ask(query + " | stats count(*), countDistinct(@message)", many, stop=stop.is_set)


def test_a_pathological_regex_is_bounded() -> None:
    found = ask("filter @message like /(a*)*$b/", events("a" * 50_000))
    assert found.rows == ()


def test_messages_alike_become_one_pattern() -> None:
    found = ask(
        "pattern @message",
        events(
            "ERROR user 12 failed from 10.0.0.1",
            "ERROR user 99 failed from 10.9.0.7",
            "ERROR user 7 failed from 10.0.0.9",
            "started",
        ),
    )
    assert found.rows[0] == {
        "@pattern": "ERROR user <*> failed from <*>",
        "@ratio": "0.75",
        "@sampleCount": "3",
        "@severityLabel": "ERROR",
    }
    assert found.rows[1]["@pattern"] == "started"


def test_the_range_of_time_is_inclusive() -> None:
    source = Events([Event(time_ms, str(time_ms)) for time_ms in (10, 20, 30, 40)] + [Event(None, "never")])
    found = ask("fields @message | sort @timestamp asc", source, start_ms=20, end_ms=30)
    assert [row["@message"] for row in found.rows] == ["20", "30"]
    assert (found.records_matched, found.records_scanned) == (2, 5)


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert ask("fields @message", events("a\ud800b")).rows == ({"@message": "a?b"},)


def test_quotes_reach_no_sql() -> None:
    found = ask(
        """fields "it's '' \\"x\\"" as a, `b'"c` | filter a like "'" """, events("""{"b'\\"c": "d'"}""")
    )
    assert found.rows == ({"a": """it's '' "x\"""", "b'\"c": "d'"},)


# ---------------------------------------------------------------- against plain Python

VALUES = st.one_of(
    st.none(),
    st.integers(-1000, 1000),
    st.floats(-1000, 1000, allow_nan=False).map(lambda value: round(value, 3)),
    st.sampled_from(["a", "b", "n/a", "12", "-3", ""]),
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"g": st.sampled_from(["x", "y", "z"]), "v": VALUES, "t": st.integers(0, 3 * 86_400_000)}
    ),
    min_size=1,
    max_size=30,
)


def number(value: Any) -> float | None:
    try:
        return None if value is None or value == "" else float(value)
    except ValueError:
        return None


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(-50, 50))
def test_filter_and_stats_agree_with_plain_python(rows: list[dict[str, Any]], least: int) -> None:
    source = Events([Event(row["t"], json.dumps({"g": row["g"], "v": row["v"]})) for row in rows])
    found = ask(
        f"filter v >= {least} | stats count(*) as n, sum(v) as s, min(v) as low, max(v) as high"
        " by g, bin(1h) as hour",
        source,
    )
    groups: dict[tuple[str, int], list[float]] = {}
    for row in rows:
        value = number(row["v"])
        if value is not None and value >= least:
            groups.setdefault((row["g"], row["t"] // 3_600_000), []).append(value)
    answered = {
        (row["g"], row["hour"][8:13]): tuple(float(row[name]) for name in ("n", "s", "low", "high"))
        for row in found.rows
    }
    expected: dict[tuple[str, str], Any] = {
        (group, f"{1 + hour // 24:02d} {hour % 24:02d}"): (
            len(values),
            pytest.approx(sum(values)),
            min(values),
            max(values),
        )
        for (group, hour), values in groups.items()
    }
    assert answered == expected
    assert found.records_matched == sum(map(len, groups.values()))
    assert found.records_scanned == len(rows)
