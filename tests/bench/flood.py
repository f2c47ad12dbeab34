"""Puts log lines into the sandbox at a steady rate: `python -P -m tests.bench.flood RATE GROUP`."""

from __future__ import annotations

import sys
import time
from typing import Final

_BATCH_S: Final = 0.25
TEXT: Final = (
    '{{"level": "{level}", "message": "request completed", "method": "GET", "endpoint": "/api/projects", '
    '"status_code": {status}, "response_time": {ms}, "request_id": "bench-{number:08d}"}}'
)


def main(rate: int, group: str) -> None:
    """Put lines until killed; the environment says where to.

    Args:
        rate: Lines a second.
        group: Log group.
    """
    import boto3

    from tui.domain.clock import Clock

    clock = Clock.from_environment()
    logs = boto3.client("logs")
    stream = "bench/flood"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    number, due = 0, time.monotonic()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        now_ms = int(clock.now() * 1000)
        events = []
        for _ in range(int(rate * _BATCH_S)):
            number += 1
            is_bad = number % 50 == 0
            text = TEXT.format(
                level="ERROR" if is_bad else "INFO",
                status=500 if is_bad else 200,
                ms=number % 400,
                number=number,
            )
            events.append({"timestamp": now_ms, "message": text})
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        due += _BATCH_S
        # A rate is kept by the clock, not by a pause after each batch.
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
