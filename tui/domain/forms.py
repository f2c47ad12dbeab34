"""The form of an action: fields with valid choices only, and what is wrong with a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["choice", "integer", "number", "text", "flag"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Attributes:
        name: What `--set` takes.
        label: What the form shows.
        kind: How it is entered; a flag is "yes" or "no".
        value: Its present value, as text.
        choices: For a choice: (value, what is shown), in order.
        lowest: For numbers.
        highest: For numbers.
        unit: For example "MiB"; "" for none.
        help: One sentence; "" for none.
    """

    name: str
    label: str
    kind: Kind
    value: str
    choices: tuple[tuple[str, str], ...] = ()
    lowest: float | None = None
    highest: float | None = None
    unit: str = ""
    help: str = ""


class FormError(Exception):
    """A value of a form is not valid.

    Attributes:
        field: The field's name; "" for the form as a whole.
        text: One sentence that says what to write.
    """

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.text = text


def flag(value: str) -> bool:
    """Return a flag's value; anything but yes is no (fields are checked before)."""
    return value == "yes"


def filled(fields: tuple[Field, ...], given: Mapping[str, str]) -> dict[str, str]:
    """Return the value of every field, checked, those that are not given as they are.

    Raises:
        FormError: A field does not exist, or a value is none that it takes.
    """
    known = {field.name: field for field in fields}
    for name in given:
        if name not in known:
            raise FormError(name, f"There is no field {name!r}; there are: {', '.join(known) or 'none'}.")
    return {name: checked(field, given.get(name, field.value)) for name, field in known.items()}


def checked(field: Field, value: str) -> str:
    """Return a value in its plain form.

    Raises:
        FormError: It is none that the field takes.
    """
    value = value.strip()
    if field.kind == "choice":
        if value not in {one for one, _ in field.choices}:
            listed = [one for one, _ in field.choices]
            shown = ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
            raise FormError(field.name, f"{field.label}: {value!r} is not possible; choose one of: {shown}.")
        return value
    if field.kind == "flag":
        plain = {"yes": "yes", "true": "yes", "on": "yes", "no": "no", "false": "no", "off": "no"}
        if value.lower() not in plain:
            raise FormError(field.name, f"{field.label}: write yes or no, not {value!r}.")
        return plain[value.lower()]
    if field.kind == "text":
        return value
    return _number(field, value)


def _number(field: Field, value: str) -> str:
    try:
        number = int(value) if field.kind == "integer" else float(value)
    except ValueError as error:
        kind = "a whole number" if field.kind == "integer" else "a number"
        raise FormError(field.name, f"{field.label}: write {kind}, not {value!r}.") from error
    low = field.lowest is not None and number < field.lowest
    high = field.highest is not None and number > field.highest
    # Not-a-number is neither below nor above.
    if low or high or number != number:
        raise FormError(field.name, f"{field.label}: {value} is out of range; write {_range(field)}.")
    return f"{number:g}" if isinstance(number, float) else str(number)


def _range(field: Field) -> str:
    unit = f" {field.unit}" if field.unit else ""
    if field.highest is None:
        return f"{field.lowest:g}{unit} or more"
    if field.lowest is None:
        return f"{field.highest:g}{unit} or less"
    return f"{field.lowest:g} to {field.highest:g}{unit}"
