"""Made-up view models and a bare application to draw them in."""

from __future__ import annotations

import bisect
import dataclasses
import re
from collections.abc import Callable, Sequence

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

from config.levels import Level
from widgets.model import (
    ChartLimit,
    ChartSeries,
    ChartTick,
    ChartView,
    Fact,
    LogLine,
    PaneView,
    SourceState,
    TileView,
)

HOSTILE = "[/x] [red]boo[/red] $error [link='a']"
"""Ends an application whose widgets parse data as markup."""
START = 1_700_000_000


class Bench(App[None]):
    """An application with nothing but the widgets given; counts what its screen is told to paint."""

    def __init__(self, *parts: Widget) -> None:
        super().__init__()
        self.parts = parts

    def compose(self) -> ComposeResult:
        """Yield the widgets."""
        yield from self.parts


def shown(app: App[None]) -> str:
    """Return the screen as text. The only place that knows the compositor's private name."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def until(pilot: Pilot[None], condition: Callable[[], bool], why: str) -> None:
    """Let the application work until the condition holds.

    Raises:
        AssertionError: It did not hold after many turns.
    """
    for _ in range(400):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"never happened: {why}")


def painted(*widgets: Widget) -> dict[str, list[object]]:
    """Count from now on what each widget refreshes, by class name: the regions, or "all"."""
    counts: dict[str, list[object]] = {}
    for widget in widgets:
        entry: list[object] = counts.setdefault(type(widget).__name__, [])
        original = widget.refresh

        def counted(
            *regions: object,
            _entry: list[object] = entry,
            _original: Callable[..., object] = original,
            **kw: object,
        ) -> object:
            _entry.append(regions or "all")
            return _original(*regions, **kw)

        widget.refresh = counted  # type: ignore[method-assign, assignment]
    return counts


def messages_of(kind: type[Message], sink: list[Message]) -> Callable[[Message], None]:
    """Return a message hook for `run_test` that keeps the messages of a class."""

    def hook(message: Message) -> None:
        if isinstance(message, kind) and message not in sink:
            sink.append(message)

    return hook


def tile(id: str, level: Level | None = Level.OK, value: str = "42 %", **more: object) -> TileView:
    """Return a tile with a rising sparkline."""
    fields = {"title": id.split(".")[-1], "spark": tuple(range(0, 100, 5)), "ceiling": 100.0, **more}
    return TileView(id=id, value=value, level=level, **fields)  # type: ignore[arg-type]


def chart(ys: Sequence[float | None] = (10.0, 50.0, 90.0), **more: object) -> ChartView:
    """Return a chart of one series, a point a minute."""
    xs = tuple(float(START + 60 * index) for index in range(len(ys)))
    fields: dict[str, object] = {
        "title": "CPU",
        "unit": "%",
        "start": START,
        "end": START + 60 * max(1, len(ys) - 1),
        "series": (ChartSeries("average", xs, tuple(ys)),),
        "limits": (ChartLimit(85.0, Level.CRITICAL, "critical > 85 %"),),
        "ticks": (ChartTick(START, "10:00"), ChartTick(START + 60, "10:01")),
        "y_ticks": ((0.0, "0"), (100.0, "100")),
        "y_max": 100.0,
    }
    return ChartView(**{**fields, **more})  # type: ignore[arg-type]


def pane(**more: object) -> PaneView:
    """Return an ECS pane with a critical CPU."""
    base = PaneView(
        "ecs",
        "ECS",
        "prod-llmops-service",
        "1/2",
        Level.CRITICAL,
        (
            tile("ecs.cpu", Level.CRITICAL, "93.4 %", title="CPU", note="3 of 3 points > 85 %"),
            tile("ecs.memory", Level.ELEVATED, "71.2 %", title="Memory"),
            tile("ecs.running_tasks", Level.OK, "3 / 3", title="Running tasks"),
        ),
        "ecs.cpu",
        chart(),
        (Fact("Tasks", "3 running, 3 desired"), Fact("Rollout", "FAILED: no capacity", Level.CRITICAL)),
        SourceState("live", "12s"),
    )
    return dataclasses.replace(base, **more)  # type: ignore[arg-type]


class Lines:
    """A list-backed `LogBuffer` of at most `capacity` lines; late lines, gaps and filters on request.

    Attributes:
        whole: Text of whole events by key, where it is more than the message.
        looked_at: Lines that `find` was asked about so far.
    """

    def __init__(self, capacity: int = 1000) -> None:
        self.kept: list[LogLine] = []
        self.whole: dict[int, str] = {}
        self.capacity = capacity
        self.dropped = 0
        self.version = 0
        self.edits = 0
        self.looked_at = 0
        self._added = 0

    def __len__(self) -> int:
        return len(self.kept)

    def lines(self, start: int, stop: int) -> Sequence[LogLine]:
        """Return a range, clipped."""
        return self.kept[max(0, start) : max(0, stop)]

    def locate(self, time_ms: int, key: int = 0) -> int:
        """Return the index of the first line not before (time_ms, key)."""
        return bisect.bisect_left(self.kept, (time_ms, key), key=lambda line: (line.time_ms, line.key))

    def find(self, pattern: re.Pattern[str], start: int, stop: int) -> list[int]:
        """Return the indices of the lines whose whole text matches."""
        first = max(0, start)
        lines = self.lines(start, stop)
        self.looked_at += len(lines)
        return [
            first + index
            for index, line in enumerate(lines)
            if pattern.search(self.whole.get(line.key, line.message))
        ]

    def add(self, *messages: str, level: Level | None = Level.OK, tag: str = "INFO") -> None:
        """Append lines, a second apart, and prune the oldest beyond the capacity."""
        for message in messages:
            newest = self.kept[-1].time_ms if self.kept else 0
            time_ms = max(newest, (START + self._added) * 1000)
            self.kept.append(LogLine(self._added, time_ms, level, tag, "app", message))
            self._added += 1
        self._prune()

    def insert(self, time_ms: int, message: str, *, is_late: bool = True, is_gap: bool = False) -> LogLine:
        """Put a line where its time belongs, as a late event or a gap; return it."""
        line = LogLine(self._added, time_ms, Level.OK, "INFO", "app", message, is_late, is_gap)
        self._added += 1
        self.kept.insert(self.locate(line.time_ms, line.key), line)
        self.edits += 1
        self._prune()
        return line

    def change(self, line: LogLine, **fields: object) -> None:
        """Put another line in the place of one, as a gap that grows."""
        self.kept[self.kept.index(line)] = dataclasses.replace(line, **fields)  # type: ignore[arg-type]
        self.version += 1

    def keep(self, condition: Callable[[LogLine], bool]) -> None:
        """Leave only the lines that pass, as a filter does."""
        self.kept = [line for line in self.kept if condition(line)]
        self.edits += 1
        self.version += 1

    def _prune(self) -> None:
        surplus = len(self.kept) - self.capacity
        if surplus > 0:
            del self.kept[:surplus]
            self.dropped += surplus
        self.version += 1
