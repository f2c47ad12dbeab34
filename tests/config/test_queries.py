"""The catalogue of Insights queries: the packaged ones, and a user's file with everything that is wrong."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from config.queries import SavedQuery, SaveError, fill, load_queries, parameters, save_query, user_file


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


SAVED = SavedQuery(
    title="T: x", question='why "?"', text="fields a\n\n  | limit 1\n", log_groups=("/a", "/b*")
)


def test_a_saved_query_comes_back_and_what_else_is_in_the_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "new" / "queries.yaml"
    save_query(file, "first-one", SAVED)
    before = f"# mine\n{file.read_text()}# about the second\nsecond:\n  title: S\n  text: x\n# the end"
    file.write_text(before)
    save_query(file, "third", SAVED)
    assert file.read_text().startswith(f"{before}\n")
    changed = SavedQuery(title="n", text="  leads \n", then=("second",))
    save_query(file, "first-one", changed)
    own = load_queries(file)
    assert own.problems == ()
    assert own.queries["first-one"] == changed
    assert own.queries["third"] == SAVED
    assert own.queries["second"].text == "x"
    text = file.read_text()
    assert text.startswith("# mine\n")
    assert "# about the second\nsecond:" in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["queries.yaml"]


@pytest.mark.parametrize("name", ["true", "null", "1e5", "a", "no"])
def test_a_name_that_yaml_takes_for_something_else_is_written_as_text(tmp_path: Path, name: str) -> None:
    save_query(tmp_path / "q.yaml", name, SAVED)
    assert load_queries(tmp_path / "q.yaml").queries[name] == SAVED


@pytest.mark.parametrize("name", ["", "a b", "../x", "a:", "-a", "x" * 65, "a\n"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SaveError, match="letters, digits"):
        save_query(tmp_path / "q.yaml", name, SAVED)
    assert not (tmp_path / "q.yaml").exists()


def test_a_file_that_is_broken_or_cannot_be_written_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "q.yaml"
    file.write_text("bad:\n  title: B\n")
    with pytest.raises(SaveError, match=r"q\.yaml:1"):
        save_query(file, "good", SAVED)
    assert file.read_text() == "bad:\n  title: B\n"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SaveError, match="UTF-8"):
        save_query(file, "good", SAVED)
    with pytest.raises(SaveError, match="cannot be written"):
        save_query(tmp_path, "good", SAVED)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles.yaml"
    kept.write_text("")
    link = tmp_path / "queries.yaml"
    link.symlink_to(kept)
    save_query(link, "good", SAVED)
    assert link.is_symlink()
    assert "good" in load_queries(kept).queries
