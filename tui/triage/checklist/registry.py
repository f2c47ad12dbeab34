"""The one table of checks by the name that config/checklist.yaml gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.triage.checklist import application, ecs, monitoring, network, rds
from tui.triage.checklist.probe import Check

CHECKS: Final[Mapping[str, Check]] = {
    "dashboard": monitoring.dashboard,
    "metrics": monitoring.metrics,
    "alarms": monitoring.alarms,
    "log-queries": monitoring.log_queries,
    "task-size": ecs.task_size,
    "autoscaling": ecs.autoscaling,
    "health-checks": ecs.health_checks,
    "instance-size": rds.instance_size,
    "storage": rds.storage,
    "backups": rds.backups,
    "read-replica": rds.read_replica,
    "slow-statements": application.slow_statements,
    "indexes": application.indexes,
    "caching": application.caching,
    "connection-pool": application.connection_pool,
    "cdn": network.cdn,
    "compression": network.compression,
    "static-caching": network.static_caching,
}
