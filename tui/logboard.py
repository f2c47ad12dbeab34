"""The log pane without its screen: what is followed, what narrows the view, and how that is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from config.schema import Config, Preset
from tui.domain.logview import Floor, LogFilter, LogView
from tui.domain.moments import parse_moment
from tui.domain.timespans import span_text
from tui.presenters.inputs import TailInputs
from widgets.matching import compile_search

if TYPE_CHECKING:
    from tui.collect.hub import Hub

CONTEXT_S: Final = (120.0, 600.0)
"""Read before and after a moment that the buffer does not hold, seconds."""
LIVE_TAIL_S: Final = 1.0
"""How often events that Live Tail brought are taken."""
HIGHLIGHTS: Final = 5
"""Most terms highlighted at a time."""


@dataclass(frozen=True, slots=True)
class Detour:
    """Something else than the configured groups from a while ago until now.

    Attributes:
        label: How the pane tells it.
        groups: What is read instead; empty for the configured ones.
        start_ms: First moment; None for the usual one.
        end_ms: Last moment; None to follow.
        pattern: Filter pattern at the service; None leaves the present one.
    """

    label: str
    groups: tuple[str, ...] = ()
    start_ms: int | None = None
    end_ms: int | None = None
    pattern: str | None = None


class LogBoard:
    """Choices and view of one log pane.

    It lives on the event loop's thread; changes of what is read reach the source at its next fetch.

    Attributes:
        view: The lines that pass the choices: what the pane draws.
        highlights: Terms that are marked and counted.
        detour: What is read in place of the configured groups; None at home.
    """

    def __init__(self, config: Config, hub: Hub) -> None:
        self._config = config
        self._hub = hub
        self._groups = config.stack.log_groups
        self._wanted_ms: int | None = None
        self.view = LogView(hub.lines)
        self.highlights: tuple[str, ...] = config.logs.highlights[:HIGHLIGHTS]
        self.detour: Detour | None = None
        self.text = ""

    # ------------------------------------------------------------ what narrows the view

    @property
    def level(self) -> Floor:
        """The mildest severity shown."""
        return self.view.filter.level

    def next_level(self) -> Floor:
        """Show the next severity and worse, round and round; return it."""
        levels = list(Floor)
        level = levels[(levels.index(self.level) + 1) % len(levels)]
        self._narrow(level=level)
        return level

    def at_least(self, level: Floor) -> None:
        """Show lines of a level and worse only."""
        self._narrow(level=level)

    def filter_text(self, text: str) -> None:
        """Show the lines that match a regular expression; "!" before it inverts, "" shows all.

        Raises:
            ValueError: Not a regular expression, or one that takes too long; says where or why.
        """
        pattern, inverted = parse_filter(text)
        self._narrow(text=pattern, inverted=inverted)
        self.text = text if pattern is not None else ""

    def toggle_group(self, group: str) -> bool:
        """Hide a group, or show it again; return whether it is hidden."""
        hidden = self.view.filter.hidden ^ {group}
        self._narrow(hidden=hidden)
        return group in hidden

    def toggle_highlight(self, term: str) -> str:
        """Mark a term, or no more; "" forgets all. Return what stands in the way, "" for nothing.

        The terms are plain text, not expressions.
        """
        if not term:
            self.highlights = ()
        elif term in self.highlights:
            self.highlights = tuple(one for one in self.highlights if one != term)
        elif len(self.highlights) >= HIGHLIGHTS:
            return f"{HIGHLIGHTS} terms are highlighted already: give one of them again to drop it."
        else:
            self.highlights = (*self.highlights, term)
        return ""

    def show_all(self) -> bool:
        """Take every filter of the view back; False when there is none."""
        if self.view.filter == LogFilter() and not self.pattern:
            return False
        self.text = ""
        self.view.set_filter(LogFilter())
        self.set_pattern("")
        return True

    def _narrow(self, **changes: object) -> None:
        self.view.set_filter(replace(self.view.filter, **changes))  # type: ignore[arg-type]

    # ------------------------------------------------------------ what is read

    @property
    def groups(self) -> tuple[str, ...]:
        """What is read: names, globs and `name:stream-prefix`."""
        return self.detour.groups if self.detour is not None and self.detour.groups else self._groups

    @property
    def pattern(self) -> str:
        """The filter pattern that the service applies."""
        return self._hub.logs.pattern if self._hub.logs is not None else ""

    def set_pattern(self, pattern: str) -> None:
        """Follow with another filter pattern; starts anew."""
        if pattern != self.pattern:
            self._hub.follow(lambda source: source.set_pattern(pattern))

    def take(self, detour: Detour) -> None:
        """Read something else; what was read before is given up."""
        self.detour = detour
        self._read(detour)

    def home(self) -> bool:
        """Return to the configured groups, live and whole; False when it is there already."""
        if self.detour is None:
            return False
        had_pattern = self.detour.pattern is not None
        self.detour, self._wanted_ms = None, None
        self._read(Detour("", pattern="" if had_pattern else None))
        return True

    def _read(self, detour: Detour) -> None:
        def change(source: object) -> None:
            source.set_groups(detour.groups or self._groups)  # type: ignore[attr-defined]
            source.set_range(detour.start_ms, detour.end_ms)  # type: ignore[attr-defined]
            if detour.pattern is not None:
                source.set_pattern(detour.pattern)  # type: ignore[attr-defined]

        self._narrow(hidden=frozenset(), stream="")
        self._hub.follow(change)

    def go_to(self, moment_s: float) -> None:
        """Read around a moment that the buffer does not hold; `take_wanted` tells when it is there.

        Args:
            moment_s: Epoch seconds.
        """
        before, after = CONTEXT_S
        start_ms, end_ms = int((moment_s - before) * 1000), int((moment_s + after) * 1000)
        groups = self.detour.groups if self.detour is not None else ()
        label = span_text(start_ms / 1000, end_ms / 1000)
        self.take(Detour(label, groups, start_ms, end_ms))
        self._wanted_ms = int(moment_s * 1000)

    def preset(self, preset: Preset) -> None:
        """Read as a preset of the configuration says."""
        start_ms = int((self._hub.clock.now() - preset.since) * 1000) if preset.since else None
        self.take(Detour(preset.name, tuple(preset.groups), start_ms, None, preset.filter_pattern))

    def range(self, text: str) -> None:
        """Read a range: "30m", "10:00 - 10:30", "2026-11-23T10:00 to 12:00".

        Raises:
            ValueError: Says what to write.
        """
        now = self._hub.clock.now()
        start, end = parse_range(text, now)
        groups = self.detour.groups if self.detour is not None else ()
        label = span_text(start, end)
        self.take(Detour(label, groups, int(start * 1000), None if end is None else int(end * 1000)))

    def take_wanted(self) -> int | None:
        """Return the moment (ms) to be shown, once lines that reach it have come; None before and after."""
        wanted = self._wanted_ms
        if wanted is None or not len(self.view):
            return None
        has_all = self._hub.logs is None or self._hub.logs.has_ended
        if self.view.lines(len(self.view) - 1, len(self.view))[0].time_ms >= wanted or has_all:
            self._wanted_ms = None
            return wanted
        return None

    def toggle_live_tail(self) -> bool:
        """Read by Live Tail, or by polling again; return whether it is Live Tail."""
        source = self._hub.logs
        if source is None:
            return False
        source.set_live_tail(not source.is_live_tail)
        # Live events wait for the next fetch, which costs no request of its own.
        period_s = LIVE_TAIL_S if source.is_live_tail else self._config.cadences.logs
        self._hub.scheduler.set_period("logs", period_s)
        self._hub.scheduler.refresh("logs")
        return source.is_live_tail

    def known_groups(self) -> Mapping[str, int]:
        """Return the groups that have lines, with how many are kept."""
        return self._hub.lines.groups()

    # ------------------------------------------------------------ what is told

    def inputs(self, now_s: float) -> TailInputs:
        """Return what the presenter tells of the pane."""
        lines, view = self._hub.lines, self.view
        shown, total = view.kept_of
        return TailInputs(
            groups=self.groups,
            pattern=self.pattern,
            badges=self._badges(),
            received=lines.added,
            shown=shown,
            kept=total,
            dropped=lines.lost,
            per_second=lines.per_second(now_s),
            rate=lines.rate_view(now_s),
            is_closed=self.detour is not None and self.detour.end_ms is not None,
            is_live_tail=self._hub.logs is not None and self._hub.logs.is_live_tail,
        )

    def _badges(self) -> tuple[str, ...]:
        chosen = self.view.filter
        hidden = len(chosen.hidden)
        parts = (
            self.detour.label if self.detour is not None else "",
            f"{chosen.level.name} and worse" if chosen.level else "",
            f"& {self.text}" if self.text else "",
            f"{hidden} group{'s' * (hidden > 1)} hidden" if hidden else "",
        )
        return tuple(part for part in parts if part)


def parse_filter(text: str) -> tuple[re.Pattern[str] | None, bool]:
    """Return the pattern of a text filter and whether "!" inverts it; None for an empty one.

    Raises:
        ValueError: Not a regular expression; says where.
    """
    inverted = text.startswith("!")
    rest = text[1:] if inverted else text
    return (compile_search(rest) if rest else None), inverted and bool(rest)


def parse_range(text: str, now_s: float) -> tuple[float, float | None]:
    """Return start and end, epoch seconds; no end means until now and on.

    Raises:
        ValueError: Says what to write.
    """
    parts = re.split(r"\s+(?:-|–|to|until)\s+", text.strip(), maxsplit=1)
    start = parse_moment(parts[0], now_s)
    if len(parts) == 1:
        return start, None
    end = parse_moment(parts[1], now_s)
    if end <= start:
        raise ValueError(f"“{text}” ends before it begins. Write the earlier time first: 10:00 - 10:30")
    return start, end


def stopped_range(stopped_s: float | None, now_s: float) -> tuple[int, int]:
    """Return first and last millisecond of what a stopped task said at its end: a quarter of an hour."""
    end = stopped_s if stopped_s is not None else now_s
    return int((end - 900.0) * 1000), int((end + 120.0) * 1000)
