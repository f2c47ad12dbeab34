"""Heavy libraries are imported where they are needed and nowhere before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("textual", "rich", "boto3", "botocore", "psycopg", "plotext", "pydantic", "moto", "yaml")


def loaded(code: str) -> set[str]:
    """Return which heavy libraries a fresh interpreter has imported after running code."""
    probe = f"import sys\n{code}\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-P", "-c", probe], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return set(done.stdout.splitlines()[-1].split()) if done.stdout.strip() else set()


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_help_and_version_import_nothing_heavy(argument: str) -> None:
    quiet = "import io\nfrom tui.cli import run\nsys.stdout = io.StringIO()"
    code = f"{quiet}\nrun(['{argument}'])\nsys.stdout = sys.__stdout__"
    assert loaded(code) == set()


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("config.levels", set()),
        ("config.loader", {"pydantic", "yaml"}),
        ("widgets.model", set()),
        ("tui.domain.assess", {"pydantic", "yaml"}),
        ("tui.presenters.panes", {"pydantic", "yaml"}),
        ("tui.collect.scheduler", {"pydantic", "yaml"}),
        ("tui.app", {"pydantic", "yaml", "textual", "rich"}),
    ],
)
def test_modules_import_no_more_than_they_need(module: str, allowed: set[str]) -> None:
    assert loaded(f"import {module}") <= allowed
