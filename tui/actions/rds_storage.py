"""Grow the storage of a DB instance, or change its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.prices import prices_of
from tui.actions.protocol import Context, Reading
from tui.actions.rds_common import instance_of, modify_step, reading_of, status_checks, with_pending
from tui.domain.forms import Field, FormError
from tui.domain.plan import Change, Check, Cost, Effect, Impact, Plan, Verdict
from tui.domain.storage import MOST_GIB, PAUSE_H, granted, least

_TYPES = (
    ("gp2", "gp2 (general purpose)"),
    ("gp3", "gp3 (general purpose)"),
    ("io1", "io1 (provisioned IOPS)"),
)
_LEAST_IOPS = 1000


class Storage:
    """Grow the storage of a DB instance."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the instance; see `Action.read`."""
        return reading_of(instance_of(context, target), prices=prices_of(context.aws.region()))

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
        if values.get("type", kind) == "io1":
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
        if "Iops" in after or values["type"] == "gp3":
            # Types with provisioned IOPS take the size with every change.
            changed |= {"AllocatedStorage": size} if changed else {}
        step = modify_step(_text(changed), reading, changed, None, is_now=True)
        prices, multi_az = reading.context["prices"], bool(reading.facts["MultiAZ"])
        rounded = size != int(values["size"])
        note = f"RDS rounds {values['size']} GiB up to {size}: a tenth more is the least." if rounded else ""
        plan = Plan(
            action="rds-storage",
            title=f"Grow the storage of {reading.target} to {size} GiB",
            target=reading.target,
            changes=tuple(
                Change(name, str(before[name] if before[name] is not None else ""), str(value))
                for name, value in changed.items()
                if before[name] != value
            ),
            steps=(step,) if changed else (),
            impact=Impact(
                Effect.NONE, "No interruption; reads and writes are slower while storage is optimised."
            ),
            cost=Cost(
                prices.storage(str(before["StorageType"]), before["AllocatedStorage"], multi_az=multi_az),
                prices.storage(values["type"], size, multi_az=multi_az),
                f"storage; {prices.note}",
            ),
            checks=(*status_checks(reading), *_pause(reading)),
            confirm=reading.target,
            irreversible=f"Storage never shrinks; it can be changed again after {PAUSE_H} hours at least.",
            notes=(note,) if note else (),
        )
        return with_pending(plan, reading)


def _pause(reading: Reading) -> tuple[Check, ...]:
    if reading.context["instance"].get("DBInstanceStatus") != "storage-optimization":
        return ()
    text = "Storage was changed less than some hours ago and is still being optimised."
    return (Check(Verdict.BLOCK, text, f"Wait until the instance is available, {PAUSE_H} hours at least."),)


def _text(changed: Mapping[str, Any]) -> str:
    parts = [f"{name} {value}" for name, value in changed.items()]
    return f"Change storage: {', '.join(parts)}"
