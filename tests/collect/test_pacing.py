"""How long a source that is throttled waits, with a limiter of its own and without."""

from __future__ import annotations

from random import Random

from tui.collect.pacing import MAX_THROTTLED_LIMITED_S, MAX_THROTTLED_S, Pace
from tui.domain.errors import ErrorKind


def test_without_a_limiter_the_pauses_grow_long_and_shrink_step_by_step() -> None:
    pace = Pace(Random(1))  # noqa: S311
    assert max(pace.after_failure(2.0, ErrorKind.THROTTLED) for _ in range(20)) == MAX_THROTTLED_S
    assert pace.after_success(2.0) > 100


def test_with_a_limiter_they_stay_short_and_end_with_the_first_success() -> None:
    pace = Pace(Random(1), has_limiter=True)  # noqa: S311
    waits = [pace.after_failure(2.0, ErrorKind.THROTTLED) for _ in range(20)]
    assert waits[0] >= 4.0
    assert max(waits) == MAX_THROTTLED_LIMITED_S
    assert pace.after_success(2.0) == 2.0


def test_what_is_eager_waits_no_longer_than_its_period() -> None:
    eager, usual = Pace(Random(1), is_eager=True), Pace(Random(1))  # noqa: S311
    assert max(eager.after_failure(1.0, ErrorKind.UNREACHABLE) for _ in range(20)) <= 1.0
    assert max(usual.after_failure(1.0, ErrorKind.UNREACHABLE) for _ in range(20)) > 15.0
