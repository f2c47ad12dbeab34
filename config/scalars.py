"""What an unquoted YAML word means: YAML 1.2's few types, with YAML 1.1's silent conversions refused."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from config.durations import HINT as DURATION_HINT
from config.problems import shown

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?", re.ASCII)
_SPOKEN = frozenset({"on", "off", "yes", "no", "y", "n"})
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-9]{1,2})+(?:\.[0-9_]*)?", re.ASCII)
_UNDERSCORES = re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?", re.ASCII)
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+", re.ASCII)
_OTHER_BASE = re.compile(r"[-+]?0(?:x[0-9a-fA-F_]+|b[01_]+|o[0-7_]+)", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)", re.ASCII)

_LONGEST_INTEGER = 4000
"""Digits; int() refuses more than 4,300 to protect itself."""


@dataclass(frozen=True, slots=True)
class Trap:
    """An unquoted word that YAML readers disagree about.

    Attributes:
        message: What would happen to it.
        hint: What to write instead.
    """

    message: str
    hint: str


def read_plain(text: str) -> str | int | float | bool | Trap | None:
    """Return the value of an unquoted word, or the trap that it is.

    Only `true` and `false` are booleans; `null`, `~` and nothing are None; decimal numbers are
    numbers; what YAML 1.1 would turn into something else without a word is a trap.
    """
    if text in ("true", "false"):
        return text == "true"
    if text in ("", "~", "null"):
        return None
    if _INTEGER.fullmatch(text) and len(text) <= _LONGEST_INTEGER:
        return int(text)
    if _FLOAT.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else Trap(f"{text} is too large a number", "write a smaller one")
    return _trap(text) or text


def _trap(text: str) -> Trap | None:
    quoted = f"quote it: {shown(text)}"
    if text.casefold() in _SPOKEN:
        meaning = "true" if text.casefold() in ("on", "yes", "y") else "false"
        return Trap(f"unquoted {text} is {meaning} to some YAML readers", f"write true or false, or {quoted}")
    if text.casefold() in ("true", "false"):
        return Trap(
            f"unquoted {text} is not the same to all YAML readers", f"write {text.casefold()}, or {quoted}"
        )
    if text.casefold() == "null":
        return Trap(f"unquoted {text} is nothing to some YAML readers", f"write null, or {quoted}")
    if _SEXAGESIMAL.fullmatch(text):
        number = _sixties(text)
        return Trap(
            f"unquoted {text} is the number {number} to some YAML readers",
            f"{quoted}; for a duration {DURATION_HINT}",
        )
    if _UNDERSCORES.fullmatch(text):
        plain = text.replace("_", "")
        return Trap(
            f"unquoted {text} is the number {plain} to some YAML readers", f"write {plain}, or {quoted}"
        )
    if _LEADING_ZERO.fullmatch(text):
        return Trap(f"unquoted {text} begins with 0: octal to some YAML readers", quoted)
    if _OTHER_BASE.fullmatch(text):
        return Trap(
            f"unquoted {text} is a number in another base to some YAML readers",
            f"write it in decimal, or {quoted}",
        )
    if _DATE.fullmatch(text):
        return Trap(f"unquoted {text} is a date to some YAML readers", quoted)
    if _NOT_FINITE.fullmatch(text):
        return Trap(f"{text} is no limit that can be compared with", "leave the key out, or write null")
    return None


def _sixties(text: str) -> str:
    digits = text.replace("_", "").lstrip("+")
    sign, digits = (-1, digits[1:]) if digits.startswith("-") else (1, digits)
    total = 0.0
    for part in digits[:40].split(":"):
        total = total * 60 + float(part)
    return f"{sign * total:.15g}"
