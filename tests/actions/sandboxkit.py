"""Applies actions to a sandbox and takes them back; looks with plain boto3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from config.loader import load
from tui.actions.audit import AuditLog, Run
from tui.actions.door import Door
from tui.actions.protocol import Action, Context, Reading
from tui.actions.registry import BY_ID, action_of
from tui.actions.runner import Runner, undo_plan
from tui.domain.forms import filled
from tui.domain.plan import Outcome, Plan
from tui.sandbox.launcher import ACCESS_KEY, SECRET_KEY, Sandbox
from tui.sources.pgdoor import PostgresDoor
from tui.sources.pgwrites import PostgresWriter
from tui.sources.session import AwsSession, StaticKeys

POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class Bench:
    """A door to a sandbox and its log.

    Attributes:
        sandbox: The sandbox.
        door: To it, open for writes.
        log: The audit log.
    """

    sandbox: Sandbox
    door: Door
    log: AuditLog

    def client(self, service: str) -> Any:
        """Return a plain client of boto3."""
        return boto3.client(
            service,
            endpoint_url=self.sandbox.endpoint_url,
            region_name=self.sandbox.region,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )

    def planned(self, name: str, resource: str, /, **values: str) -> tuple[Action, Reading, Plan]:
        """Read, fill in the form and plan."""
        action = action_of(BY_ID[name])
        reading = action.read(self.door.context, resource)
        given = {key.replace("_", "-"): value for key, value in values.items()}
        fields = action.form(reading, given)
        names = {field.name for field in fields}
        given = {key if key in names else key.replace("-", "_"): value for key, value in given.items()}
        return action, reading, action.plan(reading, filled(fields, given))

    def applied(self, name: str, resource: str, /, **values: str) -> Outcome:
        """Plan and apply."""
        action, reading, plan = self.planned(name, resource, **values)
        assert not plan.is_blocked, plan.reasons
        return self.runner().apply(action, reading, plan)

    def undone(self, number: str) -> Outcome:
        """Take a run back."""
        run = self.run(number)
        action = action_of(BY_ID[run.action])
        reading = action.read(self.door.context, run.target)
        plan = undo_plan(run, reading)
        assert not plan.is_blocked, plan.reasons
        return self.runner().apply(action, reading, plan, undo_of=run.id)

    def run(self, number: str) -> Run:
        """Return a run of the log."""
        found = self.log.find(number)
        assert found is not None
        return found

    def runner(self) -> Runner:
        """Return a runner."""
        return Runner(self.door.context, self.door.write, self.log, poll_s=POLL_S)


@contextmanager
def bench_of(sandbox: Sandbox, folder: Path) -> Iterator[Bench]:
    """Open a door to a sandbox; the audit log is in a folder."""
    config = load({"endpoint_url": sandbox.endpoint_url}, path=sandbox.config_path, env={}).config
    keys = StaticKeys(ACCESS_KEY, SECRET_KEY)
    reader = AwsSession(config, sandbox.clock, keys=keys)
    writer = AwsSession(config, sandbox.clock, keys=keys, allow_writes=True)
    log = AuditLog(folder / "audit.jsonl")
    url = sandbox.database_url
    pg = PostgresDoor(url) if url else None
    pg_writer = PostgresWriter(url) if url else None
    door = Door(Context(config, reader, sandbox.clock, pg), writer, log, "", pg_writer)
    try:
        yield Bench(sandbox, door, log)
    finally:
        reader.close()
        writer.close()
        if pg is not None:
            pg.close()


def settable(document: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return some members of a description."""
    return {name: document.get(name) for name in names}
