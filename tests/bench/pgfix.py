"""The slow-query incident, ended by what the console proposes: advice, action, effect, the breach closed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from config.levels import Level, Threshold
from tests.actions.sandboxkit import Bench, bench_of
from tests.bench.results import Row
from tests.sandbox import kit
from tui.actions.pg_common import quoted, shown_name
from tui.domain.judge import replay
from tui.domain.pgadvice.candidates import Candidate
from tui.domain.plan import Status
from tui.domain.snapshots import Series
from tui.pgadvice import advise
from tui.sandbox.launcher import Sandbox
from tui.sources.pgdoor import PostgresDoor
from tui.sources.postgres import StatementsSource, TablesSource

NAME = "pgfix"
_SPEED = 20.0
"""The sandbox's seconds a real one; what statements take is real at any speed."""
_PERIOD_S = 60
_EXPECTED = frozenset({("pjt_bas", "cust_cd"), ("mbr_bas", "mbr_uuid"), ("dp_bas", "pjt_id")})
_MEAN_SHARE = 0.1
_PERIODS = 3.0
_LEAST_CALLS = 100
_LATE_S = 60.0
_TARGET = "prod-llmops-postgres"


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: Makes no difference.
    """
    with (
        Sandbox.start("slow-query", speed=_SPEED) as sandbox,
        tempfile.TemporaryDirectory(prefix="cwtop-bench-") as folder,
        bench_of(sandbox, Path(folder)) as bench,
    ):
        if bench.door.context.pg is None:
            yield Row("the incident", None, note="PostgreSQL did not start")
            return
        yield from _incident(bench)


def _incident(bench: Bench) -> Iterator[Row]:
    rows = min(one.rows for one in TablesSource(_pg(bench), bench.sandbox.clock).fetch().tables)
    kit.wait_until(lambda: _calls(bench) > _LEAST_CALLS, _LATE_S)
    proposed = _proposed(bench)
    named = [(one.table.name, one.names[0]) for one in proposed]
    right = sum(one in _EXPECTED for one in named[: len(_EXPECTED)])
    told = "; ".join(f"{table}({column})" for table, column in named)
    yield Row(
        "missing indexes proposed first", right, 3.0, note=f"{told}; {rows:,} rows a table", is_exact=True
    )
    yield Row("proposed for nothing", len(set(named) - _EXPECTED), 0.0, is_exact=True)
    opened = _level(bench, None)
    yield Row("ALB response time before", _latest(bench), None, "ms", note=str(opened and opened.value))
    yield from _first(bench, proposed[0])
    for one in proposed[1:]:
        _create(bench, one)
    yield _closing(bench)


def _pg(bench: Bench) -> PostgresDoor:
    door = bench.door.context.pg
    if door is None:
        raise RuntimeError("PostgreSQL did not start")
    return door


def _calls(bench: Bench) -> int:
    found = StatementsSource(_pg(bench), bench.sandbox.clock).fetch().statements
    return sum(one.calls for one in found)


def _proposed(bench: Bench) -> tuple[Candidate, ...]:
    clock = bench.sandbox.clock
    statements = StatementsSource(_pg(bench), clock).fetch()
    return advise(_pg(bench), statements, TablesSource(_pg(bench), clock).fetch()).missing


def _first(bench: Bench, one: Candidate) -> Iterator[Row]:
    """Create the index that is proposed first; yield what it brought to the statements that it serves."""
    calls, total = _counters(bench, one)
    before = total / calls
    outcome = _create(bench, one)
    calls, total = _counters(bench, one)

    def calls_since() -> int:
        return _counters(bench, one)[0] - calls

    kit.wait_until(lambda: calls_since() >= _LEAST_CALLS, _LATE_S)
    calls_now, total_now = _counters(bench, one)
    since = (total_now - total) / (calls_now - calls)
    note = f"{before:.2f} ms before, {since:.3f} ms in {calls_now - calls} calls since; {outcome}"
    yield Row(
        f"mean time with {one.table.name}({one.names[0]}), share", since / before, _MEAN_SHARE, note=note
    )


def _counters(bench: Bench, one: Candidate) -> tuple[int, float]:
    found = StatementsSource(_pg(bench), bench.sandbox.clock).fetch().statements
    served = [each for each in found if each.key[0] in one.serves]
    return sum(each.calls for each in served), sum(each.total_ms for each in served)


def _create(bench: Bench, one: Candidate) -> str:
    columns = ", ".join(f"{quoted(name)} DESC" if down else quoted(name) for name, down in one.columns)
    outcome = bench.applied("db-create-index", _TARGET, table=shown_name(one.table), columns=columns)
    if outcome.status is not Status.DONE:
        raise RuntimeError(f"the index was not created: {outcome.text}")
    return outcome.text


def _closing(bench: Bench) -> Row:
    """Wait for the complete periods after the last build; tell in which the breach closed."""
    clock = bench.sandbox.clock
    first = (int(clock.now()) // _PERIOD_S + 1) * _PERIOD_S
    closed, number = None, 0
    deadline = time.monotonic() + _LATE_S
    while closed is None and time.monotonic() < deadline:
        end = first + number * _PERIOD_S + _PERIOD_S
        if clock.now() < end + _PERIOD_S / 2:
            time.sleep(0.2)
            continue
        number += 1
        level = _level(bench, end)
        closed = number if level is not None and not level.is_breach else None
    note = f"{_latest(bench):.0f} ms then; closes at 3 of 3 points within the limit"
    return Row(
        "complete periods until the breach of the ALB's response time closed", closed, _PERIODS, note=note
    )


def _points(bench: Bench) -> dict[int, float]:
    balancer = {"LoadBalancer": kit.balancer_dimension(bench.sandbox)}
    found = kit.query(bench.sandbox, "AWS/ApplicationELB", "TargetResponseTime", balancer, minutes=40)
    return {at: 1000 * value for at, value in sorted(found.items())}


def _latest(bench: Bench) -> float:
    complete = [value for at, value in _points(bench).items() if at + _PERIOD_S <= bench.sandbox.clock.now()]
    return complete[-1] if complete else float("nan")


def _level(bench: Bench, until: int | None) -> Level | None:
    """Return the level of the response time as the console judges it, of periods that ended by a moment."""
    config = bench.door.context.config
    end = bench.sandbox.clock.now() if until is None else until
    found = {at: value for at, value in _points(bench).items() if at + _PERIOD_S <= end}
    series = Series(_PERIOD_S, tuple(found), tuple(found.values()))
    limits = config.thresholds["alb.response_time"]
    threshold = Threshold(limits.warning, limits.critical, limits.goal)
    return replay(series, threshold, config.judgement)[0] if found else None
