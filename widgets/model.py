"""View models: everything a widget draws, frozen and comparable. No Textual here.

Equal view models repaint nothing, so absence is None and never NaN.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from config.levels import Level

GLYPHS: dict[Level | None, str] = {
    Level.OK: "●",
    Level.ELEVATED: "◆",
    Level.UNKNOWN: "?",
    Level.WARNING: "▲",
    Level.CRITICAL: "✖",
    None: "·",
}
"""One glyph a level: a breach is told by glyph, word and colour, never by colour alone."""

ASCII_GLYPHS: dict[Level | None, str] = {
    Level.OK: "o",
    Level.ELEVATED: "+",
    Level.UNKNOWN: "?",
    Level.WARNING: "!",
    Level.CRITICAL: "X",
    None: ".",
}

WORDS: dict[Level | None, str] = {
    Level.OK: "ok",
    Level.ELEVATED: "elevated",
    Level.UNKNOWN: "no data",
    Level.WARNING: "WARNING",
    Level.CRITICAL: "CRITICAL",
    None: "",
}


@dataclass(frozen=True, slots=True)
class TileView:
    """One metric at a glance."""

    id: str
    """Metric id."""
    title: str
    value: str
    """Formatted latest value with its unit, "–" while unknown."""
    level: Level | None = None
    """None: no threshold."""
    spark: tuple[float | None, ...] = ()
    """Values by bucket, oldest first; None is a gap."""
    floor: float = 0.0
    """Value drawn as an empty cell."""
    ceiling: float = 0.0
    """Value drawn as a full cell; at least the largest value (100 for percent)."""
    note: str = ""
    """A few words under the value: why it is missing, what it is judged by."""


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One line of a chart. `xs` are epoch seconds; None in `ys` is a gap."""

    label: str
    xs: tuple[float, ...]
    ys: tuple[float | None, ...]
    role: Literal["main", "peak", "compare", "part"] = "main"


@dataclass(frozen=True, slots=True)
class ChartLimit:
    """A horizontal threshold line."""

    value: float
    level: Level
    label: str


@dataclass(frozen=True, slots=True)
class ChartTick:
    """A labelled position on the time axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class ChartMark:
    """Something that happened, above the plot."""

    at: float
    """Epoch seconds."""
    glyph: str
    """One cell: what sort of thing."""
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One row of a list of events; texts are sanitised."""

    time: str
    level: Level | None
    glyph: str
    """One cell: what sort of thing, as the charts mark it."""
    kind: str
    title: str
    resource: str
    who: str


@dataclass(frozen=True, slots=True)
class ChartView:
    """The chart of the focused metric."""

    title: str
    unit: str
    start: float
    end: float
    """Epoch seconds of the axis."""
    series: tuple[ChartSeries, ...] = ()
    limits: tuple[ChartLimit, ...] = ()
    ticks: tuple[ChartTick, ...] = ()
    y_ticks: tuple[tuple[float, str], ...] = ()
    y_max: float = 1.0
    y_min: float = 0.0
    provisional_from: float | None = None
    """Points from here on may still change."""
    now: str = ""
    """The newest value of the main line, as the tiles write it."""
    extremes: str = ""
    """Its range over the window: "min 32 ms · max 1.9 s"."""
    empty: str = ""
    """Said in place of the lines when there is no point at all."""
    cursor: float | None = None
    """Epoch seconds of the moment that is looked at: a vertical line; None for none."""
    cursor_text: str = ""
    """That moment and the value there: "at 12:03 1.8 s"."""
    marks: tuple[ChartMark, ...] = ()
    """Oldest first, at most one a column."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled fact beside the tiles."""

    label: str
    value: str
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class SourceState:
    """How fresh a pane's data is, and what is wrong with its source."""

    kind: Literal["loading", "live", "stale", "error", "throttled", "expired", "paused"]
    age: str = ""
    """For example "12s"."""
    message: str = ""
    """What failed, with what to do next; "" when all is well."""


@dataclass(frozen=True, slots=True)
class PaneView:
    """One resource pane: ECS, RDS or ALB."""

    id: Literal["ecs", "rds", "alb"]
    title: str
    resource: str
    """Name of the resource shown."""
    position: str = ""
    """"2/3" where several can be stepped through with , and . """
    level: Level | None = None
    tiles: tuple[TileView, ...] = ()
    focused: str = ""
    """Metric id of the tile whose chart is drawn."""
    chart: ChartView | None = None
    facts: tuple[Fact, ...] = ()
    state: SourceState = SourceState("loading")


@dataclass(frozen=True, slots=True)
class AlertView:
    """One breach in a sentence."""

    level: Level
    text: str
    """For example "ALB Response time 1.76 s (> 1 s) for 41 min"."""


@dataclass(frozen=True, slots=True)
class StatusView:
    """The header line(s): who, where, how bad, how fresh, how dear."""

    level: Level | None = None
    summary: str = ""
    """For example "2 critical, 1 warning"."""
    alerts: tuple[AlertView, ...] = ()
    """What is breached, worst first."""
    stack: str = ""
    profile: str = ""
    account: str = ""
    region: str = ""
    endpoint: str = ""
    """Custom endpoint; "" where it is AWS's own."""
    read_only: str = ""
    """Why writes are off; "" where they are allowed."""
    wrong_account: str = ""
    """The account that was expected; "" where it is right."""
    window: str = ""
    age: str = ""
    next_refresh: str = ""
    calls_per_minute: str = ""
    dollars_per_hour: str = ""
    condition: str = ""
    """THROTTLED 8s, EXPIRED, STALE, PAUSED; "" when all is well."""
    activity: str = ""
    """What is being applied: "1 action: 2 of 4 tasks run ..."; "" for nothing."""
    skew: str = ""
    """"clock +37s" when this machine's clock differs from the endpoint's."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One log line, ready to draw."""

    key: int
    """Grows with arrival; identifies the line for caches."""
    time_ms: int
    level: Level | None
    tag: str
    """ERROR, WARN, INFO ...; "" if none was recognised."""
    source: str
    """Short name of group or stream."""
    message: str
    is_late: bool = False
    """It became readable after newer lines had been shown."""
    is_gap: bool = False
    """No event: a stretch that could not be read; `message` says which and why."""


class LogBuffer(Protocol):
    """What the tail widget needs of the log buffer, or of a filtered view of it.

    Indices run from 0 (oldest kept); the number of a line is its index plus `dropped`. Lines are in order
    of (time_ms, key). Numbers survive pruning; when `edits` grows, lines were inserted or removed before the
    end and numbers moved: find a line again by `locate`.
    """

    @property
    def dropped(self) -> int:
        """Lines pruned from the front since the start."""
        ...

    @property
    def version(self) -> int:
        """Grows with every change."""
        ...

    @property
    def edits(self) -> int:
        """Grows when lines are inserted or removed anywhere but at the ends."""
        ...

    def __len__(self) -> int: ...

    def lines(self, start: int, stop: int) -> Sequence[LogLine]:
        """Return the lines of a range, clipped to what there is."""
        ...

    def locate(self, time_ms: int, key: int = 0) -> int:
        """Return the index of the first line not before (time_ms, key); `len` when all are."""
        ...

    def find(self, pattern: re.Pattern[str], start: int, stop: int) -> list[int]:
        """Return the indices in a range, ascending, of the lines whose whole event text matches."""
        ...


@dataclass(frozen=True, slots=True)
class RateView:
    """Lines and errors per second over the last minutes, oldest first; equally long, one value a step."""

    lines: tuple[float, ...]
    errors: tuple[float, ...]
    step_s: float


@dataclass(frozen=True, slots=True)
class TailView:
    """The log pane beside its buffer."""

    title: str
    filter_pattern: str = ""
    state: SourceState = SourceState("loading")
    total: str = ""
    """For example "12,345 lines, 40/s"."""
    badges: tuple[str, ...] = ()
    """What narrows the view: "ERROR and worse", "not /health/", "1 group hidden", "10:00 - 10:30"."""
    notes: tuple[str, ...] = ()
    """What was lost or bent: "3 late", "1 missed", "dropped 12,000", "live tail, sampled"."""
    empty: str = ""
    """Why there is no line, and since when it listens."""
    rate: RateView | None = None
    """Arrivals of the last minutes."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the text that something is wrong with.

    Attributes:
        severity: How bad it is.
        start: Offset of the first character.
        end: Offset behind the last one.
        message: What is wrong, and what to write instead.
    """

    severity: Literal["error", "warning"]
    start: int
    end: int
    message: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A word to complete with.

    Attributes:
        text: What is written.
        note: Said beside it.
        back: How many characters before the cursor it stands for.
    """

    text: str
    note: str = ""
    back: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a bar chart."""

    label: str
    value: float
    text: str
    """The value as it is read."""


@dataclass(frozen=True, slots=True)
class BarsView:
    """A bar chart: bars from top to bottom."""

    title: str
    bars: tuple[Bar, ...]
    note: str = ""
    """What is not shown."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form."""

    name: str
    label: str
    value: str
    """As entered."""
    choices: tuple[tuple[str, str], ...] = ()
    """(value, what is shown); () for a line of text."""
    unit: str = ""
    help: str = ""
    error: str = ""
    """What is wrong with the value; "" while it is valid."""
