"""Asks a configured web address for its response headers, as a browser would. Blocks; nothing is kept."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tui.domain.errors import ErrorKind, SourceError
from widgets.text import one_line

TIMEOUT_S: Final = 6.0
MOST_BYTES: Final = 65_536
"""Of the body so much is read to learn its size."""


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """An answer.

    Attributes:
        status: HTTP status.
        headers: By lower-case name, sanitised.
        size: Bytes of the body as sent, at most `MOST_BYTES`.
    """

    status: int
    headers: Mapping[str, str]
    size: int


def ask(url: str, *, timeout_s: float = TIMEOUT_S) -> WebAnswer:
    """GET an address, following redirects, offering gzip and Brotli.

    Args:
        url: http or https.
        timeout_s: Real seconds for each step of the connection.

    Raises:
        SourceError: It cannot be reached, or answers no HTTP.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise SourceError(ErrorKind.INVALID, f"{one_line(url, 120)} is not an http:// or https:// address.")
    wanted = {"Accept-Encoding": "gzip, br", "User-Agent": "cwtop", "Accept": "*/*"}
    request = urllib.request.Request(url, headers=wanted)  # noqa: S310 - the scheme is checked above
    try:
        with _opener(url).open(request, timeout=timeout_s) as answer:
            return _answer(answer.status, dict(answer.headers), answer.read(MOST_BYTES))
    except urllib.error.HTTPError as error:
        # An answer like any other: its status is evidence.
        with error:
            return _answer(error.code, dict(error.headers), error.read(MOST_BYTES))
    except (OSError, http.client.HTTPException) as error:
        reason = one_line(str(getattr(error, "reason", error)) or type(error).__name__, 200)
        is_late = isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError)
        kind = ErrorKind.TIMEOUT if is_late else ErrorKind.UNREACHABLE
        raise SourceError(
            kind, f"{_shown(url)} cannot be asked: {reason}.", "Check the address and the way to it."
        ) from error


def _answer(status: int, headers: Mapping[str, str], body: bytes) -> WebAnswer:
    told = {name.lower(): one_line(value, 300) for name, value in headers.items()}
    return WebAnswer(int(status), told, len(body))


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Return an opener that knows HTTP only, and no proxy for this machine's own addresses."""
    is_here = urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
    return urllib.request.build_opener(urllib.request.ProxyHandler({} if is_here else None))


def _shown(url: str) -> str:
    """Return an address without user, password and query, which may be secrets."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return one_line(f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}", 120)
