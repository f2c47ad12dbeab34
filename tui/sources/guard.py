"""The door before AWS: an operation that is not on the read list is refused before it is sent.

For an applied action the write list passes too.
"""

from __future__ import annotations

from typing import Any

from tui.sources.reads import is_read
from tui.sources.writes import is_write

EVENTS = ("before-parameter-build", "before-call")
"""Two events of botocore: the first also covers presigned URLs, the second is the last before sending."""


class WriteRefused(Exception):
    """An operation outside the read list was about to be sent.

    Attributes:
        service: botocore's service name.
        operation: For example "UpdateService".
    """

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(f"{service}:{operation} is not on the read list")
        self.service = service
        self.operation = operation


def refuse_writes(model: Any, **_: Any) -> None:
    """Let a read pass; botocore calls this with the operation's model.

    Raises:
        WriteRefused: The operation is not on the read list.
    """
    service = model.service_model.service_name
    if not is_read(service, model.name):
        raise WriteRefused(service, model.name)


def refuse_unlisted(model: Any, **_: Any) -> None:
    """Let reads and the writes of actions pass.

    Raises:
        WriteRefused: The operation is on neither list.
    """
    service = model.service_model.service_name
    if not (is_read(service, model.name) or is_write(service, model.name)):
        raise WriteRefused(service, model.name)


def attach(emitter: Any, *, allow_writes: bool = False) -> None:
    """Put the door before every client that will be made from a botocore session.

    Args:
        emitter: The session's event emitter; clients copy its handlers when they are created.
        allow_writes: Let the write list pass too, and still nothing else.
    """
    for event in EVENTS:
        emitter.register_first(event, refuse_unlisted if allow_writes else refuse_writes)
