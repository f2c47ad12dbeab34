"""A query of CloudWatch Logs Insights as a tree: what the parser makes, and lint and engine read.

See docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html for the language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as _field


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands in the query's text: offsets of characters, the end exclusive."""

    start: int
    end: int


NOWHERE = Span(0, 0)

# ---------------------------------------------------------------- expressions


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its path: `items.0.id` is ("items", 0, "id"); a quoted segment comes without its quotes."""

    path: tuple[str | int, ...]
    span: Span = _field(default=NOWHERE, compare=False)

    @property
    def name(self) -> str:
        """The path joined with dots."""
        return ".".join(map(str, self.path))


@dataclass(frozen=True, slots=True)
class Text:
    """A string without its quotes, escapes resolved."""

    value: str
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written; a minus before it is a `Unary`."""

    value: int | float
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Regex:
    r"""A regular expression without its slashes, `\/` resolved to `/`."""

    pattern: str
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time: `5m` is (5, "m").

    Attributes:
        amount: As written, not capped.
        unit: One of ms s m h d w mo q y, whatever spelling was used.
    """

    amount: int
    unit: str
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Star:
    """The `*` of `count(*)`."""

    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]` after `in`."""

    items: tuple[Expr, ...]
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Subquery:
    """`( SOURCE … | … )` after `in`."""

    query: Query
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments.

    Attributes:
        name: In lower case without underscores ("countdistinct", "regexreplace"): AWS spells both ways.
        args: In order.
        written: The name as it is written.
    """

    name: str
    args: tuple[Expr, ...]
    written: str = _field(default="", compare=False)
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Index:
    """`list[1]`, an element of what jsonParse gave."""

    base: Expr
    index: Expr
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x` or `-x`; `!` is "not"."""

    op: str
    operand: Expr
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands.

    Attributes:
        op: One of or, and, =, !=, <, <=, >, >=, like, not like, =~, in, not in, +, -, *, /, %, ^; "=" also
            where `==` is written.
        left: Before the operator.
        right: After it; a `Regex` only of like, not like and =~; a `ListOf` or `Subquery` only of in, not in.
        written: The operator as it is written.
    """

    op: str
    left: Expr
    right: Expr
    written: str = _field(default="", compare=False)
    span: Span = _field(default=NOWHERE, compare=False)


Expr = Field | Text | Number | Regex | Period | Star | ListOf | Subquery | Call | Index | Unary | Binary


@dataclass(frozen=True, slots=True)
class Named:
    """An expression as a column.

    Attributes:
        expr: Its value.
        name: The alias; without one the expression's text as it is written ("count(*)", "bin(5m)").
        is_alias: Whether an alias is written.
    """

    expr: Expr
    name: str
    is_alias: bool = False
    span: Span = _field(default=NOWHERE, compare=False)


# ---------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True)
class Fields:
    """`fields a, b as c`."""

    items: tuple[Named, ...]
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Display:
    """`display a, b as c`."""

    items: tuple[Named, ...]
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Filter:
    """`filter condition` or `where condition`."""

    condition: Expr
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Stats:
    """`stats aggregates by groups offset period`."""

    aggregates: tuple[Named, ...]
    groups: tuple[Named, ...] = ()
    offset: Period | None = None
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of a sort; `is_descending` is None where no direction is written."""

    expr: Expr
    is_descending: bool | None = None
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Sort:
    """`sort a desc, b`, also `order`."""

    keys: tuple[SortKey, ...]
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Limit:
    """`limit 20`, `limit any 20`, `head 20`, `tail 20`.

    Attributes:
        count: Most rows.
        is_any: Rows in no order, the scan stops early.
        word: The command's word in lower case: limit, head or tail.
    """

    count: int
    is_any: bool = False
    word: str = "limit"
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Parse:
    """`parse field mode`.

    Attributes:
        source: What is parsed; @message where none is written.
        mode: glob, regex, logfmt, csv or xml.
        pattern: The glob, the expression or the XPath; "" for logfmt and csv.
        aliases: After `as`.
        is_multi: One row for each match of the expression.
    """

    source: Expr
    mode: str
    pattern: str = ""
    aliases: tuple[str, ...] = ()
    is_multi: bool = False
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Dedup:
    """`dedup a, b`."""

    fields: tuple[Expr, ...]
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Pattern:
    """`pattern @message`."""

    expr: Expr
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Unnest:
    """`unnest f into x`."""

    expr: Expr
    into: str
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Expand:
    """`expand f`."""

    field: Field
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Accum:
    """`accum f as out`; the result replaces the field where no name is written."""

    field: Field
    into: str = ""
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class FillDown:
    """`filldown a b cpu*`; no names: every column. A name may hold `*`."""

    names: tuple[str, ...] = ()
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class FillMissing:
    """`fillmissing with 0 for a, b`; without names the added rows hold no values."""

    value: Expr | None = None
    names: tuple[str, ...] = ()
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class AddTotals:
    """`addtotals fieldname=N row=b col=b a, b`."""

    options: Mapping[str, str] = _field(default_factory=dict)
    names: tuple[str, ...] = ()
    span: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Other:
    """A command that is known by name and checked no further: diff, anomaly, join, lookup and the like.

    Attributes:
        word: In lower case.
        text: The whole command as it is written.
    """

    word: str
    text: str
    span: Span = _field(default=NOWHERE, compare=False)


Command = (
    Fields | Display | Filter | Stats | Sort | Limit | Parse | Dedup | Pattern | Unnest | Expand | Accum
    | FillDown | FillMissing | AddTotals | Other
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query.

    Attributes:
        commands: In order; SOURCE is an `Other` at the start.
        text: As written.
    """

    commands: tuple[Command, ...]
    text: str = _field(default="", compare=False)
