"""One clock for the console and the sandbox: real time, unless CWTOP_CLOCK speeds it up."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

ENVIRONMENT = "CWTOP_CLOCK"


@dataclass(slots=True)
class Clock:
    """Epoch seconds that may run faster than real time.

    Attributes:
        origin_ns: `time.monotonic_ns()` at which the clock showed `epoch_s`; the monotonic clock is
            the same in every process of a machine, so a parent and its child agree.
        epoch_s: Seconds since 1970 at the origin.
        rate: Seconds of this clock per real second.
        skew_s: Added by `correct`: the endpoint's time minus ours, from its `Date` header.
    """

    origin_ns: int = field(default_factory=time.monotonic_ns)
    epoch_s: float = field(default_factory=time.time)
    rate: float = 1.0
    skew_s: float = 0.0

    @classmethod
    def from_environment(cls) -> Clock:
        """Return the clock of CWTOP_CLOCK=<origin monotonic ns>:<epoch s>:<rate>, else the real one."""
        text = os.environ.get(ENVIRONMENT, "")
        if not text:
            return cls()
        origin, epoch, rate = text.split(":")
        return cls(int(origin), float(epoch), float(rate))

    def to_environment(self) -> str:
        """Return the value of CWTOP_CLOCK that makes another process agree with this clock."""
        return f"{self.origin_ns}:{self.epoch_s!r}:{self.rate!r}"

    def now(self) -> float:
        """Return epoch seconds by the endpoint's clock, as far as it is known."""
        elapsed = (time.monotonic_ns() - self.origin_ns) / 1e9
        return self.epoch_s + elapsed * self.rate + self.skew_s

    def real(self, seconds: float) -> float:
        """Return how many real seconds pass while this clock advances by `seconds`."""
        return seconds / self.rate

    def correct(self, endpoint_s: float) -> None:
        """Take the endpoint's time as now."""
        self.skew_s += endpoint_s - self.now()
