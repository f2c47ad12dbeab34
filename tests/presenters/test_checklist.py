"""The checklist on paper: words, glyphs, commands that can be copied, nothing that breaks a table."""

from __future__ import annotations

import json
import shlex

import pytest

from config.checklist import load_checklist
from config.levels import Level
from tui.domain.checklist import CheckResult, Fix, State, Verified, combined, exit_code
from tui.presenters.checklist import (
    checklist_view,
    detail_text,
    document,
    fix_command,
    markdown,
    plain_text,
    summary,
)

ITEMS = {one.id: one for one in load_checklist().items}
FIX = Fix("rds-backups", "prod-db", {"days": "7"}, "A week at least.")


def one(name: str, state: State, evidence: str = "Seen.", fix: Fix | None = None) -> Verified:
    return Verified(ITEMS[name], CheckResult(state, evidence, fix))


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([("cdn", State.PASS), ("caching", State.NOT_APPLICABLE)], 0),
        ([("cdn", State.PASS), ("caching", State.UNKNOWN)], 3),
        ([("cdn", State.FAIL), ("caching", State.UNKNOWN)], 1),
        ([("cdn", State.FAIL), ("backups", State.FAIL)], 2),
        ([("backups", State.UNKNOWN)], 3),
        ([], 0),
    ],
    ids=str,
)
def test_the_worst_is_the_exit_code(found: list[tuple[str, State]], code: int) -> None:
    assert exit_code([one(name, state) for name, state in found]) == code


def test_several_resources_stand_as_the_worst_and_tell_it_first() -> None:
    results = [
        CheckResult(State.PASS, "a: fine."),
        CheckResult(State.UNKNOWN, "b: refused.", needs="rds:X"),
        CheckResult(State.FAIL, "c: bad.", FIX),
    ]
    found = combined(results, "none")
    assert (found.state, found.fix, found.needs) == (State.FAIL, FIX, "rds:X")
    assert found.evidence == "c: bad. b: refused. a: fine."
    assert combined([], "There is none.") == CheckResult(State.NOT_APPLICABLE, "There is none.")
    assert combined(results[:1] * 2, "").evidence == "a: fine."


def test_a_fix_is_a_command_that_a_shell_takes_apart_again() -> None:
    fix = Fix("db-create-index", "", {"table": 'public."a b"', "columns": "x, y DESC"})
    assert shlex.split(fix_command(fix)) == [
        "cwtop", "apply", "db-create-index", "--set", 'table=public."a b"', "--set", "columns=x, y DESC",
    ]  # fmt: skip
    assert fix_command(Fix(advice="Think.")) == ""


def test_the_text_fits_the_width_but_for_commands() -> None:
    found = [one("backups", State.FAIL, "Kept 1 day, 99 % of them. " * 8, FIX), one("cdn", State.PASS)]
    text = plain_text(found, width=70)
    command = "cwtop apply rds-backups --target prod-db --set days=7"
    assert command in text
    assert all(len(line) <= 70 or command in line for line in text.splitlines())
    assert not any(line.lstrip().startswith("% of") for line in text.splitlines()), "a figure keeps its unit"
    assert "  ✖ FAIL     Backup policy" in text
    assert text.endswith("1 FAIL, 1 pass\n")
    assert plain_text(found, width=70, ascii=True).isascii()


def test_markdown_escapes_what_would_break_a_table() -> None:
    text = markdown(
        [one("slow-statements", State.FAIL, "SELECT a|b <x> `c` *d*", Fix(advice="Think | act."))]
    )
    row = next(line for line in text.splitlines() if line.startswith("| Slow"))
    assert row == (
        "| Slow statements reviewed | FAIL | SELECT a\\|b &lt;x> \\`c\\` \\*d\\* | Think \\| act. |"
    )


def test_json_has_everything_that_a_script_needs() -> None:
    unknown = Verified(
        ITEMS["dashboard"],
        CheckResult(State.UNKNOWN, "Denied.", needs="cloudwatch:GetDashboard"),
        0.25,
    )
    found = document([one("backups", State.FAIL, "Kept 1 day.", FIX), unknown], 1_800_000_000.0)
    json.dumps(found)
    assert found["exit_code"] == 2
    assert found["counts"] == {"pass": 0, "fail": 1, "not applicable": 0, "unknown": 1}
    assert found["items"][0]["fix"]["command"] == "cwtop apply rds-backups --target prod-db --set days=7"
    assert found["items"][1]["needs"] == "cloudwatch:GetDashboard"
    assert found["items"][1]["fix"] is None


def test_the_screen_keeps_what_it_knows_while_it_reads_again() -> None:
    items = list(ITEMS.values())
    found = {"backups": one("backups", State.FAIL, "Kept 1 day.", FIX), "cdn": one("cdn", State.PASS)}
    view = checklist_view(items, found, {"backups"}, 100.0, 160.0)
    rows = {row.id: row for row in view.rows if row.id}
    assert (rows["backups"].word, rows["backups"].evidence) == ("reading", "Kept 1 day.")
    assert (rows["cdn"].word, rows["metrics"].word) == ("pass", "")
    assert view.level is Level.CRITICAL
    assert "verifying, 17 of 18" in view.heading
    assert [row.text for row in view.rows if not row.id] == [
        "Monitoring", "ECS", "RDS", "Application", "Network",
    ]  # fmt: skip
    assert "verified 1m" in checklist_view(items, found, (), 100.0, 160.0).heading
    assert checklist_view(items, {}, (), None, 0.0).level is None


def test_the_item_whole_tells_the_action_with_its_values() -> None:
    failing = one("backups", State.FAIL, "Kept 1 day.", FIX)
    assert detail_text(failing, can_act=True, key="enter") == (
        "Backup policy: Kept 1 day.\nenter → Set backups and windows (prod-db, days 7). A week at least."
    )
    assert detail_text(failing, can_act=False, key="enter").endswith("\n→ A week at least.")
    assert summary([failing]) == "1 FAIL"
