"""A batch task that opens transactions and closes none, until the server or ECS ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg

from tui.sandbox.aws_logs import ensure_stream
from tui.sandbox.ecs_task import EngineTask
from tui.sandbox.sessions import is_alive
from tui.sandbox.story import Worker
from tui.sandbox.traffic import line
from tui.sandbox.world import World

_LOOK_S = 0.25
_FAILED = 1


class LeakingWorker:
    """Holds the real sessions of a batch task, each "idle in transaction".

    The task has no handler for a lost session: when the server ends one, the process exits with code 1
    and all its sessions close. StopTask ends it too. Nobody starts it again.
    """

    def __init__(
        self, world: World, worker: Worker, task: EngineTask, connect: Callable[[str], psycopg.Connection]
    ) -> None:
        self._world = world
        self._worker = worker
        self._task = task
        self._connect = connect
        self._open: list[psycopg.Connection] = []
        self._stream = task.log_stream(worker.script.container)

    def remember(self) -> None:
        """Write what the task said before the start."""
        script, now = self._worker.script, self._world.clock.now()
        self._say(self._task.start_at, "INFO", f"reindex started, run {self._worker.script.family}")
        for number in range(1, self._worker.sessions(now) + 1):
            self._say_opened(self._worker.at_s + number * script.every_s, number)

    def fill(self) -> None:
        """Open the sessions that are due by now; fewer where the server refuses more."""
        due = self._worker.sessions(self._world.clock.now())
        while len(self._open) < due:
            try:
                connection = self._connect(self._worker.script.application)
                connection.execute("BEGIN")
                connection.execute(self._worker.script.statement.encode())
            except psycopg.Error:
                return
            self._open.append(connection)

    def run(self, stop: threading.Event) -> None:
        """Leak until a session or the task is ended, or `stop` is set."""
        while not stop.wait(_LOOK_S):
            if self._task.stop_at is not None:
                break
            if not all(is_alive(one) for one in self._open):
                now = self._world.clock.now()
                text = "FATAL: terminating connection due to administrator command"
                self._say(now, "ERROR", text, sessions=len(self._open))
                self._say(now, "ERROR", "process exits", exit_code=_FAILED)
                self._world.ecs.end_task(self._task, _FAILED)
                break
            before = len(self._open)
            self.fill()
            for number in range(before + 1, len(self._open) + 1):
                self._say_opened(self._world.clock.now(), number)
        for connection in self._open:
            connection.close()

    def _say_opened(self, at_s: float, number: int) -> None:
        self._say(at_s, "INFO", f"project batch {number}: cursor opened", open=number)

    def _say(self, at_s: float, level: str, text: str, **fields: object) -> None:
        group, time_ms = self._world.settings.names.log_group, int(at_s * 1000)
        ensure_stream(self._world, group, self._stream)
        message = line(at_s, level, self._worker.script.container, text, **fields)
        self._world.logs.add(group, self._stream, time_ms, message, time_ms + 400)
