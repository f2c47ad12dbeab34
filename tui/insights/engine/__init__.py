"""The query language of Logs Insights on log events at hand, by DuckDB."""

from tui.insights.engine.problems import EngineError, NotCovered, QueryProblem, Stopped
from tui.insights.engine.run import Result, check, run_query
from tui.insights.engine.sources import Event, Events, Lines, Source, Stream

__all__ = [
    "EngineError",
    "Event",
    "Events",
    "Lines",
    "NotCovered",
    "QueryProblem",
    "Result",
    "Source",
    "Stopped",
    "Stream",
    "check",
    "run_query",
]
