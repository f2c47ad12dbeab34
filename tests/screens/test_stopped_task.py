"""From a task that has stopped to what it said last, by one key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.kit import CLUSTER, LOG_GROUP, SERVICE, client
from tests.screens.kit import QUICK, Seat, runtime_of, seated
from tests.screens.logchecks import shown
from tui.sandbox.launcher import Sandbox
from widgets.picker import PickerDialog


@pytest.fixture
def fast() -> Iterator[Sandbox]:
    with Sandbox.start("calm", speed=10.0) as running:
        yield running


async def test_one_key_leads_from_a_stopped_task_to_its_log(fast: Sandbox) -> None:
    ecs = client(fast, "ecs")
    arn = ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"][0]
    task = arn.split("/")[-1]
    async with seated(runtime_of(fast, cadences=QUICK)) as seat:
        await seat.live("ecs", "logs")
        ecs.stop_task(cluster=CLUSTER, task=arn, reason="looked into")
        await seat.until(lambda: task in _stopped(seat), "it is listed as stopped")
        await seat.press("t")
        await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "the stopped tasks are offered")
        assert task[:8] in seat.text()
        await seat.press("enter")
        await seat.until(lambda: f"stopped task {task[:8]}" in seat.text(), "its log is read")
        await seat.until(lambda: "process exits" in seat.text(), "its last line is shown")
        events = [seat.board.hub.lines.event(line.time_ms, line.key) for line in shown(seat)]
        places = {(event.group, event.stream) for event in events if event is not None}
        assert places == {(LOG_GROUP, f"ecs/llmops-app/{task}")}
        await seat.press("escape", "escape")
        await seat.until(lambda: seat.board.logs.detour is None, "live again")


def _stopped(seat: Seat) -> set[str]:
    snapshot = seat.board.hub.store.snapshot("ecs")
    return {one.id for service in snapshot.services for one in service.stopped}
