"""The catalogue of Insights queries: those that come with cwtop, and the user's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from config import paths, strictyaml
from config.files import replace_file
from config.problems import Problem, meant
from config.schema import Model

USER_FILE: Final = "queries.yaml"
_PARAMETER: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
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


class SaveError(Exception):
    """The query cannot be saved; the text says why, and what to do."""


def save_query(file: Path, name: str, query: SavedQuery) -> None:
    """Write a query into a user's file under a name; what else is in the file stays as it is.

    An entry of that name is replaced. The file is written anew beside the old one and then takes its place,
    readable by its owner only.

    Args:
        file: The user's; it and its folder need not exist.
        name: Letters, digits, "-" and "_".
        query: What is written.

    Raises:
        SaveError: The name is none, or the file cannot be read or written, or is broken already.
    """
    if not _NAME.fullmatch(name):
        raise SaveError("Write the name in letters, digits, - and _, for example: slow-logins")
    try:
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        text = _with_entry(before, str(file), name, _entry(name, query))
        _, faults = _read(before.encode(), str(file))
        if faults:
            raise SaveError(f"Mend your queries first: {faults[0]}")
        own, problems = _read(text.encode(), str(file))
        if own.get(name) != query or problems:
            raise SaveError(f"The query cannot be written as YAML: {problems[0] if problems else name}")
        replace_file(file, text)
    except UnicodeDecodeError as error:
        raise SaveError(f"{file} is not UTF-8 text; mend it first.") from error
    except OSError as error:
        raise SaveError(f"{file} cannot be written: {(error.strerror or str(error)).lower()}.") from error


def _with_entry(text: str, file: str, name: str, entry: str) -> str:
    """Return a file's text with an entry in the place of the one of that name, else at the end."""
    starts = {
        path[0]: line for path, line in strictyaml.read(text.encode(), file).lines.items() if len(path) == 1
    }
    lines = text.splitlines(keepends=True)
    if name not in starts:
        gap = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{gap}{entry}"
    first = starts[name] - 1
    later = [line - 1 for line in starts.values() if line - 1 > first]
    last = min(later, default=len(lines))
    # Comments above the next entry belong to it.
    while last > first + 1 and lines[last - 1].lstrip().startswith("#") and lines[last - 1][0] == "#":
        last -= 1
    return "".join(lines[:first]) + entry + "".join(lines[last:])


def _entry(name: str, query: SavedQuery) -> str:
    """Return an entry as YAML; JSON's strings are YAML's."""
    quoted = {key: json.dumps(value) for key, value in (("title", query.title), ("question", query.question))}
    # YAML takes some words for something else than text.
    key = name if name[0].isalpha() and len(name) > 5 else json.dumps(name)
    lines = [f"{key}:", f"  title: {quoted['title']}"]
    if query.question:
        lines.append(f"  question: {quoted['question']}")
    if query.log_groups:
        lines.append(f"  log_groups: [{', '.join(map(json.dumps, query.log_groups))}]")
    if query.then:
        lines.append(f"  then: [{', '.join(map(json.dumps, query.then))}]")
    body = query.text.split("\n")
    if body[-1] == "" and len(body) > 1 and all(_is_plain(line) for line in body[:-1]) and body[0][:1] != " ":
        lines += ["  text: |", *(f"    {line}" if line else "" for line in body[:-1])]
    else:
        lines.append(f"  text: {json.dumps(query.text)}")
    return "\n".join(lines) + "\n"


def _is_plain(line: str) -> bool:
    """Whether a block of YAML gives a line back as it is."""
    return line.isprintable() and line == line.rstrip()


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
