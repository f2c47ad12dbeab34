"""ECS, the balancers and CloudTrail as moto serves them, driven by the sandbox's engines."""

from __future__ import annotations

import json
from typing import Any

import moto.cloudtrail.urls
import moto.ecs.urls
import moto.elb.urls
import moto.sts.urls
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.responses import ActionResult
from moto.ecs.exceptions import EcsClientException
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.responses import ELBV2Response
from moto.sts.responses import TokenResponse

from tui.sandbox.ecs_task import EngineTask, is_fargate_pair, utc
from tui.sandbox.trail import USER
from tui.sandbox.world import World


class SandboxEcs(EC2ContainerServiceResponse):
    """Services whose tasks really start and stop, and the pairs of sizes that Fargate knows."""

    world: World

    def register_task_definition(self) -> Any:
        """Refuse what Fargate has no configuration for."""
        if "FARGATE" in (self._get_param("requiresCompatibilities") or []):
            cpu, memory = str(self._get_param("cpu") or ""), str(self._get_param("memory") or "")
            if not is_fargate_pair(cpu, memory):
                raise EcsClientException(
                    f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the"
                    " Amazon ECS documentation for the valid values."
                )
            for container in self._get_param("containerDefinitions") or []:
                if int(container.get("memory") or 0) > int(memory):
                    raise EcsClientException(
                        f"Invalid 'memory' setting for container '{container['name']}': greater than for"
                        " the task."
                    )
        answer: Any = super().register_task_definition()
        definition: Any = answer.result["taskDefinition"]
        definition.registered_at = utc(self.world.clock.now())
        return answer

    def create_service(self) -> Any:
        """Create a service and start its tasks."""
        answer: Any = super().create_service()
        service: Any = answer.result["service"]
        service.deployment_configuration = self._get_param("deploymentConfiguration") or _ROLLING
        definition = self.ecs_backend.describe_task_definition(service.task_definition)
        self.world.ecs.adopt(service, definition)
        return answer

    def update_service(self) -> ActionResult:
        """Change what is wanted; the engine gets there in time."""
        service: Any = self.ecs_backend._get_service(  # moto has no public look-up by name or ARN
            self._get_param("cluster") or "default", str(self._get_param("service")).split("/")[-1]
        )
        wanted = self._get_param("taskDefinition") or service.task_definition
        definition = self.ecs_backend.describe_task_definition(wanted)
        if configuration := self._get_param("deploymentConfiguration"):
            service.deployment_configuration = configuration
        desired = self._get_int_param("desiredCount")
        self.world.ecs.update(service, definition, desired, bool(self._get_param("forceNewDeployment")))
        return ActionResult({"service": service})

    def delete_service(self) -> Any:
        """Delete a service with its tasks."""
        answer: Any = super().delete_service()
        self.world.ecs.forget(answer.result["service"].arn)
        return answer

    def list_tasks(self) -> ActionResult:
        """List the services' tasks and those started by RunTask."""
        now = self.world.clock.now()
        status = self._get_param("desiredStatus") or "RUNNING"
        service = self._get_param("serviceName")
        family = self._get_param("family")
        found = [
            task.arn
            for task in self.world.ecs.all_tasks()
            if (task.stop_at is not None) == (status == "STOPPED")
            and (not service or task.service == str(service).split("/")[-1])
            and (not family or task.definition.family == family)
            and self._is_in_cluster(task)
            and not (status == "STOPPED" and task.status(now) != "STOPPED")
        ]
        if not service:
            cluster = self._get_param("cluster") or "default"
            found += [
                one.task_arn
                for one in self.ecs_backend.list_tasks(cluster, desiredStatus=status, family=family)
            ]
        return ActionResult({"taskArns": found})

    def describe_tasks(self) -> ActionResult:
        """Describe tasks by id or ARN; those not known are failures."""
        wanted = [str(one).split("/")[-1] for one in self._get_param("tasks") or []]
        known = {task.id: task for task in self.world.ecs.all_tasks()}
        found: list[Any] = [self.world.ecs.describe(known[one]) for one in wanted if one in known]
        others = [one for one in wanted if one not in known]
        cluster = self._get_param("cluster") or "default"
        started = self.ecs_backend.describe_tasks(cluster, others) if others else []
        found += started
        missing = [one for one in others if one not in {task.id for task in started}]
        arn = f"arn:aws:ecs:{self.region}:{self.current_account}:task"
        failures = [{"arn": f"{arn}/{cluster}/{one}", "reason": "MISSING"} for one in missing]
        return ActionResult({"tasks": found, "failures": failures})

    def stop_task(self) -> Any:
        """Stop a task; its service starts another."""
        task = self.world.ecs.stop_task(str(self._get_param("task")), self._get_param("reason") or "")
        return super().stop_task() if task is None else ActionResult({"task": task})

    def _is_in_cluster(self, task: EngineTask) -> bool:
        cluster = str(self._get_param("cluster") or "default").split("/")[-1]
        return task.cluster_arn.endswith(f"/{cluster}")


class SandboxElb(ELBV2Response):
    """Target health that follows the tasks."""

    world: World

    def describe_target_health(self) -> ActionResult:
        """Describe registered tasks, and targets registered by hand."""
        described: Any = super().describe_target_health().result
        answer: dict[str, Any] = dict(described)
        tasks = self.world.ecs.targets(self._get_param("TargetGroupArn"))
        answer["TargetHealthDescriptions"] = tasks + list(answer["TargetHealthDescriptions"])
        return ActionResult(answer)


class SandboxTrail(CloudTrailResponse):
    """The event history of the calls that passed the gate."""

    world: World

    def lookup_events(self) -> str:
        """List events newest first, 50 a page at most."""
        asked = json.loads(self.body or "{}")
        start, end = float(asked.get("StartTime") or 0), float(asked.get("EndTime") or 1e12)
        limit = min(int(asked.get("MaxResults") or 50), 50)
        first = int(asked.get("NextToken") or 0)
        account = self.world.settings.account
        events = [one.to_wire(account) for one in self.world.trail.newest_first() if start <= one.at_s <= end]
        for attribute in asked.get("LookupAttributes") or []:
            events = [one for one in events if _has_attribute(one, attribute)]
        answer: dict[str, Any] = {"Events": events[first : first + limit]}
        if first + limit < len(events):
            answer["NextToken"] = str(first + limit)
        return json.dumps(answer)


class SandboxSts(TokenResponse):
    """Tells who calls; the sandbox has one user."""

    world: World

    def get_caller_identity(self) -> ActionResult:
        """Return the user whom the event history names too."""
        account = self.current_account
        arn = f"arn:aws:iam::{account}:user/{USER}"
        return ActionResult({"UserId": self.access_key, "Account": account, "Arn": arn})


_ROLLING = {"maximumPercent": 200, "minimumHealthyPercent": 100}


def install(world: World) -> None:
    """Put the overrides in moto's place."""
    for kind in (SandboxEcs, SandboxElb, SandboxTrail, SandboxSts):
        kind.world = world
    moto.ecs.urls.url_paths["{0}/$"] = SandboxEcs.dispatch
    # Classic and application balancers share an address; moto's dispatcher tells them apart by name.
    moto.elb.urls.ELBV2Response = SandboxElb  # type: ignore[attr-defined]
    moto.sts.urls.url_paths["{0}/$"] = SandboxSts.dispatch
    moto.cloudtrail.urls.url_paths["{0}/$"] = SandboxTrail.dispatch


def _has_attribute(event: dict[str, Any], attribute: dict[str, str]) -> bool:
    name, value = attribute.get("AttributeKey"), attribute.get("AttributeValue")
    if name == "ResourceName":
        return any(one["ResourceName"] == value for one in event["Resources"])
    if name == "ResourceType":
        return any(one["ResourceType"] == value for one in event["Resources"])
    return bool(event.get(str(name)) == value)
