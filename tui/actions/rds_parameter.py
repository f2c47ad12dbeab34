"""Set a parameter of a DB instance's parameter group, with a group of its own where it has the default one.

docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html: a default group cannot be
modified; another group's values become active with a reboot by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from tui.actions.protocol import Context, Reading
from tui.actions.rds_common import LOOK_AT, instance_of, reading_of, status_checks
from tui.actions.rds_reboot import reboot_step
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.forms import Field, FormError, flag
from tui.domain.plan import Call, Change, Check, Effect, Expect, Impact, Plan, Progress, State, Step, Verdict

SLOW_QUERY: Final = "log_min_duration_statement"
GUIDE_MS: Final = "1000"


class Parameter:
    """Set any parameter."""

    action = "rds-parameter"
    fixed = ""

    def read(self, context: Context, target: str) -> Reading:
        """Read the instance, its group's parameters, and who else uses the group; see `Action.read`."""
        instance = instance_of(context, target)
        group = str(instance["DBParameterGroups"][0]["DBParameterGroupName"])
        family = context.call("rds", "describe_db_parameter_groups", DBParameterGroupName=group)
        parameters = {
            str(one["ParameterName"]): one
            for one in context.pages(
                "rds", "describe_db_parameters", "Parameters", DBParameterGroupName=group
            )
        }
        others = _sharing(context, group, target)
        found = reading_of(
            instance,
            group=group,
            family=str(family["DBParameterGroups"][0]["DBParameterGroupFamily"]),
            parameters=parameters,
            others=others,
            at_s=context.clock.now(),
        )
        values = {
            name: one.get("ParameterValue") for name, one in parameters.items() if one.get("Source") == "user"
        }
        return Reading(found.target, {**found.facts, "parameters": values}, found.context)

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        parameters: Mapping[str, Mapping[str, Any]] = reading.context["parameters"]
        names = sorted(name for name, one in parameters.items() if one.get("IsModifiable"))
        chosen = self.fixed or values.get("name") or (SLOW_QUERY if SLOW_QUERY in names else names[0])
        one = parameters.get(chosen, {})
        now = str(one.get("ParameterValue") or "")
        wanted = GUIDE_MS if self.fixed and now in ("", "-1") else now
        kind = f"{one.get('ApplyType', '')}; {one.get('AllowedValues', 'any value')}".strip("; ")
        fields = [Field("value", chosen, "text", wanted, help=f"{now or 'engine default'} now; {kind}")]
        if not self.fixed:
            fields.insert(
                0, Field("name", "Parameter", "choice", chosen, tuple((each, each) for each in names))
            )
        if self._needs_reboot(reading, chosen):
            fields.append(
                Field("reboot", "Reboot", "flag", "no", help="It becomes active with a reboot only.")
            )
        return tuple(fields)

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        name = self.fixed or values["name"]
        one: Mapping[str, Any] = reading.context["parameters"].get(name, {})
        value = values["value"].strip()
        check_value(name, value, str(one.get("AllowedValues") or ""))
        before = str(one.get("ParameterValue") or "")
        needs_reboot = self._needs_reboot(reading, name)
        is_rebooting = needs_reboot and flag(values.get("reboot", "no"))
        group = str(reading.context["group"])
        own = f"{reading.target}-{reading.context['family']}" if _is_default(group) else group
        steps = self._steps(reading, own, one, value)
        if is_rebooting:
            steps.append(reboot_step(reading.target, reading.context["at_s"]))
        changes = [] if before == value else [Change(name, before or "(engine default)", value)]
        if own != group:
            changes.append(Change("DBParameterGroup", group, own))
        checks = list(status_checks(reading))
        if reading.context["others"] is None and own == group:
            text = f"Who else uses the group {group} may not be read: they would be changed too."
            checks.append(Check(Verdict.WARN, text, "Allow rds:DescribeDBInstances on db:*."))
        elif reading.context["others"] and own == group:
            text = f"The group {group} is shared: {', '.join(reading.context['others'])} are changed too."
            checks.append(Check(Verdict.WARN, text))
        if needs_reboot and not is_rebooting:
            text = "It becomes active with a reboot by hand; the maintenance window does not do it."
            checks.append(Check(Verdict.WARN, text, "rds-reboot, or switch on the field reboot."))
        if name in (SLOW_QUERY, "log_statement"):
            checks.append(Check(Verdict.WARN, "Statements in the log can hold passwords and personal data."))
        return Plan(
            action=self.action,
            title=f"Set {name} of {reading.target} to {value}",
            target=reading.target,
            changes=tuple(changes) if before != value else (),
            steps=tuple(steps) if before != value else (),
            impact=Impact(
                Effect.RESTART, "All connections break; the database is back after one to two minutes."
            )
            if is_rebooting
            else Impact(Effect.NONE, "No interruption."),
            checks=tuple(checks),
            confirm=reading.target if is_rebooting else "",
            irreversible="The reboot cannot be taken back; the parameter can." if is_rebooting else "",
        )

    def _needs_reboot(self, reading: Reading, name: str) -> bool:
        one = reading.context["parameters"].get(name, {})
        return one.get("ApplyType") == "static" or _is_default(str(reading.context["group"]))

    def _steps(self, reading: Reading, own: str, one: Mapping[str, Any], value: str) -> list[Step]:
        name, target = str(one["ParameterName"]), reading.target
        method = "pending-reboot" if one.get("ApplyType") == "static" else "immediate"
        setting = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
        wanted = Expect("db-parameter", {"group": own, "name": name, "value": value}, 300, LOOK_AT)
        change = Call(
            "rds", "modify_db_parameter_group", {"DBParameterGroupName": own, "Parameters": [setting]}
        )
        group = str(reading.context["group"])
        if own == group:
            return [Step(f"Set {name} in {own}", change, wanted, *_way_back(own, one, method))]
        attached = Expect("db-group", {"id": target, "group": own}, 900, LOOK_AT)
        detached = Expect("db-group", {"id": target, "group": group}, 900, LOOK_AT)
        created = {
            "DBParameterGroupName": own,
            "DBParameterGroupFamily": reading.context["family"],
            "Description": f"Parameters of {target}",
        }
        return [
            Step(
                f"Create the parameter group {own}",
                Call("rds", "create_db_parameter_group", created),
                undo=(Call("rds", "delete_db_parameter_group", {"DBParameterGroupName": own}),),
            ),
            Step(f"Set {name} in {own}", change, wanted),
            Step(
                f"Attach {own} to {target}",
                Call("rds", "modify_db_instance", _attach(target, own)),
                attached,
                (Call("rds", "modify_db_instance", _attach(target, group)),),
                detached,
            ),
        ]


class SlowQueryLog(Parameter):
    """Log the statements that take longer than a second."""

    action = "rds-slow-query-log"
    fixed = SLOW_QUERY


def check_value(name: str, value: str, allowed: str) -> None:
    """Check a value against AllowedValues as DescribeDBParameters gives it: "a,b", "0-100", "-1-2147483647".

    Raises:
        FormError: It is not allowed.
    """
    if not value:
        raise FormError("value", f"{name}: write a value.")
    found = re.fullmatch(r"(-?\d+)-(\d+)", allowed)
    if found is not None:
        # A formula such as {DBInstanceClassMemory/9531392} is left to the service.
        if value.lstrip("-").isdigit() and not int(found[1]) <= int(value) <= int(found[2]):
            raise FormError("value", f"{name}: {value} is out of range; write {found[1]} to {found[2]}.")
        if not value.lstrip("-").isdigit() and "{" not in value:
            raise FormError("value", f"{name}: write a whole number, {found[1]} to {found[2]}.")
    elif "," in allowed and value not in [one.strip() for one in allowed.split(",")]:
        raise FormError("value", f"{name}: {value!r} is not allowed; write one of: {allowed}.")


def parameter(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether a group has a parameter's value (None: not set by a user); params: group, name, value."""
    for one in context.pages(
        "rds", "describe_db_parameters", "Parameters", DBParameterGroupName=params["group"]
    ):
        if one["ParameterName"] == params["name"]:
            is_own = one.get("Source") == "user"
            now = one.get("ParameterValue") if is_own else None
            if now == params["value"] or (not is_own and params["value"] is None):
                return Progress(State.DONE, f"{params['name']} is {now if is_own else 'the default'}")
            return Progress(State.PENDING, f"{params['name']} is still {now}")
    return Progress(State.FAILED, f"the group {params['group']} has no parameter {params['name']}")


def attached(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether an instance has a parameter group; params: id, group."""
    instance = instance_of(context, params["id"])
    status = str(instance.get("DBInstanceStatus"))
    groups = {str(one["DBParameterGroupName"]): one for one in instance.get("DBParameterGroups") or ()}
    if params["group"] not in groups or status != "available":
        return Progress(State.PENDING, f"the instance is {status} with {', '.join(groups)}")
    return Progress(State.DONE, f"{params['group']}: {groups[params['group']].get('ParameterApplyStatus')}")


def _sharing(context: Context, group: str, target: str) -> list[str] | None:
    """Return the other instances with a parameter group; None where not all instances may be read."""
    try:
        return [
            str(one["DBInstanceIdentifier"])
            for one in context.pages("rds", "describe_db_instances", "DBInstances")
            if one["DBInstanceIdentifier"] != target
            and any(each["DBParameterGroupName"] == group for each in one.get("DBParameterGroups") or ())
        ]
    except SourceError as error:
        if error.kind is not ErrorKind.ACCESS_DENIED:
            raise
        return None


def _way_back(own: str, one: Mapping[str, Any], method: str) -> tuple[tuple[Call, ...], Expect]:
    name = str(one["ParameterName"])
    if one.get("Source") == "user":
        setting = {"ParameterName": name, "ParameterValue": str(one["ParameterValue"]), "ApplyMethod": method}
        call = Call(
            "rds", "modify_db_parameter_group", {"DBParameterGroupName": own, "Parameters": [setting]}
        )
        return (call,), Expect(
            "db-parameter", {"group": own, "name": name, "value": setting["ParameterValue"]}, 300
        )
    reset = {
        "DBParameterGroupName": own,
        "ResetAllParameters": False,
        "Parameters": [{"ParameterName": name, "ApplyMethod": method}],
    }
    call = Call("rds", "reset_db_parameter_group", reset)
    return (call,), Expect("db-parameter", {"group": own, "name": name, "value": None}, 300)


def _attach(target: str, group: str) -> dict[str, Any]:
    return {"DBInstanceIdentifier": target, "DBParameterGroupName": group, "ApplyImmediately": False}


def _is_default(group: str) -> bool:
    return group.startswith("default.")
