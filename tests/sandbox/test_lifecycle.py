"""The sandbox comes up alone, and goes with the process that started it, however that ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
import yaml

from tests.sandbox.kit import DATABASE, client, wait_until
from tui.sandbox.launcher import SCENARIOS, Sandbox, SandboxError
from tui.sandbox.settings import Settings
from tui.sandbox.workspace import PREFIX, Workspace, sweep

ROOT = Path(__file__).resolve().parents[2]
OWNER = """
import sys
from tui.sandbox.launcher import Sandbox
sandbox = Sandbox.start("calm")
print(sandbox.pid, sandbox.directory, flush=True)
sys.stdin.read()
"""


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_everything_goes_when_the_owner_is_killed() -> None:
    owner = subprocess.Popen(
        [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{OWNER}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert owner.stdout is not None
    assert owner.stdin is not None
    child, directory = owner.stdout.readline().split()
    data = Path(os.fsdecode(directory))
    postmaster = int((data / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
    assert is_alive(postmaster)
    assert is_alive(int(child))
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    gone = wait_until(lambda: not (is_alive(int(child)) or is_alive(postmaster) or data.exists()), 1.0)
    owner.stdin.close()
    owner.stdout.close()
    assert gone


def test_postgres_goes_when_the_sandbox_itself_is_killed_and_the_next_start_sweeps() -> None:
    sandbox = Sandbox.start("calm")
    postmaster = int((sandbox.directory / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(sandbox.pid, signal.SIGKILL)
    assert wait_until(lambda: not is_alive(postmaster), 2.0)
    assert sandbox.directory.exists()
    sweep()
    assert not sandbox.directory.exists()
    sandbox.stop()


def test_sweep_spares_a_sandbox_that_runs() -> None:
    workspace = Workspace()
    sweep()
    assert workspace.path.exists()
    assert workspace.path.name.startswith(PREFIX)
    workspace.remove()
    assert not workspace.path.exists()


def test_the_calm_scenario_and_its_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    # What a bastion exports must not reach the sandbox.
    monkeypatch.setenv("DATABASE_URL", "postgresql://production.example/llmops")
    monkeypatch.setenv("PGHOST", "production.example")
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.1:9")
    steps: list[str] = []
    with Sandbox.start("calm", on_progress=steps.append) as sandbox:
        assert steps
        assert sandbox.warnings == ()
        assert sandbox.environ["AWS_ENDPOINT_URL"] == sandbox.endpoint_url
        config = yaml.safe_load(sandbox.config_path.read_text())
        assert config["account"] == "123456789012"
        assert config["stack"]["databases"] == [DATABASE]
        assert sandbox.config_path.stat().st_mode & 0o077 == 0
        assert sandbox.database_url is not None
        with psycopg.connect(sandbox.database_url) as connection:
            rows = connection.execute(
                "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'idx_%'"
            ).fetchall()
            known = connection.execute("SELECT count(*) FROM pg_stat_statements").fetchone()
            superuser = connection.execute("SHOW is_superuser").fetchone()
        assert {row[0] for row in rows} == {
            "idx_pjt_bas_cust_cd",
            "idx_mbr_bas_mbr_uuid",
            "idx_dp_bas_pjt_id",
        }
        assert known is not None
        assert known[0] > 3
        assert superuser == ("off",)
        directory = sandbox.directory
    assert not directory.exists()
    assert not sandbox.is_running


def test_without_postgresql_the_rest_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The path of a Unix socket is limited to 107 bytes: PostgreSQL ends at once.
    deep = tmp_path / ("x" * 90)
    deep.mkdir()
    for folder in (deep, *deep.parents):
        if folder.is_relative_to(Path(tempfile.gettempdir())) and folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o011)
    monkeypatch.setenv("TMPDIR", str(deep))
    with Sandbox.start() as sandbox:
        assert sandbox.database_url is None
        assert "DATABASE_URL" not in sandbox.environ
        assert len(sandbox.warnings) == 1
        assert sandbox.warnings[0].startswith("PostgreSQL could not start: ")
        instance = client(sandbox, "rds").describe_db_instances()["DBInstances"][0]
        assert instance["DBInstanceStatus"] == "failed"
        services = client(sandbox, "ecs").describe_services(
            cluster="prod-llmops-cluster", services=["prod-llmops-service"]
        )["services"]
        assert services[0]["runningCount"] == 2
        logs = client(sandbox, "logs")

        def says_so() -> bool:
            events = logs.filter_log_events(
                logGroupName="/ecs/prod-llmops-app", filterPattern='"database connection failed"'
            )["events"]
            return bool(events)

        assert wait_until(says_so, 15)


def test_a_taken_port_is_a_clear_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=f"^Port {port} is in use by another program; choose another"):
            Sandbox.start("calm", port=port)


@pytest.mark.parametrize(
    ("arguments", "said"), [({"scenario": "nope"}, "choose one of: calm"), ({"speed": 0.0}, "speed")]
)
def test_bad_arguments_are_clear_sentences(arguments: dict[str, object], said: str) -> None:
    with pytest.raises(SandboxError, match=said):
        Sandbox.start(**arguments)  # type: ignore[arg-type]


def test_the_launcher_names_the_scenarios_of_the_settings() -> None:
    assert set(SCENARIOS) == set(Settings.load().scenarios)
