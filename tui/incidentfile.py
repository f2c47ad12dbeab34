"""The recorder's state between two consoles of one stack: a small file of the user's own."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from config.files import replace_file
from config.levels import Level
from config.schema import Config
from tui.triage.incident import MOST_BREACHES, Breach, Incident, Sighting, Tick
from tui.triage.record import Cause, Step
from tui.triage.recorder import Kept, Mute
from widgets.text import one_line

SCHEMA: Final = 1
MOST_AGE_S: Final = 86_400.0
"""An older state is of another day's trouble, seconds."""
_MOST_BYTES: Final = 1_000_000
_MOST_TICKS: Final = 500
_MOST_EVIDENCE: Final = 100
_ID: Final = 700


def stack_file(config: Config, folder: Path) -> Path:
    """Return where the state of a stack is kept."""
    where = json.dumps(
        [config.region, config.profile, config.endpoint_url, config.stack.model_dump()], sort_keys=True
    )
    return folder / f"incident-{hashlib.sha256(where.encode()).hexdigest()[:16]}.json"


def save_kept(file: Path, kept: Kept, at_s: float) -> None:
    """Write the state, mode 0600, whole at every moment. Blocks.

    Raises:
        OSError: It cannot be written.
    """
    incident = kept.incident
    document = {
        "schema": SCHEMA,
        "at_s": at_s,
        "incident": None if incident is None else asdict(incident),
        "mutes": [
            {"id": key[0], "resource": key[1], "level": one.level.value, "until_s": one.until_s}
            for key, one in kept.mutes.items()
        ],
        "cause": None if kept.cause is None else asdict(kept.cause),
    }
    replace_file(file, json.dumps(document, ensure_ascii=False, default=_level) + "\n")


def load_kept(file: Path, now_s: float) -> tuple[Kept, str]:
    """Return the state of a file, and a sentence where it was damaged (it is then set aside). Blocks.

    An absent file, and one older than `MOST_AGE_S`, give an empty state and no sentence.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise ValueError("too large")
        document = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise ValueError("another schema")
        if now_s - _time(document["at_s"]) > MOST_AGE_S:
            return Kept(), ""
        return _kept(document), ""
    except FileNotFoundError:
        return Kept(), ""
    except OSError as error:
        return Kept(), f"The state of the incident, {file}, cannot be read: {error.strerror}."
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return Kept(), _set_aside(file)


def _set_aside(file: Path) -> str:
    aside = file.with_suffix(".damaged")
    told = f"The state of the incident, {file}, is damaged: breaches before this start are not in the record"
    try:
        os.replace(file, aside)
    except OSError as error:
        return f"{told}, and it cannot be set aside: {error.strerror}."
    return f"{told}. It was set aside as {aside}."


def _kept(document: Mapping[str, Any]) -> Kept:
    entry = document["incident"]
    mutes = {
        (str(one["id"]), str(one["resource"])): Mute(
            Level(one["level"]), None if one["until_s"] is None else _time(one["until_s"])
        )
        for one in document["mutes"][:MOST_BREACHES]
    }
    cause = document["cause"]
    return Kept(None if entry is None else _incident(entry), mutes, None if cause is None else _cause(cause))


def _cause(entry: Mapping[str, Any]) -> Cause:
    metric, resource = entry["breach"]
    steps = tuple(
        Step(one_line(str(one["id"]), _ID), one_line(str(one["text"]), 500)) for one in entry["steps"][:50]
    )
    return Cause(
        one_line(str(entry["summary"]), 1000),
        tuple(_indented(str(one)) for one in entry["evidence"][:_MOST_EVIDENCE]),
        one_line(str(entry["runbook"]), 200),
        steps,
        (str(metric), str(resource)),
        None if entry["made_s"] is None else _time(entry["made_s"]),
        one_line(str(entry["zone"]), 20),
        bool(entry["is_sure"]),
    )


def _indented(text: str) -> str:
    return ("  " if text.startswith("  ") else "") + one_line(text.strip(), 1000)


def _incident(entry: Mapping[str, Any]) -> Incident:
    breaches = tuple(_breach(one) for one in entry["breaches"][:MOST_BREACHES])
    if not breaches:
        raise ValueError("an incident without a breach")
    ticked = tuple(
        Tick(one_line(str(one["id"]), _ID), _time(one["at_s"])) for one in entry["ticked"][:_MOST_TICKS]
    )
    return Incident(
        one_line(str(entry["id"]), 40),
        _time(entry["opened_s"]),
        breaches,
        _time(entry["seen_s"]),
        ticked,
        int(entry["left_out"]),
    )


def _breach(entry: Mapping[str, Any]) -> Breach:
    closed = entry["closed_s"]
    return Breach(
        _sighting(entry["worst"]),
        Level(entry["level"]),
        _time(entry["opened_s"]),
        None if closed is None else _time(closed),
        bool(entry["is_opening_known"]),
        None if entry["unseen_s"] is None else _time(entry["unseen_s"]),
    )


def _sighting(entry: Mapping[str, Any]) -> Sighting:
    return Sighting(
        one_line(str(entry["id"]), 200),
        one_line(str(entry["resource"]), 300),
        Level(entry["level"]),
        one_line(str(entry["sentence"]), 500),
        None if entry["since_s"] is None else _time(entry["since_s"]),
        one_line(str(entry["title"]), 200),
        one_line(str(entry["unit"]), 20),
        _number(entry["value"]),
        _number(entry["limit"]),
        bool(entry["below"]),
        bool(entry["is_from_start"]),
    )


def _time(value: Any) -> float:
    moment = float(value)
    if not 0 <= moment < 1e11:
        raise ValueError("no time")
    return moment


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _level(value: Any) -> str:
    if isinstance(value, Level):
        return value.value
    raise TypeError(f"{type(value).__name__} is not kept")
