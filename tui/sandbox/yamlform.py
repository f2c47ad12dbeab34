"""Builds the sandbox's settings from mappings, strictly: an unknown or missing key is told by name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")


def build(kind: type[T], raw: dict[str, Any]) -> T:
    """Return a dataclass made of a mapping.

    Raises:
        ValueError: A key is missing or unknown.
    """
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(raw) - known)
    if unknown:
        raise ValueError(f"config/sandbox.yaml: unknown key {unknown[0]!r} for {kind.__name__}.")
    try:
        return kind(**raw)
    except TypeError as problem:
        raise ValueError(f"config/sandbox.yaml: {problem}.") from None
