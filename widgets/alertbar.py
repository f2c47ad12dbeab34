"""The line below the status line: what is breached, in sentences, the worst first."""

from __future__ import annotations

from typing import Final

from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from widgets.cells import cell_len
from widgets.look import BADGES, MUTED, STYLES, glyph
from widgets.model import AlertView

FLASH_S: Final = 4.0
"""How long a new breach stands out."""

_GAP = "   "


def alert_line(alerts: tuple[AlertView, ...], width: int, *, ascii: bool = False) -> Content:
    """Return as many whole sentences as fit in `width` cells, and how many more there are.

    The first is always there, cut if it must be.
    """
    pieces: list[tuple[str, str]] = []
    used = 0
    for index, alert in enumerate(alerts):
        rest = len(alerts) - index - 1
        more = f"{_GAP}+{rest} more" if rest else ""
        needed = cell_len(alert.text) + 4
        if index and used + len(_GAP) + needed + cell_len(more) > width:
            pieces.append((f"{_GAP}+{rest + 1} more", MUTED))
            break
        if index:
            pieces.append((_GAP, ""))
            used += len(_GAP)
        pieces += [
            (f" {glyph(alert.level, ascii=ascii)} ", BADGES[alert.level]),
            (f" {alert.text}", STYLES[alert.level]),
        ]
        used += needed
    return Content.assemble(*pieces)


class AlertBar(Widget):
    """Draws alerts in one row; takes no room while nothing is breached."""

    DEFAULT_CSS = """
    AlertBar { height: 1; width: 1fr; display: none; text-overflow: ellipsis; text-wrap: nowrap; }
    AlertBar.-some { display: block; }
    AlertBar.-flash { background: $error; color: $text; text-style: bold reverse; }
    """

    alerts: reactive[tuple[AlertView, ...]] = reactive[tuple[AlertView, ...]](())

    def __init__(self, *, ascii: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii = ascii
        self._fading: Timer | None = None

    def flash(self) -> None:
        """Stand out for some seconds: something has just got worse."""
        if self._fading is not None:
            self._fading.stop()
        self.add_class("-flash")
        self._fading = self.set_timer(FLASH_S, self._fade)

    def _fade(self) -> None:
        self._fading = None
        self.remove_class("-flash")

    def watch_alerts(self, alerts: tuple[AlertView, ...]) -> None:
        """Come and go with the breaches."""
        self.set_class(bool(alerts), "-some")

    def render(self) -> Content:
        """Return what fits the widget's width."""
        return alert_line(self.alerts, self.size.width, ascii=self._ascii)
