"""`cwtop info`: paths, effective settings with their source, and who the caller is to AWS."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from config import paths
from config.loader import Loaded
from tui import __version__
from tui.domain.errors import SourceError
from tui.keys import COMMANDS, effective, spell
from tui.runtime import StartError, assemble, configure, start_logging
from widgets.text import one_line

_SECRETS = ("database_url",)


def run(options: Mapping[str, Any]) -> int:
    """Run the command; returns its exit code: 77 when AWS does not know the caller."""
    from tui.__main__ import EXIT_CREDENTIALS

    try:
        start_logging(options)
        loaded = configure(options)
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    identity, problem = _identity(loaded)
    facts = {
        "version": __version__,
        "paths": _paths(loaded),
        "settings": _settings(loaded),
        "keys": {one.id: spell(effective(loaded.config.keys)[one.id]) for one in COMMANDS},
        "identity": identity,
        "problem": problem,
    }
    if options["output"] == "json":
        sys.stdout.write(json.dumps(facts, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(facts)) + "\n")
    return EXIT_CREDENTIALS if problem else 0


def _identity(loaded: Loaded) -> tuple[dict[str, str], str]:
    session = assemble(loaded).hub.session
    try:
        found = session.identity()
    except SourceError as error:
        return {}, f"{error.summary} {error.hint}".strip()
    facts = {
        "account": found.account,
        "arn": found.arn,
        "region": found.region,
        "endpoint": found.endpoint_url or "AWS",
    }
    if found.is_wrong_account:
        facts["warning"] = f"the configuration expects account {found.expected_account}: cwtop will not write"
    return facts, ""


def _paths(loaded: Loaded) -> dict[str, str]:
    folders = {
        "configuration": loaded.path or "none (looked for ./cwtop.yaml, then the user's file)",
        "user's configuration": paths.config_file() or "none: no home directory",
        "state": paths.state_dir() or "none: no home directory",
    }
    return {name: str(value) for name, value in folders.items()}


def _settings(loaded: Loaded) -> dict[str, dict[str, str]]:
    settings = {}
    for key, source in loaded.sources.items():
        value = _value(loaded, key)
        shown = "********" if key in _SECRETS and value else _text(value)
        settings[key] = {"value": one_line(str(shown)), "source": one_line(source)}
    return settings


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        # A preset is told by its name: its parts would fill the screen.
        return ", ".join(str(one["name"] if isinstance(one, dict) else one) for one in value) or "none"
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _value(loaded: Loaded, key: str) -> Any:
    """Return a setting by its dotted path; metric ids hold a dot themselves."""
    value: Any = loaded.config.model_dump()
    rest = key.split(".")
    while rest and isinstance(value, dict):
        for length in range(len(rest), 0, -1):
            name = ".".join(rest[:length])
            if name in value:
                value, rest = value[name], rest[length:]
                break
        else:
            return None
    return value


def _lines(facts: dict[str, Any]) -> list[str]:
    lines = [f"cwtop {facts['version']}", "", "Identity"]
    lines += [f"  {name:<10} {value}" for name, value in facts["identity"].items()] or [
        f"  {facts['problem']}"
    ]
    lines += ["", "Paths"]
    lines += [f"  {name:<22} {value}" for name, value in facts["paths"].items()]
    lines += ["", "Settings (value, where it comes from)"]
    width = max((len(key) for key in facts["settings"]), default=0)
    for key, one in facts["settings"].items():
        lines.append(f"  {key:<{width}}  {one['value']:<32}  {one['source']}")
    lines += ["", "Keys (rebind by id: keys: {pause: space})"]
    lines += [f"  {command:<20} {keys}" for command, keys in facts["keys"].items()]
    return lines
