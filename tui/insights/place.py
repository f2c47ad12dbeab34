"""A token that the grammar refuses, and what stands around it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tui.insights.tokens import Token
from tui.insights.words import USAGE

OPENING = frozenset(("LPAR", "LIST", "INDEX", "SUBQUERY"))
CLOSING = frozenset(("RPAR", "RSQB"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token is refused.

    Attributes:
        text: The query.
        tokens: All its tokens, with the end as the last.
        at: The index of the refused one.
        expected: The types that may stand there.
    """

    text: str
    tokens: Sequence[Token]
    at: int
    expected: Collection[str]

    @property
    def token(self) -> Token:
        """The refused token."""
        return self.tokens[self.at]

    @property
    def before(self) -> Token:
        """The token before it; a query's first token is refused by the tokenizer already."""
        return self.tokens[self.at - 1]

    def word(self, index: int) -> str:
        """Return a token in lower case if it is a name, else ""."""
        if 0 <= index < len(self.tokens) and self.tokens[index].type in ("FIELD", "FUNCTION"):
            return self.tokens[index].text.lower()
        return ""

    def between(self, first: int, behind: int) -> str:
        """Return the text from the token `first` to before the token `behind`."""
        return self.text[self.tokens[first].start : self.tokens[behind - 1].end]

    @property
    def command(self) -> Token:
        """The word that began the command."""
        index = self.at - 1
        while self.tokens[index].type not in USAGE and self.tokens[index].type != "OTHER":
            index -= 1
        return self.tokens[index]

    def closing(self, opening: int) -> int | None:
        """Return the index of the bracket that closes the one at `opening`; None where none does."""
        depth = 0
        for index in range(opening, len(self.tokens)):
            kind = self.tokens[index].type
            depth += (kind in OPENING) - (kind in CLOSING)
            if depth == 0:
                return index
        return None
