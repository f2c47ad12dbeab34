"""What a task says when it starts and when it stops: its stream stays behind with a last line."""

from __future__ import annotations

from tui.sandbox.aws_logs import ensure_stream
from tui.sandbox.ecs_task import EngineTask
from tui.sandbox.traffic import line
from tui.sandbox.world import World


class TaskLog:
    """Watches the service's tasks and writes to their log streams what they say about themselves."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._names = world.settings.names
        # What ran before the start has said its first line long ago.
        self._started = {task.id for task in world.ecs.running(self._names.service)}
        self._stopping: set[str] = set()
        self._stopped: set[str] = set()

    def watch(self) -> None:
        """Write what tasks that changed since the last call have to say."""
        now = self._world.clock.now()
        tasks = [task for task in self._world.ecs.all_tasks() if task.service == self._names.service]
        for task in tasks:
            if task.start_at <= now and (task.stop_at is None or task.start_at < task.stop_at):
                self._watch(task, now)
        known = {task.id for task in tasks}
        for kept in (self._started, self._stopping, self._stopped):
            kept &= known

    def _watch(self, task: EngineTask, now: float) -> None:
        if task.id not in self._started:
            self._started.add(task.id)
            text = f"listening on port {self._names.port}"
            self._say(task, task.start_at, "INFO", text, task_definition=task.definition.arn)
        if task.stop_at is None:
            return
        if task.id not in self._stopping:
            self._stopping.add(task.id)
            self._say(task, min(now, task.stop_at), "INFO", "received SIGTERM, finishing open connections")
        if now >= task.stop_at and task.id not in self._stopped:
            self._stopped.add(task.id)
            level = "ERROR" if task.exit_code else "INFO"
            self._say(task, task.stop_at, level, "process exits", exit_code=task.exit_code)

    def _say(self, task: EngineTask, at_s: float, level: str, text: str, **fields: object) -> None:
        group, stream = self._names.log_group, task.log_stream(self._names.container)
        ensure_stream(self._world, group, stream)
        time_ms = int(at_s * 1000)
        message = line(at_s, level, "main", text, **fields)
        self._world.logs.add(group, stream, time_ms, message, time_ms + 400)
