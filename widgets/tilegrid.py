"""The tiles of a pane in as many columns as fit, worst first when they do not all fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from textual import events
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from widgets import tile as drawing
from widgets.model import TileView

Form = Literal["card", "line"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the tiles go: `rows` x `columns` slots of `width` x `height` cells, row by row."""

    form: Form
    columns: int
    rows: int
    width: int
    height: int

    @property
    def slots(self) -> int:
        """How many tiles have room."""
        return self.columns * self.rows


def plan(count: int, width: int, height: int, form: Form) -> Plan:
    """Return the arrangement of `count` tiles in `width` x `height` cells.

    Cards give way to lines where not all of them fit; lines use as few columns as the height allows,
    so that sparklines are long.
    """
    count, width, height = max(1, count), max(1, width), max(1, height)
    if form == "card":
        rows, columns = _card_grid(count, width)
        if rows * drawing.CARD_HEIGHT <= height:
            return Plan("card", columns, rows, width // columns, drawing.CARD_HEIGHT)
    at_most = max(1, width // drawing.LINE_WIDTH)
    columns = min(at_most, math.ceil(count / height))
    return Plan("line", columns, min(height, math.ceil(count / columns)), width // columns, 1)


def wanted_height(count: int, width: int, form: Form) -> int:
    """Return the rows that show `count` tiles in full."""
    if count == 0 or width <= 0:
        return 0
    if form == "card":
        return _card_grid(count, width)[0] * drawing.CARD_HEIGHT
    return math.ceil(count / max(1, width // (drawing.LINE_WIDTH + 10)))


def _card_grid(count: int, width: int) -> tuple[int, int]:
    most = max(1, min(count, width // drawing.CARD_WIDTH))
    rows = math.ceil(count / most)
    return rows, math.ceil(count / rows)


def arrange(tiles: tuple[TileView, ...], slots: int, focused: str) -> tuple[tuple[TileView, ...], int]:
    """Return the tiles in the order drawn, and how many of them are drawn.

    In their own order when all fit; else worst first, the focused one always among the drawn and the
    last slot left for "+n more".
    """
    ordered = list(in_order(tiles, slots))
    if len(tiles) <= slots:
        return tiles, len(tiles)
    shown = max(1, slots - 1)
    position = next((index for index, one in enumerate(ordered) if one.id == focused), 0)
    if position >= shown:
        ordered.insert(shown - 1, ordered.pop(position))
    return tuple(ordered), shown


def in_order(tiles: tuple[TileView, ...], slots: int) -> tuple[TileView, ...]:
    """Return the tiles in the order that keys walk them: worst first when they do not all fit."""
    if len(tiles) <= slots:
        return tiles
    return tuple(sorted(tiles, key=lambda one: -_badness(one)))


def _badness(tile: TileView) -> int:
    return -1 if tile.level is None else tile.level.rank


class TileGrid(Widget):
    """Draws tiles and repaints only those that changed."""

    DEFAULT_CSS = """
    TileGrid { height: auto; width: 1fr; }
    """

    ascii: reactive[bool] = reactive(False)
    form: reactive[Form] = reactive[Form]("line", layout=True)

    class Chosen(Message):
        """A tile was clicked.

        Attributes:
            tile_id: Metric id of the tile.
        """

        def __init__(self, tile_id: str) -> None:
            super().__init__()
            self.tile_id = tile_id

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._tiles: tuple[TileView, ...] = ()
        self._focused = ""

    @property
    def tiles(self) -> tuple[TileView, ...]:
        """The tiles in the order drawn."""
        return self._arranged()[0]

    @property
    def focused_id(self) -> str:
        """Metric id of the tile whose chart is drawn; "" for none."""
        return self._focused

    def show(self, tiles: tuple[TileView, ...], focused: str) -> None:
        """Draw these tiles; what is the same as before is not painted again."""
        before, was = self._tiles, self._focused
        if (before, was) == (tiles, focused):
            return
        self._tiles, self._focused = tiles, focused
        if len(before) != len(tiles):
            self.refresh(layout=True)
        elif self._shares_layout(before, tiles):
            self._refresh_changed(before, was)
        else:
            self.refresh()

    def _shares_layout(self, before: tuple[TileView, ...], tiles: tuple[TileView, ...]) -> bool:
        spot = self._plan()
        if len(tiles) > spot.slots or [one.id for one in before] != [one.id for one in tiles]:
            return False
        return spot.form == "card" or self._columns(before, spot) == self._columns(tiles, spot)

    def _refresh_changed(self, before: tuple[TileView, ...], was: str) -> None:
        spot = self._plan()
        moved = {was, self._focused} if was != self._focused else set()
        for index, (old, new) in enumerate(zip(before, self._tiles, strict=True)):
            if old != new or new.id in moved:
                row, column = divmod(index, spot.columns)
                self.refresh(Region(column * spot.width, row * spot.height, spot.width, spot.height))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows that show all tiles; a smaller height is met by lines, worst first."""
        return wanted_height(len(self._tiles), width, self.form)

    def _plan(self) -> Plan:
        return plan(len(self._tiles), self.size.width, self.size.height, self.form)

    def _columns(self, tiles: tuple[TileView, ...], spot: Plan) -> drawing.Columns:
        return drawing.Columns.of(tiles, spot.width)

    def _arranged(self) -> tuple[tuple[TileView, ...], int]:
        return arrange(self._tiles, self._plan().slots, self._focused)

    def render(self) -> Content:
        """Return all rows; Textual repaints only the regions asked for."""
        if not self._tiles or not self.size:
            return Content("")
        spot = self._plan()
        ordered, shown = self._arranged()
        columns = self._columns(self._tiles, spot)
        cells = [self._cell(one, spot, columns) for one in ordered[:shown]]
        if shown < min(len(ordered), spot.slots):
            cells.append([drawing.more(ordered[shown:], spot.width, ascii=self.ascii)])
        blank = [Content(" " * spot.width)] * spot.height
        cells += [blank] * (-len(cells) % spot.columns)
        lines = []
        for start in range(0, len(cells), spot.columns):
            row = cells[start : start + spot.columns]
            lines += [
                Content("").join([cell[y] if y < len(cell) else blank[0] for cell in row])
                for y in range(spot.height)
            ]
        return Content("\n").join(lines)

    def _cell(self, one: TileView, spot: Plan, columns: drawing.Columns) -> list[Content]:
        is_focused = one.id == self._focused
        # One cell stays free between columns.
        width = spot.width - 1 if spot.columns > 1 else spot.width
        if spot.form == "card":
            lines = drawing.card(one, width, is_focused=is_focused, ascii=self.ascii)
        else:
            lines = [drawing.line(one, width, columns, is_focused=is_focused, ascii=self.ascii)]
        return [text.pad_right(spot.width - width) for text in lines]

    def neighbour(self, steps: int) -> str:
        """Return the id of the tile `steps` after the focused one (before it, if negative)."""
        walked = in_order(self._tiles, self._plan().slots)
        order = [one.id for one in walked if not drawing.is_fact(one)]
        if not order:
            return ""
        here = order.index(self._focused) if self._focused in order else 0
        return order[min(len(order) - 1, max(0, here + steps))]

    @property
    def columns(self) -> int:
        """How many tiles stand side by side."""
        return self._plan().columns

    def on_click(self, event: events.Click) -> None:
        """Choose the tile under the mouse."""
        spot = self._plan()
        row, column = event.y // spot.height, event.x // max(1, spot.width)
        index = row * spot.columns + column
        ordered, shown = self._arranged()
        if column < spot.columns and index < shown and not drawing.is_fact(ordered[index]):
            self.post_message(self.Chosen(ordered[index].id))
