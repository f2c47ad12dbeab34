"""Application Auto Scaling of the sandbox: policies that really move the desired count.

target-tracking-scaling-policy-overview.html at docs.aws.amazon.com/autoscaling/application/userguide: out as
soon as any policy wants it, in only if all agree, within the range, after the cooldown.
"""

from __future__ import annotations

import json
import math
import random
import uuid
from collections import deque
from typing import Any

import moto.applicationautoscaling.urls
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.ecs.models import ecs_backends

from tui.sandbox.metric_store import MetricKey
from tui.sandbox.world import World

_PERIOD_S = 60.0
_LOOKED_AT_S = 180
_KEPT = 1_000
_PAGE = 50
_METRICS = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}
# Scaling in waits until the metric is well below its target, or it would move up and down for ever.
_IN_SHARE = 0.9


class SandboxScaling(ApplicationAutoScalingResponse):
    """Scaling activities, which moto lacks."""

    engine: ScalingEngine

    def describe_scaling_activities(self) -> str:
        """List the activities of a namespace or a service, the newest first, 50 a page."""
        asked = {
            name: self._get_param(name) for name in ("ServiceNamespace", "ResourceId", "ScalableDimension")
        }
        found = [
            one
            for one in self.engine.activities
            if all(value in (None, one[name]) for name, value in asked.items())
        ]
        most = min(int(self._get_param("MaxResults") or _PAGE), _PAGE)
        first = int(self._get_param("NextToken") or 0)
        answer: dict[str, Any] = {"ScalingActivities": found[first : first + most]}
        if first + most < len(found):
            answer["NextToken"] = str(first + most)
        return json.dumps(answer)


class ScalingEngine:
    """Moves desired counts as the policies want it; `tick` is called often."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = random.Random(world.seed + 6)  # noqa: S311
        self._next = 0.0
        self._moved: dict[str, float] = {}
        self.activities: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def tick(self) -> None:
        """Look at all scalable targets once a minute."""
        now = self._world.clock.now()
        if now < self._next:
            return
        self._next = now + _PERIOD_S
        settings = self._world.settings
        backend: Any = applicationautoscaling_backends[settings.account][settings.region]
        for target in backend.describe_scalable_targets("ecs", None, None):
            self._look(backend, target, now)

    def _look(self, backend: Any, target: Any, now: float) -> None:
        _, cluster, name = str(target.resource_id).split("/")
        ecs: Any = ecs_backends[self._world.settings.account][self._world.settings.region]
        service = ecs._get_service(cluster, name)
        count = int(service.desired_count)
        low, high = int(target.min_capacity), int(target.max_capacity)
        wanted, why = self._wanted(backend, target, cluster, name, count, now)
        bounded = min(max(wanted, low), high)
        if bounded == count:
            return
        definition = ecs.describe_task_definition(service.task_definition)
        self._world.ecs.update(service, definition, bounded, False)
        self._moved[target.resource_id] = now
        self.activities.appendleft(
            {
                "ActivityId": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
                "ServiceNamespace": "ecs",
                "ResourceId": target.resource_id,
                "ScalableDimension": target.scalable_dimension,
                "Description": f"Setting desired count to {bounded}.",
                "Cause": why or "minimum or maximum capacity was changed",
                "StartTime": now,
                "EndTime": now,
                "StatusCode": "Successful",
                "StatusMessage": f"Successfully set desired count to {bounded}. Change successfully fulfilled"
                " by ecs.",
            }
        )

    def _wanted(
        self, backend: Any, target: Any, cluster: str, name: str, count: int, now: float
    ) -> tuple[int, str]:
        """Return the count that the policies want, and which of them moves it."""
        since = now - self._moved.get(target.resource_id, 0.0)
        votes: list[tuple[int, str]] = []
        for policy in list(backend.policies.values()):
            body = policy.target_tracking_scaling_policy_configuration or {}
            metric = (body.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType")
            if policy.resource_id != target.resource_id or metric not in _METRICS:
                continue
            value = self._average(cluster, name, _METRICS[metric], now)
            goal = float(body["TargetValue"])
            if value is None:
                votes.append((count, ""))
                continue
            wanted = math.ceil(count * value / goal) if count else 1
            why = f"policy {policy.policy_name}: {value:.0f} % against a target of {goal:g} %"
            if wanted > count and since >= float(body.get("ScaleOutCooldown") or 0):
                return wanted, why
            is_low = value < goal * _IN_SHARE and since >= float(body.get("ScaleInCooldown") or 0)
            may_go_in = is_low and not body.get("DisableScaleIn")
            votes.append((min(count, wanted) if may_go_in else count, why))
        return max(votes, default=(count, ""))

    def _average(self, cluster: str, name: str, metric: str, now: float) -> float | None:
        key = MetricKey.of("AWS/ECS", metric, ClusterName=cluster, ServiceName=name)
        _, values = self._world.metrics.query(key, now - _LOOKED_AT_S, now, 60, "Average")
        return sum(values) / len(values) if values else None


def install(world: World) -> ScalingEngine:
    """Put the overrides in moto's place; the engine is to be ticked."""
    engine = ScalingEngine(world)
    SandboxScaling.engine = engine
    moto.applicationautoscaling.urls.url_paths["{0}/$"] = SandboxScaling.dispatch
    return engine
