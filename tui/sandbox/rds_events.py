"""What RDS tells of a DB instance: messages and categories of DescribeEvents, as the service words them.

docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CONFIGURATION = "configuration change"
_LOW_PERCENT = 10.0

_CHANGES = {
    "DBInstanceClass": "DB instance class",
    "AllocatedStorage": "allocated storage",
    "StorageType": "storage type",
    "Iops": "provisioned IOPS",
    "EngineVersion": "database engine version",
}


@dataclass(frozen=True, slots=True)
class Event:
    """An event of DescribeEvents.

    Attributes:
        at_s: Epoch seconds.
        name: The instance.
        message: What happened.
        category: Its event category.
    """

    at_s: float
    name: str
    message: str
    category: str = "availability"


def applying(at_s: float, name: str, changes: Mapping[str, Any]) -> list[Event]:
    """Return the events of a modification that begins; `changes` are RDS's names and wanted values."""
    told = _told(changes, "Applying modification to")
    # RDS-EVENT-0012 has another word for the class than RDS-EVENT-0014.
    return [
        Event(at_s, name, text.replace("to DB instance c", "to database instance c"), kind)
        for text, kind in told
    ]


def applied(at_s: float, name: str, changes: Mapping[str, Any]) -> list[Event]:
    """Return the events of a modification that is done."""
    return [
        Event(at_s, name, text, kind) for text, kind in _told(changes, "Finished applying modification to")
    ]


def restarted(at_s: float, name: str, took_s: float) -> list[Event]:
    """Return the events of a restart that is over."""
    return [Event(at_s - took_s, name, "DB instance shutdown"), Event(at_s, name, "DB instance restarted")]


def failed_over(at_s: float, name: str, took_s: float) -> list[Event]:
    """Return the events of a failover to the standby that is over."""
    return [
        Event(at_s - took_s, name, "Multi-AZ instance failover started.", "failover"),
        Event(at_s, name, "DB instance restarted"),
        Event(at_s, name, "Multi-AZ instance failover completed", "failover"),
    ]


def low_storage(at_s: float, name: str, allocated_gib: float, free_bytes: float) -> Event | None:
    """Return the warning of storage that runs out (RDS-EVENT-0089), None while there is enough."""
    free_gib = max(0.0, free_bytes) / 1024**3
    percent = 100 * free_gib / allocated_gib
    if percent >= _LOW_PERCENT:
        return None
    text = (
        f"The free storage capacity for DB instance: {name} is low at {percent:.0f}% of the provisioned"
        f" storage [Provisioned Storage: {allocated_gib:.2f} GB, Free Storage: {free_gib:.2f} GB]. You may"
        " want to increase the provisioned storage to address this issue."
    )
    return Event(at_s, name, text, "low storage")


def _told(changes: Mapping[str, Any], verb: str) -> Iterable[tuple[str, str]]:
    for wire, value in changes.items():
        if wire == "MultiAZ":
            kind = "a Multi-AZ" if value else "a standard (Single-AZ)"
            yield f"{verb} convert to {kind} DB instance", CONFIGURATION
        elif wire == "BackupRetentionPeriod":
            if verb.startswith("Finished"):
                state = "enabled" if int(value) else "disabled"
                yield f"Automatic backups for this DB instance have been {state}", CONFIGURATION
        else:
            yield f"{verb} {_CHANGES.get(wire, wire)}", CONFIGURATION
