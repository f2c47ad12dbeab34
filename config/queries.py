"""The catalogue of Insights queries: those that come with cwtop, and the user's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from config import paths, strictyaml
from config.problems import Problem, meant
from config.schema import Model

USER_FILE: Final = "queries.yaml"
_PARAMETER: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_FIELDS: Final = ("title", "question", "text", "log_groups", "then")


class SavedQuery(Model):
    """A query under a name."""

    title: str
    text: str
    """In the query language of CloudWatch Logs Insights; `{{name}}` is a parameter."""
    question: str = ""
    """What it answers, in one line."""
    log_groups: tuple[str, ...] = ()
    """Names or globs; () means those of the stack."""
    then: tuple[str, ...] = ()
    """Names of queries that go on from here."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters in the order in which they appear."""
        return parameters(self.text)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What can be chosen from.

    Attributes:
        queries: By name, the packaged ones first.
        problems: What is wrong with the user's file; the rest of it is loaded.
    """

    queries: Mapping[str, SavedQuery]
    problems: tuple[Problem, ...] = ()


def parameters(text: str) -> tuple[str, ...]:
    """Return the names of `{{name}}` in a query, each once."""
    return tuple(dict.fromkeys(_PARAMETER.findall(text)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a query with its parameters replaced.

    A value is meant to stand within quotation marks: what would end them is escaped.

    Raises:
        KeyError: A parameter has no value; its argument is the name.
    """
    return _PARAMETER.sub(lambda found: _escaped(values[found[1]]), text)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def user_file(env: Mapping[str, str] | None = None) -> Path | None:
    """Return where the user's queries are expected, beside the configuration; None without a home."""
    configuration = paths.config_file(env)
    return None if configuration is None else configuration.with_name(USER_FILE)


def load_queries(user: Path | None = None) -> Catalogue:
    """Return the packaged queries and those of a user's file, if it exists.

    Args:
        user: The file; one that is broken or cannot be read is told as problems.
    """
    packaged, faults = _read(files("config").joinpath("queries.yaml").read_bytes(), "config/queries.yaml")
    if faults:
        raise AssertionError(f"packaged queries: {faults}")
    if user is None or not user.exists():
        return Catalogue(packaged)
    try:
        raw = user.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        return Catalogue(packaged, (Problem(str(user), None, "", f"cannot be read: {reason}"),))
    own, problems = _read(raw, str(user))
    return Catalogue({**packaged, **own}, problems)


def _read(raw: bytes, file: str) -> tuple[dict[str, SavedQuery], tuple[Problem, ...]]:
    document = strictyaml.read(raw, file, lines_in=frozenset({"text"}))
    problems = list(document.problems)
    queries: dict[str, SavedQuery] = {}
    for name, settings in document.data.items():
        line = document.lines.get((name,))
        if not isinstance(settings, dict):
            problems.append(Problem(file, line, name, "wants a mapping", "write title: and text: below it"))
            continue
        try:
            queries[name] = SavedQuery.model_validate(_with_tuples(settings))
        except ValidationError as error:
            problems += _problems(error, file, name, document.lines)
    return queries, tuple(problems)


def _with_tuples(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}


def _problems(
    error: ValidationError, file: str, name: str, lines: Mapping[strictyaml.Path, int]
) -> Iterable[Problem]:
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        key = str(detail["loc"][0])
        line = lines.get((name, key), lines.get((name,)))
        if detail["type"] == "extra_forbidden":
            yield Problem(file, line, f"{name}.{key}", "unknown key", meant(key, _FIELDS))
        elif detail["type"] == "missing":
            yield Problem(file, line, name, f"has no {key}", f"write {key}: below it")
        else:
            yield Problem(file, line, f"{name}.{key}", str(detail["msg"]).lower())
