"""A query of CloudWatch Logs Insights while it runs and when it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

DOLLARS_PER_BYTE: Final = 0.005 / 1e9
"""aws.amazon.com/cloudwatch/pricing, Logs Insights: per byte scanned, US East."""

POINTER: Final = "@ptr"
"""Column of event rows that leads to the whole event (GetLogRecord); nothing to read."""

QUEUED: Final = "Queued"
"""Not the service's word: it runs as many queries as it may, and this one waits."""

ENDED: Final = frozenset({"Complete", "Failed", "Cancelled", "Timeout"})


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What a query has given so far.

    Attributes:
        status: The service's word (Scheduled, Running, Complete, Failed, Cancelled, Timeout, Unknown),
            or `QUEUED`.
        rows: Column to value, as the service prints it; a column without a value is absent.
        records_matched: Events that passed the filters.
        records_scanned: Events read.
        bytes_scanned: What is billed.
        is_free: Whether nobody bills it: the local engine answered.
    """

    status: str = QUEUED
    rows: tuple[Mapping[str, str], ...] = ()
    records_matched: float = 0.0
    records_scanned: float = 0.0
    bytes_scanned: float = 0.0
    is_free: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ENDED

    @property
    def dollars(self) -> float:
        """What the scan costs."""
        return 0.0 if self.is_free else self.bytes_scanned * DOLLARS_PER_BYTE

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in the order of their first appearance, without the pointer."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row if name != POINTER))
