"""The read list: every call that a read-only session may send, by service and operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

READS: Final[Mapping[str, frozenset[str]]] = {
    "cloudwatch": frozenset({"GetMetricData", "DescribeAlarms", "DescribeAlarmHistory", "GetDashboard"}),
    "logs": frozenset(
        {
            "FilterLogEvents",
            "DescribeLogGroups",
            "GetLogEvents",
            "StartLiveTail",
            # A query reads; stopping it saves what it would still scan.
            "StartQuery",
            "GetQueryResults",
            "StopQuery",
            "DescribeQueryDefinitions",
        }
    ),
    "ecs": frozenset({"DescribeServices", "ListTasks", "DescribeTasks", "DescribeTaskDefinition"}),
    "rds": frozenset(
        {
            "DescribeDBInstances",
            "DescribePendingMaintenanceActions",
            "DescribeDBParameters",
            "DescribeEvents",
        }
    ),
    "application-autoscaling": frozenset(
        {"DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScalingActivities"}
    ),
    "cloudfront": frozenset({"ListDistributions"}),
    "pi": frozenset({"GetResourceMetrics"}),
    "elbv2": frozenset({"DescribeLoadBalancers", "DescribeTargetGroups", "DescribeTargetHealth"}),
    "cloudtrail": frozenset({"LookupEvents"}),
    "sts": frozenset(
        {
            "GetCallerIdentity",
            # What botocore sends by itself to obtain credentials, here and below.
            "AssumeRole",
            "AssumeRoleWithSAML",
            "AssumeRoleWithWebIdentity",
            "GetSessionToken",
        }
    ),
    "sso": frozenset({"GetRoleCredentials"}),
    "sso-oidc": frozenset({"CreateToken", "RegisterClient", "StartDeviceAuthorization"}),
    "signin": frozenset({"CreateOAuth2Token"}),
    "secretsmanager": frozenset({"GetSecretValue"}),
}
"""botocore's service name to the names of operations."""


PLAN_READS: Final[Mapping[str, frozenset[str]]] = {
    "ecs": frozenset({"ListTaskDefinitions"}),
    "elbv2": frozenset({"DescribeListeners"}),
    "cloudfront": frozenset({"GetDistribution"}),
    "cloudwatch": frozenset({"ListDashboards"}),
    "rds": frozenset(
        {
            "DescribeDBParameterGroups",
            "DescribeOrderableDBInstanceOptions",
        }
    ),
    "application-autoscaling": frozenset({"DescribeScheduledActions"}),
}
"""What is read besides, when a tuning action is planned or verified."""


def is_read(service: str, operation: str) -> bool:
    """Return whether an operation is on the read list."""
    return operation in READS.get(service, frozenset()) or operation in PLAN_READS.get(service, frozenset())
