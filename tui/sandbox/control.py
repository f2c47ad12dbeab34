"""Client of the sandbox's gate: what was called, rules for calls, late log events, Live Tail sessions."""

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
        share: float = 1.0,
        seed: int = 1,
        seconds: float | None = None,
    ) -> int:
        """Fail matching calls with an AWS error code; return the rule's id.

        Args:
            code: For example ThrottlingException.
            service: As boto3 names it, "*" for all.
            operation: For example GetMetricData, "*" for all.
            status: HTTP status.
            message: The error's text.
            times: How many calls, None for all until the rule is removed.
            share: The part of the calls that fails, above 0 and up to 1.
            seed: The same seed picks the same calls.
            seconds: Real seconds that it lasts, None until the rule is removed.
        """
        return self._rule(
            service=service,
            operation=operation,
            code=code,
            status=status,
            message=message,
            remaining=times,
            share=share,
            seed=seed,
            seconds=seconds,
        )

    def throttle(
        self,
        share: float = 0.1,
        service: str = "logs",
        operation: str = "*",
        *,
        seed: int = 1,
        seconds: float | None = None,
    ) -> int:
        """Fail a share of matching calls with ThrottlingException, "Rate exceeded"; return the rule's id.

        Args:
            share: Above 0 and up to 1.
            service: As boto3 names it, "*" for all.
            operation: For example FilterLogEvents, "*" for all.
            seed: The same seed picks the same calls.
            seconds: Real seconds that it lasts, None until the rule is removed.
        """
        return self._rule(
            service=service,
            operation=operation,
            code="ThrottlingException",
            message="Rate exceeded",
            share=share,
            seed=seed,
            seconds=seconds,
        )

    def outage(
        self,
        seconds: float | None = None,
        service: str = "*",
        operation: str = "*",
        *,
        is_answered: bool = False,
    ) -> int:
        """Cut the connection of matching calls; return the rule's id.

        Args:
            seconds: Real seconds that it lasts, None until the rule is removed.
            service: As boto3 names it, "*" for all.
            operation: For example FilterLogEvents, "*" for all.
            is_answered: Answer with HTTP 503 (ServiceUnavailableException) instead of cutting.
        """
        if not is_answered:
            return self._rule(service=service, operation=operation, drop=True, seconds=seconds)
        return self._rule(
            service=service,
            operation=operation,
            code="ServiceUnavailableException",
            status=503,
            message="The service cannot complete the request.",
            seconds=seconds,
        )

    def late(
        self,
        share: float,
        seconds: float,
        *,
        at_least: float | None = None,
        stream_prefix: str = "",
        seed: int = 1,
    ) -> None:
        """Let a share of the log events that come from here on be ingested, and so readable, late.

        Args:
            share: The part of the events, 0 to 1.
            seconds: How late, in the sandbox's time.
            at_least: Where given, delays lie evenly between this and `seconds`.
            stream_prefix: Only events of streams that begin with it.
            seed: The same seed delays the same events.
        """
        document = {
            "share": share,
            "seconds": seconds,
            "at_least": seconds if at_least is None else at_least,
            "stream_prefix": stream_prefix,
            "seed": seed,
        }
        self._send("POST", "late", document)

    def punctual(self) -> None:
        """Let log events be ingested at once again; those that are late already stay so."""
        self._send("DELETE", "late")

    def live_tails(self) -> int:
        """Return how many Live Tail sessions are open."""
        return int(self._send("GET", "live-tail")["count"])

    def end_live_tails(
        self, code: str = "SessionTimeoutException", message: str = "The session has timed out after 3 hours."
    ) -> int:
        """End all Live Tail sessions with an exception in their streams; return how many there were.

        Args:
            code: SessionTimeoutException or SessionStreamingException.
            message: The exception's text.
        """
        return int(self._send("DELETE", "live-tail", {"code": code, "message": message})["count"])

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
