"""Words, colours and completions of the Insights modal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.queries import QueryAnswer
from tui.domain.queryruns import Fault, Past, Place, Question, Run
from tui.keys import BY_ID
from tui.presenters.completions import completions
from tui.presenters.querycolours import colours
from tui.presenters.queryrow import row_text
from tui.presenters.querystatus import dollars_text, nothing_text, past_text, run_text, state_text

KEYS = {name: one.keys for name, one in BY_ID.items()}
ASKED = Question("limit 1", "", ("/a",), 0.0, 60.0)


def run(answer: QueryAnswer, **more: object) -> Run:
    fields: dict[str, object] = {"began_s": 10.0, "ended_s": 11.5, **more}
    return Run(1, ASKED, 9.0, answer, **fields)  # type: ignore[arg-type]


def test_a_run_is_told_with_what_it_read_and_cost() -> None:
    answer = QueryAnswer("Complete", ({"a": "1"},), 120.0, 4000.0, 1e9)
    assert run_text(run(answer), 99.0) == (
        "complete · 1 row · 120 of 4,000 events · 954 MiB · $0.005 · 1.5 s"
    )


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (run(QueryAnswer(), began_s=None, ended_s=None), "three queries run already"),
        (run(QueryAnswer(), ended_s=None), "as many queries run as the account may"),
        (run(QueryAnswer("Running"), ended_s=None, is_stopping=True), "stopping"),
        (run(QueryAnswer("Timeout")), "too long"),
        (run(QueryAnswer("Odd")), "Odd"),
        (run(QueryAnswer("Failed"), fault=Fault("no")), "refused"),
    ],
)
def test_states(one: Run, said: str) -> None:
    assert said in state_text(one)


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        (0, "$0"),
        (1e-9, "under $0.000001"),
        (0.000006, "$0.000006"),
        (0.0021, "$0.0021"),
        (1234.5, "$1,234.50"),
    ],
)
def test_dollars(dollars: float, text: str) -> None:
    assert dollars_text(dollars) == text


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (QueryAnswer("Complete", records_scanned=50.0), "No rows: 50 events"),
        (QueryAnswer("Complete"), "There are no events in /a for the range"),
        (QueryAnswer("Cancelled"), "f5,ctrl+j runs it again"),
        (QueryAnswer("Timeout"), "ended as Timeout"),
    ],
)
def test_no_rows_say_why_and_what_to_do(answer: QueryAnswer, said: str) -> None:
    assert said in nothing_text(run(answer), "the range", KEYS)


def test_the_history_names_query_state_rows_and_cost() -> None:
    past = Past(0.0, "\n\nstats count(*)", "", "Complete", 3, 0.25)
    label, note = past_text(past, 1e9)
    assert label.endswith("stats count(*)")
    assert note == "complete, 3 rows, $0.25"
    assert (
        past_text(Past(0.0, "x", "named", "Refused", 0, 0.0, Place.LOCAL), 1e9)[1] == "refused, 0 rows, free"
    )


def kinds(text: str) -> list[tuple[str, str]]:
    return [
        (line[start:end], kind)
        for line, spans in zip(text.split("\n"), colours(text), strict=True)
        for start, end, kind in spans
    ]


def test_colours() -> None:
    found = kinds(
        'fields a / b # note\n| filter x like /a\\/b/ and y = "{{p}} \\""\n| stats pct(z, 95) by bin(5m)'
    )
    assert found == [
        ("fields", "command"), ("a", "field"), ("/", "operator"), ("b", "field"), ("# note", "comment"),
        ("|", "operator"), ("filter", "command"), ("x", "field"), ("like", "keyword"), ("/a\\/b/", "regex"),
        ("and", "keyword"), ("y", "field"), ("=", "operator"), ('"{{p}} \\""', "string"),
        ("|", "operator"), ("stats", "command"), ("pct", "function"), ("z", "field"), ("95", "number"),
        ("by", "keyword"), ("bin", "function"), ("5m", "number"),
    ]  # fmt: skip


@given(st.text())
def test_any_text_is_coloured_within_its_lines(text: str) -> None:
    found = colours(text)
    for line, spans in zip(text.split("\n"), found, strict=True):
        ends = [0, *(place for start, end, _ in spans for place in (start, end))]
        assert ends == sorted(ends)
        assert ends[-1] <= len(line)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("fi", "fields"),
        ("fields a | so", "sort"),
        ("stats count(*) by bi", "bin()"),
        ("filter resp", "response_time"),
        ("fields @ti", "@timestamp"),
        ("", "fields"),
    ],
)
def test_completions(text: str, first: str) -> None:
    found = completions(text, len(text), ("response_time",))
    assert found[0].text == first
    assert text.endswith(text[len(text) - found[0].back :])


@pytest.mark.parametrize("text", ['filter a = "fi', "fields a # so", "filter a = 'so"])
def test_nothing_is_offered_within_strings_and_comments(text: str) -> None:
    assert completions(text, len(text)) == []


@given(st.text(alphabet="fi|\"'# @\n\\"), st.integers(0, 20))
def test_completions_never_fail(text: str, at: int) -> None:
    for offer in completions(text, min(at, len(text))):
        assert 0 <= offer.back <= at


def test_a_row_whole() -> None:
    row = {"@timestamp": "t", "query": "a\nb", "@message": '{"x": 1}', "@ptr": "secret"}
    assert row_text(row) == '@timestamp  t\nquery       a\n            b\n\n{\n  "x": 1\n}'
