"""The way into the account for an action: a session that may write, the pinned account, the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from config.schema import Config
from tui.actions import local
from tui.actions.audit import AuditLog
from tui.actions.protocol import Context
from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.sources.pgaddress import way_of
from tui.sources.pgwrites import PostgresWriter
from tui.sources.postgres import not_configured
from tui.sources.session import AwsSession

if TYPE_CHECKING:
    from tui.sources.session import StaticKeys


POSTGRESQL: Final = "postgresql"
"""What requests to PostgreSQL name as their service."""


@dataclass(frozen=True, slots=True)
class Door:
    """What planning and applying need.

    Attributes:
        context: For reading and watching.
        writer: The session that may write; None where writes are off.
        log: The audit log.
        closed: Why writes are off, as a sentence; "" where they are allowed.
        pg_writer: Sends changes to PostgreSQL; None where none is configured.
    """

    context: Context
    writer: AwsSession | None
    log: AuditLog
    closed: str
    pg_writer: PostgresWriter | None = None

    def write(self, service: str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request of an action.

        Raises:
            SourceError: Writes are off, or the service refuses.
        """
        if self.writer is None:
            raise SourceError(ErrorKind.ACCESS_DENIED, self.closed, "")
        if service == POSTGRESQL:
            if self.pg_writer is None:
                raise not_configured()
            return self.pg_writer.call(method, params)
        if service == local.LOCAL:
            return local.call(method, params)
        return self.writer.call(service, method, **params)

    def close(self) -> None:
        """Close the connections of the session that may write."""
        if self.writer is not None:
            self.writer.close()
        if self.context.pg is not None:
            self.context.pg.close()


def closed_reason(config: Config) -> str:
    """Return why the configuration allows no writes; "" where it does."""
    if config.read_only:
        return "Read-only: read_only is set; start with --write to lift it."
    return ""


def open_door(
    config: Config, clock: Clock, *, keys: StaticKeys | None = None, reader: AwsSession | None = None
) -> Door:
    """Return the door to the configured account; asks who is asking where an account is pinned. Blocks.

    Args:
        config: The stack; `read_only` and `account` close the door for writes.
        clock: The endpoint's time.
        keys: Use these instead of the machine's credentials.
        reader: The console's own session, for reading; None makes one.

    Raises:
        SourceError: The identity is needed and cannot be read.
        AuditError: There is no place for the audit log.
    """
    log = AuditLog.default()
    reading = reader or AwsSession(config, clock, keys=keys)
    way = way_of(config, reading)
    context = Context(config, reading, clock, way.door() if way is not None else None)
    closed = closed_reason(config)
    if not closed and config.account is not None:
        identity = reading.identity()
        if identity.is_wrong_account:
            closed = (
                f"Read-only: this is account {identity.account}; the configuration is for {config.account}."
            )
    writer = None if closed else AwsSession(config, clock, keys=keys, allow_writes=True)
    return Door(context, writer, log, closed, way.writer() if way is not None and not closed else None)
