"""`cwtop demo`: the console on a sandbox of its own; one report where standard output is no terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import Any

from tui.commands.watch import draw
from tui.runtime import Runtime, StartError, assemble, configure, is_terminal, start_logging
from tui.sandbox.launcher import ACCESS_KEY, SCENARIOS, SECRET_KEY, Sandbox, SandboxError
from tui.sources.session import StaticKeys

EXIT_FAILED = 1
_SCREEN_OPTIONS = ("theme", "window", "read_only")


def run(options: Mapping[str, Any]) -> int:
    """Run the command; returns its exit code."""
    try:
        start_logging(options)
        is_drawn = is_terminal()
        if is_drawn:
            # What the console needs is imported while the sandbox starts.
            threading.Thread(target=_import_ahead, daemon=True).start()
        with start(options) as sandbox:
            for warning in sandbox.warnings:
                sys.stderr.write(f"{warning}\n")
            runtime = runtime_of(sandbox, options)
            if is_drawn:
                outcome = draw(runtime, options)
                return outcome if isinstance(outcome, int) else 0
            from tui.commands.report import print_report

            print_report(runtime, {"output": "table", "since": "1h", "period": "5m"})
            return 0
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FAILED
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def start(options: Mapping[str, Any], port: int = 0) -> Sandbox:
    """Start the sandbox, telling its steps on standard error.

    Raises:
        StartError: There is no such scenario.
        SandboxError: It cannot be started.
    """
    from tui.__main__ import EXIT_USAGE

    if options["scenario"] not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        raise StartError(f"There is no scenario {options['scenario']!r}; choose one of: {known}.", EXIT_USAGE)

    def tell(step: str) -> None:
        sys.stderr.write(f"sandbox: {step}\n")
        sys.stderr.flush()

    return Sandbox.start(options["scenario"], options["seed"], options["speed"], port, on_progress=tell)


def runtime_of(sandbox: Sandbox, options: Mapping[str, Any]) -> Runtime:
    """Return the runtime of a sandbox: its own configuration, endpoint, keys and database.

    Nothing of the machine's environment is looked at: a bastion exports production there.
    """
    chosen = {name: options.get(name) for name in _SCREEN_OPTIONS}
    chosen["endpoint_url"] = sandbox.endpoint_url
    env = {"DATABASE_URL": sandbox.database_url} if sandbox.database_url else {}
    loaded = configure(chosen, path=sandbox.config_path, env=env)
    return assemble(loaded, keys=StaticKeys(ACCESS_KEY, SECRET_KEY), clock=sandbox.clock)


def _import_ahead() -> None:
    import tui.app  # noqa: F401
    import widgets.plot  # noqa: F401
    from tui.sources.session import import_sdk

    import_sdk()
