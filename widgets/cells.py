"""Text measured in terminal cells: cutting and padding that keep wide characters aligned."""

from __future__ import annotations

from typing import Literal

from rich.cells import cell_len, set_cell_size

from widgets.text import one_line

__all__ = ["cell_len", "clip", "fit", "single"]


def single(text: str) -> str:
    """Return text on one line; data with a newline or tab would break a cell's alignment."""
    return text if text.isprintable() else one_line(text)


def clip(text: str, width: int, *, ascii: bool = False) -> str:
    """Return text at most `width` cells wide, on one line, "…" marking what was cut ("~" in ASCII)."""
    text = single(text)
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + ("~" if ascii else "…")


def fit(text: str, width: int, align: Literal["left", "right"] = "left", *, ascii: bool = False) -> str:
    """Return text exactly `width` cells wide: cut with "…" or padded with spaces."""
    text = clip(text, width, ascii=ascii)
    padding = " " * max(0, width - cell_len(text))
    return padding + text if align == "right" else text + padding
