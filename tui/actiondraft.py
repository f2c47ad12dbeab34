"""What stands in an action's form, what is wrong with it, and the plan that follows. No screen, no calls."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tui.actions.protocol import Action, Reading
from tui.domain.forms import Field, FormError, checked, filled
from tui.domain.plan import Plan
from widgets.model import FormField
from widgets.text import one_line

_ROUNDS: Final = 4
"""A value that is no longer possible is dropped, which may make others impossible: so often at most."""
_FLAG: Final = (("yes", "yes"), ("no", "no"))

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DraftView:
    """A form with what follows from it.

    Attributes:
        fields: As drawn, each with what is wrong with it.
        plan: What would be done; None while something is wrong.
        problem: What is wrong with the form as a whole; "" otherwise.
    """

    fields: tuple[FormField, ...]
    plan: Plan | None
    problem: str = ""


@dataclass(slots=True)
class Draft:
    """A form that is being filled in.

    Attributes:
        action: Whose form it is.
        reading: The state that it starts from.
        values: What was entered, by field; fields that are not in it are as they were prefilled.
        fixed: A plan that has no form (an undo); None makes it from the form.
        undo_of: The run that the plan takes back; "" otherwise.
    """

    action: Action
    reading: Reading
    values: dict[str, str] = field(default_factory=dict)
    fixed: Plan | None = None
    undo_of: str = ""

    def set(self, name: str, value: str) -> None:
        """Take what was entered into a field."""
        self.values[name] = value

    def view(self) -> DraftView:
        """Return the form and the plan, made anew."""
        if self.fixed is not None:
            return DraftView((), self.fixed)
        try:
            return self._view()
        except Exception as error:  # noqa: BLE001 - logged and told
            _log.exception("%s failed", type(self.action).__name__)
            words = one_line(f"{type(error).__name__}: {error}", 300)
            return DraftView((), None, f"That failed in cwtop: {words}. Please report it.")

    def _view(self) -> DraftView:
        fields = self._fields()
        errors = {one.name: _fault(one, self.values.get(one.name, one.value)) for one in fields}
        problem, plan = "", None
        if not any(errors.values()):
            try:
                plan = self.action.plan(self.reading, filled(fields, self.values))
            except FormError as error:
                if error.field in errors:
                    errors[error.field] = error.text
                else:
                    problem = error.text
        drawn = tuple(_drawn(one, self.values.get(one.name, one.value), errors[one.name]) for one in fields)
        return DraftView(drawn, plan, one_line(problem, 600))

    def _fields(self) -> tuple[Field, ...]:
        """Return the form; what was entered and is no longer possible is dropped."""
        fields = self.action.form(self.reading, self.values)
        for _ in range(_ROUNDS):
            known = {one.name: one for one in fields}
            gone = [name for name in self.values if name not in known or _is_gone(known[name], self.values)]
            if not gone:
                break
            for name in gone:
                del self.values[name]
            fields = self.action.form(self.reading, self.values)
        return fields


def _is_gone(field: Field, values: Mapping[str, str]) -> bool:
    return field.kind == "choice" and values[field.name] not in {value for value, _ in field.choices}


def _fault(field: Field, value: str) -> str:
    try:
        checked(field, value)
    except FormError as error:
        return one_line(error.text, 400)
    return ""


def _drawn(field: Field, value: str, error: str) -> FormField:
    choices = field.choices if field.kind == "choice" else _FLAG if field.kind == "flag" else ()
    if field.kind == "flag" and not error:
        value = checked(field, value)
    return FormField(
        name=field.name,
        label=one_line(field.label, 60),
        value=value,
        choices=tuple((one, one_line(shown, 120)) for one, shown in choices),
        unit=one_line(field.unit, 20),
        help=one_line(field.help, 400),
        error=error,
    )
