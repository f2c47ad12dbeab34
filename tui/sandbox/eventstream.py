"""Encode messages of AWS's binary event stream format (application/vnd.amazon.eventstream)."""

from __future__ import annotations

import json
import struct
from binascii import crc32
from collections.abc import Mapping
from typing import Any

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7


def event(kind: str, document: Mapping[str, Any]) -> bytes:
    """Return an event of a kind, for example sessionUpdate, with a JSON document."""
    headers = {":message-type": "event", ":event-type": kind, ":content-type": "application/json"}
    return encode(headers, json.dumps(document).encode())


def exception(kind: str, message: str) -> bytes:
    """Return an exception of a modelled kind, for example SessionTimeoutException."""
    headers = {":message-type": "exception", ":exception-type": kind, ":content-type": "application/json"}
    return encode(headers, json.dumps({"message": message}).encode())


def encode(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Return one message: lengths, their checksum, headers, payload, the checksum of it all.

    Args:
        headers: Names and texts; a name takes up to 255 bytes, a text up to 65,535.
        payload: The body as it is.
    """
    named = b"".join(_header(name, text) for name, text in headers.items())
    # Twelve bytes go before the headers, four come behind the payload.
    prelude = struct.pack("!II", 12 + len(named) + len(payload) + 4, len(named))
    message = prelude + struct.pack("!I", crc32(prelude)) + named + payload
    return message + struct.pack("!I", crc32(message))


def _header(name: str, text: str) -> bytes:
    label, value = name.encode(), text.encode()
    return struct.pack("!B", len(label)) + label + struct.pack("!BH", _STRING, len(value)) + value
