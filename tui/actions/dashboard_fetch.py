"""Fetch a CloudWatch dashboard as a piece of configuration: compared with this one, and written to a file.

Nothing in the account changes: the one step writes a file, and undo removes it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from config import paths
from config.schema import Config
from tui.actions.dashboard_publish import dashboard_name, live_body
from tui.actions.local import LOCAL, digest
from tui.actions.protocol import Context, Reading
from tui.domain.dashboardread import Found, read_dashboard
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.forms import Field, FormError
from tui.domain.plan import Call, Change, Check, Expect, Impact, Plan, Step, Verdict

MOST: Final = 20
"""Dashboards that are read, each with a request; that of the configuration first."""


class FetchDashboard:
    """Fetch an existing dashboard."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the dashboards of the account; see `Action.read`."""
        first = dashboard_name(context.config)
        names = _names(context)
        listed = [first, *(one for one in names or () if one != first)]
        bodies = {one: live_body(context, one) for one in listed[:MOST]}
        found = {name: body for name, body in bodies.items() if body is not None}
        known = {
            "config": context.config,
            "region": context.aws.region(),
            "is_listed": names is not None,
            "left": listed[MOST:],
        }
        return Reading(target, {"dashboards": found}, known)

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        choices = tuple(
            (name, f"{name}: {len(body.get('widgets') or ())} widgets")
            for name, body in reading.facts["dashboards"].items()
        ) or (("", "none"),)
        chosen = values.get("dashboard", choices[0][0])
        return (
            Field("dashboard", "Dashboard", "choice", choices[0][0], choices),
            Field("file", "Write to", "text", _default_file(chosen), help="A new file; nothing is replaced."),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        name = values["dashboard"]
        title = f"Fetch the dashboard {name}"
        body = reading.facts["dashboards"].get(name)
        if body is None:
            check = Check(Verdict.BLOCK, "There is no dashboard.", "dashboard-publish makes one.")
            return Plan("dashboard-fetch", title, reading.target, (), (), checks=(check,))
        config: Config = reading.context["config"]
        found = read_dashboard(body, config, str(reading.context["region"]))
        text = fragment(name, found)
        path = _path(values["file"])
        return Plan(
            action="dashboard-fetch",
            title=title,
            target=reading.target,
            changes=_changes(config, found),
            steps=(_step(path, text),) if text else (),
            impact=Impact(text="Nothing in the account changes; a file is written on this machine."),
            checks=_checks(reading, path, text),
            notes=_notes(found, path),
        )


def fragment(name: str, found: Found) -> str:
    """Return what a dashboard adds to the configuration as YAML; "" where it adds nothing."""
    if not found.document:
        return ""
    lines = [f"# From the CloudWatch dashboard {name}."]
    if found.guessed:
        lines.append(f"# Units told from the names, look them over: {', '.join(found.guessed)}")
    written = yaml.safe_dump(found.document, sort_keys=False, allow_unicode=True, width=100)
    return "\n".join(lines) + "\n" + written


def _names(context: Context) -> list[str] | None:
    """Return the names of the account's dashboards; None where they may not be listed."""
    try:
        found = context.pages("cloudwatch", "list_dashboards", "DashboardEntries", cursor="NextToken")
        return [str(one["DashboardName"]) for one in found]
    except SourceError as error:
        if error.kind is not ErrorKind.ACCESS_DENIED:
            raise
        return None


def _default_file(name: str) -> str:
    own = paths.config_file()
    folder = Path.cwd() if own is None else own.parent
    return str(folder / f"dashboard-{re.sub(r'[^A-Za-z0-9_-]', '_', name) or 'none'}.yaml")


def _path(written: str) -> Path:
    if not written:
        raise FormError("file", "Write to: write the path of a file that is not there yet.")
    path = Path(written).expanduser().absolute()
    if path.exists():
        raise FormError("file", f"Write to: {path} is there already; name another file.")
    return path


def _changes(config: Config, found: Found) -> tuple[Change, ...]:
    stack = (
        Change(f"stack.{key}", ", ".join(getattr(config.stack, key)), ", ".join(names))
        for key, names in found.stack.items()
    )
    metrics = (
        Change(f"metrics.{name}", "", f"{one['namespace']} {one['name']}, {one['statistic']}, {one['unit']}")
        for name, one in found.metrics.items()
    )
    limits = (Change(f"thresholds.{name}", "", json.dumps(one)) for name, one in found.thresholds.items())
    return (*stack, *metrics, *limits)


def _step(path: Path, text: str) -> Step:
    gone = {"path": str(path), "digest": None}
    there = {"path": str(path), "digest": digest(text)}
    shown = f"cat > {shlex.quote(str(path))} <<'CWTOP'\n{text}CWTOP"
    return Step(
        f"Write {path}",
        Call(LOCAL, "write_file", {"path": str(path), "text": text}, shown),
        Expect("file", there, 10),
        (Call(LOCAL, "remove_file", there, f"rm {shlex.quote(str(path))}"),),
        Expect("file", gone, 10),
    )


def _checks(reading: Reading, path: Path, text: str) -> tuple[Check, ...]:
    found = []
    if not text:
        found.append(Check(Verdict.BLOCK, "Everything that can be represented is configured already."))
    if not reading.context["is_listed"]:
        text = "The account's dashboards may not be listed: only that of the configuration is offered."
        found.append(Check(Verdict.WARN, text, "Allow cloudwatch:ListDashboards."))
    if left := reading.context["left"]:
        found.append(Check(Verdict.WARN, f"Not read, {MOST} are the most: {', '.join(left)}."))
    return tuple(found)


def _notes(found: Found, path: Path) -> tuple[str, ...]:
    notes = [f"Cannot be represented: {title} ({why})." for title, why in dict.fromkeys(found.left)]
    if found.known:
        notes.insert(0, f"Configured already: {', '.join(found.known)}.")
    if found.document:
        notes.append(f"Lay the keys of {path} into your configuration; cwtop reads them from there only.")
    return tuple(notes)
