"""`cwtop apply`: plans a tuning action, asks, applies, verifies; or takes a run back."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from config.problems import meant
from tui.actions.audit import AuditError, Run
from tui.actions.door import Door, closed_reason, open_door
from tui.actions.protocol import Action, Reading
from tui.actions.registry import BY_ID, ROWS, Row, action_of, targets_of
from tui.actions.runner import Runner, Told, undo_plan
from tui.commands.query import stoppable
from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.forms import FormError, filled
from tui.domain.plan import EXIT_CODES, Outcome, Plan, Status
from tui.presenters.plantext import (
    fields_text,
    listing,
    outcome_json,
    plan_json,
    plan_text,
)
from tui.runtime import StartError, configure, start_logging
from widgets.text import one_line


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be applied."""

    action: Action
    reading: Reading
    plan: Plan
    undo_of: str = ""


def run(options: Mapping[str, Any]) -> int:
    """Run the command; returns its exit code: 0 done, 10 blocked, 11 failed, 12 failed and rolled back."""
    from tui.__main__ import EXIT_CREDENTIALS, EXIT_USAGE

    try:
        start_logging(options)
        return _run(options)
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except FormError as error:
        sys.stderr.write(f"{error.text}\n")
        return EXIT_USAGE
    except AuditError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_CODES[Status.BLOCKED]
    except SourceError as error:
        sys.stderr.write(f"{error.summary} {error.hint}".strip() + "\n")
        is_login = error.kind is ErrorKind.EXPIRED_CREDENTIALS
        return EXIT_CREDENTIALS if is_login else EXIT_CODES[Status.FAILED]


def _run(options: Mapping[str, Any]) -> int:
    config = configure(options).config
    if options.get("list"):
        off = closed_reason(config)
        sys.stdout.write(
            listing(
                (row, targets, off or ("" if targets else "nothing of its kind is configured"))
                for row in ROWS
                for targets in [targets_of(row, config)]
            )
        )
        return 0
    wishes = [name for name in ("action", "undo", "resume") if options.get(name)]
    if len(wishes) != 1:
        raise _usage("Which action? Name one that --list shows, or --undo RUN, or --resume RUN.")
    row = _row(str(options["action"])) if options.get("action") else None
    door = open_door(config, Clock.from_environment())
    try:
        if options.get("resume"):
            return _resume(door, options)
        asked = _undo(door, options) if row is None else _plan(door, row, options)
        return EXIT_CODES[Status.DONE] if asked is None else _apply(door, asked, options)
    finally:
        door.close()


# ---------------------------------------------------------------- what is asked


def _row(name: str) -> Row:
    row = BY_ID.get(name)
    if row is None:
        hint = meant(name, BY_ID, otherwise="--list shows all")
        raise _usage(f"There is no action {one_line(name, 80)} ({hint}).")
    return row


def _target(row: Row, door: Door, wanted: str | None) -> str:
    targets = targets_of(row, door.context.config)
    if not targets:
        kind = row.kind.replace("_", " ")
        raise _usage(
            f"{row.id} needs a {kind}, and none is configured; name one, for example with --service."
        )
    if wanted is None and len(targets) == 1:
        return targets[0]
    if wanted not in targets:
        raise _usage(f"To which one? Add --target with one of: {', '.join(targets)}.")
    return str(wanted)


def _plan(door: Door, row: Row, options: Mapping[str, Any]) -> _Asked | None:
    """Return the plan; None where only the fields were wanted."""
    action = action_of(row)
    reading = action.read(door.context, _target(row, door, options.get("target")))
    given = dict(_value(one) for one in options.get("values") or ())
    fields = action.form(reading, given)
    if options.get("fields"):
        sys.stdout.write(fields_text(fields))
        return None
    return _Asked(action, reading, action.plan(reading, filled(fields, given)))


def _value(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not equals:
        raise _usage(f"--set {one_line(written, 80)}: write it as field=value.")
    return name.strip(), value


def _found(door: Door, number: str) -> Run:
    run = door.log.find(number)
    if run is None:
        raise _usage(f"There is no run {one_line(number, 40)} in {door.log.path}; cwtop audit lists them.")
    identity = door.context.aws.identity()
    if run.account and (run.account, run.region) != (identity.account, identity.region):
        raise _usage(
            f"Run {run.id} was in account {run.account}, {run.region}; these credentials are for "
            f"{identity.account}, {identity.region}. Choose that --profile and --region."
        )
    return run


def _undo(door: Door, options: Mapping[str, Any]) -> _Asked:
    run = _found(door, str(options["undo"]))
    action = action_of(_row(run.action))
    reading = action.read(door.context, run.target)
    return _Asked(action, reading, undo_plan(run, reading), run.id)


# ---------------------------------------------------------------- what is done


def _apply(door: Door, asked: _Asked, options: Mapping[str, Any]) -> int:
    as_json = options.get("output") == "json"
    plan = asked.plan
    if not as_json:
        sys.stdout.write(plan_text(plan))
        sys.stdout.flush()
    outcome: Outcome | None = None
    is_left = False
    if plan.is_blocked:
        outcome = Outcome(Status.BLOCKED, " ".join(plan.reasons))
    elif door.closed and not options.get("dry_run"):
        outcome = Outcome(Status.BLOCKED, door.closed)
    elif options.get("dry_run"):
        outcome = None
    elif not _confirmed(plan, options):
        outcome = Outcome(Status.BLOCKED, "Not confirmed: nothing was changed.")
    else:
        with stoppable() as stop:
            runner = Runner(door.context, door.write, door.log, _teller(), stop)
            outcome = runner.apply(asked.action, asked.reading, plan, undo_of=asked.undo_of)
            is_left = stop.is_set()
    return _end(plan, outcome, as_json=as_json, is_left=is_left)


def _resume(door: Door, options: Mapping[str, Any]) -> int:
    run = _found(door, str(options["resume"]))
    if run.is_over or run.is_alive:
        raise _usage(f"Run {run.id} is {run.status or f'going on in process {run.pid}'}: nothing to resume.")
    with stoppable() as stop:
        outcome = Runner(door.context, door.write, door.log, _teller(), stop).resume(run)
        is_left = stop.is_set()
    return _end(None, outcome, as_json=options.get("output") == "json", is_left=is_left)


def _confirmed(plan: Plan, options: Mapping[str, Any]) -> bool:
    """Ask, unless the options answer.

    Raises:
        StartError: There is no terminal to ask on, or the name is not the one.
    """
    typed = options.get("confirm")
    if plan.confirm and typed is not None:
        if typed != plan.confirm:
            raise _usage(
                f"--confirm {one_line(str(typed), 80)} is not the name of what is affected: {plan.confirm}."
            )
        return True
    if not plan.confirm and options.get("yes"):
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        needed = f"--confirm {plan.confirm}" if plan.confirm else "--yes"
        raise _usage(f"There is no terminal to confirm on: nothing was changed. Add {needed} to apply it.")
    if plan.confirm:
        question = f"Service is affected ({plan.impact.effect.value}). Type {plan.confirm} to apply: "
        return _answer(question) == plan.confirm
    return _answer("Apply? [y/N] ").lower() in ("y", "yes")


def _answer(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _teller() -> Callable[[Told], None]:
    """Return what tells the progress: on one line of a terminal, else each news on a line of its own."""
    last = ""

    def tell(told: Told) -> None:
        nonlocal last
        text = f"[{told.step + 1}/{told.of}] {one_line(told.text, 150)}"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{text}")
        elif text != last:
            sys.stderr.write(f"{text}\n")
        last = text
        sys.stderr.flush()

    return tell


def _end(plan: Plan | None, outcome: Outcome | None, *, as_json: bool, is_left: bool = False) -> int:
    """Print how it ended; returns the exit code, that of an interrupt where it is no longer watched."""
    from tui.__main__ import EXIT_INTERRUPTED

    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    if as_json:
        document = {
            "plan": None if plan is None else plan_json(plan),
            "outcome": None if outcome is None else outcome_json(outcome),
        }
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    if outcome is None:
        return EXIT_CODES[Status.DONE]
    if not as_json:
        sys.stdout.write(f"\n{one_line(f'{outcome.text} {outcome.hint}'.strip(), 4000)}\n")
        if outcome.run and outcome.can_undo:
            sys.stdout.write(f"Take it back: cwtop apply --undo {outcome.run}\n")
    if is_left and outcome.status is Status.UNSTABLE:
        return EXIT_INTERRUPTED
    return EXIT_CODES[outcome.status]


def _usage(text: str) -> StartError:
    from tui.__main__ import EXIT_USAGE

    return StartError(text, EXIT_USAGE)
