"""Which layer wins, and that each setting says where it came from."""

# ruff: noqa: E501 - tables and messages read best whole

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.loader import ConfigError, load
from tests.config.kit import problems, read, write

FILE = """\
region: eu-west-1
profile: prod
stack:
  cluster: file-cluster
  services: [web, worker]
thresholds:
  ecs.cpu: {warning: 75}
profiles:
  prod:
    region: eu-west-2
    read_only: true
    stack: {services: [prod-web]}
    thresholds:
      ecs.cpu: {critical: 95}
  dev:
    region: eu-west-3
"""
TABLES = FILE.replace("region: eu-west-1\n", "")


@pytest.mark.parametrize(
    ("options", "env", "text", "region", "source"),
    [
        ({"region": "us-east-1"}, {"CWTOP_REGION": "us-east-2"}, FILE, "us-east-1", "--region"),
        ({}, {"CWTOP_REGION": "us-east-2", "AWS_REGION": "us-west-1"}, FILE, "us-east-2", "CWTOP_REGION"),
        ({}, {"AWS_REGION": "us-west-1"}, FILE, "eu-west-2", "profile table prod (stack.yaml:10)"),
        ({"profile": "dev"}, {}, FILE, "eu-west-3", "profile table dev (stack.yaml:16)"),
        ({}, {"CWTOP_PROFILE": "dev"}, FILE, "eu-west-3", "profile table dev (stack.yaml:16)"),
        ({"profile": "other"}, {"AWS_REGION": "us-west-1"}, FILE, "eu-west-1", "stack.yaml:1"),
        ({"profile": "other"}, {"AWS_REGION": "us-west-1", "AWS_DEFAULT_REGION": "us-west-2"}, TABLES, "us-west-1", "AWS_REGION"),
        ({"profile": "other"}, {"AWS_DEFAULT_REGION": "us-west-2"}, TABLES, "us-west-2", "AWS_DEFAULT_REGION"),
        ({"profile": "other"}, {"CWTOP_REGION": "", "AWS_REGION": ""}, TABLES, None, "default"),
        ({"profile": "other", "region": None}, {}, TABLES, None, "default"),
    ],
)  # fmt: skip
def test_region(
    tmp_path: Path, options: dict[str, Any], env: dict[str, str], text: str, region: str | None, source: str
) -> None:
    loaded = read(tmp_path, text, options, env)
    assert loaded.config.region == region
    assert loaded.sources["region"].replace(f"{tmp_path}/", "") == source


def test_aws_profile_chooses_a_table_but_the_file_wins(tmp_path: Path) -> None:
    loaded = read(tmp_path, FILE, env={"AWS_PROFILE": "dev"})
    assert (loaded.config.profile, loaded.table) == ("prod", "prod")
    loaded = read(tmp_path, FILE.replace("profile: prod\n", ""), env={"AWS_PROFILE": "dev"})
    assert (loaded.config.profile, loaded.table, loaded.sources["profile"]) == ("dev", "dev", "AWS_PROFILE")
    assert loaded.config.region == "eu-west-3"


def test_mappings_merge_and_lists_replace(tmp_path: Path) -> None:
    loaded = read(tmp_path, FILE, {"databases": ("db1",), "services": ()})
    stack = loaded.config.stack
    assert (stack.cluster, stack.services, stack.databases) == ("file-cluster", ("prod-web",), ("db1",))
    cpu = loaded.config.thresholds["ecs.cpu"]
    assert (cpu.goal, cpu.warning, cpu.critical) == (60, 75, 95)
    short = {key: value.replace(f"{tmp_path}/", "") for key, value in loaded.sources.items()}
    assert short["thresholds.ecs.cpu.goal"] == "default"
    assert short["thresholds.ecs.cpu.warning"] == "stack.yaml:7"
    assert short["thresholds.ecs.cpu.critical"] == "profile table prod (stack.yaml:14)"
    assert short["stack.databases"] == "--db"
    assert short["stack.load_balancers"] == "default"


@pytest.mark.parametrize(
    ("options", "env", "expected", "source"),
    [
        ({}, {}, True, "profile table prod (stack.yaml:11)"),
        ({"read_only": False}, {}, False, "--write"),
        ({"read_only": None}, {"CWTOP_READ_ONLY": "0"}, False, "CWTOP_READ_ONLY"),
        ({"profile": "dev", "read_only": True}, {}, True, "--read-only"),
        ({"profile": "dev"}, {}, False, "default"),
    ],
)
def test_read_only(
    tmp_path: Path, options: dict[str, Any], env: dict[str, str], expected: bool, source: str
) -> None:
    loaded = read(tmp_path, FILE, options, env)
    assert loaded.config.read_only is expected
    assert loaded.sources["read_only"].replace(f"{tmp_path}/", "") == source


def test_every_variable_sets_its_setting() -> None:
    loaded = load(
        env={
            "CWTOP_PROFILE": "p", "CWTOP_REGION": "eu-west-1", "CWTOP_ACCOUNT": "012345678901",
            "CWTOP_ENDPOINT_URL": "http://127.0.0.1:1", "CWTOP_READ_ONLY": "yes", "CWTOP_CLUSTER": "c",
            "CWTOP_SERVICE": "a, b", "CWTOP_DB": "d", "CWTOP_ALB": "e", "CWTOP_LOG_GROUP": "/f,/g",
            "CWTOP_DATABASE_URL": "postgresql://h/d", "CWTOP_THEME": "nord", "CWTOP_WINDOW": "3h",
            "CWTOP_BELL": "1", "CWTOP_LOG_LINES": "5000",
        }
    )  # fmt: skip
    config = loaded.config
    assert (config.profile, config.region, config.account) == ("p", "eu-west-1", "012345678901")
    assert (config.endpoint_url, config.read_only, config.theme) == ("http://127.0.0.1:1", True, "nord")
    assert config.stack.model_dump() == {
        "cluster": "c", "services": ("a", "b"), "databases": ("d",), "load_balancers": ("e",), "log_groups": ("/f", "/g"),
        "dashboard": None,
    }  # fmt: skip
    assert (config.database_url, config.window, config.bell, config.log_lines) == (
        "postgresql://h/d",
        "3h",
        True,
        5000,
    )
    assert loaded.sources["stack.services"] == "CWTOP_SERVICE"
    assert loaded.where("stack.services") == (None, None)


def test_bad_variables_and_options_are_named() -> None:
    env = {
        "CWTOP_READ_ONLY": "maybe", "CWTOP_LOG_LINES": "many", "CWTOP_WINDOW": "2d", "AWS_REGION": "seoul",
        "CWTOP_DATABASE_URL": "mysql://root:hunter2@h/d", "CWTOP_DB": "Prod",
    }  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        load({"account": "12", "services": ("a b",)}, env=env)
    assert str(caught.value).splitlines() == [
        'CWTOP_READ_ONLY: wants 1 or 0, got "maybe" (unset it, or export CWTOP_READ_ONLY=1)',
        'CWTOP_LOG_LINES: wants a whole number, got "many" (unset it, or export CWTOP_LOG_LINES=100000)',
        'AWS_REGION: "seoul" is not the name of a Region (for example ap-northeast-2)',
        'CWTOP_WINDOW: wants 15m, 1h, 3h, 12h, 24h or 7d, got the text "2d"',
        "CWTOP_DATABASE_URL: is not a PostgreSQL address (write postgresql://user@host:5432/database)",
        'CWTOP_DB: "Prod" cannot be the name of a DB instance (RDS keeps it in lower case: prod)',
        '--account: "12" is not an account number (it has twelve digits)',
        '--service: "a b" cannot be the name of an ECS service (letters, digits, _ and -)',
    ]


@pytest.mark.parametrize(
    ("ignore", "endpoint", "source"),
    [
        ("", "http://127.0.0.1:5000", "AWS_ENDPOINT_URL"),
        ("false", "http://127.0.0.1:5000", "AWS_ENDPOINT_URL"),
        ("true", None, "default (AWS_ENDPOINT_URL is passed over: AWS_IGNORE_CONFIGURED_ENDPOINT_URLS)"),
        ("TRUE", None, "default (AWS_ENDPOINT_URL is passed over: AWS_IGNORE_CONFIGURED_ENDPOINT_URLS)"),
    ],
)
def test_endpoint_of_the_sdk(ignore: str, endpoint: str | None, source: str) -> None:
    env = {"AWS_ENDPOINT_URL": "http://127.0.0.1:5000", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": ignore}
    loaded = load(env=env)
    assert (loaded.config.endpoint_url, loaded.sources["endpoint_url"]) == (endpoint, source)


def test_database_url_is_the_lowest_and_foreign_ones_are_passed_over(tmp_path: Path) -> None:
    env = {"DATABASE_URL": "postgres://u:p@h/d"}
    assert load(env=env).config.database_url == "postgres://u:p@h/d"
    loaded = read(tmp_path, "database_url: postgresql://file/d\n", env=env)
    assert loaded.config.database_url == "postgresql://file/d"
    assert "postgresql://file" not in repr(loaded)
    loaded = load(env={"DATABASE_URL": "mysql://u:p@h/d"})
    assert loaded.config.database_url is None
    assert (
        loaded.sources["database_url"] == "default (DATABASE_URL is passed over: not a postgresql:// address)"
    )


def test_finding_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    monkeypatch.chdir(work)
    env = {"HOME": str(home)}
    assert load(env=env).path is None
    assert load(env={}).path is None
    user = home / ".config" / "cwtop" / "config.yaml"
    user.parent.mkdir(parents=True)
    user.write_text("theme: user\n")
    assert load(env=env).path == user
    moved = tmp_path / "xdg" / "cwtop" / "config.yaml"
    moved.parent.mkdir(parents=True)
    moved.write_text("theme: xdg\n")
    env["XDG_CONFIG_HOME"] = str(tmp_path / "xdg")
    assert load(env=env).config.theme == "xdg"
    (work / "cwtop.yaml").write_text("theme: local\n")
    loaded = load(env=env)
    assert (loaded.config.theme, loaded.path) == ("local", work / "cwtop.yaml")
    assert loaded.sources["theme"] == f"{work}/cwtop.yaml:1"
    env["CWTOP_CONFIG"] = str(write(tmp_path, "theme: named\n"))
    assert load(env=env).config.theme == "named"
    assert load({"config_path": str(user)}, env=env).config.theme == "user"
    assert load({"config_path": str(user)}, path=moved, env=env).config.theme == "xdg"


def test_a_named_file_must_be_readable(tmp_path: Path) -> None:
    missing = tmp_path / "none.yaml"
    with pytest.raises(ConfigError) as caught:
        load(env={"CWTOP_CONFIG": str(missing)})
    assert str(caught.value) == (
        f"{missing}: there is no such file (CWTOP_CONFIG names it; write it, or leave the name out)"
    )
    with pytest.raises(ConfigError, match="--config names it"):
        load(path=missing, env={})
    with pytest.raises(ConfigError) as caught:
        load(path=tmp_path, env={})
    assert str(caught.value) == f"{tmp_path}: cannot be read: is a directory (name a file that you may read)"


def test_lines_are_told_for_any_setting(tmp_path: Path) -> None:
    loaded = read(
        tmp_path, "keys:\n  pause: f5\nprofiles:\n  dev:\n    keys: {quit: x}\n", {"profile": "dev"}
    )
    file = str(tmp_path / "stack.yaml")
    assert loaded.where("keys.pause") == (file, 2)
    assert loaded.where("keys.quit") == (file, 5)
    assert loaded.where("keys.help") == (None, None)
    assert problems(tmp_path, "keys:\n  pause: f77\n", commands={"pause": ("p", "console")}) == [
        'stack.yaml:2: keys.pause: there is no key "f77" (did you mean "f7"?)'
    ]
