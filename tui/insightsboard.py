"""The Insights modal without its screen: what can be chosen, what is asked next, and how it is told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from config.queries import Catalogue, SavedQuery, SaveError, fill, load_queries, parameters, save_query
from tui.board import Board
from tui.domain.drill import Follow, follow_ups
from tui.domain.logfields import fields_of
from tui.domain.queryruns import ESTIMATE, Place, Question, Run, is_estimating
from tui.domain.timespans import span_text
from tui.domain.units import plural
from tui.insights.parser import QuerySyntaxError, parse
from tui.insights.tree import Query
from tui.keys import effective, spell
from tui.logboard import parse_range
from tui.presenters.completions import completions
from tui.presenters.querychart import NoChart, chart_of, is_over_time
from tui.presenters.querystatus import nothing_text, run_text
from tui.querydesk import QueryDesk
from widgets.model import BarsView, ChartView, Mark, Offer
from widgets.picker import Choice
from widgets.text import one_line

SUGGESTED: Final[Mapping[str, str]] = {
    "alb": "slow-endpoints",
    "logs": "slow-endpoints",
    "ecs": "error-rate",
    "rds": "database-queries",
}
"""By pane: the query that is highlighted when the modal opens from it."""
SAMPLE: Final = 200
"""Log lines that are looked at for names of fields."""
MOST_CHARACTERS: Final = 10_000
"""Of a query, at the service."""

_PARAMETER: Final = re.compile(r"\{\{[^{}]*\}\}")

Words = tuple[tuple[str, str], ...]
"""(text, Textual style) of the pieces of a line."""


class InsightsBoard:
    """Choices and words of the Insights modal.

    Args:
        board: The console's: its window, clock and log lines.
        desk: Runs the queries.
        path: The user's own queries; None where there is no home.

    Attributes:
        desk: Runs the queries.
        path: The user's own queries.
        catalogue: What can be chosen from; `reload` reads it anew.
    """

    def __init__(self, board: Board, desk: QueryDesk, path: Path | None) -> None:
        self._board = board
        self.desk = desk
        self.path = path
        self.catalogue = Catalogue({})
        self._packaged: Mapping[str, SavedQuery] = {}
        self._problems: tuple[str, ...] = ()
        self._fields: tuple[str, ...] = ()
        self._columns: tuple[Sequence[Mapping[str, str]], tuple[str, ...]] = ((), ())
        self._tree: tuple[str, Query | None] = ("", None)
        self.reload()

    def reload(self) -> None:
        """Read the catalogue; what is wrong with the user's file waits for `take_problems`."""
        self._packaged = load_queries().queries
        self.catalogue = load_queries(self.path)
        self._problems = tuple(map(str, self.catalogue.problems))

    def save(self, name: str, question: str) -> None:
        """Save the query that stands in the editor under a name; blocks.

        Raises:
            SaveError: It cannot be; says why.
        """
        if self.path is None:
            raise SaveError("There is no home directory to save in.")
        draft = self.desk.draft
        text = draft.text.strip().expandtabs(2) + "\n"
        title = name.replace("-", " ").replace("_", " ").capitalize()
        save_query(
            self.path, name, SavedQuery(title=title, question=question, text=text, log_groups=draft.groups)
        )

    def saved(self, name: str) -> None:
        """Take up the catalogue with the query that was saved."""
        self.reload()
        self.desk.draft.name = name

    def take_problems(self) -> tuple[str, ...]:
        """Return what is wrong with the user's file, once."""
        problems, self._problems = self._problems, ()
        return problems

    # ------------------------------------------------------------ what can be chosen

    @property
    def keymap(self) -> Mapping[str, str]:
        """The configuration's rebinding of keys."""
        return self._board.config.keys

    @property
    def keys(self) -> Mapping[str, str]:
        """The first key of each command as a person reads it, by id."""
        return {name: spell(keys.split(",")[0]) for name, keys in effective(self.keymap).items()}

    @property
    def now_s(self) -> float:
        """Epoch seconds by the endpoint's clock."""
        return self._board.now_s

    @property
    def window(self) -> str:
        """The console's window."""
        return self._board.ui.window

    def choices(self) -> tuple[Choice[str], ...]:
        """Return the catalogue: title and question, the user's own marked."""
        queries = self.catalogue.queries
        return tuple(
            Choice(name, _label(query, is_own=self.is_own(name)), one_line(query.question, 200))
            for name, query in queries.items()
        )

    def is_own(self, name: str) -> bool:
        """Whether a query of the catalogue is the user's."""
        return self.catalogue.queries.get(name) != self._packaged.get(name)

    def suggested(self, source: str) -> str:
        """Return the name of the query that suits a pane."""
        return self.desk.draft.name or SUGGESTED.get(source, "slow-endpoints")

    def known_groups(self) -> tuple[str, ...]:
        """Return the log groups that can be chosen without typing."""
        draft, stack = self.desk.draft, self._board.config.stack
        loaded = self.catalogue.queries.get(draft.name)
        return tuple(
            dict.fromkeys(
                (
                    *stack.log_groups,
                    *self._board.logs.known_groups(),
                    *self._board.hub.exported_groups(),
                    *(loaded.log_groups if loaded is not None else ()),
                    *draft.groups,
                )
            )
        )

    def groups(self) -> tuple[str, ...]:
        """Return the log groups that the next run asks."""
        draft = self.desk.draft
        loaded = self.catalogue.queries.get(draft.name)
        own = loaded.log_groups if loaded is not None else ()
        return draft.groups or own or self._board.config.stack.log_groups

    def span(self, text: str | None = None) -> tuple[float, float]:
        """Return start and end of a range as written (None: the chosen one), epoch seconds.

        Raises:
            ValueError: It means nothing; says what to write.
        """
        written = self.desk.draft.range if text is None else text
        now_s = self.now_s
        if not written:
            return now_s - self._board.window_s, now_s
        start_s, end_s = parse_range(written, now_s)
        end_s = now_s if end_s is None else end_s
        if start_s >= end_s:
            raise ValueError(f"“{one_line(written, 80)}” has not begun yet. Write for example: 3h")
        return start_s, end_s

    def span_words(self, run: Run) -> str:
        """Return the range of a run as a person reads it."""
        return span_text(run.question.start_s, run.question.end_s)

    @staticmethod
    def written_span(start_s: float, end_s: float) -> str:
        """Return a range of time as it is written, so that `span` reads the same."""
        ends = (datetime.fromtimestamp(one, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for one in (start_s, end_s))
        return " - ".join(ends)

    def complete(self, text: str, at: int) -> Sequence[Offer]:
        """Return what could be meant at an offset of a query."""
        return completions(text, at, (*self.columns(), *self._fields))

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the run that is shown; of many rows they are found once."""
        run = self.desk.shown
        rows = run.answer.rows if run is not None else ()
        if run is not None and self._columns[0] is not rows:
            self._columns = (rows, run.answer.columns)
        return self._columns[1] if rows else ()

    def discover(self) -> None:
        """Look at the newest log lines for names of fields."""
        lines = self._board.hub.lines
        found = (lines.event(one.time_ms, one.key) for one in lines.lines(len(lines) - SAMPLE, len(lines)))
        self._fields = fields_of(event.message for event in found if event is not None)

    # ------------------------------------------------------------ what is asked

    def missing(self) -> tuple[str, ...]:
        """Return the parameters of the query that stands in the editor."""
        return parameters(self.desk.draft.text)

    def question(self, *, is_estimate: bool = False) -> Question:
        """Return what the editor asks.

        Args:
            is_estimate: Ask what it would scan instead, which runs nothing and costs nothing.

        Raises:
            ValueError: It cannot be asked; says what to do.
        """
        draft = self.desk.draft
        text = fill(draft.text, self.desk.values).strip()
        if not text:
            raise ValueError(
                "The query is empty. Choose one of the catalogue, or write: stats count(*) by bin(5m)"
            )
        if len(text) > MOST_CHARACTERS:
            raise ValueError(
                f"The query has {len(text):,} characters; the service takes {MOST_CHARACTERS:,}."
            )
        groups = () if text[:6].upper() == "SOURCE" else self.groups()
        if not groups and text[:6].upper() != "SOURCE" and draft.place is Place.AWS:
            raise ValueError(f"Which log group? Choose one with {self.keys['query-groups']}.")
        if is_estimate and draft.place is Place.LOCAL:
            raise ValueError("The log lines at hand cost nothing: there is nothing to estimate.")
        if is_estimate and not is_estimating(text):
            text += ESTIMATE
        start_s, end_s = self.span()
        return Question(text, draft.name, groups, start_s, end_s, draft.place)

    # ------------------------------------------------------------ what is told

    def asked(self) -> Words:
        """Return what the next run will ask: whom, which groups, which range."""
        draft = self.desk.draft
        is_local = draft.place is Place.LOCAL
        groups = self.groups()
        where = one_line(groups[0], 60) if groups else "no log group"
        where += f" +{len(groups) - 1}" if len(groups) > 1 else ""
        if is_local:
            where = plural(len(self._board.hub.lines), "line") + " of the log pane"
        when = f"the last {self.window}" if not draft.range else one_line(draft.range, 40)
        badge = ("  local  ", "bold reverse $warning") if is_local else ("  AWS  ", "bold reverse $primary")
        filled = "".join(
            f"  ·  {one_line(name, 40)} = {one_line(self.desk.values[name], 60)}"
            for name in self.missing()
            if name in self.desk.values
        )
        return (badge, ("  ", ""), (where, ""), ("  ·  ", "dim"), (when, ""), (filled, "bold"))

    def state(self) -> tuple[Words, bool]:
        """Return the line about the run that is shown, and whether anything runs."""
        desk, run = self.desk, self.desk.shown
        is_busy = bool(desk.running or desk.waiting)
        if run is None:
            return (("nothing has run yet", "dim"),), is_busy
        style = "bold $text-error" if run.fault is not None else "" if run.has_ended else "bold $text-warning"
        who = "local" if run.question.place is Place.LOCAL else "AWS"
        words = [(f"{who}  ", "dim"), (run_text(run, self.now_s), style)]
        others = len(desk.running) + len(desk.waiting) - (not run.has_ended)
        if others:
            words.append((f"  · {others} more", "dim"))
        return tuple(words), is_busy

    def nothing(self, run: Run) -> str:
        """Return what to say in place of rows."""
        return nothing_text(run, self.span_words(run), self.keys)

    def marks(self, run: Run | None, text: str) -> tuple[Mark, ...]:
        """Return what the service refuses, where the text that it refused still stands in the editor."""
        if run is None or run.fault is None or run.fault.start is None:
            return ()
        shift = len(text) - len(text.lstrip())
        if fill_or_same(text, self.desk.values).strip() != run.question.text:
            return ()
        if parameters(text):
            # Filled in, the places are others: the first line says it without one.
            return (Mark("error", 0, 0, run.fault.message),)
        start = shift + run.fault.start
        end = shift + (run.fault.end or run.fault.start + 1)
        return (Mark("error", start, max(start + 1, end), run.fault.message),)

    @staticmethod
    def findings(text: str) -> tuple[Mark, ...]:
        """Return what lint says about a query, errors first; from any thread."""
        from tui.insights.lint import lint

        if not text.strip():
            return ()
        # A parameter stands where a value will; as long as its braces, so that places stay.
        found = lint(_PARAMETER.sub(lambda braces: "x" * len(braces[0]), text))
        marks = [
            Mark(one.severity, one.start, max(one.start + 1, one.end), _with_fix(one.message, one.fix))
            for one in found
        ]
        return tuple(sorted(marks, key=lambda mark: (mark.severity != "error", mark.start)))

    def place_text(self, mark: Mark) -> str:
        """Return "3:14  what is wrong"."""
        text = self.desk.draft.text[: mark.start]
        line, column = text.count("\n") + 1, mark.start - (text.rfind("\n") + 1) + 1
        return f"{line}:{column}  {one_line(mark.message, 600)}"

    # ------------------------------------------------------------ the rows

    def tree(self, run: Run | None) -> Query | None:
        """Return the tree of a run's query; None where it has none, though the service may run it."""
        if run is None:
            return None
        if self._tree[0] != run.question.text:
            try:
                self._tree = (run.question.text, parse(run.question.text))
            except QuerySyntaxError:
                self._tree = (run.question.text, None)
        return self._tree[1]

    def chart(self) -> ChartView | BarsView | None:
        """Return the rows that are shown as a chart; None where a table is wanted, or all there is."""
        run, wanted = self.desk.shown, self.desk.draft.is_chart
        if run is None or not run.answer.rows or wanted is False:
            return None
        tree = self.tree(run)
        if tree is None or (wanted is None and not is_over_time(tree)):
            return None
        try:
            return chart_of(tree, run.answer)
        except NoChart:
            return None

    def toggle_chart(self) -> str:
        """Draw the rows as a chart or as a table; return why there is no chart, "" where all is well."""
        run, draft = self.desk.shown, self.desk.draft
        if self.chart() is not None:
            draft.is_chart = False
            return ""
        draft.is_chart = True
        tree = self.tree(run)
        if run is None or not run.answer.rows:
            return "There are no rows to draw."
        if tree is None:
            return "This query cannot be drawn: cwtop does not know its form."
        try:
            chart_of(tree, run.answer)
        except NoChart as error:
            draft.is_chart = None
            return str(error)
        return ""

    def follow_ups(self, row: Mapping[str, str]) -> tuple[Follow, ...]:
        """Return the queries that ask further about a row: those that its query names first."""
        queries, name = self.catalogue.queries, self.desk.draft.name
        found = {
            one.name: one
            for one in follow_ups({other: query.parameters for other, query in queries.items()}, row)
        }
        own = queries.get(name)
        first = {
            one: found.pop(one, Follow(one, {}))
            for one in (own.then if own is not None else ())
            if one in found or (one in queries and not queries[one].parameters)
        }
        return tuple(one for one in (*first.values(), *found.values()) if one.name != name)


def _with_fix(message: str, fix: str) -> str:
    return f"{message}  write: {fix}" if fix else message


def fill_or_same(text: str, values: Mapping[str, str]) -> str:
    """Return a query with its parameters filled in, or as it is where one has no value."""
    return fill(text, values) if set(parameters(text)) <= values.keys() else text


def _label(query: SavedQuery, *, is_own: bool) -> str:
    return ("* " if is_own else "") + one_line(query.title, 80)
