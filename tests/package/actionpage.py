"""Brings the plans in docs/actions.md up to date, from a sandbox: `python -P -m tests.package.actionpage`.

Only the plan of each section is replaced; the PostgreSQL actions need sessions and tables of their own, and
are left as they are.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.actions.sandboxkit import Bench, bench_of
from tui.actions.registry import ROWS, targets_of
from tui.presenters.plantext import plan_text
from tui.sandbox.launcher import Sandbox

PAGE: Final = Path(__file__).resolve().parents[2] / "docs/actions.md"
VALUES: Final[dict[str, dict[str, str]]] = {
    "ecs-desired-count": {"desired": "4"},
    "ecs-resize": {"cpu": "512", "memory": "1024"},
    "alb-health-check": {"path": "/ready"},
    "rds-storage": {"size": "50"},
    "rds-class": {"class": "db.t3.small", "when": "now"},
    "rds-parameter": {"name": "max_connections", "value": "200", "reboot": "yes"},
    "rds-backups": {"days": "7", "backup": "03:00-04:00", "maintenance": "mon:04:00-mon:05:00"},
    "alarms-actions": {"actions": "disabled"},
    "alarms-sync": {},
    "alarms-test": {"state": "ALARM"},
    "dashboard-fetch": {"dashboard": "latency", "file": "/home/me/.config/cwtop/dashboard-latency.yaml"},
    "cdn-disable": {"state": "disabled"},
}
"""Values of the forms; what is not named keeps the form's own."""
BEFORE: Final[dict[str, str]] = {
    "scaling-remove": "scaling-cpu",
    "alarms-actions": "alarms-sync",
    "alarms-test": "alarms-sync",
    "cdn-disable": "cdn-create",
}
"""Actions that are applied first, so that there is something to act on."""
_TOPIC: Final = "arn:aws:sns:ap-northeast-2:123456789012:pages"
_BOARD: Final = {
    "widgets": [
        {
            "type": "metric",
            "properties": {
                "title": "Reads",
                "metrics": [["AWS/RDS", "ReadThroughput", "DBInstanceIdentifier", "prod-llmops-postgres"]],
            },
        },
        {"type": "text", "properties": {"markdown": "Runbook"}},
    ]
}


def main() -> int:
    """Write the page."""
    page = PAGE.read_text(encoding="utf-8")
    with (
        Sandbox.start("calm", speed=60) as sandbox,
        tempfile.TemporaryDirectory() as folder,
        bench_of(sandbox, Path(folder)) as bench,
    ):
        bench.client("cloudwatch").put_dashboard(DashboardName="latency", DashboardBody=json.dumps(_BOARD))
        done: set[str] = set()
        for row in ROWS:
            if row.kind == "postgres":
                continue
            (target, *_) = targets_of(row, bench.door.context.config)
            plan = _plan(bench, row.id, target, done)
            sys.stderr.write(f"{row.id}\n")
            page = re.sub(
                rf"(^### {row.id}$.*?^```text\n).*?(^```$)",
                lambda found, text=plan: f"{found[1]}{text}{found[2]}",  # type: ignore[misc]
                page,
                count=1,
                flags=re.MULTILINE | re.DOTALL,
            )
    PAGE.write_text(page, encoding="utf-8")
    return 0


def _plan(bench: Bench, name: str, target: str, done: set[str]) -> str:
    """Return a plan as it is printed; what it needs is applied, and stays."""
    first = BEFORE.get(name)
    if first is not None and first not in done:
        bench.applied(first, target, **({"notify": _TOPIC} if first == "alarms-sync" else {}))
        done.add(first)
    return plan_text(bench.planned(name, target, **VALUES.get(name, {}))[2])


if __name__ == "__main__":
    raise SystemExit(main())
