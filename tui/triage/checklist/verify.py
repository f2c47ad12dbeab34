"""Verifies all items side by side, each with a deadline; one that fails leaves the others alone."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from config.checklist import ChecklistItem
from tui.actions.protocol import Context
from tui.collect.offload import launch
from tui.domain.checklist import CheckResult, State, Verified
from tui.domain.errors import SourceError
from tui.triage.checklist.probe import Check, Probe, unreadable
from tui.triage.checklist.reads import Reads
from tui.triage.checklist.registry import CHECKS
from widgets.text import sanitise

DEADLINE_S: Final = 30.0
"""Real seconds for one check; what all share is read once, so the slowest read is what it waits for."""
MOST_EVIDENCE: Final = 1200

_log = logging.getLogger(__name__)


async def verify(
    context: Context,
    items: Sequence[ChecklistItem],
    *,
    on_result: Callable[[Verified], object] | None = None,
    deadline_s: float = DEADLINE_S,
    checks: Mapping[str, Check] = CHECKS,
) -> tuple[Verified, ...]:
    """Return all items with what was found, in their order.

    Args:
        context: The doors; all calls are reads.
        items: What is verified.
        on_result: Called on the loop with each as soon as it is known.
        deadline_s: Real seconds for each.
        checks: By name.
    """
    reads = Reads(context)

    async def one(item: ChecklistItem) -> Verified:
        began = time.monotonic()
        result = await _result(checks[item.check], Probe(item, reads), deadline_s)
        result = _accepted(context.config.checklist.accepted.get(item.id, ""), _clean(result))
        found = Verified(item, result, time.monotonic() - began)
        if on_result is not None:
            on_result(found)
        return found

    return tuple(await asyncio.gather(*map(one, items)))


async def _result(check: Check, probe: Probe, deadline_s: float) -> CheckResult:
    try:
        # A daemon thread of its own: one that hangs holds up neither the others nor the exit.
        call = launch(partial(check, probe), name=f"checklist-{probe.item.id}")
        return await asyncio.wait_for(call, deadline_s)
    except SourceError as error:
        return unreadable(error)
    except TimeoutError:
        return CheckResult(State.UNKNOWN, f"No answer within {deadline_s:g} s.")
    except Exception as error:  # noqa: BLE001 - told as the item's evidence, and logged
        _log.exception("the check %s failed", probe.item.check)
        text = f"The check failed in cwtop: {type(error).__name__}: {error}. Its log (--log-file) has more."
        return CheckResult(State.UNKNOWN, text)


def _accepted(reason: str, result: CheckResult) -> CheckResult:
    """Return an item that somebody has decided against as not applicable, what was seen beside the reason."""
    if not reason or result.state is State.PASS:
        return result
    evidence = f"Accepted: {reason} Seen: {result.evidence}"
    return CheckResult(State.NOT_APPLICABLE, sanitise(evidence, MOST_EVIDENCE), result.fix)


def _clean(result: CheckResult) -> CheckResult:
    # Names of resources, messages of services and statements come from outside.
    return replace(result, evidence=" ".join(sanitise(result.evidence, MOST_EVIDENCE).split()))
