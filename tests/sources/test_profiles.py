"""What the AWS configuration file tells about prompting and renewing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.sources.profiles import needs_terminal, read_profiles, renewal, sso_login_command

FILE = """
[default]
region = eu-west-1
[profile sso]
sso_session = corp
[profile legacy]
sso_start_url = https://x
[profile login]
login_session = arn:x
[profile mfa]
role_arn = arn:r
source_profile = default
mfa_serial = arn:mfa
[profile role]
role_arn = arn:r
source_profile = sso
[profile process]
credential_process = /bin/true
[profile loop]
source_profile = loop2
[profile loop2]
source_profile = loop
[sso-session corp]
sso_start_url = https://x
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "config"
    path.write_text(FILE)
    return {"AWS_CONFIG_FILE": str(path)}


@pytest.mark.parametrize(
    ("profile", "kind", "command"),
    [
        ("sso", "sso", ("aws", "sso", "login", "--use-device-code", "--profile", "sso")),
        ("legacy", "sso", ("aws", "sso", "login", "--use-device-code", "--profile", "legacy")),
        ("role", "sso", ("aws", "sso", "login", "--use-device-code", "--profile", "role")),
        ("login", "login", ("aws", "login", "--profile", "login")),
        ("process", "process", ()),
        ("mfa", "keys", ()),
        ("loop", "keys", ()),
        (None, "keys", ()),
    ],
)
def test_renewal(env: dict[str, str], profile: str | None, kind: str, command: tuple[str, ...]) -> None:
    found = renewal(profile, env)
    assert (found.kind, found.command) == (kind, command)
    assert found.sentence.endswith(".")


def test_renewal_follows_aws_profile(env: dict[str, str]) -> None:
    assert renewal(None, {**env, "AWS_PROFILE": "sso"}).kind == "sso"


@pytest.mark.parametrize(
    ("profile", "prompts"), [("mfa", True), ("process", True), ("sso", False), ("none", False)]
)
def test_prompts(env: dict[str, str], profile: str, prompts: bool) -> None:
    assert needs_terminal(profile, env) is prompts


def test_broken_and_missing_files_are_no_profiles(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("no section\n")
    assert read_profiles({"AWS_CONFIG_FILE": str(broken)}) == {}
    assert read_profiles({"AWS_CONFIG_FILE": str(tmp_path / "none")}) == {}


def test_the_login_command_needs_no_browser() -> None:
    assert sso_login_command(None) == ["aws", "sso", "login", "--use-device-code"]
