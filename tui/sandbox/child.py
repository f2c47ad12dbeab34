"""The sandbox's own process: AWS endpoint, PostgreSQL and workload, until its standard input ends."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import gc
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg
import yaml

from tui.domain.clock import Clock
from tui.sandbox import tables
from tui.sandbox.database import Database, DatabaseError
from tui.sandbox.scenarios import Scenario
from tui.sandbox.settings import Settings
from tui.sandbox.tables import Measured
from tui.sandbox.workspace import Workspace, sweep

if TYPE_CHECKING:
    from tui.sandbox.alarms import AlarmBook
    from tui.sandbox.beginning import Begun
    from tui.sandbox.server import Server
    from tui.sandbox.world import World

_TICK_S = 0.25
_ALARMS_S = 10.0
_CATCH_UPS = 2
_SWITCH_S = 0.0005
_KEPT_S = 8 * 86_400.0
_NO_DATABASE_VERSION = "16.4"


class Child:
    """Starts the parts in the order that is quickest, and takes them down together."""

    def __init__(self, scenario: str, seed: int, port: int) -> None:
        self._settings = Settings.load()
        self._scenario: Scenario = self._settings.scenarios[scenario]
        self._seed = seed
        self._port = port
        self._clock = Clock.from_environment()
        self._workspace = Workspace()
        self._database = Database(self._workspace.path, self._settings.rds)
        self._measured: Measured | None = None
        self._warnings: list[str] = []
        self._engines: list[Callable[[], None]] = []
        self._stop = threading.Event()
        self._leaving = threading.Lock()

    def leave(self) -> None:
        """End the process with everything that belongs to it; does not return."""
        if not self._leaving.acquire(blocking=False):
            # Another thread is at it, and ends the process.
            threading.Event().wait()
        self._stop.set()
        self._database.stop()
        self._workspace.remove()
        os._exit(0)

    def run(self) -> None:
        """Start everything, say so on standard output, and work until told to leave."""
        threading.Thread(target=sweep, daemon=True).start()
        imports = threading.Thread(target=_import_services, args=(self._clock,))
        imports.start()
        _say(progress="starting PostgreSQL")
        is_up = self._start_database()
        loading = threading.Thread(target=self._load) if is_up else None
        if loading:
            _say(progress="filling tables")
            loading.start()
        imports.join()
        world, book, server = self._serve()
        from tui.sandbox.stack import build

        version = self._database.version() if is_up else _NO_DATABASE_VERSION
        stack = build(world, version, "127.0.0.1", self._database.port or 5432)
        if loading:
            loading.join()
        if loading and not self._warnings:
            self._measure()
        _say(progress="making history")
        from tui.sandbox.beginning import Beginning

        begun = Beginning(world, stack, self._scenario, self._database, self._measured).make(book)
        self._catch_up(begun)
        server.start()
        gc.collect()
        gc.freeze()
        _say(ready=self._announce(server))
        self._keep_diagnostics()
        begun.probe.start(self._stop)
        self._work(world, book, begun)

    def _start_database(self) -> bool:
        try:
            self._database.start()
        except DatabaseError as problem:
            self._no_database(str(problem))
            return False
        return True

    def _load(self) -> None:
        try:
            tables.create(self._database, self._settings.names, self._settings.tables)
        except psycopg.Error as problem:
            self._no_database(str(problem).strip())

    def _measure(self) -> None:
        names, missing = self._settings.names, self._scenario.missing_indexes
        try:
            self._measured = tables.measure(self._database, names, self._settings.tables, missing)
        except psycopg.Error as problem:
            self._no_database(str(problem).strip())

    def _no_database(self, why: str) -> None:
        self._warnings.append(f"PostgreSQL could not start: {why}. The rest of the sandbox works.")

    def _serve(self) -> tuple[World, AlarmBook, Server]:
        from tui.sandbox import aws_cdn, aws_cloudwatch, aws_logs, aws_rds, aws_scaling, aws_services
        from tui.sandbox.server import Server
        from tui.sandbox.world import World

        world = World.create(self._settings, self._clock, self._seed)
        book = aws_cloudwatch.install(world)
        aws_logs.install(world)
        aws_services.install(world)
        aws_rds.install(world)
        aws_cdn.install(world)
        self._engines.append(aws_scaling.install(world).tick)
        return world, book, Server(world, self._port)

    def _work(self, world: World, book: AlarmBook, begun: Begun) -> None:
        from tui.sandbox import aws_cloudwatch
        from tui.sandbox.aws_logs import ensure_stream
        from tui.sandbox.fleet import Fleet

        group, fleet = self._settings.names.log_group, Fleet(self._settings)
        until = begun.until_s
        next_alarms = next_sweep = 0.0
        while not self._stop.wait(_TICK_S):
            now = self._clock.now()
            fleet.kill_full(world.ecs, now)
            world.ecs.tick()
            world.rds.tick()
            for tick in self._engines:
                tick()
            for unit in begun.probe.state(now).serving:
                ensure_stream(world, group, unit.stream)
            begun.workload.advance(until, int(now), begun.probe)
            until = int(now)
            for watch in begun.watchers:
                watch()
            if now >= next_alarms:
                aws_cloudwatch.evaluate(world, book)
                next_alarms = now + _ALARMS_S
            if now >= next_sweep:
                world.metrics.forget_before(now - _KEPT_S)
                next_sweep = now + 3600

    def _catch_up(self, begun: Begun) -> None:
        """Work off what became due while the history was made: minutes, where the clock is fast."""
        for _ in range(_CATCH_UPS):
            now = int(self._clock.now())
            begun.workload.advance(begun.until_s, now, begun.probe)
            begun.until_s = now

    def _keep_diagnostics(self) -> None:
        """Write what goes wrong from here on to a file: the parent reads standard error at the start only."""
        with (self._workspace.path / "sandbox.log").open("ab") as log:
            os.dup2(log.fileno(), 2)

    def _announce(self, server: Server) -> dict[str, Any]:
        names, database = self._settings.names, self._database
        url = None
        if self._measured is not None:
            url = database.url(names.owner, database.owner_password, names.database_name)
        config = self._workspace.path / "cwtop.yaml"
        config.touch(mode=0o600)
        config.write_text(yaml.safe_dump(_config(self._settings, server.url, url), sort_keys=False))
        return {
            "endpoint_url": server.url,
            "database_url": url,
            "config_path": str(config),
            "region": self._settings.region,
            "warnings": self._warnings,
            "directory": str(self._workspace.path),
        }


def main(arguments: list[str] | None = None) -> None:
    """Run the sandbox until standard input ends."""
    parser = argparse.ArgumentParser(prog="cwtop-sandbox")
    parser.add_argument("--scenario", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A look-up that is being timed must not wait 5 ms for the thread that makes the workload.
    sys.setswitchinterval(_SWITCH_S)
    child = Child(given.scenario, given.seed, given.port)
    signal.signal(signal.SIGTERM, lambda *_: child.leave())
    threading.Thread(target=_wait_for_eof, args=(child,), daemon=True).start()
    try:
        child.run()
    except Exception as problem:  # noqa: BLE001 (whatever it is, the parent must hear of it)
        traceback.print_exc()
        _say(error=str(problem) or type(problem).__name__)
    child.leave()


def _wait_for_eof(child: Child) -> None:
    while os.read(0, 4096):
        pass
    child.leave()


def _import_services(clock: Clock) -> None:
    """Import moto with the sandbox's clock in place of the machine's."""
    import moto.core.utils

    def utcnow() -> dt.datetime:
        return dt.datetime.fromtimestamp(clock.now(), tz=dt.UTC).replace(tzinfo=None)

    moto.core.utils.utcnow = utcnow
    import tui.sandbox.aws_cdn
    import tui.sandbox.aws_cloudwatch
    import tui.sandbox.aws_logs
    import tui.sandbox.aws_rds
    import tui.sandbox.aws_scaling
    import tui.sandbox.aws_services
    import tui.sandbox.beginning
    import tui.sandbox.server
    import tui.sandbox.stack  # noqa: F401


def _config(settings: Settings, endpoint_url: str, database_url: str | None) -> dict[str, Any]:
    names = settings.names
    config: dict[str, Any] = {
        "region": settings.region,
        "account": settings.account,
        "endpoint_url": endpoint_url,
        "stack": {
            "cluster": names.cluster,
            "services": [names.service],
            "databases": [names.database],
            "load_balancers": [names.balancer],
            "log_groups": [names.log_group],
            "dashboard": "llmops-production-dashboard",
        },
        # The sandbox publishes at once what CloudWatch publishes up to two minutes late.
        "judgement": {"settle": "0s"},
    }
    if database_url:
        config["database_url"] = database_url
    return config


def _say(**message: Any) -> None:
    # Not print: a line must be whole. Without a parent nobody needs to hear it, and standard input
    # ends the process.
    with contextlib.suppress(BrokenPipeError):
        os.write(1, (json.dumps(message) + "\n").encode())


if __name__ == "__main__":
    main()
