"""Renewing credentials on the plain terminal: what runs, what is told, what an interruption leaves."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from tui.domain.errors import ErrorKind, SourceError
from tui.login import log_in


class Session:
    """A session that notes what is asked of it."""

    def __init__(self, *, prompts: bool = False, error: BaseException | None = None) -> None:
        self.notes: list[str] = []
        self._prompts = prompts
        self._error = error

    def needs_terminal(self) -> bool:
        return self._prompts

    def rebuild(self) -> None:
        self.notes.append("rebuild")

    def resolve_credentials(self) -> None:
        self.notes.append("resolve")
        if isinstance(self._error, KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        elif self._error is not None:
            raise self._error


def command(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_a_login_by_command_starts_over_with_fresh_clients() -> None:
    session = Session()
    assert log_in(session, command("")) == ""
    assert session.notes == ["rebuild"]


def test_a_code_is_asked_for_while_the_terminal_is_plain() -> None:
    session = Session(prompts=True)
    assert log_in(session, ()) == ""
    assert session.notes == ["rebuild", "resolve"]


def test_a_command_that_fails_changes_nothing() -> None:
    session = Session()
    assert "ended with 3" in log_in(session, command("raise SystemExit(3)"))
    assert session.notes == []


def test_a_missing_command_is_named() -> None:
    assert "no-such-program is not installed here" in log_in(Session(), ("no-such-program", "login"))


def test_a_refused_code_is_told_in_the_words_of_the_table() -> None:
    error = SourceError(ErrorKind.EXPIRED_CREDENTIALS, "The code is wrong.", "Type it again.")
    assert log_in(Session(prompts=True, error=error), ()) == "The code is wrong. Type it again."


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_ends_the_login_and_nothing_else() -> None:
    before = signal.getsignal(signal.SIGINT)
    assert "interrupted" in log_in(Session(prompts=True, error=KeyboardInterrupt()), ())
    assert signal.getsignal(signal.SIGINT) is before
