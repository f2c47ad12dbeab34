"""Client of the sandbox's gate: what was called, and rules that delay or fail calls."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import Any

_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call that arrived at the endpoint."""

    at_s: float
    """The sandbox's time."""
    service: str
    operation: str
    metric_queries: int
    """Metrics asked for, 0 for calls other than GetMetricData."""
    metrics: tuple[str, ...] = ()
    """Each of them as `name|dimensions|period|statistic`."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What arrived since the start or the last `reset_calls`."""

    counts: dict[str, int]
    """By "service:Operation", for example "cloudwatch:GetMetricData"."""
    metric_queries: int
    recent: tuple[RecordedCall, ...]
    """The last 5,000 calls, oldest first."""

    @property
    def total(self) -> int:
        """How many calls arrived."""
        return sum(self.counts.values())


class Control:
    """Steers the gate of a running sandbox.

    Methods raise urllib.error.URLError when the sandbox does not answer.
    """

    def __init__(self, endpoint_url: str) -> None:
        self._url = endpoint_url.rstrip("/") + "/__cwtop/"
        # A proxy of the machine must not see calls to the loopback address.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def calls(self) -> Calls:
        """Return what arrived so far."""
        answer = self._send("GET", "calls")
        recent = tuple(
            RecordedCall(
                one["at"], one["service"], one["operation"], one["metric_queries"], tuple(one["metrics"])
            )
            for one in answer["recent"]
        )
        return Calls(answer["counts"], answer["metric_queries"], recent)

    def reset_calls(self) -> None:
        """Begin to count anew."""
        self._send("DELETE", "calls")

    def delay(
        self, seconds: float, service: str = "*", operation: str = "*", times: int | None = None
    ) -> int:
        """Hold matching calls for real `seconds`; return the rule's id.

        Args:
            seconds: Real seconds.
            service: As boto3 names it, "*" for all.
            operation: For example GetMetricData, "*" for all.
            times: How many calls, None for all until the rule is removed.
        """
        return self._rule(service=service, operation=operation, delay_s=seconds, remaining=times)

    def fail(
        self,
        code: str,
        service: str = "*",
        operation: str = "*",
        *,
        status: int = 400,
        message: str = "",
        times: int | None = None,
    ) -> int:
        """Fail matching calls with an AWS error code; return the rule's id.

        Args:
            code: For example ThrottlingException.
            service: As boto3 names it, "*" for all.
            operation: For example GetMetricData, "*" for all.
            status: HTTP status.
            message: The error's text.
            times: How many calls, None for all until the rule is removed.
        """
        return self._rule(
            service=service, operation=operation, code=code, status=status, message=message, remaining=times
        )

    def remove(self, rule: int) -> None:
        """Remove one rule."""
        self._send("DELETE", f"rules/{rule}")

    def clear(self) -> None:
        """Remove all rules."""
        self._send("DELETE", "rules")

    def _rule(self, **rule: Any) -> int:
        return int(self._send("POST", "rules", rule)["id"])

    def _send(self, method: str, name: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(self._url + name, data=body, method=method)  # noqa: S310 (loopback)
        with self._opener.open(request, timeout=_TIMEOUT_S) as response:
            answer: dict[str, Any] = json.load(response)
        return answer
