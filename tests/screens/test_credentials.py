"""Credentials that expire: the dialog, the silence on the wire, the way back with the data kept."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screens.kit import QUICK, Seat, runtime_of, seated
from tui.collect import pacing
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox
from widgets.dialogs import MessageDialog

SSO = """
[default]
sso_session = office
sso_account_id = 123456789012
sso_role_name = reader
[sso-session office]
sso_start_url = https://example.com/start
sso_region = ap-northeast-2
"""


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused is asked for again at once, were it not suspended."""
    monkeypatch.setattr(pacing, "REFUSED_S", 0.1)


@pytest.fixture
def sso(isolated_environment: Path, sandbox_environment: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose default profile logs in through SSO; the keys of the session are in the environment."""
    (isolated_environment / "aws-config").write_text(SSO)
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture
def fake_aws(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `aws` on PATH that notes its arguments and mends the credentials; returns where it notes them."""
    notes = tmp_path / "aws-arguments"
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "aws"
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys, urllib.request\n"
        f"open({str(notes)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
        f"url = {sandbox.endpoint_url + '/__cwtop/rules'!r}\n"
        "opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))\n"
        "opener.open(urllib.request.Request(url, method='DELETE')).read()\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return notes


def break_login(notes: Path) -> None:
    (notes.parent / "bin" / "aws").write_text("#!/bin/sh\nexit 3\n")


def noted(notes: Path) -> str:
    return notes.read_text()


def with_terminal(seat: Seat) -> list[str]:
    """Pretend that the terminal can be given away, which the test's driver cannot; return what happened."""
    happened: list[str] = []

    @contextlib.contextmanager
    def suspend() -> Iterator[None]:
        happened.append("given")
        yield
        happened.append("taken back")

    seat.app.suspend = suspend  # type: ignore[method-assign]
    return happened


async def expire(seat: Seat, gate: Control) -> None:
    """Let AWS refuse the credentials from now on, and wait for the dialog."""
    await seat.live()
    gate.fail("ExpiredTokenException", status=400, message="The security token included is expired")
    await seat.until(lambda: isinstance(seat.app.screen, MessageDialog), "the dialog opens")


async def quiet(seat: Seat, gate: Control) -> None:
    """Wait until calls under way have ended, then check that no further AWS call arrives."""
    slots = seat.runtime.hub.scheduler._slots.values()
    await seat.until(lambda: not any(one.is_running and one.job.is_aws for one in slots), "calls end")
    gate.reset_calls()
    # Three rounds of the fastest cadence.
    for _ in range(8):
        await seat.pilot.pause(QUICK.ecs / 2)
    assert gate.calls().counts == {}


async def test_expired_credentials_are_renewed_in_place(
    sso: None, sandbox: Sandbox, gate: Control, fake_aws: Path
) -> None:
    async with seated(runtime_of(sandbox, own_keys=False, cadences=QUICK, database_url=None)) as seat:
        happened = with_terminal(seat)
        await expire(seat, gate)
        assert "aws sso login --use-device-code" in seat.text()
        assert seat.board.views().status.condition == "EXPIRED"
        lines = seat.runtime.hub.lines.added
        await quiet(seat, gate)
        await seat.press("enter")
        await seat.until(lambda: "EXPIRED" not in seat.status, "the console goes on")
        assert noted(fake_aws) == "sso login --use-device-code\n"
        assert happened == ["given", "taken back"]
        await seat.until(lambda: seat.app.screen is seat.console, "the dialog is gone")
        await seat.until(lambda: seat.runtime.hub.lines.added > lines, "the log goes on where it was")
        view = seat.pane("alb").view
        assert view is not None
        assert view.state.kind == "live"
        assert any("Logged in" in one for one in seat.notices)


async def test_later_keeps_the_screen_and_asks_no_more_until_r(
    sso: None, sandbox: Sandbox, gate: Control
) -> None:
    # PostgreSQL goes on, and its snapshots must not open the dialog again.
    async with seated(runtime_of(sandbox, own_keys=False, cadences=QUICK)) as seat:
        await expire(seat, gate)
        await seat.press("escape")
        assert seat.app.screen is seat.console
        await seat.until(lambda: "EXPIRED" in seat.status, "the status line says so")
        assert "EXPIRED" in seat.box("alb").splitlines()[0]
        assert "✖ Response time" in seat.box("alb")
        await quiet(seat, gate)
        assert seat.app.screen is seat.console
        # Still expired: r asks, and is told again.
        await seat.press("r")
        await seat.until(lambda: isinstance(seat.app.screen, MessageDialog), "the dialog opens again")
        await seat.press("escape")
        gate.clear()
        await seat.press("r")
        await seat.until(lambda: "EXPIRED" not in seat.status, "the console goes on")


async def test_a_login_that_fails_is_told(sso: None, sandbox: Sandbox, gate: Control, fake_aws: Path) -> None:
    async with seated(runtime_of(sandbox, own_keys=False, cadences=QUICK, database_url=None)) as seat:
        with_terminal(seat)
        await expire(seat, gate)
        break_login(fake_aws)
        await seat.press("enter")
        await seat.until(lambda: any("ended with 3" in one for one in seat.notices), "the failure is told")
        assert "EXPIRED" in seat.status


async def test_without_the_aws_command_the_way_is_told(
    sso: None, sandbox: Sandbox, gate: Control, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with seated(runtime_of(sandbox, own_keys=False, cadences=QUICK, database_url=None)) as seat:
        with_terminal(seat)
        await expire(seat, gate)
        monkeypatch.setenv("PATH", str(tmp_path))
        await seat.press("enter")
        await seat.until(lambda: any("not installed" in one for one in seat.notices), "it is told")
        assert seat.app.is_running


async def test_plain_keys_cannot_be_renewed_by_a_command(sandbox: Sandbox, gate: Control) -> None:
    async with seated(runtime_of(sandbox, cadences=QUICK, database_url=None)) as seat:
        await expire(seat, gate)
        assert "Close" in seat.text()
        assert "Log in here" not in seat.text()
