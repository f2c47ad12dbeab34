"""What looks like a value in a line of a log, so that lines that say the same are seen to."""

from __future__ import annotations

import re
from typing import Final

STAR: Final = "<*>"
"""Stands for any value."""

# From the most particular to the most common.
MASKS: Final = (
    r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?",
    r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b",
    r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b",
    r"\b0x[0-9a-fA-F]+\b",
    r"\b[0-9a-fA-F]*[0-9][0-9a-fA-F]{6,}[0-9a-fA-F]*\b",
    r"-?\b\d+(?:\.\d+)?",
)
"""Regular expressions that RE2 and Python read alike."""

_QUOTED: Final = r"'[^'\n]{1,200}'|\"[^\"\n]{1,200}\""
_ANY: Final = re.compile("|".join((_QUOTED, *MASKS)))


def masked(text: str) -> str:
    """Return a text in which numbers, times, addresses, identifiers and quoted words are `<*>`."""
    return _ANY.sub(STAR, text)
