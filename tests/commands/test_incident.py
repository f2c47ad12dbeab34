"""`cwtop report --incident`: made from AWS alone, with what a console kept, and every wrong option."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from config.levels import Level
from config.paths import writable_state_dir
from tests.commands.kit import cwtop, is_sentence
from tui.incidentfile import save_kept, stack_file
from tui.runtime import configure
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox
from tui.sources.reads import is_read
from tui.triage.incident import Sighting, tick_id
from tui.triage.record import Cause, Step
from tui.triage.recorder import Recorder


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def gate(sandbox_environment: Sandbox) -> Control:
    control = Control(sandbox_environment.endpoint_url)
    control.clear()
    control.reset_calls()
    return control


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    done = cwtop(capsys, "report", "--incident", "--format", "json", *arguments)
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_the_record_tells_what_broke_and_why(capsys: pytest.CaptureFixture[str], gate: Control) -> None:
    found = as_json(capsys)
    assert found["schema"] == 1
    breaches = {one["id"]: one for one in found["breaches"]}
    assert {"alb.response_time", "rds.cpu"} <= set(breaches)
    slow = breaches["alb.response_time"]
    assert slow["opening_known"]
    assert slow["closed_s"] is None
    assert slow["worst_value"] > slow["limit"]
    assert found["period"]["start_s"] < slow["opened_s"] < found["period"]["end_s"]
    assert "database" in found["explanation"]["summary"].lower()
    assert found["explanation"]["breach"]["id"] in ("alb.response_time", "alb.response_time_p95")
    assert found["explanation"]["steps"]
    kinds = {one["kind"] for one in found["timeline"]}
    assert {"breach", "change"} <= kinds
    assert {one["title"] for one in found["charts"]} >= {"Response time"}
    assert all(one["points"][0][0] >= found["period"]["start_s"] for one in found["charts"])
    assert all(is_read(*name.split(":")) for name in gate.calls().counts)


def test_markdown_is_the_default_and_goes_to_a_file_of_the_owner(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "record.md"
    file.write_text("old")
    file.chmod(0o644)
    done = cwtop(capsys, "report", "--incident", "--since", "1h", "--output", str(file))
    assert (done.code, done.out) == (0, "")
    assert str(file) in done.err
    assert file.read_text().startswith("# Incident ")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_is_written_elsewhere_saying_why(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, state: Path
) -> None:
    done = cwtop(capsys, "report", "--incident", "--output", str(tmp_path / "none" / "record.md"))
    assert done.code == 0
    assert "cannot be written" in done.err
    assert str(state / "cwtop" / "record.md") in done.err
    assert (state / "cwtop" / "record.md").read_text().startswith("# Incident ")


def test_what_a_console_kept_is_in_it(
    capsys: pytest.CaptureFixture[str], sandbox_environment: Sandbox
) -> None:
    seen = as_json(capsys)["breaches"][0]
    recorder = Recorder()
    key = ("state.tasks", "prod-llmops-service")
    recorder.observe(
        [Sighting(key[0], key[1], Level.WARNING, "1 of 2 tasks", seen["opened_s"])], seen["opened_s"] + 60
    )
    step = tick_id(key, "book", 0)
    recorder.tick(step, seen["opened_s"] + 90)
    recorder.explain(Cause("Probably: kept.", steps=(Step(step, "Look"),), breach=key))
    folder = writable_state_dir()
    assert folder is not None
    config = configure({}).config
    save_kept(stack_file(config, folder), recorder.kept, seen["opened_s"] + 3600)
    found = as_json(capsys)
    kept = next(one for one in found["breaches"] if one["id"] == "state.tasks")
    assert (kept["opened_s"], kept["unseen_s"]) == (seen["opened_s"], seen["opened_s"] + 60)
    assert found["explanation"]["summary"] == "Probably: kept."
    assert [one["done"] for one in found["explanation"]["steps"]] == [True]


def test_a_refused_source_is_said_in_it(capsys: pytest.CaptureFixture[str], gate: Control) -> None:
    gate.fail("AccessDenied", "cloudtrail", "LookupEvents", status=403)
    try:
        found = as_json(capsys)
    finally:
        gate.clear()
    assert any("changes was not read" in one for one in found["open_items"])
    assert found["breaches"]


def test_credentials_that_are_not_accepted_are_77(capsys: pytest.CaptureFixture[str], gate: Control) -> None:
    gate.fail("ExpiredTokenException")
    try:
        done = cwtop(capsys, "report", "--incident")
    finally:
        gate.clear()
    assert done.code == 77
    assert is_sentence(done.err)
    assert done.out == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--incident", "--since", "yesterday"], "--since yesterday"),
        (["--incident", "--since", "3d"], "24 hours"),
        (["--incident", "--format", "table"], "markdown or json"),
        (["--output", "x.md"], "--incident"),
    ],
)
def test_a_wrong_option_is_64_and_a_sentence(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = cwtop(capsys, "report", *options)
    assert done.code == 64
    assert said in done.err
    assert is_sentence(done.err)
    assert done.out == ""
