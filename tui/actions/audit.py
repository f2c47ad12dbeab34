"""The audit log: what was planned, sent, answered and verified, one JSON object a line.

The file is only ever appended to, readable by its owner alone, and flushed to the disk before and after each
request: whenever the process ends, the log tells what was done and what is left.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.paths import AUDIT_FILE, state_dir
from tui.actions.runs import Run, StepRecord, call_to_json, expect_to_json, fold, started_run
from tui.actions.secrets import masked
from tui.domain.plan import Plan


class AuditError(Exception):
    """The log cannot be written; the text says where and why. Then nothing may be applied."""


class AuditLog:
    """The log in a file.

    Args:
        path: The file; it is created with mode 0600.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def default(cls, env: Mapping[str, str] | None = None) -> AuditLog:
        """Return the log below the state directory.

        Raises:
            AuditError: There is no home directory.
        """
        folder = state_dir(env)
        if folder is None:
            raise AuditError(
                "There is no place for the audit log, and nothing is applied without it: set HOME or "
                "XDG_STATE_HOME."
            )
        return cls(folder / AUDIT_FILE)

    def check(self) -> None:
        """Make sure that the log can be written.

        Raises:
            AuditError: It cannot.
        """
        try:
            os.close(self._open())
        except OSError as error:
            raise self._problem(error) from error

    def write(self, run: str, event: str, **details: Any) -> None:
        """Append a line and flush it to the disk; secrets are masked.

        Raises:
            AuditError: It cannot be written.
        """
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"at": moment, "run": run, "event": event, **masked(details)}
        data = (json.dumps(line, ensure_ascii=False, default=str) + "\n").encode("utf-8", "replace")
        try:
            file = self._open()
            try:
                # One write with O_APPEND: lines of two processes do not mix.
                os.write(file, data)
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise self._problem(error) from error

    def runs(self) -> list[Run]:
        """Return all runs, the oldest first; lines that are damaged are left out.

        Raises:
            AuditError: The log cannot be read.
        """
        found: dict[str, Run] = {}
        for line in self._lines():
            if line.get("event") == "started":
                found[str(line["run"])] = started_run(line)
            elif str(line.get("run")) in found:
                fold(found[str(line["run"])], line)
        for run in found.values():
            if run.undo_of in found and run.status == "done":
                found[run.undo_of].undone_by = run.id
            elif run.undo_of in found:
                found[run.undo_of].undo_runs.append(run)
        return list(found.values())

    def find(self, number: str) -> Run | None:
        """Return a run by its number or the beginning of it, None if there is none or several."""
        fitting = [run for run in self.runs() if run.id.startswith(number)]
        exact = [run for run in fitting if run.id == number]
        chosen = exact or fitting
        return chosen[0] if len(chosen) == 1 else None

    def _open(self) -> int:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(self.path, flags, 0o600)

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise AuditError(f"{self.path} cannot be read: {error.strerror}.") from error
        for line in data.splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # A line cut off by a full disk.
            if isinstance(entry, dict):
                yield entry

    def _problem(self, error: OSError) -> AuditError:
        return AuditError(
            f"The audit log {self.path} cannot be written: {error.strerror}. Nothing is applied without it; "
            "make the file writable or set XDG_STATE_HOME."
        )


def started(
    plan: Plan, commands: tuple[str, ...], before: Mapping[str, Any], **origin: Any
) -> dict[str, Any]:
    """Return the details of a run's first line.

    Args:
        plan: What is applied.
        commands: The equivalent command of each step.
        before: Facts before.
        **origin: who, account, region, profile, undo_of.
    """
    return {
        "action": plan.action,
        "title": plan.title,
        "target": plan.target,
        "pid": os.getpid(),
        "host": os.uname().nodename,
        **origin,
        "changes": [[one.field, one.before, one.after] for one in plan.changes],
        "before": before,
        "confirm": plan.confirm,
        "impact": plan.impact.effect.value,
        "irreversible": plan.irreversible,
        "undo_impact": None
        if plan.undo_impact is None
        else [plan.undo_impact.effect.value, plan.undo_impact.text],
        "undo_confirm": plan.undo_confirm,
        "steps": [
            {"text": step.text, "command": command}
            for step, command in zip(plan.steps, commands, strict=True)
        ],
    }


__all__ = ["AuditError", "AuditLog", "Run", "StepRecord", "call_to_json", "expect_to_json", "started"]
