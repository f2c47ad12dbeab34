"""`cwtop query`: runs an Insights query and prints its rows; progress and cost go to standard error."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from config.problems import meant
from config.queries import Catalogue, fill, load_queries, parameters, user_file
from config.schema import Config
from tui.commands.account import AccountCheck
from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.moments import parse_moment
from tui.domain.queries import QUEUED, QueryAnswer
from tui.presenters.answer import answer_csv, answer_json, answer_table, scan_text
from tui.runtime import StartError, configure, start_logging
from tui.sources.insights import MOST_GROUPS, InsightsSource, MalformedQuery, QueryPlan
from tui.sources.loggroups import whole_groups
from tui.sources.session import AwsSession
from widgets.text import one_line, sanitise

EXIT_REFUSED: Final = 4
"""The service refused, failed or gave up."""

_MOST_CHARACTERS: Final = 10_000
_DEFAULT_SINCE: Final = "1h"
_EVER: Final = "1970-01-02T00:00:00Z"
_FORMS: Final = {"table": answer_table, "json": answer_json, "csv": answer_csv}


def run(options: Mapping[str, Any]) -> int:
    """Run the command; returns its exit code: 4 when the service refused or failed, 77 for credentials."""
    from tui.__main__ import EXIT_CREDENTIALS

    try:
        start_logging(options)
        catalogue = load_queries(user_file())
        for problem in catalogue.problems:
            sys.stderr.write(f"{problem}\n")
        if options.get("list"):
            sys.stdout.write(_listing(catalogue))
            return 0
        text, groups = _query(options, catalogue)
        if options.get("lint"):
            return _lint(text)
        if options.get("local"):
            return _local(options, text)
        if options.get("groups"):
            groups = tuple(options["groups"])
        config = configure(options).config
        clock = Clock.from_environment()
        session = AwsSession(config, clock)
        if session.needs_terminal():
            session.resolve_credentials()
        account = AccountCheck(session, config.account)
        plan = _plan(options, config, session, clock, text, groups)
        with stoppable() as stop:
            answer = InsightsSource(session).run(plan, stop, _progress())
        account.require()
        return _end(answer, stop, options)
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except MalformedQuery as error:
        sys.stderr.write(f"{error.summary}\n{_pointed(text, error)}")
        return EXIT_REFUSED
    except SourceError as error:
        sys.stderr.write(f"{error.summary} {error.hint}".strip() + "\n")
        return EXIT_CREDENTIALS if error.kind is ErrorKind.EXPIRED_CREDENTIALS else EXIT_REFUSED


# ---------------------------------------------------------------- what is asked


def _query(options: Mapping[str, Any], catalogue: Catalogue) -> tuple[str, tuple[str, ...]]:
    """Return the query's text with its parameters filled in, and the log groups that it names.

    Raises:
        StartError: Saying what to write.
    """
    name, text = options.get("name"), options.get("text")
    if (name is None) == (text is None):
        raise _usage("Which query? Name one that --list shows, or write one: -q TEXT, or - to read it.")
    groups: tuple[str, ...] = ()
    if name == "-" and options.get("local") == "-":
        raise _usage("Standard input holds the query or the log; write the query with -q, or name a file.")
    if text is None and name == "-":
        text = sys.stdin.read()
    elif text is None:
        found = catalogue.queries.get(str(name))
        if found is None:
            hint = meant(str(name), catalogue.queries, otherwise="--list shows all")
            raise _usage(f"There is no query {one_line(str(name), 80)} ({hint}).")
        text, groups = found.text, found.log_groups
    values = dict(_value(one) for one in options.get("parameters") or ())
    missing = [one for one in parameters(text) if one not in values]
    if missing:
        given = " ".join(f"--param {one_line(one, 40)}=..." for one in missing)
        raise _usage(f"The query has parameters without a value: {given}")
    text = fill(text, values).strip()
    if not text:
        raise _usage("The query is empty; write one, for example: -q 'stats count(*) by bin(5m)'.")
    if len(text) > _MOST_CHARACTERS:
        raise _usage(f"The query has {len(text):,} characters; the service takes {_MOST_CHARACTERS:,}.")
    return text, groups


def _value(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not equals:
        raise _usage(f"--param {one_line(written, 80)}: write it as name=value.")
    return name, value


def _plan(
    options: Mapping[str, Any],
    config: Config,
    session: AwsSession,
    clock: Clock,
    text: str,
    groups: tuple[str, ...],
) -> QueryPlan:
    start_s, end_s = _range(options, clock.now(), _DEFAULT_SINCE)
    if text[:6].upper() == "SOURCE":
        return QueryPlan(text, (), start_s, end_s)
    written = groups or config.stack.log_groups
    if not written:
        raise _usage("Which log group? Name one, for example: --group /ecs/web.")
    return QueryPlan(text, _names(session, written), start_s, end_s)


def _range(options: Mapping[str, Any], now_s: float, default: str) -> tuple[float, float]:
    """Return start and end in epoch seconds.

    Raises:
        StartError: They are no moments, or in the wrong order.
    """
    since, until = str(options.get("since") or default), options.get("until")
    start_s = _moment("--since", since, now_s)
    end_s = now_s if until is None else _moment("--until", str(until), now_s)
    if start_s >= end_s:
        raise _usage(f"--since {since}: that is not before the end; write for example --since 1h.")
    return start_s, end_s


def _local(options: Mapping[str, Any], text: str) -> int:
    """Answer from a file or from standard input; no account is asked.

    Raises:
        StartError: What is asked cannot be.
        SourceError: The file cannot be read, or the query not answered.
    """
    from tui.insights.engine import Lines, Stream
    from tui.sources.localqueries import LocalQueries

    where = str(options["local"])
    if options.get("groups"):
        raise _usage("--group names log groups of AWS; a local log is answered as a whole.")
    clock = Clock.from_environment()
    is_bounded = bool(options.get("since") or options.get("until"))
    start_s, end_s = _range(options, clock.now(), _EVER) if is_bounded else (0.0, 0.0)
    source = Stream(sys.stdin.buffer) if where == "-" else Lines(Path(where))
    queries = LocalQueries(lambda plan: source, clock.now, is_bounded=is_bounded)
    with stoppable() as stop:
        answer = queries.run(QueryPlan(text, (), start_s, end_s), stop)
    return _end(answer, stop, options)


def _names(session: AwsSession, written: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the groups; a group can only be queried as a whole.

    Raises:
        StartError: None is left, or too many are.
        SourceError: They cannot be looked up.
    """
    names, problems = whole_groups(session, written)
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    if not names:
        raise StartError("No log group is left to query; name one with --group.", EXIT_REFUSED)
    if len(names) > MOST_GROUPS:
        raise _usage(f"{len(names)} log groups match, and a query takes {MOST_GROUPS}; name fewer.")
    return names


def _moment(option: str, text: str, now_s: float) -> float:
    try:
        return parse_moment(text, now_s)
    except ValueError as error:
        raise _usage(f"{option} {one_line(text, 80)}: {error}.") from error


def _usage(text: str) -> StartError:
    from tui.__main__ import EXIT_USAGE

    return StartError(text, EXIT_USAGE)


def _lint(text: str) -> int:
    """Print what is wrong with a query as `line:column: error: message`; ask nobody."""
    from tui.__main__ import EXIT_USAGE
    from tui.insights.lint import lint

    findings = lint(text)
    for found in findings:
        line, column = found.place(text)
        sys.stdout.write(f"{line}:{column}: {found.severity}: {one_line(found.message)}\n")
        if found.fix:
            sys.stdout.write(f"  write: {one_line(found.fix)}\n")
    return EXIT_USAGE if any(found.severity == "error" for found in findings) else 0


# ---------------------------------------------------------------- what is printed


def _listing(catalogue: Catalogue) -> str:
    width = max((len(name) for name in catalogue.queries), default=0)
    lines = []
    for name, query in catalogue.queries.items():
        asked = "".join(f" --param {one}=..." for one in query.parameters)
        lines.append(f"{one_line(name):{width}}  {one_line(query.question or query.title)}{asked}\n")
    return "".join(lines)


def _progress() -> Any:
    """Return what tells the progress, on a line that is written over, where somebody watches."""
    if not sys.stderr.isatty():
        return lambda answer: None

    def tell(answer: QueryAnswer) -> None:
        text = "waiting: as many queries run as may" if answer.status == QUEUED else scan_text(answer)
        sys.stderr.write(f"\r\x1b[K{answer.status.lower()}: {text}")
        sys.stderr.flush()

    return tell


def _end(answer: QueryAnswer, stop: threading.Event, options: Mapping[str, Any]) -> int:
    from tui.__main__ import EXIT_INTERRUPTED

    if stop.is_set() and answer.status == "Cancelled":
        sys.stderr.write("Stopped.\n")
        return EXIT_INTERRUPTED
    return _print(answer, str(options["output"]))


def _print(answer: QueryAnswer, form: str) -> int:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    sys.stdout.write(_FORMS[form](answer))
    sys.stdout.flush()
    sys.stderr.write(f"{scan_text(answer)}\n")
    if answer.status == "Complete":
        return 0
    sys.stderr.write(f"The query ended as {answer.status}: the rows are what it had found by then.\n")
    return EXIT_REFUSED


def _pointed(text: str, error: MalformedQuery) -> str:
    """Return the line of the query that the service means, with a mark under the place."""
    if error.start is None:
        return ""
    before = text[: error.start]
    line = text.splitlines()[before.count("\n")] if text else ""
    column = error.start - (before.rfind("\n") + 1)
    length = max(1, (error.end or error.start + 1) - error.start)
    return f"  {sanitise(line)}\n  {' ' * column}{'^' * min(length, max(1, len(line) - column))}\n"


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """Turn an interrupt into a wish: the query is stopped on the service, which would go on scanning."""
    stop = threading.Event()

    def interrupt(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
