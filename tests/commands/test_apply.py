"""`cwtop apply` and `cwtop audit` against the sandbox: plan, confirmation, exit codes, undo."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.commands.kit import command_line, environment
from tui.__main__ import EXIT_USAGE
from tui.cli import run
from tui.sandbox.launcher import ACCESS_KEY, SECRET_KEY, Sandbox

SERVICE = "prod-llmops-service"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of this module's own: applying leaves traces (stopped tasks) that others would see."""
    with Sandbox.start("calm", speed=20) as running:
        yield running


pytestmark = pytest.mark.usefixtures("sandbox_environment")


def desired(sandbox: Sandbox) -> int:
    ecs: Any = boto3.client(
        "ecs",
        endpoint_url=sandbox.endpoint_url,
        region_name=sandbox.region,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )
    found = ecs.describe_services(cluster="prod-llmops-cluster", services=[SERVICE])
    return int(found["services"][0]["desiredCount"])


def test_the_plan_is_printed_and_nothing_is_sent(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    before = desired(sandbox)
    code = run(["apply", "ecs-desired-count", "--set", f"desired={before + 1}", "--dry-run"])
    assert code == 0
    text = capsys.readouterr().out
    assert f"desiredCount  {before} -> {before + 1}" in text
    assert f"--desired-count {before + 1}" in text
    assert desired(sandbox) == before


def test_the_same_value_is_blocked(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(
        [
            "apply",
            "ecs-desired-count",
            "--set",
            f"desired={desired(sandbox)}",
            "--dry-run",
            "--format",
            "json",
        ]
    )
    document = json.loads(capsys.readouterr().out)
    assert document["plan"]["blocked"] is True
    assert code == 10


def test_without_a_terminal_it_has_to_be_confirmed(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    before = desired(sandbox)
    assert run(["apply", "ecs-desired-count", "--set", f"desired={before + 1}"]) == EXIT_USAGE
    assert "Add --yes" in capsys.readouterr().err
    assert run(["apply", "ecs-desired-count", "--set", f"desired={before - 1}", "--yes"]) == EXIT_USAGE
    assert f"--confirm {SERVICE}" in capsys.readouterr().err
    code = run(["apply", "ecs-desired-count", "--set", f"desired={before - 1}", "--confirm", "other"])
    assert code == EXIT_USAGE
    assert desired(sandbox) == before


def test_read_only_refuses(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    before = desired(sandbox)
    code = run(["--read-only", "apply", "ecs-desired-count", "--set", f"desired={before + 1}", "--yes"])
    assert code == 10
    assert "Read-only" in capsys.readouterr().out
    assert desired(sandbox) == before


def test_apply_audit_and_undo(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    before = desired(sandbox)
    arguments = ["apply", "ecs-desired-count", "--set", f"desired={before + 1}", "--yes", "--format", "json"]
    assert run(arguments) == 0
    outcome = json.loads(capsys.readouterr().out)["outcome"]
    assert outcome["status"] == "done"
    assert desired(sandbox) == before + 1
    assert run(["audit"]) == 0
    assert outcome["run"] in capsys.readouterr().out
    assert run(["apply", "--undo", outcome["run"], "--confirm", SERVICE]) == 0
    capsys.readouterr()
    assert desired(sandbox) == before
    assert run(["audit", outcome["run"]]) == 0
    assert "taken back by" in capsys.readouterr().out
    assert run(["apply", "--undo", outcome["run"], "--yes"]) == 10
    capsys.readouterr()
    assert run(["audit", "--format", "json"]) == 0
    newest, oldest = json.loads(capsys.readouterr().out)
    assert oldest["undone_by"] == newest["id"]
    assert newest["undo_of"] == oldest["id"] == outcome["run"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["apply"], "--list shows"),
        (["apply", "ecs-desired-cont"], "ecs-desired-count"),
        (["apply", "ecs-desired-count", "--set", "desired"], "field=value"),
        (["apply", "ecs-desired-count", "--set", "desired=many"], "whole number"),
        (["apply", "ecs-desired-count", "--set", "number=1"], "there are: desired"),
        (["apply", "ecs-desired-count", "--target", "other"], "prod-llmops-service"),
        (["apply", "--undo", "none"], "cwtop audit"),
        (["audit", "none"], "There is no run"),
    ],
)
def test_mistakes_say_what_to_write(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == EXIT_USAGE
    assert says in capsys.readouterr().err


def test_the_list_names_all_actions(capsys: pytest.CaptureFixture[str]) -> None:
    from tui.actions.registry import ROWS

    assert run(["apply", "--list"]) == 0
    text = capsys.readouterr().out
    assert all(row.id in text for row in ROWS)


def test_the_fields_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", "ecs-desired-count", "--fields"]) == 0
    assert "--set desired=" in capsys.readouterr().out


def test_a_killed_process_leaves_a_log_that_tells_and_can_be_resumed(
    sandbox: Sandbox, isolated_environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = desired(sandbox)
    log = isolated_environment / ".local/state/cwtop/audit.jsonl"
    arguments = ["apply", "ecs-desired-count", "--set", f"desired={before + 1}", "--yes"]
    with subprocess.Popen(command_line(*arguments), env=environment(), stdout=subprocess.DEVNULL) as running:
        deadline = time.monotonic() + 30
        while not (log.is_file() and '"event": "sent"' in log.read_text()):
            assert time.monotonic() < deadline, "the request is sent"
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    (number,) = (one["id"] for one in audited(capsys))
    assert run(["audit", number]) == 0
    told = capsys.readouterr().out
    assert "cut off after 1 of 1 steps" in told
    assert f"cwtop apply --resume {number}" in told
    assert run(["apply", "--resume", number]) == 0
    capsys.readouterr()
    assert audited(capsys)[0]["state"] == "done"
    assert run(["apply", "--undo", number, "--confirm", SERVICE]) == 0
    assert desired(sandbox) == before


def audited(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    capsys.readouterr()
    assert run(["audit", "--format", "json"]) == 0
    found: list[Any] = json.loads(capsys.readouterr().out)
    return found
