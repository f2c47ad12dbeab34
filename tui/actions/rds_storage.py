"""Grow the storage of a DB instance, or change its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.prices import prices_of
from tui.actions.protocol import Context, Reading
from tui.actions.rds_common import instance_of, modify_step, reading_of, status_checks, with_pending
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.forms import Field, FormError
from tui.domain.plan import Change, Check, Cost, Effect, Impact, Plan, Verdict
from tui.domain.storage import MOST_GIB, PAUSE_H, granted, least

_TYPES = (
    ("gp2", "gp2 (general purpose)"),
    ("gp3", "gp3 (general purpose)"),
    ("io1", "io1 (provisioned IOPS)"),
    ("io2", "io2 (provisioned IOPS)"),
)
_PROVISIONED = ("io1", "io2")
_LEAST_IOPS = 1000
_STORAGE_EVENT = "allocated storage"
"""Within the events of a change: Applying, and Finished applying, modification to allocated storage."""
_STRIPED_GIB = 400
"""From here on IOPS of gp3 can be provisioned with PostgreSQL:
docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html."""


class Storage:
    """Grow the storage of a DB instance."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the instance; see `Action.read`."""
        prices = prices_of(context.aws.region())
        return reading_of(instance_of(context, target), prices=prices, changed=_changed(context, target))

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        now, kind = int(reading.facts["AllocatedStorage"]), str(reading.facts["StorageType"])
        choices = _TYPES if kind in dict(_TYPES) else ((kind, kind), *_TYPES)
        fields = [
            Field(
                "size", "Storage", "integer", str(max(least(now), round(now * 1.5))), lowest=now,
                highest=MOST_GIB, unit="GiB",
                help=f"{now} GiB now; it grows by a tenth at least, and never shrinks.",
            ),
            Field("type", "Type", "choice", kind, choices),
        ]  # fmt: skip
        if values.get("type", kind) in _PROVISIONED:
            iops = str(reading.facts["Iops"] or _LEAST_IOPS)
            fields.append(Field("iops", "IOPS", "integer", iops, lowest=_LEAST_IOPS, highest=256_000))
        return tuple(fields)

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        before = {
            "AllocatedStorage": int(reading.facts["AllocatedStorage"]),
            "StorageType": reading.facts["StorageType"],
        }
        try:
            size = granted(before["AllocatedStorage"], int(values["size"]))
        except ValueError as error:
            raise FormError("size", f"Storage: {error}.") from error
        after: dict[str, Any] = {"AllocatedStorage": size, "StorageType": values["type"]}
        if "iops" in values:
            before["Iops"], after["Iops"] = reading.facts["Iops"], int(values["iops"])
        changed = {name: value for name, value in after.items() if value != before[name]}
        if changed:
            changed |= _together(reading, after)
        step = modify_step(_text(changed), reading, changed, None, is_now=True)
        prices, multi_az = reading.context["prices"], bool(reading.facts["MultiAZ"])
        kinds = [f"rds_storage_gb_month/{one}" for one in (before["StorageType"], values["type"])]
        rounded = size != int(values["size"])
        note = f"RDS rounds {values['size']} GiB up to {size}: a tenth more is the least." if rounded else ""
        plan = Plan(
            action="rds-storage",
            title=f"Grow the storage of {reading.target} to {size} GiB",
            target=reading.target,
            changes=tuple(
                Change(name, str(before[name] if before[name] is not None else ""), str(value))
                for name, value in changed.items()
                if name in before and before[name] != value
            ),
            steps=(step,) if changed else (),
            impact=Impact(
                Effect.NONE, "No interruption; reads and writes are slower while storage is optimised."
            ),
            cost=Cost(
                prices.storage(str(before["StorageType"]), before["AllocatedStorage"], multi_az=multi_az),
                prices.storage(values["type"], size, multi_az=multi_az),
                f"storage; {prices.lacking(*kinds) or prices.note}",
            ),
            checks=(*status_checks(reading), *_pause(reading), *_ceiling(reading, size)),
            confirm=reading.target,
            irreversible=f"Storage never shrinks; it can be changed again after {PAUSE_H} hours at least.",
            notes=(note,) if note else (),
        )
        return with_pending(plan, reading)


def _together(reading: Reading, after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the service wants with every change of storage whose IOPS are provisioned."""
    if "Iops" in after:
        return {"AllocatedStorage": after["AllocatedStorage"], "Iops": after["Iops"]}
    facts = reading.facts
    is_kept = after["StorageType"] == facts["StorageType"] == "gp3" and facts["Iops"]
    if is_kept and int(facts["AllocatedStorage"]) >= _STRIPED_GIB:
        return {"Iops": facts["Iops"]}
    return {}


def _changed(context: Context, name: str) -> str | None:
    """Return when storage was last changed within the pause, as text; "" for not, None for not known."""
    try:
        events = context.call(
            "rds",
            "describe_events",
            SourceIdentifier=name,
            SourceType="db-instance",
            Duration=PAUSE_H * 60,
        ).get("Events")
    except SourceError as error:
        if error.kind is not ErrorKind.ACCESS_DENIED:
            raise
        return None
    found = [one["Date"] for one in events or () if _STORAGE_EVENT in str(one.get("Message", "")).lower()]
    return f"{max(found):%m-%d %H:%M} UTC" if found else ""


def _pause(reading: Reading) -> tuple[Check, ...]:
    at = reading.context["changed"]
    is_optimising = reading.context["instance"].get("DBInstanceStatus") == "storage-optimization"
    if is_optimising:
        text = "Storage was changed less than some hours ago and is still being optimised."
        hint = f"Wait until the instance is available, {PAUSE_H} hours at least."
        return (Check(Verdict.BLOCK, text, hint),)
    if at:
        text = f"Storage was changed at {at}: RDS refuses another change within {PAUSE_H} hours."
        return (Check(Verdict.BLOCK, text, "Wait until then."),)
    if at is None:
        text = f"Whether storage was changed within the last {PAUSE_H} hours may not be read."
        return (Check(Verdict.WARN, text, "Allow rds:DescribeEvents."),)
    return (Check(Verdict.PASS, f"Storage was not changed within the last {PAUSE_H} hours."),)


def _ceiling(reading: Reading, size: int) -> tuple[Check, ...]:
    most = reading.facts["MaxAllocatedStorage"]
    if not most or least(size) <= int(most):
        return ()
    text = f"Storage autoscaling ends at {most} GiB, less than a tenth above {size}: RDS may refuse."
    return (Check(Verdict.WARN, text, "Raise MaxAllocatedStorage first."),)


def _text(changed: Mapping[str, Any]) -> str:
    parts = [f"{name} {value}" for name, value in changed.items()]
    return f"Change storage: {', '.join(parts)}"
