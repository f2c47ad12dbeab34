"""What a log message says: its severity, and a short text for one row of the tail."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from config.levels import Level
from widgets.text import MAX_LENGTH, one_line

ROW_LIMIT = 8192
"""Longest text of one row, characters; the event itself is kept whole."""

_TAGS: dict[str, str] = {
    "panic": "FATAL", "fatal": "FATAL", "emerg": "FATAL", "emergency": "FATAL", "alert": "FATAL",
    "critical": "FATAL", "crit": "FATAL",
    "error": "ERROR", "err": "ERROR", "severe": "ERROR", "exception": "ERROR", "traceback": "ERROR",
    "warning": "WARN", "warn": "WARN",
    "notice": "INFO", "info": "INFO", "information": "INFO", "log": "INFO",
    "debug": "DEBUG", "fine": "DEBUG", "verbose": "DEBUG", "trace": "TRACE", "silly": "TRACE",
}  # fmt: skip
LEVELS: Final[Mapping[str, Level]] = {
    "FATAL": Level.CRITICAL, "ERROR": Level.CRITICAL, "WARN": Level.WARNING,
}  # fmt: skip
"""How loud a severity is shown; the others are not."""
SEVERITIES: Final = ("", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
"""By rank; "" where none was recognised."""
RANKS: Final[Mapping[str, int]] = {tag: rank for rank, tag in enumerate(SEVERITIES)}
ERROR_RANK: Final = RANKS["ERROR"]

_HEAD = 256
"""Characters of a plain line in which its level is looked for; it stands near the start."""
_ASSIGNED = re.compile(r"\b(?:level|severity|lvl)\s*[=:]\s*\"?([A-Za-z]+)", re.IGNORECASE)
_SHOUTED = re.compile(
    # A word that begins here, found by its first letter: a set is searched for several times as fast as \\b.
    r"[A-FILNPSTW](?<!\w.)(?<=(?=(PANIC|FATAL|EMERG|ALERT|CRITICAL|CRIT|ERROR|ERR|SEVERE|WARNING|WARN"
    r"|NOTICE|INFO|LOG|DEBUG|TRACE)\b).)"
)
_BRACKETED = re.compile(r"\[(panic|fatal|crit|error|err|warn|warning|notice|info|debug|trace)\]")
_ACCESS_LOG = re.compile(r"\" ([1-5]\d\d) (?:\d+|-)")

_LEVEL_FIELDS = ("level", "severity", "lvl", "levelname", "log_level", "loglevel", "log.level")
_MESSAGE_FIELDS = ("message", "msg", "event", "log", "text")
_METHOD_FIELDS = ("method", "http_method", "verb")
_PATH_FIELDS = ("endpoint", "path", "url", "uri", "route", "request_path")
_STATUS_FIELDS = ("status_code", "statusCode", "status", "http_status")
_TIME_FIELDS = ("response_time", "responseTime", "duration_ms", "elapsed_ms", "latency_ms", "duration")
_LEVEL_TOKENS = tuple(f'"{name}"' for name in _LEVEL_FIELDS)
_STATUS_TOKENS = tuple(f'"{name}"' for name in _STATUS_FIELDS)
_VALUE = re.compile(r"\s*:\s*(?:\"\s*([^\"\\]*?)\s*\"|(-?\d+(?:\.\d+)?)\b)")
_ERROR_FIELDS = ("error", "err", "exception", "exc_info", "stack", "stack_trace", "traceback")
_QUERY_FIELDS = ("query", "sql", "statement")
_NOISE_FIELDS = frozenset(
    ("timestamp", "@timestamp", "time", "ts", "asctime", "hostname", "host", "pid", "logger", "name", "v")
)


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One message, ready for a row.

    Attributes:
        level: CRITICAL for errors, WARNING for warnings, None for everything else.
        tag: FATAL, ERROR, WARN, INFO, DEBUG or TRACE; "" if none was recognised.
        text: A single sanitised line; JSON is shown as request, message, error, query and the other fields.
    """

    level: Level | None
    tag: str
    text: str


def parse(message: str, fields: Sequence[str] = ()) -> ParsedLine:
    """Return the severity and the row text of one log message, whatever its format."""
    tag = severity(message)
    return ParsedLine(LEVELS.get(tag), tag, row_text(message, fields))


def row_text(message: str, fields: Sequence[str] = ()) -> str:
    """Return one sanitised line that shows a message.

    Args:
        message: As logged; a JSON object is shown as request, message, error, query and the other fields.
        fields: Dotted paths of JSON fields shown first, as name=value.
    """
    # What is beyond is not in the row, and parsing a megabyte for each row drawn would hold up the keys.
    found = _json_object(message) if len(message) <= MAX_LENGTH else None
    message = message[:MAX_LENGTH]
    # JSON escapes may spell control characters that the raw text did not contain.
    return one_line((_json_text(found, fields) if found is not None else "") or message, ROW_LIMIT)


def severity(message: str) -> str:
    """Return FATAL, ERROR, WARN, INFO, DEBUG or TRACE; "" if none is recognised.

    A JSON object tells by its level and its HTTP status (the worse counts), other text by `level=`, a
    shouted or bracketed word near its start, or the status of an access log. JSON is not parsed unless
    its nesting leaves a doubt: every line passes here when it arrives.
    """
    if message[:1] != "{" and not message.lstrip(" \t\n").startswith("{"):
        return _plain_tag(message)
    is_flat = message.count("{") == 1
    level = _key_value(message, _LEVEL_TOKENS, _level_tag, is_flat=is_flat)
    status = _key_value(message, _STATUS_TOKENS, _status_text, is_flat=is_flat)
    if level is None or status is None:
        return _exact_tag(message)
    # Most are 200: only the others are worth a closer look.
    return _worse(level, _status_tag(float(status))) if status[:1] in ("4", "5") else level


def _key_value(
    message: str, tokens: Iterable[str], read: Callable[[str], str], *, is_flat: bool
) -> str | None:
    """Return what `read` makes of the first of these keys that says something; None where in doubt.

    Args:
        message: A JSON object, or what is left of one.
        tokens: Keys in quotes.
        read: Returns "" for a value that says nothing.
        is_flat: No object is within it.
    """
    for token in tokens:
        at = message.find(token)
        if at < 0:
            continue
        value = _VALUE.match(message, at + len(token))
        if value is None:
            # The token is a value itself, or its own value is neither a word nor a number.
            if message.find(token, at + 1) >= 0:
                return None
            continue
        if not is_flat and message.count("{", 0, at) - message.count("}", 0, at) != 1:
            return None
        if found := read(value[1] or value[2] or ""):
            return found
    return ""


def _level_tag(value: str) -> str:
    tag = _TAGS.get(value.lower())
    return _numbered_tag(_number(value)) if tag is None else tag


def _status_text(value: str) -> str:
    return value if value.isdecimal() and value.isascii() else ""


def _exact_tag(message: str) -> str:
    fields = _json_object(message)
    if fields is None:
        return _plain_tag(message)
    return _worse(_field_tag(fields), _status_tag(_field_status(fields)))


def _json_object(message: str) -> dict[str, Any] | None:
    """Return the fields of a JSON object; None for any other text."""
    if not message.lstrip(" \t\n").startswith("{"):
        return None
    try:
        value = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def _field_status(fields: Mapping[str, Any]) -> float | None:
    numbers = (_number(fields.get(name)) for name in _STATUS_FIELDS)
    return next((one for one in numbers if one is not None), None)


def _field_tag(fields: Mapping[str, Any]) -> str:
    values = (fields.get(name) for name in _LEVEL_FIELDS)
    texts = (str(one).strip() for one in values if isinstance(one, str | int | float))
    return next((tag for one in texts if (tag := _level_tag(one))), "")


def _numbered_tag(number: float | None) -> str:
    # pino and bunyan count 10 (trace) to 60 (fatal).
    if number is None or not 10 <= number <= 60:
        return ""
    return ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")[int(number) // 10 - 1]


def _plain_tag(message: str) -> str:
    head = message[:_HEAD]
    lower = head.lower()
    if "level" in lower or "severity" in lower or "lvl" in lower:
        assigned = _ASSIGNED.search(head)
        if assigned is not None and assigned[1].lower() in _TAGS:
            return _TAGS[assigned[1].lower()]
    if head.startswith("Traceback ("):
        return "ERROR"
    shouted = _SHOUTED.search(head)
    bracketed = _BRACKETED.search(head, 0, shouted.start() if shouted else _HEAD) if "[" in head else None
    if bracketed is not None:
        return _TAGS[bracketed[1]]
    if shouted is not None:
        return _TAGS[shouted[1].lower()]
    access = _ACCESS_LOG.search(message[:1024]) if '" ' in message else None
    return _status_tag(float(access[1])) if access is not None else ""


def _status_tag(status: float | None) -> str:
    if status is None or not 400 <= status < 600:
        return ""
    return "ERROR" if status >= 500 else "WARN"


def _worse(one: str, other: str) -> str:
    return max(one, other, key=SEVERITIES.index)


def _json_text(fields: Mapping[str, Any], chosen: Sequence[str]) -> str:
    """Return "chosen=… · GET /api/projects 200 1,234 ms · message · error · query · rest=…"."""
    shown: set[str] = {name for name in chosen if name in fields}
    first = " ".join(
        f"{path}={_text_of(value)}" for path in chosen if _is_present(value := _dotted(fields, path))
    )

    def take(names: Iterable[str]) -> str:
        name = next((one for one in names if one not in shown and _is_present(fields.get(one))), None)
        if name is None:
            return ""
        shown.add(name)
        return _text_of(fields[name])

    path = take(_PATH_FIELDS)
    request = [take(_METHOD_FIELDS), path] if path else []
    request.append(take(_STATUS_FIELDS))
    is_request = any(request)
    took = take(_TIME_FIELDS)
    spent = _milliseconds(took)
    message, error, query = take(_MESSAGE_FIELDS), take(_ERROR_FIELDS), take(_QUERY_FIELDS)
    # A statement's duration belongs to the statement, a response time to the request.
    parts = [
        first,
        " ".join(one for one in (*request, spent if is_request else "") if one),
        message,
        error,
        " ".join(one for one in (query, "" if is_request else spent) if one),
    ]
    rest = (
        f"{name}={_text_of(value)}"
        for name, value in fields.items()
        if name not in shown
        and name not in _LEVEL_FIELDS
        and name not in _NOISE_FIELDS
        and _is_present(value)
    )
    parts.append(" ".join(rest))
    return " · ".join(one for one in parts if one)


def _dotted(fields: Mapping[str, Any], path: str) -> Any:
    """Return the value at "a.b.c", also of a key that has dots itself; None where there is none."""
    if path in fields:
        return fields[path]
    head, _, rest = path.partition(".")
    inner = fields.get(head)
    return _dotted(inner, rest) if rest and isinstance(inner, dict) else None


def _is_present(value: Any) -> bool:
    return value is not None and value != ""


def _text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and isinstance(value.get("message"), str):
        return str(value["message"])
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _milliseconds(text: str) -> str:
    number = _number(text)
    if number is None:
        return text
    return f"{number:.0f} ms" if number >= 10 else f"{number:.3g} ms"


def _number(value: Any) -> float | None:
    """Return a finite number, also from text; None for anything else (booleans included)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e15 else None
