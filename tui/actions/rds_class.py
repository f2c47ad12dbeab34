"""Change the class of a DB instance."""

from __future__ import annotations

from collections.abc import Mapping

from config.prices import prices_of
from tui.actions.protocol import Context, Reading
from tui.actions.rds_common import (
    classes_of,
    database_month,
    database_note,
    instance_of,
    modify_step,
    reading_of,
    status_checks,
    when_field,
    when_text,
    with_pending,
)
from tui.domain.forms import Field
from tui.domain.plan import Change, Cost, Effect, Impact, Plan


class InstanceClass:
    """Change the class of a DB instance."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the instance and the classes that can be ordered; see `Action.read`."""
        instance = instance_of(context, target)
        classes = classes_of(context, instance, multi_az=bool(instance.get("MultiAZ")))
        return reading_of(instance, classes=classes, prices=prices_of(context.aws.region()))

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        choices = []
        for name in reading.context["classes"]:
            month = database_month(reading, name, multi_az=bool(reading.facts["MultiAZ"]))
            choices.append((name, name if month is None else f"{name}  ${month:,.0f} a month"))
        now = str(reading.facts["DBInstanceClass"])
        help_ = "Only classes that can be ordered for this engine version and storage."
        return (Field("class", "Class", "choice", now, tuple(choices), help=help_), when_field(reading))

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        before, after, is_now = (
            str(reading.facts["DBInstanceClass"]),
            values["class"],
            values["when"] == "now",
        )
        multi_az = bool(reading.facts["MultiAZ"])
        step = modify_step(
            f"Change the class to {after}",
            reading,
            {"DBInstanceClass": after},
            {"DBInstanceClass": before},
            is_now=is_now,
        )
        waiting = str(reading.facts["PendingModifiedValues"].get("DBInstanceClass") or "")
        # Asking for the present class takes one that is pending back.
        changes: tuple[Change, ...] = ()
        if before != after:
            changes = (Change("DBInstanceClass", before, after),)
        elif waiting:
            changes = (Change("DBInstanceClass pending", waiting, ""),)
        impact = (
            Impact(Effect.NONE, "The class stays as it is; the pending change is taken back.")
            if before == after
            else Impact(Effect.FAILOVER, "The standby takes over: connections break for one to two minutes.")
            if multi_az
            else Impact(
                Effect.DOWNTIME, "The instance restarts on other hardware: some minutes without a database."
            )
        )
        plan = Plan(
            action="rds-class",
            title=f"Change {reading.target} to {after}",
            target=reading.target,
            changes=changes,
            steps=(step,) if changes else (),
            impact=impact,
            cost=Cost(
                database_month(reading, before, multi_az=multi_az),
                database_month(reading, after, multi_az=multi_az),
                database_note(reading, before, after),
            ),
            checks=status_checks(reading),
            when=when_text(reading, values),
            confirm=reading.target,
            notes=(
                "max_connections follows the class's memory where it is a formula of the parameter group.",
            ),
        )
        return with_pending(plan, reading)
