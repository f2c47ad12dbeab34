"""Plans as data: references, forms and the equivalent commands."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.awscommand import command, script
from tui.domain.forms import Field, FormError, checked, filled
from tui.domain.plan import Call, Check, Plan, Ref, Step, Verdict, refs, resolved


def test_references_are_replaced_at_any_depth() -> None:
    params = {"a": [{"b": Ref(0, "x.y")}], "c": Ref(1, "list.0"), "d": 1}
    assert {one.step for one in refs(params)} == {0, 1}
    assert resolved(params, {0: {"x": {"y": "v"}}, 1: {"list": ["w"]}}) == {
        "a": [{"b": "v"}],
        "c": "w",
        "d": 1,
    }
    with pytest.raises(KeyError):
        resolved(params, {})


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            Call("ecs", "update_service", {"cluster": "c", "desiredCount": 2, "forceNewDeployment": True}),
            "aws ecs update-service --cluster c --desired-count 2 --force-new-deployment",
        ),
        (
            Call("rds", "modify_db_instance", {"DBInstanceIdentifier": "d", "ApplyImmediately": False}),
            "aws rds modify-db-instance --db-instance-identifier d --no-apply-immediately",
        ),
        (
            Call("cloudwatch", "disable_alarm_actions", {"AlarmNames": ["a b", "c"]}),
            "aws cloudwatch disable-alarm-actions --alarm-names 'a b' c",
        ),
        (
            Call("ecs", "x", {"conf": {"a": "it's"}}),
            """aws ecs x --conf '{"a": "it'"'"'s"}'""",
        ),
        (Call("ecs", "x", {}, shown="say | do"), "say | do"),
    ],
)
def test_a_request_as_a_command(call: Call, expected: str) -> None:
    assert command(call) == expected


def test_what_a_later_step_needs_is_kept_in_a_variable() -> None:
    steps = (
        Step("a", Call("ecs", "register_task_definition", {"family": "f"})),
        Step(
            "b", Call("ecs", "update_service", {"taskDefinition": Ref(0, "taskDefinition.taskDefinitionArn")})
        ),
    )
    assert script(steps) == (
        "TASK_DEFINITION_ARN=$(aws ecs register-task-definition --family f"
        " --query taskDefinition.taskDefinitionArn --output text)",
        'aws ecs update-service --task-definition "$TASK_DEFINITION_ARN"',
    )


@given(st.dictionaries(st.sampled_from(["name", "reason"]), st.text(min_size=1)))
def test_any_text_is_quoted(params: dict[str, str]) -> None:
    words = shlex.split(command(Call("ecs", "do", params)))
    assert words[3::2] == [f"--{name}" for name in params]
    assert words[4::2] == list(params.values())


NUMBER = Field("n", "Number", "integer", "3", lowest=1, highest=9, unit="MiB")
CHOICE = Field("c", "Class", "choice", "a", (("a", "A"), ("b", "B")))
FLAG = Field("f", "Flag", "flag", "no")


def test_a_form_is_filled_with_what_is_there() -> None:
    assert filled((NUMBER, CHOICE, FLAG), {"n": " 4 ", "f": "TRUE"}) == {"n": "4", "c": "a", "f": "yes"}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        (NUMBER, "x", "whole number"),
        (NUMBER, "1.5", "whole number"),
        (NUMBER, "10", "1 to 9 MiB"),
        (CHOICE, "d", "choose one of: a, b"),
        (FLAG, "maybe", "yes or no"),
        (Field("n", "Share", "number", "1", lowest=0), "nan", "0 or more"),
        (Field("n", "Share", "number", "1", highest=2), "inf", "2 or less"),
    ],
)
def test_a_value_that_is_not_valid_says_what_to_write(field: Field, value: str, says: str) -> None:
    with pytest.raises(FormError, match=says) as error:
        checked(field, value)
    assert error.value.field == field.name


def test_a_field_that_does_not_exist() -> None:
    with pytest.raises(FormError, match="there are: n"):
        filled((NUMBER,), {"m": "1"})


def test_a_plan_is_blocked_by_a_check_or_by_having_nothing_to_do() -> None:
    step = Step("a", Call("ecs", "x", {}))
    assert Plan("a", "A", "t", (), ()).reasons == (
        "Nothing would change: these values are in force already.",
    )
    assert not Plan("a", "A", "t", (), (step,)).is_blocked
    blocked = Plan("a", "A", "t", (), (step,), checks=(Check(Verdict.BLOCK, "No.", "Do this."),))
    assert blocked.is_blocked
    assert blocked.reasons == ("No. Do this.",)
