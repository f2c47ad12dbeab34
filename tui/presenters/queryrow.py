"""One row of a query's result, whole, for the dialog that opens on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.domain.queries import POINTER
from tui.presenters.event import body_text
from widgets.cells import cell_len
from widgets.text import one_line

MESSAGE: Final = "@message"
_WIDEST: Final = 32


def row_text(row: Mapping[str, str]) -> str:
    """Return a row as lines of name and value, the message below them, its JSON indented.

    Args:
        row: Column to value; sanitised.
    """
    names = [name for name in row if name not in (MESSAGE, POINTER)]
    width = min(_WIDEST, max((cell_len(one_line(name)) for name in names), default=0))
    lines = []
    for name in names:
        title = one_line(name)
        head = title + " " * max(0, width - cell_len(title))
        first, *rest = row[name].split("\n")
        lines += [f"{head}  {first}", *(f"{' ' * width}  {line}" for line in rest)]
    if MESSAGE in row:
        lines += ["", body_text(row[MESSAGE])] if lines else [body_text(row[MESSAGE])]
    return "\n".join(lines)
