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

    def configured(self, alarm: Any, state: State | None) -> None:
        """Note that an alarm was put; a new one starts without data, an update leaves the state as it is.

        API_PutMetricAlarm.html at docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference.

        Args:
            alarm: moto's alarm object.
            state: How the alarm of the name stood before; None where there was none.
        """
        now = _utc(self._clock.now())
        kept = state or State("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation", now, now)
        alarm.state_value, alarm.state_reason = kept.value, kept.reason
        alarm.state_updated_timestamp = kept.updated
        alarm.state_transitioned_timestamp = kept.moved
        verb = "created" if state is None else "updated"
        self._remember(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" {verb}', "{}")

    def evaluate(self, alarms: Iterable[Any]) -> None:
        """Bring all alarms up to date: metric alarms first, then composite ones by their states."""
        by_name = {alarm.name: alarm for alarm in list(alarms)}
        for alarm in by_name.values():
            if alarm.rule is None and alarm.metric_name:
                self._move(alarm, *self._judge(alarm))
        states = {name: alarm.state_value for name, alarm in by_name.items()}
        for alarm in by_name.values():
            if alarm.rule is not None:
                state = "ALARM" if composite_holds(alarm.rule, states) else "OK"
                self._move(alarm, state, f"{alarm.rule} evaluates to {state}")

    def set_state(self, alarm: Any, state: str, reason: str) -> None:
        """Apply a SetAlarmState; the next evaluation may override it."""
        self._move(alarm, state, reason)

    def history(self, name: str | None = None, kind: str | None = None) -> list[HistoryItem]:
        """Return items newest first, of one alarm or of one history type if given."""
        with self._lock:
            return [
                item
                for item in reversed(self._history)
                if (name is None or item.name == name) and (kind is None or item.type == kind)
            ]

    def _judge(self, alarm: Any) -> tuple[str, str]:
        compare = _COMPARE.get(alarm.comparison_operator)
        if compare is None:
            return "INSUFFICIENT_DATA", f"Unsupported comparison: {alarm.comparison_operator}"
        period, count = int(alarm.period), int(alarm.evaluation_periods)
        needed = int(alarm.datapoints_to_alarm or count)
        key = MetricKey(
            alarm.namespace,
            alarm.metric_name,
            tuple(sorted((one.name, one.value) for one in alarm.dimensions)),
        )
        end = math.floor(self._clock.now() / period) * period
        statistic = alarm.extended_statistic or alarm.statistic
        times, values = self._metrics.query(key, end - count * period, end, period, statistic)
        found = dict(zip(times, values, strict=True))
        beyond = sum(compare(value, float(alarm.threshold)) for value in found.values())
        missing = count - len(found)
        treat = alarm.treat_missing_data or "missing"
        if not found and treat in ("missing", "ignore"):
            state = "INSUFFICIENT_DATA" if treat == "missing" else alarm.state_value
            return state, "Insufficient Data: no datapoints were received"
        if treat == "breaching":
            beyond += missing
        state = "ALARM" if beyond >= needed else "OK"
        shown = ", ".join(f"{value:g}" for value in values) or "no datapoints"
        crossed = f"{beyond} datapoints were" if beyond else "no datapoint was"
        return state, (
            f"Threshold Crossed: {crossed} {alarm.comparison_operator} the threshold"
            f" ({float(alarm.threshold):g}); most recent: [{shown}]."
        )

    def _move(self, alarm: Any, state: str, reason: str) -> None:
        before = alarm.state_value
        if state == before:
            return
        data = json.dumps(
            {"oldState": {"stateValue": before}, "newState": {"stateValue": state, "stateReason": reason}}
        )
        alarm.update_state(reason, "{}", state)
        alarm.state_updated_timestamp = alarm.state_transitioned_timestamp = _utc(self._clock.now())
        self._remember(alarm, "StateUpdate", f"Alarm updated from {before} to {state}", data)
        for arn in _actions(alarm, state) if getattr(alarm, "actions_enabled", True) else ():
            self._remember(alarm, "Action", f"Successfully executed action {arn}", "{}")

    def _remember(self, alarm: Any, kind: str, summary: str, data: str) -> None:
        alarm_type = "CompositeAlarm" if alarm.rule is not None else "MetricAlarm"
        with self._lock:
            self._history.append(HistoryItem(self._clock.now(), alarm.name, alarm_type, kind, summary, data))
            del self._history[:-_KEPT]


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
