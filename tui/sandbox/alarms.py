"""CloudWatch's alarm evaluation over the sandbox's metrics, with the history of what it found."""

from __future__ import annotations

import datetime as dt
import json
import math
import operator
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tui.domain.clock import Clock
from tui.sandbox.metric_store import MetricKey, MetricStore

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_RULE_TOKEN = re.compile(
    r'\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*"?([^")]+)"?\s*\)|(AND|OR|NOT|TRUE|FALSE|\(|\)))'
)
_KEPT = 1_000
_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class State:
    """How an alarm stands.

    Attributes:
        value: OK, ALARM or INSUFFICIENT_DATA.
        reason: Why.
        updated: When it was last written.
        moved: When it last became another.
    """

    value: str
    reason: str
    updated: dt.datetime
    moved: dt.datetime


def state_of(alarm: Any) -> State:
    """Return how moto's alarm object stands."""
    return State(
        alarm.state_value,
        alarm.state_reason,
        alarm.state_updated_timestamp,
        alarm.state_transitioned_timestamp,
    )


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One item of DescribeAlarmHistory."""

    at_s: float
    name: str
    kind: str
    """MetricAlarm or CompositeAlarm."""
    type: str
    """StateUpdate or ConfigurationUpdate."""
    summary: str
    data: str


class AlarmBook:
    """Evaluates alarms and remembers their transitions. Safe for use by several threads."""

    def __init__(self, metrics: MetricStore, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._lock = threading.Lock()
        self._history: list[HistoryItem] = []

    def configured(self, alarm: Any, state: State | None, at_s: float | None = None) -> None:
        """Note that an alarm was put; a new one starts without data, an update leaves the state as it is.

        API_PutMetricAlarm.html at docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference.

        Args:
            alarm: moto's alarm object.
            state: How the alarm of the name stood before; None where there was none.
            at_s: When, epoch seconds; now if None.
        """
        now = self._clock.now() if at_s is None else at_s
        kept = state or State("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation", _utc(now), _utc(now))
        alarm.state_value, alarm.state_reason = kept.value, kept.reason
        alarm.state_updated_timestamp = kept.updated
        alarm.state_transitioned_timestamp = kept.moved
        verb = "created" if state is None else "updated"
        data = {"version": _VERSION, "type": "Create" if state is None else "Update"}
        summary = f'Alarm "{alarm.name}" {verb}'
        self._remember(now, alarm, "ConfigurationUpdate", summary, json.dumps(data))

    def evaluate(self, alarms: Iterable[Any], at_s: float | None = None) -> None:
        """Bring all alarms up to date: metric alarms first, then composite ones by their states.

        Args:
            alarms: moto's alarm objects.
            at_s: When they are looked at, epoch seconds; now if None.
        """
        now = self._clock.now() if at_s is None else at_s
        by_name = {alarm.name: alarm for alarm in list(alarms)}
        for alarm in by_name.values():
            if alarm.rule is None and alarm.metric_name:
                self._move(alarm, now, *self._judge(alarm, now))
        states = {name: alarm.state_value for name, alarm in by_name.items()}
        for alarm in by_name.values():
            if alarm.rule is not None:
                state = "ALARM" if composite_holds(alarm.rule, states) else "OK"
                self._move(alarm, now, state, f"{alarm.rule} evaluates to {state}", {})

    def set_state(self, alarm: Any, state: str, reason: str) -> None:
        """Apply a SetAlarmState; the next evaluation may override it."""
        self._move(alarm, self._clock.now(), state, reason, {})

    def history(
        self,
        name: str | None = None,
        kind: str | None = None,
        start_s: float = 0.0,
        end_s: float = math.inf,
    ) -> list[HistoryItem]:
        """Return items newest first, of one alarm, of one history type or of a period if given."""
        with self._lock:
            return [
                item
                for item in reversed(self._history)
                if (name is None or item.name == name)
                and (kind is None or item.type == kind)
                and start_s <= item.at_s <= end_s
            ]

    def _judge(self, alarm: Any, now: float) -> tuple[str, str, dict[str, Any]]:
        compare = _COMPARE.get(alarm.comparison_operator)
        if compare is None:
            return "INSUFFICIENT_DATA", f"Unsupported comparison: {alarm.comparison_operator}", {}
        period, count = int(alarm.period), int(alarm.evaluation_periods)
        needed = int(alarm.datapoints_to_alarm or count)
        key = MetricKey(
            alarm.namespace,
            alarm.metric_name,
            tuple(sorted((one.name, one.value) for one in alarm.dimensions)),
        )
        end = math.floor(now / period) * period
        statistic = alarm.extended_statistic or alarm.statistic
        times, values = self._metrics.query(key, end - count * period, end, period, statistic)
        found = dict(zip(times, values, strict=True))
        beyond = sum(compare(value, float(alarm.threshold)) for value in found.values())
        missing = count - len(found)
        treat = alarm.treat_missing_data or "missing"
        if not found and treat in ("missing", "ignore"):
            state = "INSUFFICIENT_DATA" if treat == "missing" else alarm.state_value
            return state, "Insufficient Data: no datapoints were received", {}
        if treat == "breaching":
            beyond += missing
        state = "ALARM" if beyond >= needed else "OK"
        shown = ", ".join(f"{value:g}" for value in values) or "no datapoints"
        crossed = f"{beyond} datapoints were" if beyond else "no datapoint was"
        reason = (
            f"Threshold Crossed: {crossed} {alarm.comparison_operator} the threshold"
            f" ({float(alarm.threshold):g}); most recent: [{shown}]."
        )
        data = {
            "version": _VERSION,
            "queryDate": _stamp(now),
            "startDate": _stamp(end - count * period),
            "statistic": statistic,
            "period": period,
            "recentDatapoints": list(values),
            "threshold": float(alarm.threshold),
            "evaluatedDatapoints": [
                {"timestamp": _stamp(at), "value": value} for at, value in sorted(found.items(), reverse=True)
            ],
        }
        return state, reason, data

    def _move(self, alarm: Any, now: float, state: str, reason: str, data: dict[str, Any]) -> None:
        before = alarm.state_value
        if state == before:
            return
        old = {"stateValue": before, "stateReason": str(getattr(alarm, "state_reason", ""))}
        new: dict[str, Any] = {"stateValue": state, "stateReason": reason}
        if data:
            new["stateReasonData"] = data
        document = json.dumps({"version": _VERSION, "oldState": old, "newState": new})
        alarm.update_state(reason, json.dumps(data), state)
        alarm.state_updated_timestamp = alarm.state_transitioned_timestamp = _utc(now)
        self._remember(now, alarm, "StateUpdate", f"Alarm updated from {before} to {state}", document)
        for arn in _actions(alarm, state) if getattr(alarm, "actions_enabled", True) else ():
            done = json.dumps(
                {
                    "actionState": "Succeeded",
                    "stateUpdateTimestamp": int(now * 1000),
                    "notificationResource": arn,
                    "publishedMessage": None,
                    "error": None,
                }
            )
            self._remember(now, alarm, "Action", f"Successfully executed action {arn}", done)

    def _remember(self, at_s: float, alarm: Any, kind: str, summary: str, data: str) -> None:
        alarm_type = "CompositeAlarm" if alarm.rule is not None else "MetricAlarm"
        with self._lock:
            self._history.append(HistoryItem(at_s, alarm.name, alarm_type, kind, summary, data))
            del self._history[:-_KEPT]


def _stamp(at_s: float) -> str:
    """Return a moment as the service writes it in its JSON."""
    return _utc(at_s).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def _actions(alarm: Any, state: str) -> list[str]:
    """Return the ARNs that are told of a state."""
    names = {"ALARM": "alarm_actions", "OK": "ok_actions"}
    return list(getattr(alarm, names.get(state, "insufficient_data_actions"), None) or ())


def composite_holds(rule: str, states: dict[str, str]) -> bool:
    """Return whether a composite rule holds: ALARM("a") AND NOT (OK(b) OR INSUFFICIENT_DATA(c)).

    An alarm that does not exist is in no state; a rule that is not valid does not hold.
    """
    tokens: list[bool | str] = []
    position = 0
    while rule[position:].strip():
        found = _RULE_TOKEN.match(rule, position)
        if found is None:
            return False
        state, name, word = found.groups()
        tokens.append(word if state is None else states.get(name.split(":")[-1].strip()) == state)
        position = found.end()
    tokens.reverse()
    try:
        return _either(tokens)
    except IndexError:
        return False


def _either(tokens: list[bool | str]) -> bool:
    value = _both(tokens)
    while tokens and tokens[-1] == "OR":
        tokens.pop()
        value = _both(tokens) or value
    return value


def _both(tokens: list[bool | str]) -> bool:
    value = _single(tokens)
    while tokens and tokens[-1] == "AND":
        tokens.pop()
        value = _single(tokens) and value
    return value


def _single(tokens: list[bool | str]) -> bool:
    word = tokens.pop()
    if word == "NOT":
        return not _single(tokens)
    if word == "(":
        value = _either(tokens)
        tokens.pop()
        return value
    return word is True or word == "TRUE"


def _utc(at_s: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at_s, tz=dt.UTC)
