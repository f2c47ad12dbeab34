"""Tiles: what fits, in which order, and that nothing breached is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from config.levels import Level
from tests.widgets.kit import HOSTILE, tile
from widgets.facts import layout
from widgets.model import Fact
from widgets.tile import Columns, card, line, more
from widgets.tilegrid import arrange, in_order, plan

_LEVELS = st.sampled_from([*Level, None])


@given(st.integers(0, 30), st.integers(0, 250), st.integers(0, 70), st.sampled_from(["card", "line"]))
def test_a_plan_stays_within_its_room(count: int, width: int, height: int, form: str) -> None:
    spot = plan(count, width, height, form)  # type: ignore[arg-type]
    assert spot.columns * spot.width <= max(1, width)
    assert spot.rows * spot.height <= max(1, height)


@given(st.integers(1, 20), st.integers(27, 250), st.integers(1, 60))
def test_cards_are_drawn_only_if_all_of_them_fit(count: int, width: int, height: int) -> None:
    spot = plan(count, width, height, "card")
    if spot.form == "card":
        assert spot.slots >= count


@given(st.lists(_LEVELS, min_size=1, max_size=15), st.integers(2, 15), st.integers(0, 14))
def test_what_is_drawn_is_at_least_as_bad_as_what_is_hidden(
    levels: list[Level | None], slots: int, focus: int
) -> None:
    tiles = tuple(tile(str(index), level) for index, level in enumerate(levels))
    focused = str(min(focus, len(tiles) - 1))
    ordered, count = arrange(tiles, slots, focused)
    assert sorted(one.id for one in ordered) == sorted(one.id for one in tiles)
    assert count == len(tiles) if len(tiles) <= slots else count == slots - 1
    drawn = ordered[:count]
    assert focused in [one.id for one in drawn]
    worst_hidden = max((one.level.rank for one in ordered[count:] if one.level), default=-1)
    others = [one for one in drawn if one.id != focused]
    assert all((one.level.rank if one.level else -1) >= worst_hidden for one in others)


def test_tiles_keep_their_own_order_while_they_fit() -> None:
    tiles = (tile("a"), tile("b", Level.CRITICAL))
    assert in_order(tiles, 2) == tiles
    assert [one.id for one in in_order(tiles, 1)] == ["b", "a"]


def test_a_line_names_glyph_title_value_and_word() -> None:
    one = tile("ecs.cpu", Level.CRITICAL, "93.4 %", title="CPU")
    text = line(one, 60, Columns.of([one], 60)).plain
    assert text.startswith(" ✖ CPU 93.4 % CRITICAL ")
    assert "█" in text
    assert len(text) == 60


@given(st.integers(1, 120), st.text(max_size=30), st.text(max_size=20), _LEVELS, st.booleans())
def test_a_line_and_a_card_are_exactly_as_wide_as_asked(
    width: int, title: str, value: str, level: Level | None, focused: bool
) -> None:
    clean = "".join(one for one in title if one.isprintable())
    one = tile("a", level, "".join(one for one in value if one.isprintable()), title=clean)
    drawn = line(one, width, Columns.of([one], width), is_focused=focused)
    assert drawn.cell_length == width
    assert {row.cell_length for row in card(one, width, is_focused=focused)} == {width}


def test_the_focused_tile_is_marked_without_colour() -> None:
    one = tile("a")
    assert line(one, 50, Columns.of([one], 50), is_focused=True).plain[0] == "▸"
    assert card(one, 40, is_focused=True)[0].plain[0] == "█"
    assert card(one, 40)[0].plain[0] == "▎"


def test_a_missing_value_says_why_in_place_of_the_sparkline() -> None:
    one = tile("a", Level.UNKNOWN, "–", spark=(), note="no datapoints in window")
    assert "no datapoints in window" in line(one, 70, Columns.of([one], 70)).plain


def test_more_counts_the_breached_among_the_hidden() -> None:
    text = more([tile("a", Level.CRITICAL), tile("b", Level.WARNING), tile("c")], 30).plain
    assert text.rstrip() == " +3 more ✖1 ▲1"


def test_ascii_tiles_are_ascii() -> None:
    one = tile("a", Level.CRITICAL)
    assert line(one, 60, Columns.of([one], 60), is_focused=True, ascii=True).plain.isascii()
    assert all(row.plain.isascii() for row in card(one, 40, ascii=True))


def test_hostile_text_is_text() -> None:
    one = tile("a", title=HOSTILE, value="[/y]")
    assert "[/y]" in line(one, 90, Columns.of([one], 90)).plain
    assert "[/x]" in card(one, 60)[0].plain


def test_facts_show_the_breached_first_when_short_of_room() -> None:
    facts = (Fact("a", "1"), Fact("b", "2"), Fact("c", "bad", Level.CRITICAL), Fact("d", "4"))
    assert [text.plain for text in layout(facts, 30, 2)] == ["c ✖ bad", "+3 more"]
    assert len(layout(facts, 30, 4)) == 4


def test_a_long_fact_is_wrapped_where_there_is_room_and_cut_where_not() -> None:
    facts = (Fact("Event", "word " * 30),)
    assert len(layout(facts, 30, 10)) == 3
    assert len(layout(facts, 30, 1)) == 1
    assert layout(facts, 30, 1)[0].plain.endswith("…")


@given(
    st.lists(st.builds(Fact, st.text(max_size=20), st.text(max_size=80), _LEVELS), max_size=8),
    st.integers(0, 60),
    st.integers(0, 12),
)
def test_facts_stay_within_their_room(facts: list[Fact], width: int, height: int) -> None:
    assert len(layout(tuple(facts), width, height)) <= height
