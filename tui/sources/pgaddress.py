"""The way to PostgreSQL as the configuration tells it: the address, and a fresh login for each connect."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from config.schema import Config
from tui.domain.errors import ErrorKind, SourceError
from tui.sources.pgdoor import PostgresDoor, parameters
from tui.sources.pgwrites import PostgresWriter
from tui.sources.session import AwsSession

Login = Callable[[], Mapping[str, str]]
"""Returns `password`, and perhaps `user`; blocks, may raise SourceError."""

_PORT = "5432"


@dataclass(frozen=True, slots=True)
class Way:
    """How PostgreSQL is reached.

    Attributes:
        dsn: Connection URI or keywords; a secret.
        login: What adds to it for each connect; None leaves it to the address and to libpq.
    """

    dsn: str
    login: Login | None = None

    def door(self) -> PostgresDoor:
        """Return a door for reading."""
        return PostgresDoor(self.dsn, login=self.login)

    def writer(self) -> PostgresWriter:
        """Return what sends changes."""
        return PostgresWriter(self.dsn, self.login)


def way_of(config: Config, session: AwsSession) -> Way | None:
    """Return how PostgreSQL is reached; None where the configuration names no server. Asks nobody.

    Args:
        config: The configuration.
        session: Signs IAM tokens, reads the secret.
    """
    dsn = config.database_address
    if dsn is None:
        return None
    if config.database.login == "iam":
        return Way(dsn, partial(iam_login, session, dsn))
    if config.database.login == "secret":
        return Way(dsn, partial(secret_login, session, config.database.secret or ""))
    return Way(dsn)


def iam_login(session: AwsSession, dsn: str) -> dict[str, str]:
    """Return a token that opens a connection within 15 minutes; signed here, no call is made.

    docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html

    Raises:
        SourceError: No credentials, or the address names no host or no user.
    """
    given = parameters(dsn)
    host, user = str(given.get("host") or ""), str(given.get("user") or "")
    if not host or not user:
        raise SourceError(
            ErrorKind.INVALID,
            "An IAM login needs the host and the user of the database.",
            "Set database.host and database.user; host is the instance's own endpoint.",
        )
    port = int(str(given.get("port") or _PORT))
    return {"password": session.database_token(host, port, user)}


def secret_login(session: AwsSession, secret: str) -> dict[str, str]:
    """Return the password, and the user where it is there, of a secret as RDS and its rotation keep it.

    Raises:
        SourceError: It may not be read, or has another form.
    """
    found = session.call("secretsmanager", "get_secret_value", SecretId=secret)
    try:
        document = json.loads(str(found.get("SecretString") or ""))
        login = {"password": str(document["password"])}
        if document.get("username"):
            login["user"] = str(document["username"])
    except (ValueError, KeyError, TypeError, AttributeError):
        # Its text is in the error: not chained.
        raise SourceError(
            ErrorKind.INVALID,
            f"The secret {secret} is not JSON with a password.",
            'It must look like {"username": "...", "password": "..."}.',
        ) from None
    return login
