"""The policies allow exactly what the doors let through."""

from __future__ import annotations

import json
import re

import pytest

from tui.cli import run
from tui.sources.policies import Kind, Place, actions_of, policy
from tui.sources.reads import READS
from tui.sources.writes import WRITES

PLACE = Place("eu-west-1", "123456789012", "prod", ("web",), ("db-1",), ("/ecs/web",))


@pytest.mark.parametrize("kind", ["read", "write"])
def test_every_action_is_allowed_once_and_nothing_else(kind: Kind) -> None:
    document = policy(kind, PLACE)
    allowed = [action for one in document["Statement"] for action in one["Action"]]
    assert sorted(allowed) == sorted(actions_of(kind))
    assert all(re.fullmatch(r"[a-z-]+:[A-Z]\w+", action) for action in allowed)
    for statement in document["Statement"]:
        assert re.fullmatch(r"[A-Za-z0-9]+", statement["Sid"])
        arns = statement["Resource"]
        assert arns == "*" or all(
            re.fullmatch(r"arn:aws:[a-z-]+:(eu-west-1)?:\d{12}:.+", one) for one in arns
        )


def test_each_write_of_the_list_is_in_the_policy() -> None:
    names = {action.split(":")[1] for action in actions_of("write")}
    assert {operation for writes in WRITES.values() for operation in writes} <= names


def test_reading_allows_no_write() -> None:
    names = {action.split(":")[1] for action in actions_of("read")}
    assert names <= {operation for operations in READS.values() for operation in operations}


def test_roles_are_passed_to_tasks_only() -> None:
    (passed,) = (one for one in policy("write", PLACE)["Statement"] if "iam:PassRole" in one["Action"])
    assert passed["Condition"]["StringEquals"]["iam:PassedToService"] == "ecs-tasks.amazonaws.com"


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "iam",
        "write",
        "--region",
        "eu-west-1",
        "--cluster",
        "prod",
        "--service",
        "web",
        "--db",
        "db-1",
    ]
    assert run(arguments) == 0
    done = capsys.readouterr()
    assert "arn:aws:ecs:eu-west-1:123456789012:service/prod/web" in json.dumps(json.loads(done.out))
    assert "--account" in done.err


def test_a_login_to_postgresql_is_allowed_where_it_is_configured() -> None:
    place = Place("us-east-1", "123456789012", "prod", (), (), (), "cwtop", "prod/db")
    allowed = {
        action: one["Resource"]
        for one in policy("read", place)["Statement"]
        for action in one["Action"]
        if action in ("rds-db:connect", "secretsmanager:GetSecretValue")
    }
    assert allowed == {
        "rds-db:connect": ["arn:aws:rds-db:us-east-1:123456789012:dbuser:*/cwtop"],
        "secretsmanager:GetSecretValue": [
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-??????"
        ],
    }
