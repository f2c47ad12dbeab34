"""Reboot a DB instance, with a failover where there is a standby."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tui.actions.protocol import Context, Reading
from tui.actions.rds_common import LOOK_AT, MODIFY_S, instance_of, reading_of, status_checks
from tui.domain.forms import Field, flag
from tui.domain.plan import Call, Effect, Expect, Impact, Plan, Progress, State, Step


class Reboot:
    """Reboot a DB instance."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the instance; see `Action.read`."""
        return reading_of(instance_of(context, target), at_s=context.clock.now())

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        if not reading.facts["MultiAZ"]:
            return ()
        return (Field("failover", "Failover", "flag", "no", help="The standby takes over."),)

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        is_failover = flag(values.get("failover", "no"))
        groups = reading.context["instance"].get("DBParameterGroups") or ()
        waiting = [
            str(one["DBParameterGroupName"]) for one in groups if one["ParameterApplyStatus"] != "in-sync"
        ]
        return Plan(
            action="rds-reboot",
            title=f"Reboot {reading.target}",
            target=reading.target,
            changes=(),
            steps=(reboot_step(reading.target, reading.context["at_s"], is_failover=is_failover),),
            impact=Impact(
                Effect.FAILOVER if is_failover else Effect.RESTART,
                "All connections break; the database is back after one to two minutes.",
            ),
            checks=status_checks(reading),
            also=tuple(f"Parameters of {name} that wait for a reboot" for name in waiting),
            confirm=reading.target,
            irreversible="A reboot cannot be taken back; no setting changes.",
            repeats=True,
        )


def reboot_step(name: str, at_s: float, *, is_failover: bool = False) -> Step:
    """Return the step that reboots an instance and waits until it is back.

    Args:
        name: The instance.
        at_s: Epoch seconds before it.
        is_failover: Let the standby take over.
    """
    params: dict[str, Any] = {"DBInstanceIdentifier": name}
    if is_failover:
        params["ForceFailover"] = True
    return Step(
        f"Reboot {name}",
        Call("rds", "reboot_db_instance", params),
        Expect("db-reboot", {"id": name, "after": at_s}, MODIFY_S, LOOK_AT),
    )


def rebooted(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether an instance is back after a reboot; params: id, after (epoch seconds)."""
    instance = instance_of(context, params["id"])
    status = str(instance.get("DBInstanceStatus"))
    waiting = [
        str(one["DBParameterGroupName"])
        for one in instance.get("DBParameterGroups") or ()
        if one.get("ParameterApplyStatus") != "in-sync"
    ]
    if status != "available" or waiting:
        text = f"the instance is {status}" + (f"; {', '.join(waiting)} not in sync yet" if waiting else "")
        return Progress(State.PENDING, text)
    found = context.call(
        "rds", "describe_events", SourceIdentifier=params["id"], SourceType="db-instance", Duration=60
    )
    for event in found.get("Events") or ():
        at = event.get("Date")
        is_new = isinstance(at, datetime) and at.timestamp() >= params["after"] - 5
        if is_new and "restart" in str(event.get("Message", "")).lower():
            return Progress(State.DONE, f"the instance is available again: {event['Message']}")
    return Progress(State.PENDING, "the restart has not begun yet")
