"""`cwtop checklist`: the eighteen items verified once, printed, and told in the exit code."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from config.checklist import ChecklistItem, load_checklist, user_file
from tui.actions.protocol import Context
from tui.domain.checklist import Verified, exit_code
from tui.domain.errors import ErrorKind, SourceError
from tui.presenters.checklist import document, markdown, plain_text
from tui.runtime import Runtime, StartError, assemble, configure, require_stack, start_logging
from tui.sources.pgaddress import way_of
from tui.triage.checklist.verify import verify

_WIDEST: Final = 120


def run(options: Mapping[str, Any]) -> int:
    """Run the command; returns its exit code: 0 ok, 1 warning, 2 critical, 3 unknown, 64, 77."""
    try:
        start_logging(options)
        loaded = configure(options)
        require_stack(loaded)
        return print_checklist(assemble(loaded), str(options["output"]))
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def print_checklist(runtime: Runtime, output: str) -> int:
    """Verify once and print.

    Raises:
        StartError: No Region, or no accepted credentials.
    """
    catalogue = load_checklist(user_file())
    for problem in catalogue.problems:
        sys.stderr.write(f"{problem}\n")
    hub = runtime.hub
    try:
        _require_identity(runtime)
        found = _verified(runtime, catalogue.items)
    finally:
        hub.stop()
        hub.session.close()
    if output == "json":
        text = json.dumps(document(found, hub.clock.now()), ensure_ascii=False, indent=2)
    elif output == "markdown":
        text = markdown(found)
    else:
        text = plain_text(found, width=min(_WIDEST, shutil.get_terminal_size((100, 24)).columns))
    sys.stdout.write(text.rstrip("\n") + "\n")
    return exit_code(found)


def _verified(runtime: Runtime, items: Sequence[ChecklistItem]) -> tuple[Verified, ...]:
    config, hub = runtime.loaded.config, runtime.hub
    way = way_of(config, hub.session)
    door = way.door() if way is not None else None
    try:
        return asyncio.run(verify(Context(config, hub.session, hub.clock, door), items))
    finally:
        if door is not None:
            door.close()


def _require_identity(runtime: Runtime) -> None:
    """Check who asks: eighteen times "no credentials" would hide the sentence that matters."""
    from tui.__main__ import EXIT_CREDENTIALS, EXIT_USAGE

    session = runtime.hub.session
    try:
        session.region()
        identity = session.identity()
    except SourceError as error:
        if error.kind is ErrorKind.INVALID:
            raise StartError(f"{error.summary} {error.hint}".strip(), EXIT_USAGE) from error
        if error.kind is ErrorKind.EXPIRED_CREDENTIALS:
            raise StartError(f"{error.summary} {error.hint}".strip(), EXIT_CREDENTIALS) from error
        # STS may be out of reach where all else is not: each item tells for itself.
        return
    if identity.is_wrong_account:
        raise StartError(
            f"These credentials belong to account {identity.account}, and `account` pins "
            f"{identity.expected_account}. Choose another --profile, or change `account`.",
            EXIT_CREDENTIALS,
        )
