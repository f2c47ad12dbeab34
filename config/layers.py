"""Layers of settings, lowest first, merged into one with the origin of every setting remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from config.problems import Problem, dotted
from config.strictyaml import Path


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a setting was written.

    Attributes:
        label: As `cwtop info` says it: "--region", "CWTOP_REGION", "/path/cwtop.yaml:12", "default".
        file: Path of the file; None for variables, options and defaults.
        line: 1-based.
        name: What a problem calls the setting instead of its dotted key: the variable or option.
    """

    label: str
    file: str | None = None
    line: int | None = None
    name: str | None = None


DEFAULT = Origin("default")


@dataclass(frozen=True, slots=True)
class Layer:
    """Settings of one precedence.

    Attributes:
        data: Nested settings as read, not validated.
        origin: Where the setting at a path of `data` was written.
        prefix: Path of `data` in its file, for the key in messages (("profiles", "prod")).
    """

    data: dict[str, Any]
    origin: Callable[[Path], Origin]
    prefix: Path = ()

    def problem(self, path: Path, message: str, hint: str = "") -> Problem:
        """Return a problem placed at a path of this layer."""
        origin = self.origin(path)
        return Problem(origin.file, origin.line, origin.name or dotted((*self.prefix, *path)), message, hint)


def file_layer(data: dict[str, Any], file: str, lines: Mapping[Path, int], prefix: Path = ()) -> Layer:
    """Return the layer of a file, or of one profile table in it.

    Args:
        data: The part of the file at `prefix`.
        file: The file's path.
        lines: Line of each path from the file's root.
        prefix: () or ("profiles", name).
    """

    def origin(path: Path) -> Origin:
        whole = (*prefix, *path)
        while whole and whole not in lines:
            whole = whole[:-1]
        line = lines.get(whole)
        place = file if line is None else f"{file}:{line}"
        return Origin(f"profile table {prefix[1]} ({place})" if prefix else place, file, line)

    return Layer(data, origin, prefix)


def named_layer(settings: Mapping[Path, tuple[str, Any]]) -> Layer:
    """Return the layer of variables or options.

    Args:
        settings: Path to (name of the variable or option, value).
    """
    data: dict[str, Any] = {}
    for path, (_, value) in settings.items():
        put(data, path, value)

    def origin(path: Path) -> Origin:
        for known, (name, _) in settings.items():
            if known == path[: len(known)] or path == known[: len(path)]:
                return Origin(name, name=name)
        return DEFAULT

    return Layer(data, origin)


def default_layer(data: dict[str, Any]) -> Layer:
    """Return the layer of what the package brings."""
    return Layer(data, lambda path: DEFAULT)


def put(data: dict[str, Any], path: Path, value: Any) -> None:
    """Set a nested value, making the mappings on the way."""
    container: dict[str | int, Any] = data  # type: ignore[assignment]
    for part in path[:-1]:
        container = container.setdefault(part, {})
    container[path[-1]] = value


def drop(data: dict[str, Any], path: Path) -> None:
    """Remove a nested value if it is there; an item of a list takes its whole list along."""
    container: Any = data
    for position, part in enumerate(path):
        if not isinstance(container, dict) or part not in container:
            return
        is_last = position == len(path) - 1 or not isinstance(container[part], dict)
        if is_last:
            del container[part]
            return
        container = container[part]


def merge(layers: list[Layer]) -> tuple[dict[str, Any], dict[Path, Origin]]:
    """Return the settings of all layers, later ones winning key by key, and where each came from.

    Mappings merge; lists and plain values replace.
    """
    data: dict[str, Any] = {}
    origins: dict[Path, Origin] = {}
    for layer in layers:
        _overlay(data, layer.data, (), layer, origins)
    return data, origins


def _overlay(
    base: dict[str, Any], over: Mapping[str, Any], path: Path, layer: Layer, origins: dict[Path, Origin]
) -> None:
    for key, value in over.items():
        here = (*path, key)
        origins[here] = layer.origin(here)
        if isinstance(value, dict):
            below = base.get(key)
            if not isinstance(below, dict):
                below = base[key] = {}
            _overlay(below, value, here, layer, origins)
        else:
            base[key] = value
