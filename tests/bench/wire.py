"""What the console asks of AWS, counted at the sandbox's gate."""

from __future__ import annotations

import math
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tests.bench import console
from tests.bench.results import Row
from tui.domain.costs import DOLLARS_PER_METRIC, DOLLARS_PER_REQUEST, STATISTICS_PER_METRIC
from tui.sandbox.control import Calls, Control, RecordedCall
from tui.sandbox.launcher import Sandbox

NAME = "wire"
_SPEED = 10.0
_WATCH_S = 60.0
_TICK_S = 5.0
"""Requests of the sandbox's time that lie this close together belong to one tick."""
_EARLY_S = 1.0
"""A tenth of a real second at this speed: threads do not run to the millisecond."""
_PERIOD = 2
_READ_ONLY_OF_ALARMS = {"DescribeAlarms", "DescribeAlarmHistory"}
_SHOWN = re.compile(r"\$([\d.]+)/h")


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: Watch five times as long.
    """
    seconds = _WATCH_S * (5 if long else 1)
    with Sandbox.start("calm", speed=_SPEED) as sandbox:
        control = Control(sandbox.endpoint_url)
        control.reset_calls()
        with console.watch(sandbox) as terminal:
            started = time.perf_counter()
            terminal.wait(console.is_live)
            time.sleep(seconds)
            text, calls = terminal.text(), control.calls()
            elapsed = time.perf_counter() - started
    yield from _rows(calls, text, elapsed)


def _rows(calls: Calls, text: str, elapsed: float) -> Iterator[Row]:
    # The trends read a week by the hour, seldom: that is no tick of the panes.
    asked = [
        call
        for call in calls.recent
        if call.operation == "GetMetricData" and {one.split("|")[2] for one in call.metrics} != {"3600"}
    ]
    ticks = _ticks(asked)
    minutes = elapsed * _SPEED / 60
    note = (
        f"{len(asked)} requests in {minutes:.0f} min of the sandbox's time, {asked[-1].metric_queries} series"
    )
    # The first tick reads the window; the second may follow a balancer found late.
    yield Row(
        "GetMetricData requests per tick", max(map(len, ticks)), 1, "requests", note=note, is_exact=True
    )
    others = {
        name: count
        for name, count in calls.counts.items()
        if name.startswith("cloudwatch:")
        and name.split(":")[1] not in {"GetMetricData", *_READ_ONLY_OF_ALARMS}
    }
    yield Row("other metric calls", sum(others.values()), 0, "calls", note=str(others or ""), is_exact=True)
    early = _early(asked)
    yield Row(
        "metrics asked before their period", len(early), 0, "times", note="; ".join(early[:2]), is_exact=True
    )
    yield _dollars(calls, text, elapsed)


def _ticks(asked: Sequence[RecordedCall]) -> list[list[RecordedCall]]:
    ticks: list[list[RecordedCall]] = []
    for call in asked:
        if ticks and call.at_s - ticks[-1][-1].at_s < _TICK_S:
            ticks[-1].append(call)
        else:
            ticks.append([call])
    return ticks


def _early(asked: Sequence[RecordedCall]) -> list[str]:
    """Return what was asked for again before its period was over."""
    last: dict[str, float] = {}
    early = []
    for call in asked:
        for metric in call.metrics:
            period = float(metric.split("|")[_PERIOD])
            since = call.at_s - last.get(metric, float("-inf"))
            if since < period - _EARLY_S:
                early.append(f"{metric} after {since:.1f} s")
            last[metric] = call.at_s
    return early


def _dollars(calls: Calls, text: str, elapsed: float) -> Row:
    spent = 0.0
    for call in calls.recent:
        if call.service == "cloudwatch":
            spent += _billed(call) * DOLLARS_PER_METRIC if call.metrics else DOLLARS_PER_REQUEST
    counted = spent * 3600 / max(60.0, elapsed)
    found = _SHOWN.search(text)
    if found is None:
        return Row("dollars shown beside counted", None, note="the status line shows none")
    shown = float(found.group(1))
    # The line rounds to two digits; the clocks of both counts started within half a second.
    off = abs(shown - counted) / counted
    note = f"${shown:g}/h shown, ${counted:.4f}/h counted, at {_SPEED:g} times the real pace"
    return Row("dollars shown beside counted", round(100 * off, 1), 5.0, "% off", note=note)


def _billed(call: RecordedCall) -> int:
    """Count metrics as AWS bills them: up to five statistics of one for one."""
    statistics: dict[str, int] = defaultdict(int)
    for metric in call.metrics:
        statistics[metric.rpartition("|")[0]] += 1
    return sum(math.ceil(count / STATISTICS_PER_METRIC) for count in statistics.values())
