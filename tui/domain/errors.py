"""What can go wrong with a source, in the words of the person who reads it."""

from __future__ import annotations

import enum


class ErrorKind(enum.Enum):
    """The classes of failure that a pane and an exit code tell apart."""

    EXPIRED_CREDENTIALS = "expired-credentials"
    """Also: no credentials, wrong credentials."""
    ACCESS_DENIED = "access-denied"
    THROTTLED = "throttled"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    NOT_FOUND = "not-found"
    INVALID = "invalid"
    """The service refuses what was asked (a bad filter pattern, say)."""
    BUG = "bug"


class SourceError(Exception):
    """A source could not give a snapshot.

    Attributes:
        kind: The class of failure.
        summary: One clear sentence, sanitised, without secrets.
        hint: What to do next; "" when there is nothing to do.
        action: The IAM action that was refused ("rds:DescribeDBInstances"), for access-denied.
    """

    def __init__(self, kind: ErrorKind, summary: str, hint: str = "", *, action: str | None = None) -> None:
        super().__init__(summary)
        self.kind = kind
        self.summary = summary
        self.hint = hint
        self.action = action
