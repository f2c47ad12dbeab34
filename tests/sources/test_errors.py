"""Every failure of botocore and psycopg becomes a kind, a sentence and a hint."""

from __future__ import annotations

from typing import Any

import botocore.exceptions as boto
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.errors import ErrorKind as Kind
from tui.domain.errors import SourceError
from tui.sources.errors import translate
from tui.sources.guard import WriteRefused

EXPIRED = Kind.EXPIRED_CREDENTIALS


def client_error(code: str, message: str = "said so", status: int = 400) -> boto.ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return boto.ClientError(response, "DescribeServices")


def told(error: BaseException, service: str = "ecs", operation: str = "DescribeServices") -> SourceError:
    return translate(error, service=service, operation=operation, profile="prod")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (boto.NoCredentialsError(), EXPIRED, "aws configure sso"),
        (boto.PartialCredentialsError(provider="env", cred_var="secret"), EXPIRED, "env"),
        (boto.ProfileNotFound(profile="prodd"), EXPIRED, "prodd"),
        (boto.NoRegionError(), Kind.INVALID, "--region"),
        (boto.InvalidRegionError(region_name="a b"), Kind.INVALID, "ap-northeast-2"),
        (boto.SSOTokenLoadError(error_msg="x"), EXPIRED, "aws sso login --profile prod"),
        (boto.UnauthorizedSSOTokenError(), EXPIRED, "aws sso login --profile prod"),
        (boto.TokenRetrievalError(provider="sso", error_msg="x"), EXPIRED, "aws sso login"),
        (boto.LoginRefreshRequired(), EXPIRED, "aws login"),
        (boto.CredentialRetrievalError(provider="p", error_msg="boom"), EXPIRED, "boom"),
        (boto.EndpointConnectionError(endpoint_url="http://h/"), Kind.UNREACHABLE, "http://h/"),
        (boto.ConnectionClosedError(endpoint_url="http://h/"), Kind.UNREACHABLE, "http://h/"),
        (boto.ConnectTimeoutError(endpoint_url="http://h/"), Kind.TIMEOUT, "http://h/"),
        (boto.ReadTimeoutError(endpoint_url="http://h/"), Kind.TIMEOUT, "in time"),
        (boto.ProxyConnectionError(proxy_url="http://p"), Kind.UNREACHABLE, "HTTPS_PROXY"),
        (boto.SSLError(endpoint_url="http://h", error="x"), Kind.UNREACHABLE, "AWS_CA_BUNDLE"),
        (boto.ParamValidationError(report="bad"), Kind.BUG, "bad"),
        (WriteRefused("ecs", "UpdateService"), Kind.ACCESS_DENIED, "read-only"),
        (client_error("ThrottlingException"), Kind.THROTTLED, "DescribeServices"),
        (client_error("RequestLimitExceeded"), Kind.THROTTLED, "less often"),
        (client_error("Strange", status=429), Kind.THROTTLED, "ECS"),
        (client_error("ExpiredToken"), EXPIRED, "expired"),
        (client_error("ExpiredTokenException"), EXPIRED, "aws sso login --profile prod"),
        (client_error("InvalidClientTokenId"), EXPIRED, "does not accept"),
        (client_error("UnrecognizedClientException"), EXPIRED, "does not accept"),
        (client_error("SignatureDoesNotMatch"), EXPIRED, "clock"),
        (client_error("ClusterNotFoundException", "Cluster not found."), Kind.NOT_FOUND, "cluster"),
        (client_error("DBInstanceNotFound", "DBInstance x not found."), Kind.NOT_FOUND, "DBInstance x"),
        (client_error("LoadBalancerNotFound"), Kind.NOT_FOUND, "name"),
        (client_error("ResourceNotFoundException"), Kind.NOT_FOUND, "name"),
        (client_error("InvalidParameterException", "Invalid filter pattern"), Kind.INVALID, "filter pattern"),
        (client_error("ServiceUnavailable", status=503), Kind.UNREACHABLE, "by itself"),
        (client_error("Odd", status=500), Kind.UNREACHABLE, "by itself"),
        (ZeroDivisionError("division"), Kind.BUG, "ZeroDivisionError"),
    ],
)  # fmt: skip
def test_each_failure_has_its_kind_and_words(error: BaseException, kind: Kind, words: str) -> None:
    found = told(error)
    assert found.kind is kind
    assert words in f"{found.summary} {found.hint}"
    assert "{" not in found.summary + found.hint


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"])
def test_a_denial_names_action_and_principal_of_the_message(code: str) -> None:
    message = (
        "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: "
        "rds:DescribeDBInstances on resource: arn:x because no identity-based policy allows it"
    )
    found = told(client_error(code, message), "rds", "Whatever")
    assert found.kind is Kind.ACCESS_DENIED
    assert found.action == "rds:DescribeDBInstances"
    assert "arn:aws:sts::1:assumed-role/r/s" in found.hint


def test_a_denial_without_details_names_the_operation_with_iams_prefix() -> None:
    found = told(client_error("AccessDenied", "no"), "elbv2", "DescribeTargetHealth")
    assert found.action == "elasticloadbalancing:DescribeTargetHealth"


def test_an_explicit_deny_is_told() -> None:
    found = told(client_error("AccessDenied", "... with an explicit deny in a service control policy"))
    assert "explicit deny" in found.summary


def test_too_many_live_tail_sessions_are_not_too_many_requests() -> None:
    error = told(client_error("LimitExceededException"), "logs", "StartLiveTail")
    assert "Live Tail sessions" in error.summary
    assert "throttles" in told(client_error("LimitExceededException"), "logs", "StartQuery").summary


def test_a_source_error_stays_as_it_is() -> None:
    error = SourceError(Kind.BUG, "x")
    assert told(error) is error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.InvalidPassword("x"), EXPIRED),
        (psycopg.OperationalError('FATAL: password authentication failed for user "x"'), EXPIRED),
        (psycopg.OperationalError("FATAL: remaining connection slots are reserved"), Kind.UNREACHABLE),
        (psycopg.errors.ConnectionTimeout("connection timeout expired"), Kind.TIMEOUT),
        (psycopg.errors.QueryCanceled("canceling"), Kind.TIMEOUT),
        (psycopg.errors.InsufficientPrivilege("no"), Kind.ACCESS_DENIED),
        (psycopg.errors.InvalidCatalogName("no db"), Kind.NOT_FOUND),
        (psycopg.errors.AdminShutdown("bye"), Kind.UNREACHABLE),
        (psycopg.OperationalError("connection refused"), Kind.UNREACHABLE),
        (psycopg.errors.UndefinedColumn("no column"), Kind.BUG),
    ],
)  # fmt: skip
def test_postgresql_failures_have_their_kind(error: BaseException, kind: Kind) -> None:
    assert translate(error, service="postgres", operation="settings").kind is kind


@pytest.mark.parametrize(
    "text",
    [
        "failed: host=h password=s3cret user=u",
        "failed: password = 's3cret x'",
        "at postgresql://u:s3cret@h/db",
    ],
)
def test_passwords_are_masked(text: str) -> None:
    found = translate(psycopg.OperationalError(text), service="postgres", operation="settings")
    assert "s3cret" not in found.summary
    assert "****" in found.summary


@given(st.text(max_size=2000))
def test_messages_are_sanitised_and_bounded(message: str) -> None:
    found = told(client_error("InvalidParameterException", message))
    assert "\x1b" not in found.summary
    assert "\n" not in found.summary
    assert len(found.summary) < 600
