"""`cwtop sandbox`: the sandbox alone, in the foreground; prints the exports to use it from another shell."""

from __future__ import annotations

import shlex
import signal
import sys
import threading
from collections.abc import Mapping
from types import FrameType
from typing import Any

from tui.commands.demo import EXIT_FAILED, start
from tui.runtime import StartError
from tui.sandbox.launcher import REMOVED_VARIABLES, SandboxError


def run(options: Mapping[str, Any]) -> int:
    """Run until interrupted; returns the exit code."""
    from tui.__main__ import EXIT_INTERRUPTED

    stopped = threading.Event()
    signals: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        signals.append(number)
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        with start(options, options["port"]) as sandbox:
            for warning in sandbox.warnings:
                sys.stderr.write(f"{warning}\n")
            lines = [f"export {name}={shlex.quote(value)}" for name, value in sandbox.environ.items()]
            lines += [f"unset {' '.join(REMOVED_VARIABLES)}"]
            sys.stdout.write("\n".join(lines) + "\n")
            sys.stdout.flush()
            sys.stderr.write("sandbox: ready; paste these lines into another shell. ctrl+c ends it.\n")
            while not stopped.wait(1.0):
                if not sandbox.is_running:
                    sys.stderr.write("The sandbox has ended by itself; start it again.\n")
                    return EXIT_FAILED
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FAILED
    return EXIT_INTERRUPTED if signal.SIGINT in signals else 0
