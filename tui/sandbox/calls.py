"""What an HTTP request asks of which AWS service, read from its signature, target header and body."""

from __future__ import annotations

import io
import json
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SERVICES = {"monitoring": "cloudwatch", "elasticloadbalancing": "elbv2", "states": "stepfunctions"}
_ONE = re.compile(r"/[0-9-]+/distribution/(?P<DistributionId>[^/]+)")
_ALL = re.compile(r"/[0-9-]+/distribution")
_CONFIG = re.compile(r"/[0-9-]+/distribution/(?P<DistributionId>[^/]+)/config")
_REST: dict[str, tuple[tuple[str, re.Pattern[str], str], ...]] = {
    "cloudfront": (
        ("POST", _ALL, "CreateDistribution"),
        ("GET", _ALL, "ListDistributions"),
        ("GET", _ONE, "GetDistribution"),
        ("GET", _CONFIG, "GetDistributionConfig"),
        ("PUT", _CONFIG, "UpdateDistribution"),
        ("DELETE", _ONE, "DeleteDistribution"),
    ),
}
"""Method and path of REST operations, whose requests do not name them."""
_BODY_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One API call.

    Attributes:
        service: As boto3 names it, for example cloudwatch or elbv2.
        operation: For example GetMetricData; the method and path for REST services.
        is_json: Whether the request speaks a JSON protocol (else the query protocol's XML).
        parameters: Top-level parameters.
    """

    service: str
    operation: str
    is_json: bool
    parameters: Mapping[str, Any]

    @property
    def metric_queries(self) -> int:
        """How many metrics a GetMetricData asks for."""
        return len(self.parameters.get("MetricDataQueries", ())) if self.operation == "GetMetricData" else 0

    @property
    def metrics(self) -> list[str]:
        """What a GetMetricData asks for, each as `name|dimensions|period|statistic`."""
        queries = self.parameters.get("MetricDataQueries", ()) if self.operation == "GetMetricData" else ()
        return [_metric(query["MetricStat"]) for query in queries if "MetricStat" in query]

    @property
    def source(self) -> str:
        """The service as CloudTrail names it, for example ecs.amazonaws.com."""
        names = {"cloudwatch": "monitoring", "elbv2": "elasticloadbalancing"}
        return f"{names.get(self.service, self.service)}.amazonaws.com"


def read_call(environ: dict[str, Any]) -> Call:
    """Return the call of a WSGI request; its body stays readable for the application behind."""
    scope = _scope(environ.get("HTTP_AUTHORIZATION", ""))
    service = _SERVICES.get(scope, scope)
    body = _body(environ)
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return Call(service, target.rsplit(".", 1)[-1], True, _json(body))
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        fields = dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace")))
        return Call(service, fields.get("Action", "?"), False, fields)
    return _rest_call(service, environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/"))


def _rest_call(service: str, method: str, path: str) -> Call:
    """Return a REST call, by its operation's name where that is known."""
    for verb, pattern, operation in _REST.get(service, ()):
        found = pattern.fullmatch(path)
        if verb == method and found:
            return Call(service, operation, False, found.groupdict())
    return Call(service, f"{method} {path}", False, {})


def _metric(stat: Mapping[str, Any]) -> str:
    metric = stat.get("Metric", {})
    dimensions = ",".join(
        sorted(f"{one.get('Name')}={one.get('Value')}" for one in metric.get("Dimensions", ()))
    )
    name = f"{metric.get('Namespace')}/{metric.get('MetricName')}"
    return f"{name}|{dimensions}|{stat.get('Period')}|{stat.get('Stat')}"


def _scope(header: str) -> str:
    """Return the service that a SigV4 header was signed for, empty without one."""
    _, found, rest = header.partition("Credential=")
    parts = rest.split(",")[0].split("/")
    if not found or len(parts) < 5:
        return ""
    return parts[3].lower()


def _body(environ: dict[str, Any]) -> bytes:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    body: bytes = environ["wsgi.input"].read(min(length, _BODY_LIMIT)) if length > 0 else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _json(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
