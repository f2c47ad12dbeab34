"""Settings from command-line options and environment variables, as layers of the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from config.layers import Layer, named_layer
from config.problems import Problem, is_steering, shown
from config.strictyaml import Path

OPTIONS: Mapping[str, tuple[Path, str]] = {
    "profile": (("profile",), "--profile"),
    "region": (("region",), "--region"),
    "account": (("account",), "--account"),
    "endpoint_url": (("endpoint_url",), "--endpoint-url"),
    "read_only": (("read_only",), "--read-only"),
    "cluster": (("stack", "cluster"), "--cluster"),
    "services": (("stack", "services"), "--service"),
    "databases": (("stack", "databases"), "--db"),
    "load_balancers": (("stack", "load_balancers"), "--alb"),
    "log_groups": (("stack", "log_groups"), "--log-group"),
    "database_url": (("database_url",), "--database-url"),
    "theme": (("theme",), "--theme"),
    "window": (("window",), "--window"),
}
"""Name of a parsed option to its setting and its spelling."""


def _text(value: str) -> str:
    return value


def _names(value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


def _flag(value: str) -> bool:
    word = value.strip().casefold()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise ValueError("wants 1 or 0")


def _number(value: str) -> int:
    if not value.strip().isdecimal() or len(value) > 18:
        raise ValueError("wants a whole number")
    return int(value)


VARIABLES: Mapping[str, tuple[Path, Callable[[str], Any]]] = {
    "CWTOP_PROFILE": (("profile",), _text),
    "CWTOP_REGION": (("region",), _text),
    "CWTOP_ACCOUNT": (("account",), _text),
    "CWTOP_ENDPOINT_URL": (("endpoint_url",), _text),
    "CWTOP_READ_ONLY": (("read_only",), _flag),
    "CWTOP_CLUSTER": (("stack", "cluster"), _text),
    "CWTOP_SERVICE": (("stack", "services"), _names),
    "CWTOP_DB": (("stack", "databases"), _names),
    "CWTOP_ALB": (("stack", "load_balancers"), _names),
    "CWTOP_LOG_GROUP": (("stack", "log_groups"), _names),
    "CWTOP_DATABASE_URL": (("database_url",), _text),
    "CWTOP_THEME": (("theme",), _text),
    "CWTOP_WINDOW": (("window",), _text),
    "CWTOP_BELL": (("bell",), _flag),
    "CWTOP_LOG_LINES": (("log_lines",), _number),
}
"""Variable to its setting; lists are separated by commas."""

_SDK: tuple[tuple[str, Path], ...] = (
    ("AWS_PROFILE", ("profile",)),
    ("AWS_DEFAULT_PROFILE", ("profile",)),
    ("AWS_REGION", ("region",)),
    ("AWS_DEFAULT_REGION", ("region",)),
    ("AWS_ENDPOINT_URL", ("endpoint_url",)),
    ("DATABASE_URL", ("database_url",)),
)
"""In order of preference: boto3 itself knows nothing of AWS_REGION, which the other SDKs read."""


def option_layer(options: Mapping[str, Any]) -> Layer:
    """Return the layer of the options in OPTIONS; others, None and () are not settings."""
    settings: dict[Path, tuple[str, Any]] = {}
    for name, (path, spelling) in OPTIONS.items():
        value = options.get(name)
        if value is None or value == ():
            continue
        if name == "read_only" and value is False:
            spelling = "--write"
        settings[path] = (spelling, tuple(value) if isinstance(value, list) else value)
    return named_layer(settings)


def variable_layer(env: Mapping[str, str]) -> tuple[Layer, list[Problem]]:
    """Return the layer of the CWTOP_* variables and what is wrong with them; empty ones are not set."""
    settings: dict[Path, tuple[str, Any]] = {}
    problems: list[Problem] = []
    for name, (path, convert) in VARIABLES.items():
        text = env.get(name, "")
        if not text:
            continue
        try:
            settings[path] = (name, convert(text))
        except ValueError as error:
            hint = f"unset it, or export {name}={1 if convert is _flag else 100_000}"
            problems.append(Problem(None, None, name, f"{error}, got {shown(text)}", hint))
    return named_layer(settings), problems


def sdk_layer(env: Mapping[str, str]) -> tuple[Layer, dict[Path, str]]:
    """Return the layer of the variables that other programs share, and why one was passed over.

    A DATABASE_URL of another kind of database belongs to another program: it is no error.
    """
    settings: dict[Path, tuple[str, Any]] = {}
    notes: dict[Path, str] = {}
    ignores_endpoint = env.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").casefold() == "true"
    for name, path in _SDK:
        text = env.get(name, "")
        if not text or path in settings:
            continue
        if name == "AWS_ENDPOINT_URL" and ignores_endpoint:
            notes[path] = "AWS_ENDPOINT_URL is passed over: AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
        elif name == "DATABASE_URL" and not is_postgres_uri(text):
            notes[path] = "DATABASE_URL is passed over: not a postgresql:// address"
        else:
            settings[path] = (name, text)
    return named_layer(settings), notes


def is_postgres_uri(text: str) -> bool:
    """Return whether text is an address that libpq takes ("postgresql://user@host:5432/database")."""
    return text.startswith(("postgresql://", "postgres://")) and not is_steering(text)
