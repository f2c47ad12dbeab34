"""The only door for untrusted text: sanitise once at ingest, build `Content` without markup.

Log lines, AWS messages, tags and SQL are written by strangers. A raw escape sequence would reach the
terminal through every Textual widget, and "[/x]" parsed as markup would end the application.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.content import Content

_ESCAPE = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: title, clipboard, hyperlinks
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # DCS, SOS, PM, APC
    r"|[\x1b\x9b]\[?[0-?]*[ -/]*[@-~]"  # CSI and two-character escapes
)
_VISIBLE = dict.fromkeys(
    [
        *(code for code in range(0x20) if code not in (0x09, 0x0A)),
        *range(0x7F, 0xA0),
        0x061C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF,
        # Halves of a pair, as "\ud83d" of a cut JSON escape: they cannot be encoded.
        *range(0xD800, 0xE000),
    ],
    "·",
)  # fmt: skip

MAX_LENGTH = 65_536
"""Longest text kept, characters; CloudWatch allows events of 1 MB."""


def sanitise(text: str, limit: int = MAX_LENGTH) -> str:
    r"""Return text that cannot steer a terminal, at most about `limit` characters.

    ANSI and OSC sequences go; other control, C1, DEL and bidirectional characters become "·";
    so do lone surrogates; newline and tab stay; "\r\n" becomes a newline. What is cut is counted: "…+12KB".
    """
    if len(text) > limit:
        rest = len(text) - limit
        text = f"{text[:limit]}…+{rest // 1024}KB" if rest >= 1024 else f"{text[:limit]}…+{rest}"
    if "\x1b" in text or "\x9b" in text:
        text = _ESCAPE.sub("", text)
    if text.isprintable():
        return text
    return text.replace("\r\n", "\n").translate(_VISIBLE)


def one_line(text: str, limit: int = 8192) -> str:
    """Return sanitised text as a single line: newlines become "⏎", tabs a space."""
    return sanitise(text, limit).replace("\n", "⏎").replace("\t", " ")


def plain(text: str, style: str = "") -> Content:
    """Return `Content` of data: never parsed as markup.

    Args:
        text: Sanitised text.
        style: A Textual style, for example "$error" or "bold".
    """
    from textual.content import Content

    return Content.styled(text, style) if style else Content(text)
