"""What happens to the stack before the start: what a scenario plants, and what the seed draws beside it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tui.sandbox.scenarios import DecoyKind, Decoys, Scenario, ScriptedWorker
from tui.sandbox.settings import Settings

_DAY_S = 86_400.0
_TRIES = 60
_HEIGHT = (0.7, 1.2)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment of the service.

    Attributes:
        at_s: When UpdateService was called, epoch seconds.
        release: The image's tag; "" for the present revision anew.
        user: Who called it.
        is_decoy: Whether it is harmless.
    """

    at_s: float
    release: str
    user: str
    is_decoy: bool


@dataclass(frozen=True, slots=True)
class Surge:
    """Requests beside the usual ones.

    Attributes:
        at_s: When they begin, epoch seconds.
        ramp_s: How long they take to be all there.
        requests_per_s: How many they become.
        clients: From how many addresses.
    """

    at_s: float
    ramp_s: float
    requests_per_s: float
    clients: int

    def rate(self, at_s: float) -> float:
        """Return the requests per second at a moment."""
        return self.requests_per_s * min(1.0, max(0.0, (at_s - self.at_s) / self.ramp_s))


@dataclass(frozen=True, slots=True)
class Worker:
    """A batch task that leaks sessions.

    Attributes:
        at_s: When it was started, epoch seconds.
        script: What it is and does.
    """

    at_s: float
    script: ScriptedWorker

    def sessions(self, at_s: float) -> int:
        """Return how many sessions it holds at a moment, if nobody ends them."""
        return min(self.script.most, max(0, int((at_s - self.at_s) / self.script.every_s)))


@dataclass(frozen=True, slots=True)
class Bump:
    """Work of the database instance itself that moves its metrics for a while."""

    kind: DecoyKind
    start_s: float
    end_s: float
    height: float

    def added(self, metric: str) -> float:
        """Return what it adds to a metric while it lasts."""
        return sum(amount * self.height for name, amount in self.kind.adds if name == metric)


@dataclass(frozen=True, slots=True)
class Story:
    """All that happened, oldest first, and the work that the instance has yet to do."""

    start_s: float
    """The start of the sandbox, epoch seconds."""
    onset_s: float | None
    deployments: tuple[Deployment, ...]
    surges: tuple[Surge, ...]
    workers: tuple[Worker, ...]
    bumps: tuple[Bump, ...]


def draw(settings: Settings, scenario: Scenario, seed: int, start_s: float) -> Story:
    """Return what happened before a start; the same seed draws the same decoys."""
    chance = random.Random(f"{seed}:{scenario.summary}")  # noqa: S311
    decoys = settings.decoys
    planted = [
        Deployment(start_s - one.minutes_ago * 60, one.release, one.user, False)
        for one in scenario.deployments
    ]
    onset_s = start_s - scenario.onset_minutes * 60 if scenario.onset_minutes else None
    pool = decoys.releases if scenario.decoy_releases is None else scenario.decoy_releases
    first_planted_s = min((one.at_s for one in planted), default=start_s)
    harmless = _deployments(chance, decoys, pool, start_s, first_planted_s)
    return Story(
        start_s,
        onset_s,
        tuple(sorted([*harmless, *planted], key=lambda one: one.at_s)),
        tuple(
            Surge(start_s - one.minutes_ago * 60, one.ramp_minutes * 60, one.requests_per_s, one.clients)
            for one in scenario.surges
        ),
        tuple(Worker(start_s - one.minutes_ago * 60, one) for one in scenario.workers),
        tuple(_bumps(chance, decoys, start_s, onset_s)),
    )


def _deployments(
    chance: random.Random, decoys: Decoys, pool: tuple[str, ...], start_s: float, before_s: float
) -> list[Deployment]:
    low, high = start_s - decoys.hours_ago[1] * 3600, start_s - decoys.hours_ago[0] * 3600
    apart = decoys.apart_hours * 3600
    high = min(high, before_s - apart)
    times: list[float] = []
    wanted = chance.randint(*decoys.deployments)
    for _ in range(_TRIES):
        at = chance.uniform(low, high)
        if len(times) < wanted and all(abs(at - one) >= apart for one in times):
            times.append(at)
    order = sorted(chance.sample(range(len(pool)), min(len(times), len(pool))))
    releases = [pool[number] for number in order] + [""] * (len(times) - len(order))
    return [
        Deployment(at, release, "ci-deployer" if release else "jh.park", True)
        for at, release in zip(sorted(times), releases, strict=True)
    ]


def _bumps(chance: random.Random, decoys: Decoys, start_s: float, onset_s: float | None) -> list[Bump]:
    backups = [kind for kind in decoys.kinds if kind.begins]
    others = [kind for kind in decoys.kinds if not kind.begins]
    found: list[Bump] = []
    for day in (-1, 0):
        begin = start_s + day * _DAY_S
        for kind in backups:
            # Backups have their window, once a day, and not within the hour before the start.
            found.append(_bump(chance, kind, begin + chance.uniform(0.1, 0.9) * _DAY_S))
        for _ in range(chance.randint(*decoys.bumps)):
            found.append(_bump(chance, chance.choice(others), begin + chance.random() * _DAY_S))
    if onset_s is not None:
        near = onset_s + chance.uniform(*decoys.near_onset_minutes) * 60
        found.append(_bump(chance, chance.choice(others), near))
    return sorted(found, key=lambda one: one.start_s)


def _bump(chance: random.Random, kind: DecoyKind, start_s: float) -> Bump:
    return Bump(kind, start_s, start_s + chance.uniform(*kind.minutes) * 60, chance.uniform(*_HEIGHT))
