"""Plays a story into a world: deployments roll out, batch tasks start, CloudTrail and RDS remember."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tui.sandbox.ecs_task import EngineTask
from tui.sandbox.rds_events import Event
from tui.sandbox.scenarios import Release, Scenario, ScriptedWorker
from tui.sandbox.story import Story
from tui.sandbox.world import World

FIRST_RELEASES = ("1.41.0", "1.42.0")
"""The revisions that there are before the story begins; the last one runs."""
FIRST_S = 26 * 3600.0
"""How long before the start the first deployment was that the service remembers."""
_ECS = "ecs.amazonaws.com"
_REGISTERED_S = 20.0
"""How long before its deployment a pipeline registers a revision."""


@dataclass(frozen=True, slots=True)
class Registrar:
    """Makes task definitions, in moto's backend or as stand-ins.

    Attributes:
        service: The service's object, with the definition that it runs as `task_definition`.
        current: The definition that it runs.
        revision: Makes a revision of the service's family, of a release, at a moment.
        batch: Makes the definition of a batch task, at a moment.
    """

    service: Any
    current: Any
    revision: Callable[[Release, float], Any]
    batch: Callable[[ScriptedWorker, float], Any]


@dataclass(frozen=True, slots=True)
class Staged:
    """What was played.

    Attributes:
        tasks: All tasks of the service that ran, for the state of the past.
        batch: The batch tasks, parallel to the story's workers.
    """

    tasks: tuple[EngineTask, ...]
    batch: tuple[EngineTask, ...]


def play(world: World, scenario: Scenario, story: Story, registrar: Registrar) -> Staged:
    """Let the story happen to the engines of a world; nothing is measured yet."""
    names, trail = world.settings.names, world.trail
    seen = {task.id: task for task in world.ecs.all_tasks() if task.service == names.service}
    current = registrar.current
    for one in story.deployments:
        called = {"cluster": names.cluster, "service": names.service}
        if one.release:
            at = one.at_s - _REGISTERED_S
            current = registrar.revision(world.settings.releases[one.release], at)
            trail.remember(
                at, one.user, _ECS, "RegisterTaskDefinition", names.family, {"family": names.family}
            )
            called["taskDefinition"] = str(current.arn)
        else:
            called["forceNewDeployment"] = "true"
        trail.remember(one.at_s, one.user, _ECS, "UpdateService", names.service, called)
        seen.update({task.id: task for task in world.ecs.replay(registrar.service, current, one.at_s)})
    batch = []
    for worker in story.workers:
        script = worker.script
        definition = registrar.batch(script, worker.at_s)
        batch.append(
            world.ecs.run_task(script.family, definition, registrar.service.cluster_arn, worker.at_s)
        )
        trail.remember(
            worker.at_s, script.user, _ECS, "RunTask", script.family, {"taskDefinition": script.family}
        )
    for change in scenario.changes:
        at = story.start_s - change.minutes_ago * 60
        trail.remember(at, change.user, change.source, change.event, change.resource)
    _instance_events(world, story)
    return Staged(tuple(seen.values()), tuple(batch))


def _instance_events(world: World, story: Story) -> None:
    name = world.settings.names.database
    for bump in story.bumps:
        for at, text in ((bump.start_s, bump.kind.begins), (bump.end_s, bump.kind.ends)):
            if text and at < story.start_s:
                world.rds.remember(Event(at, name, text, "backup"))
