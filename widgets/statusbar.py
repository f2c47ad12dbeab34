"""The line at the top: how bad, whose account, how fresh, how dear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Region
from textual.reactive import reactive
from textual.widget import Widget

from config.levels import Level
from widgets.cells import cell_len, single
from widgets.look import BADGES, MUTED, glyph, plain_symbols
from widgets.model import WORDS, StatusView

_ALERT = "bold reverse $error"
_NOTICE = "bold reverse $warning"
_READ_ONLY = re.compile(r"^read-?only[\s:,.]*", re.IGNORECASE)
_SEPARATOR = "  "
KEEP = 100
"""Importance of what is never left out."""
FULL = KEEP + 1
"""Importance of what is said in full before anything less important is said at all."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the bar.

    Attributes:
        forms: (text, style) from the longest to the shortest form.
        importance: The least important parts are shortened, then left out, first.
    """

    forms: tuple[tuple[str, str], ...]
    importance: int


def _endpoint(url: str) -> str:
    return url.split("://", 1)[-1].rstrip("/")


def parts(view: StatusView, *, ascii: bool = False) -> list[Part]:
    """Return the pieces of the bar from left to right."""
    return [part for part in _all_parts(view, ascii=ascii) if part.forms[0][0].strip()]


def _all_parts(view: StatusView, *, ascii: bool) -> Iterator[Part]:
    mark = glyph(view.level, ascii=ascii)
    word = WORDS[view.level]
    style = BADGES[view.level] if view.level is not None else MUTED
    if view.level is Level.OK:
        style = "bold $success"
    long = view.summary or word
    yield Part(((f" {mark} {long} ", style), (f" {mark} {word} ", style)), KEEP)
    if view.wrong_account:
        wrong = f" WRONG ACCOUNT {view.account}"
        yield Part(
            ((f"{wrong}, expected {view.wrong_account} ", _ALERT), (f"{wrong} ", _ALERT)),
            FULL,
        )
    if view.condition:
        alarming = view.condition.split()[0] in ("EXPIRED", "STALE", "FAILED")
        yield Part(((f" {view.condition} ", _ALERT if alarming else _NOTICE),), KEEP)
    if view.read_only:
        reason = _READ_ONLY.sub("", view.read_only)
        long = f"READ-ONLY {reason}".rstrip()
        yield Part(((f" {long} ", _NOTICE), (" READ-ONLY ", _NOTICE)), KEEP)
    if view.endpoint:
        yield Part(
            (
                (f" ENDPOINT {_endpoint(view.endpoint)} ", "reverse $primary"),
                (" ENDPOINT ", "reverse $primary"),
            ),
            KEEP,
        )
    yield from _identity(view)
    yield from _freshness(view)


def _identity(view: StatusView) -> Iterator[Part]:
    yield Part(((view.stack, "bold"),), 40)
    yield Part(((f"profile {view.profile}", ""), (view.profile, "")) if view.profile else (("", ""),), 50)
    if not view.wrong_account:
        yield Part(((view.account, "bold"),), KEEP)
    yield Part(((view.region, ""),), 70)


def _freshness(view: StatusView) -> Iterator[Part]:
    yield Part(((f"window {view.window}", ""), (view.window, "")) if view.window else (("", ""),), 60)
    yield Part(((f"↻ {view.age}", ""),) if view.age else (("", ""),), 65)
    yield Part(((f"next {view.next_refresh}", MUTED),) if view.next_refresh else (("", ""),), 35)
    calls = view.calls_per_minute
    yield Part(((f"{calls} calls/min", MUTED), (f"{calls}/min", MUTED)) if calls else (("", ""),), 30)
    cost = view.dollars_per_hour
    yield Part(((cost if "/" in cost else f"{cost}/h", MUTED),) if cost else (("", ""),), 32)
    yield Part(((view.skew, "bold $text-warning"),), 55)


def fitted(chosen: list[Part], width: int) -> list[tuple[str, str]]:
    """Return the pieces that fit in `width` cells.

    All are tried in their shortest form, the least important left out first (never those of the
    importance `KEEP`); then the most important ones grow to their longest form that still fits.
    """
    order = sorted(range(len(chosen)), key=lambda index: chosen[index].importance)
    forms = {index: len(part.forms) - 1 for index, part in enumerate(chosen)}
    kept = {index: form for index, form in forms.items() if chosen[index].importance >= KEEP}
    for index in (one for one in kept if chosen[one].importance >= FULL):
        if _used(chosen, {**kept, index: 0}) <= width:
            forms[index] = 0
    for index in order:
        if _used(chosen, forms) <= width:
            break
        if chosen[index].importance < KEEP:
            del forms[index]
    for index in sorted(forms, key=lambda one: (-chosen[one].importance, one)):
        shortest = forms[index]
        longer = range(shortest + 1)
        forms[index] = next(
            form for form in longer if form == shortest or _used(chosen, {**forms, index: form}) <= width
        )
    return [chosen[index].forms[form] for index, form in sorted(forms.items())]


def _used(chosen: list[Part], forms: dict[int, int]) -> int:
    widths = [cell_len(chosen[index].forms[form][0]) for index, form in forms.items()]
    return sum(widths) + len(_SEPARATOR) * max(0, len(widths) - 1)


def bar(view: StatusView, width: int, *, ascii: bool = False) -> Content:
    """Return the bar in one line of `width` cells."""
    return Content.assemble(*_pieces(view, width, ascii=ascii)).truncate(width, ellipsis=not ascii, pad=True)


def _pieces(view: StatusView | None, width: int, *, ascii: bool) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = []
    for text, style in fitted(parts(view, ascii=ascii), width) if view is not None else ():
        if pieces:
            pieces.append((_SEPARATOR, ""))
        pieces.append((single(plain_symbols(text) if ascii else text), style))
    return pieces


def _changed_cells(old: list[tuple[str, str]], new: list[tuple[str, str]], width: int) -> tuple[int, int]:
    """Return the first cell that differs and the one after the last; equal where none does."""
    pairs = list(zip(old, new, strict=False))
    same = next((index for index, (one, other) in enumerate(pairs) if one != other), len(pairs))
    start, end = _cells(new[:same]), width
    if _cells(old) == _cells(new):
        # What stands behind has not moved.
        end = _cells(new)
        for one, other in zip(reversed(old[same:]), reversed(new[same:]), strict=False):
            if one != other:
                break
            end -= cell_len(one[0])
    return min(start, width), min(max(start, end), width)


def _cells(pieces: list[tuple[str, str]]) -> int:
    return sum(cell_len(text) for text, _ in pieces)


class StatusBar(Widget):
    """Draws a `StatusView` in one row."""

    DEFAULT_CSS = """
    StatusBar { height: 1; width: 1fr; background: $panel; color: $foreground; }
    StatusBar.-wrong-account { background: $error; color: $text; }
    """

    view: reactive[StatusView | None] = reactive(None, repaint=False)
    ascii: reactive[bool] = reactive(False)

    def __init__(self, *, ascii: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(StatusBar.ascii, ascii)

    def watch_view(self, old: StatusView | None, view: StatusView | None) -> None:
        """Turn the whole bar red on the wrong account; paint what changed: the age does, every second."""
        self.set_class(view is not None and bool(view.wrong_account), "-wrong-account")
        width = self.size.width
        before, after = (_pieces(one, width, ascii=self.ascii) for one in (old, view))
        start, end = _changed_cells(before, after, width)
        if start < end:
            self.refresh(Region(start, 0, end - start, 1))

    def render(self) -> Content:
        """Return the bar across the widget's width."""
        if self.view is None or not self.size.width:
            return Content("")
        return bar(self.view, self.size.width, ascii=self.ascii)
