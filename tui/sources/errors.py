"""The one table that turns failures of botocore and psycopg into sentences with what to do next.

Failures are recognised by the names of their classes and by their codes, so that this module imports
neither library. Sources: docs.aws.amazon.com/boto3/latest/guide/error-handling.html and
postgresql.org/docs/current/errcodes-appendix.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui.domain.errors import ErrorKind, SourceError
from widgets.text import one_line

_EXPIRED, _DENIED = ErrorKind.EXPIRED_CREDENTIALS, ErrorKind.ACCESS_DENIED
_THROTTLED, _TIMEOUT, _UNREACHABLE = ErrorKind.THROTTLED, ErrorKind.TIMEOUT, ErrorKind.UNREACHABLE
_NOT_FOUND, _INVALID, _BUG = ErrorKind.NOT_FOUND, ErrorKind.INVALID, ErrorKind.BUG

MAX_MESSAGE = 400
"""Longest message of a service that is quoted, characters."""

NAMES: Mapping[str, str] = {
    "cloudwatch": "CloudWatch",
    "logs": "CloudWatch Logs",
    "ecs": "ECS",
    "rds": "RDS",
    "elbv2": "Elastic Load Balancing",
    "cloudtrail": "CloudTrail",
    "cloudfront": "CloudFront",
    "sts": "STS",
    "postgres": "PostgreSQL",
}
"""How people call a service, by botocore's name of it."""

IAM_PREFIXES: Mapping[str, str] = {"elbv2": "elasticloadbalancing"}
"""IAM's name of a service where it differs from botocore's."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A kind, a sentence and a hint; {service} {operation} {message} {login} are filled in."""

    kind: ErrorKind
    summary: str
    hint: str = ""


_SSO = _Rule(_EXPIRED, "The SSO session has expired.", "Run `{login}`.")
_LOGIN = _Rule(_EXPIRED, "The session of `aws login` has expired.", "Run `aws login`.")
_NETWORK = "Check the network, the proxy and the region name; cwtop tries again by itself."
_NO_CONNECTION = _Rule(_UNREACHABLE, "Cannot reach {service}: {message}.", _NETWORK)

_BY_CLASS: Mapping[str, _Rule] = {
    "NoCredentialsError": _Rule(
        _EXPIRED,
        "No AWS credentials were found.",
        "Run `aws configure sso` or `aws login`, or set AWS_PROFILE.",
    ),
    "PartialCredentialsError": _Rule(
        _EXPIRED, "The AWS credentials are incomplete: {message}.", "Give both the key and its secret."
    ),
    "ProfileNotFound": _Rule(
        _EXPIRED, "{message}.", "Choose a profile that `aws configure list-profiles` prints."
    ),
    "NoRegionError": _Rule(
        _INVALID,
        "No AWS Region is set.",
        "Give --region, or set AWS_REGION.",
    ),
    "InvalidRegionError": _Rule(_INVALID, "{message}.", "A Region looks like ap-northeast-2."),
    "UnknownRegionError": _Rule(_INVALID, "{message}.", "A Region looks like ap-northeast-2."),
    "SSOTokenLoadError": _Rule(
        _EXPIRED, "Nobody has logged in to SSO on this machine yet.", "Run `{login}`."
    ),
    "SSOError": _SSO,
    "TokenRetrievalError": _SSO,
    "LoginError": _LOGIN,
    "CredentialRetrievalError": _Rule(
        _EXPIRED, "The source of the AWS credentials failed: {message}.", "Mend it."
    ),
    "RefreshWithMFAUnsupportedError": _Rule(
        _EXPIRED, "The MFA session has expired.", "Start cwtop again to type a new code."
    ),
    "ConfigParseError": _Rule(_INVALID, "The AWS configuration file cannot be read: {message}."),
    "InvalidConfigError": _Rule(_INVALID, "The AWS configuration is wrong: {message}."),
    "ConnectTimeoutError": _Rule(_TIMEOUT, "{service} did not answer in time: {message}.", _NETWORK),
    "ReadTimeoutError": _Rule(_TIMEOUT, "{service} did not answer in time: {message}.", _NETWORK),
    "ProxyConnectionError": _Rule(
        _UNREACHABLE, "The proxy cannot be reached: {message}.", "Check HTTPS_PROXY and NO_PROXY."
    ),
    "SSLError": _Rule(
        _UNREACHABLE,
        "The certificate of {service} cannot be verified: {message}.",
        "Behind an inspecting proxy, set AWS_CA_BUNDLE to its certificate.",
    ),
    "ConnectionError": _NO_CONNECTION,
    "HTTPClientError": _NO_CONNECTION,
    "EndpointConnectionError": _NO_CONNECTION,
    "ResponseParserError": _Rule(
        _UNREACHABLE,
        "What answered {operation} is not {service}.",
        "Check --endpoint-url and the proxy; cwtop tries again by itself.",
    ),
    "EventStreamError": _Rule(_UNREACHABLE, "The stream from {service} broke: {message}."),
    "ParamValidationError": _Rule(_BUG, "cwtop asked {service} wrongly ({operation}): {message}."),
    "WriteRefused": _Rule(
        _DENIED,
        "cwtop is read-only here and refused to send {operation} to {service}.",
        "Start it without --read-only to allow changes.",
    ),
    # psycopg
    "ConnectionTimeout": _Rule(_TIMEOUT, "PostgreSQL did not answer in time: {message}."),
    "QueryCanceled": _Rule(_TIMEOUT, "PostgreSQL took too long and the statement was cancelled."),
    "InsufficientPrivilege": _Rule(
        _DENIED, "PostgreSQL refused: {message}.", "Grant the role pg_monitor to cwtop's user."
    ),
    "NotOwner": _Rule(
        _DENIED,
        "PostgreSQL refused: {message}.",
        "Connect as the owner, or have its role granted; or copy the SQL for who may.",
    ),
    "DuplicateTable": _Rule(_INVALID, "{message}.", "Choose another name, or look at what is there."),
    "DeadlockDetected": _Rule(_INVALID, "PostgreSQL broke a deadlock: {message}.", "Try again."),
    "DiskFull": _Rule(
        _INVALID, "The disk is full: {message}.", "Grow the storage (rds-storage), then try again."
    ),
    "LockNotAvailable": _Rule(
        _TIMEOUT, "A lock was in the way: {message}.", "Look who holds it (d, Activity)."
    ),
    "ReadOnlySqlTransaction": _Rule(
        _DENIED, "This connection reads only: {message}.", "On a replica go to its primary."
    ),
    "UndefinedTable": _Rule(_NOT_FOUND, "{message}.", "It has gone meanwhile: read again."),
    "UndefinedObject": _Rule(_NOT_FOUND, "{message}.", "It has gone meanwhile: read again."),
    "TooManyConnections": _Rule(
        _UNREACHABLE,
        "PostgreSQL has no free connection slot: {message}.",
        "End idle sessions, make the application's pools smaller, or take a bigger instance class.",
    ),
    "InvalidAuthorizationSpecification": _Rule(
        _EXPIRED, "PostgreSQL refused the login: {message}.", "Check user and password of database_url."
    ),
    "InvalidCatalogName": _Rule(_NOT_FOUND, "{message}.", "Check the database name in database_url."),
    "TlsError": _Rule(
        _UNREACHABLE,
        "No secure connection to PostgreSQL: {message}.",
        "Check sslmode and sslrootcert of database_url; Amazon's certificates are at"
        " https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem.",
    ),
    "OperationalError": _Rule(
        _UNREACHABLE, "Cannot reach PostgreSQL: {message}.", "Check database_url and the security group."
    ),
    "InterfaceError": _Rule(_UNREACHABLE, "The connection to PostgreSQL broke: {message}."),
    "Error": _Rule(_BUG, "PostgreSQL refused what cwtop asked: {message}."),
}

_WRONG_KEYS = _Rule(
    _EXPIRED,
    "AWS does not accept these credentials: {message}.",
    "Check the profile, its keys and the partition.",
)
_CLOCK = _Rule(
    _EXPIRED,
    "AWS rejected the signature: {message}.",
    "Check this machine's clock (`timedatectl`) and the secret key.",
)
_OLD = _Rule(_EXPIRED, "The AWS credentials have expired.", "Renew them (`{login}`).")
_SLOW = _Rule(_THROTTLED, "{service} throttles {operation}.", "cwtop asks less often until it recovers.")
_DOWN = _Rule(
    _UNREACHABLE, "{service} failed to answer {operation}: {message}.", "cwtop tries again by itself."
)
_ABSENT = _Rule(_NOT_FOUND, "{service}: {message}.", "Check the name and the Region.")
_REFUSED = _Rule(_INVALID, "{service} refused {operation}: {message}.")

_THROTTLE_CODES = frozenset(
    {
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled",
        "RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
        "BandwidthLimitExceeded", "LimitExceededException", "SlowDown", "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException", "TransactionInProgressException", "EC2ThrottledException",
    }
)  # fmt: skip
_BY_CODE: Mapping[str, _Rule] = {
    **dict.fromkeys(_THROTTLE_CODES, _SLOW),
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "RequestExpired"), _OLD),
    **dict.fromkeys(
        ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure",
         "MissingAuthenticationToken", "MissingAuthenticationTokenException", "IncompleteSignature"),
        _WRONG_KEYS,
    ),
    **dict.fromkeys(
        ("SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed"), _CLOCK
    ),
    **dict.fromkeys(("OptInRequired", "SubscriptionRequiredException"), _Rule(
        _DENIED, "{service} is not enabled for this account here: {message}.", "Check the Region."
    )),
    "ClusterNotFoundException": _Rule(
        _NOT_FOUND, "The ECS cluster does not exist here.", "Check `cluster` and the Region."
    ),
    **dict.fromkeys(
        ("InternalFailure", "InternalError", "ServiceUnavailable", "ServiceUnavailableException",
         "InternalServerError", "ServerException", "RequestTimeout"),
        _DOWN,
    ),
}  # fmt: skip
_BY_CALL: Mapping[tuple[str, str], _Rule] = {
    ("StartLiveTail", "LimitExceededException"): _Rule(
        _THROTTLED,
        "As many Live Tail sessions are open in this account and Region as it may have (15).",
        "End one of them, in a console or in another cwtop.",
    ),
}
"""Codes that mean something of their own in one operation."""
_DENIALS = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
_ACTION = re.compile(r"not authorized to perform:?\s+`?([a-z0-9-]+:[A-Za-z0-9*]+)")
_PRINCIPAL = re.compile(r"User: (\S{1,300}) is not authorized")
_PASSWORD = re.compile(r"(password\s*=\s*)('[^']*'|\S+)|(://[^\s:/@]*:)[^\s@]*(?=@)", re.IGNORECASE)
_SQLSTATES: Mapping[str, str] = {"28": "InvalidAuthorizationSpecification", "53300": "TooManyConnections"}
_BY_WORDS: Mapping[str, tuple[str, ...]] = {
    "InvalidAuthorizationSpecification": ("authentication failed", "no pg_hba.conf entry"),
    "TooManyConnections": ("connection slots are reserved", "too many clients", "too many connections for"),
    "NotOwner": ("must be owner of",),
    "InvalidCatalogName": ('FATAL:  database "',),
    "TlsError": ("SSL", "certificate"),
}
"""psycopg: rules by words of the message, the first that fits."""


def translate(
    error: BaseException, *, service: str, operation: str, profile: str | None = None
) -> SourceError:
    """Return what a failed call means to the person at the console.

    Args:
        error: An exception of botocore or psycopg, or any other.
        service: botocore's service name ("elbv2"), or "postgres".
        operation: For example "DescribeServices".
        profile: AWS profile, for the login command of the hint.

    Returns:
        The error with its kind, a sentence and a hint: sanitised, without secrets. An exception that
        the table does not know becomes kind BUG. A SourceError is returned as it is.
    """
    if isinstance(error, SourceError):
        return error
    words = {
        "service": NAMES.get(service, service),
        "operation": operation,
        "message": _message(error),
        "login": f"aws sso login --profile {profile}" if profile else "aws sso login",
    }
    response = getattr(error, "response", None)
    if isinstance(response, Mapping) and "Error" in response:
        return _client_error(response, service, words)
    rule = _by_class(error)
    if rule is None:
        name = type(error).__name__
        return SourceError(_BUG, f"Reading {words['service']} failed in cwtop: {name}: {words['message']}.")
    return _filled(rule, words)


def clean(text: str) -> str:
    """Return a message of a service as one line without passwords, bounded, without its full stop."""
    return one_line(_PASSWORD.sub(r"\1\3****", text.strip()), MAX_MESSAGE).strip().rstrip(".")


def _by_class(error: BaseException) -> _Rule | None:
    state = getattr(error, "sqlstate", None) or ""
    text = str(error)
    if type(error).__module__.startswith("psycopg"):
        # What goes wrong while connecting comes without an SQLSTATE: libpq's words tell it.
        for rule, words in _BY_WORDS.items():
            if any(one in text for one in words):
                return _BY_CLASS[rule]
        if type(error).__name__ in _BY_CLASS:
            return _BY_CLASS[type(error).__name__]
        known = next((one for one in (state, state[:2]) if one in _SQLSTATES), None)
        if known is not None:
            return _BY_CLASS[_SQLSTATES[known]]
    for kind in type(error).__mro__:
        if kind.__name__ in _BY_CLASS:
            return _BY_CLASS[kind.__name__]
    return None


def _client_error(response: Mapping[str, Any], service: str, words: dict[str, str]) -> SourceError:
    details = response["Error"]
    code = str(details.get("Code", ""))
    raw = str(details.get("Message") or code or "no reason given")
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)
    if raw.lstrip()[:1] == "<":
        # A page for browsers, from a proxy or a broken endpoint: nobody wants to read its source.
        raw = f"HTTP {status}"
    words["message"] = clean(raw)
    if code in _DENIALS:
        return _denied(raw, service, words)
    rule = _BY_CALL.get((words["operation"], code)) or _BY_CODE.get(code)
    if rule is not None:
        return _filled(rule, words)
    if "NotFound" in code or code in ("NoSuchEntity", "NoSuchDistribution", "404"):
        return _filled(_ABSENT, words)
    if status == 429:
        return _filled(_SLOW, words)
    return _filled(_DOWN if status >= 500 else _REFUSED, words)


def _denied(message: str, service: str, words: Mapping[str, str]) -> SourceError:
    found = _ACTION.search(message)
    action = clean(found[1]) if found else f"{IAM_PREFIXES.get(service, service)}:{words['operation']}"
    principal = _PRINCIPAL.search(message)
    whom = clean(principal[1]) if principal else "the caller"
    reason = " An explicit deny is in force." if "explicit deny" in message else ""
    return SourceError(
        _DENIED,
        f"{words['service']}: access denied, {action} is not allowed.{reason}",
        f'Allow "{action}" in a policy of {whom}.',
        action=action,
    )


def _message(error: BaseException) -> str:
    return clean(str(error) or type(error).__name__)


def _filled(rule: _Rule, words: Mapping[str, str]) -> SourceError:
    return SourceError(rule.kind, rule.summary.format_map(words), rule.hint.format_map(words))
