"""The whole of one log event, for the dialog that opens on it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from tui.domain.loglines import row_text, severity
from tui.domain.snapshots import LogEvent
from widgets.text import MAX_LENGTH, one_line, sanitise

_NESTED_DEPTH: Final = 3
"""JSON within a JSON string within ...: opened this many times."""


def event_text(event: LogEvent, *, zone: tzinfo | None = None) -> str:
    """Return an event as text of many lines: when, how late, from where, then its content.

    A JSON message is indented; strings in it that are JSON objects themselves, or have several lines
    as stack traces do, are shown below. Any other message is shown as it is. Never raises.

    Args:
        event: As read.
        zone: Local time; None for the machine's.
    """
    head = [
        f"time      {_moment(event.time_ms, zone)}",
        f"ingested  {_delay(event)}",
        f"group     {one_line(event.group)}",
        f"stream    {one_line(event.stream)}",
    ]
    return "\n".join([*head, "", body_text(event.message)])


def context_text(
    event: LogEvent, around: Sequence[LogEvent], *, zone: tzinfo | None = None
) -> tuple[str, int | None]:
    """Return what stands around an event in its stream, a row each as in the pane, and which is the event.

    That is None where the stream no longer holds the event.

    Args:
        event: The one in the middle.
        around: In order of time, it among them.
        zone: Local time; None for the machine's.
    """
    lines: list[str] = []
    marked = None
    for one in around:
        # The same line may stand twice at one moment: the first will do.
        is_it = marked is None and (one.time_ms, one.message) == (event.time_ms, event.message)
        marked = len(lines) if is_it else marked
        moment = datetime.fromtimestamp(one.time_ms / 1000, UTC).astimezone(zone)
        when = f"{moment:%H:%M:%S}.{one.time_ms % 1000:03}"
        lines.append(f"{'>' if is_it else ' '} {when} {severity(one.message):5} {row_text(one.message)}")
    return "\n".join(lines) or "The stream holds nothing around this event any more.", marked


def body_text(message: str) -> str:
    """Return a message with its JSON indented; anything else as it is; of a very long one the beginning."""
    if len(message) > MAX_LENGTH:
        # A megabyte wrapped to a dialog's width would hold up the keys.
        return f"{sanitise(message)}\n\nOnly its beginning is shown; s in the log pane saves it whole."
    value = _json(message)
    if value is None:
        return sanitise(message)
    blocks = [_dump(value), *_below(value, "", _NESTED_DEPTH)]
    # JSON escapes may spell what the raw text did not contain.
    return sanitise("\n\n".join(blocks), 4 * len(message) + 65_536)


def _moment(time_ms: int, zone: tzinfo | None) -> str:
    try:
        utc = datetime.fromtimestamp(time_ms // 1000, UTC)
        local = utc.astimezone(zone)
    except (ValueError, OverflowError, OSError):
        return f"{time_ms} ms since 1970"
    ms = f".{time_ms % 1000:03}"
    return f"{local:%Y-%m-%d %H:%M:%S}{ms} {local:%z}  ·  {utc:%Y-%m-%d %H:%M:%S}{ms} UTC"


def _delay(event: LogEvent) -> str:
    if event.ingested_ms <= 0:
        return "not told"
    seconds = (event.ingested_ms - event.time_ms) / 1000
    text = f"{abs(seconds):,.1f} s later" if seconds >= 0 else f"{-seconds:,.1f} s before its own time"
    return f"arrived {text}" + (", shown late" if event.is_late else "")


def _json(text: str) -> Any:
    """Return a JSON object or array that is not empty; None for any other text."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) and value else None


def _dump(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _below(value: Any, path: str, depth: int) -> list[str]:
    """Return the blocks for strings that hold more than a line: "path:" and what they say."""
    if isinstance(value, dict):
        items = [(f"{path}.{name}" if path else str(name), one) for name, one in value.items()]
    elif isinstance(value, list):
        items = [(f"{path}[{index}]", one) for index, one in enumerate(value)]
    else:
        return []
    blocks: list[str] = []
    for name, one in items:
        if not isinstance(one, str):
            blocks += _below(one, name, depth)
            continue
        inner = _json(one) if depth else None
        if inner is not None:
            blocks.append(f"{one_line(name)}:\n{_dump(inner)}")
            blocks += _below(inner, name, depth - 1)
        elif "\n" in one.strip():
            blocks.append(f"{one_line(name)}:\n{one.rstrip()}")
    return blocks
