"""The timeline within the console: opens it, moves the charts and the log with it. No logic of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen

from tui.board import Board
from tui.triage.entry import TimelineEntry
from tui.triage.timeline import locate
from widgets.eventlist import EventList
from widgets.panes.logs import TailPane
from widgets.promptline import PromptLine
from widgets.textview import TextDialog

PROMPT = "timeline"
"""Mode of the prompt line for the words."""
NOT_HELD = "not among the log lines at hand: enter, then g reads them"
SHOWN = "-timeline"
"""Class of the panes while the timeline is among them."""


class TimelineDesk:
    """Turns keys into calls of the timeline's board and of its list.

    Args:
        host: The screen.
        board: The console's board.
        events: What draws.
        tail: The log pane, which follows; None without one.
        prompt: The line that asks for words.
        show: Draws the console anew.
    """

    def __init__(
        self,
        host: Screen[Any],
        board: Board,
        events: EventList,
        tail: TailPane | None,
        prompt: PromptLine,
        show: Callable[[], None],
    ) -> None:
        self._host = host
        self._board = board
        self._timeline = board.timeline
        self._list = events
        self._tail = tail
        self._prompt = prompt
        self._show = show
        self._shown: tuple[int, str] | None = None
        self._key = ""
        self._asked: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the timeline is among the panes."""
        return self._host.query_one("#panes").has_class(SHOWN)

    @property
    def has_focus(self) -> bool:
        """Whether the keys are the list's."""
        return self.is_open and self._list.has_focus

    @property
    def current(self) -> TimelineEntry | None:
        """The entry under the cursor."""
        listed = self._timeline.listed()
        return listed[self._list.cursor] if self._list.cursor < len(listed) else None

    @property
    def text(self) -> str:
        """The entry under the cursor as text; "" for none."""
        return self._timeline.text_of(self.current) if self.current is not None else ""

    # ------------------------------------------------------------ opening and closing

    def toggle(self) -> bool:
        """Open it, go to it, or close it where one is there already; return whether it has the keys."""
        if self.has_focus:
            self.close()
            return False
        self._host.query_one("#panes").add_class(SHOWN)
        self._shown = None
        self.draw()
        self._list.focus()
        return True

    def close(self) -> None:
        """Take it away; the moment stays."""
        self._host.query_one("#panes").remove_class(SHOWN)

    def back(self) -> bool:
        """Take the words back, then go live and close; False where it is not open."""
        if not self.is_open:
            return False
        if self._timeline.words:
            self.narrow("")
        else:
            self.close()
            self._board.set_moment(None)
            if self._tail is not None:
                self._tail.action_follow()
            self._show()
        return True

    # ------------------------------------------------------------ drawing

    def draw(self) -> None:
        """Draw what has changed; the row under the cursor stays under it."""
        if not self.is_open:
            return
        listed, title = self._timeline.listed(), self._timeline.heading()
        if self._shown != (id(listed), title):
            self._shown = (id(listed), title)
            self._list.show(self._timeline.rows(), self._place(listed), title)
        moment = self._board.ui.moment_s
        if moment != self._asked and moment is not None and not self._list.has_focus:
            # Somebody steps through the charts or the log: the list goes along.
            self._asked = moment
            self._list.put_cursor(locate(listed, moment))
            self._remember()

    def _place(self, listed: list[TimelineEntry]) -> int:
        """Return where the entry that was under the cursor is now; live, the newest."""
        old = self._timeline.timeline.entry(self._key)
        if old is None or self._board.ui.moment_s is None:
            return 0
        at = locate(listed, old.at_s)
        while at < len(listed) and listed[at].at_s == old.at_s:
            if listed[at].key == old.key:
                return at
            at += 1
        return locate(listed, old.at_s)

    def _remember(self) -> None:
        self._key = self.current.key if self.current is not None else ""

    # ------------------------------------------------------------ keys

    def moved(self) -> None:
        """Show the moment of the entry under the cursor in the charts and in the log."""
        entry = self.current
        if entry is None:
            return
        self._remember()
        self._asked = entry.at_s
        self._board.set_moment(entry.at_s)
        is_held = self._tail is None or self._tail.jump(int(entry.at_s * 1000))
        self._list.border_subtitle = "" if is_held else NOT_HELD
        self._show()

    def open_current(self, go_to: Callable[[float], None]) -> None:
        """Show the entry whole; from there its moment can be read in the log.

        Args:
            go_to: Shows the log at a moment, and reads it if need be.
        """
        entry = self.current
        if entry is None:
            return

        def answered(answer: str | None) -> None:
            if answer == "log":
                go_to(entry.at_s)

        offers = (("g", "the log at that moment", "log"),) if self._tail is not None else ()
        self._host.app.push_screen(TextDialog("Timeline", self.text, offers=offers), answered)

    def ask_words(self) -> None:
        """Ask for words."""
        hint = "only entries that contain all of these words; empty shows all"
        self._prompt.open(PROMPT, "/", value=self._timeline.words, hint=hint)

    def narrow(self, words: str) -> None:
        """List only what contains some words."""
        self._timeline.words = words.strip()
        self.draw()

    def next_kinds(self) -> None:
        """List other kinds."""
        if not self.is_open:
            self.toggle()
        self._timeline.next_kinds()
        self.draw()
