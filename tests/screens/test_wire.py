"""What the console asks AWS for, counted where the requests arrive."""

from __future__ import annotations

import pytest

from tests.screens.kit import QUICK, RARE, runtime_of, seated
from tui.domain.timespans import WINDOWS
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox
from tui.sources.reads import is_read


async def test_one_metrics_request_for_the_panes_one_for_the_trends_and_no_other_metric_call(
    sandbox: Sandbox, gate: Control
) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.live("metrics", "trends", "alarms", "alarm-history", "ecs", "rds", "alb")
        counts = gate.calls().counts
        # One for the panes, one for the trends.
        assert counts["cloudwatch:GetMetricData"] == 2
        cloudwatch = {name for name in counts if name.startswith("cloudwatch:")}
        alarms = {"cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory"}
        assert cloudwatch == {"cloudwatch:GetMetricData"} | alarms
        meter = seat.runtime.hub.meter
        assert meter.calls_per_minute() > 0
        assert meter.dollars_per_hour() > 0


async def test_each_window_asks_once_for_what_it_lacks(sandbox: Sandbox, gate: Control) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.live("metrics", "trends", "ecs", "rds", "alb")
        slot = seat.runtime.hub.scheduler._slots["metrics"]
        seen: set[int] = set()
        for _step in WINDOWS:
            gate.reset_calls()
            await seat.press("w")
            window = seat.board.ui.window
            await seat.until(lambda: not (slot.is_forced or slot.is_running), f"points of {window}")
            # One request, which asks for no more than 500 metrics; none where the points are known.
            asked = [one for one in gate.calls().recent if one.operation == "GetMetricData"]
            assert len(asked) <= 1, window
            assert sum(one.metric_queries for one in asked) <= 500
            periods = {int(metric.split("|")[2]) for one in asked for metric in one.metrics}
            assert periods <= {60, 300, seat.board.period_s}, window
            seen.update(periods)
            assert seat.error("metrics") == ""
            chart = next(view.chart for view in seat.board.views().panes if view.id == "ecs")
            assert chart is not None
            assert chart.end - chart.start == pytest.approx(WINDOWS[window], abs=seat.board.period_s)
            assert f"window {window}" in seat.status or f"  {window}" in seat.status
        assert len(seen) > 3


async def test_pausing_asks_nothing_and_resuming_goes_on(sandbox: Sandbox, gate: Control) -> None:
    async with seated(runtime_of(sandbox, cadences=QUICK, database_url=None)) as seat:
        await seat.live()
        await seat.press("p")
        slots = seat.runtime.hub.scheduler._slots.values()
        await seat.until(lambda: not any(one.is_running for one in slots), "calls under way end")
        gate.reset_calls()
        for _ in range(8):
            await seat.pilot.pause(QUICK.ecs / 2)
        assert gate.calls().counts == {}
        # Asking by hand is still possible.
        await seat.press("r")
        await seat.until(lambda: "ecs:DescribeServices" in gate.calls().counts, "r asks while paused")
        await seat.press("p")
        gate.reset_calls()
        await seat.until(lambda: gate.calls().counts.get("ecs:DescribeServices", 0) > 1, "it goes on")


async def test_every_call_of_the_console_is_on_the_read_list(sandbox: Sandbox, gate: Control) -> None:
    async with seated(runtime_of(sandbox, cadences=QUICK)) as seat:
        await seat.live()
        await seat.live("alarms", "changes", "postgres")
        await seat.press("w", "r", "3")
        seat.app._split()
        seat.app._compare("yesterday")
        await seat.until(lambda: seat.board.ui.comparison is not None, "the comparison comes")
        calls = gate.calls()
        assert len(calls.counts) >= 9
        for name in calls.counts:
            service, _, operation = name.partition(":")
            assert is_read(service, operation), name
