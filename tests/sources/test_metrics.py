"""One aligned GetMetricData a tick: what is asked when, what is merged, what is billed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from config.schema import MetricSpec
from tests.sources.doubles import FakeAws, throttled
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import MetricTarget, SeriesKey
from tui.sources.errors import translate
from tui.sources.metricdata import MAX_DIVISIONS, MAX_QUERIES, plan, rounds
from tui.sources.metrics import REFUSED_S, MetricsSource

NOW = 1_800_000_030.0
"""Half a minute into a minute (and into an hour)."""


def spec(name: str, **more: Any) -> MetricSpec:
    given: dict[str, Any] = {
        "id": name, "title": name, "unit": "percent", "namespace": "AWS/ECS", "name": name.upper(),
        "statistic": "Average", "resource": "service", **more,
    }  # fmt: skip
    return MetricSpec.model_construct(**given)


CPU = spec("cpu", peak="Maximum")
TIME = spec("time", scale=1000.0, resource="load_balancer", split=True)
CREDITS = spec("credits", resource="database", only="burstable", period=300.0)
WEB = MetricTarget("service", "web", (("ClusterName", "c"), ("ServiceName", "web")))
ALB = MetricTarget(
    "load_balancer", "alb", (("LoadBalancer", "app/alb/1"),), parts=(("tg", "targetgroup/tg/1"),)
)
DB = MetricTarget("database", "db", (("DBInstanceIdentifier", "db"),), frozenset({"burstable"}))


class CloudWatch:
    """Answers GetMetricData with one point a period whose value is its time / 1e9, unless told otherwise."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.status: dict[str, str] = {}
        self.values: dict[int, float] = {}
        self.page_size = 10_000
        self.refused: set[str] = set()
        self.code, self.http = "ValidationError", 400

    def refusal(self) -> SourceError:
        """Return what the session makes of a refusal of the whole request."""
        response = {
            "Error": {"Code": self.code, "Message": "The value p for parameter Stat is not supported."},
            "ResponseMetadata": {"HTTPStatusCode": self.http},
        }
        cause = ClientError(response, "GetMetricData")
        error = translate(cause, service="cloudwatch", operation="GetMetricData")
        error.__cause__ = cause
        return error

    def __call__(self, **asked: Any) -> dict[str, Any]:
        self.requests.append(asked)
        statistics = {query["MetricStat"]["Stat"] for query in asked["MetricDataQueries"]}
        if statistics & self.refused:
            raise self.refusal()
        start, end = asked["StartTime"].timestamp(), asked["EndTime"].timestamp()
        offset = int(asked.get("NextToken", 0))
        results, more = [], False
        for query in asked["MetricDataQueries"]:
            stat = query["MetricStat"]
            status = self.status.get(stat["Metric"]["MetricName"], "Complete")
            times = (
                list(range(int(start), int(end), stat["Period"]))
                if status in ("Complete", "PartialData")
                else []
            )
            shown = times[offset : offset + self.page_size]
            more = more or len(times) > offset + self.page_size
            results.append({
                "Id": query["Id"], "StatusCode": status,
                "Timestamps": [datetime.fromtimestamp(at, UTC) for at in shown],
                "Values": [self.values.get(at, at / 1e9) for at in shown],
            })  # fmt: skip
        return {"MetricDataResults": results, **({"NextToken": str(offset + self.page_size)} if more else {})}

    @property
    def last(self) -> dict[str, Any]:
        return self.requests[-1]

    def span(self) -> tuple[float, float]:
        return self.last["StartTime"].timestamp(), self.last["EndTime"].timestamp()


def make(*specs: MetricSpec) -> tuple[CloudWatch, MetricsSource]:
    server = CloudWatch()
    return server, MetricsSource(FakeAws({"get_metric_data": server}), specs)


def key(
    metric: str, resource: str, statistic: str = "Average", period: int = 60, part: str = ""
) -> SeriesKey:
    return SeriesKey(metric, resource, statistic, period, part)


def test_one_request_asks_for_all_metrics_of_all_resources() -> None:
    server, source = make(CPU, TIME, CREDITS)
    snapshot = source.fetch((WEB, ALB, DB), 3600, 60, False, NOW)
    assert len(server.requests) == 1
    assert set(snapshot.series) == {
        key("cpu", "web"), key("cpu", "web", "Maximum"), key("time", "alb"), key("credits", "db", period=300),
    }  # fmt: skip
    assert server.last["ScanBy"] == "TimestampAscending"
    assert all("Expression" not in query for query in server.last["MetricDataQueries"])
    start, end = server.span()
    assert start % 300 == 0
    assert end == 1_800_000_060
    assert start <= end - 3600
    assert (snapshot.requests, snapshot.metrics_requested) == (1, 3)


def test_values_are_scaled_and_times_are_starts_of_buckets() -> None:
    _, source = make(TIME)
    series = source.fetch((ALB,), 900, 60, False, NOW).series[key("time", "alb")]
    assert series.times[-1] == 1_800_000_000
    assert series.values[-1] == pytest.approx(1800.0)
    assert len(series) >= 60, "an hour is kept however short the window"


def test_a_condition_that_does_not_hold_asks_for_nothing() -> None:
    server, source = make(CREDITS)
    plain = MetricTarget("database", "db", DB.dimensions)
    assert source.fetch((plain,), 3600, 60, False, NOW).series == {}
    assert server.requests == []


def test_a_metric_is_not_asked_for_more_often_than_its_period() -> None:
    server, source = make(CPU, CREDITS)
    first = source.fetch((WEB, DB), 3600, 60, False, NOW)
    assert source.fetch((WEB, DB), 3600, 60, False, NOW + 30) is first
    assert len(server.requests) == 1
    source.fetch((WEB, DB), 3600, 60, False, NOW + 60)
    assert [query["MetricStat"]["Metric"]["MetricName"] for query in server.last["MetricDataQueries"]] == [
        "CPU"
    ] * 2
    source.fetch((WEB, DB), 3600, 60, False, NOW + 300)
    assert len(server.last["MetricDataQueries"]) == 3


def test_after_the_first_window_only_the_tail_is_read_and_late_points_overwrite() -> None:
    server, source = make(CPU)
    source.fetch((WEB,), 3600, 60, False, NOW)
    server.values[1_799_999_880] = 99.0
    snapshot = source.fetch((WEB,), 3600, 60, False, NOW + 61)
    start, end = server.span()
    assert (start, end) == (1_800_000_060 - 300, 1_800_000_120)
    series = snapshot.series[key("cpu", "web")]
    assert series.values[series.times.index(1_799_999_880)] == 99.0
    assert series.times[-1] == 1_800_000_060
    assert len(series) == len(set(series.times))
    assert series.times[0] >= NOW - 3600 - 180, "old points go"


def test_a_gap_in_watching_is_filled() -> None:
    server, source = make(CPU)
    source.fetch((WEB,), 3600, 60, False, NOW)
    series = source.fetch((WEB,), 3600, 60, False, NOW + 1800).series[key("cpu", "web")]
    assert server.span()[0] == 1_800_000_060 - 300
    assert all(after - before == 60 for before, after in zip(series.times, series.times[1:], strict=False))


def test_a_longer_window_adds_series_and_asks_for_nothing_else() -> None:
    server, source = make(CPU)
    source.fetch((WEB,), 3600, 60, False, NOW)
    snapshot = source.fetch((WEB,), 86_400, 600, False, NOW + 5)
    assert {query["MetricStat"]["Period"] for query in server.last["MetricDataQueries"]} == {600}
    assert len(snapshot.series[key("cpu", "web", period=600)]) == 144
    assert len(snapshot.series[key("cpu", "web")]) >= 60
    source.fetch((WEB,), 86_400, 600, False, NOW + 65)
    assert {query["MetricStat"]["Period"] for query in server.last["MetricDataQueries"]} == {60}
    back = source.fetch((WEB,), 3600, 60, False, NOW + 70)
    assert len(server.requests) == 3
    assert set(back.series) == {key("cpu", "web"), key("cpu", "web", "Maximum")}


def test_a_longer_window_of_the_same_period_is_read_from_its_start() -> None:
    server, source = make(CPU)
    source.fetch((WEB,), 900, 60, False, NOW)
    source.fetch((WEB,), 3600, 60, False, NOW + 1)
    assert len(server.requests) == 1, "an hour was held already"
    series = source.fetch((WEB,), 10_800, 60, False, NOW + 2).series[key("cpu", "web")]
    assert len(server.requests) == 2
    assert len(series) >= 180


def test_ranges_share_a_request_while_their_points_fit() -> None:
    server, source = make(CPU)
    source.fetch((WEB,), 86_400, 300, False, NOW)
    assert len(server.requests) == 1
    many = [MetricTarget("service", f"s{number}", (("ServiceName", str(number)),)) for number in range(40)]
    server, source = make(CPU)
    source.fetch(many, 7 * 86_400, 3600, False, NOW)
    assert len(server.requests) == 2


def test_figures_are_split_by_target_group_on_demand() -> None:
    server, source = make(TIME)
    source.fetch((ALB,), 3600, 60, False, NOW)
    snapshot = source.fetch((ALB,), 3600, 60, True, NOW + 1)
    assert key("time", "alb", part="tg") in snapshot.series
    (query,) = server.last["MetricDataQueries"]
    assert query["MetricStat"]["Metric"]["Dimensions"] == [
        {"Name": "LoadBalancer", "Value": "app/alb/1"}, {"Name": "TargetGroup", "Value": "targetgroup/tg/1"},
    ]  # fmt: skip
    assert key("time", "alb", part="tg") not in source.fetch((ALB,), 3600, 60, False, NOW + 2).series


def test_pages_are_joined_and_billed() -> None:
    server, source = make(CPU)
    server.page_size = 25
    snapshot = source.fetch((WEB,), 3600, 60, False, NOW)
    assert len(server.requests) == 3
    series = snapshot.series[key("cpu", "web")]
    assert len(series) >= 60
    assert series.times == tuple(sorted(series.times))
    assert (snapshot.requests, snapshot.metrics_requested) == (3, 3)
    assert snapshot.notes == {}


@pytest.mark.parametrize(
    ("status", "words"), [("InternalError", "asked again"), ("PartialData", "asked again")]
)
def test_a_series_that_fails_is_noted_and_asked_from_its_start_at_the_next_tick(
    status: str, words: str
) -> None:
    server, source = make(CPU, spec("mem"))
    server.status["MEM"] = status
    first = source.fetch((WEB,), 3600, 60, False, NOW)
    assert words in first.notes[key("mem", "web")]
    assert key("cpu", "web") not in first.notes
    source.fetch((WEB,), 3600, 60, False, NOW + 10)
    assert len(server.requests) == 1, "not in haste"
    server.status.clear()
    second = source.fetch((WEB,), 3600, 60, False, NOW + 60)
    assert second.notes == {}
    assert len(second.series[key("mem", "web")]) >= 60


def test_a_forbidden_series_says_which_permission_is_missing() -> None:
    server, source = make(CPU)
    server.status["CPU"] = "Forbidden"
    snapshot = source.fetch((WEB,), 3600, 60, False, NOW)
    assert "cloudwatch:GetMetricData" in snapshot.notes[key("cpu", "web")]
    assert len(snapshot.series[key("cpu", "web")]) == 0


def test_a_failed_request_loses_nothing() -> None:
    server = CloudWatch()
    aws = FakeAws({"get_metric_data": server})
    source = MetricsSource(aws, (CPU,))
    before = source.fetch((WEB,), 3600, 60, False, NOW)
    aws.replies["get_metric_data"] = throttled()
    with pytest.raises(SourceError):
        source.fetch((WEB,), 3600, 60, False, NOW + 61)
    aws.replies["get_metric_data"] = server
    after = source.fetch((WEB,), 3600, 60, False, NOW + 62)
    assert set(before.series[key("cpu", "web")].times[10:]) <= set(after.series[key("cpu", "web")].times)


@pytest.mark.parametrize(("code", "http"), [("ValidationError", 400), ("InternalFailure", 500)])
def test_a_metric_that_is_refused_blanks_no_other_and_is_left_alone_for_a_while(code: str, http: int) -> None:
    server, source = make(CPU, spec("slow", statistic="p95"), spec("odd", statistic="p101"))
    server.refused, server.code, server.http = {"p101"}, code, http
    snapshot = source.fetch((WEB,), 3600, 60, False, NOW)
    assert {one.metric for one, series in snapshot.series.items() if len(series)} == {"cpu", "slow"}
    assert "GetMetricData" in snapshot.notes[key("odd", "web", "p101")]
    assert len(server.requests) == 5  # all; the plain ones; both percentiles; each of them

    source.fetch((WEB,), 3600, 60, False, NOW + 60)
    assert len(server.requests) == 6
    assert {query["MetricStat"]["Stat"] for query in server.last["MetricDataQueries"]} == {
        "Average", "Maximum", "p95",
    }  # fmt: skip

    server.refused = set()
    healed = source.fetch((WEB,), 3600, 60, False, NOW + REFUSED_S)
    assert len(healed.series[key("odd", "web", "p101")]) > 0
    assert not healed.notes


def test_a_service_that_refuses_everything_is_told_once_with_a_bounded_number_of_requests() -> None:
    server, source = make(*(spec(f"m{index}", statistic="p101") for index in range(100)))
    server.refused = {"p101"}
    with pytest.raises(SourceError, match="GetMetricData"):
        source.fetch((WEB,), 3600, 60, False, NOW)
    assert len(server.requests) == 1 + MAX_DIVISIONS


def test_a_lost_connection_is_not_divided() -> None:
    aws = FakeAws({"get_metric_data": SourceError(ErrorKind.UNREACHABLE, "Cannot reach CloudWatch.")})
    with pytest.raises(SourceError):
        MetricsSource(aws, (CPU,)).fetch((WEB,), 3600, 60, False, NOW)
    assert aws.count("get_metric_data") == 1


def test_an_empty_metric_is_an_empty_series_and_no_failure() -> None:
    source = MetricsSource(FakeAws({"get_metric_data": lambda **asked: {"MetricDataResults": [
        {"Id": query["Id"], "StatusCode": "Complete", "Timestamps": [], "Values": []}
        for query in asked["MetricDataQueries"]]}}), (CPU,))  # fmt: skip
    snapshot = source.fetch((WEB,), 3600, 60, False, NOW)
    assert len(snapshot.series[key("cpu", "web")]) == 0
    assert snapshot.notes == {}


def test_times_that_are_not_aligned_are_moved_to_the_start_of_their_bucket() -> None:
    def answer(**asked: Any) -> dict[str, Any]:
        times = [datetime.fromtimestamp(at, UTC) for at in (1_799_999_884, 1_799_999_947)]
        (query,) = asked["MetricDataQueries"]
        return {"MetricDataResults": [{"Id": query["Id"], "Timestamps": times, "Values": [1.0, 2.0]}]}

    source = MetricsSource(FakeAws({"get_metric_data": answer}), (spec("mem"),))
    series = source.fetch((WEB,), 3600, 60, False, NOW).series[key("mem", "web")]
    assert series.times == (1_799_999_880, 1_799_999_940)


def test_earlier_days_are_asked_for_once_and_keep_their_times() -> None:
    server, source = make(CPU)
    snapshot = source.compare((WEB,), 3600, 60, 86_400, False, NOW)
    series = snapshot.series[key("cpu", "web")]
    assert set(snapshot.series) == {key("cpu", "web")}, "only what is judged"
    assert series.times[-1] == 1_800_000_000 - 86_400
    assert len(series) == 60
    for later in range(60, 900, 60):
        source.compare((WEB,), 3600, 60, 86_400, False, NOW + later)
    assert len(server.requests) == 1
    source.compare((WEB,), 3600, 60, 7 * 86_400, False, NOW)
    assert len(server.requests) == 2


def test_more_than_five_hundred_queries_go_in_several_requests() -> None:
    many = [MetricTarget("service", f"s{number}", (("ServiceName", str(number)),)) for number in range(300)]
    server, source = make(CPU)
    snapshot = source.fetch(many, 900, 60, False, NOW)
    assert [len(request["MetricDataQueries"]) for request in server.requests] == [MAX_QUERIES, 100]
    assert len(snapshot.series) == 600


@given(
    period=st.sampled_from([60, 300, 3600]),
    starts=st.lists(st.integers(0, 700_000), min_size=1, max_size=40),
)
def test_rounds_ask_for_every_query_once_and_early_enough(period: int, starts: list[int]) -> None:
    targets = [MetricTarget("service", str(number), ()) for number in range(len(starts))]
    queries = [
        query for query in plan((spec("cpu"),), targets, period, split=False) if query.key.period_s == period
    ]
    asked = list(zip(queries, starts, strict=True))
    got = [(query, start) for group, start in rounds(asked, 700_000) for query in group]
    assert sorted(query.key for query, _ in got) == sorted(query.key for query in queries)
    wanted = dict(asked)
    assert all(start <= wanted[query] for query, start in got)
