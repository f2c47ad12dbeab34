"""The event stream's encoding, against botocore's decoder."""

from __future__ import annotations

import pytest
from botocore.eventstream import ChecksumMismatch, EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from tui.sandbox.eventstream import encode, event, exception

names = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20)


@given(st.dictionaries(names, st.text(max_size=50), max_size=5), st.binary(max_size=200))
def test_botocore_decodes_what_was_encoded(headers: dict[str, str], payload: bytes) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(encode(headers, payload) * 2)
    decoded = list(buffer)
    assert [(one.headers, one.payload) for one in decoded] == [(headers, payload)] * 2


def test_a_changed_byte_is_noticed() -> None:
    message = bytearray(event("sessionUpdate", {"a": "b"}))
    message[-6] ^= 1
    buffer = EventStreamBuffer()
    buffer.add_data(bytes(message))
    with pytest.raises(ChecksumMismatch):
        next(buffer)


def test_an_exception_names_its_kind() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(exception("SessionTimeoutException", "over"))
    decoded = next(buffer)
    assert decoded.headers[":exception-type"] == "SessionTimeoutException"
    assert decoded.payload == b'{"message": "over"}'
