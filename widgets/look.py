"""How a level looks: its glyph, its word and its theme colour, the same in every widget."""

from __future__ import annotations

from collections.abc import Mapping

from config.levels import Level
from widgets.model import ASCII_GLYPHS, GLYPHS, WORDS

STYLES: Mapping[Level | None, str] = {
    Level.OK: "$success",
    Level.ELEVATED: "$text-primary",
    Level.UNKNOWN: "dim",
    Level.WARNING: "bold $text-warning",
    Level.CRITICAL: "bold $text-error",
    None: "dim",
}
"""Textual style of a level's glyph, word and sparkline: theme variables only."""

BADGES: Mapping[Level | None, str] = {
    **STYLES,
    Level.WARNING: "bold reverse $warning",
    Level.CRITICAL: "bold reverse $error",
}
"""Style of a level that must be seen from across the room; reversed, so it shows without colour too."""

MUTED = "dim"
"""Style of what is there only to be looked up. In `Content` "$text-muted" would be plain white."""

CLASSES: Mapping[Level | None, str] = {level: f"-{level.value}" for level in Level}
"""CSS class of a widget at a level; none for no level."""

_ASCII = str.maketrans(
    {
        "╭": "+", "╮": "+", "╰": "+", "╯": "+", "┏": "+", "┓": "+", "┍": "+", "┑": "+", "┗": "+", "┛": "+",
        "─": "-", "━": "=", "│": "|", "┃": "|", "┤": "|", "├": "|", "┼": "+", "┬": "+", "┴": "+",
        "└": "+", "┘": "+", "┌": "+", "┐": "+", "┄": "-", "╌": "-",
        "▸": ">", "▎": "|", "▌": "|", "█": "#", "…": "~", "·": ".", "•": "*", "–": "-", "↻": "@",
        "▼": "v", "▲": "!", "●": "o", "◆": "+", "✖": "X", "⏎": "\\", "↩": "<",
        "✓": "+", "✗": "X", "→": ">", "‹": "<", "›": ">",
        "▓": "=", "▒": "%", "░": "-", "▕": "|", "▏": "|",
    }
)  # fmt: skip


def glyph(level: Level | None, *, ascii: bool = False) -> str:
    """Return the glyph of a level."""
    return (ASCII_GLYPHS if ascii else GLYPHS)[level]


def label(level: Level | None, *, ascii: bool = False) -> str:
    """Return glyph and word of a level, for example "✖ CRITICAL"."""
    return f"{glyph(level, ascii=ascii)} {WORDS[level]}".rstrip()


def plain_symbols(text: str) -> str:
    """Return text with this console's own symbols replaced by ASCII ones of the same width."""
    return text.translate(_ASCII)
