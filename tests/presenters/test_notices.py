"""Breach events as notifications."""

from __future__ import annotations

from typing import Any

import pytest

from config.levels import Level
from tui.domain.findings import BreachEvent, Finding
from tui.presenters.notices import TEXT_LIMIT, Notice, notice


def event(kind: Any, level: Level, sentence: str = "RDS CPU 91.2 % (> 85 %)") -> BreachEvent:
    return BreachEvent(kind, Finding("rds.cpu", "db", "rds", level, sentence))


@pytest.mark.parametrize(
    ("kind", "level", "title", "severity", "is_alert"),
    [
        ("opened", Level.CRITICAL, "✖ CRITICAL", "error", True),
        ("opened", Level.WARNING, "▲ WARNING", "warning", True),
        ("worsened", Level.CRITICAL, "✖ CRITICAL", "error", True),
        ("eased", Level.WARNING, "▲ WARNING, eased", "warning", False),
        ("closed", Level.CRITICAL, "● closed", "information", False),
    ],
)
def test_an_edge_is_told_by_what_it_means(
    kind: str, level: Level, title: str, severity: Any, is_alert: bool
) -> None:
    expected = Notice(title, "db: RDS CPU 91.2 % (> 85 %)", severity, is_alert)
    assert notice(event(kind, level)) == expected


def test_without_fancy_glyphs() -> None:
    assert notice(event("opened", Level.CRITICAL), ascii=True).title == "X CRITICAL"


def test_hostile_sentences_are_one_short_safe_line() -> None:
    text = notice(event("opened", Level.WARNING, "\x1b[31m[/x]\n" + "y" * 999)).text
    assert text.startswith("db: ")
    assert "\x1b" not in text
    assert "\n" not in text
    assert len(text) < TEXT_LIMIT + 12
