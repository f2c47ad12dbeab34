"""Rows, marks and the whole text of timeline entries."""

from __future__ import annotations

from dataclasses import replace

from config.levels import Level
from tests.presenters.kit import NOW, SERVICE, inputs
from tui.presenters.charts import chart_of
from tui.presenters.timeline import GLYPHS, MOST_MARKS, TimelineRows, entry_text, heading, marks_of
from tui.triage.entry import Kind, TimelineEntry


def entry(kind: Kind, at_s: float, **more: object) -> TimelineEntry:
    return TimelineEntry(f"{kind}:{at_s}", at_s, kind, "it happened", **more)  # type: ignore[arg-type]


def test_every_kind_has_a_letter_of_its_own() -> None:
    assert set(GLYPHS) == set(Kind)
    assert len(set(GLYPHS.values())) == len(Kind)
    assert all(one.isascii() and len(one) == 1 for one in GLYPHS.values())


def test_breaches_and_alarms_are_marked_where_they_belong_and_changes_everywhere() -> None:
    told = (
        entry(Kind.BREACH, NOW - 300, pane="ecs", resource=SERVICE, level=Level.CRITICAL),
        entry(Kind.ALARM, NOW - 600, pane="rds", resource="cpu"),
        entry(Kind.DEPLOYMENT, NOW - 900, pane="ecs", resource=SERVICE),
        entry(Kind.CHANGE, NOW - 7 * 86_400.0),
    )
    found = replace(inputs(), marks=told)
    window = (NOW - 3600, NOW)
    assert [one.glyph for one in marks_of(found, "ecs", SERVICE, window)] == ["D", "B"]
    assert [one.glyph for one in marks_of(found, "rds", "db", window)] == ["D", "A"]
    assert [one.glyph for one in marks_of(found, "alb", "lb", window)] == ["D"]
    assert [one.glyph for one in marks_of(found, "ecs", "another", window)] == ["D"]


def test_marks_are_few_one_a_point_and_equal_while_nothing_changes() -> None:
    told = tuple(entry(Kind.ALARM, NOW - 10 - number * 30, pane="ecs") for number in range(110))
    both = (*told, entry(Kind.DEPLOYMENT, NOW - 15))
    found = replace(inputs(), marks=both)
    marks = marks_of(found, "ecs", SERVICE, (NOW - 3600, NOW))
    assert len(marks) == MOST_MARKS
    assert marks[-1].glyph == "D", "what was done outweighs what was noticed"
    assert len({one.at for one in marks}) == len(marks)
    assert marks == marks_of(replace(found, marks=both[::-1]), "ecs", SERVICE, (NOW - 3600, NOW))
    spec = found.config.metrics["ecs.cpu"]
    charts = [chart_of(replace(found, now_s=NOW + shift), "ecs.cpu", spec, SERVICE) for shift in (0.0, 0.9)]
    assert charts[0] == charts[1]


def test_a_row_tells_time_level_kind_who_and_an_end() -> None:
    one = entry(Kind.BREACH, NOW - 600, until_s=NOW - 300.0, who="mina", level=Level.WARNING)
    old = entry(Kind.CHANGE, NOW - 3 * 86_400)
    row, older = TimelineRows([one, old], NOW)[0:2]
    assert (row.glyph, row.kind, row.who, row.level) == ("B", "breach", "mina", Level.WARNING)
    assert row.title == "it happened, over after 5 min"
    assert len(row.time) == 8
    assert "-" in older.time
    text = entry_text(replace(one, detail="line one\nline two"), NOW)
    assert "mina" in text
    assert "line two" in text


def test_the_heading_says_what_is_left_out_and_what_failed() -> None:
    assert heading(10_000, 10_000, "all", "", "") == "Timeline 10,000"
    assert heading(2, 9, "logs and gaps", "web", "scaling: refused") == (
        "Timeline 2 of 9 · logs and gaps · /web · scaling: refused"
    )
