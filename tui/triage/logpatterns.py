"""Which log lines are new since a moment: lines that say the same with other values count as one pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.domain.logbuffer import LineBuffer
from tui.domain.logcolumns import GAP, RANK
from tui.domain.loglines import RANKS, SEVERITIES, row_text
from tui.insights.masks import masked

MOST_BAD: Final = 1000
"""Lines of WARN and worse that are looked at on either side of the moment."""
MOST_OTHER: Final = 300
"""Other lines that are, evenly spaced."""
LEAST: Final = 3
"""A pattern counts from so many lines on."""
TIMES: Final = 5.0
"""And where it is so many times as frequent as before."""
SHOWN: Final = 3
_CUT: Final = 400
_WARN: Final = RANKS["WARN"]


@dataclass(frozen=True, slots=True)
class LogSample:
    """A line that is looked at.

    Attributes:
        time_ms: Epoch milliseconds.
        rank: Of its severity, as `RANKS` numbers it.
        text: Its whole text.
        weight: How many lines it stands for.
    """

    time_ms: int
    rank: int
    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class NewPattern:
    """A pattern that is new, or far more frequent, since a moment.

    Attributes:
        text: The pattern, values as `<*>`.
        severity: For example "ERROR"; "" where lines name none.
        rank: Of the severity.
        count: Lines since then.
        before: Lines in all the time before that the buffer covers.
        first_s: The first of them, epoch seconds.
        evidence: All of that as a sentence.
        is_new: False where the lines at hand do not tell what there was before.
    """

    text: str
    severity: str
    rank: int
    count: int
    before: int
    first_s: float
    evidence: str
    is_new: bool = True

    @property
    def is_error(self) -> bool:
        """Whether its lines are errors or worse."""
        return self.rank >= RANKS["ERROR"]


def sample(buffer: LineBuffer, moment_s: float) -> tuple[LogSample, ...]:
    """Return the lines to look at; as the buffer, on the event loop's thread only."""
    rows = buffer.table.rows
    split = buffer.locate(int(moment_s * 1000))
    wanted: list[tuple[int, float]] = []
    for start, stop in ((0, split), (split, len(rows))):
        flags = rows.flags
        lines = [index for index in range(start, stop) if not flags[index] & GAP]
        bad = [index for index in lines if flags[index] & RANK >= _WARN]
        other = [index for index in lines if flags[index] & RANK < _WARN]
        for some, most in ((bad, MOST_BAD), (other, MOST_OTHER)):
            stride = max(1, -(-len(some) // most))
            wanted += [(index, float(stride)) for index in some[::stride]]
    return tuple(
        LogSample(rows.times[index], rows.flags[index] & RANK, buffer.table.text(index), weight)
        for index, weight in wanted
    )


def new_patterns(lines: Sequence[LogSample], moment_s: float, now_s: float) -> tuple[NewPattern, ...]:
    """Return the patterns that are new since a moment, the worst and most frequent first.

    A pattern is new with at least three lines since, and five times as many a minute as before. Without
    lines of five minutes before the moment nothing can be called new: the errors at hand stand in.

    Args:
        lines: In any order.
        moment_s: Epoch seconds.
        now_s: Epoch seconds.
    """
    moment_ms = int(moment_s * 1000)
    oldest = min((one.time_ms for one in lines), default=moment_ms)
    minutes_before, minutes_after = (moment_ms - oldest) / 60_000, max(1.0, (now_s - moment_s) / 60)
    is_known = minutes_before >= 5
    counts: dict[tuple[int, str], list[float]] = {}
    for one in lines:
        # A failed request and one that was answered differ in masked numbers alone.
        key = (one.rank, masked(row_text(one.text)[:_CUT]))
        found = counts.setdefault(key, [0.0, 0.0, float("inf")])
        is_after = one.time_ms >= moment_ms
        found[is_after] += one.weight
        if is_after:
            found[2] = min(found[2], one.time_ms)
    if is_known:
        new = [
            _pattern(rank, text, found, minutes_after)
            for (rank, text), found in counts.items()
            if found[1] >= LEAST and found[1] / minutes_after >= TIMES * found[0] / minutes_before
        ]
    else:
        seen_s = max(60.0, now_s - max(moment_s, oldest / 1000))
        new = [
            _unplaced(rank, text, found, seen_s / 60)
            for (rank, text), found in counts.items()
            if rank >= RANKS["ERROR"] and found[1] >= LEAST
        ]
    return tuple(sorted(new, key=lambda one: (-one.rank, -one.count, one.text))[:SHOWN])


def _pattern(rank: int, text: str, found: Sequence[float], minutes: float) -> NewPattern:
    before, count, first_ms = found
    was = "never before" if not before else f"{before:.0f} before"
    evidence = f"{count:.0f} lines since ({count / minutes:.1f} a minute), {was} in what the buffer holds"
    return NewPattern(text, SEVERITIES[rank], rank, round(count), round(before), first_ms / 1000, evidence)


def _unplaced(rank: int, text: str, found: Sequence[float], minutes: float) -> NewPattern:
    before, count, first_ms = found
    evidence = (
        f"{count:.0f} lines ({count / minutes:.1f} a minute); what there was before the start is not at hand"
    )
    return NewPattern(
        text, SEVERITIES[rank], rank, round(count), round(before), first_ms / 1000, evidence, is_new=False
    )
