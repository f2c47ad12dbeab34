"""Sparklines on a fixed scale: a flat line at 99 % must not look like one at 1 %."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_BLOCKS = "_.-=+*#@"


def spark(
    values: Sequence[float | None],
    width: int,
    floor: float,
    ceiling: float,
    *,
    ascii: bool = False,
) -> str:
    """Return one cell per bucket, at most `width` cells.

    Args:
        values: Oldest first; None (and NaN or infinity) is a gap, drawn as a space.
        width: Cells at hand; more values than that are joined, keeping each bucket's maximum.
        floor: Value drawn as the lowest block.
        ceiling: Value drawn as the full block.
        ascii: Draw with characters that every font has.
    """
    blocks = ASCII_BLOCKS if ascii else BLOCKS
    span = ceiling - floor
    cells = []
    for value in join(values, width):
        if value is None:
            cells.append(" ")
            continue
        share = (value - floor) / span if span > 0 else 0.0
        cells.append(blocks[int(min(len(blocks) - 1, max(0.0, share * len(blocks))))])
    return "".join(cells)


def join(values: Sequence[float | None], width: int) -> list[float | None]:
    """Return at most `width` values: neighbours joined by their maximum, gaps and NaN as None."""
    finite = [value if value is not None and math.isfinite(value) else None for value in values]
    if width <= 0:
        return []
    if len(finite) <= width:
        return finite
    edges = [len(finite) * cell // width for cell in range(width + 1)]
    buckets = (finite[start:stop] for start, stop in itertools.pairwise(edges))
    return [max((one for one in bucket if one is not None), default=None) for bucket in buckets]
