"""The runs of Insights queries between two sessions: a small file of the user's own."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from config.files import replace_file
from tui.domain.queryruns import MOST_REMEMBERED, Past, Place
from widgets.text import sanitise

FILE: Final = "query-history.json"
_MOST_BYTES: Final = 4_000_000


def load_history(file: Path) -> tuple[Past, ...]:
    """Return the runs of a file, the newest first; none where it is absent or damaged. Blocks.

    The history is a convenience: what cannot be read of it is left out, and written anew.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            return ()
        entries = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ()
    found = (_past(one) for one in (entries if isinstance(entries, list) else ())[:MOST_REMEMBERED])
    return tuple(one for one in found if one is not None)


def save_history(file: Path, history: Sequence[Past]) -> None:
    """Write the runs. Blocks.

    Raises:
        OSError: They cannot be written.
    """
    entries = [{**asdict(one), "place": one.place.value} for one in history]
    replace_file(file, json.dumps(entries, ensure_ascii=False, indent=1) + "\n")


def _past(entry: Any) -> Past | None:
    """Return an entry as a run; None where it is none."""
    try:
        past = Past(
            float(entry["at_s"]),
            sanitise(str(entry["text"])),
            sanitise(str(entry["name"])),
            sanitise(str(entry["status"])),
            int(entry["rows"]),
            float(entry["dollars"]),
            Place(entry["place"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return (
        past if math.isfinite(past.at_s) and 0 <= past.at_s < 1e11 and math.isfinite(past.dollars) else None
    )
