"""One metric as text: a card of three lines, or a single line of aligned columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content

from config.levels import Level
from widgets.cells import cell_len, clip, fit
from widgets.look import BADGES, MUTED, STYLES, glyph, label, plain_symbols
from widgets.model import WORDS, TileView
from widgets.sparkline import spark

CARD_HEIGHT = 3
"""Rows of a card."""
CARD_WIDTH = 27
"""Cells below which a card is no better than a line."""
LINE_WIDTH = 34
"""Cells below which a line loses its title."""
FACT = "fact:"
"""Prefix of the id of a tile that stands for a breached fact."""
_MAX_TITLE = 18
_MIN_SPARK = 4


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths, in cells, that the lines of one grid share."""

    title: int
    value: int
    word: int

    @classmethod
    def of(cls, tiles: Iterable[TileView], width: int) -> Columns:
        """Return the columns that the tiles need, as far as `width` cells go."""
        views = tuple(tile for tile in tiles if not is_fact(tile))
        value = max((cell_len(tile.value) for tile in views), default=1)
        word = max((len(WORDS[tile.level]) for tile in views), default=0)
        title = max((cell_len(tile.title) for tile in views), default=1)
        # Mark, glyph and the spaces between take five cells; the figure is what may never be cut.
        value = min(value, max(1, width - 5))
        title = max(0, min(title, _MAX_TITLE, width - value - word - 5))
        return cls(title, value, word)


def line(
    tile: TileView, width: int, columns: Columns, *, is_focused: bool = False, ascii: bool = False
) -> Content:
    """Return the tile on one line of `width` cells: mark, glyph, title, value, word, sparkline."""
    if is_fact(tile):
        return _fact(tile, width, ascii=ascii)
    style = STYLES[tile.level]
    mark = (">" if ascii else "▸") if is_focused else " "
    head = [
        (mark, "bold"),
        (glyph(tile.level, ascii=ascii), style),
        (f" {fit(tile.title, columns.title, ascii=ascii)} ", "bold" if is_focused else ""),
        (fit(tile.value, columns.value, "right", ascii=ascii), _value_style(tile.level)),
        (f" {WORDS[tile.level]:<{columns.word}} " if columns.word else " ", _word_style(tile.level)),
    ]
    content = Content.assemble(*head)
    rest = width - content.cell_length
    if rest >= _MIN_SPARK:
        content += _tail(tile, rest, ascii=ascii)
    content = content.truncate(width, pad=True)
    return content.stylize("on $boost") if is_focused else content


def is_fact(tile: TileView) -> bool:
    """Whether the tile stands for a breached fact that has no list to stand in."""
    return tile.id.startswith(FACT)


def _fact(tile: TileView, width: int, *, ascii: bool) -> Content:
    parts = (
        (" ", ""),
        (glyph(tile.level, ascii=ascii), STYLES[tile.level]),
        (f" {clip(tile.title, width // 3, ascii=ascii)} ", ""),
    )
    content = Content.assemble(*parts)
    value = clip(tile.value, width - content.cell_length, ascii=ascii)
    return (content + Content.styled(value, STYLES[tile.level])).truncate(width, pad=True)


def card(tile: TileView, width: int, *, is_focused: bool = False, ascii: bool = False) -> list[Content]:
    """Return the tile as `CARD_HEIGHT` lines of `width` cells, a bar in the level's colour at the left."""
    style = STYLES[tile.level]
    bar = "█" if is_focused else "▎"
    bar = plain_symbols(bar) if ascii else bar
    word = label(tile.level, ascii=ascii)
    inner = max(1, width - 2)
    title = fit(tile.title, max(1, inner - cell_len(word) - 1), ascii=ascii)
    value = clip(tile.value, inner, ascii=ascii)
    room = max(0, inner - cell_len(value) - 2)
    cells = spark(tile.spark, room, tile.floor, tile.ceiling, ascii=ascii)
    rows = (
        ((title, "bold" if is_focused else ""), (f" {word}", BADGES[tile.level])),
        (
            (value, f"bold {_value_style(tile.level)}".strip()),
            (" " * (inner - cell_len(value) - len(cells)) + cells, style),
        ),
        ((clip(tile.note, inner, ascii=ascii), MUTED),),
    )
    lines = []
    for row in rows:
        content = Content.assemble((f"{bar} ", style), *_drop_leading_space(row))
        content = content.truncate(width, pad=True)
        lines.append(content.stylize("on $boost") if is_focused else content)
    return lines


def more(hidden: Iterable[TileView], width: int, *, ascii: bool = False) -> Content:
    """Return the line that stands for tiles without room: how many, and how many of them are breached."""
    views = tuple(hidden)
    parts: list[tuple[str, str]] = [(f" +{len(views)} more", MUTED)]
    for level in (Level.CRITICAL, Level.WARNING):
        count = sum(tile.level is level for tile in views)
        if count:
            parts.append((f" {glyph(level, ascii=ascii)}{count}", STYLES[level]))
    return Content.assemble(*parts).truncate(width, pad=True)


def _drop_leading_space(row: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Keep the space before a badge out of its reversed style."""
    parts: list[tuple[str, str]] = []
    for text, style in row:
        bare = text.lstrip(" ")
        if "reverse" in style and bare != text:
            parts.append((text[: len(text) - len(bare)], ""))
            text = bare
        parts.append((text, style))
    return parts


def _value_style(level: Level | None) -> str:
    return STYLES[level] if level is not None and level.is_breach else "bold"


def _word_style(level: Level | None) -> str:
    return STYLES[level] if level is not Level.OK else MUTED


def _tail(tile: TileView, width: int, *, ascii: bool) -> Content:
    cells = spark(tile.spark, width, tile.floor, tile.ceiling, ascii=ascii)
    if cells.strip():
        return Content.styled(cells, STYLES[tile.level])
    return Content.styled(clip(tile.note, width, ascii=ascii), MUTED)
