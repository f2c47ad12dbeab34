"""Log events that fit a query: from its tree, what its filters want and its patterns read.

Not a proof of anything: it makes events on which a query has something to say. Seeded, so that a query always
gets the same events.
"""

from __future__ import annotations

import importlib
import itertools
import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.insights import tree
from tui.insights.engine import Event

START_MS = 1_788_444_000_000
_WORDS = ("alpha", "beta", "gamma")
_CAPTURED = ("41", "7.5", "230")
_NUMERIC = {"avg", "sum", "pct", "percentile", "median", "stddev", "max", "min", "rate", "histogram", "abs"}
_THROUGH = {"tolower", "toupper", "trim", "ltrim", "rtrim", "coalesce", "tostring", "lower", "upper", "floor"}
_LAMBDA = {
    "@duration",
    "@billedDuration",
    "@maxMemoryUsed",
    "@memorySize",
    "@initDuration",
    "@type",
    "@requestId",
    "@xrayTraceId",
    "@xraySegmentId",
}
_PARSER: Any = importlib.import_module("re._parser")

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Wish:
    """What a field's value has to be in one event."""

    equal: str | int | float | None = None
    low: float | None = None
    high: float | None = None
    pieces: list[str] = field(default_factory=list)
    is_absent: bool = False
    is_list: bool = False


def events_for(query: tree.Query, count: int = 240) -> list[Event]:
    """Return events that fit a query, one every 7 s."""
    made = []
    for number in range(count):
        draw = random.Random(f"{query.text}/{number}")  # noqa: S311
        made.append(_Fit(query, draw).event(START_MS + number * 7_000, number))
    return made


class _Fit:
    """One event under construction."""

    def __init__(self, query: tree.Query, draw: random.Random) -> None:
        self._draw = draw
        self._wishes: dict[Path, Wish] = {}
        self._aliases: dict[str, tree.Expr] = {}
        self._roots: dict[str, Path] = {}
        self._captures: dict[str, Wish] = {}
        self._parses: list[tree.Parse] = []
        self._numeric = {name for name in _numeric_names(query)}
        self._names = {one.name for one in _fields(query)}
        captured = {alias for one in query.commands if isinstance(one, tree.Parse) for alias in _aliases(one)}
        self._captures = {name: Wish() for name in captured}
        for command in query.commands:
            if isinstance(command, tree.Stats):
                self._mention(command)
                break
            self._take(command)

    # ------------------------------------------------------------ wishes

    def _take(self, command: tree.Command) -> None:
        self._mention(command)
        if isinstance(command, tree.Filter):
            self._satisfy(command.condition, True)
        elif isinstance(command, tree.Fields | tree.Display):
            for item in command.items:
                if item.is_alias:
                    self._name(item)
        elif isinstance(command, tree.Parse):
            self._parses.append(command)
        elif isinstance(command, tree.Unnest):
            path = self._path(command.expr)
            if path is not None:
                self._roots[command.into] = (*path, 0)
                self._wish(path).is_list = True
        elif isinstance(command, tree.Expand):
            path = self._path(command.field)
            if path is not None:
                self._wish(path).is_list = True

    def _name(self, item: tree.Named) -> None:
        expr = item.expr
        if isinstance(expr, tree.Call) and expr.name == "jsonparse" and _is_message(expr.args[0]):
            self._roots[item.name] = ()
        else:
            self._aliases[item.name] = expr

    def _mention(self, node: Any) -> None:
        """Give every field that is only mentioned some value."""
        for one in _fields(node):
            path = self._path(one)
            if path and not str(path[0]).startswith("@"):
                self._wish(path)

    def _path(self, expr: tree.Expr) -> Path | None:
        """Return the field of the log that an expression stands for; None for a parsed or computed one."""
        if isinstance(expr, tree.Call) and expr.name in _THROUGH and expr.args:
            return self._path(expr.args[0])
        if not isinstance(expr, tree.Field):
            return None
        root = str(expr.path[0])
        if root in self._roots:
            return (*self._roots[root], *expr.path[1:])
        if expr.name in self._aliases:
            aliased = self._aliases[expr.name]
            if isinstance(aliased, tree.Field) and aliased.name == expr.name:
                return aliased.path
            return self._path(aliased)
        if expr.name in self._captures:
            return None
        return expr.path

    def _wish(self, path: Path) -> Wish:
        return self._wishes.setdefault(path, Wish())

    def _wish_of(self, expr: tree.Expr) -> Wish | None:
        if isinstance(expr, tree.Field) and expr.name in self._captures:
            return self._captures[expr.name]
        path = self._path(expr)
        return None if path is None else self._wish(path)

    def _satisfy(self, expr: tree.Expr, wanted: bool) -> None:
        if isinstance(expr, tree.Unary) and expr.op == "not":
            self._satisfy(expr.operand, not wanted)
        elif isinstance(expr, tree.Binary) and expr.op in ("and", "or"):
            if (expr.op == "and") == wanted:
                self._satisfy(expr.left, wanted)
                self._satisfy(expr.right, wanted)
            else:
                self._satisfy(self._draw.choice((expr.left, expr.right)), wanted)
        elif isinstance(expr, tree.Binary):
            self._compare(expr, wanted)
        elif isinstance(expr, tree.Call):
            self._called(expr, wanted)

    def _called(self, call: tree.Call, wanted: bool) -> None:
        if not call.args:
            return
        wish = self._wish_of(call.args[0])
        if wish is None:
            return
        if call.name == "ispresent" and not wanted:
            wish.is_absent = True
        elif call.name in ("isempty", "isblank") and wanted:
            wish.equal = ""
        elif call.name in ("strcontains", "contains") and wanted and isinstance(call.args[1], tree.Text):
            wish.pieces.append(call.args[1].value)
        elif call.name == "isipv4insubnet" and isinstance(call.args[1], tree.Text):
            wish.equal = call.args[1].value.split("/")[0] if wanted else "203.0.113.9"
        elif call.name == "isipv6insubnet" and isinstance(call.args[1], tree.Text):
            wish.equal = call.args[1].value.split("/")[0] if wanted else "2001:db8::9"
        elif call.name in ("isvalidip", "isvalidipv4", "isipinsubnet"):
            wish.equal = "10.0.0.7"

    def _compare(self, expr: tree.Binary, wanted: bool) -> None:
        left, right, op = expr.left, expr.right, expr.op
        if _literal(left) is not None and _literal(right) is None:
            left, right = right, left
            op = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(op, op)
        if not wanted:
            op = _NEGATED.get(op, op)
        if isinstance(left, tree.Binary) and isinstance(right, tree.Number):
            self._through_arithmetic(left, op, float(right.value))
            return
        if isinstance(left, tree.Call) and left.name == "strlen" and isinstance(right, tree.Number):
            wish = self._wish_of(left.args[0])
            if wish is not None and op in (">", ">=", "!="):
                wish.pieces.append("x" * (int(right.value) + 1))
            return
        wish = self._wish_of(left)
        if wish is not None:
            self._apply(wish, op, right)

    def _apply(self, wish: Wish, op: str, right: tree.Expr) -> None:
        value = _literal(right)
        if op in ("like", "=~"):
            self._like(wish, right)
        elif op == "in" and isinstance(right, tree.ListOf):
            wish.equal = _literal(self._draw.choice(right.items))
        elif value is None:
            return
        elif op == "=":
            wish.equal = value
        elif isinstance(value, int | float):
            if op in (">", ">="):
                wish.low = max(float(value), wish.low if wish.low is not None else float(value))
            elif op in ("<", "<="):
                wish.high = min(float(value), wish.high if wish.high is not None else float(value))
            elif op == "!=" and wish.equal is None:
                wish.equal = value + 1

    def _like(self, wish: Wish, right: tree.Expr) -> None:
        if isinstance(right, tree.Text):
            wish.pieces.append(right.value.replace("%", ""))
        elif isinstance(right, tree.Regex):
            wish.pieces.append(self._from_regex(right.pattern))

    def _through_arithmetic(self, left: tree.Binary, op: str, value: float) -> None:
        factor = _literal(left.right)
        if not isinstance(factor, int | float):
            return
        inverse = {
            "/": value * factor,
            "*": value / factor if factor else value,
            "-": value + factor,
            "+": value - factor,
        }
        wish = self._wish_of(left.left)
        if wish is not None and left.op in inverse:
            self._apply(wish, op, tree.Number(inverse[left.op]))

    # ------------------------------------------------------------ values

    def _value(self, wish: Wish, name: str, *, is_text: bool = False) -> Any:
        if wish.equal is not None:
            return wish.equal
        if wish.pieces:
            return " ".join(wish.pieces)
        if wish.low is not None or wish.high is not None:
            low = wish.low if wish.low is not None else min(0.0, (wish.high or 0) - 100)
            high = wish.high if wish.high is not None else low + 500
            if float(low).is_integer() and float(high).is_integer() and high - low >= 2:
                return self._draw.randint(int(low) + 1, int(high) - 1)
            return low + (high - low) * self._draw.uniform(0.2, 0.8)
        if name in self._numeric:
            return self._draw.randint(1, 900)
        return self._draw.choice(_CAPTURED if is_text else _WORDS)

    def _from_regex(self, pattern: str) -> str:
        pattern = re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", pattern)
        pattern = re.sub(r"\[\[:(alpha|alnum):\]\]", "[a-z]", pattern).replace("[[:digit:]]", "[0-9]")
        # Java and RE2 take flags anywhere.
        flags = re.findall(r"\(\?[imsx]+\)", pattern)
        pattern = re.sub(r"\(\?[imsx]+\)", "", pattern)
        try:
            parsed = _PARSER.parse("".join(flags[:1]) + pattern)
        except (re.error, OverflowError):
            return pattern
        names = {number: name for name, number in parsed.state.groupdict.items()}
        return "".join(self._drawn(parsed, names))

    def _drawn(self, parsed: Any, names: Mapping[int, str]) -> Iterator[str]:
        for op, argument in parsed:
            kind = str(op)
            if kind == "LITERAL":
                yield chr(argument)
            elif kind == "NOT_LITERAL":
                yield "x" if argument != ord("x") else "y"
            elif kind == "ANY":
                yield self._draw.choice("abc")
            elif kind == "IN":
                yield self._of_set(argument)
            elif kind == "BRANCH":
                yield from self._drawn(self._draw.choice(argument[1]), names)
            elif kind == "SUBPATTERN":
                yield self._of_group(argument, names)
            elif kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
                least, most, inner = argument
                # A repeat of anything is short: what follows it must be found at once.
                for _ in range(max(least, min(int(most), least + 1))):
                    yield from self._drawn(inner, names)

    def _of_group(self, argument: Any, names: Mapping[int, str]) -> str:
        number, _, _, inner = argument
        name = names.get(number, "")
        if name in self._captures:
            wish = self._captures[name]
            is_free = wish.equal is None and not wish.pieces and wish.low is None and wish.high is None
            if not is_free or name in self._numeric:
                text = str(self._value(wish, name, is_text=True))
                # `\w+` does not take every number.
                return text.split(".")[0] if is_free else text
        return "".join(self._drawn(inner, names))

    def _of_set(self, items: Any) -> str:
        if str(items[0][0]) == "NEGATE":
            banned = {chr(argument) for op, argument in items[1:] if str(op) == "LITERAL"}
            is_spaceless = any(str(argument) == "CATEGORY_SPACE" for _, argument in items[1:])
            return next(one for one in "7kq _" if one not in banned and not (is_spaceless and one == " "))
        op, argument = self._draw.choice(list(items))
        kind = str(op)
        if kind == "LITERAL":
            return chr(argument)
        if kind == "RANGE":
            return chr(self._draw.randint(argument[0], min(argument[1], argument[0] + 5)))
        return {
            "CATEGORY_DIGIT": self._draw.choice("123456"),
            "CATEGORY_SPACE": " ",
            "CATEGORY_WORD": self._draw.choice("abc"),
            "CATEGORY_NOT_SPACE": self._draw.choice("def"),
            "CATEGORY_NOT_DIGIT": "z",
            "CATEGORY_NOT_WORD": "-",
        }.get(str(argument), "a")

    def _parsed_text(self, command: tree.Parse) -> str:
        """Return a text that a `parse` reads."""
        if command.mode == "regex":
            return self._from_regex(command.pattern)
        if command.mode == "glob":
            parts = command.pattern.split("*")
            text = parts[0]
            for number, part in enumerate(parts[1:]):
                alias = command.aliases[number] if number < len(command.aliases) else ""
                wish = self._captures.get(alias, Wish())
                text += str(self._value(wish, alias, is_text=True)) + part
            return text
        if command.mode == "logfmt":
            # Its fields are below the alias, or stand by themselves.
            below = [(path, wish) for path, wish in self._wishes.items() if path[0] in command.aliases]
            for path, _ in below:
                del self._wishes[path]
            pairs = [(str(path[-1]), wish) for path, wish in below if len(path) > 1] or [("level", Wish())]
            return " ".join(f"{name}={self._value(wish, name)}" for name, wish in pairs)
        names = command.aliases or ("a", "b")
        return ",".join(str(self._value(self._captures.get(name, Wish()), name)) for name in names)

    # ------------------------------------------------------------ the event

    def event(self, time_ms: int, number: int) -> Event:
        """Return the event."""
        texts: list[str] = []
        for command in self._parses:
            text = self._parsed_text(command)
            path = ("@message",) if _is_message(command.source) else self._path(command.source)
            if path == ("@message",) or path is None:
                texts.append(text)
            else:
                self._wish(path).pieces[:0] = [text]
        message_wish = self._wishes.pop(("@message",), Wish())
        if isinstance(message_wish.equal, str):
            texts.append(message_wish.equal)
        texts += message_wish.pieces
        group = self._system("@log", "123456789012:/aws/lambda/alpha")
        stream = self._system("@logStream", f"stream-{number % 3}")
        message = self._message(texts, number)
        return Event(time_ms, message, group, stream, time_ms + 300)

    def _system(self, name: str, default: str) -> str:
        wish = self._wishes.pop((name,), Wish())
        if isinstance(wish.equal, str):
            return wish.equal
        return " ".join(wish.pieces) or default

    def _message(self, texts: list[str], number: int) -> str:
        if self._names & _LAMBDA and not any(text.startswith(("START", "END", "REPORT")) for text in texts):
            texts = [self._report(), *texts]
        own = {path: wish for path, wish in self._wishes.items() if not str(path[0]).startswith("@")}
        document: dict[str, Any] = {}
        for path, wish in sorted(own.items(), key=lambda one: len(one[0])):
            if not wish.is_absent:
                _put(document, path, self._leaf(path, wish, own))
        text = " ".join(dict.fromkeys(texts))
        is_raw = '"' in text or any(text.startswith(one) for one in ("START", "END", "REPORT"))
        if not document or (texts and is_raw):
            return text or f"line {number}"
        if texts:
            document.setdefault("text", text)
        if texts and "\\" in json.dumps(text):
            return json.dumps(document, ensure_ascii=False).replace(json.dumps(text)[1:-1], text)
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))

    def _leaf(self, path: Path, wish: Wish, own: Mapping[Path, Wish]) -> Any:
        if wish.is_list:
            is_below = any(len(other) > len(path) and other[: len(path)] == path for other in own)
            return [] if is_below else ["alpha", "beta"]
        return self._value(wish, str(path[-1]))

    def _report(self) -> str:
        kind = self._wishes.get(("@type",), Wish()).equal or "REPORT"
        request = self._wishes.get(("@requestId",), Wish()).equal
        number = request or f"8a1f0a3e-0000-4000-8000-{self._draw.randrange(10**11, 10**12)}"
        if kind != "REPORT":
            return f"{kind} RequestId: {number} Version: $LATEST"
        size = 128

        def of(name: str, low: int, high: int) -> float:
            wish = self._wishes.get((name,), Wish())
            is_free = wish.equal is None and wish.low is None and wish.high is None
            return self._draw.randint(low, high) if is_free else float(self._value(wish, name))

        duration = of("@duration", 5, 900)
        used = of("@maxMemoryUsed", 40_000_000, 120_000_000) / 1_000_000
        return (
            f"REPORT RequestId: {number}\tDuration: {duration:g} ms\t"
            f"Billed Duration: {int(duration) + 1} ms\t"
            f"Memory Size: {size} MB\tMax Memory Used: {used:.0f} MB\tInit Duration: 150.25 ms\t"
            "XRAY TraceId: 1-5f-00\tSegmentId: 4b\tSampled: true"
        )


_ARITHMETIC = ("+", "-", "*", "/", "%", "<", ">", "<=", ">=")
_NEGATED = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "like": "not like",
    "not like": "like",
    "in": "not in",
    "not in": "in",
}


def _literal(expr: tree.Expr) -> str | int | float | None:
    if isinstance(expr, tree.Text):
        return expr.value
    if isinstance(expr, tree.Number):
        return expr.value
    if isinstance(expr, tree.Unary) and expr.op == "-" and isinstance(expr.operand, tree.Number):
        return -expr.operand.value
    return None


def _is_message(expr: tree.Expr) -> bool:
    return isinstance(expr, tree.Field) and expr.name == "@message"


def _aliases(command: tree.Parse) -> tuple[str, ...]:
    if command.mode != "regex":
        return command.aliases
    return (*command.aliases, *re.findall(r"\(\?P?<([A-Za-z_]\w*)>", command.pattern))


def _children(node: Any) -> Iterator[Any]:
    if isinstance(node, tuple | list):
        yield from node
    elif hasattr(node, "__dataclass_fields__"):
        for name in node.__dataclass_fields__:
            if name != "span":
                yield getattr(node, name)


def _walk(node: Any) -> Iterator[Any]:
    yield node
    for child in _children(node):
        yield from _walk(child)


def _fields(node: Any) -> Iterator[tree.Field]:
    return (one for one in _walk(node) if isinstance(one, tree.Field))


def _numeric_names(query: tree.Query) -> Iterator[str]:
    for node in _walk(query):
        is_computed = isinstance(node, tree.Call) and node.name in _NUMERIC
        if is_computed or (isinstance(node, tree.Binary) and node.op in _ARITHMETIC):
            yield from (str(one.path[-1]) for one in _fields(node))


def _put(document: dict[str, Any], path: Path, value: Any) -> None:
    """Put a value at a path of keys and positions; what is no container on the way stays as it is."""
    at: Any = document
    for here, following in itertools.pairwise(path):
        fresh: Any = [] if isinstance(following, int) else {}
        if isinstance(at, dict):
            at = at.setdefault(str(here), fresh)
            if not isinstance(at, dict | list):
                return
        elif isinstance(here, int) and isinstance(at, list):
            while len(at) <= here:
                at.append({} if not isinstance(following, int) else [])
            at = at[here]
        else:
            return
    last = path[-1]
    if isinstance(at, dict):
        at.setdefault(str(last), value)
    elif isinstance(at, list) and isinstance(last, int):
        while len(at) <= last:
            at.append(value)
