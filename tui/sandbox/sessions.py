"""Real sessions of the sandbox's database: how they are opened, watched, and held by the tasks' pools."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable

import psycopg

from tui.sandbox.database import Database
from tui.sandbox.settings import Settings
from tui.sandbox.world import World

_POOL_S = 1.0

Connect = Callable[[str], psycopg.Connection]
"""Opens a session of the application role with an application name."""


class Pool:
    """The tasks' connection pools: idle sessions that are really open."""

    def __init__(self, world: World, connect: Connect) -> None:
        self._world = world
        self._connect = connect
        self._open: dict[str, list[psycopg.Connection]] = {}
        self.refused = 0.0
        """Share of the wanted sessions that the server refuses."""

    def run(self, stop: threading.Event) -> None:
        """Keep `pool_size` sessions per running task until `stop` is set."""
        while not stop.wait(0 if not self._open else _POOL_S):
            self.fill(stop)
            if not self._open:
                stop.wait(_POOL_S)
        for task in list(self._open):
            self._close(task)

    def fill(self, stop: threading.Event) -> None:
        """Open and close sessions so that every running task has its pool."""
        size = self._world.settings.ecs.pool_size
        tasks = [task.id for task in self._world.ecs.running(self._world.settings.names.service)]
        for task in [one for one in self._open if one not in tasks]:
            self._close(task)
        missing = 0
        for task in tasks:
            kept = [one for one in self._open.get(task, []) if is_alive(one)]
            self._open[task] = kept
            while len(kept) < size and not stop.is_set():
                try:
                    kept.append(self._connect(f"llmops-app/{task[:8]}"))
                except psycopg.OperationalError:
                    missing += size - len(kept)
                    break
        wanted = len(tasks) * size
        self.refused = missing / wanted if wanted else 0.0

    def _close(self, task: str) -> None:
        for connection in self._open.pop(task):
            connection.close()


def application_of(settings: Settings, database: Database) -> Connect:
    """Return what opens sessions of the application's role."""

    def connect(name: str) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=database.port,
            user=settings.names.application,
            password=database.application_password,
            dbname=settings.names.database_name,
            application_name=name,
            autocommit=True,
            connect_timeout=5,
        )

    return connect


def is_alive(connection: psycopg.Connection) -> bool:
    """Whether a session is still open: an idle one has nothing to read; one that the server ended does."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        connection.close()
        return False
    return True
