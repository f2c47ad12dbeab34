"""How PostgreSQL is reached: addresses made of fields, IAM tokens, secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import Config, DatabaseConfig
from tests.pgkit import WHEEL, execute, server
from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.sandbox.database import Database
from tui.sources.pgaddress import secret_login, way_of
from tui.sources.pgdoor import PostgresDoor, parameters
from tui.sources.session import AwsSession, StaticKeys

HOST = "prod.abc123.ap-northeast-2.rds.amazonaws.com"


def config_of(**database: Any) -> Config:
    return Config(region="ap-northeast-2", database=DatabaseConfig(**database))


@pytest.fixture
def session() -> Iterator[AwsSession]:
    found = AwsSession(
        Config(region="ap-northeast-2"), Clock.from_environment(), keys=StaticKeys("AKIA", "s")
    )
    yield found
    found.close()


class Secrets:
    """Stands for the session: one secret."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked: list[tuple[str, str, str]] = []

    def call(self, service: str, method: str, **params: str) -> dict[str, str]:
        self.asked.append((service, method, params["SecretId"]))
        return {"SecretString": self.text}


@given(
    host=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1),
    user=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1),
)
def test_what_stands_in_a_field_stays_in_it(host: str, user: str) -> None:
    address = config_of(host=host, user=user, name="app").database_address
    assert address is not None
    assert parameters(address) == {"host": host, "port": "5432", "dbname": "app", "user": user}


def test_an_address_goes_before_fields_and_without_any_there_is_none(session: AwsSession) -> None:
    both = Config(database_url="postgresql://u@h/d", database=DatabaseConfig(host="other"))
    assert both.database_address == "postgresql://u@h/d"
    assert way_of(Config(), session) is None


def test_a_service_brings_its_own_database_unless_one_is_named() -> None:
    assert config_of(service="prod").database_address == "service='prod'"
    assert config_of(service="prod", name="app").database_address == "service='prod' dbname='app'"


def test_an_iam_token_is_signed_for_the_host_and_new_each_time(session: AwsSession) -> None:
    way = way_of(config_of(host=HOST, user="cwtop", login="iam", port=6000), session)
    assert way is not None
    assert way.login is not None
    token = urlsplit(f"https://{way.login()['password']}")
    assert (token.hostname, token.port) == (HOST, 6000)
    query = parse_qs(token.query)
    assert query["Action"] == ["connect"]
    assert query["DBUser"] == ["cwtop"]
    assert query["X-Amz-Expires"] == ["900"]


def test_an_iam_login_says_what_it_lacks(session: AwsSession) -> None:
    way = way_of(Config(database_url="postgresql:///app", database=DatabaseConfig(login="iam")), session)
    assert way is not None
    assert way.login is not None
    with pytest.raises(SourceError) as caught:
        way.login()
    assert "host and the user" in caught.value.summary


@pytest.mark.parametrize("text", ["", "hunter2", "[]", '{"username": "u"}', '"hunter2"', "null"])
def test_a_secret_of_another_form_is_refused_and_not_told(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        secret_login(Secrets(text), "prod/db")  # type: ignore[arg-type]
    assert caught.value.kind is ErrorKind.INVALID
    assert "prod/db" in caught.value.summary
    assert "hunter2" not in caught.value.summary
    assert caught.value.__cause__ is None


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with server(WHEEL) as found:
        execute(found, "CREATE ROLE rotated LOGIN PASSWORD 'first'", "GRANT pg_monitor TO rotated")
        yield found


def test_a_rotated_secret_is_read_with_the_next_connect(database: Database) -> None:
    secrets = Secrets(json.dumps({"username": "rotated", "password": "first"}))
    dsn = f"host=127.0.0.1 port={database.port} dbname=postgres"
    door = PostgresDoor(dsn, login=lambda: secret_login(secrets, "prod/db"))  # type: ignore[arg-type]
    try:
        assert door.about().role == "rotated"
        execute(database, "ALTER ROLE rotated PASSWORD 'second'")
        secrets.text = json.dumps({"username": "rotated", "password": "second"})
        execute(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rotated'",
        )
        assert door.about().role == "rotated"
        assert door.rows("settings")
        assert secrets.asked == [("secretsmanager", "get_secret_value", "prod/db")] * 2
    finally:
        door.close()


def test_a_wrong_password_is_told_without_it(database: Database) -> None:
    secrets = Secrets(json.dumps({"username": "rotated", "password": "hunter2"}))
    dsn = f"host=127.0.0.1 port={database.port} dbname=postgres"
    door = PostgresDoor(dsn, login=lambda: secret_login(secrets, "prod/db"))  # type: ignore[arg-type]
    with pytest.raises(SourceError) as caught:
        door.rows("settings")
    assert "refused the login" in caught.value.summary
    assert "hunter2" not in f"{caught.value.summary} {caught.value.hint}"
