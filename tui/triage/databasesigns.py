"""What PostgreSQL shows of a breach: statements that take longer, sessions idle in a transaction, indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tui.domain.pghistory import StatementHistory, share_of_all
from tui.domain.pgstats import ActivitySnapshot, Statement, StatementsSnapshot
from tui.domain.units import age_text, value_text
from widgets.text import one_line

GREW: Final = 2.0
"""A statement's time grew where its mean is so many times what it was ..."""
LEAST_MS: Final = 1.0
"""... and at least this, milliseconds."""
DOMINANT: Final = 0.25
"""Without a past, a statement is named from this share of all time on ..."""
UNEVEN: Final = 20.0
"""... and stands out where its mean is so many times its quickest execution."""
IDLE_S: Final = 60.0
"""A session idle in a transaction counts after so many seconds."""
SHOWN: Final = 3
_PAST_S: Final = 3600.0
_LOOKED_AT: Final = 20
_TEXT: Final = 160


@dataclass(frozen=True, slots=True)
class StatementSign:
    """A statement whose time grew, or that takes most of all time.

    Attributes:
        query_id: pg_stat_statements' queryid.
        text: The statement; "" where it is not read.
        has_grown: Whether it was measured before too; else it only stands out.
        factor: Its mean time to that before, or to its quickest execution.
        evidence: The figures as a sentence.
    """

    query_id: int
    text: str
    has_grown: bool
    factor: float
    evidence: str

    @property
    def points(self) -> int:
        """What it counts for the database as the cause: it grew 2, it is uneven 1, it is only busy 0."""
        return 2 if self.has_grown else int(self.factor >= UNEVEN)


@dataclass(frozen=True, slots=True)
class DatabaseSigns:
    """What the server shows.

    Attributes:
        statements: The statements that grew or stand out, the worst first.
        idle: Sessions idle in a transaction for a minute and more.
        oldest_idle_s: How long the oldest of them has been, seconds.
        idle_application: The application_name that most of them have; "" for none.
        missing_index: Sentence of the most useful index that is missing; "" where none is known.
        index_values: What the action that creates it is to hold at first.
    """

    statements: tuple[StatementSign, ...] = ()
    idle: int = 0
    oldest_idle_s: float = 0.0
    idle_application: str = ""
    missing_index: str = ""
    index_values: Mapping[str, str] = field(default_factory=dict)


def statement_signs(
    snapshot: StatementsSnapshot, courses: StatementHistory, start_s: float, now_s: float
) -> tuple[StatementSign, ...]:
    """Return the statements whose mean time grew since a moment; else those that take most of all time.

    Args:
        snapshot: The last reading.
        courses: What is known of the readings before.
        start_s: The moment, epoch seconds by the console's clock.
        now_s: Epoch seconds.
    """
    found = []
    for one in snapshot.statements[:_LOOKED_AT]:
        text = one_line(snapshot.texts.get(one.key[0], ""), _TEXT)
        sign = _grown(one, text, courses, start_s, now_s) or _dominant(one, text, snapshot.statements)
        if sign is not None:
            found.append(sign)
    return tuple(sorted(found, key=lambda one: (not one.has_grown, -one.factor))[:SHOWN])


def idle_signs(activity: ActivitySnapshot | None) -> DatabaseSigns:
    """Return the sessions that are idle in a transaction; nothing else is filled in."""
    if activity is None:
        return DatabaseSigns()
    idle = [
        (activity.now_s - one.state_change_s, one.application)
        for one in activity.sessions
        if one.is_idle_in_transaction and one.state_change_s is not None
    ]
    idle = [one for one in idle if one[0] >= IDLE_S]
    if not idle:
        return DatabaseSigns()
    most = Counter(application for _, application in idle).most_common(1)[0][0]
    return DatabaseSigns(
        idle=len(idle), oldest_idle_s=max(age for age, _ in idle), idle_application=one_line(most, 60)
    )


def idle_text(signs: DatabaseSigns) -> str:
    """Return the idle sessions as a sentence; "" without any."""
    if not signs.idle:
        return ""
    whose = f", most of them of {signs.idle_application}" if signs.idle_application else ""
    noun = "session" if signs.idle == 1 else "sessions"
    return f"{signs.idle} {noun} idle in transaction, the oldest for {age_text(signs.oldest_idle_s)}{whose}"


def _grown(
    one: Statement, text: str, courses: StatementHistory, start_s: float, now_s: float
) -> StatementSign | None:
    before = courses.mean_between(one.key, start_s - _PAST_S, start_s)
    after = courses.mean_between(one.key, start_s, now_s)
    if not before or not after or after < GREW * before or after < LEAST_MS:
        return None
    factor = after / before
    said = f"mean {value_text(before, 'ms')} before, {value_text(after, 'ms')} since: ×{factor:.1f}"
    return StatementSign(one.key[0], text, True, factor, said)


def _dominant(one: Statement, text: str, statements: Sequence[Statement]) -> StatementSign | None:
    share = share_of_all(one, statements)
    quickest = max(one.min_ms, 0.01)
    if share < DOMINANT or one.mean_ms < LEAST_MS:
        return None
    said = (
        f"{100 * share:.0f} % of all statement time, mean {value_text(one.mean_ms, 'ms')}, quickest "
        f"{value_text(one.min_ms, 'ms')}; its time before the start is not known"
    )
    return StatementSign(one.key[0], text, False, one.mean_ms / quickest, said)
