"""The top edge of a pane: number, name, worst level and freshness, repainted without the pane."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive

from config.levels import Level
from widgets.cells import cell_len, clip
from widgets.look import BADGES, MUTED, STYLES, label, plain_symbols
from widgets.model import SourceState
from widgets.onerow import OneRow

_LOADING = SourceState("loading")


@dataclass(frozen=True, slots=True)
class HeaderView:
    """What a pane's top edge says."""

    title: str
    number: int = 0
    """Key that focuses the pane; 0 for none."""
    detail: str = ""
    """Resource name, cut first where room is short."""
    position: str = ""
    """"2/3"."""
    level: Level | None = None
    badge: str = ""
    """Replaces the level's glyph and word ("▼ 12 new")."""
    badge_style: str = ""
    state: SourceState = _LOADING
    extras: tuple[str, ...] = ()
    """Shown before the badge, the most important first; what does not fit is left out."""
    marks: tuple[str, ...] = ()
    """Words after the detail that must be seen: what narrows the view. They outlast the detail."""
    notes: tuple[str, ...] = ()
    """What was lost or bent; after the extras, left out where room is short."""
    strip: tuple[tuple[str, str], ...] = ()
    """A small drawing as (text, style) before the badge; the first to go where room is short."""


_STATES: dict[str, tuple[str, str]] = {
    "loading": ("loading…", MUTED),
    "live": ("", MUTED),
    "stale": ("STALE", "bold $text-warning"),
    "error": ("FAILED", "bold $text-error"),
    "throttled": ("THROTTLED", "bold $text-warning"),
    "expired": ("EXPIRED", "bold $text-error"),
    "paused": ("PAUSED", "bold $text-warning"),
}


def state_text(state: SourceState) -> tuple[str, str]:
    """Return the words for a source's state and their style: "12s ago", "STALE 3m"."""
    word, style = _STATES[state.kind]
    age = f"{state.age} ago" if state.age and state.kind == "live" else state.age
    return " ".join(part for part in (word, age) if part), style


def header(view: HeaderView, width: int, *, is_focused: bool, ascii: bool) -> Content:
    """Return the edge, exactly `width` cells: corners and rule with the texts set into it."""
    rule = STYLES[view.level] if view.level is not None and view.level.is_breach else MUTED
    left, line, right = ("┍", "━", "┑") if is_focused else ("╭", "─", "╮")
    room = max(0, width - 4)
    state, state_style = state_text(view.state)
    badge = view.badge or (label(view.level, ascii=ascii) if view.level not in (None, Level.OK) else "")
    if view.level is Level.OK and not view.badge:
        badge = label(view.level, ascii=ascii)
    name = f"{view.number} {view.title}" if view.number else view.title
    fixed = cell_len(name) + 2 + _set_in(badge) + _set_in(state)
    marks = _whole(view.marks, room - fixed - 1)
    space = room - fixed - sum(cell_len(mark) + 3 for mark in marks)
    detail = view.detail + (f" {view.position}" if view.position else "")
    detail = clip(detail, max(0, min(cell_len(detail), space - 1)), ascii=ascii)
    start: list[tuple[str, str]] = [(f" {name} ", "bold reverse" if is_focused else "bold")]
    if detail:
        start.append((f"{detail} ", ""))
    for mark in marks:
        start += [(f" {mark} ", "reverse"), (" ", "")]
    end: list[tuple[str, str]] = []
    for piece in (
        *_optional(view, space - _set_in(detail) - 3),
        ((badge, view.badge_style or BADGES[view.level]),),
        ((state, state_style),),
    ):
        if any(text for text, _ in piece):
            end += [(line, rule), (" ", ""), *piece, (" ", "")]
    used = sum(cell_len(text) for text, _ in (*start, *end))
    fill = line * max(0, width - 4 - used)
    parts = [(left + line, rule), *start, (fill, rule), *end, (line + right, rule)]
    drawn = ((plain_symbols(text) if ascii else text, style) for text, style in parts)
    return Content.assemble(*drawn).truncate(width, pad=True)


def _whole(texts: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Return the first texts that fit with three cells beside each; one is cut rather than all lost."""
    used, count = 0, 0
    for text in texts:
        used += cell_len(text) + 3
        if used > width:
            break
        count += 1
    return texts[:count] or tuple(clip(text, width - 3) for text in texts[:1] if width >= 8)


def _optional(view: HeaderView, width: int) -> list[tuple[tuple[str, str], ...]]:
    """Return what is shown where there is room for it: extras, notes, strip, in this order of rank."""
    pieces: list[tuple[tuple[str, str], ...]] = []
    is_whole = True
    for texts, style in ((view.extras, MUTED), (view.notes, "$text-warning")):
        text = _fitting(texts, width)
        is_whole &= text == " · ".join(texts)
        if text:
            pieces.append(((text, style),))
            width -= _set_in(text)
    if view.strip and is_whole and sum(cell_len(text) for text, _ in view.strip) <= width:
        pieces.append(view.strip)
    return pieces


def _fitting(extras: tuple[str, ...], width: int) -> str:
    """Return the extras that fit, the first ones first; the first is cut rather than lost."""
    text = ""
    for extra in extras:
        longer = f"{text} · {extra}" if text else extra
        if cell_len(longer) > width:
            break
        text = longer
    return text or (clip(extras[0], width) if extras and width >= 8 else "")


def _set_in(text: str) -> int:
    return cell_len(text) + 3 if text else 0


class PaneHeader(OneRow):
    """One row that draws a `HeaderView`."""

    DEFAULT_CSS = """
    PaneHeader { height: 1; width: 1fr; }
    """

    view: reactive[HeaderView | None] = reactive(None, repaint=False)
    is_focused: reactive[bool] = reactive(False)
    ascii: reactive[bool] = reactive(False)

    def watch_view(self) -> None:
        """Paint what changed."""
        self.paint_changes()

    def row(self, width: int) -> Content:
        """Return the edge."""
        if self.view is None or not width:
            return Content("")
        return header(self.view, width, is_focused=self.is_focused, ascii=self.ascii)
