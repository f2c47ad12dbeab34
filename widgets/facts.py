"""The list of labelled facts beside a chart; breached ones first where room is short."""

from __future__ import annotations

import itertools

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from widgets.cells import cell_len, clip, fit, single
from widgets.look import MUTED, STYLES, glyph
from widgets.model import Fact

_TWO_COLUMNS = 72
"""Cells from which two facts may stand side by side rather than be left out: both must be readable."""
_MAX_LABEL = 16
_MAX_ROWS_EACH = 3


def rows(fact: Fact, width: int, label_width: int, at_most: int, *, ascii: bool = False) -> list[Content]:
    """Return the fact in at most `at_most` lines: label, glyph of its level if it has one, value wrapped."""
    indent = label_width + 1
    mark = f"{glyph(fact.level, ascii=ascii)} " if fact.level is not None else ""
    room = max(1, width - indent)
    style = STYLES[fact.level] if fact.level is not None and fact.level.is_breach else ""
    value = Content.assemble(
        (mark, STYLES[fact.level]), (clip(single(fact.value), room * at_most, ascii=ascii), style)
    )
    wrapped = value.wrap(room) if value.cell_length > room else [value]
    if len(wrapped) > at_most:
        last = wrapped[at_most - 1].truncate(max(1, room - 1)).rstrip()
        wrapped = [*wrapped[: at_most - 1], last + Content("~" if ascii else "…")]
    label = Content.styled(fit(fact.label, label_width, ascii=ascii) + " ", MUTED)
    pad = Content(" " * indent)
    return [(label if index == 0 else pad) + text for index, text in enumerate(wrapped)]


def layout(facts: tuple[Fact, ...], width: int, height: int, *, ascii: bool = False) -> list[Content]:
    """Return at most `height` lines; long values take up to three where there is room for it."""
    if not facts or width <= 0 or height <= 0:
        return []
    label_width = min(_MAX_LABEL, width // 2, max(cell_len(fact.label) for fact in facts))
    for each in range(_MAX_ROWS_EACH, 0, -1):
        drawn = [rows(fact, width, label_width, each, ascii=ascii) for fact in facts]
        if sum(map(len, drawn)) <= height:
            return [text for part in drawn for text in part]
    first = sorted(facts, key=lambda fact: -1 - fact.level.rank if fact.level else 0)
    lines = [rows(fact, width, label_width, 1, ascii=ascii)[0] for fact in first]
    if len(lines) > height and width >= _TWO_COLUMNS:
        return _side_by_side(tuple(first), width, height, ascii=ascii)
    if len(lines) > height:
        hidden = len(lines) - height + 1
        lines = [*lines[: height - 1], Content.styled(f"+{hidden} more", MUTED)]
    return lines


def _side_by_side(facts: tuple[Fact, ...], width: int, height: int, *, ascii: bool) -> list[Content]:
    """Return the facts in two columns, read down the left one first."""
    left = width // 2
    columns = (
        layout(facts[:height], left - 2, height, ascii=ascii),
        layout(facts[height:], width - left, height, ascii=ascii),
    )
    pairs = itertools.zip_longest(*columns, fillvalue=Content(""))
    return [one.pad_right(left - one.cell_length) + other for one, other in pairs]


class FactList(Widget):
    """Draws facts as label and value."""

    DEFAULT_CSS = """
    FactList { height: auto; width: 1fr; }
    """

    facts: reactive[tuple[Fact, ...]] = reactive[tuple[Fact, ...]](())
    ascii: reactive[bool] = reactive(False)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows that show every fact in full."""
        return len(layout(self.facts, width, 1000, ascii=self.ascii))

    def watch_facts(self, before: tuple[Fact, ...], facts: tuple[Fact, ...]) -> None:
        """Lay out again only when the number of facts changes; else painting is enough."""
        if len(before) != len(facts):
            self.refresh(layout=True)

    def render(self) -> Content:
        """Return the facts in the room there is."""
        return Content("\n").join(layout(self.facts, *self.size, ascii=self.ascii))
