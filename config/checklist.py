"""The checklist: the packaged eighteen items, and what a user's file changes in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ValidationError

from config import paths, strictyaml
from config.problems import Problem, listed, meant
from config.schema import Model

USER_FILE: Final = "checklist.yaml"

Group = Literal["monitoring", "ecs", "rds", "application", "network"]
GROUPS: Final[Mapping[str, str]] = {
    "monitoring": "Monitoring",
    "ecs": "ECS",
    "rds": "RDS",
    "application": "Application",
    "network": "Network",
}
"""Groups in order, with their headings."""

LIMITS: Final[Mapping[str, frozenset[str]]] = {
    "dashboard": frozenset(),
    "metrics": frozenset({"stale_minutes"}),
    "alarms": frozenset(),
    "log-queries": frozenset(),
    "task-size": frozenset({"high_percent", "low_percent"}),
    "autoscaling": frozenset(),
    "health-checks": frozenset(),
    "instance-size": frozenset(
        {"cpu_high_percent", "cpu_low_percent", "connections_percent", "freeable_mib", "credits"}
    ),
    "storage": frozenset({"free_percent", "days_to_full", "grow_percent"}),
    "backups": frozenset({"retention_days"}),
    "read-replica": frozenset({"cpu_percent"}),
    "slow-statements": frozenset({"mean_ms", "share_percent", "calls"}),
    "indexes": frozenset(),
    "caching": frozenset({"hit_percent", "blocks"}),
    "connection-pool": frozenset({"used_percent", "idle_percent", "idle_in_transaction_s"}),
    "cdn": frozenset(),
    "compression": frozenset({"least_bytes"}),
    "static-caching": frozenset({"max_age_hours"}),
}
"""The checks that there are, each with its limits, all of which an item has."""

_SETTABLE: Final = ("severity", "limits", "advice")


class ChecklistItem(Model):
    """One item: what is verified, against which figures, and what mends it."""

    id: str
    group: Group
    title: str
    check: str
    """Name of the check, a key of `LIMITS`."""
    severity: Literal["warning", "critical"] = "warning"
    """What it counts as when it fails."""
    action: str = ""
    """Id of the tuning action that mends it; "" where none can."""
    values: dict[str, str] = {}
    """What the action's form holds at first."""
    advice: str
    """What to do, in one sentence."""
    limits: dict[str, float] = {}
    """The check's figures; units are in their names."""


class _Own(Model):
    """What a user's file may say of an item."""

    severity: Literal["warning", "critical"] | None = None
    limits: dict[str, float] = {}
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class ChecklistCatalogue:
    """The items that are verified.

    Attributes:
        items: All, in order of groups.
        problems: What is wrong with the user's file; the rest of it is in force.
    """

    items: tuple[ChecklistItem, ...]
    problems: tuple[Problem, ...] = ()


def user_file(env: Mapping[str, str] | None = None) -> Path | None:
    """Return where the user's own figures are expected, beside the configuration; None without a home."""
    configuration = paths.config_file(env)
    return None if configuration is None else configuration.with_name(USER_FILE)


@cache
def item_ids() -> tuple[str, ...]:
    """Return the ids of the packaged items, in order."""
    return tuple(_packaged())


def load_checklist(user: Path | None = None) -> ChecklistCatalogue:
    """Return the packaged items with what a user's file changes in them, if it exists.

    Args:
        user: The file; one that is broken or cannot be read is told as problems.
    """
    items = _packaged()
    if user is None or not user.exists():
        return ChecklistCatalogue(tuple(items.values()))
    try:
        document = strictyaml.read(user.read_bytes(), str(user))
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        problem = Problem(str(user), None, "", f"cannot be read: {reason}")
        return ChecklistCatalogue(tuple(items.values()), (problem,))
    problems = list(document.problems)
    for name, settings in document.data.items():
        told, changed = _changed(str(user), str(name), settings, items, document.lines)
        problems += told
        if changed is not None:
            items[changed.id] = changed
    return ChecklistCatalogue(tuple(items.values()), tuple(problems))


def _packaged() -> dict[str, ChecklistItem]:
    document = strictyaml.read(files("config").joinpath(USER_FILE).read_bytes(), f"config/{USER_FILE}")
    if document.problems:
        raise AssertionError(f"packaged checklist: {document.problems}")
    items = {
        name: ChecklistItem.model_validate({"id": name, **settings})
        for name, settings in document.data.items()
    }
    wrong = [one.id for one in items.values() if one.limits.keys() != LIMITS.get(one.check)]
    if wrong:
        raise AssertionError(f"packaged checklist: limits of {wrong}")
    return items


def _changed(
    file: str,
    name: str,
    settings: Any,
    items: Mapping[str, ChecklistItem],
    lines: Mapping[strictyaml.Path, int],
) -> tuple[list[Problem], ChecklistItem | None]:
    """Return what is wrong with an entry, and the item with its other settings in force."""
    line = lines.get((name,))
    if name not in items:
        return [Problem(file, line, name, "is no item of the checklist", meant(name, items))], None
    if settings is None:
        hint = f"write checklist.accepted.{name}: and why, in the configuration"
        return [Problem(file, line, name, "cannot be dropped", hint)], None
    if not isinstance(settings, dict):
        hint = f"write {listed(f'{one}:' for one in _SETTABLE)} below it"
        return [Problem(file, line, name, "wants a mapping", hint)], None
    try:
        own = _Own.model_validate(settings)
    except ValidationError as error:
        return list(_problems(error, file, name, lines)), None
    item, problems, limits = items[name], [], {}
    for key, value in own.limits.items():
        path = (name, "limits", key)
        if key not in item.limits:
            hint = meant(key, item.limits, otherwise=f"it has {', '.join(item.limits) or 'none'}")
            problems.append(Problem(file, lines.get(path, line), f"{name}.limits.{key}", "unknown key", hint))
        elif not 0 <= value < float("inf"):
            problems.append(Problem(file, lines.get(path, line), f"{name}.limits.{key}", "is not possible"))
        else:
            limits[key] = value
    update: dict[str, Any] = {"limits": {**item.limits, **limits}}
    if own.severity is not None:
        update["severity"] = own.severity
    if own.advice is not None:
        update["advice"] = own.advice
    return problems, item.model_copy(update=update)


def _problems(
    error: ValidationError, file: str, name: str, lines: Mapping[strictyaml.Path, int]
) -> Iterable[Problem]:
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        where = tuple(str(part) for part in detail["loc"])
        line = lines.get((name, *where), lines.get((name, where[0]), lines.get((name,))))
        key = ".".join((name, *where))
        if detail["type"] == "extra_forbidden":
            otherwise = f"a user's file may set {listed(_SETTABLE)}"
            yield Problem(file, line, key, "unknown key", meant(where[0], _SETTABLE, otherwise=otherwise))
        else:
            yield Problem(file, line, key, str(detail["msg"]).lower())
