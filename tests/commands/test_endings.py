"""How commands end where the terminal lacks characters, and where cwtop itself is at fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.kit import cwtop, process
from tui.commands import info
from tui.sandbox.launcher import Sandbox


def test_a_report_is_printed_whatever_the_encoding(sandbox_environment: Sandbox, tmp_path: Path) -> None:
    done = process("report", folder=tmp_path, changes={"PYTHONIOENCODING": "ascii"})
    assert done.code == 2, done.err
    assert "? CRITICAL" in done.out
    assert "Traceback" not in done.err


def test_a_fault_of_its_own_is_no_warning(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> int:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(info, "run", fail)
    done = cwtop(capsys, "info")
    assert done.code == 70
    assert "ZeroDivisionError: a fault" in done.err
    assert "please report" in done.err
