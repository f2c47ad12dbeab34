"""The `aws` command that does what a request does, ready to be pasted into a shell.

Spelling as the AWS CLI derives it from the service model:
docs.aws.amazon.com/cli/latest/userguide/cli-usage.html.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tui.domain.plan import Call, Ref, Step, refs

_SERVICES: Final = {"cloudwatch": "cloudwatch", "elbv2": "elbv2"}
_MARK: Final = "\ufdd0"
"""Stands around a variable until the text around it is quoted; a noncharacter, in no value of AWS."""
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def command(call: Call) -> str:
    """Return a request as a command."""
    if call.shown:
        return call.shown
    words = ["aws", _SERVICES.get(call.service, call.service), call.method.replace("_", "-")]
    for name, value in call.params.items():
        words += _option(name, value)
    return " ".join(words)


def script(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the commands of a plan; what a later step needs is kept in a shell variable."""
    used = [one for step in steps for one in refs(step.call.params)]
    lines = []
    for number, step in enumerate(steps):
        wanted = next((one for one in used if one.step == number), None)
        line = command(step.call)
        if wanted is not None:
            line = f"{_variable(wanted)}=$({line} --query {shlex.quote(wanted.path)} --output text)"
        lines.append(line)
    return tuple(lines)


def _option(name: str, value: Any) -> list[str]:
    option = "--" + "-".join(part.lower() for part in _WORD.split(name))
    if value is True:
        return [option]
    if value is False:
        return [option.replace("--", "--no-", 1)]
    if isinstance(value, Ref):
        return [option, f'"${_variable(value)}"']
    if isinstance(value, Mapping) or (
        isinstance(value, list | tuple) and any(isinstance(one, Mapping | list | tuple) for one in value)
    ):
        if refs(value):
            return [option, _quoted(value)]
        return [option, shlex.quote(json.dumps(value, ensure_ascii=False, default=str))]
    if isinstance(value, list | tuple):
        return [option, *(shlex.quote(str(one)) for one in value)]
    return [option, shlex.quote(str(value))]


def _quoted(value: Any) -> str:
    """Return JSON in double quotes; the shell replaces the references' variables and nothing else."""
    parts = re.split(f"{_MARK}([A-Z_]+){_MARK}", json.dumps(_spelt(value), ensure_ascii=False))
    # Names stand at the odd places.
    return (
        '"'
        + "".join(
            f"${{{part}}}" if number % 2 else re.sub(r'([\\"$`])', r"\\\1", part)
            for number, part in enumerate(parts)
        )
        + '"'
    )


def _spelt(value: Any) -> Any:
    if isinstance(value, Ref):
        return f"{_MARK}{_variable(value)}{_MARK}"
    if isinstance(value, Mapping):
        return {key: _spelt(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_spelt(one) for one in value]
    return value


def _variable(ref: Ref) -> str:
    return "_".join(part.upper() for part in _WORD.split(ref.path.rsplit(".", 1)[-1]))
