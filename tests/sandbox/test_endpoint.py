"""The endpoint through unmodified boto3: answers, refusals, the gate, the recorded changes."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.kit import (
    BALANCER,
    CLUSTER,
    DATABASE,
    LOG_GROUP,
    SERVICE,
    balancer_dimension,
    client,
    query,
)
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[Control]:
    steered = Control(sandbox.endpoint_url)
    steered.clear()
    steered.reset_calls()
    yield steered
    steered.clear()


def all_lines(sandbox: Sandbox, start_s: float, end_s: float, pattern: str = "") -> list[dict[str, Any]]:
    pages = (
        client(sandbox, "logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=LOG_GROUP,
            startTime=int(start_s * 1000),
            endTime=int(end_s * 1000) - 1,
            filterPattern=pattern,
        )
    )
    return [event for page in pages for event in page["events"]]


def test_the_example_stack_has_its_names(sandbox: Sandbox) -> None:
    service = client(sandbox, "ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    assert (service["desiredCount"], service["runningCount"], service["status"]) == (2, 2, "ACTIVE")
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"
    instance = client(sandbox, "rds").describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"][0]
    assert (instance["DBInstanceClass"], instance["AllocatedStorage"]) == ("db.t3.micro", 20)
    assert instance["EngineVersion"].startswith("18.")
    assert instance["DBInstanceStatus"] == "available"
    assert client(sandbox, "sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/demo"
    elb = client(sandbox, "elbv2")
    arn = elb.describe_load_balancers(Names=[BALANCER])["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"][0]["TargetGroupArn"]
    health = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert [one["TargetHealth"]["State"] for one in health] == ["healthy", "healthy"]


def test_request_count_equals_the_request_lines(sandbox: Sandbox) -> None:
    balancer = {"LoadBalancer": balancer_dimension(sandbox)}
    counts = query(sandbox, "AWS/ApplicationELB", "RequestCount", balancer, "Sum", minutes=58)
    end = max(counts)
    complete = {at: value for at, value in counts.items() if at < end}
    assert len(complete) > 50
    per_minute = dict.fromkeys(complete, 0)
    for event in all_lines(sandbox, min(complete), end, "request"):
        per_minute[event["timestamp"] // 60000 * 60] += 1
    assert per_minute == {at: int(value) for at, value in complete.items()}


def test_a_day_of_history_without_holes(sandbox: Sandbox) -> None:
    points = query(
        sandbox, "AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": DATABASE}, minutes=24 * 60, period=300
    )
    assert len(points) in (288, 289)
    times = sorted(points)
    assert {later - earlier for earlier, later in itertools.pairwise(times)} == {300}
    calm = [value for at, value in points.items() if at < times[-1] - 3600]
    assert max(calm) < 40 < points[times[-3]]


def test_the_incident_shows_in_response_times(sandbox: Sandbox) -> None:
    balancer = {"LoadBalancer": balancer_dimension(sandbox)}

    def minutes_of(statistic: str) -> dict[int, float]:
        return query(sandbox, "AWS/ApplicationELB", "TargetResponseTime", balancer, statistic, minutes=60)

    average, p95 = minutes_of("Average"), minutes_of("p95")
    times = sorted(average)
    assert average[times[3]] < 0.2
    assert average[times[-2]] > 1.0
    # One stalled request may lift the average of a calm minute above its p95; a tenth of the requests cannot.
    assert p95[times[-2]] > average[times[-2]]


def test_statistics_of_a_minute_are_in_order(sandbox: Sandbox) -> None:
    balancer = {"LoadBalancer": balancer_dimension(sandbox)}
    columns = [
        query(sandbox, "AWS/ApplicationELB", "TargetResponseTime", balancer, statistic, minutes=60)
        for statistic in ("Minimum", "p50", "p95", "Maximum")
    ]
    # Four requests, one after the other: the oldest minute may go and the newest grow between them.
    minutes = sorted(set.intersection(*map(set, columns)))[:-2]
    assert len(minutes) > 50
    for at in minutes:
        rising = [column[at] for column in columns]
        assert rising == sorted(rising)


def test_paging_gives_the_same_points(sandbox: Sandbox) -> None:
    cloudwatch = client(sandbox, "cloudwatch")
    end = dt.datetime.fromtimestamp(sandbox.clock.now() // 60 * 60, tz=dt.UTC)
    metric = {
        "Namespace": "AWS/RDS",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": DATABASE}],
    }
    wanted = [
        {"Id": name, "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}
        for name, stat in (("a", "Average"), ("b", "Maximum"))
    ] + [{"Id": "c", "MetricStat": {"Metric": metric | {"MetricName": "None"}, "Period": 60, "Stat": "Sum"}}]
    times = {"StartTime": end - dt.timedelta(hours=1), "EndTime": end, "ScanBy": "TimestampAscending"}
    whole = cloudwatch.get_metric_data(MetricDataQueries=wanted, **times)["MetricDataResults"]
    paged: dict[str, list[float]] = {}
    pages = 0
    token: dict[str, str] = {}
    while True:
        page = cloudwatch.get_metric_data(MetricDataQueries=wanted, MaxDatapoints=25, **times, **token)
        pages += 1
        for result in page["MetricDataResults"]:
            paged.setdefault(result["Id"], []).extend(result["Values"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert pages == 5
    assert paged == {result["Id"]: result["Values"] for result in whole}
    assert [(result["StatusCode"], len(result["Values"])) for result in whole] == [
        ("Complete", 60), ("Complete", 60), ("Complete", 0)
    ]  # fmt: skip


def test_put_metrics_come_back_and_statistics_agree(sandbox: Sandbox) -> None:
    cloudwatch = client(sandbox, "cloudwatch")
    at = dt.datetime.fromtimestamp(sandbox.clock.now() // 60 * 60 - 600, tz=dt.UTC)
    data = [{"MetricName": "m", "Timestamp": at, "Values": [1.0, 2.0, 10.0], "Counts": [1.0, 1.0, 2.0]}]
    cloudwatch.put_metric_data(Namespace="own", MetricData=data)
    assert query(sandbox, "own", "m", {}, "p50") == {int(at.timestamp()): 2.0}
    points = cloudwatch.get_metric_statistics(
        Namespace="own",
        MetricName="m",
        StartTime=at - dt.timedelta(hours=1),
        EndTime=at + dt.timedelta(hours=1),
        Period=60,
        Statistics=["Average", "Maximum"],
    )["Datapoints"]
    assert [(point["Average"], point["Maximum"]) for point in points] == [(5.75, 10.0)]
    assert [one["MetricName"] for one in cloudwatch.list_metrics(Namespace="own")["Metrics"]] == ["m"]


def test_alarms_follow_the_metrics(sandbox: Sandbox) -> None:
    cloudwatch = client(sandbox, "cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="rds-cpu",
        Namespace="AWS/RDS",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "DBInstanceIdentifier", "Value": DATABASE}],
        Statistic="Average",
        Period=300,
        EvaluationPeriods=1,
        Threshold=40.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule='ALARM("rds-cpu")')
    plain = cloudwatch.describe_alarms(AlarmNames=["rds-cpu", "both"])
    assert [alarm["StateValue"] for alarm in plain["MetricAlarms"]] == ["ALARM"]
    assert plain.get("CompositeAlarms", []) == []
    every = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert [alarm["StateValue"] for alarm in every["CompositeAlarms"]] == ["ALARM"]
    history = cloudwatch.describe_alarm_history(AlarmName="rds-cpu")["AlarmHistoryItems"]
    assert [item["HistoryItemType"] for item in history] == ["StateUpdate", "ConfigurationUpdate"]
    cloudwatch.delete_alarms(AlarmNames=["rds-cpu", "both"])


def test_logs_are_filtered_and_written(sandbox: Sandbox) -> None:
    logs = client(sandbox, "logs")
    logs.create_log_group(logGroupName="/own")
    logs.create_log_stream(logGroupName="/own", logStreamName="s")
    now = int(sandbox.clock.now() * 1000)
    events = [{"timestamp": now - 10 + number, "message": f"word{number} ERROR"} for number in range(5)]
    logs.put_log_events(logGroupName="/own", logStreamName="s", logEvents=events)
    found = logs.filter_log_events(logGroupName="/own", filterPattern="word3")["events"]
    assert [event["message"] for event in found] == ["word3 ERROR"]
    read = logs.get_log_events(logGroupName="/own", logStreamName="s", limit=2)["events"]
    assert [event["message"] for event in read] == ["word3 ERROR", "word4 ERROR"]
    with pytest.raises(ClientError) as caught:
        logs.filter_log_events(logGroupName="/own", filterPattern="{ $.a = ")
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"
    with pytest.raises(ClientError) as caught:
        logs.filter_log_events(logGroupName="/none")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    logs.delete_log_group(logGroupName="/own")


def test_fargate_refuses_sizes_that_do_not_exist(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="No Fargate configuration exists for given values: 300 CPU"):
        client(sandbox, "ecs").register_task_definition(
            family="bad",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="300",
            memory="512",
            containerDefinitions=[{"name": "c", "image": "i", "memory": 512}],
        )


def test_rds_refuses_to_shrink(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError) as caught:
        client(sandbox, "rds").modify_db_instance(
            DBInstanceIdentifier=DATABASE, AllocatedStorage=10, ApplyImmediately=True
        )
    assert caught.value.response["Error"]["Code"] == "InvalidParameterCombination"


def test_changes_are_recorded_and_reads_are_not(sandbox: Sandbox) -> None:
    cloudwatch = client(sandbox, "cloudwatch")
    cloudwatch.describe_alarms()
    cloudwatch.put_dashboard(DashboardName="seen-by-trail", DashboardBody="{}")
    events = client(sandbox, "cloudtrail").lookup_events(MaxResults=50)["Events"]
    mine = next(event for event in events if event["EventName"] == "PutDashboard")
    assert mine["Resources"] == [
        {"ResourceType": "AWS::CloudWatch::Dashboard", "ResourceName": "seen-by-trail"}
    ]
    assert mine["Username"] == "demo"
    assert not any(event["EventName"].startswith("Describe") for event in events)
    assert events == sorted(events, key=lambda event: event["EventTime"], reverse=True)


def test_the_gate_counts_calls_and_metrics(sandbox: Sandbox, control: Control) -> None:
    query(sandbox, "AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": DATABASE})
    client(sandbox, "rds").describe_db_instances()
    calls = control.calls()
    assert calls.counts == {"cloudwatch:GetMetricData": 1, "rds:DescribeDBInstances": 1}
    assert (calls.metric_queries, calls.total) == (1, 2)
    assert [call.operation for call in calls.recent] == ["GetMetricData", "DescribeDBInstances"]
    control.reset_calls()
    assert control.calls().total == 0


@pytest.mark.parametrize(
    ("service", "operation"),
    [("rds", "describe_db_instances"), ("cloudwatch", "describe_alarms"), ("sts", "get_caller_identity")],
)
def test_the_gate_fails_calls_in_every_protocol(
    sandbox: Sandbox, control: Control, service: str, operation: str
) -> None:
    control.fail("AccessDenied", service, message="not for you", times=1, status=403)
    with pytest.raises(ClientError) as caught:
        getattr(client(sandbox, service), operation)()
    assert caught.value.response["Error"] == {"Code": "AccessDenied", "Message": "not for you"} | {
        key: value for key, value in caught.value.response["Error"].items() if key not in ("Code", "Message")
    }
    getattr(client(sandbox, service), operation)()


def test_the_gate_delays_one_service_only(sandbox: Sandbox, control: Control) -> None:
    rule = control.delay(0.4, "rds")
    started = time.monotonic()
    client(sandbox, "sts").get_caller_identity()
    quick = time.monotonic() - started
    rds = client(sandbox, "rds")
    started = time.monotonic()
    rds.describe_db_instances()
    assert time.monotonic() - started >= 0.4
    control.remove(rule)
    assert quick < 5


def test_the_date_header_tells_the_sandbox_time(sandbox: Sandbox) -> None:
    headers = client(sandbox, "sts").get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]
    assert abs(parsedate_to_datetime(headers["date"]).timestamp() - sandbox.clock.now()) < 5


def test_no_maintenance_is_pending(sandbox: Sandbox) -> None:
    assert client(sandbox, "rds").describe_pending_maintenance_actions()["PendingMaintenanceActions"] == []


@pytest.mark.parametrize(
    ("service", "operation"), [("rds", "describe_certificates"), ("cloudwatch", "list_metric_streams")]
)
def test_what_the_sandbox_does_not_have_is_refused_in_a_sentence(
    sandbox: Sandbox, service: str, operation: str
) -> None:
    with pytest.raises(ClientError, match=r"The sandbox has no \w+:\w+\.") as caught:
        getattr(client(sandbox, service), operation)()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_performance_insights_tells_the_load_by_wait_event(sandbox: Sandbox) -> None:
    instance = client(sandbox, "rds").describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"][0]
    assert instance["PerformanceInsightsEnabled"]
    now = sandbox.clock.now()
    asked = {
        "ServiceType": "RDS",
        "Identifier": instance["DbiResourceId"],
        "MetricQueries": [{"Metric": "db.load.avg", "GroupBy": {"Group": "db.wait_event", "Limit": 7}}],
        "StartTime": dt.datetime.fromtimestamp(now - 600, dt.UTC),
        "EndTime": dt.datetime.fromtimestamp(now, dt.UTC),
        "PeriodInSeconds": 60,
    }
    found = client(sandbox, "pi").get_resource_metrics(**asked)["MetricList"]
    whole, *waits = found
    assert "Dimensions" not in whole["Key"]
    assert waits[0]["Key"]["Dimensions"]["db.wait_event.name"] == "CPU"
    newest = {one["Timestamp"]: one["Value"] for one in whole["DataPoints"]}
    for at, total in newest.items():
        parts = [point["Value"] for one in waits for point in one["DataPoints"] if point["Timestamp"] == at]
        assert sum(parts) == pytest.approx(total)
    with pytest.raises(ClientError, match="Invalid identifier"):
        client(sandbox, "pi").get_resource_metrics(**{**asked, "Identifier": "db-NONE"})
