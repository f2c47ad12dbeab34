"""The parts of the checks that need no stack: trends, sizes, dashboards, headers of a web server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.checklist import ChecklistItem, load_checklist
from config.schema import ChecklistConfig, Config
from tui.actions.protocol import Context
from tui.domain.cdn import CACHING_DISABLED, CACHING_OPTIMIZED, configuration
from tui.domain.checklist import CheckResult, State
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import Series
from tui.sources.webprobe import ask
from tui.triage.checklist import network
from tui.triage.checklist.ecs import _bigger, _smaller
from tui.triage.checklist.monitoring import drawn_metrics
from tui.triage.checklist.probe import Probe, percentile, unreadable
from tui.triage.checklist.rds import days_to_full, neighbour
from tui.triage.checklist.reads import Reads
from tui.triage.checklist.verify import verify

ITEMS = {one.id: one for one in load_checklist().items}
GIB = float(1024**3)


def series(values: list[float], step: int = 300) -> Series:
    return Series(step, tuple(range(0, step * len(values), step)), tuple(values))


def probe(item: str, **checklist: Any) -> Probe:
    config = Config(checklist=ChecklistConfig(**checklist))
    return Probe(ITEMS[item], Reads(Context(config, cast(Any, None), cast(Any, None))))


# ---------------------------------------------------------------- trends and sizes


def test_days_to_full_follow_the_pace_and_not_one_step() -> None:
    # 1 GiB a day; in the middle somebody freed 5 GiB.
    day = [20 * GIB - GIB * at / 288 for at in range(288)]
    assert days_to_full(series(day)) == pytest.approx(19.0, abs=0.1)
    stepped = [value + (5 * GIB if at > 250 else 0) for at, value in enumerate(day)]
    assert days_to_full(series(stepped)) == pytest.approx(24.0, abs=0.2)


def test_no_days_are_told_where_nothing_fills_or_little_is_known() -> None:
    assert days_to_full(series([GIB] * 288)) is None
    assert days_to_full(series([GIB + at for at in range(288)])) is None
    assert days_to_full(series([GIB - at * 1e6 for at in range(40)])) is None, "three hours"
    assert days_to_full(Series(300)) is None


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=60), st.floats(0, 1))
def test_a_percentile_is_one_of_the_values_and_grows(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert min(values) <= found <= percentile(values, 1.0) == max(values)


@pytest.mark.parametrize(
    ("kind", "bigger", "smaller"),
    [
        ("db.t3.micro", "db.t3.small", None),
        ("db.t3.2xlarge", None, "db.t3.xlarge"),
        ("db.m6g.large", "db.m6g.xlarge", None),
        ("db.serverless", None, None),
    ],
)
def test_the_next_class_is_of_the_same_family(kind: str, bigger: str | None, smaller: str | None) -> None:
    assert (neighbour(kind, 1), neighbour(kind, -1)) == (bigger, smaller)


def test_the_next_task_size_has_more_of_what_is_scarce_and_no_less_of_the_rest() -> None:
    assert _bigger(256, 512, more_cpu=False, more_memory=True) == (256, 1024)
    assert _bigger(256, 512, more_cpu=True, more_memory=False) == (512, 1024)
    assert _bigger(256, 2048, more_cpu=True, more_memory=False) == (512, 2048)
    assert _bigger(16384, 122880, more_cpu=True, more_memory=False) is None
    assert _smaller(1024, 2048, less_cpu=True, less_memory=True) == (512, 1024)
    assert _smaller(256, 512, less_cpu=True, less_memory=True) is None
    assert _smaller(1024, 8192, less_cpu=True, less_memory=False) is None, "512 takes 4 GiB at most"


def test_the_shorthand_of_dashboards_is_understood() -> None:
    metrics = [
        ["AWS/ECS", "CPUUtilization", "ServiceName", "s", "ClusterName", "c", {"stat": "Average"}],
        [".", "MemoryUtilization", ".", ".", ".", "."],
        ["...", "other"],
        [{"expression": "m1 * 2"}],
    ]
    drawn = drawn_metrics({"widgets": [{"type": "text"}, {"properties": {"metrics": metrics}}]})
    assert drawn == {
        ("AWS/ECS", "CPUUtilization", (("ClusterName", "c"), ("ServiceName", "s"))),
        ("AWS/ECS", "MemoryUtilization", (("ClusterName", "c"), ("ServiceName", "s"))),
        ("AWS/ECS", "MemoryUtilization", (("ClusterName", "other"), ("ServiceName", "s"))),
    }
    assert drawn_metrics({}) == frozenset()


# ---------------------------------------------------------------- what is refused


def test_a_missing_grant_is_named() -> None:
    error = SourceError(ErrorKind.ACCESS_DENIED, "PostgreSQL refused: no.", "Grant the role pg_monitor.")
    assert unreadable(error).needs == "Grant the role pg_monitor."
    aws = SourceError(ErrorKind.ACCESS_DENIED, "Refused.", action="rds:DescribeEvents")
    assert unreadable(aws).evidence == "Refused. It needs rds:DescribeEvents."


def test_a_resource_that_does_not_exist_fails_and_an_unreachable_one_is_unknown() -> None:
    gone = unreadable(SourceError(ErrorKind.NOT_FOUND, "There is no DB instance x."), "x")
    assert gone.state is State.FAIL
    assert unreadable(SourceError(ErrorKind.TIMEOUT, "Late."), "x").state is State.UNKNOWN


@pytest.mark.parametrize("state", list(State), ids=str)
async def test_what_is_accepted_does_not_count_and_says_why(state: State) -> None:
    item = ITEMS["cdn"]
    config = Config(checklist=ChecklistConfig(accepted={"cdn": "an internal tool."}))
    context = Context(config, cast(Any, None), cast(Any, None))
    checks = {"cdn": lambda _: CheckResult(state, "No distribution.")}
    (found,) = await verify(context, [item], checks=checks)
    if state is State.PASS:
        assert found.result.evidence == "No distribution."
    else:
        assert found.result.state is State.NOT_APPLICABLE
        assert found.result.evidence == "Accepted: an internal tool. Seen: No distribution."


async def test_evidence_is_one_clean_line_and_told_as_it_comes() -> None:
    release, told = threading.Event(), []

    def slow(_: Probe) -> CheckResult:
        release.wait(30)
        return CheckResult(State.PASS, "b")

    def hostile(_: Probe) -> CheckResult:
        return CheckResult(State.FAIL, "x\x1b[31m\ny [bold]z[/] " + "w" * 5000)

    def keep(one: Any) -> None:
        told.append(one.item.id)
        release.set()

    config = Context(Config(), cast(Any, None), cast(Any, None))
    checks = {"dashboard": slow, "cdn": hostile}
    found = await verify(config, [ITEMS["dashboard"], ITEMS["cdn"]], checks=checks, on_result=keep)
    assert told == ["cdn", "dashboard"]
    assert [one.item.id for one in found] == ["dashboard", "cdn"]
    evidence = found[1].result.evidence
    assert evidence.isprintable()
    assert "[bold]z[/]" in evidence
    assert len(evidence) <= 1200


def test_one_read_serves_all_and_its_failure_too() -> None:
    reads, calls = probe("cdn").reads, []

    def read() -> int:
        calls.append(1)
        raise SourceError(ErrorKind.TIMEOUT, "Late.")

    for _ in range(3):
        with pytest.raises(SourceError):
            reads.once(("x",), read)
    assert len(calls) == 1


# ---------------------------------------------------------------- the web


@dataclass(frozen=True, slots=True)
class Page:
    status: int = 200
    headers: Mapping[str, str] = ()  # type: ignore[assignment]
    body: bytes = b"x" * 5000


@contextmanager
def served(page: Page) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Serve one page on this machine; yield its address and the headers of the requests."""
    asked: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(dict(self.headers))
            self.send_response(page.status)
            for name, value in dict(page.headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/a?token=s3cret", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("page", "state"),
    [
        (Page(headers={"Content-Encoding": "br"}), State.PASS),
        (Page(headers={"Content-Encoding": "gzip"}), State.PASS),
        (Page(), State.FAIL),
        (Page(headers={"Content-Encoding": "identity"}), State.FAIL),
        (Page(body=b"short"), State.UNKNOWN),
        (Page(status=503), State.UNKNOWN),
    ],
    ids=str,
)
def test_compression_is_read_from_the_answer(page: Page, state: State) -> None:
    with served(page) as (url, asked):
        found = network.compression(probe("compression", url=url))
    assert found.state is state, found
    assert asked[0]["Accept-Encoding"] == "gzip, br"
    assert "s3cret" not in found.evidence


@pytest.mark.parametrize(
    ("control", "state"),
    [
        ("public, max-age=31536000, immutable", State.PASS),
        ("max-age=86400", State.PASS),
        ("max-age=86399", State.FAIL),
        ("s-maxage=31536000", State.FAIL),
        ("no-cache, max-age=31536000", State.FAIL),
        ("", State.FAIL),
    ],
)
def test_static_caching_is_read_from_the_answer(control: str, state: State) -> None:
    with served(Page(headers={"Cache-Control": control} if control else {})) as (url, _):
        assert network.static_caching(probe("static-caching", static_url=url)).state is state
    with served(Page(status=404)) as (url, _):
        assert network.static_caching(probe("static-caching", static_url=url)).state is State.UNKNOWN


def test_an_address_that_cannot_be_asked_says_why_without_its_secrets() -> None:
    with served(Page()) as (url, _):
        gone = url
    with pytest.raises(SourceError) as caught:
        ask(gone.replace("127.0.0.1", "user:pw@127.0.0.1"), timeout_s=2.0)
    assert caught.value.kind is ErrorKind.UNREACHABLE
    assert "127.0.0.1" in caught.value.summary
    assert "s3cret" not in caught.value.summary
    assert "pw" not in caught.value.summary
    with pytest.raises(SourceError, match="not an http"):
        ask("file:///etc/passwd")


def test_without_addresses_and_balancers_the_web_items_say_what_to_configure() -> None:
    for item, check in (("compression", network.compression), ("static-caching", network.static_caching)):
        found = check(probe(item))
        assert found.state is State.NOT_APPLICABLE
        assert "Set checklist." in found.evidence


def test_a_behaviour_caches_by_its_policy() -> None:
    ours = configuration("r", "alb", "alb.example", "http-only", "PriceClass_All", ["/static/*"])
    assert [(path, network.is_caching(one)) for path, one in network.behaviors(ours)] == [
        ("/static/*", True),
        ("all others", False),
    ]
    assert network.is_caching({"CachePolicyId": CACHING_OPTIMIZED})
    assert not network.is_caching({"CachePolicyId": CACHING_DISABLED})
    assert network.is_caching({"DefaultTTL": 86400})
    assert not network.is_caching({"DefaultTTL": 0, "MaxTTL": 0})


def test_the_type_of_items_is_what_checks_take() -> None:
    assert all(isinstance(one, ChecklistItem) for one in ITEMS.values())
    assert asyncio.run(verify(Context(Config(), cast(Any, None), cast(Any, None)), [])) == ()
