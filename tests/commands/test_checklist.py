"""`cwtop checklist`: three formats, exit codes, and everything that can be wrong before it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.commands.kit import cwtop
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox
from tui.sources.reads import READS


@pytest.fixture
def gate(sandbox_environment: Sandbox) -> Iterator[Control]:
    control = Control(sandbox_environment.endpoint_url)
    control.clear()
    control.reset_calls()
    yield control
    control.clear()


def test_json_tells_eighteen_items_and_the_exit_code(
    gate: Control, capsys: pytest.CaptureFixture[str]
) -> None:
    done = cwtop(capsys, "checklist", "--format", "json")
    found = json.loads(done.out)
    assert done.code == found["exit_code"] == 2
    assert len(found["items"]) == 18
    assert list(found["items"][0]) == [
        "id", "group", "title", "state", "severity", "evidence", "needs", "fix", "took_s",
    ]  # fmt: skip
    assert sum(found["counts"].values()) == 18
    assert done.err == ""


def test_it_sends_what_watching_may_send_and_nothing_else(
    gate: Control, capsys: pytest.CaptureFixture[str]
) -> None:
    cwtop(capsys, "checklist")
    allowed = {f"{service}:{name}" for service, operations in READS.items() for name in operations}
    sent = {f"{one.service}:{one.operation}" for one in gate.calls().recent}
    # What the sandbox's own workload asks for is not among them.
    assert sent <= allowed, sent - allowed


def test_the_table_is_for_people_and_markdown_for_pages(
    gate: Control, capsys: pytest.CaptureFixture[str]
) -> None:
    table = cwtop(capsys, "checklist").out
    assert "✖ FAIL     Backup policy" in table
    assert "cwtop apply rds-backups --target prod-llmops-postgres --set days=7" in table
    page = cwtop(capsys, "checklist", "--format", "markdown").out
    assert page.startswith("# Checklist\n")
    assert page.count("\n| ") == 18 + 5


def test_a_revoked_permission_is_named(gate: Control, capsys: pytest.CaptureFixture[str]) -> None:
    gate.fail("AccessDeniedException", "application-autoscaling", "DescribeScalableTargets")
    found = json.loads(cwtop(capsys, "checklist", "--format", "json").out)
    (item,) = (one for one in found["items"] if one["id"] == "autoscaling")
    assert (item["state"], item["needs"]) == ("unknown", "application-autoscaling:DescribeScalableTargets")


def test_expired_credentials_are_one_sentence(gate: Control, capsys: pytest.CaptureFixture[str]) -> None:
    gate.fail("ExpiredToken", "sts", "GetCallerIdentity", status=403)
    done = cwtop(capsys, "checklist")
    assert (done.code, done.out) == (77, "")
    assert len(done.err.splitlines()) == 1


def test_nothing_to_verify_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    done = cwtop(capsys, "checklist")
    assert done.code == 64
    assert "Nothing to watch" in done.err


def test_another_account_is_refused(gate: Control, capsys: pytest.CaptureFixture[str]) -> None:
    done = cwtop(capsys, "checklist", "--account", "999999999999")
    assert done.code == 77
    assert "999999999999" in done.err
