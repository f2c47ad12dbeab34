"""Performance Insights' GetResourceMetrics: the database's load by wait event, which moto does not answer.

docs.aws.amazon.com/performance-insights/latest/APIReference/API_GetResourceMetrics.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from moto.rds.models import rds_backends

from tui.sandbox.calls import Call, read_call
from tui.sandbox.replies import Application, StartResponse, refuse, send_json
from tui.sandbox.waits import WAITS, WHOLE, key_of
from tui.sandbox.world import World

ENABLED: Final = "performance_insights_enabled"
"""moto's attribute of an instance that has Performance Insights."""
METRIC: Final = "db.load.avg"
_TARGET: Final = ".GetResourceMetrics"


class DatabaseLoad:
    """A WSGI application that answers GetResourceMetrics and leaves other calls to the one behind it."""

    def __init__(self, behind: Application, world: World) -> None:
        self._behind = behind
        self._world = world

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        if not environ.get("HTTP_X_AMZ_TARGET", "").endswith(_TARGET):
            return self._behind(environ, start_response)
        call = read_call(environ)
        problem = self._problem(call)
        if problem:
            return refuse(call, start_response, "InvalidArgumentException", problem)
        return send_json(start_response, "200 OK", self._answer(call.parameters))

    def _problem(self, call: Call) -> str:
        asked = call.parameters
        settings = self._world.settings
        known = rds_backends[settings.account][settings.region].databases.values()
        names = {one.dbi_resource_id for one in known if getattr(one, ENABLED, False)}
        if asked.get("ServiceType") != "RDS" or asked.get("Identifier") not in names:
            return f"Invalid identifier: {asked.get('Identifier')}"
        queries = asked.get("MetricQueries") or []
        if not queries or len(queries) > 15:
            return "Between 1 and 15 metric queries are allowed."
        for one in queries:
            if one.get("Metric") != METRIC:
                return f"Invalid metric: {one.get('Metric')}"
            if (one.get("GroupBy") or {}).get("Group", "db.wait_event") != "db.wait_event":
                return "The sandbox groups by db.wait_event only."
        return ""

    def _answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        start, end = float(asked["StartTime"]), float(asked["EndTime"])
        period = int(asked.get("PeriodInSeconds") or 60)
        found = []
        for query in asked["MetricQueries"]:
            found.append({"Key": {"Metric": METRIC}, "DataPoints": self._points(WHOLE, start, end, period)})
            if query.get("GroupBy"):
                found += self._by_wait(start, end, period)[: int(query["GroupBy"].get("Limit") or 10)]
        return {
            "AlignedStartTime": start,
            "AlignedEndTime": end,
            "Identifier": asked["Identifier"],
            "MetricList": found,
        }

    def _by_wait(self, start: float, end: float, period: int) -> list[dict[str, Any]]:
        """Return the wait events that had a load, the most first."""
        found = []
        for kind, name in WAITS:
            points = self._points(name, start, end, period)
            if any(one["Value"] > 0 for one in points):
                names = {"db.wait_event.type": kind, "db.wait_event.name": name}
                found.append({"Key": {"Metric": METRIC, "Dimensions": names}, "DataPoints": points})
        return sorted(found, key=lambda one: -sum(point["Value"] for point in one["DataPoints"]))

    def _points(self, name: str, start: float, end: float, period: int) -> list[dict[str, float]]:
        times, values = self._world.load.query(key_of(name), start, end, period, "Average")
        return [{"Timestamp": at, "Value": value} for at, value in zip(times, values, strict=True)]
