"""Runs the benchmarks and reports: `python -P -m tests.bench [QUESTION ...] [--long]`; exit 0."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Protocol

from tests.bench import (
    corpus,
    explaining,
    idle,
    keys,
    leaks,
    pane,
    pgadvice,
    pgcost,
    pgfix,
    pghang,
    queries,
    start,
    tail,
    timeline,
    triage,
    wire,
)
from tests.bench.results import Row, load, table


class _Question(Protocol):
    NAME: str

    def measure(self, *, long: bool) -> Iterator[Row]: ...


_QUESTIONS: tuple[_Question, ...] = (
    start,
    wire,
    keys,
    idle,
    tail,
    timeline,
    pane,
    queries,
    triage,
    explaining,
    corpus,
    leaks,
    pgadvice,
    pgcost,
    pgfix,
    pghang,
)


def main(arguments: list[str]) -> None:
    """Measure what was asked for and print a table for each.

    Args:
        arguments: Names of questions (none: all) and --long.
    """
    long = "--long" in arguments
    names = {one for one in arguments if not one.startswith("-")}
    known = {one.NAME for one in _QUESTIONS}
    if names - known or set(arguments) - names - {"--long"}:
        sys.exit(f"Usage: python -P -m tests.bench [{' '.join(sorted(known))}] [--long]")
    for question in _QUESTIONS:
        if names and question.NAME not in names:
            continue
        started = time.monotonic()
        before = load()
        rows: list[Row] = []
        try:
            rows.extend(question.measure(long=long))
        except Exception as error:  # noqa: BLE001 - told in the table; the other questions go on
            # What follows the first line is a screen, or a traceback.
            first, *more = str(error).splitlines() or [type(error).__name__]
            rows.append(Row("broke off", None, note=first))
        else:
            more = []
        print(f"\n{question.NAME}   {before}, {load()} after {time.monotonic() - started:.0f} s")
        print("\n".join([table(rows), *more]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
