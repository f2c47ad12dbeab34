"""Renews expired credentials on the plain terminal: an SSO login, an MFA code, a credential process."""

from __future__ import annotations

import signal
import subprocess
from typing import Protocol

from tui.domain.errors import SourceError


class Renewable(Protocol):
    """What logging in needs of a session."""

    def needs_terminal(self) -> bool:
        """Return whether resolving the credentials may prompt."""
        ...

    def rebuild(self) -> None:
        """Start over with fresh clients."""
        ...

    def resolve_credentials(self) -> None:
        """Obtain credentials now."""
        ...


def log_in(session: Renewable, command: tuple[str, ...]) -> str:
    """Renew the credentials; blocks, and has the terminal to itself.

    Args:
        session: Rebuilt afterwards, so that a prompt appears here and never under the drawn screen.
        command: Program to run first; empty where the SDK itself prompts.

    Returns:
        "" or a sentence that says what failed and what to do.
    """
    # The event loop's own handler would take ctrl+c for the end of the application.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if command:
            code = subprocess.run(list(command), check=False).returncode
            if code != 0:
                return f"`{' '.join(command)}` ended with {code}; press r to try again."
        session.rebuild()
        if session.needs_terminal():
            session.resolve_credentials()
    except FileNotFoundError:
        return f"{command[0]} is not installed here. Run `{' '.join(command)}` elsewhere, then press r."
    except KeyboardInterrupt:
        return "The login was interrupted; press r to try again."
    except SourceError as error:
        return f"{error.summary} {error.hint}".strip()
    finally:
        signal.signal(signal.SIGINT, before)
    return ""
