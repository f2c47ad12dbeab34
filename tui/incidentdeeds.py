"""The actions of the audit log for the incident record, and its two files."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path

from config.files import replace_file
from config.paths import first_writable, state_dir, temporary_dir
from tui.actions.audit import AuditError, AuditLog
from tui.actions.runs import Run
from tui.actions.secrets import masked
from tui.presenters.incident import record_markdown
from tui.presenters.incidentjson import record_json
from tui.triage.record import Deed, Record
from tui.triage.recordparts import epoch_of


def read_runs() -> tuple[tuple[Run, ...], str]:
    """Return the runs of the audit log, and why there are none to read. Blocks."""
    try:
        return tuple(AuditLog.default().runs()), ""
    except AuditError as error:
        return (), f"The audit log was not read: {error}"


def deeds_between(runs: Iterable[Run], start_s: float, end_s: float) -> tuple[Deed, ...]:
    """Return the actions of a period in order of time."""
    found = [deed for deed in map(deed_of, runs) if deed is not None and start_s <= deed.at_s <= end_s]
    return tuple(sorted(found, key=lambda one: one.at_s))


def deed_of(run: Run) -> Deed | None:
    """Return a run as the record tells it; None where its time is damaged."""
    at_s = epoch_of(run.at)
    if at_s is None:
        return None
    changes = tuple(
        (
            one.field,
            str(masked({one.field: one.before})[one.field]),
            str(masked({one.field: one.after})[one.field]),
        )
        for one in run.changes
    )
    return Deed(
        run.id,
        at_s,
        run.title,
        run.who,
        changes,
        run.status,
        run.text,
        sum(one.state == "verified" or (one.state == "sent" and one.expect is None) for one in run.steps),
        len(run.steps),
        run.undo_of,
        run.undone_by,
        run.can_undo,
    )


def write_record(record: Record, *, ascii: bool = False) -> tuple[tuple[Path, Path], str]:
    """Write both files, mode 0600; return them and, where it is elsewhere, why. Blocks.

    Raises:
        OSError: Neither the state directory nor the temporary directory can be written.
    """
    wanted = state_dir()
    folder = first_writable((wanted, temporary_dir()))
    if folder is None:
        raise PermissionError(
            13, f"neither {wanted or '$XDG_STATE_HOME'} nor {temporary_dir()} can be written"
        )
    why = (
        "" if folder == wanted else f"{wanted or 'A state directory'} cannot be written; set XDG_STATE_HOME."
    )
    name = record.incident.id if record.incident is not None else "none"
    stem = f"incident-{name}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(record.made_s))}"
    texts = {
        ".md": record_markdown(record, ascii=ascii),
        ".json": json.dumps(record_json(record), indent=2, ensure_ascii=ascii) + "\n",
    }
    markdown, data = (_write(folder, stem, suffix, text) for suffix, text in texts.items())
    return (markdown, data), why


def write_file(path: Path, text: str) -> None:
    """Write a file whole, mode 0600, in the place of one that is there. Blocks.

    Raises:
        OSError: It cannot be written; a folder that is not there is not made.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(2, f"there is no folder {path.parent}")
    if path.exists() and not path.is_file():
        # A pipe or a device is written to, not replaced; of a folder this tells so.
        with path.open("w", encoding="utf-8") as file:
            file.write(text)
        return
    replace_file(path, text)


def _write(folder: Path, stem: str, suffix: str, text: str) -> Path:
    number = 1
    while True:
        path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        return path
