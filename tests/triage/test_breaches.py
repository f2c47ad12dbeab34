"""One entry a breach: from before the first look to its end, with the worst value there was."""

from __future__ import annotations

from collections.abc import Sequence

from config.levels import Level
from tests.domain.stacks import DATABASE, NOW, config, minutes
from tui.domain.assess import Assessment, Snapshots, assess
from tui.domain.entry import Entry
from tui.domain.snapshots import MetricsSnapshot, SeriesKey
from tui.triage.breaches import BreachTrack
from tui.triage.timeline import Timeline

CONFIG = config()


def look(
    values: Sequence[float | None], at_s: int, before: Assessment | None, window_s: int = 3600
) -> Assessment:
    series = {SeriesKey("rds.cpu", DATABASE, "Average", 60): minutes(values, at_s)}
    snapshots = Snapshots(metrics=Entry(MetricsSnapshot(at_s, series, {}), float(at_s)))
    return assess(CONFIG, snapshots, at_s, window_s=window_s, period_s=60, previous=before)


def test_a_breach_is_one_entry_with_its_worst_value_until_it_closes() -> None:
    timeline, track = Timeline(), BreachTrack()
    calm: list[float | None] = [20.0] * 10
    steps = [
        [*calm, 90.0, 97.0, 90.0],
        [*calm, 90.0, 97.0, 90.0, 88.0],
        [*calm, 90.0, 97.0, 90.0, 88.0, 20.0, 20.0, 20.0],
    ]
    seen, before = [], None
    for values in steps:
        at_s = NOW + 60 * (len(values) - 13)
        before = look(values, at_s, before)
        timeline.put(track.take(CONFIG, before))
        (entry,) = [one for one in timeline.newest() if one.metric == "rds.cpu"]
        seen.append(entry)
    assert len({one.key for one in seen}) == 1
    assert {one.at_s for one in seen} == {NOW - 180.0}
    assert all("97 % at worst" in one.title for one in seen)
    assert [one.until_s for one in seen] == [None, None, NOW + 240.0]
    assert seen[0].level is not None
    assert seen[0].level.is_breach
    assert (seen[0].pane, seen[0].resource) == ("rds", DATABASE)
    assert track.take(CONFIG, before) == [] if before is not None else True


def test_what_is_unknown_for_a_while_goes_on_and_a_worst_value_that_left_the_window_stays() -> None:
    track = BreachTrack()
    values = [*[20.0] * 5, 99.0, 97.0, 96.0]
    first = look(values, NOW, None)
    (opened,) = [one for one in track.take(CONFIG, first) if one.metric == "rds.cpu"]
    unknown = look([*values, *[None] * 30], NOW + 1800, first)
    assert [one for one in track.take(CONFIG, unknown) if one.key == opened.key and one.until_s] == []
    later = look([96.0] * 10, NOW + 3600, unknown, window_s=900)
    again = [one for one in track.take(CONFIG, later) if one.key == opened.key]
    assert all("99 % at worst" in one.title and one.level is Level.CRITICAL for one in again)
