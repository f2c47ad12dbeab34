"""The wheel is built, installed in an empty environment and run from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tui import __version__

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")

pytestmark = [pytest.mark.package, pytest.mark.xdist_group("package"), pytest.mark.timeout(300)]


def environ(home: Path) -> dict[str, str]:
    """Return a bare environment; uv shares the project's cache, so nothing is fetched twice."""
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "UV_INDEX_URL")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(ROOT / ".venv/.cache/uv")),
        "UV_PYTHON_DOWNLOADS": "never",
        **kept,
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("cwtop-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fresh")
    venv = folder / "venv"
    constraints = folder / "constraints.txt"
    run = environ(folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    exported = subprocess.run(
        [
            UV,
            "export",
            "--quiet",
            "--locked",
            "--no-hashes",
            "--no-emit-project",
            "--extra",
            "demo",
            "--no-default-groups",
        ],
        cwd=ROOT,
        env=run,
        check=True,
        capture_output=True,
        text=True,
    )
    constraints.write_text(exported.stdout)
    subprocess.run(
        [
            UV,
            "pip",
            "install",
            "--quiet",
            "--python",
            venv / "bin/python",
            "-c",
            constraints,
            f"{wheel}[demo]",
        ],
        cwd=folder,
        env=run,
        check=True,
    )
    return venv


def test_wheel_holds_code_and_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"tui", "widgets", "config", f"cwtop-{__version__}.dist-info"}
    for needed in ("config/metrics.yaml", "config/thresholds.yaml", "config/sandbox.yaml", "tui/app.tcss"):
        assert needed in names
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]


def test_version_from_anywhere(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "bin/cwtop", "--version"],
        cwd="/",
        env=environ(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == f"cwtop, version {__version__}"


def test_demo_without_a_terminal_prints_the_report(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "bin/cwtop", "demo"],
        cwd="/",
        env=environ(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "CRITICAL" in done.stdout
    for name in ("prod-llmops-service", "prod-llmops-postgres", "prod-llmops-alb"):
        assert name in done.stdout


def test_a_shadowing_module_is_told_in_one_sentence(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text("")
    done = subprocess.run(
        [installed / "bin/cwtop", "--version"],
        cwd="/",
        env=environ(tmp_path) | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 64
    assert "the module 'config' comes from" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
