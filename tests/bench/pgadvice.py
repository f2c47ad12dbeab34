"""Whether the analysis of the indexes is right, on random schemas with decoys, on each server there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.bench import pgbed
from tests.bench.pgtruth import Verdict, judge, prepare
from tests.bench.results import Row, median

NAME = "pgadvice"
_SEEDS = 50
_WRONG_MOST = 10.0
"""Share of the seeds, %, of which the advice may be wrong in any way."""


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: Take four times as many seeds.
    """
    for server in pgbed.servers():
        with pgbed.running(server) as database:
            prepare(database, has_hypopg=server.has_hypopg)
            found = [judge(database, seed) for seed in range(_SEEDS * (4 if long else 1))]
        yield from _rows(server.name, found)


def _rows(server: str, found: Sequence[Verdict]) -> Iterator[Row]:
    right = sum(one.is_right for one in found)
    wanted = sum(one.found + len(one.missed) for one in found)
    hits, extra = sum(one.found for one in found), sum(len(one.extra) for one in found)
    note = f"{right} of {len(found)} seeds right in all; wrong: " + (
        " ".join(str(one.seed) for one in found if not one.is_right) or "none"
    )
    yield Row(f"{server}: seeds wrong", 100 * (1 - right / len(found)), _WRONG_MOST, "%", note=note)
    missed = Counter(kind for one in found for kind in one.missed)
    yield Row(f"{server}: recall", 100 * hits / wanted, None, "%", note=f"missed: {_told(missed)}")
    needless = Counter(kind for one in found for kind in one.extra)
    precision = 100 * hits / max(1, hits + extra)
    yield Row(f"{server}: precision", precision, None, "%", note=f"for nothing: {_told(needless)}")
    first = sum(one.is_first for one in found)
    others = " ".join(str(one.seed) for one in found if not one.is_first) or "none"
    yield Row(f"{server}: best one first", 100 * first / len(found), None, "%", note=f"not in {others}")
    unproven = Counter(kind.split(" (")[0] for one in found for kind in one.unproven)
    yield Row(
        f"{server}: truths that real indexes did not bear out", sum(unproven.values()), None,
        note=_told(unproven),
    )  # fmt: skip
    yield Row(f"{server}: an analysis takes", median([one.seconds for one in found]), None, "s")


def _told(counted: Counter[str]) -> str:
    return ", ".join(f"{kind} {number}" for kind, number in counted.most_common()) or "none"
