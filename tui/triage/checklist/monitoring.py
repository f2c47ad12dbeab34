"""Checks of the monitoring: dashboard, metrics, alarms, saved queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from config.schema import MetricSpec
from tui.actions.alarms_common import live_alarms, wanted_alarms
from tui.actions.dashboard_publish import dashboard_name
from tui.actions.logs_queries import SaveQueries
from tui.domain.alarmrules import drift, is_plain
from tui.domain.checklist import CheckResult
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import MetricsSnapshot, MetricTarget, SeriesKey
from tui.domain.units import age_text, plural
from tui.triage.checklist.probe import Probe, failed, joined, not_applicable, passed, unknown
from widgets.text import one_line

Drawn = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, name and dimensions of a metric on a dashboard."""

ONLY_WHEN_NOT_ZERO: Final = frozenset({"HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"})
"""Published only while they are not zero: absent is no fault."""
ONLY_WITH_TRAFFIC: Final = frozenset({"RequestCount", "TargetResponseTime"})
"""Published only while there are requests."""


def dashboard(probe: Probe) -> CheckResult:
    """GetDashboard: it is there and draws the metrics that the console draws."""
    reads = probe.reads
    name = dashboard_name(reads.config)
    try:
        found = reads.context.call("cloudwatch", "get_dashboard", DashboardName=name)
    except SourceError as error:
        if error.kind is not ErrorKind.NOT_FOUND:
            raise
        return failed(f"There is no dashboard {name}.", probe.fix())
    wanted = {
        (spec.namespace or "", spec.name or "", target.dimensions): f"{spec.title} of {target.name}"
        for spec, target in _published(reads.config.metrics.values(), reads.targets())
        if spec.tile and not spec.hidden and spec.only is None
    }
    drawn = drawn_metrics(json.loads(found["DashboardBody"]))
    missing = [title for key, title in wanted.items() if _sorted(key) not in drawn]
    if missing:
        text = f"{name} lacks {len(missing)} of {len(wanted)} metrics: {joined(missing)}."
        return failed(text, probe.fix())
    return passed(f"{name} draws all {len(wanted)} metrics of the stack.")


def drawn_metrics(body: Mapping[str, Any]) -> frozenset[Drawn]:
    """Return the metrics that the widgets of a dashboard draw, their "." shorthand resolved."""
    found = set()
    for widget in body.get("widgets") or ():
        before: list[str] = []
        for entry in (widget.get("properties") or {}).get("metrics") or ():
            words = [str(part) for part in entry if isinstance(part, str)]
            # docs: CloudWatch-Dashboard-Body-Structure, "." repeats the word above, "..." all of them.
            if words[:1] == ["..."]:
                words = before[: max(0, len(before) - len(words) + 1)] + words[1:]
            words = [
                before[at] if word == "." and at < len(before) else word for at, word in enumerate(words)
            ]
            before = words
            if len(words) >= 2:
                pairs = tuple(zip(words[2::2], words[3::2], strict=False))
                found.add(_sorted((words[0], words[1], pairs)))
    return frozenset(found)


def _sorted(key: Drawn) -> Drawn:
    return key[0], key[1], tuple(sorted(key[2]))


def metrics(probe: Probe) -> CheckResult:
    """GetMetricData: each configured metric has a point that is not older than its limit."""
    reads = probe.reads
    wanted = _published(reads.config.metrics.values(), reads.targets())
    if not wanted:
        return not_applicable("No resource with metrics is configured.")
    snapshot, now = reads.metrics(), reads.context.clock.now()
    late, quiet, refused = [], [], []
    for spec, target in wanted:
        limit_s = max(probe.limit("stale_minutes") * 60, 2 * spec.period)
        name = f"{spec.title} of {target.name}"
        last_s, note = _last(snapshot, spec, target.name)
        if last_s is not None and now - last_s <= limit_s:
            continue
        if note:
            refused.append(f"{name}: {note}")
        elif spec.name in ONLY_WHEN_NOT_ZERO:
            quiet.append(spec.title)
        elif last_s is None:
            hint = " (published only while there are requests)" if spec.name in ONLY_WITH_TRAFFIC else ""
            late.append(f"{name}: no point in the last 24 h{hint}")
        else:
            late.append(f"{name}: none for {age_text(now - last_s)}")
    fresh = len(wanted) - len(late) - len(quiet) - len(refused)
    text = f"{fresh} of {len(wanted)} metrics have a point of the last {probe.limit('stale_minutes'):g} min."
    if late:
        return failed(f"{joined(late)}. {text}", probe.advice())
    if refused:
        return unknown(f"{joined(refused)}. {text}")
    if quiet:
        text += f" {joined(list(dict.fromkeys(quiet)))}: published only while not zero, so absent is 0."
    return passed(text)


def _published(
    specs: Iterable[MetricSpec], targets: Iterable[MetricTarget]
) -> list[tuple[MetricSpec, MetricTarget]]:
    several = tuple(targets)
    return [
        (spec, target)
        for spec in specs
        for target in several
        if spec.source == "cloudwatch"
        and spec.resource == target.kind
        and (spec.only is None or spec.only in target.traits)
    ]


def _last(snapshot: MetricsSnapshot, spec: MetricSpec, resource: str) -> tuple[float | None, str]:
    """Return when the newest point of a metric ended, and why it has none."""
    best, note = None, ""
    for period in {max(60, int(spec.period)), 300}:
        key = SeriesKey(spec.id, resource, spec.statistic or "Average", period)
        series = snapshot.series.get(key)
        if series:
            best = max(best or 0.0, float(series.times[-1] + period))
        note = note or snapshot.notes.get(key, "")
    return best, one_line(note, 200)


def alarms(probe: Probe) -> CheckResult:
    """DescribeAlarms: those of the catalogue are there, watch what they should, and their actions are on."""
    context = probe.reads.context
    wanted, problems = wanted_alarms(context)
    if problems:
        return unknown(" ".join(f"{one.text} {one.hint}".strip() for one in problems))
    if not wanted:
        return not_applicable("The catalogue (config/alarms.yaml) has no alarm for this stack.")
    live = live_alarms(context, list(wanted))
    missing = [name for name in wanted if name not in live]
    drifted = [
        f"{name} ({', '.join(one.field.split(': ')[-1] for one in changes)})"
        for name, one in wanted.items()
        if name in live and is_plain(live[name]) and (changes := drift(one, live[name]))
    ]
    foreign = [name for name in wanted if name in live and not is_plain(live[name])]
    muted = [name for name in wanted if name in live and not live[name].get("ActionsEnabled", True)]
    if missing or drifted or foreign:
        parts = (("missing", missing), ("drifted", drifted), ("not a plain metric alarm", foreign))
        text = "; ".join(f"{word}: {joined(names, 5)}" for word, names in parts if names)
        return failed(f"Of {plural(len(wanted), 'alarm')}, {text}.", probe.fix())
    if muted:
        text = f"The actions of {joined(muted)} are disabled: nobody would be told."
        values = {"alarm": muted[0], "actions": "enabled"}
        return failed(text, probe.fix(action="alarms-actions", advice="Enable them.", **values))
    text = f"All {len(wanted)} are there as the catalogue has them: {joined(list(wanted), 5)}."
    silent = [name for name in wanted if not live[name].get("AlarmActions")]
    if silent:
        text += f" {len(silent)} of them tell nobody: write their actions: in your alarms.yaml."
    return passed(text)


def log_queries(probe: Probe) -> CheckResult:
    """DescribeQueryDefinitions: the catalogue's queries are saved with their text and groups."""
    reading = SaveQueries().read(probe.reads.context, "stack")
    live, wanted = reading.facts["queries"], reading.context["wanted"]
    missing = [name for name in wanted if name not in live]
    other = [name for name in wanted if name in live and live[name] != wanted[name]]
    if missing or other:
        parts = (("missing", missing), ("with another text or group", other))
        text = "; ".join(f"{word}: {joined(names, 3)}" for word, names in parts if names)
        return failed(f"Of the catalogue's {len(wanted)}, {text}.", probe.fix())
    return passed(f"All {len(wanted)} queries of the catalogue are saved in CloudWatch.")
