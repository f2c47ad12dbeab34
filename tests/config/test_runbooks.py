"""The packaged runbooks lead to things that exist; a user's file is told what is wrong with it, by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.loader import load
from config.queries import load_queries
from config.runbooks import SCREENS, Runbook, load_runbooks
from tui.actions.registry import BY_ID
from tui.dbboard import TITLES
from tui.domain.state import ALARM, DATABASE, ROLLOUT, TARGETS, TASKS
from tui.triage.material import CauseKind

BOOKS = load_runbooks().books


@pytest.mark.parametrize("name", BOOKS)
def test_every_step_leads_somewhere(name: str) -> None:
    queries = load_queries().queries
    for step in BOOKS[name].steps:
        assert not step.query or step.query in queries
        assert not step.action or step.action in BY_ID
        if step.screen is not None and step.screen.startswith("database-"):
            assert step.screen.removeprefix("database-") in TITLES


@pytest.mark.parametrize("name", BOOKS)
def test_symptoms_and_causes_exist(name: str) -> None:
    known = {*load(env={}).config.metrics, ALARM, DATABASE, ROLLOUT, TARGETS, TASKS}
    assert set(BOOKS[name].symptoms) <= known
    assert set(BOOKS[name].causes) <= {one.value for one in CauseKind}


def test_every_breach_and_every_cause_has_one() -> None:
    books = load_runbooks()
    for symptom in (*load(env={}).config.thresholds, ALARM, DATABASE, ROLLOUT, TARGETS, TASKS):
        assert books.fitting(symptom), symptom
    for cause in CauseKind:
        assert any(cause.value in one.causes for one in BOOKS.values()), cause
    used = {step.screen for one in BOOKS.values() for step in one.steps} - {None}
    assert used == set(SCREENS)


def test_the_likeliest_cause_leads_then_the_symptom() -> None:
    books = load_runbooks()
    assert books.fitting("alb.response_time", ["database"])[0] == "slow-responses"
    assert books.fitting("rds.cpu", ["database"])[0] == "high-cpu"
    assert books.fitting("alb.error_rate", ["deployment"])[:2] == ("bad-deployment", "high-error-rate")
    assert books.fitting("ecs.memory", ["memory-leak"])[0] == "memory-leak"
    assert books.fitting("ecs.memory")[0] == "high-memory"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mine: 3\n", "wants a mapping"),
        ("mine:\n  title: ours\n  stepz: []\n", "unknown key"),
        ("mine:\n  title: ours\n", "is missing"),
        ("mine:\n  title: ours\n  steps: []\n", "are 0"),
        ("mine:\n  title: ours\n  steps:\n    - {text: look}\n", "opens nothing"),
        ("mine:\n  title: ours\n  steps:\n    - {text: look, query: a, action: b}\n", "opens several things"),
        ("mine:\n  title: ours\n  steps:\n    - {text: look, screen: nowhere}\n", "input should be"),
        (
            "mine:\n  title: ours\n  steps:\n    - {text: look, advice: true, values: {a: b}}\n",
            "belong to no action",
        ),
    ],
)
def test_a_users_mistake_is_told(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "runbooks.yaml"
    file.write_text(text)
    found = load_runbooks(file)
    assert any(said in str(one) for one in found.problems), found.problems
    assert f"{file}:" in str(found.problems[0])
    assert dict(found.books) == dict(BOOKS)


def test_a_users_runbook_replaces_and_adds(tmp_path: Path) -> None:
    file = tmp_path / "runbooks.yaml"
    file.write_text("high-cpu:\n  title: Ours\n  steps:\n    - {text: call, advice: true}\n")
    found = load_runbooks(file)
    assert not found.problems
    assert isinstance(found.books["high-cpu"], Runbook)
    assert found.books["high-cpu"].title == "Ours"
    assert len(found.books) == len(BOOKS)
