"""The checks of the console's commands by their ids, and what they look at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.screens.kit import Seat
from tui.sandbox.control import Control
from widgets.model import LogLine

Check = Callable[[Seat, str, Control], Awaitable[None]]
CHECKS: dict[str, Check] = {}


def check(command: str) -> Callable[[Check], Check]:
    """Make a function the check of a command: called with a live console and the key to press."""

    def keep(function: Check) -> Check:
        CHECKS[command] = function
        return function

    return keep


def line_of(seat: Seat) -> LogLine:
    line = seat.tail.current_line
    assert line is not None
    return line


def edge_of(seat: Seat, pane: str) -> str:
    return seat.box(pane).splitlines()[0]
