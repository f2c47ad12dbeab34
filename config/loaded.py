"""A configuration in force, with the origin of each of its settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config import strictyaml
from config.layers import DEFAULT, Origin
from config.problems import dotted
from config.schema import Config


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration and where each of its settings came from.

    Attributes:
        config: What is in force.
        sources: By dotted setting ("stack.services", "thresholds.ecs.cpu.warning"): "--region",
            "CWTOP_REGION", "/path/cwtop.yaml:12", "profile table prod (/path/cwtop.yaml:30)",
            "AWS_REGION" or "default". Metrics are listed only where they differ from the package's.
        path: The file that was read; None without one.
        table: The profile table that was applied; None without one.
    """

    config: Config
    sources: Mapping[str, str]
    path: Path | None
    table: str | None = None
    _places: Mapping[str, Origin] = field(default_factory=dict, repr=False)

    def where(self, key: str) -> tuple[str | None, int | None]:
        """Return (file, line) of a dotted setting ("keys.pause"); None for what no file says."""
        return place_of(self._places, key)


def list_sources(config: Config, origins: Mapping[strictyaml.Path, Origin]) -> dict[str, str]:
    """Return where each setting in force came from, as `Loaded.sources` has it."""
    sources: dict[str, str] = {}
    for name, value in config:
        if name == "metrics":
            continue
        for path in _leaves(value, (name,)):
            sources[dotted(path)] = origins.get(path, DEFAULT).label
    for path, origin in origins.items():
        if path[0] == "metrics" and origin is not DEFAULT and len(path) > 2:
            sources[dotted(path)] = origin.label
    return sources


def _leaves(value: Any, path: strictyaml.Path) -> Iterator[strictyaml.Path]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, (*path, key))
    elif hasattr(value, "model_fields_set"):
        for key, one in value:
            yield from _leaves(one, (*path, key))
    else:
        yield path


def by_name(origins: Mapping[strictyaml.Path, Origin]) -> dict[str, Origin]:
    """Return origins by dotted setting."""
    return {dotted(where): origin for where, origin in origins.items()}


def place_of(places: Mapping[str, Origin], key: str) -> tuple[str | None, int | None]:
    """Return (file, line) of a dotted setting; None for what no file says."""
    origin = places.get(key, DEFAULT)
    return origin.file, origin.line
