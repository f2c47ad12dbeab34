"""`cwtop tail`: prints the events of log groups, of a stretch of time or as they come."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo
from types import FrameType
from typing import Any, Final

from config.schema import Config, LogsConfig
from tui.commands.account import AccountCheck
from tui.commands.output import Notes, Output, waiting_text
from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.moments import parse_moment
from tui.presenters.logtext import LineFormat
from tui.runtime import StartError, configure, start_logging
from tui.sources.limiter import AdaptiveLimiter
from tui.sources.loggroups import Target, describe, is_covered, parse_spec, resolve
from tui.sources.session import AwsSession
from tui.sources.slices import SlicedRead
from widgets.cells import cell_len
from widgets.text import one_line

EXIT_REFUSED: Final = 4
"""The service refused or failed: something that was asked for was not printed."""
EXIT_TERMINATED: Final = 143

BURST: Final = 25
"""Requests of a one-shot read that need not wait: enough for some 250,000 events."""

REQUESTS_PER_S: Final = 5.0
"""After the burst: the whole quota of a small Region, for once."""

_YOUNG_OBJECTS: Final = 200_000


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be printed.

    Attributes:
        groups: As the user writes them: names, globs, `name:stream-prefix`.
        since_s: Epoch seconds.
        until_s: Epoch seconds, exclusive; None for the present and whatever lies beyond it.
        pattern: Filter pattern.
        zone: Of the times printed; None is this machine's.
        requests_per_s: What the configuration allows followers.
    """

    groups: tuple[str, ...]
    since_s: float
    until_s: float | None
    pattern: str
    zone: tzinfo | None
    requests_per_s: float


def run(options: Mapping[str, Any]) -> int:
    """Run the command; returns its exit code: 4 when the service refused or failed, 77 for credentials."""
    from tui.__main__ import EXIT_CREDENTIALS

    try:
        start_logging(options)
        if options.get("groups"):
            options = {**options, "log_groups": options["groups"]}
        config = configure(options).config
        clock = Clock.from_environment()
        plan = _plan(options, config, clock.now())
        output, notes = Output(), Notes()
        lines = _format(options, plan, output)
        with _terminable(), _few_collections():
            session = _session(config, clock)
            account = AccountCheck(session, config.account)
            output.hold_until(account.require)
            if options.get("follow"):
                code = _follow(plan, config, session, clock, output, lines, notes)
            else:
                code = _read(plan, session, clock, output, lines, notes)
            account.require()
            return code
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except SourceError as error:
        sys.stderr.write(f"{_sentence(error)}\n")
        return EXIT_CREDENTIALS if error.kind is ErrorKind.EXPIRED_CREDENTIALS else EXIT_REFUSED


def _plan(options: Mapping[str, Any], config: Config, now_s: float) -> _Plan:
    """Read the options.

    Raises:
        StartError: Saying what to write.
    """
    groups = config.stack.log_groups
    if not groups:
        raise _usage("Which log group? Name one, for example: cwtop tail /ecs/web --since 1h")
    zone = UTC if options.get("utc") else None
    since, until = str(options["since"]), options.get("until")
    if until is not None and options.get("follow"):
        raise _usage(f"--until {until}: with --follow there is no end; leave one of them out.")
    since_s = _moment("--since", since, now_s, zone)
    until_s = None if until is None else _moment("--until", str(until), now_s, zone)
    if since_s >= (now_s if until_s is None else until_s):
        end = "the present" if until is None else f"--until {until}"
        raise _usage(f"--since {since}: that is not before {end}; write for example --since 1h.")
    pattern = str(options.get("filter_pattern") or "")
    if pattern:
        _check(pattern)
    return _Plan(groups, since_s, until_s, pattern, zone, config.logs.requests_per_second)


def _check(pattern: str) -> None:
    from tui.domain.filterpattern import InvalidPattern, check

    try:
        check(pattern)
    except InvalidPattern as error:
        shown = one_line(pattern, limit=2048)
        before = " " * cell_len(shown[: error.position])
        told = f"--filter-pattern is not valid: {one_line(error.message)}\n  {shown}\n  {before}^"
        raise _usage(told) from error


def _moment(option: str, text: str, now_s: float, zone: tzinfo | None) -> float:
    try:
        return parse_moment(text, now_s, zone)
    except ValueError as error:
        raise _usage(f"{option} {one_line(text, 80)}: {error}.") from error


def _usage(text: str) -> StartError:
    from tui.__main__ import EXIT_USAGE

    return StartError(text, EXIT_USAGE)


def _session(config: Config, clock: Clock) -> AwsSession:
    """Open the door to AWS.

    Raises:
        StartError: No Region, or no such profile.
        SourceError: Credentials that want the terminal (an MFA code) were not had.
    """
    from tui.__main__ import EXIT_CREDENTIALS

    session = AwsSession(config, clock)
    try:
        session.client("logs")
    except SourceError as error:
        if error.kind is ErrorKind.EXPIRED_CREDENTIALS:
            raise StartError(_sentence(error), EXIT_CREDENTIALS) from error
        raise _usage(_sentence(error)) from error
    if session.needs_terminal():
        session.resolve_credentials()
    return session


def _format(options: Mapping[str, Any], plan: _Plan, output: Output) -> LineFormat:
    specs = [parse_spec(one) for one in plan.groups]
    return LineFormat(
        options["output"],
        zone=plan.zone,
        with_group=len({one.name for one in specs}) > 1 or any(one.is_glob for one in specs),
        is_coloured=output.is_terminal and not os.environ.get("NO_COLOR"),
        is_ascii=output.is_ascii,
    )


# ---------------------------------------------------------------- a stretch of time


def _read(
    plan: _Plan, session: AwsSession, clock: Clock, output: Output, lines: LineFormat, notes: Notes
) -> int:
    targets, problems = _targets(session, plan.groups)
    notes.standing(problems)
    if not targets:
        return EXIT_REFUSED
    read = SlicedRead(
        session,
        targets,
        int(plan.since_s * 1000),
        None if plan.until_s is None else int(plan.until_s * 1000),
        int(clock.now() * 1000),
        pattern=plan.pattern,
        pacer=_pacer(plan.requests_per_s),
        on_wait=lambda error, _: notes.once(waiting_text(error)),
    )
    for events in read:
        output.write(lines.text(events))
    for name, error in read.failures.items():
        notes.say(f"{name}: {_refusal(session, name) or _sentence(error)}")
    return EXIT_REFUSED if read.failures or problems else 0


def _pacer(allowed: float) -> AdaptiveLimiter:
    """Return the limiter of a one-shot read: at full speed, unless the configuration spares the quota."""
    if allowed < LogsConfig().requests_per_second:
        return AdaptiveLimiter(allowed)
    return AdaptiveLimiter(REQUESTS_PER_S, BURST)


def _targets(session: AwsSession, written: tuple[str, ...]) -> tuple[list[Target], list[str]]:
    """Return the groups to read and what is wrong with them.

    A plain name is asked for at once: looking it up first would only delay the first line.
    """
    specs = {one: parse_spec(one) for one in written}
    found, problems = resolve(session, [one for one, spec in specs.items() if spec.is_glob])
    plain = [Target(spec.name, spec.prefix) for spec in specs.values() if not spec.is_glob]
    parts = {(one.name, one.prefix): one for one in (*plain, *found)}
    return [target for part, target in parts.items() if not is_covered(part, parts)], problems


def _refusal(session: AwsSession, name: str) -> str:
    """Return why a group's class cannot be read; "" if that is not what is wrong."""
    try:
        target = describe(session, parse_spec(name))
    except SourceError:
        return ""
    return target.refusal if target is not None else ""


# ---------------------------------------------------------------- as they come


def _follow(
    plan: _Plan,
    config: Config,
    session: AwsSession,
    clock: Clock,
    output: Output,
    lines: LineFormat,
    notes: Notes,
) -> int:
    # Only here: a stretch of time is printed without all that following takes.
    from tui.commands.following import Follower, follow
    from tui.sources.logs import LogsSource

    logs = config.logs
    source = LogsSource(
        session,
        plan.groups,
        clock,
        since_s=clock.now() - plan.since_s,
        pattern=plan.pattern,
        overlap_s=logs.overlap,
        sweep_every_s=logs.sweep_every,
        sweep_s=logs.sweep,
        requests_per_s=logs.requests_per_second,
    )
    ended = follow(Follower(source, logs.requests_per_second), source, output, lines, notes, plan.zone)
    if ended is not None:
        raise ended
    return 0


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the command as an exception does, so that what is open gets closed."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(EXIT_TERMINATED)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Look for garbage seldom: events and lines refer to nothing in circles, and there are many of them."""
    before = gc.get_threshold()
    gc.set_threshold(_YOUNG_OBJECTS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _sentence(error: SourceError) -> str:
    return f"{error.summary} {error.hint}".strip()
