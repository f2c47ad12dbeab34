"""Parse CloudWatch Logs filter patterns, and say at which place one is wrong."""

from __future__ import annotations

import re

from tui.domain.patterntext import quoted, regex, skip
from tui.domain.patterntree import (
    Column,
    Compare,
    Condition,
    Delimited,
    InvalidPattern,
    Json,
    Junction,
    Keyword,
    Pattern,
    Subject,
    Term,
    Value,
    Words,
)

MAX_CHARACTERS = 1024
_MAX_REGEXES = 2
_MAX_DEPTH = 40
_WORD = re.compile(r"[A-Za-z0-9_]+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_OPERATOR = re.compile(r"!=|<=|>=|=|<|>")
_BARE = re.compile(r"""[^\s()&|=<>!"'%{}\[\],]+(?:%[^\s()&|=<>!"'%{}\[\],]*)*""")
_STEP = re.compile(r"""\.([\w@-]+)|\[(\d{1,9})\]|\.?\[(?:"([^"]+)"|'([^']+)')\]""")
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_KEYWORDS = {("IS", "NULL"), ("IS", "TRUE"), ("IS", "FALSE"), ("NOT", "EXISTS")}


def parse(text: str) -> Pattern:
    """Return the parts of a filter pattern.

    Raises:
        InvalidPattern: The service would refuse it.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidPattern(MAX_CHARACTERS, f"Shorten the pattern to {MAX_CHARACTERS:,} characters.")
    start = skip(text, 0)
    if text.startswith("{", start):
        return _json(text, start)
    if text.startswith("[", start):
        return _DelimitedParser(text, start + 1).columns()
    return _words(text, start)


# ---------------------------------------------------------------- words


def _words(text: str, at: int) -> Words:
    terms: dict[str, list[Term]] = {"": [], "?": [], "-": []}
    while at < len(text):
        sign = text[at] if text[at] in "?-" else ""
        start = at + len(sign)
        if sign and (start == len(text) or text[start].isspace()):
            raise InvalidPattern(at, f"Write a term right after {sign}, as in {sign}timeout.")
        term, end = _term(text, start)
        terms[sign].append(term)
        at = skip(text, end)
        if at == end < len(text):
            raise InvalidPattern(end, "Put a space between two terms.")
    return Words(tuple(terms[""]), tuple(terms["?"]), tuple(terms["-"]))


def _term(text: str, at: int) -> tuple[Term, int]:
    if text[at] == '"':
        phrase, end = quoted(text, at)
        return Term(phrase), end
    if text[at] == "%":
        expression, end = regex(text, at)
        return Term(expression, is_regex=True), end
    end = at
    while end < len(text) and not text[end].isspace():
        end += 1
    word = text[at:end]
    plain = _WORD.match(word)
    wrong = plain.end() if plain else 0
    if wrong < len(word):
        escaped = word.replace("\\", "\\\\").replace('"', '\\"')
        raise InvalidPattern(
            at + wrong, f'Quote a term that holds more than letters, digits and _: "{escaped}".'
        )
    return Term(word), end


# ---------------------------------------------------------------- conditions


class _Conditions:
    """Recursive descent over `a = 1 && (b = 2 || c = 3)`; && binds tighter than ||."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self._depth = 0
        self._regexes = 0

    def either(self) -> Condition:
        """Parse conditions joined by ||."""
        parts = [self._both()]
        while self.take("||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Junction("||", tuple(parts))

    def _both(self) -> Condition:
        parts = [self._single()]
        while self.take("&&"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Junction("&&", tuple(parts))

    def _single(self) -> Condition:
        opened = self.skip()
        if not self.take("("):
            return self.condition()
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise InvalidPattern(opened, f"Nest at most {_MAX_DEPTH} parentheses.")
        inner = self.either()
        if not self.take(")"):
            raise InvalidPattern(self.at, "Close the parenthesis with ).")
        self._depth -= 1
        return inner

    def condition(self) -> Condition:
        """Parse one condition, from its subject on."""
        raise NotImplementedError  # each kind of pattern has subjects of its own

    def compare(self, subject: Subject) -> Compare:
        """Parse an operator and a value behind a subject."""
        start = self.skip()
        found = _OPERATOR.match(self.text, start)
        if found is None:
            raise InvalidPattern(start, f"Compare {subject.text} with one of = != < > <= >=.")
        operator, self.at = found.group(), found.end()
        place = self.skip()
        value = self._value()
        if operator not in ("=", "!=") and value.number is None:
            raise InvalidPattern(place, f"Write a number behind {operator}.")
        return Compare(subject, operator, value)

    def _value(self) -> Value:
        start = self.at
        if self.text.startswith('"', start):
            text, self.at = quoted(self.text, start)
            return Value(text, is_quoted=True)
        if self.text.startswith("%", start):
            self._regexes += 1
            if self._regexes > _MAX_REGEXES:
                raise InvalidPattern(start, f"Use at most {_MAX_REGEXES} regular expressions in a pattern.")
            text, self.at = regex(self.text, start)
            return Value(text, is_regex=True)
        found = _BARE.match(self.text, start)
        if found is None:
            raise InvalidPattern(start, 'Write a value: a number, a "text" or a %regular expression%.')
        self.at = found.end()
        number = float(found.group()) if _NUMBER.fullmatch(found.group()) else None
        return Value(found.group(), number=number)

    def skip(self) -> int:
        """Go to the next character that is no space; return where that is."""
        self.at = skip(self.text, self.at)
        return self.at

    def take(self, mark: str) -> bool:
        """Go past `mark` if it is next."""
        is_next = self.text.startswith(mark, self.skip())
        self.at += len(mark) if is_next else 0
        return is_next


def _json(text: str, at: int) -> Json:
    parser = _JsonParser(text, at + 1)
    if parser.take("}"):
        raise InvalidPattern(at + 1, 'Write a condition between the braces, as in { $.level = "ERROR" }.')
    condition = parser.either()
    end = parser.skip()
    if not parser.take("}"):
        message = "Join two conditions with && or ||." if end < len(text) else "End the JSON pattern with }."
        raise InvalidPattern(end, message)
    if parser.skip() < len(text):
        raise InvalidPattern(parser.at, "Write nothing behind the closing }.")
    return Json(condition)


class _JsonParser(_Conditions):
    """Conditions on JSON properties."""

    def condition(self) -> Condition:
        """Parse `$.a.b[0] = value` or `$.a IS NULL`."""
        subject = self._selector()
        first = _WORD.match(self.text, self.skip())
        if first is None:
            return self.compare(subject)
        second = _WORD.match(self.text, skip(self.text, first.end()))
        words = (first.group().upper(), second.group().upper() if second else "")
        if second is None or words not in _KEYWORDS:
            raise InvalidPattern(
                first.start(), "Write IS NULL, IS TRUE, IS FALSE, NOT EXISTS or a comparison."
            )
        self.at = second.end()
        return Keyword(subject, " ".join(words))

    def _selector(self) -> Subject:
        start = self.skip()
        if not self.text.startswith("$", start):
            raise InvalidPattern(start, "Begin a condition with a property, as in $.level.")
        self.at += 1
        steps: list[str | int] = []
        while found := _STEP.match(self.text, self.at):
            name, index, double, single = found.groups()
            steps.append(int(index) if index is not None else name or double or single)
            self.at = found.end()
        if not steps or self.text.startswith((".", "["), self.at):
            raise InvalidPattern(self.at, "Name a property as in $.level, $.tags[0] or $['user.name'].")
        return Subject(self.text[start : self.at], tuple(steps))


class _DelimitedParser(_Conditions):
    """The fields between the brackets of a space-delimited pattern."""

    _name = ""

    def columns(self) -> Delimited:
        """Parse all fields up to the end of the text."""
        before: list[Column] = []
        after: list[Column] = []
        is_open = False
        while True:
            start = self.skip()
            if self.take("..."):
                if is_open:
                    raise InvalidPattern(start, "Use ... once: it stands for any number of fields.")
                is_open = True
            else:
                (after if is_open else before).append(self._column())
            if self.take("]"):
                break
            if not self.take(","):
                raise InvalidPattern(self.at, "Separate fields by commas and end the pattern with ].")
        if self.skip() < len(self.text):
            raise InvalidPattern(self.at, "Write nothing behind the closing ].")
        return Delimited(tuple(before), tuple(after), is_open)

    def _column(self) -> Column:
        start = self.skip()
        # The field's name comes first, maybe behind parentheses.
        named = _NAME.match(self.text, _skip_marks(self.text, start))
        self._name = named.group() if named else ""
        if named and start == named.start() and self._ends(named.end()):
            self.at = named.end()
            return Column(self._name)
        return Column(self._name, self.either())

    def _ends(self, at: int) -> bool:
        return self.text.startswith((",", "]"), skip(self.text, at)) or skip(self.text, at) == len(self.text)

    def condition(self) -> Condition:
        """Parse `status = 4*`."""
        start = self.skip()
        found = _NAME.match(self.text, start)
        if found is None:
            raise InvalidPattern(
                start, "Name the field, as in [ip, user, status = 5*], or write ... for any."
            )
        if found.group() != self._name:
            raise InvalidPattern(start, f"Conditions between two commas are on one field, here {self._name}.")
        self.at = found.end()
        return self.compare(Subject(self._name))


def _skip_marks(text: str, at: int) -> int:
    while at < len(text) and (text[at] == "(" or text[at].isspace()):
        at += 1
    return at
