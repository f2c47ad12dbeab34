"""What a task says when it starts and when it stops: its stream stays behind with a last line."""

from __future__ import annotations

from tui.sandbox.aws_logs import ensure_stream
from tui.sandbox.ecs_task import EngineTask
from tui.sandbox.fleet import KILLED
from tui.sandbox.traffic import line
from tui.sandbox.world import World


class TaskLog:
    """Watches the service's tasks and writes to their log streams what they say about themselves."""

    def __init__(self, world: World, since_s: float) -> None:
        """Begin with what is known now.

        Args:
            world: Whose tasks are watched.
            since_s: Where the log begins, epoch seconds: what started before has said so long ago.
        """
        self._world = world
        self._names = world.settings.names
        tasks = world.ecs.all_tasks()
        self._started = {task.id for task in tasks if task.start_at < since_s}
        gone = {task.id for task in tasks if task.stop_at is not None and task.stop_at < since_s}
        self._stopping, self._stopped = set(gone), set(gone)

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
            # A container that the kernel killed has no time to say so.
            if task.exit_code != KILLED:
                at = min(now, task.stopping_at or task.stop_at)
                self._say(task, at, "INFO", "received SIGTERM, finishing open connections")
        if now >= task.stop_at and task.id not in self._stopped:
            self._stopped.add(task.id)
            if task.exit_code == KILLED:
                return
            level = "ERROR" if task.exit_code else "INFO"
            self._say(task, task.stop_at, level, "process exits", exit_code=task.exit_code)

    def _say(self, task: EngineTask, at_s: float, level: str, text: str, **fields: object) -> None:
        group, stream = self._names.log_group, task.log_stream(self._names.container)
        ensure_stream(self._world, group, stream)
        time_ms = int(at_s * 1000)
        message = line(at_s, level, "main", text, **fields)
        self._world.logs.add(group, stream, time_ms, message, time_ms + 400)
