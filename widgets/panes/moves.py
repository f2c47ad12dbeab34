"""The keys that move within a pane, declared once for every kind of pane."""

from __future__ import annotations

from textual.binding import Binding, BindingType


def move_bindings(**texts: str) -> list[BindingType]:
    """Return bindings of keys to `action_move`, with the words that the key help says of each.

    Args:
        **texts: Words by key, as `up="Older line"`; the key is the direction that the action is given.
    """
    return [Binding(key, f"move('{key}')", text, show=False) for key, text in texts.items()]
