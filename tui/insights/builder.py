"""Make the tree of a query while grammar.lark is parsed; the only module that imports lark, loaded late."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

from lark import Lark, Transformer, UnexpectedToken
from lark.lexer import Lexer

from tui.insights import tree
from tui.insights.complaints import complaint
from tui.insights.functions import key
from tui.insights.operators import Part, bind, value
from tui.insights.problems import QuerySyntaxError
from tui.insights.tokens import Token
from tui.insights.tree import Expr, Field, Named, Span
from tui.insights.words import UNITS

_SEGMENTS = re.compile(r"(@?)`([^`\n]+)`|([A-Za-z0-9_@]+)")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
_PERIOD = re.compile(r"([0-9]+)([A-Za-z]+)")
_Child = Any  # what a rule is given: tokens, and what the rules below it returned


class QueryParser:
    """The parser of queries, for one thread at a time; building it takes some tens of milliseconds."""

    def __init__(self) -> None:
        grammar = resources.files("tui.insights").joinpath("grammar.lark").read_text(encoding="utf-8")
        self._builder = _Builder()
        self._lark = Lark(grammar, start="query", parser="lalr", lexer=_Fed, transformer=self._builder)

    def parse(self, text: str, tokens: Sequence[Token], problem: QuerySyntaxError | None) -> tree.Query:
        """Return the tree of the tokens of a text.

        Args:
            text: The query.
            tokens: Its tokens.
            problem: What stopped the cutting into tokens; raised unless something before it is wrong too.

        Raises:
            QuerySyntaxError: The tokens are no query.
        """
        self._builder.text = text
        feed: Any = self._lark.parse_interactive().feed_token
        index = 0
        try:
            for index, token in enumerate(tokens):  # noqa: B007  # the index is read where a token is refused
                feed(token)
            if problem is not None:
                raise problem
            index = len(tokens)
            result: tree.Query = feed(Token("$END", "", len(text), len(text)))
        except UnexpectedToken as refused:
            raise complaint(text, tokens, index, refused.expected) from None
        return result


class _Fed(Lexer):
    """No lexer: the parser is fed with tokens."""

    def __init__(self, lexer_conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Any]:
        return iter(())


class _Builder(Transformer[Any, tree.Query]):
    """One method for each rule of grammar.lark."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    # ---------------------------------------------------------------- expressions

    def expr(self, children: list[_Child]) -> Part:
        row = [_operand(child) if _is_operand(child) else child for child in children]
        return row[0] if len(row) == 1 else bind(row)

    def group(self, children: list[_Child]) -> Part:
        opening, inner, closing = children
        return Part(value(inner), opening.start, closing.end)

    def array(self, children: list[_Child]) -> Part:
        start, end = children[0].start, children[-1].end
        items = tuple(value(child) for child in children if isinstance(child, Part))
        return Part(tree.ListOf(items, Span(start, end)), start, end)

    def subquery(self, children: list[_Child]) -> Part:
        opening, query, closing = children
        inner = tree.Query(query.commands, self.text[opening.end : closing.start])
        return Part(tree.Subquery(inner, Span(opening.start, closing.end)), opening.start, closing.end)

    def call(self, children: list[_Child]) -> Part:
        name, closing = children[0], children[-1]
        args: list[Expr] = []
        for child in children[2:-1]:
            if isinstance(child, Part):
                args.append(child.node if isinstance(child.node, tree.Regex) else value(child))
            elif child.type == "STAR":
                args.append(tree.Star(Span(child.start, child.end)))
        span = Span(name.start, closing.end)
        return Part(tree.Call(key(name.text), tuple(args), name.text, span), name.start, closing.end)

    def index(self, children: list[_Child]) -> Part:
        base = _operand(children[0]) if isinstance(children[0], Token) else children[0]
        last = children[-1]
        span = Span(base.start, last.end)
        inner = value(children[2])
        if last.type != "MEMBER":
            return Part(tree.Index(value(base), inner, span), base.start, last.end)
        # `a[1].b` is the field a.1.b
        steps = _path(tree.Index(value(base), inner))
        if steps is None:
            raise QuerySyntaxError(
                "Only a field with a number in brackets has a part behind a dot: name this with as, and take "
                "the part in a later command.",
                last.start,
                last.end,
            )
        return Part(Field(steps + _segments(last.text), span), base.start, last.end)

    # ---------------------------------------------------------------- commands

    def query(self, children: list[_Child]) -> tree.Query:
        return tree.Query(tuple(child for child in children if not isinstance(child, Token)), self.text)

    def column(self, children: list[_Child]) -> Named:
        part = children[0]
        expr = value(part)
        if len(children) == 1:
            name = expr.name if isinstance(expr, Field) else self.text[part.start : part.end]
            return Named(expr, name, False, Span(part.start, part.end))
        return Named(expr, _name(children[2]), True, Span(part.start, children[2].end))

    def fields(self, children: list[_Child]) -> tree.Fields:
        return tree.Fields(_named(children), _span(children))

    def display(self, children: list[_Child]) -> tree.Display:
        return tree.Display(_named(children), _span(children))

    def where(self, children: list[_Child]) -> tree.Filter:
        return tree.Filter(value(children[1]), _span(children))

    def stats(self, children: list[_Child]) -> tree.Stats:
        types = [child.type if isinstance(child, Token) else "" for child in children]
        by = types.index("BY") if "BY" in types else len(types)
        offset = _operand(children[-1]).node if "OFFSET" in types else None
        return tree.Stats(
            _named(children[:by]),
            _named(children[by:]),
            offset if isinstance(offset, tree.Period) else None,
            _span(children),
        )

    def key(self, children: list[_Child]) -> tree.SortKey:
        part = children[0]
        is_descending = children[1].text.lower() == "desc" if len(children) > 1 else None
        return tree.SortKey(value(part), is_descending, Span(part.start, children[-1].end))

    def sort(self, children: list[_Child]) -> tree.Sort:
        keys = tuple(child for child in children if isinstance(child, tree.SortKey))
        return tree.Sort(keys, _span(children))

    def limit(self, children: list[_Child]) -> tree.Limit:
        number = children[-1]
        if not number.text.isdigit():
            raise QuerySyntaxError("Write a whole number of rows, as in limit 20.", number.start, number.end)
        is_any = len(children) > 2
        return tree.Limit(int(number.text), is_any, children[0].text.lower(), _span(children))

    def parse(self, children: list[_Child]) -> tree.Parse:
        source: Expr = Field(("@message",), Span(children[0].end, children[0].end))
        rest = children[1:]
        if isinstance(rest[0], Part):
            source = value(rest.pop(0))
        elif rest[0].type == "FIELD":
            source = _operand(rest.pop(0)).node
        mode = rest[0].type
        names = tuple(_name(token) for token in rest if token.type == "FIELD")
        pattern = ""
        if mode == "REGEX":
            pattern = _regex(rest[0].text)
        elif mode in ("STRING", "XML"):
            pattern = unquoted(rest[0 if mode == "STRING" else 1].text)
        word = "glob" if mode == "STRING" else mode.lower()
        return tree.Parse(source, word, pattern, names, rest[-1].type == "MULTI", _span(children))

    def dedup(self, children: list[_Child]) -> tree.Dedup:
        return tree.Dedup(_values(children), _span(children))

    def pattern(self, children: list[_Child]) -> tree.Pattern:
        return tree.Pattern(value(children[1]), _span(children))

    def unnest(self, children: list[_Child]) -> tree.Unnest:
        return tree.Unnest(value(children[1]), _name(children[3]), _span(children))

    def expand(self, children: list[_Child]) -> tree.Expand:
        return tree.Expand(_field(children[1]), _span(children))

    def accum(self, children: list[_Child]) -> tree.Accum:
        into = _name(children[3]) if len(children) > 2 else ""
        return tree.Accum(_field(children[1]), into, _span(children))

    def filldown(self, children: list[_Child]) -> tree.FillDown:
        names = tuple(token.text.replace("`", "") for token in children[1:])
        return tree.FillDown(names, _span(children))

    def fillmissing(self, children: list[_Child]) -> tree.FillMissing:
        if len(children) == 1:
            return tree.FillMissing(span=_span(children))
        names = tuple(_name(token) for token in children[4:] if token.type == "FIELD")
        return tree.FillMissing(value(children[2]), names, _span(children))

    def addtotals(self, children: list[_Child]) -> tree.AddTotals:
        options = {}
        for token in children:
            if token.type == "OPTION":
                name, _, written = token.text.partition("=")
                options[name.strip().lower()] = _option(written.strip())
        names = tuple(_name(token) for token in children if token.type == "FIELD")
        return tree.AddTotals(options, names, _span(children))

    def other(self, children: list[_Child]) -> tree.Other:
        token = children[0]
        word = re.match(r"\$?\w+", token.text)
        return tree.Other(word.group().lower() if word else "", token.text, Span(token.start, token.end))


# ---------------------------------------------------------------- tokens to nodes


def _is_operand(child: _Child) -> bool:
    return isinstance(child, Token) and child.type not in ("PREFIX", "INFIX")


def _operand(token: Token) -> Part:
    start, end = token.start, token.end
    span = Span(start, end)
    node: Expr
    if token.type == "FIELD":
        node = Field(_segments(token.text), span)
    elif token.type == "STRING":
        node = tree.Text(unquoted(token.text), span)
    elif token.type == "NUMBER":
        node = tree.Number(float(token.text) if "." in token.text else int(token.text), span)
    elif token.type == "REGEX":
        node = tree.Regex(_regex(token.text), span)
    else:
        node = _period(token.text, span)
    return Part(node, start, end)


def _period(written: str, span: Span) -> tree.Period:
    amount, unit = _PERIOD.fullmatch(written).groups()  # type: ignore[union-attr]  # so the tokenizer cuts it
    return tree.Period(int(amount), UNITS[unit.lower()], span)


def _regex(written: str) -> str:
    return re.sub(
        r"\\(.)", lambda found: "/" if found[1] == "/" else found[0], written[1:-1], flags=re.DOTALL
    )


def unquoted(written: str) -> str:
    r"""Return what a quoted text says.

    AWS does not state the escapes. A backslash is taken away before a quote or a backslash, \n \t \r are
    what they are elsewhere, and any other backslash stays: `"\d+"` is an expression in regexReplace.
    """
    inside = written[1:-1]
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[0]), inside) if "\\" in inside else inside


def _option(written: str) -> str:
    return unquoted(written) if written[:1] in "\"'`" else written


def _segments(written: str) -> tuple[str | int, ...]:
    if "`" not in written:
        return tuple(_segment(part) for part in written.split(".") if part)
    found = (match.groups() for match in _SEGMENTS.finditer(written))
    return tuple(_segment(plain) if plain else at + quoted for at, quoted, plain in found)


def _segment(part: str) -> str | int:
    # 007 stays text: as a number it would name another field.
    return int(part) if part.isdigit() and len(part) < 10 and (part == "0" or part[0] != "0") else part


def _path(node: Expr) -> tuple[str | int, ...] | None:
    steps: list[int] = []
    while isinstance(node, tree.Index):
        if not (isinstance(node.index, tree.Number) and isinstance(node.index.value, int)):
            return None
        steps.append(node.index.value)
        node = node.base
    return node.path + tuple(reversed(steps)) if isinstance(node, Field) else None


def _name(token: Token) -> str:
    return Field(_segments(token.text)).name


def _field(token: Token) -> Field:
    return Field(_segments(token.text), Span(token.start, token.end))


def _named(children: list[_Child]) -> tuple[Named, ...]:
    return tuple(child for child in children if isinstance(child, Named))


def _values(children: list[_Child]) -> tuple[Expr, ...]:
    return tuple(value(child) for child in children if isinstance(child, Part))


def _span(children: list[_Child]) -> Span:
    last = children[-1]
    end = last.end if isinstance(last, Token | Part) else last.span.end
    return Span(children[0].start, end)
