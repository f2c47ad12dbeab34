"""The status line and the hints: what stays when room is short."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content
from textual.geometry import Region

from config.levels import Level
from tests.widgets.kit import HOSTILE, Bench, painted, shown
from widgets.cells import cell_len
from widgets.hints import HintBar, hint_line
from widgets.model import StatusView
from widgets.onerow import changed_cells
from widgets.statusbar import StatusBar, bar, fitted, parts

FULL = StatusView(
    level=Level.CRITICAL,
    summary="2 critical, 1 warning",
    stack="prod-llmops",
    profile="prod",
    account="123456789012",
    region="ap-northeast-2",
    endpoint="http://127.0.0.1:53211",
    read_only="--read-only",
    window="1h",
    age="12s",
    next_refresh="48s",
    calls_per_minute="3.1",
    dollars_per_hour="$0.03",
    condition="THROTTLED 8s",
    skew="clock +37s",
)


def test_a_wide_bar_says_everything() -> None:
    text = bar(FULL, 240).plain
    for part in (
        "✖ 2 critical, 1 warning", "THROTTLED 8s", "READ-ONLY --read-only", "ENDPOINT 127.0.0.1:53211",
        "prod-llmops", "profile prod", "123456789012", "ap-northeast-2", "window 1h", "12s", "next 48s",
        "3.1 calls/min", "$0.03/h", "clock +37s",
    ):  # fmt: skip
        assert part in text


@pytest.mark.parametrize("width", range(72, 241, 7))
def test_level_account_badges_and_condition_always_stay(width: int) -> None:
    text = bar(FULL, width).plain
    assert len(text) == width
    assert "CRITICAL" in text or "2 critical" in text
    for part in ("THROTTLED 8s", "READ-ONLY", "ENDPOINT", "123456789012"):
        assert part in text


def test_a_narrow_bar_is_still_one_line() -> None:
    for width in range(1, 72):
        assert bar(FULL, width).cell_length == width


def test_what_must_stay_is_never_left_out_for_want_of_room() -> None:
    kept = [text for text, _ in fitted(parts(FULL), 10)]
    assert [text.strip() for text in kept] == [
        "✖ CRITICAL",
        "THROTTLED 8s",
        "READ-ONLY",
        "ENDPOINT",
        "123456789012",
    ]


def test_the_wrong_account_is_said_in_words() -> None:
    text = bar(dataclasses.replace(FULL, wrong_account="999999999999"), 200).plain
    assert "WRONG ACCOUNT 123456789012, expected 999999999999" in text
    assert text.count("123456789012") == 1


@pytest.mark.parametrize("reason", ["read-only", "READ-ONLY: account mismatch", "account mismatch"])
def test_the_read_only_badge_is_not_doubled(reason: str) -> None:
    text = bar(StatusView(read_only=reason), 100).plain
    assert text.upper().count("READ-ONLY") == 1
    assert ("account mismatch" in text) == ("account" in reason)


def test_absent_parts_leave_no_trace() -> None:
    assert bar(StatusView(Level.OK, account="1"), 60).plain.split() == ["●", "ok", "1"]


def test_hostile_names_are_text_and_ascii_is_ascii() -> None:
    assert "[/x]" in bar(StatusView(stack=HOSTILE), 200).plain
    assert bar(FULL, 200, ascii=True).plain.isascii()


async def test_an_equal_status_repaints_nothing_and_the_wrong_account_turns_it_red() -> None:
    widget = StatusBar()
    app = Bench(widget)
    async with app.run_test(size=(120, 3)) as pilot:
        widget.view = FULL
        await pilot.pause()
        assert "123456789012" in shown(app)
        counts = painted(widget)
        widget.view = dataclasses.replace(FULL)
        await pilot.pause()
        assert not counts["StatusBar"]
        quiet = widget.styles.background
        widget.view = dataclasses.replace(FULL, wrong_account="9")
        await pilot.pause()
        assert widget.styles.background != quiet


def test_hints_are_whole_or_absent() -> None:
    hints = (("?", "help"), ("q", "quit"), ("ctrl+p", "palette"))
    assert hint_line(hints, 80).plain.split() == ["?", "help", "q", "quit", "ctrl+p", "palette"]
    assert hint_line(hints, 20).plain.split() == ["?", "help", "q", "quit"]
    assert hint_line(hints, 3).plain == ""


async def test_the_hint_bar_draws_its_hints() -> None:
    app = Bench(HintBar((("[/x]", "odd"),)))
    async with app.run_test(size=(40, 3)) as pilot:
        await pilot.pause()
        assert "[/x] odd" in shown(app)


async def test_after_every_change_the_row_is_the_whole_bar() -> None:
    widget = StatusBar()
    app = Bench(widget)
    changes: list[dict[str, Any]] = [
        {},
        {"age": "13s"},
        {"age": "9s"},
        {"age": "10s", "calls_per_minute": "12"},
        {"level": Level.OK, "summary": ""},
        {"condition": ""},
        {"condition": "PAUSED", "age": "now"},
        {"stack": "한국어"},
        {"skew": "", "region": "x" * 90},
        {"region": "y" * 90},
        {"wrong_account": "9"},
        {"age": "14s"},
    ]
    async with app.run_test(size=(120, 3)) as pilot:
        for change in changes:
            view = dataclasses.replace(FULL, **change)
            widget.view = view
            await pilot.pause()
            assert shown(app).splitlines()[0].rstrip() == bar(view, 120).plain.rstrip(), change


async def test_a_second_that_passes_paints_a_digit_of_the_age_alone() -> None:
    widget = StatusBar()
    async with Bench(widget).run_test(size=(120, 3)) as pilot:
        widget.view = FULL
        await pilot.pause()
        regions: list[Region] = []
        widget.refresh = lambda *given, **_: regions.extend(given)  # type: ignore[method-assign, assignment]
        widget.view = dataclasses.replace(FULL, age="13s")
        (region,) = regions
        assert bar(FULL, 120).plain[region.x : region.right] == "2"


_PIECES = st.lists(
    st.tuples(st.text("ab─한 ", max_size=4), st.sampled_from(["", "bold", "$error"])), max_size=6
)


@given(_PIECES, _PIECES)
def test_outside_the_changed_cells_two_rows_are_alike(old: list[Any], new: list[Any]) -> None:
    before, after = (Content.assemble(*pieces) for pieces in (old, new))
    start, end = changed_cells(before, after)
    signs = [_by_cell(one) for one in (before, after)]
    width = max(map(len, signs))
    for one in signs:
        one += [("", "")] * (width - len(one))
    differ = [cell for cell, (one, other) in enumerate(zip(*signs, strict=True)) if one != other]
    assert all(start <= cell < end for cell in differ)
    # No more than a wide character to either side is painted in vain.
    assert not differ or (start >= differ[0] - 1 and (end <= differ[-1] + 2 or len(old) != len(new)))


def _by_cell(row: Content) -> list[tuple[str, str]]:
    cells: list[tuple[str, str]] = []
    for index, sign in enumerate(row.plain):
        style = "".join(str(span.style) for span in row.spans if span.start <= index < span.end)
        cells += [(sign, style)] * cell_len(sign)
    return cells
