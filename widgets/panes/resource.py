"""The pane of one resource: tiles, the chart of the focused metric, the facts beside."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from widgets.chart import Chart
from widgets.facts import FactList
from widgets.header import HeaderView, PaneHeader
from widgets.look import CLASSES
from widgets.model import Fact, PaneView, TileView
from widgets.panes.moves import move_bindings
from widgets.tile import FACT
from widgets.tilegrid import TileGrid

Shape = Literal["-tiny", "-wide", "-tall", "-full"]
Direction = Literal["left", "right", "up", "down", "home", "end"]

_SHAPES: tuple[Shape, ...] = ("-tiny", "-wide", "-tall", "-full")


def shape_of(width: int, height: int) -> Shape:
    """Return the layout for a pane of this outer size: tiles only, side by side, stacked, or everything."""
    if height < 9 or width < 40:
        return "-tiny"
    if width < 96:
        return "-tall" if height >= 12 else "-tiny"
    return "-full" if height >= 17 else "-wide"


class ResourcePane(Widget, can_focus=True):
    """Draws any `PaneView`; what did not change is not repainted."""

    DEFAULT_CSS = """
    ResourcePane {
        layout: vertical;
        width: 1fr;
        height: 1fr;
        .pane--body { height: 1fr; border: round $foreground-muted; border-top: none; padding: 0 1; }
        .pane--message { height: auto; max-height: 3; color: $text-error; text-overflow: ellipsis; }
        .pane--message.-hidden { display: none; }
        .pane--main { layout: vertical; height: 1fr; width: 1fr; }
        .pane--lower { layout: horizontal; height: 1fr; width: 1fr; }
        FactList { display: none; }
        &.-warning .pane--body { border: round $text-warning; border-top: none; }
        &.-critical .pane--body { border: round $text-error; border-top: none; }
        &.-ascii .pane--body { border: ascii $foreground-muted; border-top: none; }

        &.-tiny .pane--message { max-height: 1; text-wrap: nowrap; }
        &.-tiny .pane--lower { display: none; }
        &.-tiny TileGrid { height: 1fr; }
        &.-wide .pane--main { layout: horizontal; }
        &.-wide TileGrid { width: 2fr; min-width: 42; height: 1fr; padding: 0; }
        &.-wide .pane--lower { width: 3fr; padding: 0 0 0 1; }
        &.-wide.-roomy FactList { display: block; width: 40; height: 1fr; margin: 0 0 0 2; }
        &.-tall TileGrid { max-height: 35%; }
        &.-tall .pane--lower { layout: vertical; margin: 1 0 0 0; }
        &.-tall.-roomy FactList { display: block; max-height: 45%; }
        &.-full TileGrid { max-height: 50%; }
        &.-full .pane--lower { margin: 1 0 0 0; }
        &.-full FactList { display: block; width: 38; height: 1fr; margin: 0 0 0 2; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = move_bindings(
        left="Previous metric",
        right="Next metric",
        up="Metric above",
        down="Metric below",
        home="First metric",
        end="Last metric",
    )

    # The parts paint what differs; a repaint of the pane would send all of them to the terminal.
    view: reactive[PaneView | None] = reactive(None, repaint=False)

    class TileFocused(Message):
        """The user moved to another tile.

        Attributes:
            pane_id: `PaneView.id`.
            metric_id: `TileView.id`.
        """

        def __init__(self, pane_id: str, metric_id: str) -> None:
            super().__init__()
            self.pane_id = pane_id
            self.metric_id = metric_id

    def __init__(
        self,
        number: int = 0,
        *,
        ascii: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Make an empty pane.

        Args:
            number: The key that focuses the pane, shown in its title; 0 for none.
            ascii: Draw without braille and box characters.
            id: CSS id.
            classes: CSS classes.
        """
        super().__init__(id=id, classes=classes)
        self.number = number
        self._ascii = ascii
        self._shape: Shape | None = None
        self._focused_tile = ""
        self.set_class(ascii, "-ascii")

    def compose(self) -> ComposeResult:
        """Compose header, message, tiles, chart and facts."""
        yield PaneHeader()
        with Container(classes="pane--body"):
            yield Static(classes="pane--message -hidden", markup=False)
            with Container(classes="pane--main"):
                yield TileGrid()
                with Container(classes="pane--lower"):
                    yield Chart()
                    yield FactList()

    def on_mount(self) -> None:
        """Draw what was given before the children existed."""
        for part in self.query("PaneHeader, TileGrid, Chart, FactList").results(Widget):
            part.set_reactive(type(part).ascii, self._ascii)  # type: ignore[attr-defined]
        self.query_one(PaneHeader).is_focused = self.has_focus
        if self.view is not None:
            self._focused_tile = self.view.focused
        self._draw(self.view)

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout for the new size."""
        width, height = event.size
        shape = shape_of(width, height)
        roomy = width >= 150 if shape == "-wide" else height >= 18
        if shape != self._shape or roomy != self.has_class("-roomy"):
            self._shape = shape
            self.remove_class(*_SHAPES).add_class(shape).set_class(roomy, "-roomy")
            self.query_one(TileGrid).form = "card" if shape == "-full" else "line"
            self._draw(self.view)

    def watch_view(self, view: PaneView | None) -> None:
        """Repaint the parts that differ."""
        if view is not None and view.focused:
            self._focused_tile = view.focused
        if self.is_mounted:
            self._draw(view)

    def watch_has_focus(self, has_focus: bool) -> None:
        """Mark the top edge: one row to paint, where a border would be the whole pane."""
        super().watch_has_focus(has_focus)
        if self.is_mounted:
            self.query_one(PaneHeader).is_focused = has_focus

    def _draw(self, view: PaneView | None) -> None:
        if view is None:
            return
        self.query_one(PaneHeader).view = HeaderView(
            view.title, self.number, view.resource, view.position, view.level, state=view.state
        )
        for level, name in CLASSES.items():
            self.set_class(view.level is level, name)
        message = self.query_one(".pane--message", Static)
        message.set_class(not view.state.message, "-hidden")
        if str(message.content) != view.state.message:
            message.update(Content(view.state.message))
        facts = self.query_one(FactList)
        facts.facts = view.facts
        self._show_tiles()
        self.query_one(Chart).view = view.chart

    def _show_tiles(self) -> None:
        if self.view is None:
            return
        extra = () if self._shows_facts else tuple(map(_as_tile, _breached(self.view.facts)))
        self.query_one(TileGrid).show((*extra, *self.view.tiles), self._focused_tile)

    @property
    def _shows_facts(self) -> bool:
        return self._shape == "-full" or (self._shape != "-tiny" and self.has_class("-roomy"))

    @property
    def focused_tile(self) -> str:
        """Metric id of the focused tile; "" for none."""
        return self._focused_tile

    def action_move(self, direction: Direction) -> None:
        """Move to a neighbouring tile and say so."""
        grid = self.query_one(TileGrid)
        far = len(grid.tiles)
        steps = {
            "left": -1,
            "right": 1,
            "up": -grid.columns,
            "down": grid.columns,
            "home": -far,
            "end": far,
        }[direction]
        self._choose(grid.neighbour(steps))

    def on_tile_grid_chosen(self, message: TileGrid.Chosen) -> None:
        """Take the tile that was clicked."""
        message.stop()
        self._choose(message.tile_id)

    def _choose(self, metric_id: str) -> None:
        if self.view is None or not metric_id or metric_id == self._focused_tile:
            return
        # Marked at once; the chart follows when the new view comes.
        self._focused_tile = metric_id
        self._show_tiles()
        self.post_message(self.TileFocused(self.view.id, metric_id))


def _breached(facts: tuple[Fact, ...]) -> list[Fact]:
    return [fact for fact in facts if fact.level is not None and fact.level.is_breach]


def _as_tile(fact: Fact) -> TileView:
    return TileView(id=f"{FACT}{fact.label}", title=fact.label, value=fact.value, level=fact.level)
