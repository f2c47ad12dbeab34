"""What the RDS actions share: the instance as it is, a modification as a step, and when it is in force.

docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.protocol import Context, Reading
from tui.actions.secrets import masked
from tui.domain.forms import Field
from tui.domain.plan import Call, Check, Expect, Progress, State, Step, Verdict

MODIFY_S: Final = 3600.0
"""Seconds until a modification counts as never done; a bigger class takes some minutes, storage more."""
LOOK_AT: Final = "Look at the instance's status and events in the RDS pane."

_MEMBERS: Final = (
    "DBInstanceClass",
    "AllocatedStorage",
    "StorageType",
    "Iops",
    "MultiAZ",
    "BackupRetentionPeriod",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "PendingModifiedValues",
)


def instance_of(context: Context, name: str) -> dict[str, Any]:
    """Return an instance as DescribeDBInstances does.

    Raises:
        SourceError: It is not there, or cannot be read.
    """
    found = context.call("rds", "describe_db_instances", DBInstanceIdentifier=name)
    return dict(found["DBInstances"][0])


def reading_of(instance: Mapping[str, Any], **context: Any) -> Reading:
    """Return the reading of an instance; facts are what can be set."""
    facts = {name: instance.get(name) for name in _MEMBERS}
    facts["PendingModifiedValues"] = masked(instance.get("PendingModifiedValues") or {})
    groups = instance.get("DBParameterGroups") or ()
    facts["DBParameterGroups"] = [str(one["DBParameterGroupName"]) for one in groups]
    return Reading(str(instance["DBInstanceIdentifier"]), facts, {"instance": instance, **context})


def when_field(reading: Reading) -> Field:
    """Return the field that chooses between now and the maintenance window."""
    window = reading.facts["PreferredMaintenanceWindow"]
    choices = (("window", f"in the maintenance window, {window} UTC"), ("now", "now"))
    return Field("when", "When", "choice", "window", choices, help="Now means an interruption now.")


def when_text(reading: Reading, values: Mapping[str, str]) -> str:
    """Return when the service applies it."""
    if values["when"] == "now":
        return "now"
    return f"in the next maintenance window, {reading.facts['PreferredMaintenanceWindow']} UTC"


def pending_sentences(reading: Reading, *, is_now: bool) -> tuple[str, ...]:
    """Return what else is applied with an immediate modification: everything that is pending already."""
    pending = reading.facts["PendingModifiedValues"]
    return tuple(f"{name}: {value} (was pending)" for name, value in pending.items()) if is_now else ()


def status_checks(reading: Reading) -> tuple[Check, ...]:
    """Return whether the instance can be modified now."""
    status = str(reading.context["instance"].get("DBInstanceStatus"))
    if status in ("available", "storage-optimization"):
        return (Check(Verdict.PASS, f"The instance is {status}."),)
    text = f"The instance is {status}: RDS modifies only one that is available."
    return (Check(Verdict.BLOCK, text, "Wait until it is, then plan again."),)


def modify_step(
    text: str, reading: Reading, after: Mapping[str, Any], before: Mapping[str, Any] | None, *, is_now: bool
) -> Step:
    """Return the step that modifies an instance.

    Args:
        text: What it does.
        reading: The present state.
        after: Members to set.
        before: The same members as they are now; None where they cannot be set back.
        is_now: ApplyImmediately.
    """
    where = {"DBInstanceIdentifier": reading.target}

    def call(members: Mapping[str, Any]) -> Call:
        return Call("rds", "modify_db_instance", {**where, **members, "ApplyImmediately": is_now})

    return Step(
        text,
        call(after),
        Expect(
            "db-instance", {"id": reading.target, "wanted": dict(after), "now": is_now}, MODIFY_S, LOOK_AT
        ),
        () if before is None else (call(before),),
        None
        if before is None
        else Expect(
            "db-instance", {"id": reading.target, "wanted": dict(before), "now": True}, MODIFY_S, LOOK_AT
        ),
    )


def db_instance(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether an instance has what is wanted.

    RDS answers `available` before a modification begins: the values decide, not the status alone.

    Args:
        context: For reading.
        params: id; wanted: members of DescribeDBInstances; now: in force, else pending is enough.
    """
    instance = instance_of(context, params["id"])
    status = str(instance.get("DBInstanceStatus"))
    pending = instance.get("PendingModifiedValues") or {}
    wanted: Mapping[str, Any] = params["wanted"]
    if not params["now"] and all(
        _same(pending.get(name), value) or _same(instance.get(name), value) for name, value in wanted.items()
    ):
        return Progress(State.DONE, "pending until the maintenance window")
    others = [name for name, value in wanted.items() if not _same(instance.get(name), value)]
    left = [name for name in wanted if name in pending]
    if status in ("failed", "storage-full", "incompatible-parameters", "inaccessible-encryption-credentials"):
        return Progress(State.FAILED, f"the instance is {status}")
    if others or left or status not in ("available", "storage-optimization"):
        names = ", ".join(dict.fromkeys((*others, *left))) or "all values in force"
        return Progress(State.PENDING, f"the instance is {status}; waiting for {names}")
    return Progress(State.DONE, f"the instance is {status} with the values in force")


def _same(now: Any, wanted: Any) -> bool:
    return str(now).lower() == str(wanted).lower()
