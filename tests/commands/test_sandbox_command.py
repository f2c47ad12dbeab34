"""`cwtop sandbox` and `cwtop demo` as processes: what they print, and that nothing stays behind."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands.kit import command_line, environment, is_sentence, process
from tests.sandbox.kit import wait_until
from tui.__main__ import EXIT_USAGE


@contextmanager
def foreground(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run `cwtop sandbox` until the block ends; gives the process and the lines that it printed."""
    running = subprocess.Popen(
        command_line("sandbox", "--scenario", "calm", *arguments),
        cwd=folder,
        env=environment(TMPDIR=str(folder)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert running.stdout is not None
    lines = []
    try:
        for line in running.stdout:
            lines.append(line)
            if line.startswith("unset"):
                break
        yield running, lines
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def children(pid: int) -> set[int]:
    """Return the processes below a process, however deep."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents.setdefault(parent, []).append(int(folder.name))
    found: set[int] = set()
    queue = [pid]
    while queue:
        below = parents.get(queue.pop(), [])
        found.update(below)
        queue.extend(below)
    return found


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_exports_work_and_nothing_stays_behind(
    number: signal.Signals, tmp_path: Path, public: Path
) -> None:
    with foreground(public) as (running, lines):
        exports = "".join(lines)
        names = {line.split("=")[0].removeprefix("export ") for line in lines if line.startswith("export ")}
        assert {
            "AWS_ENDPOINT_URL",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "DATABASE_URL",
            "CWTOP_CONFIG",
        } <= names
        if number == signal.SIGTERM:
            report = shlex.join(command_line("report"))
            done = subprocess.run(
                ["bash", "-c", f'eval "$1"; {report}', "bash", exports],
                cwd=tmp_path,
                env=environment(AWS_PROFILE="production", AWS_SESSION_TOKEN="old"),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            assert "prod-llmops-alb" in done.stdout
        below = children(running.pid)
        assert len(below) > 2
        running.send_signal(number)
        assert running.wait(10) == (130 if number == signal.SIGINT else 0)
        assert wait_until(lambda: not any(is_alive(pid) for pid in below), 5)
    assert not list(public.glob("cwtop-sandbox-*"))


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = process("sandbox", "--port", port, folder=tmp_path)
    assert done.code == 1
    assert port in done.err
    assert is_sentence(done.err)
    assert done.out == ""


@pytest.mark.parametrize("command", ["demo", "sandbox"])
def test_a_scenario_that_does_not_exist_names_those_that_do(command: str, tmp_path: Path) -> None:
    done = process(command, "--scenario", "apocalypse", folder=tmp_path)
    assert done.code == EXIT_USAGE
    assert "apocalypse" in done.err
    assert "slow-query" in done.err
    assert is_sentence(done.err)


def test_demo_without_a_terminal_prints_the_report_and_ends_with_0(tmp_path: Path, public: Path) -> None:
    # A bastion exports production: nothing of it may be looked at.
    production = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_PROFILE": "production",
        "AWS_REGION": "us-east-1",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "PGHOST": "127.0.0.1",
        "PGPORT": "1",
        "CWTOP_CONFIG": "/no/such/file",
        "CWTOP_REGION": "us-east-1",
        "TMPDIR": str(public),
    }
    done = process("demo", folder=tmp_path, changes=production)
    assert done.code == 0, done.err
    slow = next(line for line in done.out.splitlines() if "Response time" in line and "CRITICAL" in line)
    assert "s" in slow
    assert "\x1b" not in done.out
    assert not list(public.glob("cwtop-sandbox-*"))


def test_a_reader_that_goes_away_is_no_trouble(tmp_path: Path) -> None:
    assert os.name == "posix"
    line = shlex.join(command_line("--help"))
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line} | head -1"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("Usage: cwtop")
