"""What the gate's control requests reach beyond its own rules: late ingestion and Live Tail sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.sandbox.log_store import Lateness
from tui.sandbox.world import World

if TYPE_CHECKING:
    from tui.sandbox.gate import Desk
    from tui.sandbox.live_tail import LiveTail


def desks(world: World, live_tail: LiveTail) -> dict[str, Desk]:
    """Return what answers POST and DELETE `late`, and GET and DELETE `live-tail`."""

    def late(method: str, document: dict[str, Any]) -> dict[str, Any]:
        world.logs.delay(Lateness(**document) if method == "POST" else None)
        return {}

    def sessions(method: str, document: dict[str, Any]) -> dict[str, Any]:
        if method == "DELETE":
            return {"count": live_tail.end(str(document["code"]), str(document["message"]))}
        return {"count": live_tail.count()}

    return {"late": late, "live-tail": sessions}
