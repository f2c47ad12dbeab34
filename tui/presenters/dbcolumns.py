"""Which columns of the database screen stand where: what matters most is seen at every width. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from widgets.cells import cell_len
from widgets.tableview import WIDEST

LEAST: Final = 46
"""Cells that the text of a row has at least, the statement or the evidence."""
MOST: Final = 400
"""Cells of a text that nothing follows: the rest is opened with enter."""
_EDGE: Final = 3
_GAP: Final = 2
_SAMPLE: Final = 200


def arranged(
    columns: Sequence[str],
    text: str,
    weights: Sequence[str],
    rows: Sequence[Mapping[str, str]],
    width: int,
) -> tuple[tuple[str, ...], dict[str, int]]:
    """Return the columns in the order in which they are drawn, and how wide the text may be.

    Left of the text stand the weightiest columns that leave it enough room; the others stand right of it,
    where the arrows reach them: nothing is left out.

    Args:
        columns: All, in their order without a lack of room.
        text: The one that takes what is left.
        weights: The others, those that matter most first.
        rows: Column to value: how wide columns are.
        width: Cells of the screen.
    """
    left: set[str] = set()
    used = _EDGE + LEAST
    for name in weights:
        if name not in columns:
            continue
        used += _cells(name, rows) + _GAP
        if used > width:
            break
        left.add(name)
    first = [name for name in columns if name in left]
    rest = [name for name in columns if name not in left and name != text]
    room = width - _EDGE - sum(_cells(name, rows) + _GAP for name in first)
    return (*first, text, *rest), {text: max(LEAST, room) if rest else MOST}


def _cells(name: str, rows: Sequence[Mapping[str, str]]) -> int:
    """Return how wide a column is drawn: its widest value, and room for a mark beside its title."""
    widest = max((cell_len(row[name]) for row in rows[:_SAMPLE] if name in row), default=1)
    return min(WIDEST, max(len(name) + 2, widest))
