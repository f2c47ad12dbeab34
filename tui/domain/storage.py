"""Storage of a DB instance: it only grows, by a tenth at least, and rests for hours afterwards.

docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.ModifyingExisting.html
"""

from __future__ import annotations

import math
from typing import Final

MOST_GIB: Final = 65_536
"""Of PostgreSQL."""
PAUSE_H: Final = 6
"""Hours between two changes of storage, or until optimising has ended, whichever is longer."""


def least(allocated_gib: int) -> int:
    """Return the least size to which storage can grow, GiB."""
    return math.ceil(allocated_gib * 11 / 10)


def granted(allocated_gib: int, wanted_gib: int) -> int:
    """Return what RDS makes of a wish: too small a step is rounded up.

    Raises:
        ValueError: Storage cannot shrink, or grow so far.
    """
    if wanted_gib == allocated_gib:
        return allocated_gib
    if wanted_gib < allocated_gib:
        raise ValueError(
            "storage cannot shrink; only a dump and a restore into a smaller instance can do that"
        )
    if wanted_gib > MOST_GIB:
        raise ValueError(f"{MOST_GIB} GiB are the most")
    return max(wanted_gib, least(allocated_gib))
