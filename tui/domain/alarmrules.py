"""What an alarm is meant to be, how a live one differs, and what to send so that nothing else changes.

PutMetricAlarm replaces the whole configuration; a field that is not sent is lost. Defaults of absent fields:
docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from config.alarms import AlarmSpec
from tui.domain.plan import Change

SETTABLE: Final = (
    "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions",
    "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit",
    "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData",
    "EvaluateLowSampleCountPercentile", "Metrics", "ThresholdMetricId", "EvaluationWindow",
    "WarmUpConfiguration", "EvaluationCriteria", "EvaluationInterval", "ActionConfiguration",
)  # fmt: skip
"""What PutMetricAlarm sets besides name and tags, which an update leaves alone."""

ACTIONS_OF_STATE: Final[Mapping[str, str]] = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
"""State to the field with the ARNs that are told when an alarm enters it."""

_LISTS: Final = frozenset(ACTIONS_OF_STATE.values())
_PLAIN_STATISTICS: Final = frozenset({"Average", "Sum", "Minimum", "Maximum", "SampleCount"})
_SIGNS: Final = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """An alarm as the catalogue has it.

    Attributes:
        name: Its name.
        fields: Parameters of PutMetricAlarm that the catalogue tells.
        filling: Those that are set only where a live alarm has none.
    """

    name: str
    fields: Mapping[str, Any]
    filling: Mapping[str, Any]


def wanted(name: str, spec: AlarmSpec, dimensions: Mapping[str, str]) -> Wanted:
    """Return an alarm of the catalogue for a resource.

    Args:
        name: The alarm's name.
        spec: What it watches.
        dimensions: The resource, as CloudWatch names it.
    """
    kind = "Statistic" if spec.statistic in _PLAIN_STATISTICS else "ExtendedStatistic"
    fields: dict[str, Any] = {
        "Namespace": spec.namespace,
        "MetricName": spec.name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        kind: spec.statistic,
        "Period": int(spec.period),
        "EvaluationPeriods": spec.evaluations,
        "ComparisonOperator": spec.comparison,
        "Threshold": float(spec.threshold),
        "TreatMissingData": spec.missing,
    }
    if spec.datapoints is not None:
        fields["DatapointsToAlarm"] = spec.datapoints
    if spec.actions is not None:
        fields["AlarmActions"] = list(spec.actions)
    return Wanted(name, fields, {"AlarmDescription": spec.description} if spec.description else {})


def definition(live: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with which PutMetricAlarm makes an alarm as it is, without its name.

    Args:
        live: As DescribeAlarms tells it.
    """
    return {key: live[key] for key in SETTABLE if live.get(key) not in (None, "", [], {})}


def is_plain(live: Mapping[str, Any]) -> bool:
    """Return whether an alarm watches one metric with a fixed threshold.

    A composite alarm, one of a metric math expression, of an anomaly band or of a query is somebody's own.
    """
    return bool(live.get("MetricName")) and not live.get("Metrics") and not live.get("ThresholdMetricId")


def normal(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition in a form in which equal alarms are equal: defaults filled in, sets in order."""
    full: dict[str, Any] = {
        "ActionsEnabled": True,
        "TreatMissingData": "missing",
        "DatapointsToAlarm": fields.get("EvaluationPeriods"),
        **{key: value for key, value in fields.items() if value not in (None, "", [], {})},
    }
    for key in _LISTS & full.keys():
        full[key] = sorted(full[key])
    if "Dimensions" in full:
        full["Dimensions"] = sorted((one["Name"], one["Value"]) for one in full["Dimensions"])
    return full


def merged(wanted: Wanted, live: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what to send so that an alarm is as wanted and keeps everything else.

    Args:
        wanted: The catalogue's.
        live: The live alarm's definition; None where there is none.
    """
    fields = {**wanted.filling, **(live or {}), **wanted.fields}
    other = "ExtendedStatistic" if "Statistic" in wanted.fields else "Statistic"
    fields.pop(other, None)
    if "ExtendedStatistic" not in fields:
        fields.pop("EvaluateLowSampleCountPercentile", None)
    if int(fields.get("DatapointsToAlarm", 1)) > int(fields["EvaluationPeriods"]):
        # More than are looked at: refused. Without it all of them must be beyond the threshold.
        del fields["DatapointsToAlarm"]
    return {key: fields[key] for key in SETTABLE if fields.get(key) not in (None, "", [], {})}


def drift(wanted: Wanted, live: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the fields in which a live alarm differs from the catalogue; () for none."""
    before, after = normal(live), normal(merged(wanted, live))
    names = [key for key in SETTABLE if before.get(key) != after.get(key)]
    return tuple(
        Change(f"{wanted.name}: {key}", shown(before.get(key)), shown(after.get(key))) for key in names
    )


def summary(fields: Mapping[str, Any]) -> str:
    """Return what an alarm watches in one line: "AWS/ECS CPUUtilization Average > 80, 2 of 2 x 300 s"."""
    statistic = fields.get("Statistic") or fields.get("ExtendedStatistic") or ""
    sign = _SIGNS.get(str(fields.get("ComparisonOperator")), str(fields.get("ComparisonOperator")))
    periods = fields.get("EvaluationPeriods")
    points = fields.get("DatapointsToAlarm") or periods
    where = ", ".join(f"{one['Name']}={one['Value']}" for one in fields.get("Dimensions") or ())
    return (
        f"{fields.get('Namespace')} {fields.get('MetricName')} {statistic} {sign} "
        f"{shown(fields.get('Threshold'))}, {points} of {periods} x {fields.get('Period')} s, {where}"
    )


def shown(value: Any) -> str:
    """Return a field's value as a person reads it; "" for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, list | tuple):
        return ", ".join(
            f"{one[0]}={one[1]}" if isinstance(one, tuple) and len(one) == 2 else shown(one) for one in value
        )
    return str(value)
