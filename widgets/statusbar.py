"""The line at the top: how bad, whose account, how fresh, how dear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive

from config.levels import Level
from widgets.cells import cell_len, single
from widgets.look import BADGES, MUTED, glyph, plain_symbols
from widgets.model import WORDS, StatusView
from widgets.onerow import OneRow

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
    if view.activity:
        short = view.activity.split(":", 1)[0]
        yield Part(((f" {view.activity} ", "reverse $primary"), (f" {short} ", "reverse $primary")), KEEP)
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
    pieces: list[tuple[str, str]] = []
    for text, style in fitted(parts(view, ascii=ascii), width):
        if pieces:
            pieces.append((_SEPARATOR, ""))
        pieces.append((single(plain_symbols(text) if ascii else text), style))
    return Content.assemble(*pieces).truncate(width, ellipsis=not ascii, pad=True)


class StatusBar(OneRow):
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

    def watch_view(self, view: StatusView | None) -> None:
        """Turn the whole bar red on the wrong account; else paint what changed: the age, every second."""
        self.set_class(view is not None and bool(view.wrong_account), "-wrong-account")
        self.paint_changes()

    def row(self, width: int) -> Content:
        """Return the bar."""
        return bar(self.view, width, ascii=self.ascii) if self.view is not None and width else Content("")
