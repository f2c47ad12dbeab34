"""Which log groups are followed: names, globs that are looked up again each minute, and their classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import Any, Final

from tui.domain.errors import SourceError
from tui.sources.parse import Aws, pages, text

MOST_GROUPS: Final = 50
"""Groups that one pattern may match: at two requests a second more would not be followed but visited."""

_LITERAL = re.compile(r"[^*?]+")


@dataclass(frozen=True, slots=True)
class Spec:
    """One group, or a pattern of names, as the user writes it.

    Attributes:
        name: Name of a group, or a glob with `*` and `?`.
        prefix: Only streams whose names start so; "" for all.
    """

    name: str
    prefix: str = ""

    @property
    def is_glob(self) -> bool:
        """Whether the name is a pattern."""
        return "*" in self.name or "?" in self.name

    def matches(self, name: str) -> bool:
        """Return whether a group's name is meant."""
        # Brackets are not special: a group's name has none.
        return re.match(translate(self.name.replace("[", "[[]")), name) is not None


@dataclass(frozen=True, slots=True)
class Target:
    """A group that exists, and the part of it that is followed."""

    name: str
    prefix: str = ""
    arn: str = ""
    """Without ":*", as StartLiveTail wants it; "" while unknown."""
    log_class: str = ""
    """STANDARD, INFREQUENT_ACCESS or DELIVERY; "" while unknown."""

    @property
    def refusal(self) -> str:
        """Why it cannot be tailed, as a sentence; "" if it can."""
        if self.log_class == "INFREQUENT_ACCESS":
            return (
                f"{text(self.name)} cannot be tailed: its class is INFREQUENT_ACCESS. Query it with Insights."
            )
        if self.log_class == "DELIVERY":
            return f"{text(self.name)} cannot be read in CloudWatch: its class is DELIVERY."
        return ""


def parse_spec(written: str) -> Spec:
    """Return what `name`, `/glob/*` or `name:stream-prefix` means."""
    name, _, prefix = written.partition(":")
    return Spec(name, prefix)


def describe(aws: Aws, spec: Spec) -> Target | None:
    """Return the group of a plain name; None if DescribeLogGroups does not list it.

    Raises:
        SourceError: As the session's call.
    """
    page = aws.call("logs", "describe_log_groups", logGroupNamePrefix=spec.name, limit=50)
    found = [one for one in page.get("logGroups", ()) if one.get("logGroupName") == spec.name]
    return _target(found[0], spec.prefix) if found else None


def expand(aws: Aws, spec: Spec) -> list[Target]:
    """Return the groups that a glob matches, by name.

    Raises:
        SourceError: As the session's call.
    """
    asked: dict[str, Any] = {"limit": 50}
    literals = _LITERAL.findall(spec.name)
    if literals and spec.name.startswith(literals[0]):
        asked["logGroupNamePrefix"] = literals[0]
    elif literals:
        asked["logGroupNamePattern"] = max(literals, key=len)
    found = [
        _target(one, spec.prefix)
        for page in pages(aws, "logs", "describe_log_groups", asked, cursor="nextToken")
        for one in page.get("logGroups", ())
        if spec.matches(str(one.get("logGroupName", "")))
    ]
    return sorted(found, key=lambda target: target.name)


def resolve(aws: Aws, written: Sequence[str]) -> tuple[list[Target], list[str]]:
    """Return the groups that are meant and can be read, each once, and what is wrong as sentences.

    For a one-shot read: a plain name that DescribeLogGroups does not list (or may not) is returned
    as it is, as reading it says best what is wrong.

    Raises:
        SourceError: A pattern cannot be looked up.
    """
    targets: dict[tuple[str, str], Target] = {}
    problems: list[str] = []
    for spec in map(parse_spec, written):
        if spec.is_glob:
            found, problem = chosen(spec, expand(aws, spec))
            problems += [problem] if problem else []
        else:
            try:
                found = [describe(aws, spec) or Target(spec.name, spec.prefix)]
            except SourceError:
                found = [Target(spec.name, spec.prefix)]
        for target in found:
            if target.refusal:
                problems.append(target.refusal)
            else:
                targets.setdefault((target.name, target.prefix), target)
    return list(targets.values()), problems


def whole_groups(aws: Aws, written: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return the names of groups for a query, which reads a group whole, and what is wrong as sentences.

    A plain name is not looked up: the query itself tells that it does not exist.

    Raises:
        SourceError: The others cannot be looked up.
    """
    plain = [one for one in written if not set(one) & set("*?:")]
    others = [one for one in written if one not in plain]
    found, problems = resolve(aws, others) if others else ([], [])
    return tuple(dict.fromkeys([*plain, *(one.name for one in found)])), problems


def chosen(spec: Spec, found: Sequence[Target]) -> tuple[list[Target], str]:
    """Return the first `MOST_GROUPS` of a glob's groups, and a sentence if that is not all or none."""
    if not found:
        return [], f"No log group matches {text(spec.name)}: check the pattern and the Region."
    if len(found) > MOST_GROUPS:
        return list(found[:MOST_GROUPS]), (
            f"{text(spec.name)} matches {len(found)} log groups: the first {MOST_GROUPS} are followed. "
            "Narrow the pattern."
        )
    return list(found), ""


def _target(raw: Mapping[str, Any], prefix: str) -> Target:
    arn = str(raw.get("logGroupArn") or raw.get("arn") or "").removesuffix(":*")
    return Target(str(raw.get("logGroupName", "")), prefix, arn, str(raw.get("logGroupClass") or "STANDARD"))


def is_covered(part: tuple[str, str], parts: Iterable[tuple[str, str]]) -> bool:
    """Whether another of some parts of groups, each a name and a stream prefix, holds a part's streams."""
    return any(other != part and other[0] == part[0] and part[1].startswith(other[1]) for other in parts)
