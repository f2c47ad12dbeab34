"""What verifying the checklist gives: a state for each item, its evidence, and what mends it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from config.checklist import ChecklistItem


class State(StrEnum):
    """How an item stands; the value is the word that is shown."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fix:
    """What mends an item.

    Attributes:
        action: Id of a tuning action; "" where only `advice` is left.
        target: The resource that it is applied to; "" for the first of its kind.
        values: What its form holds at first.
        advice: What to do, in words.
    """

    action: str = ""
    target: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    advice: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Attributes:
        state: How the item stands.
        evidence: What was seen, in sentences.
        fix: What mends it; None where nothing needs to be.
        needs: The IAM action or PostgreSQL grant that is missing; "" unless it is unknown for that.
    """

    state: State
    evidence: str
    fix: Fix | None = None
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """An item with what was found.

    Attributes:
        item: The item.
        result: What was found.
        took_s: Real seconds that it took.
    """

    item: ChecklistItem
    result: CheckResult
    took_s: float = 0.0


_ORDER: Final = (State.FAIL, State.UNKNOWN, State.PASS, State.NOT_APPLICABLE)


def combined(results: Sequence[CheckResult], absent: str) -> CheckResult:
    """Return one result for several resources: the worst, the evidence of the worst ones first.

    Args:
        results: One of each resource.
        absent: What is said where there is no resource: the item is then not applicable.
    """
    if not results:
        return CheckResult(State.NOT_APPLICABLE, absent)
    ordered = sorted(results, key=lambda one: _ORDER.index(one.state))
    worst = ordered[0].state
    told = [one for one in ordered if one.state is worst or worst in (State.FAIL, State.UNKNOWN)]
    evidence = " ".join(dict.fromkeys(one.evidence for one in told))
    fix = next((one.fix for one in ordered if one.fix is not None and one.state is worst), None)
    return CheckResult(worst, evidence, fix, next((one.needs for one in ordered if one.needs), ""))


def exit_code(verified: Iterable[Verified]) -> int:
    """Return 2 for a failed critical item, 1 for another failed one, else 3 for an unknown one, else 0."""
    found = list(verified)
    failed = {one.item.severity for one in found if one.result.state is State.FAIL}
    if "critical" in failed:
        return 2
    if failed:
        return 1
    return 3 if any(one.result.state is State.UNKNOWN for one in found) else 0


def counts(verified: Iterable[Verified]) -> dict[State, int]:
    """Return how many items stand how."""
    found = dict.fromkeys(State, 0)
    for one in verified:
        found[one.result.state] += 1
    return found
