"""Change the class of a DB instance."""

from __future__ import annotations

from collections.abc import Mapping

from config.prices import prices_of
from tui.actions.protocol import Context, Reading
from tui.actions.rds_common import (
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
            and (not instance.get("MultiAZ") or one.get("MultiAZCapable"))
        }
        classes.add(str(instance["DBInstanceClass"]))
        return reading_of(
            instance, classes=sorted(classes, key=_size), prices=prices_of(context.aws.region())
        )

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        prices = reading.context["prices"]
        choices = []
        for name in reading.context["classes"]:
            month = prices.database(name, multi_az=bool(reading.facts["MultiAZ"]))
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
        multi_az, prices = bool(reading.facts["MultiAZ"]), reading.context["prices"]
        step = modify_step(
            f"Change the class to {after}",
            reading,
            {"DBInstanceClass": after},
            {"DBInstanceClass": before},
            is_now=is_now,
        )
        impact = (
            Impact(Effect.FAILOVER, "The standby takes over: connections break for one to two minutes.")
            if multi_az
            else Impact(
                Effect.DOWNTIME, "The instance restarts on other hardware: some minutes without a database."
            )
        )
        plan = Plan(
            action="rds-class",
            title=f"Change {reading.target} to {after}",
            target=reading.target,
            changes=() if before == after else (Change("DBInstanceClass", before, after),),
            steps=() if before == after else (step,),
            impact=impact,
            cost=Cost(
                prices.database(before, multi_az=multi_az),
                prices.database(after, multi_az=multi_az),
                prices.note,
            ),
            checks=status_checks(reading),
            when=when_text(reading, values),
            confirm=reading.target,
            notes=(
                "max_connections follows the class's memory where it is a formula of the parameter group.",
            ),
        )
        return with_pending(plan, reading)


def _size(name: str) -> tuple[str, int, str]:
    """Return a key that sorts classes by family, then from small to large."""
    order = ("micro", "small", "medium", "large", "xlarge")
    family, _, size = name.rpartition(".")
    digits = "".join(one for one in size if one.isdigit())
    rank = order.index(size) if size in order else len(order) + int(digits or 0)
    return family, rank, name
