"""Small readers of AWS responses: sanitised texts, epoch seconds, tolerated failures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from tui.domain.errors import ErrorKind, SourceError
from widgets.text import one_line

T = TypeVar("T")

MAX_PAGES = 20
"""Pages read of one listing; what lies behind would not fit a screen."""

_TOLERATED = frozenset({ErrorKind.ACCESS_DENIED, ErrorKind.NOT_FOUND, ErrorKind.INVALID})


class Aws(Protocol):
    """What a source needs of `AwsSession`."""

    def call(self, service: str, method: str, /, **params: Any) -> dict[str, Any]:
        """Call an operation; raises SourceError."""
        ...


def text(value: Any, limit: int = 1024) -> str:
    """Return a value of a response as one sanitised line, "" for None."""
    return "" if value is None else one_line(str(value), limit)


def epoch(value: Any) -> float | None:
    """Return the epoch seconds of a datetime, None for anything else."""
    return value.timestamp() if isinstance(value, datetime) else None


def tail(arn: Any) -> str:
    """Return what follows the last "/" of an ARN, sanitised."""
    return text(arn).rsplit("/", 1)[-1]


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Return the items in slices of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


def pages(
    aws: Aws,
    service: str,
    method: str,
    params: Mapping[str, Any],
    *,
    cursor: str,
    ask: str | None = None,
    limit: int = MAX_PAGES,
) -> Iterator[dict[str, Any]]:
    """Yield the pages of a listing, at most `limit`.

    Args:
        aws: The session.
        service: botocore's service name.
        method: The client's method.
        params: The operation's parameters.
        cursor: Name of the token in the response ("nextToken", "NextMarker").
        ask: Name of the token in the request, if it differs.
        limit: Most pages read.
    """
    asked = dict(params)
    for _ in range(limit):
        page = aws.call(service, method, **asked)
        yield page
        following = page.get(cursor)
        if not following:
            return
        asked[ask or cursor] = following


def best_effort(read: Callable[[], T], otherwise: T, problems: list[str]) -> T:
    """Return what `read` gives; where a part is refused or absent, `otherwise` and a problem's sentence.

    Raises:
        SourceError: A failure that concerns the whole source (credentials, throttling, network).
    """
    try:
        return read()
    except SourceError as error:
        if error.kind not in _TOLERATED:
            raise
        sentence = f"{error.summary} {error.hint}".strip()
        if sentence not in problems:
            problems.append(sentence)
        return otherwise


def pairs(items: Iterable[Any], name: str, value: str) -> tuple[tuple[str, str], ...]:
    """Return (name, value) of each mapping of a list, sanitised."""
    return tuple((text(item.get(name)), text(item.get(value))) for item in items)
