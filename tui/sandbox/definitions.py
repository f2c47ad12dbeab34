"""The containers of the sandbox's task definitions: the application by release, and batch tasks."""

from __future__ import annotations

from typing import Any

from tui.sandbox.scenarios import Release, ScriptedWorker
from tui.sandbox.settings import Settings


def application(settings: Settings, release: Release) -> dict[str, Any]:
    """Return the application's container as RegisterTaskDefinition takes it."""
    names = settings.names
    environment = {"NODE_ENV": "production", "DB_POOL_SIZE": str(settings.ecs.pool_size), **dict(release.env)}
    return {
        "name": names.container,
        "image": _image(settings, names.family, release.tag),
        "cpu": int(settings.ecs.cpu),
        "memory": int(settings.ecs.memory),
        "essential": True,
        "portMappings": [{"containerPort": names.port, "hostPort": names.port, "protocol": "tcp"}],
        "environment": [{"name": name, "value": value} for name, value in environment.items()],
        "logConfiguration": _log(settings),
    }


def batch(settings: Settings, script: ScriptedWorker) -> dict[str, Any]:
    """Return the container of a batch task."""
    return {
        "name": script.container,
        "image": _image(settings, script.family, "7"),
        "cpu": int(settings.ecs.cpu),
        "memory": int(settings.ecs.memory),
        "essential": True,
        "environment": [{"name": "DB_APPLICATION_NAME", "value": script.application}],
        "logConfiguration": _log(settings),
    }


def _image(settings: Settings, repository: str, tag: str) -> str:
    return f"{settings.account}.dkr.ecr.{settings.region}.amazonaws.com/{repository}:{tag}"


def _log(settings: Settings) -> dict[str, Any]:
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": settings.names.log_group,
            "awslogs-region": settings.region,
            "awslogs-stream-prefix": "ecs",
        },
    }
