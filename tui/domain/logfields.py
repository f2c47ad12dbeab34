"""The fields that log events are seen to have, for whoever writes a query."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

MOST_FIELDS: Final = 200
"""CloudWatch Logs discovers no more in an event; CWL_AnalyzeLogData-discoverable-fields.html."""
_DEPTH: Final = 5


def fields_of(messages: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the fields in JSON messages, dotted, the most frequent first.

    Args:
        messages: Of events; those that are no JSON objects have none.
    """
    counts: Counter[str] = Counter()
    for message in messages:
        if not message.startswith("{"):
            continue
        try:
            value = json.loads(message)
        except (ValueError, RecursionError):
            continue
        names: list[str] = []
        _collect(value, "", names, _DEPTH)
        counts.update(names[:MOST_FIELDS])
    return tuple(name for name, _ in counts.most_common(MOST_FIELDS))


def _collect(value: dict[str, Any], prefix: str, names: list[str], depth: int) -> None:
    for key, below in value.items():
        # A name with other characters would stand in backticks.
        if not key.replace("_", "a").isalnum() or not key.isascii():
            continue
        if isinstance(below, dict) and depth:
            _collect(below, f"{prefix}{key}.", names, depth - 1)
        else:
            names.append(prefix + key)
