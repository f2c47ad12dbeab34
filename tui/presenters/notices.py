"""Breach events as notifications: short, and told on any screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from config.levels import Level
from tui.domain.findings import BreachEvent
from widgets.model import ASCII_GLYPHS, GLYPHS, WORDS
from widgets.text import one_line

Severity = Literal["information", "warning", "error"]
TEXT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification.

    Attributes:
        title: Glyph and word: "✖ CRITICAL", "● closed".
        text: One sentence, sanitised.
        severity: As Textual names them.
        is_alert: Whether it got worse, which is what rings the bell.
    """

    title: str
    text: str
    severity: Severity
    is_alert: bool


def notice(event: BreachEvent, *, ascii: bool = False) -> Notice:
    """Return the notification of an edge."""
    finding = event.finding
    glyphs = ASCII_GLYPHS if ascii else GLYPHS
    text = one_line(f"{finding.resource}: {finding.sentence}", TEXT_LIMIT)
    if event.kind == "closed":
        return Notice(f"{glyphs[Level.OK]} closed", text, "information", is_alert=False)
    word = f"{glyphs[finding.level]} {WORDS[finding.level]}"
    if event.kind == "eased":
        return Notice(f"{word}, eased", text, "warning", is_alert=False)
    severity: Severity = "error" if finding.level is Level.CRITICAL else "warning"
    return Notice(word, text, severity, is_alert=finding.level.is_breach)
