"""Set how long backups are kept, and both windows of a DB instance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tui.actions.protocol import Context, Reading
from tui.actions.rds_common import instance_of, modify_step, reading_of, status_checks, with_pending
from tui.domain.forms import Field, FormError
from tui.domain.plan import Change, Check, Effect, Impact, Plan, Verdict
from tui.domain.windows import backup_spans, is_busy, local_text, maintenance_span, overlap, zone_of

MOST_DAYS: Final = 35
GUIDE_DAYS: Final = 7
"""Of the operations guide."""
_WEEK_MIN: Final = 7 * 24 * 60


class Backups:
    """Set backups and windows."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the instance; see `Action.read`."""
        now = datetime.fromtimestamp(context.clock.now(), UTC)
        return reading_of(instance_of(context, target), zone=zone_of(context.aws.region()), at=now)

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        facts = reading.facts
        days = max(int(facts["BackupRetentionPeriod"] or 0), GUIDE_DAYS)
        return (
            Field(
                "days", "Kept for", "integer", str(days), lowest=0, highest=MOST_DAYS, unit="days",
                help=f"{facts['BackupRetentionPeriod']} now; 0 switches backups off.",
            ),
            Field(
                "backup", "Backup window", "text", str(facts["PreferredBackupWindow"]), help="hh:mm-hh:mm UTC"
            ),
            Field(
                "maintenance", "Maintenance window", "text", str(facts["PreferredMaintenanceWindow"]),
                help="ddd:hh:mm-ddd:hh:mm UTC",
            ),
        )  # fmt: skip

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        after: dict[str, Any] = {
            "BackupRetentionPeriod": int(values["days"]),
            "PreferredBackupWindow": values["backup"].strip(),
            "PreferredMaintenanceWindow": values["maintenance"].strip().lower(),
        }
        _check_windows(values)
        changed = {name: value for name, value in after.items() if reading.facts[name] != value}
        before = {name: reading.facts[name] for name in changed}
        switched = "BackupRetentionPeriod" in changed and 0 in (
            before["BackupRetentionPeriod"],
            int(values["days"]),
        )
        replicas = reading.context["instance"].get("ReadReplicaDBInstanceIdentifiers") or ()
        checks = [*status_checks(reading), *_busy_checks(reading, changed), *_now_checks(reading, changed)]
        if replicas and int(values["days"]) == 0:
            text = f"Backups cannot be off while there are read replicas: {', '.join(replicas)}."
            checks.append(Check(Verdict.BLOCK, text))
        plan = Plan(
            action="rds-backups",
            title=f"Set backups and windows of {reading.target}",
            target=reading.target,
            changes=tuple(Change(name, str(before[name]), str(value)) for name, value in changed.items()),
            steps=(modify_step("Set backups and windows", reading, changed, before, is_now=True),)
            if changed
            else (),
            impact=Impact(
                Effect.DOWNTIME, "Switching backups on or off interrupts the database for a moment."
            )
            if switched
            else Impact(Effect.NONE, "Windows and days take effect at once, without an interruption."),
            checks=tuple(checks),
            confirm=reading.target if switched else "",
            notes=tuple(_local(reading, values)),
        )
        return with_pending(plan, reading)


def _check_windows(values: Mapping[str, str]) -> None:
    for name, label, read in (
        ("backup", "Backup window", backup_spans),
        ("maintenance", "Maintenance window", maintenance_span),
    ):
        try:
            read(values[name])
        except ValueError as error:
            raise FormError(name, f"{label}: {error}.") from error
    if overlap(values["backup"], values["maintenance"]):
        raise FormError("maintenance", "Maintenance window: it must not overlap the backup window.")


def _local(reading: Reading, values: Mapping[str, str]) -> list[str]:
    zone = reading.context["zone"]
    if zone is None:
        return []
    at = reading.context["at"]
    return [
        f"Backups: {values['backup']} UTC is {local_text(values['backup'], zone, at)}.",
        f"Maintenance: {values['maintenance']} UTC is {local_text(values['maintenance'], zone, at)}.",
    ]


def _busy_checks(reading: Reading, changed: Mapping[str, Any]) -> list[Check]:
    zone, at = reading.context["zone"], reading.context["at"]
    return [
        Check(
            Verdict.WARN,
            f"The {word} window lies in working hours: {local_text(str(changed[name]), zone, at)}.",
            "The windows are UTC; choose one in the local night.",
        )
        for name, word in (("PreferredBackupWindow", "backup"), ("PreferredMaintenanceWindow", "maintenance"))
        if zone is not None and name in changed and is_busy(str(changed[name]), zone, at)
    ]


def _now_checks(reading: Reading, changed: Mapping[str, Any]) -> list[Check]:
    """Return a warning where moving the maintenance window onto the present starts what waits for it."""
    pending = reading.facts["PendingModifiedValues"]
    if "PreferredMaintenanceWindow" not in changed or not pending:
        return []
    at = reading.context["at"]
    minute = (at.weekday() * 24 + at.hour) * 60 + at.minute
    start, end = maintenance_span(str(changed["PreferredMaintenanceWindow"]))
    if not any(start <= one < end for one in (minute, minute + _WEEK_MIN)):
        return []
    text = f"The new maintenance window is open now: what is pending begins at once ({', '.join(pending)})."
    return [Check(Verdict.WARN, text)]
