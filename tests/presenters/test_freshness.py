"""The state of a pane from the entries of its sources."""

from __future__ import annotations

from typing import Any

import pytest

from tests.presenters.kit import NOW, live, refused
from tui.domain.entry import Entry
from tui.domain.errors import ErrorKind, SourceError
from tui.presenters.freshness import kind_of, permission_text, source_state
from widgets.model import SourceState

EXPIRED = SourceError(ErrorKind.EXPIRED_CREDENTIALS, "The SSO session has expired.", "Run aws sso login.")
THROTTLED = SourceError(ErrorKind.THROTTLED, "CloudWatch throttles.", "Waiting.")
TIMEOUT = SourceError(ErrorKind.TIMEOUT, "No answer in 15 s.", "It is tried again.")


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (Entry(), "loading"),
        (live(object()), "live"),
        (live(object(), age=179, period=60), "live"),
        (live(object(), age=181, period=60), "stale"),
        (live(object(), age=61, period=2), "live"),
        (live(object(), age=63, period=2), "stale"),
        (live(object(), age=999, paused=True), "paused"),
        (Entry(error=TIMEOUT), "error"),
        (live(object(), error=TIMEOUT), "stale"),
        (live(object(), error=THROTTLED), "throttled"),
        (Entry(error=THROTTLED), "throttled"),
        (live(object(), error=EXPIRED, paused=True), "expired"),
    ],
)
def test_one_source(entry: Entry[Any], kind: str) -> None:
    assert kind_of(entry, NOW) == kind


def test_a_live_pane_stays_equal_while_time_passes() -> None:
    states = {source_state([live(object(), age=age, period=60)], NOW) for age in (0, 7, 59, 120)}
    assert states == {SourceState("live")}


def test_a_failing_source_says_how_old_what_failed_and_what_to_do() -> None:
    state = source_state([live(object()), live(object(), age=134, error=TIMEOUT)], NOW)
    assert state == SourceState("stale", "2m", "No answer in 15 s. It is tried again.")


def test_the_age_of_stale_data_moves_in_steps() -> None:
    ages = {source_state([live(object(), age=age, error=TIMEOUT)], NOW).age for age in (10, 12, 14.9)}
    assert ages == {"10s"}


def test_the_worst_source_decides_and_every_message_is_told_once() -> None:
    state = source_state([live(object(), error=EXPIRED), Entry(error=EXPIRED), Entry(error=refused())], NOW)
    assert state.kind == "expired"
    assert state.message == (
        "The SSO session has expired. Run aws sso login. Then press r. "
        "Not allowed to call rds:DescribeDBInstances. Ask for the permission."
    )


def test_a_request_that_never_ends_is_told() -> None:
    state = source_state([live(object(), age=400, period=60)], NOW)
    assert (state.kind, state.age) == ("stale", "6m")
    assert state.message == "No fresh data: the last request has not been answered yet."


def test_parts_that_failed_are_told_on_a_live_pane() -> None:
    assert source_state([live(object())], NOW, ["Tasks could not be read."]) == SourceState(
        "live", "", "Tasks could not be read."
    )


def test_a_refusal_names_its_action() -> None:
    assert permission_text(refused("ecs:ListTasks")) == "no permission: ecs:ListTasks"
    assert permission_text(TIMEOUT) == "No answer in 15 s."
