"""The line of breaches: the worst first, whole sentences, the rest counted; a flash that fades."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from config.levels import Level
from widgets import alertbar
from widgets.alertbar import AlertBar, alert_line
from widgets.cells import cell_len
from widgets.model import AlertView

CPU = AlertView(Level.CRITICAL, "RDS CPU 91 % (> 85 %) for 12 min")
SLOW = AlertView(Level.WARNING, "ALB Response time 600 ms (> 500 ms) for 3 min")


def test_whole_sentences_and_the_number_of_the_others() -> None:
    assert alert_line((CPU, SLOW), 120).plain == f" ✖  {CPU.text}    ▲  {SLOW.text}"
    assert alert_line((CPU, SLOW, SLOW), 60).plain == f" ✖  {CPU.text}   +2 more"
    assert alert_line((CPU,), 60, ascii=True).plain == f" X  {CPU.text}"
    assert alert_line((), 60).plain == ""


@given(st.lists(st.sampled_from([CPU, SLOW]), min_size=1, max_size=8), st.integers(1, 300))
def test_nothing_is_lost_and_only_the_first_may_be_cut(alerts: list[AlertView], width: int) -> None:
    text = alert_line(tuple(alerts), width).plain
    told = sum(text.count(text_of) for text_of in {CPU.text, SLOW.text})
    more = int(text.rsplit("+", 1)[1].split()[0]) if "more" in text else 0
    assert told + more == len(alerts)
    assert told == 1 or cell_len(text) <= width


class Bench(App[None]):
    def compose(self) -> ComposeResult:
        yield AlertBar()


async def test_it_comes_with_a_breach_and_goes_with_it() -> None:
    async with Bench().run_test() as pilot:
        bar = pilot.app.query_one(AlertBar)
        assert not bar.display
        bar.alerts = (AlertView(Level.CRITICAL, "error [/x] \\[b]"),)
        await pilot.pause()
        assert bar.display
        bar.alerts = ()
        await pilot.pause()
        assert not bar.display


async def test_a_flash_fades(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alertbar, "FLASH_S", 0.05)
    async with Bench().run_test() as pilot:
        bar = pilot.app.query_one(AlertBar)
        bar.alerts = (CPU,)
        bar.flash()
        bar.flash()
        assert bar.has_class("-flash")
        for _ in range(200):
            if not bar.has_class("-flash"):
                break
            await pilot.pause(0.02)
        assert not bar.has_class("-flash")
