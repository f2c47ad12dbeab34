"""Log events as lines of text for pipes and terminals: the forms of `aws logs tail`, and JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Final, Literal

from tui.domain.loglines import severity
from tui.domain.snapshots import LogEvent, LogGap

Form = Literal["detailed", "short", "json"]

LATE: Final = "[late] "
"""Marks a line that became readable after newer ones had been printed."""

_COLOURS: Final = {"FATAL": "\x1b[1;31m", "ERROR": "\x1b[31m", "WARN": "\x1b[33m"}
_PLAIN: Final = "\x1b[0m"
_HEAD: Final = 256
"""Characters of a message in which the word of its level is looked for."""
_WORDS: Final = {
    "FATAL": re.compile(r"\b(?:panic|fatal|emerg|alert|crit)\w*", re.IGNORECASE),
    "ERROR": re.compile(r"\b(?:err|severe|exception|traceback)\w*", re.IGNORECASE),
    "WARN": re.compile(r"\bwarn\w*", re.IGNORECASE),
}


class LineFormat:
    """Writes events as lines; one object a stream of output, as it remembers the last second.

    Args:
        form: detailed (time, stream, message), short (time, message) or json (one object a line).
        zone: Time zone of the times; None is this machine's.
        with_group: Whether detailed lines name the group too.
        is_coloured: Whether the words ERROR, WARN and the like are coloured, for a terminal.
        is_ascii: Whether JSON escapes what is not ASCII, where the output's encoding lacks it.
    """

    def __init__(
        self,
        form: Form,
        *,
        zone: tzinfo | None = None,
        with_group: bool = False,
        is_coloured: bool = False,
        is_ascii: bool = False,
    ) -> None:
        self._line: Callable[[LogEvent], str] = {
            "detailed": self._detailed,
            "short": self._short,
            "json": self._json,
        }[form]
        self._zone = zone
        self._with_group = with_group
        self._message = _coloured if is_coloured else _as_it_is
        self._quoted = encode_basestring_ascii if is_ascii else encode_basestring
        self._second: int | None = None
        self._stamp = ("", "")
        self._names: dict[tuple[str, str], str] = {}

    def text(self, events: Sequence[LogEvent]) -> str:
        """Return the lines of events, each with its newline; "" for none.

        A newline within a message stays in the plain forms and is escaped in JSON. Messages are as the
        sources sanitised them: no escape sequence is left in them.
        """
        if not events:
            return ""
        line = self._line
        return "\n".join([line(event) for event in events]) + "\n"

    def _detailed(self, event: LogEvent) -> str:
        second, ms = divmod(event.time_ms, 1000)
        start, offset = self._stamp if second == self._second else self._stamped(second)
        source = f"{event.group} {event.stream}" if self._with_group else event.stream
        late = LATE if event.is_late else ""
        return f"{start}.{ms:03d}000{offset} {source} {late}{self._message(event.message)}"

    def _short(self, event: LogEvent) -> str:
        second = event.time_ms // 1000
        start, _ = self._stamp if second == self._second else self._stamped(second)
        late = LATE if event.is_late else ""
        return f"{start} {late}{self._message(event.message)}"

    def _json(self, event: LogEvent) -> str:
        names = self._names.get((event.group, event.stream)) or self._named(event)
        return (
            f'{{"timestamp": {event.time_ms}, "ingestionTime": {event.ingested_ms}, {names}'
            f'"message": {self._quoted(event.message)}, "eventId": {self._quoted(event.id)}, '
            f'"late": {"true" if event.is_late else "false"}}}'
        )

    def _named(self, event: LogEvent) -> str:
        if len(self._names) >= 10_000:
            self._names.clear()
        group, stream = self._quoted(event.group), self._quoted(event.stream)
        text = f'"logGroupName": {group}, "logStreamName": {stream}, '
        self._names[event.group, event.stream] = text
        return text

    def _stamped(self, second: int) -> tuple[str, str]:
        """Return the time up to its seconds, and the offset from UTC."""
        try:
            moment = datetime.fromtimestamp(second, self._zone)
            text = (moment if self._zone is not None else moment.astimezone()).isoformat()
        except (OverflowError, ValueError, OSError):
            # A sender's clock may be anywhere; what no calendar has is told as it is.
            text = f"{second:<19d}"
        self._second, self._stamp = second, (text[:19], text[19:])
        return self._stamp


def gap_text(gap: LogGap, zone: tzinfo | None = None) -> str:
    """Return a sentence about a stretch, growing perhaps, that could not be read."""
    reason = f" ({gap.reason})" if gap.reason else ""
    return (
        f"{gap.group}: nothing could be read from {_clock(gap.start_ms, zone)} on{reason}; it is read again."
    )


def filled_text(gap: LogGap, zone: tzinfo | None = None) -> str:
    """Return a sentence about a stretch that has been read after all."""
    return f"{gap.group}: {_clock(gap.start_ms, zone)} to {_clock(gap.end_ms, zone)} has been read now."


def _clock(time_ms: int, zone: tzinfo | None) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, zone):%H:%M:%S}"


def _as_it_is(message: str) -> str:
    return message


def _coloured(message: str) -> str:
    """Return a message with the word of its level coloured, if that is a bad one."""
    tag = severity(message)
    word = _WORDS[tag].search(message[:_HEAD]) if tag in _WORDS else None
    if word is None:
        return message
    start, end = word.span()
    return f"{message[:start]}{_COLOURS[tag]}{message[start:end]}{_PLAIN}{message[end:]}"
