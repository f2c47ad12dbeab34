"""Where a row of a result leads: to its events, a narrower query, the next question of the catalogue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tui.insights.tree import Call, Expr, Named, Period, Query, Stats
from tui.insights.walk import walk
from tui.insights.words import UNIT_CAPS

Row = Mapping[str, str]

BINS: Final = frozenset({"bin", "datefloor", "dateceil"})
"""Functions that put events into stretches of time."""
EVENTS: Final = 200
"""Events of a group that are asked for."""
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_PLAIN_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,12})?")
_TIME: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z?")


@dataclass(frozen=True, slots=True)
class Follow:
    """A query of the catalogue whose parameters a row fills.

    Attributes:
        name: In the catalogue.
        values: Of its parameters, by name.
    """

    name: str
    values: Mapping[str, str]


def follow_ups(parameters: Mapping[str, Iterable[str]], row: Row) -> tuple[Follow, ...]:
    """Return the queries that ask further about a row.

    Args:
        parameters: Of each query of the catalogue, by its name.
        row: Column to value.
    """
    found = []
    for name, wanted in parameters.items():
        values = {one: row[one] for one in wanted if row.get(one)}
        if values and values.keys() == set(wanted):
            found.append(Follow(name, values))
    return tuple(found)


def grouped(query: Query) -> Stats | None:
    """Return the last `stats` of a query if it has groups: the rows are those groups."""
    found = _last(query)
    return found if found is not None and found.groups else None


def narrowed(query: Query, row: Row) -> str:
    """Return the query with the row's group as a filter before its last `stats`; "" where there is none."""
    stats = grouped(query)
    condition = _condition(query, stats, row) if stats is not None else ""
    if stats is None or not condition:
        return ""
    text = query.text
    return f"{text[: stats.span.start]}filter {condition}\n| {text[stats.span.start :]}"


def events_of(query: Query, row: Row) -> str:
    """Return a query for the events of the row's group; "" where they cannot be told."""
    stats = grouped(query)
    if stats is None or sum(isinstance(one, Stats) for one in query.commands) != 1:
        return ""
    condition = _condition(query, stats, row)
    if not condition:
        return ""
    before = query.text[: stats.span.start]
    return (
        f"{before}filter {condition}\n| fields @timestamp, @message\n| sort @timestamp desc\n| limit {EVENTS}"
    )


def stretch(query: Query, row: Row) -> tuple[float, float] | None:
    """Return the stretch of time that the row stands for, epoch seconds; None where it is none."""
    stats = grouped(query)
    group = time_group(stats) if stats is not None else None
    start_s = moment(row.get(group.name, "")) if group is not None else None
    if group is None or start_s is None:
        return None
    length_s = period_s(group.expr)
    return (start_s, start_s + length_s) if length_s else None


def time_group(stats: Stats) -> Named | None:
    """Return the group that is a stretch of time."""
    return next((one for one in stats.groups if is_time(one.expr)), None)


def is_time(expr: Expr) -> bool:
    """Whether an expression is a stretch of time: `bin(5m)` and the like."""
    return isinstance(expr, Call) and expr.name in BINS


def period_s(expr: Expr) -> float:
    """Return the length of a stretch in seconds as the service takes it; 0.0 where it varies or is not said.

    The service silently takes more of a unit than fits the next one as that many of it.
    """
    found = next((one for one in walk([expr]) if isinstance(one, Period)), None)
    if found is None or found.unit not in _SECONDS:
        return 0.0
    return min(found.amount, UNIT_CAPS.get(found.unit, found.amount)) * _SECONDS[found.unit]


def moment(text: str) -> float | None:
    """Return a time as the service prints it ("2026-11-24 10:05:00.000", UTC), epoch seconds; else None."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    micros = int((found[7] or "").ljust(6, "0"))
    try:
        return datetime(year, month, day, hour, minute, second, micros, UTC).timestamp()
    except ValueError:
        return None


def row_moment(row: Row) -> float | None:
    """Return the time of an event's row, epoch seconds; None where it has none."""
    return moment(row.get("@timestamp", ""))


def _last(query: Query) -> Stats | None:
    return next((one for one in reversed(query.commands) if isinstance(one, Stats)), None)


def _condition(query: Query, stats: Stats, row: Row) -> str:
    """Return the row's group as a condition; "" where it has none but stretches of time."""
    parts = []
    for group in stats.groups:
        if is_time(group.expr):
            continue
        span = group.expr.span
        written = query.text[span.start : span.end]
        value = row.get(group.name)
        parts.append(f"not ispresent({written})" if value is None else f"{written} = {literal(value)}")
    return " and ".join(parts)


def literal(value: str) -> str:
    """Return a value as a query writes it."""
    return value if _PLAIN_NUMBER.fullmatch(value) else json.dumps(value, ensure_ascii=False)
