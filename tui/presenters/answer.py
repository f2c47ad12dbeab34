"""The rows of an Insights query as text: an aligned table, JSON or CSV; and what it scanned in words."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Final

from tui.domain.queries import POINTER, QueryAnswer
from tui.domain.units import plural, value_text
from widgets.cells import cell_len, fit
from widgets.text import one_line

_WIDEST: Final = 80
"""Cells of a column of the table; JSON and CSV have values whole."""


def answer_table(answer: QueryAnswer) -> str:
    """Return the rows as an aligned table with its heading, "" without any; numbers stand on the right."""
    columns = answer.columns
    if not columns:
        return ""
    cells = [[one_line(row.get(name, "")) for name in columns] for row in answer.rows]
    widths = [
        min(_WIDEST, max(map(cell_len, (name, *column))))
        for name, column in zip(columns, zip(*cells, strict=True), strict=True)
    ]
    right = [all(map(_is_number, column)) for column in zip(*cells, strict=True)]
    lines = [columns, *cells]
    return "".join(
        "  ".join(
            fit(text, width, "right" if is_right else "left")
            for text, width, is_right in zip(line, widths, right, strict=True)
        ).rstrip()
        + "\n"
        for line in lines
    )


def answer_json(answer: QueryAnswer) -> str:
    """Return a list with one object a row; a column without a value is absent."""
    rows = [json.dumps(_plain(row), ensure_ascii=False) for row in answer.rows]
    return "[" + ",".join(f"\n  {row}" for row in rows) + ("\n" if rows else "") + "]\n"


def answer_csv(answer: QueryAnswer) -> str:
    """Return the rows as comma-separated values with a heading (RFC 4180), "" without any."""
    columns = answer.columns
    if not columns:
        return ""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in answer.rows)
    return stream.getvalue()


def scan_text(answer: QueryAnswer) -> str:
    """Return "3 rows, 120 of 4,000 events matched, 1.2 MB scanned, $0.000006"."""
    parts = (
        plural(len(answer.rows), "row"),
        f"{answer.records_matched:,.0f} of {plural(int(answer.records_scanned), 'event')} matched",
        f"{value_text(answer.bytes_scanned, 'bytes')} scanned",
        "free" if answer.is_free else f"${answer.dollars:.6f}".rstrip("0").rstrip("."),
    )
    return ", ".join(parts)


def _plain(row: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if name != POINTER}


def _is_number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True
