"""An incident: opens, goes on, closes, over a restart; its record tells what happened and no secret."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.levels import Level, Threshold
from config.loader import load
from tui.domain.assess import Assessment
from tui.domain.findings import Finding, Health, Resolved
from tui.domain.snapshots import Series
from tui.incidentdeeds import write_record
from tui.incidentfile import load_kept, save_kept
from tui.presenters.incident import chart_lines, md, open_items, record_markdown, scrub, summary
from tui.presenters.incidentjson import record_json
from tui.triage.entry import Kind, TimelineEntry
from tui.triage.incident import MOST_BREACHES, QUIET_S, Breach, Incident, Sighting, Tick, observe, tick_id
from tui.triage.record import Asked, Cause, Chart, Deed, Record, Step
from tui.triage.recordbreaches import breaches_of, incident_of, refined
from tui.triage.recordcause import with_ticks
from tui.triage.recorder import Recorder
from tui.triage.recordparts import chart_gaps, entries_of

T0 = 1_700_000_000.0


def seen(name: str = "alb.response_time", level: Level = Level.CRITICAL, value: float = 1800.0) -> Sighting:
    return Sighting(name, "web", level, f"Response time {value}", T0, "Response time", "ms", value, 1000.0)


def at_work(incident: Incident | None = None, **parts: object) -> Record:
    return Record(incident, T0 + 3000, T0 - 1800, **parts)  # type: ignore[arg-type]


def closed() -> Incident:
    incident = observe(None, [seen(value=1200.0)], T0 + 60)
    incident = observe(incident, [seen()], T0 + 120)
    incident = observe(incident, [seen(value=1500.0)], T0 + 41 * 60)
    incident = observe(incident, [], T0 + 42 * 60)
    assert incident is not None
    return incident


def test_an_incident_keeps_the_worst_value_and_when_it_closed() -> None:
    incident = closed()
    (breach,) = incident.breaches
    assert (breach.opened_s, breach.closed_s, breach.worst.value) == (T0, T0 + 42 * 60, 1800.0)
    assert not incident.is_over(T0 + 42 * 60 + QUIET_S - 1)
    assert incident.is_over(T0 + 42 * 60 + QUIET_S)


def test_a_breach_within_the_quiet_time_belongs_to_the_same_incident_and_a_later_one_does_not() -> None:
    again = observe(closed(), [seen()], T0 + 42 * 60 + QUIET_S - 1)
    assert again is not None
    assert again.id == closed().id
    assert len(again.breaches) == 2
    other = observe(closed(), [seen()], T0 + 42 * 60 + QUIET_S)
    assert other is not None
    assert len(other.breaches) == 1


def test_a_judgement_twice_or_late_changes_nothing() -> None:
    incident = observe(None, [seen()], T0 + 60)
    assert observe(incident, [seen()], T0 + 60) == incident
    assert observe(incident, [], T0 + 59) == incident


@given(st.lists(st.tuples(st.floats(0, 1e6), st.sets(st.sampled_from("abcd"))), max_size=30))
def test_breaches_close_after_they_open_and_one_is_open_at_a_time(
    steps: list[tuple[float, set[str]]],
) -> None:
    incident: Incident | None = None
    for at, names in steps:
        incident = observe(incident, [seen(name) for name in sorted(names)], T0 + at)
        if incident is None:
            continue
        still = [one.key for one in incident.breaches if one.closed_s is None]
        assert len(still) == len(set(still))
        assert all(one.closed_s is None or one.closed_s >= one.opened_s for one in incident.breaches)


def test_breaches_beyond_the_bound_are_counted_once() -> None:
    many = [seen(str(number)) for number in range(MOST_BREACHES + 3)]
    incident = observe(None, many, T0 + 60)
    incident = observe(incident, many, T0 + 70)
    assert incident is not None
    assert (len(incident.breaches), incident.left_out) == (MOST_BREACHES, 3)


def test_the_summary_says_what_for_how_long_and_after_what() -> None:
    deed = Deed("r1", T0 + 39 * 60, "Scale web to 4", status="done")
    said = summary(at_work(closed(), deeds=(deed,)))
    assert said.startswith("web: Response time was critical (1.8 s, limit 1 s) for 42 min, from ")
    assert said.endswith("closed 3 min after: Scale web to 4.")


def test_open_items_tell_what_is_left() -> None:
    incident = observe(None, [seen()], T0 + 60)
    deeds = (Deed("r1", T0, "Scale", status="done", steps=2, steps_verified=1, can_undo=True),)
    cause = Cause("It is the pool.", steps=(Step("a", "Look", is_done=True), Step("b", "Mend")))
    items = open_items(at_work(incident, deeds=deeds, cause=cause))
    assert [one.split(":")[0] for one in items] == [
        "Still critical",
        "Not verified",
        "In force, can be taken back",
        "Runbook step not done",
    ]


HOSTILE = st.text(alphabet=st.sampled_from("a`|<>&[]()*_#\\~\n\r\x1b\x07! -"), max_size=40)


@given(HOSTILE)
def test_a_stranger_cannot_write_markup(text: str) -> None:
    safe = md(text)
    assert not set(safe) & set("\n\r\x1b\x07<>")
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]|#~]", re.sub(r"\\[\\`*_\[\]|#~]", "", safe))


@given(HOSTILE, HOSTILE)
def test_the_record_keeps_its_headings_whatever_it_is_told(title: str, query: str) -> None:
    incident = observe(None, [Sighting("x", title, Level.WARNING, title, T0)], T0)
    entry = TimelineEntry("k", T0, Kind.LOG, title)
    asked = Asked(T0, title, query, "Complete", 1, ((("@message", title),),))
    text = record_markdown(at_work(incident, entries=(entry,), queries=(asked,)))
    # What is fenced cannot leave its fence.
    outside, fence = [], ""
    for line in text.split("\n"):
        mark = re.match(r"`{3,}", line)
        if not fence and mark:
            fence = mark.group()
        elif fence and line == fence:
            fence = ""
        elif not fence:
            outside.append(line)
    assert not fence
    headings = [line[3:] for line in outside if line.startswith("## ")]
    assert headings == [
        "What broke", "Why", "What was done", "Whether it helped", "Open items", "Timeline", "Queries",
        "About",
    ]  # fmt: skip
    json.dumps(record_json(at_work(incident, entries=(entry,), queries=(asked,))), allow_nan=False)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://app:hunter2@db/x",
        "DB_PASSWORD=hunter2",
        '"secret": "hunter2"',
        "Authorization: Bearer hunter2",
    ],
)
def test_secrets_are_not_in_the_record(text: str) -> None:
    assert "hunter2" not in scrub(text)
    entry = TimelineEntry("k", T0, Kind.LOG, text)
    asked = Asked(T0, "", text, "Complete", 1, ((("password", "hunter2"), ("m", text)),))
    record = at_work(closed(), entries=(entry,), queries=(asked,))
    assert "hunter2" not in record_markdown(record) + json.dumps(record_json(record))


def test_a_chart_is_plain_text_with_scale_and_marks() -> None:
    series = Series(60, tuple(int(T0) + 60 * n for n in range(40)), tuple(float(n) for n in range(40)))
    chart = Chart("CPU", "web", "percent", series, 30.0)
    lines = chart_lines(chart, at_work(closed(), deeds=(Deed("r", T0 + 600, "x"),)), ascii=True)
    assert lines[0].startswith("CPU of web: min 0")
    assert "limit 30" in lines[0]
    assert len(lines[1]) == 62
    assert "A" in lines[2]
    assert "!" in lines[2]
    assert all(line.isascii() for line in lines)


def test_entries_are_put_in_order_and_the_last_of_a_key_stands() -> None:
    late, early = TimelineEntry("b", T0 + 5, Kind.LOG, "b"), TimelineEntry("a", T0, Kind.LOG, "a")
    twice = TimelineEntry("b", T0 + 5, Kind.LOG, "b2")
    assert [one.title for one in entries_of([late, early, twice], T0, T0 + 9)] == ["a", "b2"]


# ---------------------------------------------------------------- restart


def test_an_incident_and_its_mutes_span_a_restart(tmp_path: Path) -> None:
    first = Recorder()
    first.observe([seen()], T0)
    first.tick("step", T0)
    first.mute(Finding("alb.response_time", "web", "alb", Level.CRITICAL, "s"))
    file = tmp_path / "state.json"
    save_kept(file, first.kept, T0)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept, told = load_kept(file, T0 + 3600)
    assert (kept, told) == (first.kept, "")
    assert load_kept(file, T0 + 86_401)[0].incident is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"schema": 1}', '{"schema": 1, "at_s": "x"}', "[" * 100_000]
)
def test_a_damaged_state_is_told_and_set_aside(tmp_path: Path, text: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(text)
    kept, told = load_kept(file, T0)
    assert kept.incident is None
    assert "set aside" in told
    assert not file.exists()
    assert (tmp_path / "state.damaged").read_text() == text


def test_a_mute_holds_until_it_closes_worsens_or_ends() -> None:
    recorder = Recorder()
    finding = Finding("alb.response_time", "web", "alb", Level.WARNING, "s")
    recorder.observe([seen(level=Level.WARNING)], T0)
    recorder.mute(finding, T0 + 900)
    assert recorder.is_muted(finding, T0 + 899)
    assert not recorder.is_muted(finding, T0 + 900)
    assert not recorder.is_muted(Finding("alb.response_time", "web", "alb", Level.CRITICAL, "s"), T0)
    recorder.observe([], T0 + 10)
    assert not recorder.is_muted(finding, T0 + 11)


def test_a_breach_that_was_acknowledged_is_silent_until_it_gets_worse_than_then() -> None:
    warning = Finding("alb.response_time", "web", "alb", Level.WARNING, "s")
    critical = Finding("alb.response_time", "web", "alb", Level.CRITICAL, "s")
    recorder = Recorder()
    recorder.observe([seen(level=Level.WARNING)], T0)
    recorder.mute(warning)
    # What was critical when it was acknowledged eases and comes back: known.
    other = Recorder()
    other.observe([seen()], T0)
    other.mute(critical)
    other.observe([seen(level=Level.WARNING)], T0 + 60)
    assert other.is_muted(critical, T0 + 120)
    # What was a warning is told as critical, and from then on like any other.
    assert not recorder.is_muted(critical, T0 + 60)
    recorder.observe([seen()], T0 + 60)
    assert not recorder.is_muted(warning, T0 + 120)


# ---------------------------------------------------------------- times that nobody saw


def test_what_closed_while_nobody_looked_is_said_so() -> None:
    first = observe(None, [seen()], T0 + 60)
    assert first is not None
    later = observe(first, [], T0 + 3600)
    assert later is not None
    (breach,) = later.breaches
    assert (breach.closed_s, breach.unseen_s) == (T0 + 3600, T0 + 60)
    text = record_markdown(at_work(later))
    assert "not seen: between 2023-11-14 22:14:20 and 2023-11-14 23:13:20" in text
    assert "when it closed was not seen" in text
    assert "about 1 h 0 min" in text


def test_what_was_there_at_the_start_has_no_made_up_opening() -> None:
    incident = observe(None, [replace(seen(), since_s=None, is_from_start=True)], T0 + 60)
    assert incident is not None
    text = record_markdown(at_work(incident))
    assert "at or before 2023-11-14 22:14:20" in text
    assert "for at least " in summary(at_work(incident))


def judged(*values: float) -> Assessment:
    """Response times of a minute each, from 200 minutes before `T0` on, as a day's reading has them."""
    start = int(T0) // 60 * 60 - 200 * 60
    times = tuple(start + 60 * number for number in range(len(values)))
    one = Resolved("alb.response_time", "web", Series(60, times, values), threshold=Threshold(500.0, 1000.0))
    end = times[-1] + 60
    health = Health(Level.OK, (), {})
    return Assessment(
        end, 86_400, 60, {("alb.response_time", "web"): one}, health, settled_until_s=float(end)
    )


def test_the_points_tell_the_times_that_nobody_saw() -> None:
    day = judged(*[20.0] * 190, *[2000.0] * 30, *[20.0] * 40)
    incident = observe(None, [replace(seen(), since_s=T0, is_from_start=True)], T0 + 60)
    incident = observe(incident, [], T0 + 3600)
    assert incident is not None
    (known,) = refined(incident, day, load(env={}).config).breaches
    start = int(T0) // 60 * 60
    assert known.is_opening_known
    assert known.unseen_s is None
    assert known.opened_s == start - 600
    assert known.worst.value == 2000.0
    assert known.closed_s is not None
    assert start + 20 * 60 < known.closed_s <= start + 26 * 60


def test_the_breaches_of_a_period_come_from_its_points() -> None:
    day = judged(*[20.0] * 20, *[2000.0] * 10, *[20.0] * 160, *[700.0] * 10, *[20.0] * 40)
    config = load(env={}).config
    both = breaches_of(day, config, T0 - 86_400)
    assert [one.worst.level for one in both] == [Level.CRITICAL, Level.WARNING]
    assert [one.worst.limit for one in both] == [1000.0, 500.0]
    (late,) = breaches_of(day, config, T0 - 3600)
    assert late.worst.value == 700.0
    assert late.closed_s is not None
    found = incident_of([late], None, T0)
    assert found is not None
    assert found.opened_s == late.opened_s
    assert incident_of([], None, T0) is None


def test_what_a_console_saw_and_points_do_not_tell_stays() -> None:
    state = Sighting("state.tasks", "web", Level.WARNING, "1 of 2 tasks", T0)
    kept = observe(None, [state], T0 + 60)
    gone = incident_of([], kept, T0 + 1000)
    assert gone is not None
    assert (gone.breaches[0].closed_s, gone.breaches[0].unseen_s) == (T0 + 1000, T0 + 60)
    looked = Breach(replace(state, since_s=None), Level.WARNING, T0 + 1000, is_opening_known=False)
    goes_on = incident_of([looked], kept, T0 + 1000)
    assert goes_on is not None
    assert (goes_on.breaches[0].opened_s, goes_on.breaches[0].is_opening_known) == (T0, True)


# ---------------------------------------------------------------- explanation and runbook


CAUSE = Cause(
    "Probably: x.", ("why", "  +2 because"), "Book", (Step("a", "Do"),), seen().key, T0, "UTC+09:00"
)


def test_an_explanation_is_kept_while_its_incident_lasts(tmp_path: Path) -> None:
    recorder = Recorder()
    assert not recorder.explain(CAUSE)
    recorder.observe([seen()], T0)
    assert recorder.explain(CAUSE)
    assert not recorder.explain(CAUSE)
    assert not recorder.explain(replace(CAUSE, breach=("rds.cpu", "db")))
    save_kept(tmp_path / "state.json", recorder.kept, T0)
    assert load_kept(tmp_path / "state.json", T0)[0] == recorder.kept
    recorder.observe([], T0 + 60)
    assert recorder.kept.cause is not None
    recorder.observe([replace(seen(), since_s=T0 + 3500)], T0 + 3600)
    assert recorder.kept.cause is None


def test_ticks_are_in_the_record_with_their_time() -> None:
    step = tick_id(seen().key, "book", 0)
    cause = with_ticks(replace(CAUSE, steps=(Step(step, "Look"), Step("b", "Do"))), (Tick(step, T0),))
    text = record_markdown(at_work(closed(), cause=cause))
    assert "- [x] Look (2023-11-14 22:13:20 UTC)" in text
    assert "- [ ] Do\n" in text
    assert "  - +2 because" in text
    assert "times of day in it are UTC+09:00" in text
    assert "Explained: Response time of web" in text
    assert "Runbook step not done: Do" in text


def test_a_part_that_the_charts_do_not_tell_is_said() -> None:
    chart = Chart("CPU", "db", "percent", Series(60, (6000, 6060), (1.0, 2.0)))
    assert chart_gaps((chart,), 6000, 6120) == ()
    before, after = chart_gaps((chart,), 0, 12_000)
    assert "before 01:40 UTC" in before
    assert "after 01:42 UTC" in after
    assert "no points" in chart_gaps((replace(chart, series=Series(60, (), ())),), 0, 60)[0]


# ---------------------------------------------------------------- the files


def test_the_record_is_written_where_it_can_be_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    files, why = write_record(at_work(closed()))
    assert not why
    assert [stat.S_IMODE(one.stat().st_mode) for one in files] == [0o600, 0o600]
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    elsewhere, why = write_record(at_work(closed()))
    assert "cannot be written" in why
    assert elsewhere[0].is_relative_to(tmp_path)
    assert elsewhere[0].parent.name.startswith("cwtop-")
