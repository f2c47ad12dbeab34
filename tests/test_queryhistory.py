"""The file of the history: what was written comes back, what is damaged does no harm."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tui.domain.queryruns import MOST_REMEMBERED, Past, Place, remembered
from tui.queryhistory import load_history, save_history

PAST = Past(1_795_514_700.0, "stats count(*)\n| limit 1", "mine", "Complete", 3, 0.25, Place.LOCAL)


def test_what_was_written_comes_back_and_is_the_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "state" / "history.json"
    save_history(file, [PAST, PAST])
    assert load_history(file) == (PAST, PAST)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("text", ["", "{", "{}", "[1, null, {}]", "[" * 100_000, '"\\ud800"', "\x00"])
def test_a_damaged_file_is_an_empty_history(tmp_path: Path, text: str) -> None:
    file = tmp_path / "history.json"
    file.write_text(text, encoding="utf-8")
    assert load_history(file) == ()
    assert load_history(tmp_path / "absent") == ()
    assert load_history(tmp_path) == ()


@pytest.mark.parametrize(
    "change", [{"at_s": 1e300}, {"dollars": float("inf")}, {"rows": "x"}, {"place": "Mars"}]
)
def test_an_entry_that_is_none_is_left_out(tmp_path: Path, change: dict[str, object]) -> None:
    file = tmp_path / "history.json"
    save_history(file, [PAST])
    (entry,) = json.loads(file.read_text())
    file.write_text(json.dumps([{**entry, **change}, {**entry, "text": "\x1b[2Jx"}]))
    (found,) = load_history(file)
    assert found.text == "x"


def test_the_history_ends_at_a_hundred() -> None:
    history: tuple[Past, ...] = ()
    for _ in range(MOST_REMEMBERED + 5):
        history = remembered(history, PAST)
    assert len(history) == MOST_REMEMBERED
