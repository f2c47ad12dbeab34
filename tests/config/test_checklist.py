"""The checklist's items: the guide's eighteen, and what a user's file may change."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.checklist import GROUPS, LIMITS, item_ids, load_checklist
from config.loader import ConfigError, load
from tui.actions.registry import BY_ID
from tui.triage.checklist.registry import CHECKS


def test_the_guide_has_eighteen_items_in_five_groups() -> None:
    items = load_checklist().items
    groups = [one.group for one in items]
    assert {name: groups.count(name) for name in GROUPS} == {  # type: ignore[arg-type]
        "monitoring": 4, "ecs": 3, "rds": 4, "application": 4, "network": 3,
    }  # fmt: skip
    assert groups == sorted(groups, key=list(GROUPS).index), "groups stand together, in order"


def test_every_item_has_its_check_and_an_action_that_exists() -> None:
    assert CHECKS.keys() == LIMITS.keys()
    for item in load_checklist().items:
        assert item.check in CHECKS
        assert not item.action or item.action in BY_ID
        assert item.advice.endswith(".")


def test_a_users_file_changes_limits_severity_and_advice(tmp_path: Path) -> None:
    file = tmp_path / "checklist.yaml"
    file.write_text("storage:\n  severity: warning\n  advice: Ask Kim.\n  limits: {free_percent: 35}\n")
    found = load_checklist(file)
    assert found.problems == ()
    (storage,) = (one for one in found.items if one.id == "storage")
    assert (storage.severity, storage.advice) == ("warning", "Ask Kim.")
    assert storage.limits == {"free_percent": 35, "days_to_full": 14, "grow_percent": 50}
    assert storage.action == "rds-storage"
    assert tuple(one.id for one in found.items) == item_ids()


def test_every_problem_is_told_with_its_line_and_the_rest_is_in_force(tmp_path: Path) -> None:
    file = tmp_path / "checklist.yaml"
    file.write_text(
        "storag:\n  severity: warning\n"
        "cdn:\n"
        "alarms: high\n"
        "backups:\n  limits:\n    retention_day: 3\n    retention_days: -1\n"
        "metrics:\n  titel: x\n"
        "indexes:\n  severity: bad\n"
        "caching:\n  severity: critical\n"
    )
    found = load_checklist(file)
    told = "\n".join(str(one).replace(str(file), "f") for one in found.problems)
    assert told.splitlines() == [
        'f:1: storag: is no item of the checklist (did you mean "storage"?)',
        "f:3: cdn: cannot be dropped (write checklist.accepted.cdn: and why, in the configuration)",
        "f:4: alarms: wants a mapping (write severity:, limits: or advice: below it)",
        'f:7: backups.limits.retention_day: unknown key (did you mean "retention_days"?)',
        "f:8: backups.limits.retention_days: is not possible",
        "f:10: metrics.titel: unknown key (a user's file may set severity, limits or advice)",
        "f:12: indexes.severity: input should be 'warning' or 'critical'",
    ]
    severities = {one.id: one.severity for one in found.items}
    assert severities["caching"] == "critical"
    assert len(found.items) == 18


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "checklist.yaml").mkdir()
    found = load_checklist(tmp_path / "checklist.yaml")
    assert len(found.items) == 18
    assert "cannot be read" in str(found.problems[0])


def test_addresses_and_accepted_items_are_checked(tmp_path: Path) -> None:
    file = tmp_path / "cwtop.yaml"
    file.write_text(
        "checklist:\n  url: ftp://x\n  static_url: https://x/a.js\n"
        "  accepted:\n    read-replca: none\n    cdn: ' '\n"
    )
    with pytest.raises(ConfigError) as caught:
        load(path=file, env={})
    told = str(caught.value).replace(f"{file}:", "")
    assert told.splitlines() == [
        "2: checklist.url: is not an http:// or https:// address (for example https://example.com/)",
        '5: checklist.accepted.read-replca: is no item of the checklist (did you mean "read-replica"?)',
        "6: checklist.accepted.cdn: says no reason (write why it is not wanted)",
    ]
