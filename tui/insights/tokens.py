r"""Cut a query into tokens.

What a character means depends on where it stands: `/` divides behind an operand and begins a regular
expression elsewhere; `*` and `-` likewise; `limit` is a command behind `|` and a field elsewhere. So the text
is read from left to right, knowing the command and whether an operand comes next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tui.insights.brackets import (
    SPACE,
    STRING,
    check_depth,
    check_pair,
    end_of_command,
    end_of_line,
    not_closed,
    open_quote,
)
from tui.insights.problems import QuerySyntaxError
from tui.insights.strays import apart, check_digits, number_kind, stray, unknown_command
from tui.insights.words import COMMANDS, FIRST_KEYWORDS, KEYWORDS, RESERVED

_SEGMENT = r"(?:@?`[^`\n]+`|[A-Za-z_@][A-Za-z0-9_@]*)"
_REST = r"(?:\.(?:@?`[^`\n]+`|[A-Za-z0-9_@]+))"
_SKIP = re.compile(rf"{SPACE}*+")
_PART = re.compile(
    rf"""(?P<word>{_SEGMENT}{_REST}*)
    |(?P<number>[0-9]+(?:\.[0-9]+)?(?:[A-Za-z_@][A-Za-z0-9_@]*)?)
    |(?P<string>{STRING})
    |(?P<infix>==|!=|<=|>=|=~|[=<>+%^])
    |(?P<mark>[-*!/,()\[\]|])""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COMMAND = re.compile(r"\$?[A-Za-z_][A-Za-z0-9_]*")
_OPENS = re.compile(rf"{SPACE}*+\(")
_NOT_WHAT = re.compile(rf"{SPACE}++(like|in)\b", re.IGNORECASE)
_SUBQUERY = re.compile(rf"\({SPACE}*+([A-Za-z_][A-Za-z0-9_]*)(?![A-Za-z0-9_.(])")
_MODE = re.compile(r"(logfmt|csv|xml)\s+as\b", re.IGNORECASE)
_REGEX = re.compile(r"/(?:[^/\\]|\\.)+/", re.DOTALL)
_MEMBER = re.compile(rf"{_REST}+")
_NAME = re.compile(r"(?:@?`[^`\n]+`|[A-Za-z_@*][A-Za-z0-9_@*]*)(?:\.@?`[^`\n]+`|\.[A-Za-z0-9_@*]+)*")
_OPTION = re.compile(
    rf"(fieldname|row|col)\s*=\s*({STRING}|`[^`\n]+`|[A-Za-z0-9_@.-]+)", re.IGNORECASE | re.DOTALL
)


@dataclass(slots=True)
class Token:
    """A piece of the query.

    Attributes:
        type: A terminal of grammar.lark; "$END" behind the last piece.
        text: As it is written; a word that is an operator in lower case ("not like").
        start: Offset of its first character.
        end: Offset behind its last one.
    """

    type: str
    text: str
    start: int
    end: int


def tokenize(text: str) -> tuple[list[Token], QuerySyntaxError | None]:
    """Return the tokens of a query, as far as it can be cut, and what stopped the cutting."""
    tokenizer = _Tokenizer(text)
    try:
        tokenizer.run()
    except QuerySyntaxError as problem:
        return tokenizer.tokens, problem
    return tokenizer.tokens, None


class _Tokenizer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.tokens: list[Token] = []
        self._open: list[tuple[str, int, str]] = []  # bracket, its offset, the command around a subquery
        self._base = 0  # brackets open where the command began
        self._command = ""  # "" where a command comes next
        self._is_operand_next = False
        self._is_name_next = False

    def run(self) -> None:
        """Cut the whole text.

        Raises:
            QuerySyntaxError: A piece is no token of the language.
        """
        while True:
            self._skip()
            if self.at >= len(self.text):
                break
            if self._command:
                self._part()
            else:
                self._begin()
        if self._open:
            self._unclosed()
        if not self._command:
            self._nothing()

    def _skip(self) -> None:
        found = _SKIP.match(self.text, self.at)
        if found is not None:
            self.at = found.end()

    def _add(self, kind: str, end: int, text: str = "") -> None:
        self.tokens.append(Token(kind, text or self.text[self.at : end], self.at, end))
        self.at = end

    # ---------------------------------------------------------------- commands

    def _begin(self) -> None:
        found = _COMMAND.match(self.text, self.at)
        if found is None:
            self._no_command()
            return
        word = found.group()
        kind = "OTHER" if word.startswith("$") else COMMANDS.get(word.lower())
        if kind is None:
            raise unknown_command(self.text, self.at, word)
        self._base = len(self._open)
        self._command = kind
        if kind == "OTHER":
            self._add(kind, end_of_command(self.text, found.end(), bool(self._open)))
            self._is_operand_next = False
            return
        self._add(kind, found.end())
        self._is_operand_next, self._is_name_next = True, False
        self._first_keyword(kind)

    def _first_keyword(self, kind: str) -> None:
        self._skip()
        found = _PLAIN.match(self.text, self.at)
        if found is None:
            return
        keyword = FIRST_KEYWORDS.get(kind, {}).get(found.group().lower())
        if kind == "PARSE" and _MODE.match(self.text, self.at):
            keyword = found.group().upper()
            self._is_operand_next = False
        if keyword:
            self._add(keyword, found.end())

    def _no_command(self) -> None:
        character = self.text[self.at]
        if character == "|":
            previous = self.tokens[-1] if self.tokens else None
            if previous is not None and previous.end == self.at and previous.text == "|":
                start, end = self.at - 1, self.at + 1
                fix = apart(self.text, start, end, "or")
                raise QuerySyntaxError("There is no operator ||. Write or.", start, end, fix)
            message = "Write a command between the two |, or leave out one of them."
            if previous is None:
                message = "A query begins with a command: leave out the | at its start."
            raise QuerySyntaxError(message, self.at, self.at + 1)
        if character == ")" and self._open:
            raise QuerySyntaxError("Write a command behind the |.", self.at, self.at + 1)
        if problem := stray(self.text, self.at):
            raise problem
        raise QuerySyntaxError(
            "A command begins with a word such as fields, filter or stats.", self.at, self.at + 1
        )

    def _nothing(self) -> None:
        if not self.tokens:
            raise QuerySyntaxError(
                "The query is empty. Write a command, for example: fields @timestamp, @message",
                0,
                len(self.text),
            )
        last = self.tokens[-1]
        raise QuerySyntaxError("Write a command behind the |, or leave it out.", last.start, last.end)

    # ---------------------------------------------------------------- parts of a command

    def _part(self) -> None:
        if self._command in ("FILLDOWN", "ADDTOTALS") and self._listed():
            return
        found = _PART.match(self.text, self.at)
        if found is None:
            raise self._no_token()
        kind = found.lastgroup
        if kind == "word":
            self._word(found.group(), found.end())
        elif kind == "number":
            self._number(found.group(), found.end())
        elif kind == "string":
            self._operand("STRING", found.end())
        elif kind == "infix":
            self._operator("INFIX", found.end())
        else:
            self._mark(found.group(), found.end())

    def _operand(self, kind: str, end: int) -> None:
        self._is_operand_next = self._is_name_next = False
        self._add(kind, end)

    def _operator(self, kind: str, end: int, text: str = "") -> None:
        self._is_operand_next, self._is_name_next = True, False
        self._add(kind, end, text)

    def _listed(self) -> bool:
        """Whether a piece is taken that only filldown and addtotals have."""
        if self._command == "ADDTOTALS":
            found = _OPTION.match(self.text, self.at)
            if found is not None:
                self._operator("OPTION", found.end())
            return found is not None
        found = _NAME.match(self.text, self.at)
        if found is not None:
            self._operand("NAME", found.end())
        return found is not None

    def _word(self, word: str, end: int) -> None:
        lower = word.lower()
        if self._is_name_next:
            self._operand(lower.upper() if lower in ("as", "by") else _reserved_or(lower, "FIELD"), end)
        elif self._is_operand_next:
            self._word_as_operand(lower, end)
        else:
            self._word_behind_operand(lower, end)

    def _word_as_operand(self, lower: str, end: int) -> None:
        if lower == "not":
            self._operator("PREFIX", end, "not")
        elif lower in ("as", "by"):
            self._operator(lower.upper(), end)
        elif lower in RESERVED:
            self._operator("INFIX", end, lower)
        elif "." not in lower and "`" not in lower and "@" not in lower and _OPENS.match(self.text, end):
            self._operator("FUNCTION", end)
        else:
            self._operand("FIELD", end)

    def _word_behind_operand(self, lower: str, end: int) -> None:
        if lower in ("and", "or", "like", "in"):
            self._operator("INFIX", end, lower)
        elif lower == "not":
            what = _NOT_WHAT.match(self.text, end)
            if what is None:
                self._operator("NOT", end)
            else:
                self._operator("INFIX", what.end(), f"not {what.group(1).lower()}")
        elif lower == "as":
            self._operator("AS", end)
            self._is_name_next = True
        elif lower == "by":
            self._operator("BY", end)
        else:
            self._keyword_or_field(KEYWORDS.get(self._command, {}).get(lower, "FIELD"), end)

    def _keyword_or_field(self, kind: str, end: int) -> None:
        if len(self._open) > self._base:
            kind = "FIELD"
        if kind == "OFFSET":
            self._operator(kind, end)
            return
        self._operand(kind, end)
        self._is_name_next = kind in ("INTO", "FOR")

    def _number(self, written: str, end: int) -> None:
        check_digits(self.at, written)
        kind = "NUMBER" if written.isdigit() else number_kind(self.at, written)
        if self.text.startswith(".", end):
            raise stray(self.text, end) or self._no_token()
        self._operand(kind, end)

    def _mark(self, mark: str, end: int) -> None:
        if mark == "|":
            self._pipe(end)
        elif mark == ",":
            is_names = self._is_list_of_names()
            self._operator("COMMA", end)
            self._is_name_next = is_names
        elif mark in "([":
            self._opened(mark, end)
        elif mark in ")]":
            self._closed(mark, end)
        elif mark == "/":
            self._slash(end)
        elif mark == "!" and not self._is_operand_next:
            raise stray(self.text, self.at) or self._no_token()
        elif self._is_operand_next and mark in "!-":
            self._operator("PREFIX", end, "not" if mark == "!" else "-")
        elif self._is_operand_next:
            self._operand("STAR", end)
        else:
            self._operator("INFIX", end)

    def _is_list_of_names(self) -> bool:
        """Whether names alone follow: the aliases of parse."""
        return self._command == "PARSE" and len(self._open) == self._base

    def _slash(self, end: int) -> None:
        is_source = self._command == "PARSE" and len(self._open) == self._base
        if self.text.startswith("//", self.at):
            raise stray(self.text, self.at) or self._no_token()
        if not self._is_operand_next and not is_source:
            self._operator("INFIX", end)
            return
        found = _REGEX.match(self.text, self.at)
        if found is None:
            raise QuerySyntaxError(
                "Close the regular expression that begins here with /. Within it a slash is written \\/.",
                self.at,
                end_of_line(self.text, self.at),
            )
        self._operand("REGEX", found.end())

    def _pipe(self, end: int) -> None:
        if len(self._open) > self._base:
            self._unclosed()
        self._add("PIPE", end)
        self._command = ""

    def _opened(self, mark: str, end: int) -> None:
        check_depth(len(self._open), self.at)
        kind = "LPAR" if mark == "(" else "LIST" if self._is_operand_next else "INDEX"
        around = ""
        if mark == "(" and self.tokens[-1].type == "INFIX" and self.tokens[-1].text in ("in", "not in"):
            inner = _SUBQUERY.match(self.text, self.at)
            if inner is not None and inner.group(1).lower() in COMMANDS:
                kind, around = "SUBQUERY", self._command
        self._open.append((mark, self.at, around))
        self._operator(kind, end)
        if around:
            self._command = ""

    def _closed(self, mark: str, end: int) -> None:
        bracket, _, around = self._open.pop() if self._open else ("", 0, "")
        check_pair(bracket, mark, self.at)
        if around:
            self._command = around
            self._base = max((i + 1 for i, each in enumerate(self._open) if each[2]), default=0)
        self._operand("RPAR" if mark == ")" else "RSQB", end)
        member = _MEMBER.match(self.text, self.at) if mark == "]" else None
        if member is not None:
            self._operand("MEMBER", member.end())

    # ---------------------------------------------------------------- what is no token

    def _unclosed(self) -> None:
        bracket, at, _ = self._open[-1]
        raise not_closed(bracket, at)

    def _no_token(self) -> QuerySyntaxError:
        character = self.text[self.at]
        if character in "\"'`":
            return open_quote(self.text, self.at)
        return stray(self.text, self.at) or QuerySyntaxError(
            f"{character} means nothing here. Put text in quotes, a field's name that holds it in backticks.",
            self.at,
            self.at + 1,
        )


def _reserved_or(lower: str, kind: str) -> str:
    return "INFIX" if lower in RESERVED else kind
