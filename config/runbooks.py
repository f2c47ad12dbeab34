"""The runbooks: what to do about a breach, in order; those that come with cwtop, and the user's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, get_args

from pydantic import ValidationError

from config import paths, strictyaml
from config.problems import Problem, meant
from config.schema import Model

USER_FILE: Final = "runbooks.yaml"

Screen = Literal[
    "database-statements",
    "database-activity",
    "database-connections",
    "database-indexes",
    "database-tables",
    "log-errors",
    "stopped-tasks",
    "timeline",
    "day",
]
"""What a step may open: a tab of the database screen, the log at ERROR and worse, the log of a stopped task,
the timeline, or the metric's last 24 hours."""
SCREENS: Final[tuple[str, ...]] = get_args(Screen)
MOST_STEPS: Final = 9
"""Each has a key of its own."""
_FIELDS: Final = ("title", "symptoms", "causes", "likely", "steps")


class Step(Model):
    """One step. It opens at most one thing; without any it is advice."""

    text: str
    query: str = ""
    """Name of a query of the catalogue."""
    screen: Screen | None = None
    action: str = ""
    """Id of a tuning action."""
    values: dict[str, str] = {}
    """What the action's form holds at first."""
    advice: bool = False
    """Nothing to open: it is done elsewhere."""

    @property
    def opens(self) -> str:
        """query, screen, action, or "" for advice."""
        return next((name for name in ("query", "screen", "action") if getattr(self, name)), "")


class Runbook(Model):
    """What to do about some breaches."""

    title: str
    symptoms: tuple[str, ...] = ()
    """Metric ids and state rules."""
    causes: tuple[str, ...] = ()
    """Kinds of probable cause."""
    likely: tuple[str, ...] = ()
    """Usual causes, the likeliest first."""
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Runbooks:
    """All runbooks.

    Attributes:
        books: By id, the packaged ones first.
        problems: What is wrong with the user's file; the rest of it is loaded.
    """

    books: Mapping[str, Runbook]
    problems: tuple[Problem, ...] = ()

    def fitting(self, symptom: str, causes: Iterable[str] = ()) -> tuple[str, ...]:
        """Return the ids of the runbooks for a breach, the best first.

        That of the likeliest cause leads: it says what to do about the cause, the symptom's own about the
        breach.

        Args:
            symptom: Metric id or state rule.
            causes: Kinds of probable cause, the likeliest first.
        """
        by_cause = [
            name
            for cause in causes
            for name, one in sorted(self.books.items(), key=lambda item: symptom not in item[1].symptoms)
            if cause in one.causes
        ]
        by_symptom = [name for name, one in self.books.items() if symptom in one.symptoms]
        return tuple(dict.fromkeys((*by_cause[:1], *by_symptom, *by_cause)))


def user_file(env: Mapping[str, str] | None = None) -> Path | None:
    """Return where the user's runbooks are expected, beside the configuration; None without a home."""
    configuration = paths.config_file(env)
    return None if configuration is None else configuration.with_name(USER_FILE)


def load_runbooks(user: Path | None = None) -> Runbooks:
    """Return the packaged runbooks and those of a user's file, if it exists.

    Args:
        user: The file; one that is broken or cannot be read is told as problems.
    """
    packaged, faults = _read(files("config").joinpath("runbooks.yaml").read_bytes(), "config/runbooks.yaml")
    if faults:
        raise AssertionError(f"packaged runbooks: {faults}")
    if user is None or not user.exists():
        return Runbooks(packaged)
    try:
        raw = user.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        return Runbooks(packaged, (Problem(str(user), None, "", f"cannot be read: {reason}"),))
    own, problems = _read(raw, str(user))
    return Runbooks({**packaged, **own}, problems)


def _read(raw: bytes, file: str) -> tuple[dict[str, Runbook], tuple[Problem, ...]]:
    document = strictyaml.read(raw, file)
    problems = list(document.problems)
    books: dict[str, Runbook] = {}
    for name, settings in document.data.items():
        line = document.lines.get((name,))
        if not isinstance(settings, dict):
            problems.append(Problem(file, line, name, "wants a mapping", "write title: and steps: below it"))
            continue
        try:
            book = Runbook.model_validate(_with_tuples(settings))
        except ValidationError as error:
            problems += _problems(error, file, name, document.lines)
            continue
        told = [Problem(file, line, f"{name}.{key}", said, hint) for key, said, hint in _impossible(book)]
        problems += told
        if not told:
            books[name] = book
    return books, tuple(problems)


def _with_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_tuples(one) for key, one in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value


def _impossible(book: Runbook) -> Iterable[tuple[str, str, str]]:
    """Yield what no screen could show, as (key, message, hint)."""
    if not 1 <= len(book.steps) <= MOST_STEPS:
        yield "steps", f"are {len(book.steps)}", f"from 1 to {MOST_STEPS}: each has a key of its own"
    for number, step in enumerate(book.steps):
        opened = sum(bool(one) for one in (step.query, step.screen, step.action))
        if opened + step.advice != 1:
            hint = "one of query, screen, action, or advice: true"
            yield f"steps[{number}]", "opens several things" if opened > 1 else "opens nothing", hint
        if step.values and not step.action:
            yield f"steps[{number}].values", "belong to no action", "write action: beside them"


def _problems(
    error: ValidationError, file: str, name: str, lines: Mapping[strictyaml.Path, int]
) -> Iterable[Problem]:
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        path = tuple(detail["loc"])
        line = next(
            (lines[place] for end in range(len(path), -1, -1) if (place := (name, *path[:end])) in lines),
            None,
        )
        shown = ".".join((name, *map(str, path)))
        if detail["type"] == "extra_forbidden":
            known = _FIELDS if len(path) == 1 else tuple(Step.model_fields)
            yield Problem(file, line, shown, "unknown key", meant(str(path[-1]), known))
        elif detail["type"] == "missing":
            yield Problem(file, line, shown, "is missing", f"write {path[-1]}: there")
        else:
            yield Problem(file, line, shown, str(detail["msg"]).lower())
