"""Types and keys of settings, judged by the schema and told in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from config.durations import HINT as DURATION_HINT
from config.problems import listed, meant, shown
from config.scalars import Trap, read_plain
from config.schema import (
    Cadences,
    ChecklistConfig,
    Config,
    Judgement,
    LogsConfig,
    MetricSpec,
    Preset,
    StackConfig,
    ThresholdSpec,
)
from config.strictyaml import Path

_SECTIONS: Mapping[str, type[BaseModel]] = {
    "stack": StackConfig,
    "cadences": Cadences,
    "judgement": Judgement,
    "logs": LogsConfig,
    "checklist": ChecklistConfig,
}
_OTHER_WORDS = {
    "db": "databases", "dbs": "databases", "rds": "databases", "instances": "databases",
    "alb": "load_balancers", "albs": "load_balancers", "balancers": "load_balancers", "elb": "load_balancers",
    "ecs": "services", "logs": "log_groups", "endpoint": "endpoint_url", "readonly": "read_only",
    "refresh": "cadences", "shortcuts": "keys", "keymap": "keys", "bindings": "keys",
}  # fmt: skip
"""What people call a setting that is spelt quite differently here."""

_NO_ID = frozenset({"id"})

Told = tuple[Path, str, str]
"""Path, message, hint."""


def validate(data: Mapping[str, Any], *, partial: bool) -> tuple[Config | None, list[Told]]:
    """Return the configuration of raw settings, and what is wrong with their keys and types.

    Args:
        data: Raw settings, lists as tuples.
        partial: Whether settings may be missing because another layer has them.

    Returns:
        The configuration (None if anything is wrong or missing), and the problems by path.
    """
    metrics = data.get("metrics")
    problems: list[Told] = []
    if isinstance(metrics, dict):
        entries: dict[str, Any] = {}
        for name, spec in metrics.items():
            if isinstance(spec, dict) and "id" in spec:
                problems.append((("metrics", name, "id"), "unknown key", "the id is the key above"))
            entries[name] = {**spec, "id": name} if isinstance(spec, dict) else spec
        data = {**data, "metrics": entries}
    try:
        return Config.model_validate(data), problems
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=True):
            if not (partial and detail["type"] == "missing"):
                problems.append(_told(detail))
    return None, problems


def known_keys(path: Path) -> tuple[str, ...]:
    """Return the keys that a mapping of the configuration may have; () where any name may stand."""
    if not path:
        return (*Config.model_fields, "profiles")
    head = path[0]
    if head in _SECTIONS and len(path) == 1:
        return tuple(_SECTIONS[str(head)].model_fields)
    if head == "metrics" and len(path) == 2:
        return tuple(name for name in MetricSpec.model_fields if name not in _NO_ID)
    if path[:2] == ("logs", "presets") and len(path) == 3:
        return tuple(Preset.model_fields)
    if (head == "thresholds" and len(path) == 2) or (head == "overrides" and len(path) == 3):
        return tuple(ThresholdSpec.model_fields)
    return ()


def suggest_key(path: Path) -> str:
    """Return a hint for an unknown key: the nearest key in its place, the place where it belongs, or all."""
    *parent, last = path
    here = known_keys(tuple(parent))
    word = _OTHER_WORDS.get(str(last), str(last))
    if word in here:
        return meant(word, here)
    for section in ("", *_SECTIONS):
        keys = known_keys((section,) if section else ())
        if word in keys:
            return f"it belongs under {section}:" if section else "it belongs at the top of the file"
    return meant(word, here, otherwise=f"known keys: {', '.join(here)}")


def _told(detail: Mapping[str, Any]) -> Told:
    kind = detail["type"]
    path: Path = tuple(part for part in detail["loc"] if part != "[key]")
    value = detail["input"]
    if kind == "extra_forbidden":
        return path, "unknown key", suggest_key(path)
    if kind == "missing":
        return path, "is missing", ""
    if kind == "value_error":
        message = str(detail["ctx"]["error"])
        return path, f"{message}, got {_got(value, path)}", DURATION_HINT
    if kind == "literal_error":
        allowed = [
            word.strip("'") for word in str(detail["ctx"]["expected"]).replace(" or ", ", ").split(", ")
        ]
        hint = meant(value, allowed) if isinstance(value, str) else ""
        return path, f"wants {listed(allowed)}, got {_got(value, path)}", hint
    wanted, hint = _WANTED.get(kind, (str(detail["msg"]).casefold(), ""))
    if kind == "tuple_type" and isinstance(value, str) and value.isprintable():
        hint = f"write [{value}]"
    if (
        kind in ("float_type", "int_type")
        and isinstance(value, str)
        and not isinstance(read_plain(value), str | Trap)
    ):
        hint = "write it without quotation marks"
    if kind == "string_type" and not isinstance(value, dict | tuple) and value is not None:
        hint = "quote it" if path[0] == "database_url" else f"quote it: {shown(_spelt(value))}"
    return path, f"{wanted}, got {_got(value, path)}", hint


_WANTED = {
    "string_type": ("wants text", ""),
    "bool_type": ("wants true or false", ""),
    "int_type": ("wants a whole number", ""),
    "int_from_float": ("wants a whole number", ""),
    "float_type": ("wants a number", ""),
    "finite_number": ("wants a number", ""),
    "tuple_type": ("wants a list", "write [name, another] or one - name a line"),
    "dict_type": ("wants a mapping", "write key: value below it, indented"),
    "model_type": ("wants a mapping", "write key: value below it, indented"),
}


def _spelt(value: Any) -> str:
    return str(value).casefold() if isinstance(value, bool) else str(value)


def _got(value: Any, path: Path) -> str:
    if path and path[0] == "database_url":
        return "something else"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return _spelt(value)
    if isinstance(value, dict | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    return f"the text {shown(value)}" if isinstance(value, str) else f"the number {str(value)[:40]}"


def suggest_metric(metric: str, metrics: Iterable[str]) -> str:
    """Return a hint for an unknown metric id: the nearest, or those of the same resource."""
    known = list(metrics)
    same = [one for one in known if one.partition(".")[0] == metric.partition(".")[0]]
    otherwise = f"known: {', '.join(same)}" if same else "ids begin with ecs., rds. or alb."
    return meant(metric, known, otherwise=otherwise)
