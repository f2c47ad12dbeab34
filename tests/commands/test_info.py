"""`cwtop info`: where each setting comes from, who is asking, and no secret."""

from __future__ import annotations

import json

import pytest

from tests.commands.kit import cwtop
from tui.keys import COMMANDS
from tui.sandbox.launcher import SECRET_KEY, Sandbox


def test_identity_sources_and_keys(sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    done = cwtop(capsys, "info", "--format", "json", "--read-only")
    assert done.code == 0
    found = json.loads(done.out)
    assert found["identity"]["account"] == "123456789012"
    assert found["identity"]["region"] == "ap-northeast-2"
    assert found["paths"]["configuration"] == str(sandbox_environment.config_path)
    assert found["settings"]["read_only"] == {"value": "true", "source": "--read-only"}
    assert str(sandbox_environment.config_path) in found["settings"]["stack.services"]["source"]
    assert found["settings"]["bell"]["source"] == "default"
    assert set(found["keys"]) == {one.id for one in COMMANDS}


@pytest.mark.parametrize("form", ["table", "json"])
def test_secrets_are_masked(
    form: str, sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sandbox_environment.database_url is not None
    done = cwtop(capsys, "info", "--format", form)
    password = sandbox_environment.database_url.split("@")[0]
    assert "********" in done.out
    for secret in (sandbox_environment.database_url, password, SECRET_KEY):
        assert secret not in done.out + done.err


def test_a_wrong_account_is_told(sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    done = cwtop(capsys, "info", "--account", "999999999999")
    assert "999999999999" in done.out
    assert "will not write" in done.out


def test_without_credentials_it_is_77_with_all_else_told(
    sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    done = cwtop(capsys, "info")
    assert done.code == 77
    assert "No AWS credentials were found." in done.out
    assert "stack.services" in done.out
