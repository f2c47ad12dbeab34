"""The explanation as lines of text with styles: causes, moves, changes, log, statements, steps. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from config.runbooks import Runbook, Step
from tui.domain.plan import Change
from tui.domain.units import clock_text, coarse_age, plural, value_text
from tui.triage.changes import change_text
from tui.triage.explain import lag_text
from tui.triage.material import Cause, Explanation, Moved
from widgets.text import one_line

HEAD: Final = "head"
MUTED: Final = "muted"
STRONG: Final = "strong"
PLAIN: Final = ""

Piece = tuple[str, str]
"""(text, style): head, strong, muted or ""."""
Line = tuple[Piece, ...]

_MOST_DIFFERENCES: Final = 8
_MOST_CAUSES: Final = 3
_OPENS: Final = {"query": "query", "screen": "screen", "action": "action", "": "advice"}


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of the runbook.

    Attributes:
        number: From 1: its key.
        text: What to do.
        opens: What its key opens, in a word or two.
        is_done: Whether it carries a tick.
    """

    number: int
    text: str
    opens: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class ExplainView:
    """Everything that the screen draws.

    Attributes:
        title: The breach.
        level: Its level's value; "" for none.
        more: Since when, and what is still being read.
        lines: The explanation.
        book: Heading of the runbook; "" where none fits.
        steps: Its steps.
    """

    title: str
    level: str
    more: str
    lines: tuple[Line, ...]
    book: str
    steps: tuple[StepLine, ...]


def explain_view(
    found: Explanation | None,
    *,
    title: str,
    level: str,
    now_s: float,
    reading: str,
    width: int,
    book: Runbook | None,
    place: tuple[int, int],
    done: Sequence[bool],
) -> ExplainView:
    """Return the view.

    Args:
        found: The explanation; None while it is being made.
        title: The breach as a sentence.
        level: Its level's value.
        now_s: Epoch seconds.
        reading: What is still being read; "" for nothing.
        width: Cells of the screen.
        book: The runbook; None where none fits.
        place: Which of how many runbooks, from 0.
        done: Which of its steps are done.
    """
    more = reading
    if found is not None and found.started_s is not None:
        since = f"began {clock_text(found.started_s, now_s)}, {coarse_age(now_s - found.started_s)} ago"
        more = f"{since} · {reading}" if reading else since
    lines = tuple(_lines(found, now_s, width)) if found is not None else ((("looking…", MUTED),),)
    if book is None:
        return ExplainView(title, level, more, lines, "", ())
    others = f" ({place[0] + 1} of {place[1]}, tab: next)" if place[1] > 1 else ""
    likely = f": usually {', '.join(book.likely)}" if book.likely else ""
    steps = tuple(
        StepLine(number, step.text, _opens(step), is_done)
        for number, (step, is_done) in enumerate(zip(book.steps, done, strict=True), 1)
    )
    return ExplainView(title, level, more, lines, f"Runbook{others} {book.title}{likely}", steps)


def plain_text(view: ExplainView) -> str:
    """Return the view as text, for the clipboard and the incident record."""
    lines = [view.title, view.more, ""]
    lines += ["".join(text for text, _ in line) for line in view.lines]
    if view.steps:
        lines += ["", view.book]
        lines += [
            f"{'[x]' if one.is_done else '[ ]'} {one.number}. {one.text} ({one.opens})" for one in view.steps
        ]
    return "\n".join(lines)


def _lines(found: Explanation, now_s: float, width: int) -> Iterator[Line]:
    yield (("WHAT PROBABLY", HEAD),)
    if found.start:
        yield ((found.start, PLAIN),)
    if found.nothing:
        yield ((found.nothing, STRONG),)
    for rank, cause in enumerate(found.causes[:_MOST_CAUSES], 1):
        yield from _cause(rank, cause)
    yield from _section("BEFORE IT", _before(found, now_s))
    yield from _section(f"WHAT ELSE MOVED ({len(found.moves)})", _moves(found.moves, width))
    yield from _section(_log_title(found), _patterns(found))
    yield from _section("STATEMENTS", _statements(found))
    yield from _section("NOT READ", (((note, MUTED),) for note in found.notes))


def _section(title: str, lines: Iterator[Line]) -> Iterator[Line]:
    body = list(lines)
    if body:
        yield ()
        yield ((title, HEAD),)
        yield from body


def _cause(rank: int, cause: Cause) -> Iterator[Line]:
    yield ((f"{rank}. {one_line(cause.title, 160)}", STRONG), (f"  {plural(cause.points, 'point')}", MUTED))
    for sign in sorted(cause.signs, key=lambda one: -abs(one.points)):
        points = f"{sign.points:+d}" if sign.points else "  "
        yield ((f"   {points} ", MUTED), (one_line(sign.sentence, 400), PLAIN))


def _before(found: Explanation, now_s: float) -> Iterator[Line]:
    change = found.change
    if change is None:
        yield (("no deployment or change in the hour before, as far as is known", MUTED),)
        return
    who = f" by {change.who}" if change.who else ""
    ago = f", {lag_text(change.at_s - found.started_s)}" if found.started_s is not None else ""
    when = clock_text(change.at_s, now_s)
    yield (
        (f"{when} {one_line(change_text(change), 160)}{who}", STRONG),
        (ago.replace(" it", " the start"), PLAIN),
    )
    for one in found.differences[:_MOST_DIFFERENCES]:
        yield ((f"   {_difference(one)}", PLAIN),)
    if len(found.differences) > _MOST_DIFFERENCES:
        yield ((f"   and {len(found.differences) - _MOST_DIFFERENCES} more differences", MUTED),)


def _difference(one: Change) -> str:
    """Return a difference; of an image what tells the two apart, of a variable its name."""
    name = one.field.split(".", 1)[-1]
    if name.startswith(("environment.", "secrets.")):
        kind, _, variable = name.partition(".")
        said = "new" if not one.before else "gone" if not one.after else "another value"
        return f"{kind} {variable}: {said}"
    old, new = (text.rsplit("/", 1)[-1] for text in (one.before, one.after))
    return f"{name}: {old or 'none'} → {new or 'none'}"


def _moves(moves: Sequence[Moved], width: int) -> Iterator[Line]:
    """Yield the table; narrow screens do without correlation and spread."""
    if not moves:
        return
    is_wide = width >= 100
    head = f"{'metric':20} {'before':>9}   {'after':>9} {'change':>7}  {'when':18}"
    yield ((head + (f" {'× spread':>8}  {'r':>5}  score" if is_wide else ""), MUTED),)
    for one in moves:
        ratio = one.move.ratio
        change = f"×{ratio:.1f}" if ratio is not None else ""
        before, after = value_text(one.move.before, one.unit), value_text(one.move.after, one.unit)
        when = ("climbs, " if one.move.is_up else "falls, ") if one.move.is_ramp else ""
        text = f"{one.title[:20]:20} {before:>9} → {after:>9} {change:>7}  {when + lag_text(one.lag_s):18}"
        if is_wide:
            r = f"{one.correlation:+.2f}" if one.correlation is not None else ""
            text += f" {abs(one.move.z):8.0f}  {r:>5}  {one.score:5.1f}"
        yield ((text.rstrip(), PLAIN),)


def _log_title(found: Explanation) -> str:
    return "NEW IN THE LOG" if all(one.is_new for one in found.patterns) else "ERRORS IN THE LOG"


def _patterns(found: Explanation) -> Iterator[Line]:
    for one in found.patterns:
        yield ((f"{one.severity} " if one.severity else "", STRONG), (one_line(one.text, 300), PLAIN))
        yield ((f"   {one.evidence}", MUTED),)


def _statements(found: Explanation) -> Iterator[Line]:
    for one in found.statements:
        yield ((one_line(one.text or f"statement {one.query_id}", 160), PLAIN),)
        yield ((f"   {one.evidence}", MUTED),)


def _opens(step: Step) -> str:
    what = (
        step.query or (step.screen or "").replace("database-", "database: ").replace("-", " ") or step.action
    )
    return f"{_OPENS[step.opens]} {what}".strip()
