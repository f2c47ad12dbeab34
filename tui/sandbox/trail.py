"""CloudTrail in miniature: the write calls that passed the gate, newest last."""

from __future__ import annotations

import json
import threading
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_KEPT = 2_000
_READS = (
    "Get",
    "List",
    "Describe",
    "Lookup",
    "Filter",
    "Test",
    "Search",
    "BatchGet",
    "Head",
    "Download",
    "Select",
)
# Data events and queries: CloudTrail's event history does not list them.
_NOT_LISTED = frozenset({"PutMetricData", "PutLogEvents", "StartQuery", "StopQuery", "StartLiveTail"})

USER = "demo"
"""Whoever calls the sandbox: its keys are the same for everybody."""

RESOURCE_TYPES = {
    "service": "AWS::ECS::Service",
    "cluster": "AWS::ECS::Cluster",
    "family": "AWS::ECS::TaskDefinition",
    "taskDefinition": "AWS::ECS::TaskDefinition",
    "DBInstanceIdentifier": "AWS::RDS::DBInstance",
    "DBParameterGroupName": "AWS::RDS::DBParameterGroup",
    "DistributionId": "AWS::CloudFront::Distribution",
    "AlarmName": "AWS::CloudWatch::Alarm",
    "DashboardName": "AWS::CloudWatch::Dashboard",
    "TargetGroupArn": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "LoadBalancerArn": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "logGroupName": "AWS::Logs::LogGroup",
    "ResourceId": "AWS::ApplicationAutoScaling::ScalableTarget",
    "PolicyName": "AWS::ApplicationAutoScaling::ScalingPolicy",
}
"""Request parameters that name a resource, and the type CloudTrail gives it."""


_TYPES = {
    "RegisterTaskDefinition": "AWS::ECS::TaskDefinition",
    "RunTask": "AWS::ECS::TaskDefinition",
    "UpdateService": "AWS::ECS::Service",
}


def is_recorded(operation: str) -> bool:
    """Whether CloudTrail's event history lists a call as a change."""
    return not operation.startswith(_READS) and operation not in _NOT_LISTED


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """One recorded call."""

    at_s: float
    name: str
    source: str
    user: str
    resources: tuple[tuple[str, str], ...]
    """(type, name) pairs."""
    error: str = ""
    region: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    """requestParameters, as far as they are known."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def to_wire(self, account: str) -> dict[str, Any]:
        """Return the event as LookupEvents does."""
        detail: dict[str, Any] = {
            "eventVersion": "1.08",
            "userIdentity": {
                "type": "IAMUser",
                "userName": self.user,
                "arn": f"arn:aws:iam::{account}:user/{self.user}",
            },
            "eventTime": self.at_s,
            "eventSource": self.source,
            "eventName": self.name,
            "awsRegion": self.region,
            "eventID": self.id,
            "readOnly": False,
        }
        if self.parameters:
            detail["requestParameters"] = dict(self.parameters)
        if self.error:
            detail["errorCode"] = self.error
        return {
            "EventId": self.id,
            "EventName": self.name,
            "ReadOnly": "false",
            "EventTime": self.at_s,
            "EventSource": self.source,
            "Username": self.user,
            "Resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in self.resources],
            "CloudTrailEvent": json.dumps(detail),
        }


class Trail:
    """The event history. Safe for use by several threads."""

    def __init__(self, region: str = "") -> None:
        self._region = region
        self._lock = threading.Lock()
        self._events: deque[TrailEvent] = deque(maxlen=_KEPT)

    def add(self, event: TrailEvent) -> None:
        """Record a call."""
        with self._lock:
            self._events.append(event)

    def remember(
        self,
        at_s: float,
        user: str,
        source: str,
        name: str,
        resource: str,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        """Record a call from before the start, which changed one resource."""
        kind = _TYPES.get(name, f"AWS::{source.split('.')[0].upper()}::Resource")
        given = tuple((parameters or {}).items())
        self.add(TrailEvent(at_s, name, source, user, ((kind, resource),), "", self._region, given))

    def newest_first(self) -> list[TrailEvent]:
        """Return all events, newest first."""
        with self._lock:
            return sorted(self._events, key=lambda event: event.at_s, reverse=True)
