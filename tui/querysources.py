"""Who can answer the queries of the Insights modal: CloudWatch Logs, and the log lines at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.domain.queryruns import Place
from tui.sources.stackqueries import BufferQueries, StackQueries

if TYPE_CHECKING:
    from tui.collect.hub import Hub
    from tui.querydesk import Sources


def sources_of(hub: Hub) -> Sources:
    """Return who can be asked; nothing is asked yet."""
    # One for all runs: they share the rate that requests keep.
    service = StackQueries(hub.session)
    return {Place.AWS: lambda: service, Place.LOCAL: lambda: BufferQueries(hub.lines, hub.clock.now)}
