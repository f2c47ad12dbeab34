"""`cwtop watch`: the live console, or one report where standard output is no terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Final

from tui.domain.errors import SourceError
from tui.runtime import (
    Runtime,
    StartError,
    Switch,
    assemble,
    configure,
    is_terminal,
    require_stack,
    start_logging,
)

SWITCH_S: Final = 0.001
"""Longest turn of a Python thread while another waits, seconds."""


def run(options: Mapping[str, Any]) -> int:
    """Run the command; returns its exit code."""
    try:
        start_logging(options)
        loaded = configure(options)
        require_stack(loaded)
        if not is_terminal():
            from tui.commands.report import print_report

            return print_report(assemble(loaded), {"output": "table", "since": "1h", "period": "5m"})
        outcome = draw(assemble(loaded), options)
        while isinstance(outcome, Switch):
            options = {**options, "profile": outcome.profile, "region": outcome.region}
            outcome = draw(assemble(configure(options)), options)
        return outcome
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def draw(runtime: Runtime, options: Mapping[str, Any]) -> int | Switch:
    """Draw the console until it is quit; return the exit code, or what to start anew with.

    Raises:
        StartError: The credentials want the plain terminal (an MFA code) and were not had.
    """
    if runtime.hub.session.needs_terminal():
        _resolve(runtime)
    slow = options.get("slow_link")
    if slow is None:
        slow = bool(os.environ.get("SSH_CONNECTION"))
    _prepare_textual(slow=slow)
    if not sys.__stderr__ or not sys.__stderr__.isatty():
        # Textual draws on standard error; with that sent to a file the screen would stay black.
        sys.__stderr__ = sys.__stdout__  # type: ignore[misc]
    from tui.memory import postpone, share_heaps

    share_heaps()
    from tui.app import CwtopApp

    # A thread that parses an answer hands over to the keys after a millisecond, not after five.
    sys.setswitchinterval(SWITCH_S)
    postpone(runtime.hub.store)
    app = CwtopApp(runtime, use_ascii=bool(options.get("use_ascii")), slow_link=slow)
    switch = app.run(mouse=not options.get("no_mouse"))
    return switch or app.return_code or 0


def _resolve(runtime: Runtime) -> None:
    from tui.__main__ import EXIT_CREDENTIALS

    try:
        runtime.hub.session.resolve_credentials()
    except SourceError as error:
        raise StartError(f"{error.summary} {error.hint}".strip(), EXIT_CREDENTIALS) from error


def _prepare_textual(*, slow: bool) -> None:
    """Textual reads these once, at import: no animation, and fewer frames over a slow link."""
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    if slow:
        os.environ.setdefault("TEXTUAL_FPS", "30")
