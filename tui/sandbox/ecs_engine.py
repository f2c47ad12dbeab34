"""ECS's scheduler in miniature: services become tasks, tasks start, register as targets, drain and stop."""

from __future__ import annotations

import math
import random
import threading
from typing import Any

from tui.domain.clock import Clock
from tui.sandbox.ecs_state import ServiceState, names_of, unavailable_image
from tui.sandbox.ecs_task import EngineTask, TaskMaker, describe_target, utc
from tui.sandbox.settings import EcsSettings

_STOPPED_KEPT_S = 3600.0
_REPLAY_S = 180


class EcsEngine:
    """Drives all services of the sandbox towards what their callers asked for.

    `tick` moves time on; the API overrides in `aws_ecs` call the other methods. Safe for several threads.
    """

    def __init__(self, settings: EcsSettings, clock: Clock, account: str, region: str, seed: int) -> None:
        self._settings = settings
        self._clock = clock
        self._account_region = f"{region}:{account}"
        self._random = random.Random(seed)  # noqa: S311
        self._lock = threading.RLock()
        self._services: dict[str, ServiceState] = {}
        self._batch: list[EngineTask] = []
        self._maker = TaskMaker(settings, account, region, self._random)

    # ------------------------------------------------------------ what callers ask for

    def adopt(
        self, service: Any, definition: Any, at_s: float | None = None, *, is_running: bool = False
    ) -> None:
        """Take over a service that moto created.

        Args:
            service: moto's service object; the engine writes its counts, deployments and events.
            definition: moto's task definition object.
            at_s: When it was created, epoch seconds; now if None.
            is_running: Whether all its tasks run already.
        """
        with self._lock:
            now = self._clock.now() if at_s is None else at_s
            state = self._services[service.arn] = ServiceState(service, definition)
            service.created_at = utc(now)
            service.created_by = f"arn:aws:iam::{self._account_region.split(':')[1]}:user/ci-deployer"
            self._deploy(state, definition, now)
            if is_running:
                for task in self._start(state, service.desired_count, now):
                    task.start_at, task.healthy_at = now + 10, now + 20
                self._reconcile(state, now + 60)
            self.tick()

    def update(self, service: Any, definition: Any, desired: int | None, force: bool) -> None:
        """Apply an UpdateService to a service."""
        with self._lock:
            state = self._services[service.arn]
            if desired is not None:
                service.desired_count = desired
            if definition.arn != state.definition.arn or force:
                self._deploy(state, definition, self._clock.now())
            self.tick()

    def replay(self, service: Any, definition: Any, at_s: float) -> list[EngineTask]:
        """Roll a deployment out in the past, second by second; return its tasks and those it replaced.

        Args:
            service: The service's object.
            definition: What it deploys.
            at_s: When it began, epoch seconds; later than all that happened to the service before.
        """
        with self._lock:
            state = self._services[service.arn]
            self._deploy(state, definition, at_s)
            seen: dict[str, EngineTask] = {}
            for second in range(_REPLAY_S):
                self._reconcile(state, at_s + second)
                seen.update({task.id: task for task in state.tasks})
                if state.is_steady:
                    break
            self.tick()
            return list(seen.values())

    def run_task(self, family: str, definition: Any, cluster_arn: str, at_s: float) -> EngineTask:
        """Start a task that belongs to no service, as RunTask does; it runs until it ends itself."""
        with self._lock:
            task = self._maker.make(cluster_arn, "", definition, at_s)
            task.group, task.deployment = f"family:{family}", ""
            task.healthy_at = math.inf
            self._batch.append(task)
            return task

    def end_task(self, task: EngineTask, code: int, reason: str = "") -> None:
        """Let a task's container exit, with an exit code and, where given, ECS's reason for it."""
        with self._lock:
            if task.stop_at is None:
                task.stopping_at = task.stop_at = self._clock.now()
                task.exit_code = code
                task.stop_code = "EssentialContainerExited"
                task.stop_reason, task.container_reason = "Essential container in task exited", reason
            self.tick()

    def forget(self, arn: str) -> None:
        """Stop and forget a deleted service."""
        with self._lock:
            self._services.pop(arn, None)

    def stop_task(self, task_id: str, reason: str) -> dict[str, Any] | None:
        """Stop a task as StopTask does; None when there is no such task."""
        with self._lock:
            for task in self.all_tasks():
                if task.id == task_id.split("/")[-1]:
                    text = reason or "Task stopped by user"
                    self._stop(task, "UserInitiated", text, 0, self._clock.now())
                    self.tick()
                    return task.to_wire(self._clock.now(), self._account_region)
        return None

    # ------------------------------------------------------------ what callers read

    def all_tasks(self) -> list[EngineTask]:
        """Return all tasks, those stopped within the last hour among them."""
        with self._lock:
            return [task for state in self._services.values() for task in state.tasks] + self._batch

    def describe(self, task: EngineTask) -> dict[str, Any]:
        """Return a task as DescribeTasks does."""
        return task.to_wire(self._clock.now(), self._account_region)

    def running(self, service_name: str) -> list[EngineTask]:
        """Return the running tasks of a service."""
        now = self._clock.now()
        return [
            one for one in self.all_tasks() if one.service == service_name and one.status(now) == "RUNNING"
        ]

    def serving(self, service_name: str) -> list[EngineTask]:
        """Return the tasks of a service whose target takes requests."""
        now = self._clock.now()
        return [
            one
            for one in self.all_tasks()
            if one.service == service_name and one.target_state(now) == "healthy"
        ]

    def targets(self, target_group_arn: str) -> list[dict[str, Any]]:
        """Return the registered tasks of a target group as DescribeTargetHealth does."""
        now = self._clock.now()
        with self._lock:
            found = []
            for state in self._services.values():
                for balancer in state.service.load_balancers:
                    if balancer.get("targetGroupArn") == target_group_arn:
                        port = balancer["containerPort"]
                        found += [
                            describe_target(task, port, now) for task in state.tasks if task.target_state(now)
                        ]
            return found

    # ------------------------------------------------------------ time

    def tick(self) -> None:
        """Bring every service a step nearer to what is wanted."""
        now = self._clock.now()
        with self._lock:
            for state in self._services.values():
                if state.service.status == "ACTIVE":
                    self._reconcile(state, now)
                    state.publish(now)

    def _deploy(self, state: ServiceState, definition: Any, now: float) -> None:
        state.definition = definition
        state.service.task_definition = definition.arn
        for deployment in state.deployments:
            deployment["status"] = "ACTIVE"
        service = state.service
        state.deployments.insert(
            0,
            {
                "id": f"ecs-svc/{self._random.randrange(10**18, 10**19)}",
                "status": "PRIMARY",
                "taskDefinition": state.definition.arn,
                "desiredCount": service.desired_count,
                "pendingCount": 0,
                "runningCount": 0,
                "failedTasks": 0,
                "createdAt": utc(now),
                "updatedAt": utc(now),
                "launchType": "FARGATE",
                "platformVersion": "1.4.0",
                "platformFamily": "Linux",
                "networkConfiguration": service.network_configuration,
                "rolloutState": "IN_PROGRESS",
                "rolloutStateReason": "",
            },
        )
        primary = state.deployments[0]
        primary["rolloutStateReason"] = f"ECS deployment {primary['id']} in progress."
        state.is_steady = False

    def _reconcile(self, state: ServiceState, now: float) -> None:
        state.tasks = [
            task for task in state.tasks if task.stop_at is None or now - task.stop_at < _STOPPED_KEPT_S
        ]
        desired = state.service.desired_count
        self._fail(state, now)
        primary = state.deployments[0]
        wanted = [task for task in state.tasks if task.stop_at is None]
        current = [task for task in wanted if task.deployment == primary["id"]]
        older = [task for task in wanted if task.deployment != primary["id"]]
        if len(current) < desired and primary["rolloutState"] != "FAILED":
            started = self._start(state, desired - len(current), now)
            state.tell(self._random, now, f"has started {len(started)} tasks: {names_of(started)}.")
            current += started
        surplus = current[desired:] if len(current) > desired else []
        ready = sum(task.target_state(now) == "healthy" for task in current)
        # The rolling update's minimum healthy percent is 100: an old task goes when a new one serves.
        surplus += older[max(0, desired - ready) :]
        reason = f"Scaling activity initiated by (deployment {primary['id']})"
        for task in surplus:
            self._stop(task, "ServiceSchedulerInitiated", reason, 0, now)
        if surplus:
            state.tell(self._random, now, f"has stopped {len(surplus)} running tasks: {names_of(surplus)}.")
            state.is_steady = False
        self._settle(state, now, ready, [task for task in older if task not in surplus])

    def _settle(self, state: ServiceState, now: float, ready: int, older: list[EngineTask]) -> None:
        primary, desired = state.deployments[0], state.service.desired_count
        if ready < desired or older:
            state.is_steady = False
            return
        state.deployments = [primary]
        if primary["rolloutState"] == "IN_PROGRESS":
            primary["rolloutState"] = "COMPLETED"
            primary["rolloutStateReason"] = f"ECS deployment {primary['id']} completed."
            primary["updatedAt"] = utc(now)
            state.completed = state.definition
            state.tell(self._random, now, f"(deployment {primary['id']}) deployment completed.")
        if not state.is_steady:
            state.is_steady = True
            state.tell(self._random, now, "has reached a steady state.")

    def _fail(self, state: ServiceState, now: float) -> None:
        """Stop tasks whose image cannot be pulled, and let the circuit breaker judge their deployment."""
        primary = state.deployments[0]
        for task in state.tasks:
            image = unavailable_image(task.definition)
            if task.stop_at is None and now >= task.start_at and image:
                task.stopping_at, task.stop_at, task.stop_code = now, now, "TaskFailedToStart"
                task.stop_reason = f"CannotPullContainerError: {image}: not found"
                task.container_reason = task.stop_reason
                for deployment in state.deployments:
                    if deployment["id"] == task.deployment:
                        deployment["failedTasks"] += 1
                state.tell(self._random, now, f"was unable to place a task: {task.stop_reason}.")
        breaker = (state.service.deployment_configuration or {}).get("deploymentCircuitBreaker") or {}
        # Half of the desired count, 3 at least and 200 at most:
        # docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
        limit = min(200, max(3, math.ceil(state.service.desired_count / 2)))
        is_over = primary["rolloutState"] == "IN_PROGRESS" and primary["failedTasks"] >= limit
        if not breaker.get("enable") or not is_over:
            return
        primary["rolloutState"] = "FAILED"
        primary["rolloutStateReason"] = "ECS deployment circuit breaker: tasks failed to start."
        primary["updatedAt"] = utc(now)
        state.tell(
            self._random, now, f"(deployment {primary['id']}) deployment failed: tasks failed to start."
        )
        if breaker.get("rollback") and state.completed is not None:
            self._deploy(state, state.completed, now)
            state.deployments[0]["rolloutStateReason"] = (
                f"ECS deployment circuit breaker: rolling back to deploymentId {state.deployments[0]['id']}."
            )
            state.tell(self._random, now, f"rolling back to {state.deployments[0]['id']}.")

    def _start(self, state: ServiceState, count: int, now: float) -> list[EngineTask]:
        started = []
        for _ in range(count):
            task = self._maker.make(state.service.cluster_arn, state.service.name, state.definition, now)
            task.deployment = state.deployments[0]["id"]
            task.group = f"service:{state.service.name}"
            state.tasks.append(task)
            started.append(task)
        return started

    def _stop(self, task: EngineTask, code: str, reason: str, exit_code: int, now: float) -> None:
        if task.stop_at is None:
            task.stopping_at = now
            task.stop_at = now + (self._settings.drain_s if now >= task.start_at else 1.0)
            task.stop_code, task.stop_reason, task.exit_code = code, reason, exit_code
