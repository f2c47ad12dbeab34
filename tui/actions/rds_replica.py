"""Create a read replica; where backups are off they are switched on first, in the same plan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from config.prices import prices_of
from tui.actions.protocol import Context, Reading
from tui.actions.rds_backups import GUIDE_DAYS
from tui.actions.rds_common import (
    LOOK_AT,
    classes_of,
    database_month,
    database_note,
    instance_of,
    modify_step,
    reading_of,
    status_checks,
    with_pending,
)
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.forms import Field, FormError
from tui.domain.plan import (
    Call,
    Change,
    Check,
    Cost,
    Effect,
    Expect,
    Impact,
    Plan,
    Progress,
    State,
    Step,
    Verdict,
)

_NAME: Final = re.compile(r"[a-z](?!.*--)[a-z0-9-]{0,61}[a-z0-9]")
_CREATE_S: Final = 7200.0
_MOST: Final = 15


class ReadReplica:
    """Create a read replica."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the source; see `Action.read`."""
        instance = instance_of(context, target)
        classes = classes_of(context, instance, multi_az=False)
        found = reading_of(instance, classes=classes, prices=prices_of(context.aws.region()))
        # Undo deletes by name: a name that is taken must be seen, also just before applying.
        return Reading(target, {**found.facts, "instances": _names(context)}, found.context)

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        classes = tuple((one, one) for one in reading.context["classes"])
        return (
            Field("name", "Name", "text", f"{reading.target}-replica"),
            Field("class", "Class", "choice", str(reading.facts["DBInstanceClass"]), classes),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        name, kind = values["name"].strip().lower(), values["class"].strip()
        if not _NAME.fullmatch(name):
            raise FormError(
                "name", "Name: letters, digits and single hyphens, beginning with a letter, 63 at most."
            )
        if name in (reading.facts["instances"] or ()):
            raise FormError("name", f"Name: there is an instance {name} already; choose another.")
        days = int(reading.facts["BackupRetentionPeriod"] or 0)
        steps = []
        if days == 0:
            steps.append(
                modify_step(
                    f"Switch backups on ({GUIDE_DAYS} days): a replica needs them",
                    reading,
                    {"BackupRetentionPeriod": GUIDE_DAYS},
                    {"BackupRetentionPeriod": 0},
                    is_now=True,
                )
            )
        create = {
            "DBInstanceIdentifier": name,
            "SourceDBInstanceIdentifier": reading.target,
            "DBInstanceClass": kind,
        }
        # Of the replica that this run makes: it holds nothing that the source does not hold.
        delete = {"DBInstanceIdentifier": name, "SkipFinalSnapshot": True}
        steps.append(
            Step(
                f"Create the read replica {name}",
                Call("rds", "create_db_instance_read_replica", create),
                Expect("db-present", {"id": name, "present": True}, _CREATE_S, LOOK_AT),
                (Call("rds", "delete_db_instance", delete),),
                Expect("db-present", {"id": name, "present": False}, _CREATE_S, LOOK_AT),
            )
        )
        replicas = list(reading.context["instance"].get("ReadReplicaDBInstanceIdentifiers") or ())
        checks = list(status_checks(reading))
        if len(replicas) >= _MOST:
            checks.append(
                Check(Verdict.BLOCK, f"There are {len(replicas)} replicas already, {_MOST} are the most.")
            )
        if reading.facts["instances"] is None:
            text = f"Whether an instance {name} is there already may not be read."
            checks.append(Check(Verdict.WARN, text, "Allow rds:DescribeDBInstances on db:*."))
        month = database_month(reading, kind, multi_az=False)
        changes = [Change("ReadReplica", ", ".join(replicas), ", ".join((*replicas, name)))]
        if days == 0:
            changes.insert(0, Change("BackupRetentionPeriod", "0", str(GUIDE_DAYS)))
        plan = Plan(
            action="rds-replica",
            title=f"Create the read replica {name} of {reading.target}",
            target=reading.target,
            changes=tuple(changes),
            steps=tuple(steps),
            impact=Impact(Effect.DOWNTIME, "Switching backups on interrupts the database for a moment.")
            if days == 0
            else Impact(
                Effect.NONE, "A snapshot is taken of the source: its input and output pause for a moment."
            ),
            cost=Cost(
                0.0 if month is not None else None,
                month,
                f"the replica without storage; {database_note(reading, kind)}",
            ),
            checks=tuple(checks),
            confirm=reading.target,
            undo_impact=Impact(
                Effect.DOWNTIME, f"{name} is deleted without a snapshot: what reads from it gets errors."
            ),
            undo_confirm=name,
        )
        return with_pending(plan, reading)


def present(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether an instance is available, or gone; params: id, present."""
    try:
        status = str(instance_of(context, params["id"]).get("DBInstanceStatus"))
    except SourceError as error:
        if error.kind is not ErrorKind.NOT_FOUND:
            raise
        return Progress(State.PENDING if params["present"] else State.DONE, f"{params['id']} is not there")
    if not params["present"]:
        return Progress(State.PENDING, f"{params['id']} is {status}")
    if status in ("failed", "incompatible-network", "incompatible-parameters"):
        return Progress(State.FAILED, f"{params['id']} is {status}")
    return Progress(State.DONE if status == "available" else State.PENDING, f"{params['id']} is {status}")


def _names(context: Context) -> list[str] | None:
    """Return the names of all instances of the Region; None where not all may be read."""
    try:
        found = context.pages("rds", "describe_db_instances", "DBInstances")
        return sorted(str(one["DBInstanceIdentifier"]) for one in found)
    except SourceError as error:
        if error.kind is not ErrorKind.ACCESS_DENIED:
            raise
        return None
