"""Any text is a query or is refused at characters that it has."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.insights.parser import QuerySyntaxError, parse
from tui.insights.words import COMMANDS

PIECES = [
    *(f"| {word} " for word in COMMANDS),
    *("| ", "fields ", "a", "b.c", "items.0.id", "@message", "`x y`", "@`tag:x`", "a[1].b", "$saved(1) "),
    *(
        "count(*)",
        "sum(",
        "bin(5m)",
        "case when a then 1 else 0 end",
        "between 1 and 2",
        "is not null",
        "distinct ",
    ),
    *(
        " as ",
        " by ",
        " and ",
        " or ",
        " not ",
        " like ",
        " in ",
        " desc",
        " offset 1h",
        " into ",
        " for ",
        " multi",
    ),
    *(
        "logfmt",
        " csv",
        "xml ",
        "with 0",
        "any ",
        "1",
        "2.5",
        "5m",
        "9x",
        "1.2.3",
        "'a'",
        '"a * b"',
        "/r(?<n>.)/",
    ),
    *(
        "(",
        ")",
        "[",
        "]",
        ",",
        "*",
        "/",
        "//",
        "-",
        "!",
        "=",
        "==",
        "=~",
        "<>",
        "<=",
        "^",
        "%",
        "|",
        ".",
        "...",
    ),
    *(
        '"',
        "'",
        "`",
        "#",
        "# note (\n",
        "\n",
        "\\",
        "{{x}}",
        "&&",
        ";",
        "é",
        "“",
        "\x00",
        "\ud800",
        "row=true ",
    ),
]


def refusal(text: str) -> QuerySyntaxError | None:
    try:
        parse(text)
    except QuerySyntaxError as problem:
        return problem
    return None


def check(text: str) -> None:
    problem = refusal(text)
    if problem is not None:
        assert 0 <= problem.start <= problem.end <= len(text)
        assert problem.start < problem.end or not text
        assert 0 <= problem.replaces[0] <= problem.replaces[1] <= len(text)
        assert problem.message


@settings(max_examples=300, deadline=None)
@given(st.text())
@example("")
@example(" \n# only a note")
def test_any_text(text: str) -> None:
    check(text)


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
@example("filter x in (" * 70)
@example("filter " + "(" * 5000)
@example("filter " + "!" * 5000 + "a")
@example("filter " + "-" * 5000)
@example("filter a" + "[0]" * 3000)
@example("fields " + "1" * 5000)
@example("fields a." + "9" * 5000)
@example("join " + "(" * 5000)
@example("stats sum(case when")
@example("fields case when")
@example("filter x in (fields a | ) ")
@example("filter x in (fields a ] ")
def test_text_of_pieces(text: str) -> None:
    check(text)
    check("fields a " + text)


def test_a_long_chain_is_no_deep_recursion() -> None:
    parse("filter " + " or ".join(f"a={number}" for number in range(2000)))
