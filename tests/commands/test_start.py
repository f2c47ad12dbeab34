"""What is wrong before anything is drawn: configuration, credentials, endpoint, arguments."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.commands.kit import cwtop, is_sentence, process
from tui.sandbox.launcher import Sandbox

PROBLEMS = {
    "bad-yaml": ("region: [\n", ":"),
    "unknown-key": ("region: ap-northeast-2\nregoin: x\n", ":2"),
    "unknown-nested": ("stack:\n  sevices: [web]\n", ":2"),
    "wrong-type": ("stack:\n  services: 7\n", ":2"),
    "duplicate": ("region: eu-west-1\nregion: eu-west-2\n", ":2"),
    "unknown-command": ("keys:\n  pasue: space\n", ":2"),
    "taken-key": ("keys:\n  pause: r\n", ":2"),
    "account-as-number": ("account: 123456789012\n", ":1"),
}


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("command", ["report", "watch", "info"])
def test_a_wrong_configuration_is_64_with_file_and_line(
    name: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, line = PROBLEMS[name]
    path = tmp_path / "stack.yaml"
    path.write_text(text, encoding="utf-8")
    done = cwtop(capsys, command, "--config", str(path))
    assert done.code == 64
    assert f"{path}{line}" in done.err
    assert is_sentence(done.err)
    assert done.out == ""


def test_every_problem_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "stack.yaml"
    path.write_text("regoin: x\nwindow: 2h\nstack:\n  sevices: [web]\n", encoding="utf-8")
    done = cwtop(capsys, "report", "--config", str(path))
    assert done.code == 64
    for line, word in ((1, "region"), (2, "window"), (4, "services")):
        assert any(f"{path}:{line}" in one and word in one for one in done.err.splitlines()), line


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = cwtop(capsys, "watch", "-c", str(tmp_path / "none.yaml"))
    assert done.code == 64
    assert str(tmp_path / "none.yaml") in done.err
    assert is_sentence(done.err)


def test_nothing_to_watch_says_how_to_name_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = cwtop(capsys)
    assert done.code == 64
    assert "--cluster" in done.err
    assert "cwtop demo" in done.err


def test_no_credentials_is_77_and_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = cwtop(capsys, "report", "--region", "ap-northeast-2", "--cluster", "c", "--service", "s")
    assert done.code == 77
    assert "No AWS credentials were found." in done.out + done.err
    assert "aws configure sso" in done.out + done.err


def test_no_region_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    done = cwtop(capsys, "report", "--cluster", "c", "--service", "s")
    assert done.code == 64
    assert "--region" in done.err


def test_an_unreachable_endpoint_is_a_sentence(
    sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        done = cwtop(capsys, "report", "--endpoint-url", url)
    assert done.code == 3
    assert "Cannot reach" in done.out + done.err
    assert "Traceback" not in done.out + done.err


def test_a_profile_that_does_not_exist(
    sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    done = cwtop(capsys, "report", "--profile", "nobody")
    assert done.code == 77
    assert "nobody" in done.out + done.err


def test_watch_without_a_terminal_prints_one_report(sandbox_environment: Sandbox, tmp_path: Path) -> None:
    done = process("watch", folder=tmp_path)
    assert done.code == 2
    assert "Response time" in done.out
    assert "\x1b" not in done.out
    assert done.err == ""


@pytest.mark.parametrize("arguments", [["--debug"], ["--log-file", "/no/such/folder/log"]])
def test_a_log_that_cannot_be_written(
    arguments: list[str], sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    done = cwtop(capsys, "report", *arguments)
    assert done.code == 64
    assert "--log-file" in done.err


@pytest.mark.parametrize("arguments", [["nonsense"], ["demo", "--scenario"], ["sandbox", "--port", "70000"]])
def test_wrong_arguments_are_64(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    done = cwtop(capsys, *arguments)
    assert done.code == 64
    assert is_sentence(done.err)
