"""The requests of the demo's users: how many arrive, what each costs, what it logs."""

from __future__ import annotations

import datetime as dt
import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tui.sandbox.scenarios import Release
from tui.sandbox.settings import Settings
from tui.sandbox.story import Surge
from tui.sandbox.tables import LookupTime, lookup_statement

SLOW_QUERY_MS = 5.0
"""The application warns of a look-up that takes longer."""
_QUEUE = 0.02
"""The part of its CPU that a full task has left for one more request: it waits fifty times as long."""


@dataclass(frozen=True, slots=True)
class Request:
    """One served request.

    Attributes:
        method: HTTP method.
        path: Endpoint, with its placeholders.
        status: HTTP status code.
        total_ms: Response time.
        database_ms: The part of it spent in the database.
        lookups: How many look-ups it made.
        query: Its most frequent statement; "" when it made none.
        query_ms: Time of one of those.
        problem: What the application says about a failure; "" for none.
        logger: Who says it.
    """

    method: str
    path: str
    status: int
    total_ms: float
    database_ms: float = 0.0
    lookups: int = 0
    query: str = ""
    query_ms: float = 0.0
    problem: str = ""
    logger: str = "db"


class Traffic:
    """Draws requests; the same seed draws the same ones for the same look-up times."""

    def __init__(self, settings: Settings, seed: int, surges: Sequence[Surge] = ()) -> None:
        self._settings = settings
        self._surges = surges
        self._clients = random.Random(seed + 5)  # noqa: S311
        self._random = random.Random(seed)  # noqa: S311
        self._endpoints = settings.endpoints
        self._weights = [one.weight for one in settings.endpoints]
        self._queries = {table.name: lookup_statement(table) for table in settings.tables}
        self._main = {one.path: max(one.lookups, key=one.lookups.__getitem__) for one in settings.endpoints}
        total = sum(self._weights)
        self.lookups_per_request = {
            table.name: sum(one.weight * one.lookups.get(table.name, 0) for one in settings.endpoints) / total
            for table in settings.tables
        }
        """Expected look-ups of one request, per table."""

    def rate(self, at_s: float) -> float:
        """Return the expected requests per second at an epoch second."""
        shape = self._settings.traffic
        hour = at_s / 3600 + shape.utc_offset_hours
        swing = math.cos((hour - shape.busiest_hour) / 24 * math.tau)
        # A slow wobble that depends on the time alone, so that history and live agree.
        wobble = math.sin(at_s / 611) * math.sin(at_s / 1873)
        usual = shape.requests_per_s * (1 + shape.daily_swing * swing) * (1 + shape.noise * wobble)
        return usual + sum(surge.rate(at_s) for surge in self._surges)

    def count(self, expected: float) -> int:
        """Draw how many requests arrive where `expected` do on average."""
        if expected > 30:
            return max(0, round(self._random.gauss(expected, math.sqrt(expected))))
        limit, product, count = math.exp(-expected), self._random.random(), 0
        while product > limit:
            count += 1
            product *= self._random.random()
        return count

    def moments(self, second: int, count: int) -> list[float]:
        """Draw when within one second `count` requests arrive, in order."""
        return sorted(second + self._random.random() for _ in range(count))

    def request(
        self,
        lookups: Mapping[str, LookupTime],
        ecs_cpu: float,
        refused: float,
        problem: str,
        release: Release | None = None,
    ) -> Request:
        """Draw one request.

        Args:
            lookups: Time of a look-up per table; a table that is missing cannot be queried.
            ecs_cpu: CPU use of the tasks, percent: busy tasks make the application's part slower.
            refused: Share of requests that get no database connection, 0 to 1.
            problem: Why the database cannot be used at all; "" when it can.
            release: What the task that serves it runs; None for nothing special.
        """
        shape, draw = self._settings.traffic, self._random
        endpoint = draw.choices(self._endpoints, self._weights)[0]
        busy = 1 / max(_QUEUE, 1 - ecs_cpu / 100) if ecs_cpu > 60 else 1.0
        app_ms = shape.app_ms * math.exp(draw.gauss(0, shape.app_sigma)) * busy
        if draw.random() < shape.client_error_share:
            return Request(endpoint.method, endpoint.path, 404, app_ms / 3)
        if release is not None and release.error_share and draw.random() < release.error_share:
            return Request(endpoint.method, endpoint.path, 500, app_ms, problem=release.error, logger="app")
        if not problem and refused and draw.random() < refused:
            problem = "sorry, too many clients already"
        if not problem and any(name not in lookups for name in endpoint.lookups):
            problem = "a table is missing"
        if problem:
            return Request(
                endpoint.method, endpoint.path, 500, app_ms, problem=f"database connection failed: {problem}"
            )
        return self._served(endpoint.method, endpoint.path, endpoint.lookups, app_ms, lookups)

    def _served(
        self,
        method: str,
        path: str,
        wanted: Mapping[str, int],
        app_ms: float,
        lookups: Mapping[str, LookupTime],
    ) -> Request:
        draw, limit = self._random, self._settings.traffic.timeout_ms
        database_ms = 0.0
        for name, count in wanted.items():
            time = lookups[name]
            # Half of a request's look-ups meet the conditions of one measured moment, half the usual ones.
            moment = draw.choice(time.samples) if time.samples else time.typical_ms
            usual = max(0.0, draw.gauss(time.typical_ms, time.deviation_ms / math.sqrt(count)))
            database_ms += count * (moment + usual) / 2
        main = self._main[path]
        times = lookups[main].samples or (lookups[main].typical_ms,)
        query_ms, query, lookups_made = draw.choice(times), self._queries[main], sum(wanted.values())
        total = app_ms + database_ms
        if total > limit:
            problem = f"database statement timeout after {limit:.0f} ms"
            return Request(method, path, 500, limit, limit, lookups_made, query, query_ms, problem)
        return Request(method, path, 200, total, database_ms, lookups_made, query, query_ms)

    def lines(self, request: Request, at_s: float) -> list[str]:
        """Return the log lines of a request: its database line, its error if any, then the request's own.

        Only the last one contains the word "request": counting lines that contain it counts requests.
        """
        moment = timestamp(at_s)
        trace = f"{self._random.getrandbits(64):016x}"
        lines = []
        if request.query:
            is_slow = request.query_ms >= SLOW_QUERY_MS
            level, said = ("WARN", "slow database query") if is_slow else ("INFO", "database query")
            lines.append(
                f'{{"time":"{moment}","level":"{level}","logger":"db","message":"{said}","trace_id":"{trace}",'
                f'"query":"{request.query}","duration":{request.query_ms:.3f}}}'
            )
        if request.problem:
            lines.append(line(at_s, "ERROR", request.logger, request.problem, trace_id=trace))
        level = "ERROR" if request.status >= 500 else "WARN" if request.status >= 400 else "INFO"
        lines.append(
            f'{{"time":"{moment}","level":"{level}","logger":"http","message":"request completed",'
            f'"request_id":"{trace}","client_ip":"{self._client(at_s)}","method":"{request.method}","endpoint":"{request.path}",'
            f'"status_code":{request.status},"response_time":{request.total_ms:.1f}}}'
        )
        return lines

    def _client(self, at_s: float) -> str:
        """Draw who asks: requests of a surge come from addresses of their own."""
        draw = self._clients
        extra = [(surge.rate(at_s), surge.clients) for surge in self._surges]
        if extra and draw.random() * self.rate(at_s) < sum(rate for rate, _ in extra):
            number = draw.randrange(sum(clients for _, clients in extra))
            return f"198.51.{100 + number // 250}.{1 + number % 250}"
        return f"203.0.113.{1 + draw.randrange(self._settings.traffic.clients)}"


def line(at_s: float, level: str, logger: str, message: str, **fields: object) -> str:
    """Return a log line as the application writes it: one JSON object."""
    document = {"time": timestamp(at_s), "level": level, "logger": logger, "message": message, **fields}
    return json.dumps(document, separators=(",", ":"))


def timestamp(at_s: float) -> str:
    """Return ISO 8601 in UTC with milliseconds."""
    return (
        dt.datetime.fromtimestamp(at_s, tz=dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
