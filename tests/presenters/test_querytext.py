"""The words of the Insights modal."""

from __future__ import annotations

from config.queries import SavedQuery
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.queries import QueryAnswer
from tui.domain.queryruns import Run
from tui.insights.parser import parse
from tui.presenters.querytext import colours, follow_ups, state_text, trouble_text, with_filter, words


def run(**more: object) -> Run:
    made = Run(1, "", "fields a", ("/g",), "AWS", 0.0)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def test_a_run_tells_what_it_does() -> None:
    assert state_text(None, 0.0).startswith("enter on a name")
    assert state_text(run(), 0.0).startswith("waiting")
    running = run(began_s=1.0, answer=QueryAnswer("Running", ({"a": "1"},), 1.0, 2.0, 2e9))
    assert state_text(running, 3.0) == (
        "running  1 row, 1 of 2 events matched, 1.86 GiB scanned, $0.01, 2.0 s"
    )
    running.is_stopping = True
    assert state_text(running, 3.0).startswith("stopping")
    failed = run(began_s=1.0, ended_s=2.0, error=SourceError(ErrorKind.INVALID, "No."))
    assert state_text(failed, 3.0).startswith("failed")


def test_no_rows_say_what_was_scanned() -> None:
    empty = run(began_s=1.0, ended_s=2.0, answer=QueryAnswer("Complete", (), 0.0, 1234.0))
    assert trouble_text(empty).startswith("Nothing was found in 1,234 events: f3")
    assert trouble_text(run(began_s=1.0)) == ""
    failed = run(began_s=1.0, ended_s=2.0, error=SourceError(ErrorKind.INVALID, "No.", "Do this."))
    assert trouble_text(failed) == "No. Do this."
    timeout = run(began_s=1.0, ended_s=2.0, answer=QueryAnswer("Timeout"))
    assert trouble_text(timeout) == "The query ended as Timeout; f5 runs it again."


def test_queries_go_on_from_a_row() -> None:
    catalogue = {
        "of": SavedQuery(title="t", text='filter e = "{{e}}"'),
        "other": SavedQuery(title="t", text='filter x = "{{x}}"'),
        "sql": SavedQuery(title="t", text="fields q"),
        "slow": SavedQuery(title="t", text="fields e", then=("sql", "gone")),
    }
    assert follow_ups(catalogue, "slow", {"e": "/a", "n": "1"}) == [("of", {"e": "/a"}), ("sql", {})]
    assert follow_ups(catalogue, "", {"n": "1"}) == []


def test_a_value_becomes_a_filter_that_parses() -> None:
    for column, value in (("a", 'x"y\\z'), ("detail-type", "a\nb"), ("a.b", "1")):
        parse(with_filter("fields a", column, value))
    assert with_filter("fields a", "a", "1") == 'filter a = "1"\n| fields a'


def test_a_query_is_coloured() -> None:
    text = 'stats count(*) as n by bin(5m) | filter a like /x/ and b = "y"'
    kinds = {text[start:end]: kind for start, end, kind in colours(text)}
    assert kinds["stats"] == kinds["by"] == kinds["like"] == kinds["and"] == kinds["as"] == "keyword"
    assert kinds["count"] == kinds["bin"] == "function"
    assert kinds["/x/"] == kinds['"y"'] == "string"
    assert colours('"open') is not None


def test_fields_complete_before_commands() -> None:
    found = words(("status", "stats"))
    assert found.index("status") < found.index("filter")
    assert len(found) == len(set(found))
