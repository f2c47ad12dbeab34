"""Plans, runs and records as lines."""

from __future__ import annotations

import pytest

from tui.actions.audit import Run, StepRecord
from tui.domain.actionruns import LiveRun
from tui.domain.plan import (
    Call,
    Change,
    Check,
    Cost,
    Effect,
    Impact,
    Outcome,
    Plan,
    Status,
    Step,
    Verdict,
)
from tui.presenters.actionplan import (
    Line,
    commands_text,
    confirm_lines,
    end_notice,
    leaving_text,
    live_lines,
    plan_lines,
    record_lines,
    standing,
    status_text,
)

HOSTILE = "[/x] \x1b]0;pwned\x07\x1b[2J\u202eevil"
STEPS = (
    Step("Register a revision", Call("ecs", "register_task_definition", {"family": "web"})),
    Step("Deploy it", Call("ecs", "update_service", {"service": "web"})),
)
PLAN = Plan(
    "size",
    "Resize web",
    "web",
    (Change("cpu", "256", "512"),),
    STEPS,
    impact=Impact(Effect.RESTART, "About two minutes."),
    cost=Cost(10.0, 20.0, "list price"),
    checks=(
        Check(Verdict.PASS, "The pair is valid."),
        Check(Verdict.WARN, "Connections are short.", "Raise them."),
    ),
    when="in the window",
    also=("A pending class.",),
    confirm="web",
    irreversible="The old tasks are gone.",
    notes=("Mind the gap.",),
)
LIVE = LiveRun(1, "size", "web", "Resize web", ("Register", "Deploy"), 100.0, run="ab12", at=1, seen="2 of 4")


def text(lines: tuple[Line, ...]) -> str:
    return "\n".join("".join(part for part, _ in line) for line in lines)


def test_a_plan_says_everything() -> None:
    shown = text(plan_lines(PLAN, 100))
    for part in (
        "256 → 512", "restart. About two minutes.", "in the window", "$10.00 → $20.00", "list price",
        "A pending class.", "✓ pass", "▲ warn", "Raise them.", "Cannot be undone: The old tasks are gone.",
        "Mind the gap.", "1.  Register a revision", "aws ecs update-service --service web",
    ):  # fmt: skip
        assert part in shown, part


@pytest.mark.parametrize("width", [30, 40, 78, 200])
def test_lines_keep_to_the_width(width: int) -> None:
    lines = plan_lines(PLAN, width)
    assert all(sum(len(part) for part, _ in line) <= max(width, 44) for line in lines)


def test_the_confirmation_says_impact_and_what_is_final() -> None:
    shown = text(confirm_lines(PLAN, 80))
    assert "restart" in shown
    assert "Cannot be undone" in shown
    assert "Connections are short." in shown
    assert "aws ecs" not in shown


def test_whether_it_can_be_applied() -> None:
    assert standing(PLAN, "")[0] == "▲ Can be applied; 1 warning."
    assert standing(PLAN, "Read-only.")[0] == "✗ Read-only."
    blocked = Plan("x", "X", "web", (), STEPS, checks=(Check(Verdict.BLOCK, "Too small.", "Take more."),))
    assert standing(blocked, "")[0] == "✗ Too small. Take more."
    assert "in force already" in standing(Plan("x", "X", "web", (), ()), "")[0]


def test_commands_are_copied_one_a_line() -> None:
    assert len(commands_text(PLAN).splitlines()) == 2
    assert commands_text(Plan("x", "X", "web", (), ())) == ""


def test_text_from_outside_cannot_steer_the_terminal() -> None:
    hostile = Plan(
        "x",
        HOSTILE,
        HOSTILE,
        (Change(HOSTILE, HOSTILE, HOSTILE),),
        (Step(HOSTILE, Call("ecs", "x", {"name": HOSTILE})),),
        checks=(Check(Verdict.WARN, HOSTILE, HOSTILE),),
        impact=Impact(Effect.NONE, HOSTILE),
        also=(HOSTILE,),
        notes=(HOSTILE,),
        irreversible=HOSTILE,
        when=HOSTILE,
    )
    step = StepRecord(HOSTILE, HOSTILE, "refused", HOSTILE, problem=HOSTILE)
    run = Run("ab", "2026-11-24T10:00", "x", HOSTILE, HOSTILE, HOSTILE, steps=[step], text=HOSTILE)
    live = LiveRun(1, "x", HOSTILE, HOSTILE, (HOSTILE,), 0.0, run="ab", seen=HOSTILE)
    shown = [
        text(plan_lines(hostile, 80)),
        text(confirm_lines(hostile, 80)),
        commands_text(hostile),
        text(record_lines(run, 80)),
        text(live_lines(live, 1.0, 80)),
        leaving_text((live,)),
        status_text((live,)),
        *end_notice(live, Outcome(Status.FAILED, HOSTILE, HOSTILE), "u"),
    ]
    assert not [one for one in shown if "\x1b" in one or "\u202e" in one]


def test_a_run_under_way_says_what_is_seen_and_how_long() -> None:
    shown = text(live_lines(LIVE, 165.0, 80))
    assert "✓ 1.  Register: done and verified" in shown
    assert "▸ 2.  Deploy: under way" in shown
    assert "2 of 4" in shown
    assert "under way for 1m" in shown


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.DONE, "Deploy: done and verified"),
        (Status.FAILED, "Deploy: failed"),
        (Status.UNSTABLE, "Deploy: done, not verified"),
    ],
)
def test_how_a_run_ended(status: Status, words: str) -> None:
    from dataclasses import replace

    ended = replace(LIVE, ended_s=130.0, outcome=Outcome(status, "So it ended.", "Look there.", "ab12", True))
    shown = text(live_lines(ended, 999.0, 80))
    assert words in shown
    assert "So it ended." in shown
    assert "Look there." in shown
    assert "after 30s" in shown
    assert "run ab12" in shown


def test_what_was_blocked_sent_nothing() -> None:
    from dataclasses import replace

    ended = replace(LIVE, run="", at=0, ended_s=101.0, outcome=Outcome(Status.BLOCKED, "Changed."))
    assert text(live_lines(ended, 101.0, 80)).count("not sent") == 2


def test_the_status_line_and_the_question_before_quitting() -> None:
    assert status_text(()) == ""
    assert status_text((LIVE,)) == "1 action: 2 of 4"
    assert status_text((LIVE, LIVE)).startswith("2 actions: ")
    from dataclasses import replace

    shown = leaving_text((replace(LIVE, at=0),))
    assert "not sent if you quit: Deploy" in shown
    assert "goes on in AWS" in shown


def test_the_notification_of_an_end_says_how_to_take_it_back() -> None:
    title, said = end_notice(LIVE, Outcome(Status.DONE, "Done.", can_undo=True), "u")
    assert title == "✓ done: Resize web"
    assert "u in its window takes it back." in said
    assert "takes it back" not in end_notice(LIVE, Outcome(Status.DONE, "Done."), "u")[1]
