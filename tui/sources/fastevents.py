"""Takes log events out of a response before the SDK's parser walks through each of their fields.

They are plain JSON numbers and texts, so that the walk changes nothing, and it costs several times as much
as reading the JSON.
"""

from __future__ import annotations

import json
from typing import Any, Final

EVENTS: Final = (
    "before-parse.cloudwatch-logs.FilterLogEvents",
    "before-parse.cloudwatch-logs.GetLogEvents",
)


def take_events(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """Put the events of a good answer into the parsed response, and leave the rest to the SDK.

    What is no such answer is left whole: the SDK words its own errors.

    Args:
        response_dict: botocore's raw response: `status_code`, `headers`, `body`.
        customized_response_dict: Laid over the response that the SDK parses.
    """
    if response_dict["status_code"] != 200:
        return
    try:
        body = json.loads(response_dict["body"])
    except ValueError:
        return
    if not isinstance(body, dict) or not isinstance(body.get("events"), list):
        return
    customized_response_dict["events"] = body.pop("events")
    response_dict["body"] = json.dumps(body).encode()


def attach(emitter: Any) -> None:
    """Do so for all clients that will be made from a botocore session with this event emitter."""
    for event in EVENTS:
        emitter.register(event, take_events)
