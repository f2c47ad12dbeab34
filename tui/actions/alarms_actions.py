"""Enable or disable the actions of an alarm: whether it tells anybody, not whether it is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.alarms_common import LOOK_AT, WITHIN_S, no_alarms, own_alarms, wanted_alarms
from tui.actions.protocol import Context, Reading
from tui.domain.alarmrules import ACTIONS_OF_STATE
from tui.domain.forms import Field
from tui.domain.plan import Call, Change, Check, Expect, Plan, Step, Verdict

ALL: Final = "all"
_SWITCH: Final = (("enabled", "enabled: its targets are told"), ("disabled", "disabled: nobody is told"))


class SwitchActions:
    """Enable or disable the actions of alarms."""

    def read(self, context: Context, target: str) -> Reading:
        """Read all alarms of the Region; see `Action.read`."""
        live, names = own_alarms(context)
        wanted, _ = wanted_alarms(context)
        facts = {name: bool(live[name].get("ActionsEnabled", True)) for name in names}
        ours = [name for name in names if name in wanted]
        return Reading(target, {"enabled": facts}, {"live": live, "ours": ours})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        enabled: Mapping[str, bool] = reading.facts["enabled"]
        ours = reading.context["ours"]
        every = ((ALL, f"all {len(ours)} of the catalogue"),) if len(ours) > 1 else ()
        names = tuple((name, f"{name}: {'enabled' if on else 'disabled'}") for name, on in enabled.items())
        first = next(iter(enabled), "")
        chosen = values.get("alarm", first)
        now = _word(all(enabled[one] for one in ours) if chosen == ALL else enabled.get(chosen, True))
        return (
            Field("alarm", "Alarm", "choice", first, (*names, *every) or (("", "none"),)),
            Field("actions", "Actions", "choice", now, _SWITCH),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        if not reading.facts["enabled"]:
            return no_alarms("alarms-actions", "Enable or disable the actions of an alarm", reading.target)
        on = values["actions"] == "enabled"
        meant = reading.context["ours"] if values["alarm"] == ALL else [values["alarm"]]
        names = [name for name in meant if reading.facts["enabled"][name] != on]
        live = reading.context["live"]
        checks = []
        if names and not on:
            checks.append(
                Check(
                    Verdict.WARN,
                    f"Until they are enabled again, nobody is told of {', '.join(names)}.",
                    "The alarms go on being evaluated and shown.",
                )
            )
        return Plan(
            action="alarms-actions",
            title=f"{'Enable' if on else 'Disable'} the actions of {', '.join(names) or values['alarm']}",
            target=reading.target,
            changes=tuple(Change(f"{name}: ActionsEnabled", _yes(not on), _yes(on)) for name in names),
            steps=tuple(_step(name, on) for name in names),
            checks=tuple(checks),
            notes=tuple(one for name in names for one in targets(name, live[name])),
        )


def targets(name: str, live: Mapping[str, Any]) -> tuple[str, ...]:
    """Return whom an alarm tells, a sentence a state."""
    told = tuple(
        f"{name} tells when it enters {state}: {', '.join(live[key])}."
        for state, key in ACTIONS_OF_STATE.items()
        if live.get(key)
    )
    return told or (f"{name} has no actions: nobody is told either way.",)


def _step(name: str, on: bool) -> Step:
    def call(enable: bool) -> Call:
        method = "enable_alarm_actions" if enable else "disable_alarm_actions"
        return Call("cloudwatch", method, {"AlarmNames": [name]})

    def expect(enable: bool) -> Expect:
        params = {"name": name, "fields": {"ActionsEnabled": enable}, "whole": False}
        return Expect("alarm", params, WITHIN_S, LOOK_AT)

    verb = "Enable" if on else "Disable"
    return Step(f"{verb} the actions of {name}", call(on), expect(on), (call(not on),), expect(not on))


def _word(on: bool) -> str:
    return "enabled" if on else "disabled"


def _yes(on: bool) -> str:
    return "yes" if on else "no"
