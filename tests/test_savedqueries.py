"""Queries that the user saves under a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.queries import load_queries
from tui.savedqueries import save_query


def test_a_query_is_added_and_the_rest_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "queries.yaml"
    assert save_query("mine", 'fields a\n| filter b = "c: d" # x', file) == file
    before = file.read_text("utf-8")
    save_query("more", "\tfields e", file)
    assert file.read_text("utf-8").startswith(before)
    loaded = load_queries(file)
    assert not loaded.problems
    assert loaded.queries["mine"].text.strip() == 'fields a\n| filter b = "c: d" # x'
    assert loaded.queries["more"].text.strip() == "fields e"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a b", "fields a", "letters"),
        ("", "fields a", "letters"),
        ("a", " ", "empty"),
        ("old", "x", "already"),
    ],
)
def test_what_cannot_be_saved_is_said(tmp_path: Path, name: str, text: str, said: str) -> None:
    file = tmp_path / "queries.yaml"
    save_query("old", "fields a", file)
    before = file.read_text("utf-8")
    with pytest.raises(ValueError, match=said):
        save_query(name, text, file)
    assert file.read_text("utf-8") == before
