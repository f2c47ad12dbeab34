"""What leaves the screen: pictures never replace each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App

from tui import exports


async def test_pictures_of_one_second_are_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tui.exports.time.strftime", lambda _: "cwtop-20260102-030405")
    app: App[None] = App()
    async with app.run_test():
        saved = [exports.save_picture(app).name for _ in range(3)]
    assert saved == [f"cwtop-20260102-030405{suffix}.svg" for suffix in ("", "-2", "-3")]
    assert all((tmp_path / name).read_text().startswith("<svg") for name in saved)
