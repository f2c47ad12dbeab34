"""The read-only door lets reads pass and nothing else."""

from __future__ import annotations

import botocore.session
import pytest

from config.schema import Config
from tests.sources.doubles import endpoint
from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.sources.reads import READS, is_read
from tui.sources.session import AwsSession, StaticKeys


def test_the_read_list_names_operations_that_exist() -> None:
    core = botocore.session.get_session()
    for service, operations in READS.items():
        known = set(core.get_service_model(service).operation_names)
        assert operations <= known, service


@pytest.mark.parametrize(
    ("service", "operation"),
    [("ecs", "UpdateService"), ("ecs", "StopTask"), ("rds", "ModifyDBInstance"), ("logs", "PutLogEvents"),
     ("cloudwatch", "SetAlarmState"), ("cloudwatch", "PutMetricAlarm"), ("unknown", "GetMetricData")],
)  # fmt: skip
def test_writes_are_not_on_the_read_list(service: str, operation: str) -> None:
    assert not is_read(service, operation)


def session(url: str, *, allow_writes: bool = False) -> AwsSession:
    config = Config(region="eu-west-1", endpoint_url=url)
    return AwsSession(config, Clock(), keys=StaticKeys("k", "s"), allow_writes=allow_writes)


def test_a_write_is_refused_before_anything_is_sent() -> None:
    with endpoint() as server:
        aws = session(server.url)
        with pytest.raises(SourceError) as caught:
            aws.call("ecs", "update_service", service="web", desiredCount=0)
        assert caught.value.kind is ErrorKind.ACCESS_DENIED
        assert "UpdateService" in caught.value.summary
        assert server.requests == []
        aws.close()


def test_presigned_writes_are_refused_too() -> None:
    aws = session("http://127.0.0.1:9")
    client = aws.client("rds")
    from tui.sources.guard import WriteRefused

    with pytest.raises(WriteRefused):
        client.generate_presigned_url("delete_db_instance", Params={"DBInstanceIdentifier": "x"})
    aws.close()


def test_writes_pass_where_they_are_allowed() -> None:
    with endpoint() as server:
        aws = session(server.url, allow_writes=True)
        aws.call("ecs", "update_service", service="web", desiredCount=1)
        assert server.requests == ["AmazonEC2ContainerServiceV20141113.UpdateService"]
        aws.close()
