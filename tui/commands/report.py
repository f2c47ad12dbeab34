"""`cwtop report`: everything judged once, printed, and told in the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from config.durations import parse_duration
from tui.board import Board
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.moments import parse_moment
from tui.domain.report import Report, build
from tui.domain.timespans import finest_period
from tui.presenters.report import report_markdown, report_table
from tui.runtime import Runtime, StartError, assemble, configure, require_stack, start_logging

DEADLINE_S = 45.0
"""Real seconds for all sources together."""


def run(options: Mapping[str, Any]) -> int:
    """Run the command; returns its exit code."""
    try:
        start_logging(options)
        loaded = configure(options)
        require_stack(loaded)
        if options.get("incident"):
            # Late: a report of health does without what an incident's takes.
            from tui.commands.incident import print_incident

            return print_incident(assemble(loaded), options)
        _refuse_output(options)
        return print_report(assemble(loaded), {**options, **_defaults(options)})
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def _refuse_output(options: Mapping[str, Any]) -> None:
    from tui.__main__ import EXIT_USAGE

    if options.get("file"):
        raise StartError("--output belongs to --incident; redirect a report of health.", EXIT_USAGE)


def _defaults(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands where an option is not given: an incident's record has other defaults."""
    return {"output": options.get("output") or "table", "since": options.get("since") or "1h"}


def print_report(runtime: Runtime, options: Mapping[str, Any]) -> int:
    """Collect once and print.

    Raises:
        StartError: A window or period that means nothing, no Region, or no accepted credentials.
    """
    from tui.__main__ import EXIT_CREDENTIALS

    window_s, period_s = _spans(str(options["since"]), str(options["period"]), runtime.hub.clock.now())
    require_region(runtime)
    report = collect(runtime, window_s, period_s)
    refused = next((one for one in report.errors if one.kind == ErrorKind.EXPIRED_CREDENTIALS.value), None)
    require_account(runtime)
    output = options["output"]
    if output == "json":
        text = json.dumps(report.to_json(), indent=2)
    elif output == "markdown":
        text = report_markdown(report, runtime.loaded.config)
    else:
        text = report_table(report, runtime.loaded.config)
    sys.stdout.write(text.rstrip("\n") + "\n")
    return EXIT_CREDENTIALS if refused is not None else report.exit_code


def require_region(runtime: Runtime) -> None:
    """Check that there is a Region.

    Raises:
        StartError: There is none, or no credentials.
    """
    from tui.__main__ import EXIT_CREDENTIALS, EXIT_USAGE

    try:
        runtime.hub.session.region()
    except SourceError as error:
        code = EXIT_CREDENTIALS if error.kind is ErrorKind.EXPIRED_CREDENTIALS else EXIT_USAGE
        raise StartError(f"{error.summary} {error.hint}".strip(), code) from error


def require_account(runtime: Runtime) -> None:
    """Check, once asked, that the credentials were accepted and are of the pinned account.

    Raises:
        StartError: They are not.
    """
    from tui.__main__ import EXIT_CREDENTIALS

    error = runtime.hub.store.entry("identity").error
    if error is not None and error.kind is ErrorKind.EXPIRED_CREDENTIALS:
        # Nothing was read: a table of absent figures would only hide the sentence that matters.
        raise StartError(f"{error.summary} {error.hint}".strip(), EXIT_CREDENTIALS)
    identity = runtime.hub.store.snapshot("identity")
    if identity is not None and identity.is_wrong_account:
        raise StartError(
            f"These credentials belong to account {identity.account}, and `account` pins "
            f"{identity.expected_account}. Choose another --profile, or change `account`.",
            EXIT_CREDENTIALS,
        )


def collect(runtime: Runtime, window_s: int, period_s: int) -> Report:
    """Read every source once and judge."""
    hub = runtime.hub
    hub.set_window(window_s, period_s)
    try:
        hub.collect_once(deadline_s=DEADLINE_S)
    finally:
        hub.stop()
        hub.session.close()
    board = Board(runtime.loaded.config, hub)
    assessment = board.judge_window(window_s, period_s)
    errors = {name: entry.error for name, entry in hub.store.entries.items() if entry.error is not None}
    metrics, trends = errors.get("metrics"), errors.get("trends")
    if metrics is not None and trends is not None and metrics.summary == trends.summary:
        # Both ask CloudWatch for metrics: one sentence is enough.
        del errors["trends"]
    return build(assessment, runtime.loaded.config, window_s, period_s, errors, board.trends())


def _spans(since: str, period: str, now_s: float) -> tuple[int, int]:
    """Return window and period in seconds, the window a multiple of the period.

    Raises:
        StartError: Saying what to write.
    """
    from tui.__main__ import EXIT_USAGE

    try:
        # Rounded: an hour must not become a hair less, which would be a period less.
        window_s = round(now_s - parse_moment(since, now_s), 3)
    except ValueError as error:
        raise StartError(f"--since {since}: {error}.", EXIT_USAGE) from error
    try:
        period_s = parse_duration(period)
    except ValueError as error:
        raise StartError(f"--period {period}: {error}", EXIT_USAGE) from error
    if period_s < 60 or period_s % 60:
        raise StartError(
            f"--period {period}: CloudWatch's periods are multiples of a minute: 1m, 5m, 1h.", EXIT_USAGE
        )
    if window_s < period_s:
        raise StartError(f"--since {since}: the window is shorter than one period ({period}).", EXIT_USAGE)
    finest = finest_period(window_s)
    if period_s < finest:
        raise StartError(
            f"--period {period}: CloudWatch keeps no points so fine; write --period {finest // 60}m.",
            EXIT_USAGE,
        )
    return int(window_s // period_s * period_s), int(period_s)
