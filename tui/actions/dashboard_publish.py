"""Publish what the console shows as a CloudWatch dashboard.

PutDashboard replaces the whole dashboard: API_PutDashboard.html at
docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from config.queries import load_queries, user_file
from config.schema import Config
from tui.actions.alarms_common import live_alarms, resource_dimensions, wanted_alarms
from tui.actions.protocol import Context, Reading
from tui.domain.dashboard import alarm_widget, body, canonical, differences, log_widget, metric_widget
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.forms import Field
from tui.domain.limits import effective
from tui.domain.plan import Call, Check, Expect, Plan, Progress, State, Step, Verdict

QUERIES: Final = ("error-rate", "slow-endpoints")
"""Queries of the catalogue that stand on the dashboard."""
_WITHIN_S: Final = 60.0


class PublishDashboard:
    """Publish the console's configuration as a dashboard."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the live dashboard and what the configured one needs; see `Action.read`."""
        stack = context.config.stack
        name = dashboard_name(context.config)
        live = live_body(context, name)
        others = [alarm_widget(_alarm_arns(context))] if _alarm_arns(context) else []
        groups = [one for one in stack.log_groups if not set(one) & set("*?:")]
        catalogue = load_queries(user_file()).queries
        others += [
            log_widget(catalogue[one].title, catalogue[one].text, groups, context.aws.region())
            for one in QUERIES
            if one in catalogue and groups
        ]
        wanted = body(_metrics(context), others)
        return Reading(target, {"name": name, "body": live}, {"wanted": wanted})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        return ()

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        name, live, wanted = str(reading.facts["name"]), reading.facts["body"], reading.context["wanted"]
        changes = (
            () if live is not None and canonical(live) == canonical(wanted) else differences(live, wanted)
        )
        text = json.dumps(wanted)
        undo = (
            Call("cloudwatch", "delete_dashboards", {"DashboardNames": [name]})
            if live is None
            else Call(
                "cloudwatch", "put_dashboard", {"DashboardName": name, "DashboardBody": json.dumps(live)}
            )
        )
        step = Step(
            f"Put the dashboard {name}",
            Call("cloudwatch", "put_dashboard", {"DashboardName": name, "DashboardBody": text}),
            Expect("dashboard", {"name": name, "body": wanted}, _WITHIN_S),
            (undo,),
            Expect("dashboard", {"name": name, "body": live}, _WITHIN_S),
        )
        checks = []
        if live is not None and changes:
            text = f"The dashboard {name} is there already, and is replaced as a whole."
            checks.append(Check(Verdict.WARN, text, "Undo puts the former one back."))
        return Plan(
            action="dashboard-publish",
            title=f"Publish the dashboard {name}",
            target=reading.target,
            changes=changes,
            steps=(step,) if changes else (),
            checks=tuple(checks),
            confirm=name if live is not None else "",
            notes=("The first three dashboards of an account are free, others cost $3 a month.",),
        )


def dashboard(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether a dashboard reads back equal (None: gone); params: name, body."""
    live, wanted = live_body(context, params["name"]), params["body"]
    if live is None or wanted is None:
        is_right = live is None and wanted is None
        return Progress(State.DONE if is_right else State.PENDING, "gone" if live is None else "still there")
    if canonical(live) == canonical(wanted):
        return Progress(State.DONE, f"{params['name']} reads back as it was written")
    return Progress(State.PENDING, f"{params['name']} does not read back as it was written")


def dashboard_name(config: Config) -> str:
    """Return the name of the dashboard that is the configuration's own."""
    return config.stack.dashboard or f"{config.stack.cluster or 'cwtop'}-dashboard"


def live_body(context: Context, name: str) -> dict[str, Any] | None:
    """Return the body of a dashboard; None where there is none of the name.

    Raises:
        SourceError: It cannot be read.
    """
    try:
        found = context.call("cloudwatch", "get_dashboard", DashboardName=name)
    except SourceError as error:
        if error.kind is not ErrorKind.NOT_FOUND:
            raise
        return None
    document: dict[str, Any] = json.loads(found["DashboardBody"])
    return document


def _metrics(context: Context) -> Iterator[dict[str, Any]]:
    config, region = context.config, context.aws.region()
    known = resource_dimensions(context)
    for spec in config.metrics.values():
        if spec.source != "cloudwatch" or not spec.tile or spec.hidden or spec.only or not spec.name:
            continue
        for resource, dimensions in known[spec.resource].items():
            yield metric_widget(spec, resource, dimensions, effective(config, spec, resource, None), region)


def _alarm_arns(context: Context) -> list[str]:
    wanted, _ = wanted_alarms(context)
    live = live_alarms(context, list(wanted)) if wanted else {}
    account = context.aws.identity().account
    region = context.aws.region()
    # Alarms that are not there yet are shown as soon as they are created.
    return [
        str(live[name]["AlarmArn"]) if name in live else f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"
        for name in wanted
    ]
