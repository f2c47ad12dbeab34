"""`cwtop db`: statements, activity, connections, indexes or tables of PostgreSQL, once."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from config.schema import Config
from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.pghistory import StatementHistory
from tui.domain.pgsessions import connections
from tui.presenters.database import Row, TabView, activity_tab, connections_tab, statements_tab, tables_tab
from tui.presenters.dbindexes import indexes_tab
from tui.runtime import StartError, configure, start_logging
from tui.sources.pgaddress import way_of
from tui.sources.postgres import (
    ActivitySource,
    PostgresSource,
    StatementsSource,
    TablesSource,
    not_configured,
)
from tui.sources.session import AwsSession
from widgets.cells import cell_len, fit

WIDEST: Final = 60
_LIVE_ONLY: Final = ("ms/s", "calls/s", "trend")
"""Columns that need two readings."""


def run(options: Mapping[str, Any]) -> int:
    """Run the command; returns its exit code: 0 done, 3 not read, 64 usage, 77 login refused."""
    from tui.__main__ import EXIT_CREDENTIALS

    try:
        start_logging(options)
        config = configure(options).config
        view = _view(config, str(options["what"]))
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except SourceError as error:
        sys.stderr.write(f"{error.summary} {error.hint}".strip() + "\n")
        return EXIT_CREDENTIALS if error.kind is ErrorKind.EXPIRED_CREDENTIALS else 3
    limit = int(options.get("limit") or 0)
    rows = view.rows[:limit] if limit else view.rows
    if options.get("output") == "json":
        document = [{name: _value(one[name]) for name in view.columns if name in one} for one in rows]
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return 0
    columns = [name for name in view.columns if name not in _LIVE_ONLY]
    sys.stdout.write(table_text(columns, rows) if rows else f"{view.empty}\n")
    if len(rows) < len(view.rows):
        sys.stdout.write(f"{len(rows)} of {len(view.rows)} rows; --limit 0 shows all\n")
    if view.note:
        sys.stdout.write(f"{view.note.split('; ms/s')[0]}\n")
    return 0


def _view(config: Config, what: str) -> TabView:
    clock = Clock.from_environment()
    session = AwsSession(config, clock)
    way = way_of(config, session)
    if way is None:
        raise not_configured()
    door = way.door()
    try:
        if what == "statements":
            return statements_tab(StatementsSource(door, clock, texts=200).fetch(), StatementHistory())
        if what == "activity":
            return activity_tab(ActivitySource(door, clock).fetch())
        if what == "connections":
            settings = PostgresSource(door, "", clock).fetch()
            activity = ActivitySource(door, clock).fetch()
            found = connections(activity, settings.max_connections, settings.reserved_connections)
            return connections_tab(found, "")
        tables = TablesSource(door, clock).fetch()
        if what == "tables":
            return tables_tab(tables)
        from tui.pgadvice import advise

        statements = StatementsSource(door, clock, texts=200).fetch()
        return indexes_tab(tables, advise(door, statements, tables))
    finally:
        door.close()
        session.close()


def table_text(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """Return rows as aligned text; the last column is as long as it is."""
    last = columns[-1]
    right = {name for name in columns if all(_is_number(row[name]) for row in rows if name in row)}
    widths = {
        name: min(WIDEST, max([cell_len(name), *(cell_len(row.get(name, "-")) for row in rows)]))
        for name in columns
    }

    def line(cells: Mapping[str, str]) -> str:
        parts = [
            cells.get(name, "-")
            if name == last
            else fit(cells.get(name, "-"), widths[name], "right" if name in right else "left")
            for name in columns
        ]
        return "  ".join(parts).rstrip()

    return "\n".join([line({name: name for name in columns}), *(line(row) for row in rows)]) + "\n"


def _is_number(text: str) -> bool:
    return isinstance(_value(text), int | float)


def _value(text: str) -> str | int | float:
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return text
