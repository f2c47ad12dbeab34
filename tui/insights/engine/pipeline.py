"""A query while it is compiled: its rows so far as SQL, and what its columns are."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tui.insights import tree
from tui.insights.engine.discovery import SYSTEM, Discovery
from tui.insights.engine.scope import Moments, Scope
from tui.insights.engine.values import Value

MATCHED = "matched_"
"""Hidden column: the number of events that passed the filters."""


@dataclass(slots=True)
class Pipeline:
    """A query while it is compiled.

    Attributes:
        moments: What functions can ask for.
        discovery: Finds fields in the events' messages.
        base: Stands in `sql` for the source's SELECT, which is known when all fields are.
        sql: The rows so far.
        names: The columns so far, by their names in the query.
        order: SQL of how the rows are sorted, with directions.
        shown: Names of the columns that `fields` and others have put up, in order.
        displayed: Those of the last `display`; None: there is none.
        is_events: Whether the rows are events, which they are before the first stats.
        buckets: Groups of the last stats that are periods of time, for fillmissing.
        groups: Names of the groups of the last stats.
        message: Stands for the message in SQL that is asked of it alone.
        conditions: SQL of what the events' message must fulfil, from the column that holds it; asked before
            anything else is read.
        filtered: SQL of the events that the filters let pass; "" while filters may follow.
        has_matched: Whether the rows hold `MATCHED`.
        has_deduped: Whether only limit may follow.
    """

    moments: Moments
    discovery: Discovery = field(default_factory=Discovery)
    base: str = field(default_factory=lambda: f"base_{secrets.token_hex(8)}")
    message: str = field(default_factory=lambda: f"message_{secrets.token_hex(8)}")
    sql: str = ""
    names: dict[str, Value] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    displayed: list[str] | None = None
    is_events: bool = True
    buckets: dict[str, tree.Period] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    conditions: list[Callable[[str], str]] = field(default_factory=list)
    filtered: str = ""
    has_matched: bool = False
    has_deduped: bool = False
    _number: int = 0

    def scope(self) -> Scope:
        """Return what names mean at this place."""
        if not self.is_events:
            return Scope(self.moments, names=self.names)
        return Scope(self.moments, self.discovery, SYSTEM | self.names, SYSTEM["@timestamp"])

    def fresh(self) -> str:
        """Return a name of a column that is not in use."""
        self._number += 1
        return f"c{self._number}"

    def select(self, what: str, tail: str = "") -> None:
        """Make the rows those of a SELECT from the rows so far."""
        self._number += 1
        self.sql = f"SELECT {what} FROM ({self.sql}) AS s{self._number} {tail}"

    def add(self, columns: Iterable[tuple[str, Value]]) -> None:
        """Add columns under names of the query."""
        parts, added = [], {}
        for name, value in columns:
            column = self.fresh()
            parts.append(f"{value.sql} AS {column}")
            # What says whether it is a map reads the message, which is there as long as the rows are events.
            added[name] = Value(column, value.kind, value.structured)
        if parts:
            self.select(f"*, {', '.join(parts)}")
        self.names |= added

    def show(self, names: Iterable[str]) -> None:
        """Put columns up that are not yet."""
        self.shown += [name for name in dict.fromkeys(names) if name not in self.shown]

    def ordering(self) -> str:
        """Return the keys of an ORDER BY of the rows as they stand."""
        return ", ".join(self.order)

    def end_filters(self) -> None:
        """Remember the events that the filters let pass: what follows makes other rows of them."""
        if not self.filtered:
            self.filtered = self.sql

    def count_matched(self) -> None:
        """Give each row the number of all, if it does not have it."""
        self.end_filters()
        if not self.has_matched:
            self.select(f"*, count(*) OVER () AS {MATCHED}")
            self.has_matched = True
