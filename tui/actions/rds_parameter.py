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
from tui.actions.rds_groups import parameters_of, present_group, set_by_user, sharing
from tui.actions.rds_reboot import reboot_step
from tui.domain.forms import Field, FormError, flag
from tui.domain.plan import Call, Change, Check, Effect, Expect, Impact, Plan, Step, Verdict

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
        parameters = parameters_of(context, group)
        family_name = str(family["DBParameterGroups"][0]["DBParameterGroupFamily"])
        own = _own_name(target, family_name, group)
        # A group of the name may be left from before: then it is used as it is.
        present = None if own == group else present_group(context, own)
        others = sharing(context, own if present is not None else group, target)
        found = reading_of(
            instance,
            group=group,
            family=family_name,
            present=present,
            parameters=parameters,
            others=others,
            at_s=context.clock.now(),
        )
        values = set_by_user(parameters)
        facts = {**found.facts, "parameters": values, "present": set_by_user(present)}
        return Reading(found.target, facts, found.context)

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
        check_value(name, value, str(one.get("AllowedValues") or ""), str(one.get("DataType") or ""))
        before = str(one.get("ParameterValue") or "")
        needs_reboot = self._needs_reboot(reading, name)
        is_rebooting = needs_reboot and flag(values.get("reboot", "no"))
        group = str(reading.context["group"])
        own = _own_name(reading.target, str(reading.context["family"]), group)
        steps = self._steps(reading, own, one, value)
        if is_rebooting:
            steps.append(reboot_step(reading.target, reading.context["at_s"]))
        changes = [] if before == value else [Change(name, before or "(engine default)", value)]
        if own != group:
            changes.append(Change("DBParameterGroup", group, own))
        checks = list(status_checks(reading))
        is_there = own == group or reading.context["present"] is not None
        if reading.context["others"] is None and is_there:
            text = f"Who else uses the group {own} may not be read: they would be changed too."
            checks.append(Check(Verdict.WARN, text, "Allow rds:DescribeDBInstances on db:*."))
        elif reading.context["others"] and is_there:
            text = f"The group {own} is shared: {', '.join(reading.context['others'])} are changed too."
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
            also=_also(reading, name, own),
            confirm=reading.target if is_rebooting else "",
            irreversible="The reboot cannot be taken back; the parameter can." if is_rebooting else "",
            undo_impact=Impact(
                Effect.NONE,
                "No interruption; the former value is active after a reboot by hand."
                if needs_reboot
                else "No interruption.",
            ),
            undo_confirm="",
        )

    def _needs_reboot(self, reading: Reading, name: str) -> bool:
        one = reading.context["parameters"].get(name, {})
        return one.get("ApplyType") == "static" or _is_default(str(reading.context["group"]))

    def _steps(self, reading: Reading, own: str, one: Mapping[str, Any], value: str) -> list[Step]:
        name, target = str(one["ParameterName"]), reading.target
        method = "pending-reboot" if one.get("ApplyType") == "static" else "immediate"
        setting = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
        in_group = {"group": own, "name": name}
        wanted = Expect("db-parameter", {**in_group, "value": value}, 300, LOOK_AT)
        change = Call(
            "rds", "modify_db_parameter_group", {"DBParameterGroupName": own, "Parameters": [setting]}
        )
        group = str(reading.context["group"])
        if own == group:
            applied = Expect("db-parameter", {**in_group, "value": value, "id": target}, 300, LOOK_AT)
            return [Step(f"Set {name} in {own}", change, applied, *_way_back(own, one, method, target))]
        attached = Expect("db-group", {"id": target, "group": own}, 900, LOOK_AT)
        detached = Expect("db-group", {"id": target, "group": group}, 900, LOOK_AT)
        created = {
            "DBParameterGroupName": own,
            "DBParameterGroupFamily": reading.context["family"],
            "Description": f"Parameters of {target}",
        }
        present = reading.context["present"]
        if present is not None:
            before = [Step(f"Set {name} in {own}", change, wanted, *_way_back(own, present[name], method))]
        else:
            create = Step(
                f"Create the parameter group {own}",
                Call("rds", "create_db_parameter_group", created),
                undo=(Call("rds", "delete_db_parameter_group", {"DBParameterGroupName": own}),),
            )
            before = [create, Step(f"Set {name} in {own}", change, wanted)]
        return [
            *before,
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


def check_value(name: str, value: str, allowed: str, kind: str = "") -> None:
    """Check a value against AllowedValues as DescribeDBParameters gives it: "a,b", "0-100", "-1-2147483647".

    Args:
        name: The parameter.
        value: Its new value.
        allowed: AllowedValues.
        kind: DataType; of a "list" every item is checked.

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
    elif "," in allowed:
        known = {one.strip() for one in allowed.split(",")}
        items = [one.strip() for one in value.split(",")] if kind == "list" else [value]
        others = [one for one in items if one not in known]
        if others:
            raise FormError(
                "value", f"{name}: {', '.join(map(repr, others))} is not allowed; write one of: {allowed}."
            )


def _way_back(
    own: str, one: Mapping[str, Any], method: str, target: str = ""
) -> tuple[tuple[Call, ...], Expect]:
    name = str(one["ParameterName"])
    in_group = {"group": own, "name": name, **({"id": target} if target else {})}
    if one.get("Source") == "user":
        setting = {"ParameterName": name, "ParameterValue": str(one["ParameterValue"]), "ApplyMethod": method}
        call = Call(
            "rds", "modify_db_parameter_group", {"DBParameterGroupName": own, "Parameters": [setting]}
        )
        return (call,), Expect("db-parameter", {**in_group, "value": setting["ParameterValue"]}, 300)
    reset = {
        "DBParameterGroupName": own,
        "ResetAllParameters": False,
        "Parameters": [{"ParameterName": name, "ApplyMethod": method}],
    }
    call = Call("rds", "reset_db_parameter_group", reset)
    return (call,), Expect("db-parameter", {**in_group, "value": None}, 300)


def _own_name(target: str, family: str, group: str) -> str:
    """Return the name of the group that is changed: the instance's, or one in the place of the default."""
    return f"{target}-{family}" if _is_default(group) else group


def _also(reading: Reading, name: str, own: str) -> tuple[str, ...]:
    """Return what else becomes active with a group that is there already."""
    values = set_by_user(reading.context["present"]) or {}
    return tuple(f"{each}: {value} (set in {own} before)" for each, value in values.items() if each != name)


def _attach(target: str, group: str) -> dict[str, Any]:
    return {"DBInstanceIdentifier": target, "DBParameterGroupName": group, "ApplyImmediately": False}


def _is_default(group: str) -> bool:
    return group.startswith("default.")
