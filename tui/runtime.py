"""What every command starts from: the configuration, the clock, the session, the hub and the log file."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.loader import ConfigError, Loaded, load
from tui.domain.clock import Clock
from tui.keys import known

if TYPE_CHECKING:
    from tui.collect.hub import Hub
    from tui.sources.session import StaticKeys


@dataclass(frozen=True, slots=True)
class Runtime:
    """The parts of a running command."""

    loaded: Loaded
    hub: Hub


@dataclass(frozen=True, slots=True)
class Switch:
    """The console is to start anew with these; nothing of the old one is carried over.

    Attributes:
        profile: AWS profile; None for the default chain.
        region: AWS Region.
    """

    profile: str | None
    region: str


class StartError(Exception):
    """The command cannot start; its text is for standard error.

    Attributes:
        exit_code: 64 for usage and configuration, 77 for credentials.
    """

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


def configure(
    options: Mapping[str, Any], *, path: Path | None = None, env: Mapping[str, str] | None = None
) -> Loaded:
    """Load the configuration and check its keys against the table of commands.

    Raises:
        StartError: With every problem, one a line.
    """
    from tui.__main__ import EXIT_USAGE

    try:
        return load(options, path=path, env=env, commands=known())
    except ConfigError as error:
        raise StartError(str(error), EXIT_USAGE) from error


def require_stack(loaded: Loaded) -> None:
    """Check that there is something to watch.

    Raises:
        StartError: Saying how to name it.
    """
    from tui.__main__ import EXIT_USAGE

    stack = loaded.config.stack
    if not (stack.services or stack.databases or stack.load_balancers or stack.log_groups):
        where = f"{loaded.path} names no resource" if loaded.path else "there is no configuration file"
        raise StartError(
            f"Nothing to watch: {where}. Name your stack, for example: cwtop --cluster prod --service web "
            "--db prod-db --alb prod-alb --log-group /ecs/web; or write ./cwtop.yaml; or try: cwtop demo",
            EXIT_USAGE,
        )


def assemble(loaded: Loaded, keys: StaticKeys | None = None, clock: Clock | None = None) -> Runtime:
    """Make session and hub; no call is sent and boto3 is not imported yet.

    Args:
        loaded: The configuration.
        keys: Credentials of the sandbox; None takes the machine's.
        clock: The sandbox's clock; None takes that of the environment.
    """
    from tui.collect.hub import connect

    hub = connect(loaded.config, clock or Clock.from_environment(), keys=keys)
    return Runtime(loaded, hub)


def start_logging(options: Mapping[str, Any]) -> None:
    """Send the log to --log-file (0600); without one nothing is written anywhere.

    Raises:
        StartError: The file cannot be written.
    """
    from tui.__main__ import EXIT_USAGE

    name = options.get("log_file")
    if not name:
        logging.getLogger().addHandler(logging.NullHandler())
        if options.get("debug"):
            raise StartError("--debug needs --log-file FILE: the screen is taken.", EXIT_USAGE)
        return
    path = Path(name).expanduser()
    try:
        path.touch(mode=0o600)
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise StartError(
            f"{path} cannot be written: {error.strerror}. Name another --log-file.", EXIT_USAGE
        ) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG if options.get("debug") else logging.INFO)
    # Their own debug output holds request bodies and signatures, or says nothing.
    for name in ("botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.INFO)


def is_terminal() -> bool:
    """Return whether there is a terminal to draw on."""
    return sys.stdout.isatty() and sys.stdin.isatty()
