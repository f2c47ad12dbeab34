"""Lines a second as a sparkline in which the moments with errors stand out, with its peak beside it."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from widgets.look import MUTED
from widgets.model import RateView
from widgets.sparkline import join, spark

ERROR_STYLE: Final = "bold underline $text-error"
"""Underlined too: errors must show without colour."""
Parts = tuple[tuple[str, str], ...]
"""Pieces of text, each with its style."""


def rate_strip(rate: RateView, cells: int, *, ascii: bool = False) -> Parts:
    """Return the sparkline and the highest rates, "▁▂█▁ max 420/s, errors 12/s".

    Args:
        rate: What arrived, oldest first.
        cells: Most cells of the sparkline; several values share a cell by their maximum.
        ascii: Draw with characters that every font has.
    """
    if not rate.lines or cells <= 0:
        return ()
    peak, errors = max(rate.lines), max(rate.errors, default=0.0)
    line = spark(rate.lines, cells, 0.0, peak or 1.0, ascii=ascii)
    bad = [bool(value) for value in join(rate.errors, cells)]
    bad += [False] * (len(line) - len(bad))
    parts = [
        ("".join(line[at] for at in run), ERROR_STYLE if is_bad else "")
        for is_bad, run in ((key, list(group)) for key, group in groupby(range(len(line)), bad.__getitem__))
    ]
    parts.append((f" max {_per_second(peak)}", MUTED))
    if errors:
        parts += [(", ", MUTED), (f"errors {_per_second(errors)}", "bold $text-error")]
    return tuple(parts)


def _per_second(value: float) -> str:
    return f"{value:,.0f}/s" if value >= 10 or value == int(value) else f"{value:.1f}/s"
