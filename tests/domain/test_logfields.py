"""Names of fields in log messages."""

from __future__ import annotations

from tui.domain.logfields import MOST_FIELDS, fields_of


def test_names_are_dotted_and_the_frequent_come_first() -> None:
    messages = ['{"b": 1}', '{"a": {"x": {"y": 1}}, "b": [1]}', "text", "{broken", "[1]"]
    assert fields_of(messages) == ("b", "a.x.y")


def test_names_that_no_query_writes_plainly_are_left_out() -> None:
    assert fields_of(['{"a-b": 1, "\\u001b[2J": 2, "ok_1": 3, "": 4}']) == ("ok_1",)


def test_there_are_at_most_as_many_as_the_service_discovers() -> None:
    message = "{" + ", ".join(f'"f{number}": 1' for number in range(500)) + "}"
    assert len(fields_of([message])) == MOST_FIELDS


def test_depth_is_bounded() -> None:
    assert fields_of(['{"a":' * 20 + "1" + "}" * 20]) == ("a.a.a.a.a.a",)
    assert fields_of(['{"a":' * 100_000]) == ()
