"""The catalogue of alarms: those that come with cwtop, and the user's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError

from config import paths, strictyaml
from config.problems import Problem, meant
from config.schema import Duration, Model
from config.shapes import STATISTIC

USER_FILE: Final = "alarms.yaml"


class AlarmSpec(Model):
    """What an alarm watches, without the dimensions, which the configured stack gives."""

    resource: Literal["service", "database", "load_balancer"]
    namespace: str
    name: str
    """CloudWatch's metric name."""
    statistic: str
    """Average, Sum, Minimum, Maximum, SampleCount, or a percentile such as p95."""
    period: Duration = 300.0
    """Seconds: 10, 20, 30 or a multiple of 60."""
    evaluations: int = 1
    """Periods that are looked at."""
    datapoints: int | None = None
    """Of these so many must be beyond the threshold; None for all, or what the live alarm has."""
    comparison: Literal[
        "GreaterThanThreshold",
        "GreaterThanOrEqualToThreshold",
        "LessThanThreshold",
        "LessThanOrEqualToThreshold",
    ] = "GreaterThanThreshold"
    threshold: float
    """In CloudWatch's unit of the metric."""
    missing: Literal["missing", "notBreaching", "breaching", "ignore"] = "missing"
    """What a period without data means."""
    description: str = ""
    """Written where the alarm has none."""
    actions: tuple[str, ...] | None = None
    """ARNs that are told of ALARM; None leaves those of the live alarm."""


@dataclass(frozen=True, slots=True)
class AlarmCatalogue:
    """The alarms that a stack is meant to have.

    Attributes:
        alarms: By name, the packaged ones first.
        problems: What is wrong with the user's file; the rest of it is loaded.
    """

    alarms: Mapping[str, AlarmSpec]
    problems: tuple[Problem, ...] = ()


def user_file(env: Mapping[str, str] | None = None) -> Path | None:
    """Return where the user's alarms are expected, beside the configuration; None without a home."""
    configuration = paths.config_file(env)
    return None if configuration is None else configuration.with_name(USER_FILE)


def load_alarms(user: Path | None = None) -> AlarmCatalogue:
    """Return the packaged alarms and those of a user's file, if it exists.

    Args:
        user: The file; one that is broken or cannot be read is told as problems.
    """
    packaged, _, faults = _read(files("config").joinpath("alarms.yaml").read_bytes(), "config/alarms.yaml")
    if faults:
        raise AssertionError(f"packaged alarms: {faults}")
    if user is None or not user.exists():
        return AlarmCatalogue(packaged)
    try:
        raw = user.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        return AlarmCatalogue(packaged, (Problem(str(user), None, "", f"cannot be read: {reason}"),))
    own, dropped, problems = _read(raw, str(user))
    merged = {name: one for name, one in {**packaged, **own}.items() if name not in dropped}
    return AlarmCatalogue(merged, problems)


def _read(raw: bytes, file: str) -> tuple[dict[str, AlarmSpec], frozenset[str], tuple[Problem, ...]]:
    document = strictyaml.read(raw, file)
    problems = list(document.problems)
    alarms: dict[str, AlarmSpec] = {}
    dropped: set[str] = set()
    for name, settings in document.data.items():
        line = document.lines.get((name,))
        if settings is None:
            dropped.add(name)
            continue
        if not isinstance(settings, dict):
            problems.append(
                Problem(file, line, name, "wants a mapping", "write namespace: and name: below it")
            )
            continue
        try:
            alarm = AlarmSpec.model_validate(settings)
        except ValidationError as error:
            problems += _problems(error, file, name, document.lines)
            continue
        told = [
            Problem(file, document.lines.get((name, key), line), f"{name}.{key}", message, hint)
            for key, message, hint in _impossible(alarm)
        ]
        problems += told
        if not told:
            alarms[name] = alarm
    return alarms, frozenset(dropped), tuple(problems)


def _impossible(alarm: AlarmSpec) -> Iterable[tuple[str, str, str]]:
    """Yield what the service would refuse, as (key, message, hint).

    Rules: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.
    """
    if alarm.period not in (10, 20, 30) and (alarm.period < 60 or alarm.period % 60):
        yield "period", "cannot be the period of an alarm", "10s, 20s, 30s or a multiple of 1m"
    if alarm.evaluations < 1:
        yield "evaluations", "is less than 1", "the number of periods that are looked at"
    elif alarm.evaluations * alarm.period > (604_800 if alarm.period >= 3_600 else 86_400):
        yield "evaluations", "look back too far", "a day, or a week with a period of 1h or more"
    if alarm.datapoints is not None and not 1 <= alarm.datapoints <= alarm.evaluations:
        yield "datapoints", "is not possible", f"from 1 to {alarm.evaluations}, the evaluations"
    if not STATISTIC.fullmatch(alarm.statistic):
        hint = "Average, Sum, Minimum, Maximum, SampleCount or a percentile such as p95"
        yield "statistic", "is none that CloudWatch has", hint
    if alarm.actions is not None and len(alarm.actions) > 5:
        yield "actions", f"are {len(alarm.actions)}", "CloudWatch takes at most 5"
    for action in alarm.actions or ():
        if not action.startswith("arn:"):
            yield "actions", f"{action} is not an ARN", "for example arn:aws:sns:eu-west-1:123456789012:pages"


def _problems(
    error: ValidationError, file: str, name: str, lines: Mapping[strictyaml.Path, int]
) -> Iterable[Problem]:
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        key = str(detail["loc"][0])
        line = lines.get((name, key), lines.get((name,)))
        if detail["type"] == "extra_forbidden":
            hint = meant(key, AlarmSpec.model_fields)
            yield Problem(file, line, f"{name}.{key}", "unknown key", hint)
        elif detail["type"] == "missing":
            yield Problem(file, line, name, f"has no {key}", f"write {key}: below it")
        else:
            yield Problem(file, line, f"{name}.{key}", str(detail["msg"]).lower())
