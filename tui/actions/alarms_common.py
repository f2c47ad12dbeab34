"""What the alarm actions share: the catalogue for the stack, the live alarms, their watchers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from config.alarms import load_alarms, user_file
from tui.actions.protocol import Context
from tui.domain.alarmrules import Wanted, definition, normal, wanted
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.plan import Check, Plan, Progress, State, Verdict
from tui.sources.alb import dimension
from tui.sources.parse import chunks, text

WITHIN_S: Final = 60.0
"""Seconds until a written alarm must read back equal; CloudWatch does so at once."""
LOOK_AT: Final = "Read the alarm in the CloudWatch console: somebody may be writing it at the same time."
_BOTH: Final = ["MetricAlarm", "CompositeAlarm"]
_NAMES_A_CALL: Final = 100
_OF_SCALING: Final = "TargetTracking-"


def live_alarms(context: Context, names: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
    """Return alarms by name as DescribeAlarms tells them; composite ones where they may be read.

    Args:
        context: For reading.
        names: Which; None for all of the Region.

    Raises:
        SourceError: They cannot be read.
    """
    found: dict[str, dict[str, Any]] = {}
    asked: Iterable[dict[str, Any]] = [{}]
    if names is not None:
        asked = [{"AlarmNames": list(some)} for some in chunks(names, _NAMES_A_CALL)]
    for narrowed in asked:
        try:
            _describe(context, {**narrowed, "AlarmTypes": _BOTH}, found)
        except SourceError as error:
            # Reading composite alarms needs permission on all alarms.
            if error.kind is not ErrorKind.ACCESS_DENIED:
                raise
            _describe(context, {**narrowed, "AlarmTypes": _BOTH[:1]}, found)
    return found


def _describe(context: Context, asked: Mapping[str, Any], found: dict[str, dict[str, Any]]) -> None:
    following: dict[str, str] = {}
    while True:
        page = context.call("cloudwatch", "describe_alarms", **asked, **following)
        for raw in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ())):
            found[str(raw["AlarmName"])] = raw
        if not page.get("NextToken"):
            return
        following = {"NextToken": page["NextToken"]}


def wanted_alarms(context: Context) -> tuple[dict[str, Wanted], list[Check]]:
    """Return the catalogue's alarms for the configured stack by name, and what is wrong.

    Where several resources of a kind are configured, the alarm's name is followed by the resource's.

    Raises:
        SourceError: The balancers cannot be described.
    """
    catalogue = load_alarms(user_file())
    problems = [
        # With a broken file a live alarm would be corrected to what its owner does not want.
        Check(Verdict.BLOCK, f"The file of alarms is broken: {one}.", "Mend it first.")
        for one in catalogue.problems
    ]
    resources = {
        "service": _services(context),
        "database": {one: {"DBInstanceIdentifier": one} for one in context.config.stack.databases},
        "load_balancer": _balancers(context, problems)
        if any(one.resource == "load_balancer" for one in catalogue.alarms.values())
        else {},
    }
    found: dict[str, Wanted] = {}
    for name, spec in catalogue.alarms.items():
        known = resources[spec.resource]
        for resource, dimensions in known.items():
            full = name if len(known) == 1 else f"{name}-{resource}"
            found[full] = wanted(full, spec, dimensions)
    return found, problems


def resource_dimensions(context: Context) -> dict[str, dict[str, dict[str, str]]]:
    """Return CloudWatch's dimensions of the configured resources by kind and name.

    Raises:
        SourceError: The balancers cannot be described.
    """
    return {
        "service": _services(context),
        "database": {one: {"DBInstanceIdentifier": one} for one in context.config.stack.databases},
        "load_balancer": _balancers(context, []),
    }


def _services(context: Context) -> dict[str, dict[str, str]]:
    stack = context.config.stack
    return {one: {"ClusterName": str(stack.cluster), "ServiceName": one} for one in stack.services}


def _balancers(context: Context, problems: list[Check]) -> dict[str, dict[str, str]]:
    """Return the dimension of each configured balancer, which only its ARN tells."""
    found: dict[str, dict[str, str]] = {}
    for name in context.config.stack.load_balancers:
        try:
            answer = context.call("elbv2", "describe_load_balancers", Names=[name])
        except SourceError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            gone = f"There is no load balancer {name}: its alarms have no dimension to watch."
            problems.append(Check(Verdict.WARN, gone, "Check its name in the configuration."))
            continue
        for raw in answer.get("LoadBalancers", ()):
            found[name] = {"LoadBalancer": dimension(str(raw["LoadBalancerArn"]))}
    return found


def own_alarms(context: Context) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return all alarms that are somebody's own, and their names, those of the catalogue first.

    Alarms of target tracking belong to Application Auto Scaling, which puts them back.

    Raises:
        SourceError: They cannot be read.
    """
    wanted, _ = wanted_alarms(context)
    live = {name: one for name, one in live_alarms(context).items() if not name.startswith(_OF_SCALING)}
    return live, [name for name in wanted if name in live] + sorted(set(live) - set(wanted))


def no_alarms(action: str, title: str, target: str) -> Plan:
    """Return the plan where there is no alarm."""
    check = Check(
        Verdict.BLOCK, "There is no alarm in this Region.", "alarms-sync creates those of the catalogue."
    )
    return Plan(action, title, target, (), (), checks=(check,))


# ---------------------------------------------------------------- watchers


def alarm(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether an alarm reads back as it was written.

    Args:
        context: For reading.
        params: name; fields that it must have, or None where it must be gone; whole, whether it may have
            no others.

    Raises:
        SourceError: It cannot be read.
    """
    name, fields = str(params["name"]), params["fields"]
    live = live_alarms(context, [name]).get(name)
    if live is None or fields is None:
        is_right = live is None and fields is None
        seen = "is gone" if live is None else "is still there"
        return Progress(State.DONE if is_right else State.PENDING, f"{name} {seen}")
    found, meant = normal(definition(live)), normal(fields)
    if not params.get("whole", True):
        meant = {key: meant[key] for key in fields}
        found = {key: found.get(key) for key in fields}
    other = [key for key in {**meant, **found} if meant.get(key) != found.get(key)]
    if other:
        return Progress(State.PENDING, f"{name} differs in {', '.join(other)}")
    return Progress(State.DONE, f"{name} reads back as it was written")


def fired(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether a state that was set by hand took effect, and whether the alarm's actions were run.

    The state itself proves nothing: the next evaluation overrides it. The history keeps both.

    Args:
        context: For reading.
        params: name; state and reason that were set; since, epoch seconds; actions, ARNs to be told.

    Raises:
        SourceError: The history cannot be read.
    """
    name = str(params["name"])
    since = datetime.fromtimestamp(float(params["since"]), UTC)
    items = context.call(
        "cloudwatch", "describe_alarm_history", AlarmName=name, StartDate=since, MaxRecords=100
    ).get("AlarmHistoryItems", ())
    if not any(_is_set(one, params) for one in items):
        return Progress(State.PENDING, f"the history of {name} does not have the state yet")
    told = [text(one.get("HistorySummary")) for one in items if one.get("HistoryItemType") == "Action"]
    failed = [one for one in told if one.lower().startswith("failed")]
    if failed:
        return Progress(State.FAILED, f"{name} is {params['state']}, and an action did not run: {failed[0]}.")
    left = [arn for arn in params.get("actions") or () if not any(arn in one for one in told)]
    if left:
        return Progress(State.PENDING, f"{name} is {params['state']}; not told yet: {', '.join(left)}")
    count = len(params.get("actions") or ())
    return Progress(State.DONE, f"{name} went to {params['state']}; {count} action{'s'[: count != 1]} ran")


def _is_set(item: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    if item.get("HistoryItemType") != "StateUpdate":
        return False
    try:
        state = json.loads(item.get("HistoryData") or "{}").get("newState") or {}
    except ValueError:
        return False
    return bool(state.get("stateValue") == params["state"] and state.get("stateReason") == params["reason"])
