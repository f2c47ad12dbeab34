"""`cwtop watch`: the live console, or one report where standard output is no terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Final

from tui.domain.errors import SourceError
from tui.runtime import Runtime, StartError, assemble, configure, is_terminal, require_stack, start_logging

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
        return draw(assemble(loaded), options)
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def draw(runtime: Runtime, options: Mapping[str, Any]) -> int:
    """Draw the console until it is quit.

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
    from tui.app import CwtopApp
    from tui.garbage import postpone

    # A thread that parses an answer hands over to the keys after a millisecond, not after five.
    sys.setswitchinterval(SWITCH_S)
    postpone(runtime.hub.store)
    app = CwtopApp(runtime, use_ascii=bool(options.get("use_ascii")), slow_link=slow)
    app.run(mouse=not options.get("no_mouse"))
    return app.return_code or 0


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
