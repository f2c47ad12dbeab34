"""`cwtop query` as a command: what it asks of the service, what it prints, and its exit codes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sources.doubles import Endpoint, endpoint
from tui.__main__ import EXIT_USAGE
from tui.cli import run
from tui.commands.query import EXIT_REFUSED

COMPLETE = {
    "status": "Complete",
    "results": [
        [{"field": "endpoint", "value": "/a"}, {"field": "n", "value": "3"}, {"field": "@ptr", "value": "x"}]
    ],
    "statistics": {"recordsMatched": 3.0, "recordsScanned": 9.0, "bytesScanned": 1024.0},
}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    with endpoint() as running:
        for name, value in {
            "AWS_ENDPOINT_URL": running.url,
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_REGION": "eu-west-1",
        }.items():
            monkeypatch.setenv(name, value)
        yield running


def lined_up(service: Endpoint, *answers: Any) -> None:
    service.answers += [one if isinstance(one, tuple) else (200, one) for one in answers]


def test_rows_go_out_and_the_price_beside(service: Endpoint, capsys: pytest.CaptureFixture[str]) -> None:
    lined_up(service, {"queryId": "q"}, COMPLETE)
    assert run(["query", "endpoints", "--group", "/g", "--format", "json"]) == 0
    done = capsys.readouterr()
    assert json.loads(done.out) == [{"endpoint": "/a", "n": "3"}]
    assert done.err == "1 row, 3 of 9 events matched, 1 KiB scanned, $0\n"
    assert [one.split(".")[-1] for one in service.requests] == ["StartQuery", "GetQueryResults"]


def test_a_query_is_read_from_standard_input(
    service: Endpoint, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('filter a = "{{a}}"'))
    lined_up(service, {"queryId": "q"}, COMPLETE)
    assert run(["query", "-", "--group", "/g", "--param", "a=1", "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines() == ["endpoint,n", "/a,3"]


def test_the_place_of_a_malformed_query_is_pointed_at(
    service: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = {
        "__type": "MalformedQueryException",
        "message": "m",
        "queryCompileError": {
            "location": {"startCharOffset": 11, "endCharOffset": 16},
            "message": "unexpected symbol found count",
        },
    }
    lined_up(service, (400, refusal))
    assert run(["query", "-q", "fields a\n| count()", "--group", "/g"]) == EXIT_REFUSED
    assert capsys.readouterr().err.splitlines() == [
        "CloudWatch Logs cannot compile the query: unexpected symbol found count",
        "  | count()",
        "    ^^^^^",
    ]


def test_an_unfinished_answer_is_4_with_its_rows(
    service: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    lined_up(service, {"queryId": "q"}, {**COMPLETE, "status": "Timeout"})
    assert run(["query", "-q", "fields a", "--group", "/g"]) == EXIT_REFUSED
    done = capsys.readouterr()
    assert "/a" in done.out
    assert "ended as Timeout" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Which query?"),
        (["endpoints", "-q", "x"], "Which query?"),
        (["endpoint"], 'did you mean "endpoints"'),
        (["endpoint-requests"], "--param endpoint=..."),
        (["-q", "x", "--param", "a"], "name=value"),
        (["-q", " "], "empty"),
        (["-q", "x" * 10_001], "10,001 characters"),
        (["-q", "x"], "Which log group?"),
        (["-q", "x", "--group", "/g", "--since", "nonsense"], "--since nonsense"),
        (["-q", "x", "--group", "/g", "--since", "1h", "--until", "2h"], "not before the end"),
    ],
)
def test_a_wrong_use_is_64_and_a_sentence(
    service: Endpoint, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["query", *arguments]) == EXIT_USAGE
    assert words in capsys.readouterr().err
    assert service.requests == []


def test_lint_asks_nobody_and_tells_the_place(service: Endpoint, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["query", "endpoints", "--lint"]) == 0
    assert capsys.readouterr().out == ""
    assert run(["query", "--lint", "-q", "fields a\n| filter b between 1 and 2"]) == EXIT_USAGE
    assert capsys.readouterr().out.startswith("2:12: error: ")
    assert service.requests == []


def test_the_list_names_every_query(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["query", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("request-count")
    assert lines[-1].endswith("--param endpoint=...")


def test_a_file_is_asked_without_an_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    log.write_text('{"time": "2026-01-01T00:00:00Z", "a": 1}\n{"time": "2026-01-02T00:00:00Z", "a": 2}\n')
    assert run(["query", "-q", "stats sum(a) as a", "--local", str(log), "--format", "json"]) == 0
    done = capsys.readouterr()
    assert json.loads(done.out) == [{"a": "3"}]
    assert done.err == "1 row, 2 of 2 events matched, 82 B scanned, free\n"
    ranged = ["--since", "2026-01-01T12:00:00Z", "--until", "2026-01-03T00:00:00Z"]
    assert run(["query", "-q", "stats sum(a) as a", "--local", str(log), "--format", "csv", *ranged]) == 0
    assert capsys.readouterr().out.splitlines() == ["a", "2"]


def test_standard_input_is_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo\n")))
    assert (
        run(
            [
                "query",
                "-q",
                "filter @message like 'o' | stats count(*) as n",
                "--local",
                "-",
                "--format",
                "csv",
            ]
        )
        == 0
    )
    assert capsys.readouterr().out.splitlines() == ["n", "2"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-q", "limit 1", "--local", "/none"], "no file that can be read"),
        (["-q", "fields md5(a)", "--local", "/dev/null"], "no file"),
        (["-q", "fields @message | diff", "--local", __file__], "diff is not covered"),
        (["-q", "fields @message | nonsense", "--local", __file__], "nonsense"),
    ],
)
def test_what_the_local_engine_cannot_do_is_said(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["query", *arguments]) == EXIT_REFUSED
    assert said in capsys.readouterr().err


def test_standard_input_cannot_be_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["query", "-", "--local", "-"]) == EXIT_USAGE
    assert run(["query", "-q", "limit 1", "--local", "x", "--group", "g"]) == EXIT_USAGE
