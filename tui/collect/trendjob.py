"""Reads and judges trends on the fetching thread, so that neither costs a frame."""

from __future__ import annotations

from typing import Final

from config.prices import Prices, prices_of
from config.schema import Config
from tui.collect.store import Store
from tui.domain.clock import Clock
from tui.domain.targets import metric_targets
from tui.domain.trend import TrendsSnapshot
from tui.sources.hourly import HourlySource
from tui.sources.session import AwsSession
from tui.triage.trends import METRICS, judge_trends

WAITS_FOR: Final = ("ecs", "rds", "alb", "postgres")
"""Sources that tell of deployments, classes and limits; those that the stack has must have answered once."""


class TrendJob:
    """What the scheduler runs for trends.

    Args:
        config: What is watched.
        session: The door to AWS.
        clock: For the time of the reading.
        store: The latest snapshots; may be read from any thread.
    """

    def __init__(self, config: Config, session: AwsSession, clock: Clock, store: Store) -> None:
        self._config = config
        self._session = session
        self._clock = clock
        self._store = store
        wanted = [config.metrics[name] for name in METRICS if name in config.metrics]
        self._source = HourlySource(session, wanted)
        self._prices: Prices | None = None

    def fetch(self) -> TrendsSnapshot:
        """Return the trends of all resources.

        Raises:
            SourceError: The metrics cannot be read.
        """
        rds = self._store.snapshot("rds")
        # Balancers have no trend.
        targets = metric_targets(self._config, rds, None)
        metrics = self._source.fetch(targets, self._clock.now())
        if self._prices is None:
            self._prices = prices_of(self._session.region())
        trends = judge_trends(
            self._config,
            metrics,
            ecs=self._store.snapshot("ecs"),
            rds=rds,
            postgres=self._store.snapshot("postgres"),
            prices=self._prices,
        )
        notes = tuple(f"{key.resource} {key.metric}: {note}" for key, note in metrics.notes.items())
        return TrendsSnapshot(metrics.at_s, trends, notes)

    def deployments(self) -> frozenset[str]:
        """Return the deployments that services have now: a new one asks for a new judgement."""
        snapshot = self._store.snapshot("ecs")
        services = snapshot.services if snapshot is not None else ()
        return frozenset(one.id for service in services for one in service.deployments)
