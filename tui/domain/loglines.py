"""What a log message says: its severity, and a short text for one row of the tail."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from config.levels import Level
from widgets.text import one_line

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
_LEVELS: dict[str, Level | None] = {"FATAL": Level.CRITICAL, "ERROR": Level.CRITICAL, "WARN": Level.WARNING}
_SEVERITY = ("", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")

_HEAD = 256
"""Characters of a plain line in which its level is looked for; it stands near the start."""
_ASSIGNED = re.compile(r"\b(?:level|severity|lvl)\s*[=:]\s*\"?([A-Za-z]+)", re.IGNORECASE)
_SHOUTED = re.compile(
    r"\b(PANIC|FATAL|EMERG|ALERT|CRITICAL|CRIT|ERROR|ERR|SEVERE|WARNING|WARN|NOTICE|INFO|LOG|DEBUG|TRACE)\b"
    r"|\[(panic|fatal|crit|error|err|warn|warning|notice|info|debug|trace)\]"
    r"|^(Traceback) \("
)
_ACCESS_LOG = re.compile(r"\" ([1-5]\d\d) (?:\d+|-)")

_LEVEL_FIELDS = ("level", "severity", "lvl", "levelname", "log_level", "loglevel", "log.level")
_MESSAGE_FIELDS = ("message", "msg", "event", "log", "text")
_METHOD_FIELDS = ("method", "http_method", "verb")
_PATH_FIELDS = ("endpoint", "path", "url", "uri", "route", "request_path")
_STATUS_FIELDS = ("status_code", "statusCode", "status", "http_status")
_TIME_FIELDS = ("response_time", "responseTime", "duration_ms", "elapsed_ms", "latency_ms", "duration")
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


def parse(message: str) -> ParsedLine:
    """Return the severity and the row text of one log message, whatever its format."""
    fields = _json_object(message)
    if fields is None:
        tag = _plain_tag(message)
        return ParsedLine(_LEVELS.get(tag), tag, one_line(message, ROW_LIMIT))
    tag = _worse(_field_tag(fields), _status_tag(_number(_first(fields, _STATUS_FIELDS))))
    # JSON escapes may spell control characters that the raw text did not contain.
    return ParsedLine(_LEVELS.get(tag), tag, one_line(_json_text(fields) or message, ROW_LIMIT))


def _json_object(message: str) -> dict[str, Any] | None:
    """Return the fields of a JSON object; None for any other text."""
    if not message.lstrip(" \t\n").startswith("{"):
        return None
    try:
        value = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def _field_tag(fields: Mapping[str, Any]) -> str:
    value = _first(fields, _LEVEL_FIELDS)
    if isinstance(value, str):
        return _TAGS.get(value.strip().lower(), "")
    number = _number(value)
    # pino and bunyan count 10 (trace) to 60 (fatal).
    if number is None or not 10 <= number <= 60:
        return ""
    return ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")[int(number) // 10 - 1]


def _plain_tag(message: str) -> str:
    head = message[:_HEAD]
    assigned = _ASSIGNED.search(head)
    if assigned is not None and assigned[1].lower() in _TAGS:
        return _TAGS[assigned[1].lower()]
    shouted = _SHOUTED.search(head)
    if shouted is not None:
        return _TAGS[next(word for word in shouted.groups() if word).lower()]
    access = _ACCESS_LOG.search(message[:1024])
    return _status_tag(float(access[1])) if access is not None else ""


def _status_tag(status: float | None) -> str:
    if status is None or not 400 <= status < 600:
        return ""
    return "ERROR" if status >= 500 else "WARN"


def _worse(one: str, other: str) -> str:
    return max(one, other, key=_SEVERITY.index)


def _json_text(fields: Mapping[str, Any]) -> str:
    """Return "GET /api/projects 200 1,234 ms · message · error · query · rest=…"."""
    shown: set[str] = set()

    def take(names: Iterable[str]) -> str:
        name = next((one for one in names if _is_present(fields.get(one))), None)
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


def _first(fields: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((fields[one] for one in names if _is_present(fields.get(one))), None)


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
