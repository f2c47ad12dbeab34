"""The least-privilege IAM policies: of watching, and of the tuning actions.

Built from the lists that the door enforces, so that a policy allows exactly what cwtop can send. Types of
resources: docs.aws.amazon.com/service-authorization/latest/reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from tui.sources.errors import IAM_PREFIXES
from tui.sources.reads import PLAN_READS, READS
from tui.sources.writes import WRITES

Kind = Literal["read", "write"]

_BY_THE_SDK: Final = frozenset({"sts", "sso", "sso-oidc", "signin", "secretsmanager"})
"""What obtains credentials: allowed to everybody, or part of the profile's own login."""

_READ_RESOURCES: Final[Mapping[str, str]] = {
    "ecs:DescribeServices": "service",
    "ecs:DescribeTasks": "task",
    "ecs:ListTasks": "cluster-condition",
    "cloudfront:GetDistribution": "distribution",
    "rds:DescribeDBInstances": "database",
    "pi:GetResourceMetrics": "load",
    "rds:DescribeDBParameterGroups": "parameter-group",
    "rds:DescribeDBParameters": "parameter-group",
    "logs:FilterLogEvents": "log-group",
    "logs:GetLogEvents": "log-group",
    "logs:StartQuery": "log-group",
    "logs:StartLiveTail": "log-group-itself",
}
"""Actions that can be narrowed to a resource; all others need `*`."""

_PASS_ROLE: Final = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


@dataclass(frozen=True, slots=True)
class Place:
    """What the ARNs of a policy name.

    Attributes:
        region: AWS Region.
        account: Twelve digits.
        cluster: ECS cluster.
        services: ECS services.
        databases: DB instance identifiers.
        log_groups: Names of log groups; globs stay globs.
        database_user: Who logs in to PostgreSQL with an IAM token; "" for nobody.
        secret: Name or ARN of the secret with the password of PostgreSQL; "" for none.
    """

    region: str
    account: str
    cluster: str
    services: tuple[str, ...]
    databases: tuple[str, ...]
    log_groups: tuple[str, ...]
    database_user: str = ""
    secret: str = ""

    @property
    def partition(self) -> str:
        """aws, aws-cn or aws-us-gov."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"


def actions_of(kind: Kind) -> dict[str, list[str]]:
    """Return every IAM action of a policy with the kinds of resources that it needs."""
    found: dict[str, list[str]] = {}
    if kind == "read":
        for service, operations in READS.items():
            for operation in operations if service not in _BY_THE_SDK else ():
                _add(found, service, operation, _READ_RESOURCES)
        return found
    for service, operations in PLAN_READS.items():
        for operation in operations:
            _add(found, service, operation, _READ_RESOURCES)
    for service, writes in WRITES.items():
        for operation, permission in writes.items():
            _add(found, service, operation, {_action(service, operation): permission.resource})
            for action, resource in permission.also:
                kinds = found.setdefault(action, [])
                kinds += [resource] if resource not in kinds else []
    return found


def policy(kind: Kind, place: Place) -> dict[str, Any]:
    """Return the policy document: one statement for each set of resources.

    Args:
        kind: "read" for watching, "write" for what actions need besides.
        place: What the ARNs name.
    """
    by_kinds: dict[tuple[str, ...], list[str]] = {}
    actions = actions_of(kind)
    if place.database_user:
        # docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
        actions["rds-db:connect"] = ["database-user"]
    if place.secret:
        actions["secretsmanager:GetSecretValue"] = ["secret"]
    for action, kinds in actions.items():
        by_kinds.setdefault(tuple(sorted(kinds)), []).append(action)
    statements = []
    for several, allowed in sorted(by_kinds.items()):
        statement: dict[str, Any] = {
            "Sid": "".join(
                part.capitalize() for one in several for part in one.replace("*", "any").split("-")
            ),
            "Effect": "Allow",
            "Action": sorted(allowed),
            "Resource": _resources(several, place),
        }
        condition = _condition(several, place)
        if condition:
            statement["Condition"] = condition
        statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def _add(found: dict[str, list[str]], service: str, operation: str, resources: Mapping[str, str]) -> None:
    action = _action(service, operation)
    found.setdefault(action, []).append(resources.get(action, "*"))


def _action(service: str, operation: str) -> str:
    return f"{IAM_PREFIXES.get(service, service)}:{operation}"


def _condition(kinds: Iterable[str], place: Place) -> dict[str, Any]:
    if "cluster-condition" in kinds:
        cluster = f"arn:{place.partition}:ecs:{place.region}:{place.account}:cluster/{place.cluster}"
        return {"ArnEquals": {"ecs:cluster": cluster}}
    if "task-roles" in kinds:
        return dict(_PASS_ROLE)
    if "autoscaling-role" in kinds:
        return {"StringLike": {"iam:AWSServiceName": "ecs.application-autoscaling.amazonaws.com"}}
    return {}


def _resources(kinds: Iterable[str], place: Place) -> list[str] | str:
    found = list(dict.fromkeys(arn for kind in kinds for arn in _arns(kind, place)))
    return "*" if "*" in found else found


def _arns(kind: str, place: Place) -> list[str]:
    def arn(service: str, rest: str, *, region: str = place.region) -> str:
        return f"arn:{place.partition}:{service}:{region}:{place.account}:{rest}"

    databases = place.databases or ("*",)
    services = place.services or ("*",)
    groups = [group.split(":", 1)[0] for group in place.log_groups] or ["*"]
    cluster = place.cluster or "*"
    table: dict[str, list[str]] = {
        "*": ["*"],
        "cluster-condition": ["*"],
        "service": [arn("ecs", f"service/{cluster}/{one}") for one in services],
        "task": [arn("ecs", f"task/{cluster}/*")],
        "task-definition": [arn("ecs", "task-definition/*:*")],
        "task-roles": [arn("iam", "role/*", region="")],
        "autoscaling-role": [
            arn("iam", "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/*", region="")
        ],
        "target-group": [arn("elasticloadbalancing", "targetgroup/*/*")],
        "scalable-target": [arn("application-autoscaling", "scalable-target/*")],
        "scaling-alarms": [arn("cloudwatch", f"alarm:TargetTracking-service/{cluster}/*")],
        "alarm": [arn("cloudwatch", "alarm:*")],
        "dashboard": [arn("cloudwatch", "dashboard/*", region="")],
        "distribution": [arn("cloudfront", "distribution/*", region="")],
        "database": [arn("rds", f"db:{one}") for one in databases],
        "replicas": [arn("rds", f"db:{one}-replica*") for one in databases],
        "database-parts": [arn("rds", f"{part}:*") for part in ("db", "og", "pg", "subgrp")],
        "parameter-group": [arn("rds", "pg:*")],
        # The instance's DbiResourceId is not known here.
        "database-user": [arn("rds-db", f"dbuser:*/{place.database_user}")],
        # Secrets Manager adds six characters to a name.
        "secret": [
            place.secret
            if place.secret.startswith("arn:")
            else arn("secretsmanager", f"secret:{place.secret}-??????")
        ],
        "load": [arn("pi", "metrics/rds/*")],
        "log-group": [arn("logs", f"log-group:{one}:*") for one in groups],
        "log-group-itself": [arn("logs", f"log-group:{one}") for one in groups],
    }
    return table[kind]
