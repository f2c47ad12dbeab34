"""The session: identity, Region, endpoint, isolation, renewal, and what it tells clock and meter."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from config.schema import Config
from tests.sources.doubles import IDENTITY_XML, Endpoint, FakeClock, endpoint
from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.sources.calls import correct
from tui.sources.session import ATTEMPTS, SERVICES, AwsSession, StaticKeys

KEYS = StaticKeys("AKIDEXAMPLE", "secret")


class Calls:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str, Mapping[str, Any]]] = []

    def record(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        self.seen.append((service, operation, params))


@pytest.fixture
def server() -> Any:
    with endpoint() as running:
        yield running


def make(server: Endpoint, clock: Clock | None = None, meter: Calls | None = None, **more: Any) -> AwsSession:
    config = Config(region="ap-northeast-2", endpoint_url=server.url, **more)
    return AwsSession(config, clock or Clock(), meter, keys=KEYS)


def test_identity_tells_who_and_where(server: Endpoint) -> None:
    server.answers = [(200, IDENTITY_XML)]
    aws = make(server, account="999999999999")
    identity = aws.identity()
    assert (identity.account, identity.region) == ("123456789012", "ap-northeast-2")
    assert identity.arn == "arn:aws:iam::123456789012:user/mina"
    assert identity.endpoint_url == server.url
    assert identity.is_wrong_account
    aws.close()


def test_every_attempt_is_metered_with_its_parameters(server: Endpoint) -> None:
    server.answers = [(500, {"__type": "ServerException"}), (200, {"services": []})]
    meter = Calls()
    aws = make(server, meter=meter)
    aws.call("ecs", "describe_services", services=["web"])
    assert [(service, operation) for service, operation, _ in meter.seen] == [("ecs", "DescribeServices")] * 2
    assert meter.seen[0][2] == {"services": ["web"]}
    assert len(server.requests) == 2
    aws.close()


def test_calls_that_are_refused_or_cannot_be_signed_are_not_metered() -> None:
    meter = Calls()
    aws = AwsSession(Config(region="eu-west-1", endpoint_url="http://127.0.0.1:9"), Clock(), meter)
    with pytest.raises(SourceError) as caught:
        aws.identity()
    assert caught.value.kind is ErrorKind.EXPIRED_CREDENTIALS
    assert meter.seen == []
    aws.close()


def test_the_clock_follows_the_endpoints_date(server: Endpoint) -> None:
    clock = Clock()
    server.date_s = clock.now() + 3600
    aws = make(server, clock)
    aws.call("ecs", "describe_services", services=["web"])
    assert aws.skew_s == pytest.approx(3600, abs=3)
    aws.close()


def test_a_clock_that_is_right_is_left_alone(server: Endpoint) -> None:
    clock = Clock()
    aws = make(server, clock)
    for _ in range(5):
        aws.call("ecs", "describe_services", services=["web"])
    assert aws.skew_s == 0.0
    aws.close()


@pytest.mark.parametrize(
    ("now", "elapsed", "shown"),
    [(100.0, 0.0, 100.0), (101.9, 0.0, 101.9), (99.0, 0.0, 99.0), (107.0, 6.0, 107.0),
     (98.0, 0.0, 100.5), (103.0, 0.0, 100.5), (110.0, 6.0, 100.5)],
)  # fmt: skip
def test_a_clock_is_corrected_only_where_it_must_be_wrong(now: float, elapsed: float, shown: float) -> None:
    clock = Clock(rate=0.0, epoch_s=now)
    correct(clock, 100.0, elapsed)
    assert clock.now() == shown


def test_given_keys_shut_out_profiles_and_environment(
    server: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "config"
    path.write_text(
        "[default]\nregion = us-east-1\naws_access_key_id = PRODUCTION\naws_secret_access_key = x\n"
    )
    for name, value in {
        "AWS_CONFIG_FILE": str(path), "AWS_PROFILE": "missing", "AWS_ACCESS_KEY_ID": "PRODUCTION",
        "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "x", "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    server.answers = [(200, IDENTITY_XML)]
    aws = make(server)
    aws.identity()
    assert "AKIDEXAMPLE" in server.authorizations[0]
    assert "ap-northeast-2" in server.authorizations[0]
    aws.close()


def test_the_region_may_come_from_aws_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    aws = AwsSession(Config(), Clock(), keys=KEYS)
    assert aws.region() == "eu-west-3"
    assert aws.endpoint_url() is None
    aws.close()


def test_an_endpoint_from_the_environment_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    aws = AwsSession(Config(region="eu-west-3"), Clock(), keys=KEYS)
    assert aws.endpoint_url() == "http://127.0.0.1:4566"
    assert aws.client("logs").meta.config.inject_host_prefix is False
    aws.close()


@pytest.mark.parametrize(("variable", "key"), [("AWS_PROFILE", "FROM_ENVIRONMENT"), ("", "FROM_PROFILE")])
def test_keys_in_the_environment_win_over_a_profile_there_but_not_over_a_named_one(
    variable: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config"
    path.write_text("[profile prod]\naws_access_key_id = FROM_PROFILE\naws_secret_access_key = x\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "FROM_ENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    if variable:
        monkeypatch.setenv(variable, "prod")
    session = AwsSession(Config(region="eu-west-1", profile="prod"), Clock())
    credentials = session.client("sts")._request_signer._credentials
    assert credentials.access_key == key


def test_no_region_and_unknown_profile_are_told_in_words() -> None:
    with pytest.raises(SourceError, match="No AWS Region"):
        AwsSession(Config(), Clock(), keys=KEYS).open()
    with pytest.raises(SourceError, match="nobody"):
        AwsSession(Config(profile="nobody", region="eu-west-1"), Clock()).open()


def test_credentials_are_resolved_or_missed_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="No AWS credentials"):
        AwsSession(Config(region="eu-west-1"), Clock()).resolve_credentials()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    AwsSession(Config(region="eu-west-1"), Clock()).resolve_credentials()


def test_rebuild_takes_up_new_credentials(server: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answers = [(200, IDENTITY_XML)] * 2
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OLDKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    aws = AwsSession(Config(region="eu-west-1", endpoint_url=server.url), Clock())
    aws.identity()
    old = aws.client("sts")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "NEWKEY")
    aws.rebuild()
    aws.identity()
    old.close()
    assert "OLDKEY" in server.authorizations[0]
    assert "NEWKEY" in server.authorizations[1]
    aws.close()


@pytest.mark.parametrize("status", [400, 503])
def test_a_call_whose_caller_paces_itself_is_sent_once_and_others_again(
    server: Endpoint, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda self, context: 0)
    refusal = (status, {"__type": "ThrottlingException", "message": "Rate exceeded"})
    server.answers = [refusal] * 4
    aws = make(server)
    with pytest.raises(SourceError):
        aws.call("logs", "filter_log_events", logGroupName="g")
    assert len(server.requests) == 1
    with pytest.raises(SourceError):
        aws.call("logs", "describe_log_groups")
    assert len(server.requests) == 1 + ATTEMPTS
    aws.close()


def test_clients_are_made_once_even_when_many_threads_ask() -> None:
    aws = AwsSession(Config(region="eu-west-1"), FakeClock(), keys=KEYS)
    found: list[Any] = []
    barrier = threading.Barrier(8)

    def ask(service: str) -> None:
        barrier.wait()
        found.append((service, aws.client(service)))

    threads = [threading.Thread(target=ask, args=(SERVICES[index % 2],)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(client) for _, client in found}) == 2
    aws.close()


def test_keys_are_not_shown() -> None:
    assert "secret" not in repr(KEYS)
    assert os.environ.get("AWS_SECRET_ACCESS_KEY") is None


def test_debug_tells_every_call_and_none_of_its_parameters(
    server: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers = [(200, IDENTITY_XML)]
    aws = make(server)
    with caplog.at_level(logging.DEBUG, logger="tui.sources.calls"):
        aws.identity()
    aws.close()
    told = [one.getMessage() for one in caplog.records if one.name == "tui.sources.calls"]
    assert len(told) == 1
    assert told[0].startswith("sts.GetCallerIdentity 200 ")
    assert "AKIDEXAMPLE" not in told[0]
