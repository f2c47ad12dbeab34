"""Every scenario with trouble: found, explained, fixed by the runbook's action, closed, and on the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pytest

from tests.gamedays.kit import MOST_KEYS, watching
from tui.domain.plan import Plan
from tui.triage.material import CauseKind


@dataclass(frozen=True, slots=True)
class GameDay:
    """What is expected of a scenario.

    Attributes:
        symptom: The metric whose breach is found and closes.
        causes: Kinds of cause of which one leads.
        planted: What the leading cause begins with, a part of its title; "" for nothing.
        action: The action that fixes it.
        title: Parts of the plan's title as the form is preset.
        sign: A part of a reason that must be told.
        keys: Key presses that may be needed besides the name.
    """

    symptom: str
    causes: tuple[CauseKind, ...]
    planted: str
    action: str
    title: tuple[str, ...] = field(default=())
    sign: str = ""
    keys: int = MOST_KEYS


DAYS: Final = {
    "slow-query": GameDay(
        "alb.response_time",
        (CauseKind.DATABASE,),
        "RunTask",
        "db-create-index",
        ("pjt_bas", "cust_cd"),
        "no index on public.pjt_bas (cust_cd)",
    ),
    "memory-leak": GameDay(
        "ecs.memory", (CauseKind.MEMORY_LEAK,), "Deployment", "ecs-rollback", ("prod-llmops-app:",)
    ),
    "traffic-spike": GameDay(
        "ecs.cpu", (CauseKind.TRAFFIC,), "", "ecs-desired-count", ("Run 4 tasks",), "the tasks"
    ),
    "bad-deploy": GameDay(
        "alb.error_rate", (CauseKind.DEPLOYMENT,), "Deployment", "ecs-rollback", ("prod-llmops-app:",)
    ),
    "storage-filling": GameDay(
        "rds.free_storage_percent",
        (CauseKind.STORAGE,),
        "Deployment",
        "rds-storage",
        ("30 GiB",),
        "used up in",
    ),
    "connection-leak": GameDay(
        "rds.connections",
        (CauseKind.CONNECTIONS,),
        "RunTask",
        "db-terminate",
        ("llmops-reindex",),
    ),
}


def _revisions(plan: Plan) -> tuple[str, str]:
    changed = next(one for one in plan.changes if one.field == "taskDefinition")
    return changed.before, changed.after


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.xdist_group(f"gameday-{one}")) for one in DAYS]
)
async def test_an_incident_is_found_explained_fixed_and_recorded(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    day = DAYS[name]
    async with watching(name) as watch:
        breach = await watch.breached(day.symptom)
        found = await watch.explain()
        assert found.finding.level is breach.level, "the worst breach is explained"
        assert found.causes, found.nothing
        cause = found.causes[0]
        assert cause.kind in day.causes, [one.title for one in found.causes]
        if day.planted:
            assert cause.change is not None
            assert day.planted in cause.change.title
        if day.sign:
            assert any(day.sign in one.sentence for one in cause.signs), [one.sentence for one in cause.signs]
        plan = await watch.step(day.action)
        assert not plan.is_blocked, plan.reasons
        assert all(part in plan.title for part in day.title), plan.title
        if day.action == "ecs-rollback":
            before, after = (int(one.rsplit(":", 1)[1]) for one in _revisions(plan))
            assert after == before - 1, "the revision before the planted one is preset"
        await watch.apply()
        record_property("keys", f"{len(watch.keys)}: {' '.join(watch.keys)}")
        assert len(watch.keys) <= day.keys, watch.keys
        await watch.leave()
        await watch.closed(day.symptom)
        text, data = await watch.record()
        assert f"{breach.resource}: " in text
        assert plan.title in text
        # The figure in it may be that of a moment before.
        assert cause.title.split(" ×")[0] in text, "the record says why"
        assert "closed" in text.split("## Whether it helped")[1]
        assert data["schema"] == 1
