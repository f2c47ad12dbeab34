"""Watches every request on the wire: counts it for the meter, and takes the endpoint's time from it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from tui.domain.clock import Clock
from widgets.text import one_line

_log = logging.getLogger(__name__)
_KEY = "cwtop"


class CallMeter(Protocol):
    """Whoever counts calls and their price."""

    def record(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """Count one request sent to AWS.

        Args:
            service: botocore's service name, for example "cloudwatch".
            operation: For example "GetMetricData".
            params: The parameters of the call.
        """
        ...


class WireTap:
    """Hooks of botocore events; one for all clients of a session.

    Every attempt counts, retries and pages included. Handlers run in the threads that call AWS.
    """

    def __init__(self, clock: Clock, meter: CallMeter | None = None) -> None:
        self._clock = clock
        self._meter = meter
        self._lock = threading.Lock()

    def attach(self, emitter: Any) -> None:
        """Watch all clients that will be made from a botocore session with this event emitter."""
        emitter.register("before-parameter-build", self._remember)
        # Last, after signing: a request that cannot be signed is never sent.
        emitter.register_last("request-created", self._count)
        emitter.register("response-received", self._take_time)

    def _remember(self, params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        context[_KEY] = (model.service_model.service_name, model.name, params)

    def _count(self, request: Any, **_: Any) -> None:
        context = request.context
        context[f"{_KEY}-sent"] = time.monotonic()
        if self._meter is None or _KEY not in context:
            return
        service, operation, params = context[_KEY]
        with self._lock:
            self._meter.record(service, operation, params)

    def _take_time(
        self, response_dict: Mapping[str, Any] | None, context: Mapping[str, Any], **_: Any
    ) -> None:
        self._note(response_dict, context)
        if response_dict is None:
            return
        endpoint_s = _parse_date(response_dict.get("headers", {}).get("date"))
        sent = context.get(f"{_KEY}-sent")
        if endpoint_s is None or sent is None:
            return
        with self._lock:
            correct(self._clock, endpoint_s, (time.monotonic() - sent) * self._clock.rate)

    def _note(self, response: Mapping[str, Any] | None, context: Mapping[str, Any]) -> None:
        """Log the call for --debug: what, how it ended and how long it took; never its parameters."""
        if not _log.isEnabledFor(logging.DEBUG) or _KEY not in context:
            return
        service, operation, _ = context[_KEY]
        took_ms = (time.monotonic() - context.get(f"{_KEY}-sent", time.monotonic())) * 1000
        status = response.get("status_code", "?") if response is not None else "no response"
        request_id = response.get("headers", {}).get("x-amzn-requestid", "-") if response is not None else "-"
        _log.debug(
            "%s.%s %s %.0f ms request %s", service, operation, status, took_ms, one_line(request_id, 80)
        )


def correct(clock: Clock, endpoint_s: float, elapsed_s: float) -> None:
    """Correct a clock by the `Date` of a response, but only when it must be wrong.

    `Date` is cut to seconds and was written somewhere between sending and receiving: a clock inside
    those bounds stays untouched, so that it never trembles.

    Args:
        clock: The console's clock.
        endpoint_s: The `Date` header, epoch seconds.
        elapsed_s: The clock's seconds between sending and receiving.
    """
    now = clock.now()
    if not endpoint_s - 1.0 <= now <= endpoint_s + 2.0 + elapsed_s:
        clock.correct(endpoint_s + 0.5)


def _parse_date(header: str | None) -> float | None:
    if not header:
        return None
    try:
        return parsedate_to_datetime(header).timestamp()
    except ValueError:
        return None
