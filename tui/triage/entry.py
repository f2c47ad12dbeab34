"""One thing that happened, as the timeline, the explanation and the incident record share it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from config.levels import Level
from tui.domain.findings import PaneId


class Kind(StrEnum):
    """What sort of thing happened; the value is the word that is shown."""

    BREACH = "breach"
    ALARM = "alarm"
    DEPLOYMENT = "deployment"
    SERVICE = "service"
    DATABASE = "database"
    SCALING = "scaling"
    LOG = "log"
    ACTION = "action"
    CHANGE = "change"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened. Texts have passed `widgets.text.sanitise`.

    Attributes:
        key: What it is; an entry with the same key replaces an earlier one (a breach that goes on).
        at_s: When it began, epoch seconds by the endpoint's clock.
        kind: What sort of thing.
        title: One line.
        resource: Name of the resource; "" for the whole stack.
        pane: The pane that it belongs to; None for the whole stack or the log.
        level: How bad; None for what is neither good nor bad.
        until_s: When it ended; None for a moment, or while it goes on.
        who: Who did it (CloudTrail, audit log); "" where nobody or nobody knows.
        metric: Metric id of a breach or of a gap; "" otherwise.
        detail: More lines, shown when it is opened.
    """

    key: str
    at_s: float
    kind: Kind
    title: str
    resource: str = ""
    pane: PaneId | None = None
    level: Level | None = None
    until_s: float | None = None
    who: str = ""
    metric: str = ""
    detail: str = ""
