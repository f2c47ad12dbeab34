"""What the RDS actions share: the instance as it is, a modification as a step, and when it is in force.

docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from tui.actions.protocol import Context, Reading
from tui.actions.secrets import masked
from tui.domain.forms import Field
from tui.domain.plan import (
    Call,
    Check,
    Effect,
    Expect,
    Impact,
    Plan,
    Progress,
    State,
    Step,
    Verdict,
)

MODIFY_S: Final = 3600.0
"""Seconds until a modification counts as never done; a bigger class takes some minutes, storage more."""
LOOK_AT: Final = "Look at the instance's status and events in the RDS pane."

DISRUPTIVE: Final = frozenset(
    {
        "DBInstanceClass",
        "EngineVersion",
        "Engine",
        "Port",
        "DBInstanceIdentifier",
        "ProcessorFeatures",
        "BackupRetentionPeriod",
    }
)
"""Pending values that interrupt the database when applied; retention is pending only from or to 0."""

_MEMBERS: Final = (
    "DBInstanceClass",
    "AllocatedStorage",
    "StorageType",
    "Iops",
    "StorageThroughput",
    "MaxAllocatedStorage",
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


def with_pending(plan: Plan, reading: Reading) -> Plan:
    """Return a plan that says what the service applies with it, where it modifies an instance at once.

    ApplyImmediately applies everything that is pending too, and with it an outage that nobody asked for.

    Args:
        plan: Of any action.
        reading: The state that it starts from.
    """
    pending = reading.facts.get("PendingModifiedValues") or {}
    calls = [one.call.params for one in plan.steps if one.call.method == "modify_db_instance"]
    if not pending or not any(one.get("ApplyImmediately") for one in calls):
        return plan
    others = {name: value for name, value in pending.items() if not any(name in one for one in calls)}
    also = tuple(f"{name}: {value} (was pending)" for name, value in others.items())
    plan = replace(plan, also=(*plan.also, *also))
    if not others:
        return plan
    text = f"Undo does not take back what was pending: {', '.join(others)}."
    plan = replace(plan, irreversible=f"{plan.irreversible} {text}".strip())
    felt = [name for name in others if name in DISRUPTIVE]
    if not felt or plan.impact.effect in (Effect.FAILOVER, Effect.DOWNTIME):
        return plan
    is_double = bool(reading.facts.get("MultiAZ"))
    text = f"What is pending interrupts the database for some minutes: {', '.join(felt)}. {plan.impact.text}"
    impact = Impact(Effect.FAILOVER if is_double else Effect.DOWNTIME, text.strip())
    return replace(plan, impact=impact, confirm=plan.confirm or reading.target)


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

    def call(members: Mapping[str, Any], *, now: bool) -> Call:
        where = {"DBInstanceIdentifier": reading.target}
        return Call("rds", "modify_db_instance", {**where, **members, "ApplyImmediately": now})

    def expect(members: Mapping[str, Any], *, now: bool) -> Expect:
        params = {"id": reading.target, "wanted": dict(members), "now": now}
        return Expect("db-instance", params, MODIFY_S, LOOK_AT)

    step = Step(text, call(after, now=is_now), expect(after, now=is_now))
    if before is None:
        return step
    pending = reading.facts["PendingModifiedValues"]
    # What was pending already, and is replaced, is to be pending again.
    waiting = {name: pending[name] for name in after if name in pending}
    if not is_now:
        back = {**before, **waiting}
        return replace(step, undo=(call(back, now=False),), undo_expect=expect(back, now=False))
    if not waiting:
        return replace(step, undo=(call(before, now=True),), undo_expect=expect(before, now=True))
    return replace(
        step,
        undo=(call(before, now=True), call(waiting, now=False)),
        undo_between=expect(before, now=True),
        undo_expect=expect(waiting, now=False),
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
    if not params["now"]:
        waiting = [name for name, value in wanted.items() if name in pending and _same(pending[name], value)]
        there = [
            name for name, value in wanted.items() if name not in pending and _same(instance.get(name), value)
        ]
        if len(waiting) + len(there) < len(wanted):
            return Progress(State.PENDING, f"the instance is {status}; what is pending is not as wanted yet")
        text = (
            f"{', '.join(waiting)} pending until the maintenance window" if waiting else "nothing is pending"
        )
        return Progress(State.DONE, text)
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


def classes_of(context: Context, instance: Mapping[str, Any], *, multi_az: bool) -> list[str]:
    """Return the classes that can be ordered for an instance's engine version and storage, and its own.

    Args:
        context: For reading.
        instance: As DescribeDBInstances.
        multi_az: Only those that can have a standby.

    Raises:
        SourceError: They cannot be read.
    """
    options = context.pages(
        "rds",
        "describe_orderable_db_instance_options",
        "OrderableDBInstanceOptions",
        Engine=instance["Engine"],
        EngineVersion=instance["EngineVersion"],
    )
    classes = {
        str(one["DBInstanceClass"])
        for one in options
        if one.get("StorageType") in (None, instance.get("StorageType"))
        and (not multi_az or one.get("MultiAZCapable"))
    }
    return sorted({*classes, str(instance["DBInstanceClass"])}, key=_size)


def database_month(reading: Reading, name: str, *, multi_az: bool) -> float | None:
    """Return USD a month of a class; None where no price is known, and for engines other than PostgreSQL."""
    if reading.context["instance"].get("Engine", "postgres") != "postgres":
        return None
    month: float | None = reading.context["prices"].database(name, multi_az=multi_az)
    return month


def database_note(reading: Reading, *classes: str) -> str:
    """Return what prices of classes rest on, or how to add what is not known."""
    if reading.context["instance"].get("Engine", "postgres") != "postgres":
        return "prices are known for RDS PostgreSQL only"
    prices = reading.context["prices"]
    return str(prices.lacking(*(f"rds_class_hour/{one}" for one in classes)) or prices.note)


def _size(name: str) -> tuple[str, int, str]:
    """Return a key that sorts classes by family, then from small to large."""
    order = ("micro", "small", "medium", "large", "xlarge")
    family, _, size = name.rpartition(".")
    digits = "".join(one for one in size if one.isdigit())
    rank = order.index(size) if size in order else len(order) + int(digits or 0)
    return family, rank, name
