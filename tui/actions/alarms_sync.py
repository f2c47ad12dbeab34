"""Create the alarms of the catalogue that are missing, and correct those that differ from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from tui.actions.alarms_common import LOOK_AT, WITHIN_S, live_alarms, wanted_alarms
from tui.actions.protocol import Context, Reading
from tui.domain.alarmrules import ACTIONS_OF_STATE, Wanted, definition, drift, is_plain, merged, summary
from tui.domain.forms import Field, FormError
from tui.domain.plan import Call, Change, Check, Expect, Plan, Step, Verdict

ALL: Final = "all"
_TOPIC: Final = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_-]{1,256}")


class SyncAlarms:
    """Bring the live alarms into line with the catalogue."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the live alarms of the catalogue's names; see `Action.read`."""
        wanted, problems = wanted_alarms(context)
        live = live_alarms(context, list(wanted)) if wanted else {}
        facts = {name: definition(live[name]) if name in live else None for name in wanted}
        foreign = [name for name, one in live.items() if not is_plain(one)]
        region = context.aws.region()
        known = {"wanted": wanted, "problems": problems, "foreign": foreign, "region": region}
        return Reading(target, {"alarms": facts}, known)

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        standing = {name: _standing(reading, one) for name, one in reading.context["wanted"].items()}
        counts = [f"{[*standing.values()].count(kind)} {kind}" for kind in ("missing", "different")]
        choices = (
            (ALL, f"all: {', '.join(counts)}"),
            *((name, f"{name}: {one}") for name, one in standing.items()),
        )
        return (
            Field("alarms", "Alarms", "choice", ALL, choices),
            Field(
                "notify",
                "Topic to tell",
                "text",
                "",
                help="ARN of an SNS topic for alarms that are created; empty tells nobody.",
            ),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        chosen = [one for name, one in reading.context["wanted"].items() if values["alarms"] in (ALL, name)]
        notify = _topic(values["notify"], str(reading.context["region"]))
        changes: list[Change] = []
        steps: list[Step] = []
        silent: list[str] = []
        for one in chosen:
            live = reading.facts["alarms"][one.name]
            if one.name in reading.context["foreign"]:
                continue
            fields = merged(one, live)
            if live is None:
                if notify and "AlarmActions" not in fields:
                    fields["AlarmActions"] = [notify]
                changes.append(Change(one.name, "", summary(fields)))
                steps.append(_create(one.name, fields))
                silent += [] if fields.get("AlarmActions") else [one.name]
            elif found := drift(one, live):
                changes += found
                steps.append(_correct(one.name, fields, live))
        return Plan(
            action="alarms-sync",
            title=f"Bring {len(steps)} alarm{'' if len(steps) == 1 else 's'} into line with the catalogue",
            target=reading.target,
            changes=tuple(changes),
            steps=tuple(steps),
            checks=_checks(reading, [one.name for one in chosen], silent),
            notes=_notes(reading, chosen),
        )


def _standing(reading: Reading, one: Wanted) -> str:
    live = reading.facts["alarms"][one.name]
    if live is None and one.name not in reading.context["foreign"]:
        return "missing"
    if one.name in reading.context["foreign"]:
        return "another kind of alarm"
    return "different" if drift(one, live) else "as configured"


def _topic(value: str, region: str) -> str:
    """Return a topic's ARN.

    Raises:
        FormError: It is none, or of another Region, which CloudWatch refuses.
    """
    if not value:
        return ""
    found = _TOPIC.fullmatch(value)
    if found is None:
        example = f"arn:aws:sns:{region}:123456789012:pages"
        raise FormError("notify", f"Topic to tell: write the ARN of an SNS topic, for example {example}.")
    if found[1] != region:
        raise FormError("notify", f"Topic to tell: it is in {found[1]}; an alarm tells topics of {region}.")
    return value


def _create(name: str, fields: Mapping[str, Any]) -> Step:
    return Step(
        f"Create {name}",
        Call("cloudwatch", "put_metric_alarm", {"AlarmName": name, **fields}),
        Expect("alarm", {"name": name, "fields": dict(fields)}, WITHIN_S, LOOK_AT),
        (Call("cloudwatch", "delete_alarms", {"AlarmNames": [name]}),),
        Expect("alarm", {"name": name, "fields": None}, WITHIN_S, LOOK_AT),
    )


def _correct(name: str, fields: Mapping[str, Any], live: Mapping[str, Any]) -> Step:
    return Step(
        f"Correct {name}",
        Call("cloudwatch", "put_metric_alarm", {"AlarmName": name, **fields}),
        Expect("alarm", {"name": name, "fields": dict(fields)}, WITHIN_S, LOOK_AT),
        (Call("cloudwatch", "put_metric_alarm", {"AlarmName": name, **live}),),
        Expect("alarm", {"name": name, "fields": dict(live)}, WITHIN_S, LOOK_AT),
    )


def _checks(reading: Reading, chosen: list[str], silent: list[str]) -> tuple[Check, ...]:
    found: list[Check] = list(reading.context["problems"])
    if not reading.context["wanted"]:
        found.append(
            Check(
                Verdict.BLOCK,
                "The stack has no resource that an alarm of the catalogue watches.",
                "Name a service, a database or a load balancer in the configuration.",
            )
        )
    for name in reading.context["foreign"]:
        if name in chosen:
            found.append(
                Check(
                    Verdict.WARN,
                    f"{name} is a composite alarm, or watches an expression: it is left as it is.",
                    "Rename it, or drop the name in alarms.yaml (null).",
                )
            )
    if silent:
        found.append(
            Check(
                Verdict.WARN,
                f"Nobody is told when {', '.join(silent)} goes to ALARM.",
                "Give the ARN of an SNS topic in `notify`, or `actions` in alarms.yaml.",
            )
        )
    return tuple(found)


def _notes(reading: Reading, chosen: list[Wanted]) -> tuple[str, ...]:
    """Return what is kept though PutMetricAlarm would drop it."""
    kept = []
    for one in chosen:
        live = reading.facts["alarms"][one.name]
        if live is None or one.name in reading.context["foreign"] or not drift(one, live):
            continue
        arns = [arn for key in ACTIONS_OF_STATE.values() for arn in live.get(key, ())]
        if arns:
            kept.append(f"{one.name} keeps its actions: {', '.join(dict.fromkeys(arns))}.")
    if any(reading.facts["alarms"][one.name] is None for one in chosen):
        kept.append("A new alarm begins in INSUFFICIENT_DATA; its first evaluation comes within minutes.")
    return tuple(kept)
