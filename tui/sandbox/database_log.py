"""The database's own log as RDS exports it: the server's real lines, and those from before its start."""

from __future__ import annotations

import datetime as dt
import random
import re
from pathlib import Path
from typing import Any

from tui.sandbox.aws_logs import ensure_stream
from tui.sandbox.traffic import Request
from tui.sandbox.world import World

LOG_TYPE = "postgresql"
_PREFIX = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w+(?=:[^ ]*@[^ ]*:\[\d+\]:)")
_SHARE = 0.6
_CHECKPOINT_S = 300
_READ_BYTES = 1_000_000


def group_name(instance: str) -> str:
    """Return the log group of an instance's PostgreSQL log."""
    return f"/aws/rds/instance/{instance}/{LOG_TYPE}"


class DatabaseLog:
    """Moves what the server writes to its log group, while the instance exports it."""

    def __init__(self, world: World, instance: Any, path: Path) -> None:
        """Begin behind what the file holds by now.

        Args:
            world: Whose clock dates the lines.
            instance: moto's DB instance object.
            path: The server's log file; it need not exist.
        """
        self._world = world
        self._instance = instance
        self._path = path
        self._offset = path.stat().st_size if path.exists() else 0
        self._rest = b""
        self._random = random.Random(world.seed + 4)  # noqa: S311
        names = world.settings.names
        self._group, self._stream = group_name(names.database), f"{names.database}.0"
        ensure_stream(world, self._group, self._stream)

    def forward(self) -> None:
        """Move the entries that are complete; a line without the server's prefix continues the one before."""
        if not self._path.exists():
            return
        with self._path.open("rb") as log:
            log.seek(self._offset)
            read = log.read(_READ_BYTES)
        self._offset += len(read)
        whole, end, rest = (self._rest + read).rpartition(b"\n")
        if not end:
            self._rest = rest
            return
        self._rest = rest
        entries: list[str] = []
        for line in whole.decode("utf-8", "replace").split("\n"):
            if _PREFIX.match(line) or not entries:
                entries.append(line)
            else:
                entries[-1] += f"\n{line}"
        if LOG_TYPE in self._instance.enabled_cloudwatch_logs_exports:
            now = self._world.clock.now()
            for entry in entries:
                # The server's clock is the machine's, the sandbox's may run faster.
                self._add(now, _PREFIX.sub(_time(now), entry, count=1))

    def remember(self, at_s: float, request: Request) -> None:
        """Write the line of a slow look-up from before the start."""
        rds, names = self._world.settings.rds, self._world.settings.names
        if request.query_ms < rds.log_sample_ms or self._random.random() >= _SHARE:
            return
        client = f"10.0.{self._random.choice((1, 2))}.17({self._random.randrange(32768, 60999)})"
        self._add(
            at_s,
            f"{_time(at_s)}:{client}:{names.application}@{names.database_name}:"
            f"[{self._random.randrange(900, 990)}]:LOG:  duration: {request.query_ms:.3f} ms"
            f"  execute <unnamed>: {request.query}",
        )

    def remember_checkpoints(self, start_s: int, end_s: int) -> None:
        """Write the lines of the checkpoints between two seconds before the start."""
        for at in range(-(-start_s // _CHECKPOINT_S) * _CHECKPOINT_S, end_s - 30, _CHECKPOINT_S):
            buffers = self._random.randrange(40, 260)
            took = buffers * 0.1 + self._random.random() / 10
            self._add(at, f"{_time(at)}::@:[371]:LOG:  checkpoint starting: time")
            self._add(
                at + took,
                f"{_time(at + took)}::@:[371]:LOG:  checkpoint complete: wrote {buffers} buffers"
                f" ({buffers / 163.84:.1f}%); 0 WAL file(s) added, 0 removed, 1 recycled;"
                f" write={took:.3f} s, sync=0.004 s, total={took + 0.02:.3f} s",
            )

    def _add(self, at_s: float, line: str) -> None:
        time_ms = int(at_s * 1000)
        self._world.logs.add(self._group, self._stream, time_ms, line, time_ms + 700)


def _time(at_s: float) -> str:
    return dt.datetime.fromtimestamp(at_s, tz=dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
