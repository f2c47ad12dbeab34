"""Queries, events and rows that were worked out by hand from the specification of the language.

A row names its columns; a column without a value is absent. `unordered`: the rows come in any order.
`rows_have`: columns that the rows hold among others. `refused`: words of the sentence that says why there is
no answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tui.insights.engine import EngineError, Event, Events, run_query
from tui.insights.parser import parse

CASES = Path(__file__).parent / "cases"
NOW_MS = 1_788_500_000_000


def cases() -> Iterator[Any]:
    for file in sorted(CASES.glob("*.yaml")):
        document = yaml.safe_load(file.read_text("utf-8"))
        for case in document["cases"]:
            events = case["events"]
            case["events"] = document["events"][events] if isinstance(events, str) else events
            yield pytest.param(case, id=f"{file.stem}/{case['name']}")


def event(written: Any) -> Event:
    if isinstance(written, dict):
        return Event(
            written["time"],
            str(written["message"]),
            written.get("group", ""),
            written.get("stream", ""),
            written.get("ingested"),
        )
    return Event(written[0], str(written[1]))


def answer(case: dict[str, Any]) -> list[dict[str, str]]:
    start_ms, end_ms = case.get("range", (None, None))
    found = run_query(
        parse(case["query"]),
        Events([event(one) for one in case["events"]]),
        start_ms=start_ms,
        end_ms=end_ms,
        now_ms=case.get("now_ms", NOW_MS),
    )
    return [dict(row) for row in found.rows]


@pytest.mark.parametrize("case", list(cases()))
def test_a_query_gives_the_rows_of_the_specification(case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(EngineError, match=case["refused"]):
            answer(case)
        return
    rows = answer(case)
    if "rows_have" in case:
        wanted = case["rows_have"]
        assert [
            {name: row.get(name) for name in part} for row, part in zip(rows, wanted, strict=True)
        ] == wanted
        return
    if case.get("unordered"):
        assert same(rows, case["rows"]), rows
    else:
        assert rows == case["rows"]


def same(rows: list[dict[str, str]], wanted: list[dict[str, str]]) -> bool:
    """Whether the rows are the wanted ones in another order."""
    left = list(wanted)
    for row in rows:
        if row not in left:
            return False
        left.remove(row)
    return not left


def test_there_are_as_many_as_were_wanted() -> None:
    assert len(list(cases())) >= 120
