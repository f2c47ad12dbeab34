"""What a check is given, and the few things that all checks do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from config.checklist import ChecklistItem
from tui.domain.checklist import CheckResult, Fix, State, combined
from tui.domain.errors import ErrorKind, SourceError
from tui.triage.checklist.reads import Reads


@dataclass(frozen=True, slots=True)
class Probe:
    """An item, and how to read.

    Attributes:
        item: With its limits.
        reads: Shared by all checks of a verification.
    """

    item: ChecklistItem
    reads: Reads

    def limit(self, name: str) -> float:
        """Return a figure of the item."""
        return self.item.limits[name]

    def fix(self, target: str = "", action: str = "", advice: str = "", **values: str) -> Fix:
        """Return what mends the item.

        Args:
            target: The resource; "" for the first of its kind.
            action: Another action than the item's own, whose values then do not count.
            advice: Other advice than the item's own.
            **values: What the form holds at first, besides the item's; "_" stands for "-".
        """
        own = {} if action and action != self.item.action else self.item.values
        given = {name.replace("_", "-"): value for name, value in values.items()}
        return Fix(action or self.item.action, target, {**own, **given}, advice or self.item.advice)

    def advice(self, text: str = "") -> Fix:
        """Return advice alone, for what no action can do; the item's own by default."""
        return Fix(advice=text or self.item.advice)

    def each(self, names: Iterable[str], look: Callable[[str], CheckResult], *, absent: str) -> CheckResult:
        """Look at each resource; one that cannot be read is unknown, the others stand.

        Args:
            names: The resources.
            look: The check of one.
            absent: What is said where there is none.
        """
        several = list(names)
        found = []
        for name in several:
            try:
                found.append(look(name))
            except SourceError as error:
                found.append(unreadable(error, name))
        if len(several) == 1:
            # The only one there is needs no name: a row has little room.
            found = [replace(one, evidence=_without(several[0], one.evidence)) for one in found]
        return combined(found, absent)


Check = Callable[[Probe], CheckResult]
"""Verifies one item; blocks; may raise SourceError, which makes the item unknown."""


def passed(evidence: str) -> CheckResult:
    """Return that an item is as it should be."""
    return CheckResult(State.PASS, evidence)


def failed(evidence: str, fix: Fix) -> CheckResult:
    """Return that an item is not as it should be."""
    return CheckResult(State.FAIL, evidence, fix)


def unknown(evidence: str, fix: Fix | None = None) -> CheckResult:
    """Return that nothing can be said of an item."""
    return CheckResult(State.UNKNOWN, evidence, fix)


def not_applicable(evidence: str) -> CheckResult:
    """Return that an item does not concern this stack."""
    return CheckResult(State.NOT_APPLICABLE, evidence)


def unreadable(error: SourceError, resource: str = "") -> CheckResult:
    """Return that an item could not be read, with the permission that is missing where one is."""
    needs = error.action or ""
    if error.kind is ErrorKind.ACCESS_DENIED and not needs:
        # PostgreSQL's: the hint names the grant.
        needs = error.hint
    text = f"{error.summary} {error.hint}".strip()
    if needs and needs not in text:
        text = f"{text} It needs {needs}."
    state = State.FAIL if error.kind is ErrorKind.NOT_FOUND and resource else State.UNKNOWN
    fix = Fix(advice="Check the name in the configuration.") if state is State.FAIL else None
    return CheckResult(state, text, fix, needs)


def _without(name: str, evidence: str) -> str:
    for mark in (": ", ", "):
        if evidence.startswith(f"{name}{mark}"):
            rest = evidence.removeprefix(f"{name}{mark}")
            # "db.t3.micro" stays as it is.
            return rest if rest.startswith("db.") else rest[:1].upper() + rest[1:]
    return evidence


def percentile(values: Sequence[float], share: float) -> float:
    """Return a percentile by the nearest rank.

    Args:
        values: At least one.
        share: 0..1.
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def joined(words: Sequence[str], most: int = 4) -> str:
    """Return names with commas, the first ones of many."""
    rest = len(words) - most
    return ", ".join(words[:most]) + (f" and {rest} more" if rest > 0 else "")
