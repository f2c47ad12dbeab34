"""Takes secrets out of what is shown or written down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

MASK: Final = "•••"

_SECRET = re.compile(r"passw|secret(?!s$|.*arn)|token|credential|private.?key|authorization", re.IGNORECASE)
# Names and addresses of secrets, not secrets.
_ADDRESSES = frozenset({"valueFrom", "ClientToken", "NextToken", "nextToken", "CallerReference"})


def masked(value: Any) -> Any:
    """Return JSON with the values of environment variables and of fields that name secrets masked."""
    if isinstance(value, Mapping):
        return {
            str(key): [_variable(each) for each in one]
            if key == "environment" and isinstance(one, list | tuple)
            else _field(str(key), one)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(one) for one in value]
    return value


def _variable(entry: Any) -> Any:
    """Return an entry of a container's environment: the name is shown, the value never."""
    return {**entry, "value": MASK} if isinstance(entry, Mapping) and "value" in entry else masked(entry)


def _field(name: str, value: Any) -> Any:
    if isinstance(value, str) and name not in _ADDRESSES and _SECRET.search(name):
        return MASK
    return masked(value)
