"""The one table of actions and watchers. Adding one means adding its module and its row here."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from config.schema import Config
from tui.actions.protocol import Action, TargetKind, Watcher


@dataclass(frozen=True, slots=True)
class Row:
    """An action as the list shows it; its module is imported when it is chosen.

    Attributes:
        id: What `cwtop apply` takes.
        group: Heading in the list.
        title: What it does, in the imperative.
        kind: What it is applied to.
        where: "module:class".
        fits: Metric ids whose breach it helps with, the best first in the table's order.
        words: Other words to find it by.
    """

    id: str
    group: str
    title: str
    kind: TargetKind
    where: str
    fits: tuple[str, ...] = ()
    words: str = ""


ECS = "ECS"
AUTOSCALING = "Autoscaling"
RDS = "RDS"
ALARMS = "Alarms"
DASHBOARD = "Dashboard"
LOGS = "Logs"
CDN = "CDN"
POSTGRES = "PostgreSQL"
GROUPS: Final = (ECS, AUTOSCALING, RDS, POSTGRES, ALARMS, DASHBOARD, LOGS, CDN)

ROWS: Final[tuple[Row, ...]] = (
    Row(
        "ecs-desired-count", ECS, "Change the desired count of tasks", "service",
        "tui.actions.ecs_count:DesiredCount",
        ("ecs.cpu", "alb.response_time", "alb.requests", "ecs.running_tasks"), "scale out in tasks",
    ),
    Row(
        "ecs-resize", ECS, "Resize the task (cpu and memory)", "service", "tui.actions.ecs_resize:ResizeTask",
        ("ecs.cpu", "ecs.memory"), "fargate size bigger",
    ),
    Row(
        "ecs-rollback", ECS, "Roll back to an earlier revision", "service",
        "tui.actions.ecs_rollback:Rollback",
        ("alb.error_rate", "alb.errors", "ecs.running_tasks", "ecs.memory"), "deployment task definition",
    ),
    Row(
        "ecs-force-deployment", ECS, "Force a new deployment (fresh tasks)", "service",
        "tui.actions.ecs_deploy:ForceDeployment", ("ecs.memory",), "restart redeploy leak",
    ),
    Row(
        "ecs-circuit-breaker", ECS, "Switch on the deployment circuit breaker", "service",
        "tui.actions.ecs_breaker:CircuitBreaker", (), "rollback deployment",
    ),
    Row(
        "ecs-health-check", ECS, "Set the container health check", "service",
        "tui.actions.ecs_health:ContainerHealthCheck", (), "curl",
    ),
    Row(
        "alb-health-check", ECS, "Set the health check of the target group", "service",
        "tui.actions.alb_health:TargetGroupHealthCheck", (), "elb path",
    ),
    Row("ecs-stop-task", ECS, "Stop a task", "service", "tui.actions.ecs_stop:StopTask", (), "kill"),
    Row(
        "scaling-range", AUTOSCALING, "Set the least and the most tasks", "service",
        "tui.actions.scaling_target:ScalingRange", ("alb.requests",), "min max capacity scalable target",
    ),
    Row(
        "scaling-cpu", AUTOSCALING, "Scale by CPU (target tracking)", "service",
        "tui.actions.scaling_policy:CpuPolicy", ("ecs.cpu",), "policy",
    ),
    Row(
        "scaling-memory", AUTOSCALING, "Scale by memory (target tracking)", "service",
        "tui.actions.scaling_policy:MemoryPolicy", ("ecs.memory",), "policy",
    ),
    Row(
        "scaling-remove", AUTOSCALING, "Remove autoscaling", "service",
        "tui.actions.scaling_remove:RemoveScaling", (), "delete policy deregister",
    ),
    Row(
        "rds-storage", RDS, "Grow the storage", "database", "tui.actions.rds_storage:Storage",
        ("rds.free_storage_percent", "rds.free_storage"), "disk gp3 iops",
    ),
    Row(
        "rds-class", RDS, "Change the instance class", "database", "tui.actions.rds_class:InstanceClass",
        ("rds.cpu", "rds.connections", "rds.freeable_memory", "rds.cpu_credits"), "bigger size",
    ),
    Row(
        "rds-slow-query-log", RDS, "Log slow statements", "database",
        "tui.actions.rds_parameter:SlowQueryLog", ("rds.cpu",), "log_min_duration_statement",
    ),
    Row(
        "rds-parameter", RDS, "Set a parameter", "database", "tui.actions.rds_parameter:Parameter",
        ("rds.connections",), "parameter group",
    ),
    Row(
        "rds-backups", RDS, "Set backups and windows", "database", "tui.actions.rds_backups:Backups", (),
        "retention maintenance",
    ),
    Row("rds-replica", RDS, "Create a read replica", "database", "tui.actions.rds_replica:ReadReplica"),
    Row("rds-reboot", RDS, "Reboot, with or without failover", "database", "tui.actions.rds_reboot:Reboot"),
    Row(
        "db-create-index", POSTGRES, "Create an index (concurrently)", "postgres",
        "tui.actions.pg_index_create:CreateIndex", ("rds.cpu", "alb.response_time"), "slow missing",
    ),
    Row(
        "db-drop-index", POSTGRES, "Drop an unused, duplicate or invalid index", "postgres",
        "tui.actions.pg_index_drop:DropIndex",
    ),
    Row(
        "db-cancel-build", POSTGRES, "Stop an index build and drop what it leaves", "postgres",
        "tui.actions.pg_sessions:CancelBuild", (), "create index invalid",
    ),
    Row(
        "db-cancel", POSTGRES, "Cancel the statement of a session", "postgres",
        "tui.actions.pg_sessions:CancelStatement", ("rds.cpu",), "kill query",
    ),
    Row(
        "db-terminate", POSTGRES, "End a session", "postgres", "tui.actions.pg_sessions:TerminateSession",
        ("rds.connections",), "kill connection idle transaction",
    ),
    Row(
        "db-analyze", POSTGRES, "Analyze a table", "postgres", "tui.actions.pg_maintain:Analyze", (),
        "statistics planner",
    ),
    Row(
        "db-vacuum", POSTGRES, "Vacuum and analyze a table", "postgres", "tui.actions.pg_maintain:Vacuum", (),
        "dead rows bloat wraparound",
    ),
    Row(
        "db-extension", POSTGRES, "Create pg_stat_statements", "postgres",
        "tui.actions.pg_maintain:CreateExtension",
    ),
    Row(
        "db-reset-statements", POSTGRES, "Reset the statement counters", "postgres",
        "tui.actions.pg_maintain:ResetStatements", (), "pg_stat_statements_reset",
    ),
    Row(
        "alarms-sync", ALARMS, "Create missing alarms, correct drift", "stack",
        "tui.actions.alarms_sync:SyncAlarms", (), "cloudwatch put",
    ),
    Row(
        "alarms-actions", ALARMS, "Enable or disable the actions of an alarm", "stack",
        "tui.actions.alarms_actions:SwitchActions", (), "mute silence",
    ),
    Row(
        "alarms-test", ALARMS, "Set an alarm's state for a test (really pages)", "stack",
        "tui.actions.alarms_state:TestAlarm", (), "fire page",
    ),
    Row(
        "dashboard-publish", DASHBOARD, "Publish the console as a CloudWatch dashboard", "stack",
        "tui.actions.dashboard_publish:PublishDashboard", (), "widgets",
    ),
    Row(
        "dashboard-fetch", DASHBOARD, "Fetch a CloudWatch dashboard as configuration", "stack",
        "tui.actions.dashboard_fetch:FetchDashboard", (), "import compare widgets metrics yaml",
    ),
    Row(
        "logs-save-queries", LOGS, "Save the catalogue's queries to CloudWatch", "stack",
        "tui.actions.logs_queries:SaveQueries", (), "insights query definitions",
    ),
    Row(
        "cdn-create", CDN, "Put CloudFront in front of the balancer", "load_balancer",
        "tui.actions.cdn_create:CreateDistribution", ("alb.response_time",), "cache https compression static",
    ),
    Row(
        "cdn-disable", CDN, "Show, disable, enable or delete the distribution", "load_balancer",
        "tui.actions.cdn_switch:SwitchDistribution", (), "cloudfront status",
    ),
)  # fmt: skip

WATCHERS: Final[Mapping[str, str]] = {
    "rollout": "tui.actions.ecs_watch:rollout",
    "circuit-breaker": "tui.actions.ecs_breaker:breaker",
    "task-replaced": "tui.actions.ecs_stop:replaced",
    "target-group": "tui.actions.alb_health:target_group",
    "scalable-target": "tui.actions.scaling_common:scalable_target",
    "scaling-policy": "tui.actions.scaling_common:policy",
    "alarm": "tui.actions.alarms_common:alarm",
    "dashboard": "tui.actions.dashboard_publish:dashboard",
    "file": "tui.actions.local:file",
    "query-definition": "tui.actions.logs_queries:query_definition",
    "distribution": "tui.actions.cdn_common:distribution",
    "alarm-fired": "tui.actions.alarms_common:fired",
    "pg-index": "tui.actions.pg_watch:index",
    "pg-index-gone": "tui.actions.pg_watch:gone",
    "pg-effect": "tui.actions.pg_watch:effect",
    "pg-session": "tui.actions.pg_watch:session",
    "pg-no-build": "tui.actions.pg_watch:no_build",
    "pg-maintained": "tui.actions.pg_watch:job_ended",
    "pg-extension": "tui.actions.pg_watch:extension",
    "db-instance": "tui.actions.rds_common:db_instance",
    "db-parameter": "tui.actions.rds_groups:parameter",
    "db-group": "tui.actions.rds_groups:attached",
    "db-present": "tui.actions.rds_replica:present",
    "db-reboot": "tui.actions.rds_reboot:rebooted",
}
"""Kind of an `Expect` to "module:function"."""

BY_ID: Final[Mapping[str, Row]] = {row.id: row for row in ROWS}


def action_of(row: Row) -> Action:
    """Import and return an action."""
    made: Action = _named(row.where)()
    return made


def watcher_of(kind: str) -> Watcher:
    """Import and return a watcher.

    Raises:
        KeyError: There is none of the kind.
    """
    found: Watcher = _named(WATCHERS[kind])
    return found


def targets_of(row: Row, config: Config) -> tuple[str, ...]:
    """Return the names that an action can be applied to in a configured stack."""
    stack = config.stack
    server = (next(iter(stack.databases), "postgres"),) if config.database_address else ()
    return {
        "postgres": server,
        "service": stack.services,
        "database": stack.databases,
        "load_balancer": stack.load_balancers,
        "stack": ("stack",),
    }[row.kind]


def _named(where: str) -> Any:
    module, _, name = where.partition(":")
    return getattr(importlib.import_module(module), name)
