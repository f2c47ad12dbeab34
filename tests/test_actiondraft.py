"""The form of an action: errors at the field, choices that depend on each other, faults that are told."""

from __future__ import annotations

from collections.abc import Mapping

from tui.actiondraft import Draft
from tui.actions.protocol import Context, Reading
from tui.domain.forms import Field, FormError
from tui.domain.plan import Call, Plan, Step

READING = Reading("web", {})
MEMORY = {"256": ("512", "1024"), "512": ("1024", "2048")}


class Sizes:
    """Memory depends on cpu; the plan refuses 13 tasks, and fails on 99."""

    def read(self, context: Context, target: str) -> Reading:
        return READING

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        sizes = MEMORY[values.get("cpu", "256")]
        return (
            Field("cpu", "CPU", "choice", "256", tuple((one, one) for one in MEMORY)),
            Field("memory", "Memory", "choice", sizes[0], tuple((one, f"{one} MiB") for one in sizes)),
            Field("tasks", "Tasks \x1b[2J[/x]", "integer", "2", lowest=0, highest=100),
            Field("force", "Force", "flag", "no"),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        if values["tasks"] == "13":
            raise FormError("tasks", "Tasks: not 13.")
        if values["tasks"] == "14":
            raise FormError("", "These do not go together.")
        if values["tasks"] == "99":
            raise KeyError("taskDefinition")
        title = " ".join(values[name] for name in ("cpu", "memory", "tasks", "force"))
        return Plan("sizes", title, "web", (), (Step("Do", Call("ecs", "x", {})),))


def draft(**values: str) -> Draft:
    return Draft(Sizes(), READING, dict(values))


def errors(one: Draft) -> dict[str, str]:
    return {field.name: field.error for field in one.view().fields if field.error}


def test_the_prefilled_form_gives_a_plan() -> None:
    view = draft().view()
    assert view.plan is not None
    assert view.plan.title == "256 512 2 no"
    assert [field.choices for field in view.fields if field.name == "force"] == [
        (("yes", "yes"), ("no", "no"))
    ]


def test_every_wrong_value_is_marked_at_its_field_and_there_is_no_plan() -> None:
    one = draft(tasks="many", cpu="512")
    assert set(errors(one)) == {"tasks"}
    assert "whole number" in errors(one)["tasks"]
    assert one.view().plan is None
    assert "0 to 100" in errors(draft(tasks="101"))["tasks"]


def test_what_the_plan_refuses_is_marked_too() -> None:
    assert errors(draft(tasks="13")) == {"tasks": "Tasks: not 13."}
    view = draft(tasks="14").view()
    assert (view.plan, view.problem) == (None, "These do not go together.")


def test_a_value_that_is_no_longer_possible_is_dropped() -> None:
    one = draft(memory="512", tasks="3")
    one.set("cpu", "512")
    view = one.view()
    assert view.plan is not None
    assert view.plan.title == "512 1024 3 no"
    assert one.values == {"cpu": "512", "tasks": "3"}


def test_a_fault_of_an_action_is_told_and_does_not_end_the_console() -> None:
    view = draft(tasks="99").view()
    assert view.plan is None
    assert "KeyError" in view.problem


def test_labels_from_outside_cannot_steer_the_terminal() -> None:
    label = next(field.label for field in draft().view().fields if field.name == "tasks")
    assert label == "Tasks [/x]"
