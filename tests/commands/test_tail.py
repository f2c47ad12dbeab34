"""`cwtop tail` as a process: what it prints, how it ends, and what it says when something is wrong."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.commands.kit import command_line, cwtop, environment, is_sentence, process
from tests.commands.test_terminal import terminal
from tui.commands.tail import REQUESTS_PER_S, _pacer
from tui.sandbox.control import Control
from tui.sandbox.launcher import ACCESS_KEY, SECRET_KEY, Sandbox

PATIENCE_S = 30.0
NASTY = "\x1b]0;pwned\x07\x1b[2J\x1b[31mERROR\x1b[0m \u202eevil \x9b5m [/markup] 안녕 😀"

Put = Callable[..., None]


class Group:
    """A log group of the test's own."""

    def __init__(self, name: str, aws: Logs) -> None:
        self.name = name
        self._aws = aws
        self._streams: set[str] = set()

    def put(self, *messages: str, ago_s: float = 5.0, stream: str = "app/1", step_ms: int = 1) -> None:
        """Put events, a millisecond apart."""
        if stream not in self._streams:
            self._streams.add(stream)
            self._aws.call("logs", "create_log_stream", logGroupName=self.name, logStreamName=stream)
        start_ms = int((time.time() - ago_s) * 1000)
        events = [
            {"timestamp": start_ms + number * step_ms, "message": message}
            for number, message in enumerate(messages)
        ]
        self._aws.call(
            "logs", "put_log_events", logGroupName=self.name, logStreamName=stream, logEvents=events
        )

    def delete(self) -> None:
        """Delete it."""
        self._aws.call("logs", "delete_log_group", logGroupName=self.name)


class Logs:
    """The log service of the sandbox, open for every call."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._client: Any = boto3.client(
            "logs",
            endpoint_url=sandbox.endpoint_url,
            region_name=sandbox.region,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )

    def call(self, service: str, method: str, **params: Any) -> Any:
        """Call a method of the client."""
        return getattr(self._client, method)(**params)


@pytest.fixture
def aws(sandbox_environment: Sandbox) -> Logs:
    """What may write into the sandbox."""
    return Logs(sandbox_environment)


@pytest.fixture
def group(aws: Logs, request: pytest.FixtureRequest) -> Iterator[Group]:
    made = Group(f"/test/tail/{abs(hash(request.node.name))}", aws)
    aws.call("logs", "create_log_group", logGroupName=made.name)
    yield made
    if made.name in str(aws.call("logs", "describe_log_groups", logGroupNamePrefix=made.name)):
        made.delete()


@pytest.fixture
def gate(sandbox_environment: Sandbox) -> Iterator[Control]:
    control = Control(sandbox_environment.endpoint_url)
    yield control
    control.clear()


class Tail:
    """A running `cwtop tail`, its lines as they come."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self.process = running
        self.errors: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._read_errors, daemon=True).start()

    def line(self) -> str:
        """Return the next line, waiting for it."""
        return self._lines.get(timeout=PATIENCE_S)

    def complaint(self) -> str:
        """Return what stands on standard error, waiting for something."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.errors:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return "".join(self.errors)

    def end(self, number: signal.Signals) -> tuple[int, float]:
        """Send a signal; return the exit code and how long it took, seconds."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(timeout=PATIENCE_S)
        return code, time.monotonic() - began

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors.append(line)


@contextmanager
def tail(folder: Path, *arguments: str) -> Iterator[Tail]:
    """Run `cwtop tail` with pipes."""
    with subprocess.Popen(
        command_line("tail", *arguments),
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield Tail(running)
        finally:
            running.kill()


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# ---------------------------------------------------------------- a stretch of time


def test_a_stretch_is_printed_in_order(group: Group, capsys: pytest.CaptureFixture[str]) -> None:
    group.put("b", "d", ago_s=5, stream="one", step_ms=1000)
    group.put("a", "c", ago_s=5.5, stream="two", step_ms=1000)
    done = cwtop(capsys, "tail", group.name, "--since", "1m", "--format", "json")
    assert done.code == 0, done.err
    found = objects(done.out)
    assert [one["message"] for one in found] == ["a", "b", "c", "d"]
    assert [one["logStreamName"] for one in found] == ["two", "one", "two", "one"]
    assert list(found[0]) == [
        "timestamp",
        "ingestionTime",
        "logGroupName",
        "logStreamName",
        "message",
        "eventId",
        "late",
    ]
    assert done.err == ""


def test_many_pages_come_whole(group: Group, capsys: pytest.CaptureFixture[str]) -> None:
    for start in range(0, 25_000, 5000):
        group.put(*map(str, range(start, start + 5000)), ago_s=100 - start / 1000)
    done = cwtop(capsys, "tail", group.name, "--since", "5m", "--format", "json")
    found = objects(done.out)
    assert [one["message"] for one in found] == [str(number) for number in range(25_000)]
    assert len({one["eventId"] for one in found}) == 25_000


def test_since_and_until_bound_it(group: Group, capsys: pytest.CaptureFixture[str]) -> None:
    group.put("old", ago_s=120)
    group.put("asked for", ago_s=60)
    group.put("new", ago_s=5)
    done = cwtop(capsys, "tail", group.name, "--since", "90s", "--until", "30s", "--format", "short")
    assert [line.split(" ", 1)[1] for line in done.out.splitlines()] == ["asked for"]


def test_streams_patterns_and_globs(group: Group, capsys: pytest.CaptureFixture[str]) -> None:
    group.put("ERROR of one", "fine", stream="one/1")
    group.put("ERROR of two", stream="two/1")
    base = ("--format", "short", "--filter", "ERROR")
    done = cwtop(capsys, "tail", f"{group.name}:one/", *base)
    assert [line.split(" ", 1)[1] for line in done.out.splitlines()] == ["ERROR of one"]
    done = cwtop(capsys, "tail", f"{group.name[:-1]}*", "--filter-pattern", "ERROR", "--utc")
    assert done.out.count(f"+00:00 {group.name} ") == 2


def test_the_configured_groups_are_the_default(
    sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    done = cwtop(capsys, "tail", "--since", "2m", "--format", "json")
    assert {one["logGroupName"] for one in objects(done.out)} == {"/ecs/prod-llmops-app"}


def test_throttling_is_waited_out(group: Group, gate: Control, capsys: pytest.CaptureFixture[str]) -> None:
    group.put("here")
    gate.fail("ThrottlingException", "logs", "FilterLogEvents", times=3)
    done = cwtop(capsys, "tail", group.name, "--format", "json")
    assert (done.code, [one["message"] for one in objects(done.out)]) == (0, ["here"])
    assert done.err.count("throttles") == 1
    assert is_sentence(done.err)


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "yesterday"], "--since yesterday: neither a duration"),
        (["--since", "5m", "--until", "10m"], "--since 5m: that is not before --until 10m"),
        (["-f", "--until", "5m"], "--until 5m: with --follow there is no end"),
        (["--format", "xml"], "xml"),
        (["arn:aws:logs:eu-west-1:1:log-group:/ecs/app:*"], "write the name, not the ARN: /ecs/app"),
        (["--filter-pattern", "{ $.a = "], "\n  { $.a = \n"),
    ],
)
def test_a_wrong_option_is_64_and_a_sentence(
    options: list[str], said: str, sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    done = cwtop(capsys, "tail", *options)
    assert (done.code, done.out) == (64, "")
    assert said in done.err
    assert is_sentence(done.err)


def test_a_wrong_pattern_is_pointed_at(
    sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    done = cwtop(capsys, "tail", "--filter", "ERROR foo-bar")
    head, pattern, caret = done.err.splitlines()
    assert done.code == 64
    assert '"foo-bar"' in head
    assert pattern[caret.index("^")] in "foo-bar"


def test_without_any_group_it_asks_for_one(
    sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CWTOP_CONFIG")
    done = cwtop(capsys, "tail")
    assert done.code == 64
    assert "cwtop tail /ecs/web" in done.err


@pytest.mark.parametrize("follow", [[], ["-f"]])
def test_a_missing_group_is_4(
    follow: list[str], sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    done = cwtop(capsys, "tail", "/nobody/there", *follow)
    assert (done.code, done.out) == (4, "")
    assert "does not exist" in done.err
    assert is_sentence(done.err)


def test_one_missing_group_leaves_the_others(group: Group, capsys: pytest.CaptureFixture[str]) -> None:
    group.put("here")
    done = cwtop(capsys, "tail", "/nobody/there", group.name, "--format", "json")
    assert (done.code, [one["message"] for one in objects(done.out)]) == (4, ["here"])
    assert done.err.startswith("/nobody/there: ")
    done = cwtop(capsys, "tail", "/nobody/*", group.name, "--format", "json")
    assert (done.code, len(objects(done.out))) == (4, 1)
    assert "No log group matches /nobody/*" in done.err


@pytest.mark.parametrize("follow", [[], ["-f"]])
def test_expired_credentials_are_77(
    follow: list[str], group: Group, gate: Control, capsys: pytest.CaptureFixture[str]
) -> None:
    gate.fail("ExpiredTokenException")
    done = cwtop(capsys, "tail", group.name, *follow)
    assert (done.code, done.out) == (77, "")
    assert "expired" in done.err


def test_another_account_than_the_pinned_one_is_not_printed(
    group: Group, capsys: pytest.CaptureFixture[str]
) -> None:
    group.put("of another account")
    done = cwtop(capsys, "tail", group.name, "--account", "999999999999")
    assert (done.code, done.out) == (77, "")
    assert "123456789012" in done.err


# ---------------------------------------------------------------- following


def test_following_prints_the_backlog_and_then_what_comes(group: Group, tmp_path: Path) -> None:
    group.put("first", "second", ago_s=30)
    with tail(tmp_path, group.name, "-f", "--format", "json") as running:
        assert [json.loads(running.line())["message"] for _ in range(2)] == ["first", "second"]
        group.put("third", ago_s=0)
        assert json.loads(running.line())["message"] == "third"
        code, took_s = running.end(signal.SIGINT)
    assert (code, "".join(running.errors).strip()) == (130, "")
    assert took_s < 2


def test_a_late_event_is_marked(group: Group, tmp_path: Path) -> None:
    group.put("early", ago_s=10)
    with tail(tmp_path, group.name, "-f", "--format", "json") as running:
        assert json.loads(running.line())["late"] is False
        group.put("now", ago_s=0)
        assert json.loads(running.line())["message"] == "now"
        group.put("from before", ago_s=20)
        found = json.loads(running.line())
        assert (found["message"], found["late"]) == ("from before", True)


def test_an_outage_is_waited_out_and_told(group: Group, gate: Control, tmp_path: Path) -> None:
    group.put("before")
    with tail(tmp_path, group.name, "-f", "--format", "json") as running:
        assert json.loads(running.line())["message"] == "before"
        rule = gate.fail("ServiceUnavailableException", "logs", "FilterLogEvents", status=503)
        told = running.complaint()
        gate.remove(rule)
        group.put("after", ago_s=0)
        assert json.loads(running.line())["message"] == "after"
        assert is_sentence(told)
        assert "tries again by itself" in told


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_waits_for_no_call(
    number: signal.Signals, code: int, group: Group, gate: Control, tmp_path: Path
) -> None:
    group.put("here")
    with tail(tmp_path, group.name, "-f") as running:
        running.line()
        gate.reset_calls()
        # Longer than the test's patience: whoever waits for a call fails.
        gate.delay(PATIENCE_S * 2, "logs", "FilterLogEvents")
        deadline = time.monotonic() + PATIENCE_S
        while not gate.calls().counts.get("logs:FilterLogEvents"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        ended, took_s = running.end(number)
    assert ended == code
    assert took_s < 2
    assert "".join(running.errors).strip() == ""


@pytest.mark.parametrize("follow", [[], ["-f"]])
def test_a_reader_that_goes_ends_it_in_peace(follow: list[str], group: Group, tmp_path: Path) -> None:
    group.put(*(f"{number} {'x' * 500}" for number in range(1000)))
    running = subprocess.Popen(
        command_line("tail", group.name, *follow),
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.readline()
    running.stdout.close()
    with running.stderr:
        assert running.wait(timeout=PATIENCE_S) == 0
        assert running.stderr.read() == b""


# ---------------------------------------------------------------- terminals and encodings


def test_nothing_of_a_line_steers_the_terminal(group: Group, tmp_path: Path) -> None:
    group.put(NASTY, ago_s=3)
    with terminal(tmp_path, "tail", group.name, NO_COLOR="1") as seat:
        seat.until(seat.shows("😀"), "the line is printed")
        seat.until(seat.has_ended, "the command ends")
    assert b"\x1b" not in seat.output
    assert b"\x07" not in seat.output
    assert "\u202e" not in seat.output.decode()
    assert "\x9b" not in seat.output.decode()
    assert "ERROR" in seat.output.decode()
    assert "[/markup] 안녕" in seat.output.decode()


def test_a_terminal_gets_a_bad_level_in_colour(group: Group, tmp_path: Path) -> None:
    group.put(NASTY, ago_s=3)
    with terminal(tmp_path, "tail", group.name) as seat:
        seat.until(seat.shows("😀"), "the line is printed")
        seat.until(seat.has_ended, "the command ends")
    assert seat.output.count(b"\x1b") == 2
    assert b"\x1b[31mERROR\x1b[0m" in seat.output


def test_any_encoding_prints_any_line(group: Group, tmp_path: Path) -> None:
    group.put(NASTY)
    changes = {"PYTHONIOENCODING": "ascii"}
    plain = process("tail", group.name, folder=tmp_path, changes=changes)
    assert plain.code == 0, plain.err
    assert "[/markup] ?? ?" in plain.out
    done = process("tail", group.name, "--format", "json", folder=tmp_path, changes=changes)
    assert "[/markup] 안녕 😀" in objects(done.out)[0]["message"]


def test_a_one_shot_read_spares_the_quota_where_the_configuration_does() -> None:
    assert _pacer(2.0).rate == REQUESTS_PER_S
    assert _pacer(0.5).rate == 0.5
