"""Set an alarm's state by hand, to see whether those whom it tells are really reached.

The state is temporary, its actions are not: API_SetAlarmState.html at
docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.alarms_common import no_alarms, own_alarms
from tui.actions.protocol import Context, Reading
from tui.domain.alarmrules import ACTIONS_OF_STATE
from tui.domain.forms import Field
from tui.domain.plan import Call, Change, Check, Effect, Expect, Impact, Plan, Step, Verdict

_FIRED_S: Final = 120.0
_LONGEST_REASON: Final = 1023
"""Characters: API_SetAlarmState."""


class TestAlarm:
    """Set an alarm's state for a test."""

    def read(self, context: Context, target: str) -> Reading:
        """Read all alarms of the Region; see `Action.read`."""
        live, names = own_alarms(context)
        # The state moves by itself and is no fact; whom the alarm tells is.
        facts = {name: _told(live[name]) for name in names}
        return Reading(target, {"alarms": facts}, {"live": live, "now": context.clock.now()})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        live = reading.context["live"]
        names = tuple(
            (name, f"{name}: {live[name].get('StateValue', '')}") for name in reading.facts["alarms"]
        )
        chosen = values.get("alarm", names[0][0] if names else "")
        now = live.get(chosen, {}).get("StateValue")
        states = tuple((one, one) for one in ACTIONS_OF_STATE if one != now)
        return (
            Field("alarm", "Alarm", "choice", names[0][0] if names else "", names or (("", "none"),)),
            Field("state", "State", "choice", states[0][0], states, help=f"It is {now} now."),
            Field("reason", "Reason", "text", "Test with cwtop", help="What those who are told read."),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        if not reading.facts["alarms"]:
            return no_alarms("alarms-test", "Set an alarm's state for a test", reading.target)
        name, state = values["alarm"], values["state"]
        live: Mapping[str, Any] = reading.context["live"][name]
        reason = values["reason"][:_LONGEST_REASON] or "Test"
        arns = list(live.get(ACTIONS_OF_STATE[state]) or ())
        runs = arns if live.get("ActionsEnabled", True) else []
        call = Call(
            "cloudwatch", "set_alarm_state", {"AlarmName": name, "StateValue": state, "StateReason": reason}
        )
        params = {
            "name": name,
            "state": state,
            "reason": reason,
            "since": reading.context["now"],
            "actions": runs,
        }
        look_at = (
            f"Look at the history of {name} in the CloudWatch console: it tells each action and its error."
        )
        return Plan(
            action="alarms-test",
            title=f"Set {name} to {state}",
            target=name,
            changes=(Change("StateValue", str(live.get("StateValue", "")), state),),
            steps=(Step(f"Set {name} to {state}", call, Expect("alarm-fired", params, _FIRED_S, look_at)),),
            impact=_impact(runs),
            checks=_checks(name, state, live, arns),
            confirm=name if runs else "",
            irreversible=(
                "It cannot be taken back: who was told was told. The state itself lasts until the next "
                f"evaluation, at most {_minutes(live)}, which overrides it."
            ),
            notes=tuple(f"It really runs: {arn}" for arn in runs),
            repeats=True,
        )


def _told(live: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ActionsEnabled": bool(live.get("ActionsEnabled", True)),
        **{key: list(live.get(key) or ()) for key in ACTIONS_OF_STATE.values()},
    }


def _minutes(live: Mapping[str, Any]) -> str:
    period = int(live.get("Period") or 60)
    return f"{period} s" if period < 120 else f"{period // 60} min"


def _is_topic(arn: str) -> bool:
    return ":sns:" in arn


def _impact(runs: list[str]) -> Impact:
    others = [arn for arn in runs if not _is_topic(arn)]
    if others:
        return Impact(
            Effect.RESTART,
            "Not only people are told: actions on EC2, autoscaling, Lambda or Systems Manager really run.",
        )
    if runs:
        return Impact(
            Effect.NONE, f"{len(runs)} topic{' is' if len(runs) == 1 else 's are'} told: people may be paged."
        )
    return Impact(Effect.NONE, "Nobody is told.")


def _checks(name: str, state: str, live: Mapping[str, Any], arns: list[str]) -> tuple[Check, ...]:
    found = []
    if not live.get("ActionsEnabled", True):
        hint = "Enable them first (alarms-actions) to test whether anybody is reached."
        found.append(Check(Verdict.WARN, f"The actions of {name} are disabled: nobody is told.", hint))
    elif not arns:
        found.append(Check(Verdict.WARN, f"{name} has no action for {state}: nobody is told."))
    for arn in arns:
        if not _is_topic(arn):
            found.append(Check(Verdict.WARN, f"{arn} is no topic: the action itself is run."))
    if live.get("StateValue") == state:
        found.append(
            Check(Verdict.BLOCK, f"{name} is in {state} already: no action would run.", "Set another state.")
        )
    return tuple(found)
