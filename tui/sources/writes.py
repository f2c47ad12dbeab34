"""The write list: every call that an applied action may send, with what `cwtop iam write` says of it.

Resource types and dependent actions: the Service Authorization Reference,
docs.aws.amazon.com/service-authorization/latest/reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Permission:
    """What an operation needs.

    Attributes:
        resource: Kind of its resource in `tui.sources.policies.RESOURCES`; "*" for no resource-level support.
        why: Which actions send it.
        also: Further IAM actions that it needs besides its own: (action, resource kind).
    """

    resource: str
    why: str
    also: tuple[tuple[str, str], ...] = ()


WRITES: Final[Mapping[str, Mapping[str, Permission]]] = {
    "ecs": {
        "UpdateService": Permission("service", "all ECS actions"),
        "RegisterTaskDefinition": Permission(
            "task-definition",
            "resize, container health check",
            (("iam:PassRole", "task-roles"), ("ecs:TagResource", "task-definition")),
        ),
        "DeregisterTaskDefinition": Permission("*", "undo of a resize or of a health check"),
        "StopTask": Permission("task", "stop a task"),
    },
    "elbv2": {"ModifyTargetGroup": Permission("target-group", "health check of the target group")},
    "application-autoscaling": {
        "RegisterScalableTarget": Permission(
            "scalable-target",
            "range and policies",
            (("iam:CreateServiceLinkedRole", "autoscaling-role"), ("ecs:UpdateService", "service")),
        ),
        "DeregisterScalableTarget": Permission("scalable-target", "remove autoscaling; undo"),
        "PutScalingPolicy": Permission(
            "scalable-target",
            "policies",
            (
                ("cloudwatch:PutMetricAlarm", "scaling-alarms"),
                ("cloudwatch:DeleteAlarms", "scaling-alarms"),
            ),
        ),
        "DeleteScalingPolicy": Permission("scalable-target", "remove autoscaling; undo"),
    },
    "cloudwatch": {
        "PutMetricAlarm": Permission("alarm", "create and correct alarms"),
        "DeleteAlarms": Permission("alarm", "undo of an alarm that was created"),
        "EnableAlarmActions": Permission("alarm", "enable the actions of an alarm"),
        "DisableAlarmActions": Permission("alarm", "disable the actions of an alarm"),
        "SetAlarmState": Permission("alarm", "test an alarm"),
        "PutDashboard": Permission("dashboard", "publish the dashboard"),
        "DeleteDashboards": Permission("dashboard", "undo of a dashboard that was published"),
    },
    "logs": {
        "PutQueryDefinition": Permission("*", "save queries"),
        "DeleteQueryDefinition": Permission("*", "undo of a query that was saved"),
    },
    "cloudfront": {
        "CreateDistribution": Permission("*", "put CloudFront in front of the balancer"),
        "UpdateDistribution": Permission("distribution", "disable or enable a distribution; undo"),
        "DeleteDistribution": Permission("distribution", "delete a distribution; undo"),
    },
    "rds": {
        "ModifyDBInstance": Permission("database", "class, storage, backups, parameter group"),
        "RebootDBInstance": Permission("database", "reboot"),
        "CreateDBInstanceReadReplica": Permission(
            "database", "read replica", (("rds:CreateDBInstanceReadReplica", "database-parts"),)
        ),
        "DeleteDBInstance": Permission("replicas", "undo of a read replica"),
        "CreateDBParameterGroup": Permission("parameter-group", "parameters"),
        "ModifyDBParameterGroup": Permission("parameter-group", "parameters"),
        "ResetDBParameterGroup": Permission("parameter-group", "undo of a parameter"),
        "DeleteDBParameterGroup": Permission("parameter-group", "undo of a parameter"),
    },
}
"""botocore's service name to operations."""


def is_write(service: str, operation: str) -> bool:
    """Return whether an operation is on the write list."""
    return operation in WRITES.get(service, {})
