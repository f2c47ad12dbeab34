"""`cwtop audit`: what was applied from here, what of it was done, what is left, and the way back."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from tui.actions.audit import AuditError, AuditLog
from tui.presenters.plantext import run_json, run_text, runs_text
from widgets.text import one_line


def run(options: Mapping[str, Any]) -> int:
    """Run the command; no account is asked. Returns its exit code."""
    from tui.__main__ import EXIT_USAGE

    as_json = options.get("output") == "json"
    try:
        log = AuditLog.default()
        if not options.get("run"):
            runs = log.runs()[::-1]
            sys.stdout.write(_json([run_json(one) for one in runs]) if as_json else runs_text(runs))
            return 0
        found = log.find(str(options["run"]))
    except AuditError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_USAGE
    if found is None:
        name = one_line(str(options["run"]), 40)
        sys.stderr.write(f"There is no run {name} in {log.path}; cwtop audit lists them.\n")
        return EXIT_USAGE
    sys.stdout.write(_json(run_json(found)) if as_json else run_text(found))
    return 0


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
