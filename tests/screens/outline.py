"""The structure of a screen as text: frames, titles and facts, without what differs from run to run."""

from __future__ import annotations

import re

from textual.geometry import Region
from textual.widget import Widget

from tests.screens.kit import Seat
from widgets.alertbar import AlertBar
from widgets.chart import Chart
from widgets.facts import FactList
from widgets.header import PaneHeader
from widgets.panes.resource import ResourcePane
from widgets.statusbar import StatusBar
from widgets.tail import TailWindow
from widgets.tilegrid import TileGrid

_DIGITS = re.compile(r"\d+")
_NUMBERED = re.compile(r"^.. \d \w+")
_LOAD = re.compile(r"^((?:load|live) +)(.+)$")
"""Facts whose words follow what is measured: only their place is kept."""
_MORE = re.compile(r"\+\d+ more")


def outline(seat: Seat) -> str:
    """Return the console's screen with figures, curves, levels and log lines masked by their regions.

    Frames, the numbers and titles of panes, the titles of tiles and charts, and facts stay where they
    are; what is masked keeps its extent, so that a shift of the layout shows.
    """
    rows = [list(row.ljust(seat.app.size.width)) for row in seat.text().splitlines()]
    for kind, mark in ((StatusBar, "s"), (AlertBar, "a"), (TailWindow, "l")):
        for widget in _shown(seat, kind):
            _fill(rows, widget.region, mark)
    for header in _shown(seat, PaneHeader):
        _edge(rows, header.region)
    for pane in _shown(seat, ResourcePane):
        titles = tuple(tile.title for tile in pane.view.tiles) if pane.view is not None else ()  # type: ignore[attr-defined]
        for grid in pane.query(TileGrid):
            _titles(rows, grid.region, titles)
        for chart in pane.query(Chart):
            _chart(rows, chart.region, titles)
    for facts in _shown(seat, FactList):
        _facts(rows, facts.region)
    return "\n".join("".join(row).rstrip() for row in rows) + "\n"


def _shown(seat: Seat, kind: type[Widget]) -> list[Widget]:
    return [widget for widget in seat.console.query(kind).results(Widget) if widget.region.area]


def _fill(rows: list[list[str]], region: Region, mark: str) -> None:
    for y in range(region.y, region.bottom):
        rows[y][region.x : region.right] = mark * region.width


def _edge(rows: list[list[str]], region: Region) -> None:
    row = rows[region.y]
    text = "".join(row[region.x : region.right])
    found = _NUMBERED.match(text)
    kept = found[0] if found else text[:2]
    row[region.x : region.right] = kept + " " + "h" * (len(text) - len(kept) - 3) + text[-2:]


def _titles(rows: list[list[str]], region: Region, titles: tuple[str, ...]) -> None:
    for y in range(region.y, region.bottom):
        text = "".join(rows[y][region.x : region.right])
        kept = ["t"] * region.width
        for title in sorted(titles, key=len):
            for found in re.finditer(rf"(?<![\w ] ){re.escape(title)} ", text):
                kept[found.start() : found.end()] = found[0]
        for found in _MORE.finditer(text):
            kept[found.start() : found.end()] = _DIGITS.sub("N", found[0])
        rows[y][region.x : region.right] = kept[: region.width]


def _chart(rows: list[list[str]], region: Region, titles: tuple[str, ...]) -> None:
    if not region.area:
        return
    first = "".join(rows[region.y][region.x : region.right])
    _fill(rows, region, "c")
    title = max((one for one in titles if first.startswith(f"{one} ")), key=len, default="")
    rows[region.y][region.x : region.x + len(title)] = title


def _facts(rows: list[list[str]], region: Region) -> None:
    for y in range(region.y, region.bottom):
        text = "".join(rows[y][region.x : region.right])
        text = _LOAD.sub(lambda found: found[1] + "f" * len(found[2]), text)
        rows[y][region.x : region.right] = _DIGITS.sub(lambda found: "0" * len(found[0]), text)
