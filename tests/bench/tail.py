"""`cwtop tail` beside `aws logs tail`, awslogs and a bare boto3 loop: lost, twice, speed, latency."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench import tailloss, tailspeed
from tests.bench.results import Row

NAME = "tail"


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: A million events for what is lost, instead of 200,000.
    """
    yield from tailspeed.backlog()
    yield from tailspeed.latency()
    yield from tailloss.measure(long=long)
