"""Edges of breaches: what has opened, worsened, eased or closed since it was last told."""

from __future__ import annotations

from collections.abc import Mapping, Set

from tui.domain.findings import BreachEvent, Finding, Health
from tui.domain.inputs import FindingKey


def diff(
    told: Mapping[FindingKey, Finding], current: Health, unknown: Set[FindingKey] = frozenset()
) -> tuple[BreachEvent, ...]:
    """Return the edges between the breaches told of and those of now, worst first, closed ones last.

    Args:
        told: The breaches that events have told of, see `told_after`.
        current: The health of now.
        unknown: What cannot be judged now: such a breach is not closed, nor told again afterwards.
    """
    events: list[BreachEvent] = []
    breached = _breached(current)
    for key, finding in breached.items():
        before = told.get(key)
        if before is None:
            events.append(BreachEvent("opened", finding))
        elif finding.level.rank > before.level.rank:
            events.append(BreachEvent("worsened", finding))
        elif finding.level.rank < before.level.rank:
            events.append(BreachEvent("eased", finding))
    gone = (before for key, before in told.items() if key not in breached and key not in unknown)
    return (*events, *(BreachEvent("closed", before) for before in gone))


def told_after(
    told: Mapping[FindingKey, Finding], current: Health, unknown: Set[FindingKey] = frozenset()
) -> dict[FindingKey, Finding]:
    """Return the breaches told of once the events of `diff` (same arguments) are out."""
    return {key: before for key, before in told.items() if key in unknown} | _breached(current)


def _breached(health: Health) -> dict[FindingKey, Finding]:
    return {(one.id, one.resource): one for one in health.findings if one.level.is_breach}
