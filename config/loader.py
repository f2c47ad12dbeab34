"""Find, read and merge the configuration; tell every problem at once, with file, line and key."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from config import paths, strictyaml
from config.checks import check
from config.environment import option_layer, sdk_layer, variable_layer
from config.keymap import Known, validate_keys
from config.layers import DEFAULT, Layer, Origin, default_layer, drop, file_layer, merge
from config.loaded import Loaded, by_name, list_sources, place_of
from config.problems import ConfigError, Problem, dotted
from config.schema import Config
from config.shapes import check_shapes
from config.validate import validate

__all__ = ["ConfigError", "Loaded", "Problem", "load"]

_NULLABLE = ("metrics", "thresholds")
"""Where null means something: the metric or its limits are dropped."""


@dataclass(slots=True)
class _Reading:
    """What is gathered on the way: layers without what is wrong in them, and the problems."""

    commands: Known | None = None
    base: list[Layer] = field(default_factory=list)
    tables: dict[str, Layer] = field(default_factory=dict)
    top: list[Layer] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    """Dotted settings that have a problem, whichever layer they are in."""

    def clean(self, layer: Layer) -> Layer:
        """Return the layer without its unusable settings, their problems noted."""
        data = _settings(layer.data)
        told = validate(_without_null(data), partial=True)[1]
        for path, _, _ in told:
            # Items stay for now, so that the indices of the others still tell their lines.
            if not isinstance(path[-1], int):
                drop(data, path)
        told += check_shapes(data)
        for path, _, _ in told:
            drop(data, path)
        self.problems += [layer.problem(path, message, hint) for path, message, hint in told]
        self.told.update(dotted(path) for path, _, _ in told)
        return Layer(data, layer.origin, layer.prefix)


def load(
    options: Mapping[str, Any] | None = None,
    *,
    path: Path | None = None,
    env: Mapping[str, str] | None = None,
    commands: Known | None = None,
) -> Loaded:
    """Return the configuration in force.

    Precedence: option > CWTOP_* > the file's table of the chosen profile > the file > AWS_*, DATABASE_URL
    > None, which leaves the setting to the SDK. Mappings merge key by key; lists replace.

    Args:
        options: Parsed command-line options by name (config.environment.OPTIONS, and `config_path`);
            None and () are not given, other names are not looked at.
        path: The file; else `config_path`, CWTOP_CONFIG, ./cwtop.yaml, the XDG configuration file.
        env: Environment; this process's if None.
        commands: Table of commands that `keys` is checked against; None leaves it unchecked.

    Raises:
        ConfigError: With every problem of file, variables and options.
    """
    options = options or {}
    env = os.environ if env is None else env
    reading = _Reading(commands=commands)
    sdk, notes = sdk_layer(env)
    variables, reading.problems = variable_layer(env)
    reading.base = [default_layer(_defaults()), reading.clean(sdk)]
    found = _find(path, options, env)
    if found is not None:
        _read_file(found, reading)
    reading.top = [reading.clean(variables), reading.clean(option_layer(options))]
    chosen = _profile(reading)
    config, origins = _combine(reading, chosen)
    for other in reading.tables:
        if other != chosen:
            _combine(reading, other)
    if reading.problems or config is None:
        raise ConfigError(reading.problems)
    sources = list_sources(config, origins)
    sources.update(
        {dotted(where): f"default ({why})" for where, why in notes.items() if where not in origins}
    )
    table = chosen if chosen in reading.tables else None
    return Loaded(config, sources, None if found is None else found.absolute(), table, by_name(origins))


def _find(path: Path | None, options: Mapping[str, Any], env: Mapping[str, str]) -> Path | None:
    named = path or options.get("config_path") or env.get("CWTOP_CONFIG")
    if named:
        who = "--config" if path or options.get("config_path") else "CWTOP_CONFIG"
        wanted = Path(os.path.expanduser(str(named)))
        if not os.path.exists(wanted):
            hint = f"{who} names it; write it, or leave the name out"
            raise ConfigError([Problem(str(wanted), None, "", "there is no such file", hint)])
        return wanted
    candidates = (Path(paths.LOCAL_CONFIG), paths.config_file(env))
    return next((one for one in candidates if one is not None and os.path.isfile(one)), None)


def _read_file(found: Path, reading: _Reading) -> None:
    file = str(found.absolute())
    try:
        with found.open("rb") as stream:
            raw = stream.read(strictyaml.MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise ConfigError(
            [Problem(file, None, "", f"cannot be read: {reason}", "name a file that you may read")]
        ) from error
    document = strictyaml.read(raw, file)
    reading.problems += document.problems
    data = dict(document.data)
    tables = data.pop("profiles", None)
    names = tables if isinstance(tables, dict) else ()
    for key in (problem.key for problem in document.problems):
        reading.told.add(
            next(
                (key.removeprefix(f"profiles.{one}.") for one in names if key.startswith(f"profiles.{one}.")),
                key,
            )
        )
    reading.base.append(reading.clean(file_layer(data, file, document.lines)))
    root = file_layer({}, file, document.lines)
    if tables is None:
        return
    if not isinstance(tables, dict):
        reading.problems.append(
            root.problem(("profiles",), "wants a mapping", "write prod: below it, and settings below that")
        )
        return
    for name, settings in tables.items():
        if settings is None:
            continue
        if not isinstance(settings, dict):
            reading.problems.append(
                root.problem(("profiles", name), "wants a mapping", "write key: value below it, indented")
            )
            continue
        for misplaced in {"profile", "profiles"} & settings.keys():
            here = ("profiles", name, misplaced)
            reading.problems.append(
                root.problem(here, "has no place in a profile table", "the table's name is the profile")
            )
        kept = {key: value for key, value in settings.items() if key not in ("profile", "profiles")}
        layer = file_layer(kept, file, document.lines, ("profiles", name))
        reading.tables[name] = reading.clean(layer)


def _settings(data: Mapping[str, Any]) -> dict[str, Any]:
    """Copy settings two levels deep, leaving out empty ones: a key with nothing behind it is not set."""
    kept: dict[str, Any] = {}
    for key, value in data.items():
        if value is None:
            continue
        if not isinstance(value, dict):
            kept[key] = value
        elif key in ("stack", "cadences", "judgement", "logs", "checklist", "keys"):
            kept[key] = {below: one for below, one in value.items() if one is not None}
        else:
            kept[key] = {below: _copy(one) for below, one in value.items()}
    return kept


def _copy(value: Any) -> Any:
    return {key: _copy(one) for key, one in value.items()} if isinstance(value, dict) else value


def _without_null(data: Mapping[str, Any]) -> dict[str, Any]:
    cleaned = dict(data)
    for key in _NULLABLE:
        if isinstance(cleaned.get(key), dict):
            cleaned[key] = {name: spec for name, spec in cleaned[key].items() if spec is not None}
    return cleaned


def _profile(reading: _Reading) -> str | None:
    """Return the profile chosen by the highest layer that names one (no table can)."""
    for layer in reversed([*reading.base, *reading.top]):
        name = layer.data.get("profile")
        if name is not None:
            return str(name)
    return None


def _combine(reading: _Reading, profile: str | None) -> tuple[Config | None, dict[strictyaml.Path, Origin]]:
    """Return the configuration with one profile's table applied; what does not fit together is noted."""
    table = [reading.tables[profile]] if profile in reading.tables and profile is not None else []
    layers = [*reading.base, *table, *reading.top]
    data, origins = merge(layers)
    dropped = {name for name, spec in data["metrics"].items() if spec is None}
    data = _without_null(data)
    _drop_limits_of_dropped(data, origins)
    _complete_overrides(data)
    config, told = validate(data, partial=False)
    keys = set(reading.told)
    if config is None:
        # The layers are clean, so only something missing can be wrong: go on without what misses it.
        keys.update(dotted(where) for where, _, _ in told)
        told = [one for one in told if dotted(one[0]) not in reading.told]
        for where in [where for where, _, _ in validate(data, partial=False)[1]]:
            drop(data, where[:2])
        config = validate(data, partial=False)[0]
    if config is not None:
        names = _names([*reading.base, *reading.tables.values(), *reading.top])
        told += check(config, names, keys, dropped)
    reading.problems += [_place(layers, where, message, hint) for where, message, hint in told]
    if config is not None and reading.commands is not None:
        places = by_name(origins)
        reading.problems += validate_keys(config.keys, reading.commands, lambda key: place_of(places, key))
    return config, origins


def _drop_limits_of_dropped(data: dict[str, Any], origins: Mapping[strictyaml.Path, Origin]) -> None:
    """Remove the package's limits of metrics that were dropped; limits of the user's own stay an error."""
    for name in [one for one in data.get("thresholds", {}) if one not in data["metrics"]]:
        if origins.get(("thresholds", name), DEFAULT) == DEFAULT:
            del data["thresholds"][name]


def _complete_overrides(data: dict[str, Any]) -> None:
    limits = data.get("thresholds", {})
    for resource, specs in data.get("overrides", {}).items():
        data["overrides"][resource] = {name: {**limits.get(name, {}), **spec} for name, spec in specs.items()}


def _names(layers: Iterable[Layer]) -> dict[str, set[str]]:
    kinds = {"service": "services", "database": "databases", "load_balancer": "load_balancers"}
    stacks = [layer.data.get("stack", {}) for layer in layers]
    return {kind: {name for stack in stacks for name in stack.get(key, ())} for kind, key in kinds.items()}


def _place(layers: list[Layer], where: strictyaml.Path, message: str, hint: str) -> Problem:
    """Place a problem of the merged settings in the highest layer that has a say in it."""
    for depth in range(len(where), 0, -1):
        for layer in reversed(layers):
            if _has(layer.data, where[:depth]):
                told = layer.problem(where[:depth], message, hint)
                return told if told.file is None else layer.problem(where, message, hint)
    return Problem(None, None, dotted(where), message, hint)


def _has(data: Any, where: strictyaml.Path) -> bool:
    for part in where:
        if not isinstance(data, dict) or part not in data:
            return False
        data = data[part]
    return True


@cache
def _defaults() -> dict[str, Any]:
    """Return the packaged metrics and thresholds, raw.

    Raises:
        ConfigError: The package itself is broken.
    """
    data: dict[str, Any] = {}
    for section in ("metrics", "thresholds"):
        name = f"{section}.yaml"
        document = strictyaml.read(files("config").joinpath(name).read_bytes(), f"config/{name}")
        if document.problems:
            raise ConfigError(document.problems)
        data[section] = document.data
    return data
