"""What the sandbox's RDS offers: instance classes, and the parameters of a PostgreSQL parameter group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Size:
    """An instance class.

    Attributes:
        memory_gib: Its memory.
        power: How much it can do, the micro being 1: bigger burstable classes have the same cores, and more
            credits and memory.
    """

    memory_gib: float
    power: float


CLASSES = {
    "db.t3.micro": Size(1, 1.0),
    "db.t3.small": Size(2, 1.6),
    "db.t3.medium": Size(4, 2.5),
    "db.t3.large": Size(8, 4.0),
    "db.t4g.micro": Size(1, 1.1),
    "db.t4g.small": Size(2, 1.8),
    "db.t4g.medium": Size(4, 2.8),
    "db.t4g.large": Size(8, 4.5),
    "db.m6g.large": Size(8, 6.0),
    "db.r6g.large": Size(16, 6.0),
}
"""docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html for the memory."""

STORAGE_TYPES = ("gp2", "gp3", "io1")

_PARAMETERS = (
    ("log_min_duration_statement", "-1", "dynamic", "-1-2147483647", "integer"),
    ("log_statement", "none", "dynamic", "none,ddl,mod,all", "string"),
    ("log_lock_waits", "0", "dynamic", "0,1", "boolean"),
    ("log_temp_files", "-1", "dynamic", "-1-2147483647", "integer"),
    ("log_autovacuum_min_duration", "10000", "dynamic", "-1-2147483647", "integer"),
    ("work_mem", "4096", "dynamic", "64-2147483647", "integer"),
    ("maintenance_work_mem", "65536", "dynamic", "1024-2147483647", "integer"),
    ("random_page_cost", "4", "dynamic", "", "float"),
    ("statement_timeout", "0", "dynamic", "0-2147483647", "integer"),
    ("idle_in_transaction_session_timeout", "86400000", "dynamic", "0-2147483647", "integer"),
    ("deadlock_timeout", "1000", "dynamic", "1-2147483647", "integer"),
    ("track_io_timing", "1", "dynamic", "0,1", "boolean"),
    ("rds.force_ssl", "1", "dynamic", "0,1", "boolean"),
    ("rds.log_retention_period", "4320", "dynamic", "1440-10080", "integer"),
    ("max_connections", "LEAST({DBInstanceClassMemory/9531392},5000)", "static", "6-262143", "integer"),
    ("shared_buffers", "{DBInstanceClassMemory/32768}", "static", "16-1073741823", "integer"),
    ("shared_preload_libraries", "pg_stat_statements", "static", "", "list"),
    ("autovacuum_max_workers", "3", "static", "1-262143", "integer"),
    ("track_activity_query_size", "4096", "static", "100-102400", "integer"),
)
"""Name, value, apply type, allowed values, data type."""

STATIC = frozenset(name for name, _, kind, _, _ in _PARAMETERS if kind == "static")
NAMES = frozenset(name for name, *_ in _PARAMETERS)


def parameters(own: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the parameters of a group as DescribeDBParameters does.

    Args:
        own: What a user set in it, by name.
    """
    found = []
    for name, value, apply_type, allowed, kind in _PARAMETERS:
        entry: dict[str, Any] = {
            "ParameterName": name,
            "ParameterValue": value,
            "Description": name.replace("_", " "),
            "Source": "system",
            "ApplyType": apply_type,
            "DataType": kind,
            "IsModifiable": True,
            "ApplyMethod": "pending-reboot",
        }
        if allowed:
            entry["AllowedValues"] = allowed
        if name in own:
            entry |= {
                "ParameterValue": own[name]["ParameterValue"],
                "ApplyMethod": own[name].get("ApplyMethod", "pending-reboot"),
                "Source": "user",
            }
        found.append(entry)
    return found
