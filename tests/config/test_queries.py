"""The catalogue of Insights queries: the packaged ones, and a user's file with everything that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.queries import fill, load_queries, parameters, user_file


def test_the_packaged_queries_are_the_guides() -> None:
    catalogue = load_queries()
    assert catalogue.problems == ()
    names = "request-count response-time error-rate endpoints database-queries slow-requests"
    assert [*catalogue.queries][:6] == names.split()
    assert all(query.question and query.text for query in catalogue.queries.values())
    # The service has no SQL CASE: the ratio is made of booleans.
    assert "sum(status_code >= 400) * 100 / count(*)" in catalogue.queries["error-rate"].text


def test_a_users_file_adds_and_replaces(tmp_path: Path) -> None:
    file = tmp_path / "queries.yaml"
    file.write_text(
        "mine:\n  title: Mine\n  text: |\n    fields a\n    | limit 1\nendpoints:\n  title: E\n  text: x\n"
    )
    catalogue = load_queries(file)
    assert catalogue.queries["mine"].text == "fields a\n| limit 1\n"
    assert catalogue.queries["endpoints"].text == "x"
    assert "error-rate" in catalogue.queries


def test_what_is_wrong_is_told_with_its_line_and_the_rest_loads(tmp_path: Path) -> None:
    file = tmp_path / "queries.yaml"
    file.write_text(
        "good:\n  title: G\n  text: x\nbad:\n  title: B\n  txt: z\nworse: 3\nodd:\n  title: 3\n  text: z\n"
    )
    catalogue = load_queries(file)
    assert "good" in catalogue.queries
    assert not {"bad", "worse", "odd"} & catalogue.queries.keys()
    told = {(problem.line, problem.key, problem.message) for problem in catalogue.problems}
    assert told == {
        (4, "bad", "has no text"),
        (6, "bad.txt", "unknown key"),
        (7, "worse", "wants a mapping"),
        (9, "odd.title", "input should be a valid string"),
    }


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    assert [problem.message for problem in load_queries(tmp_path).problems] == [
        "cannot be read: is a directory"
    ]
    assert load_queries(tmp_path / "absent").problems == ()
    assert user_file({"XDG_CONFIG_HOME": "/x"}) == Path("/x/cwtop/queries.yaml")


def test_parameters_are_filled_in_and_cannot_end_their_quotation() -> None:
    text = 'filter a = "{{ one }}" and b = "{{two}}" and c = "{{one}}"'
    assert parameters(text) == ("one", "two")
    assert fill(text, {"one": 'x" or "1" = "1', "two": "\\"}) == (
        'filter a = "x\\" or \\"1\\" = \\"1" and b = "\\\\" and c = "x\\" or \\"1\\" = \\"1"'
    )
    with pytest.raises(KeyError, match="two"):
        fill(text, {"one": "x"})
