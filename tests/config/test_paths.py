"""Where files live, with and without a home directory that can be written to."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from config.paths import cache_dir, config_file, first_writable, state_dir, temporary_dir, writable_state_dir


@pytest.mark.parametrize(
    ("env", "config", "state", "cache"),
    [
        ({"HOME": "/h"}, "/h/.config/cwtop/config.yaml", "/h/.local/state/cwtop", "/h/.cache/cwtop"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/k"},
         "/c/cwtop/config.yaml", "/s/cwtop", "/k/cwtop"),
        ({"XDG_CONFIG_HOME": "/c"}, "/c/cwtop/config.yaml", None, None),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "relative"},
         "/h/.config/cwtop/config.yaml", "/h/.local/state/cwtop", "/h/.cache/cwtop"),
        ({"HOME": "", "XDG_CONFIG_HOME": ""}, None, None, None),
        ({"HOME": "relative"}, None, None, None),
        ({}, None, None, None),
    ],
)  # fmt: skip
def test_xdg(env: dict[str, str], config: str | None, state: str | None, cache: str | None) -> None:
    told = (config_file(env), state_dir(env), cache_dir(env))
    assert told == tuple(None if one is None else Path(one) for one in (config, state, cache))


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/elsewhere")
    assert state_dir() == Path("/elsewhere/cwtop")


def test_first_writable_passes_over_what_cannot_be_made(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    good = tmp_path / "deep" / "good"
    assert first_writable((None, file, file / "below", good)) == good
    assert good.stat().st_mode & 0o777 == 0o700
    assert first_writable((None, file)) is None
    assert first_writable((good, tmp_path)) == good


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_first_writable_passes_over_a_read_only_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    assert first_writable((closed / "below", closed, tmp_path)) == tmp_path


def test_state_goes_to_a_private_temporary_folder_without_a_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert writable_state_dir({"HOME": str(tmp_path / "home")}) == tmp_path / "home/.local/state/cwtop"
    folder = writable_state_dir({})
    assert folder == temporary_dir() == tmp_path / f"cwtop-{os.geteuid()}"
    folder.chmod(0o777)
    assert writable_state_dir({}) is None
    folder.rmdir()
    folder.symlink_to(tmp_path)
    assert writable_state_dir({}) is None
