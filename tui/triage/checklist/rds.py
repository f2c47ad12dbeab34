"""Checks of RDS: size of the instance, storage, backups, replica."""

from __future__ import annotations

import math
from typing import Final

from tui.domain.checklist import CheckResult, Fix
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import Series
from tui.domain.storage import MOST_GIB, granted
from tui.domain.units import age_text, plural, value_text
from tui.domain.windows import overlap
from tui.triage.checklist.ecs import LEAST_POINTS
from tui.triage.checklist.probe import Probe, failed, joined, not_applicable, passed, percentile, unknown

_NO_DATABASE: Final = "No DB instance is configured."
_GIB: Final = 1024**3
_MIB: Final = 1024**2
_SIZES: Final = ("micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge")
_DAY_S: Final = 86_400.0
_GROWING: Final = frozenset({"modifying", "storage-optimization", "storage-config-upgrade"})
"""Status while the allocated size is new and the last figures are not."""
LEAST_SPAN_S: Final = 6 * 3600.0
"""A trend over less says nothing of days."""


def instance_size(probe: Probe) -> CheckResult:
    """24 h of CPU, memory, connections and credits against the class."""
    return probe.each(
        probe.reads.config.stack.databases, lambda name: _size_of(probe, name), absent=_NO_DATABASE
    )


def _size_of(probe: Probe, name: str) -> CheckResult:
    reads = probe.reads
    instance = reads.instance(name)
    kind = str(instance["DBInstanceClass"])
    since_s = reads.class_changed_s(name)
    span = "in 24 h" if since_s is None else "since the class was changed"
    cpu = reads.day("rds.cpu", name, since_s=since_s)
    if len(cpu) < LEAST_POINTS:
        return unknown(f"{name}: {kind} has too few points {span} yet; half an hour is needed.")
    p95 = percentile(cpu.values, 0.95)
    told = [f"CPU p95 {p95:.0f} %, max {max(cpu.values):.0f} %"]
    scarce = [f"CPU p95 above {probe.limit('cpu_high_percent'):g} %"] * (
        p95 > probe.limit("cpu_high_percent")
    )
    for text, wrong in (
        _memory(probe, name, since_s),
        _connections(probe, name, since_s),
        _credits(probe, name, since_s),
    ):
        told += [text] if text else []
        scarce += [wrong] if wrong else []
    text = f"{name}, {kind}: {', '.join(told)} {span}"
    if scarce:
        return failed(f"{text}. Too small: {'; '.join(scarce)}.", _class(probe, name, kind, 1))
    low = probe.limit("cpu_low_percent")
    smaller = neighbour(kind, -1)
    if max(cpu.values) < low and smaller is not None:
        return failed(
            f"{text}. CPU never reaches {low:g} %: {smaller} may do.", _class(probe, name, kind, -1)
        )
    return passed(f"{text}.")


def _class(probe: Probe, name: str, kind: str, step: int) -> Fix:
    wanted = neighbour(kind, step)
    return probe.fix(name) if wanted is None else probe.fix(name, **{"class": wanted})


def neighbour(kind: str, step: int) -> str | None:
    """Return the next bigger (1) or smaller (-1) class of the same family; None where there is none."""
    family, _, size = kind.rpartition(".")
    if size not in _SIZES:
        return None
    at = _SIZES.index(size) + step
    # Only burstable classes come smaller than large.
    least = 0 if family.startswith("db.t") else _SIZES.index("large")
    most = _SIZES.index("2xlarge") if family.startswith("db.t") else len(_SIZES) - 1
    return f"{family}.{_SIZES[at]}" if least <= at <= most else None


def _memory(probe: Probe, name: str, since_s: float | None) -> tuple[str, str]:
    series = probe.reads.day("rds.freeable_memory", name, since_s=since_s)
    if not series:
        return "", ""
    least, limit = min(series.values), probe.limit("freeable_mib")
    wrong = f"less than {limit:g} MiB of freeable memory" if least < limit * _MIB else ""
    return f"freeable memory at least {value_text(least, 'bytes')}", wrong


def _connections(probe: Probe, name: str, since_s: float | None) -> tuple[str, str]:
    reads = probe.reads
    series = reads.day("rds.connections", name, since_s=since_s)
    if not series:
        return "", ""
    used = percentile(series.values, 0.95)
    # The configured server is the first instance; of others the limit is not known.
    is_known = reads.context.pg is not None and name == next(iter(reads.config.stack.databases), "")
    try:
        most = reads.settings().max_connections if is_known else None
    except SourceError:
        # CPU and memory are evidence enough; the connection pool's own item tells what is wrong there.
        most = None
    if most is None:
        return f"connections p95 {used:.0f}", ""
    share, limit = 100 * used / most, probe.limit("connections_percent")
    wrong = f"connections above {limit:g} % of max_connections" if share > limit else ""
    return f"connections p95 {used:.0f} of {most}", wrong


def _credits(probe: Probe, name: str, since_s: float | None) -> tuple[str, str]:
    series = probe.reads.day("rds.cpu_credits", name, since_s=since_s)
    if not series:
        return "", ""
    least, limit = min(series.values), probe.limit("credits")
    wrong = "CPU credits run out: db.t3 and db.t4g then charge for surplus, db.t2 slows down"
    return f"credits at least {least:.0f}", wrong if least < limit else ""


def storage(probe: Probe) -> CheckResult:
    """Free storage in percent of what is allocated, and the days until it is full at the last day's pace."""
    return probe.each(
        probe.reads.config.stack.databases, lambda name: _storage_of(probe, name), absent=_NO_DATABASE
    )


def _storage_of(probe: Probe, name: str) -> CheckResult:
    reads = probe.reads
    instance, free = reads.instance(name), reads.day("rds.free_storage", name)
    allocated = int(instance.get("AllocatedStorage") or 0)
    if not free or not allocated:
        return unknown(
            f"{name}: CloudWatch has no FreeStorageSpace of the last 24 h (Aurora has another metric)."
        )
    left = free.values[-1]
    percent = 100 * left / (allocated * _GIB)
    days, told = days_to_full(free), ""
    if days is not None:
        told = (
            f"; at the pace of the last day full in {days:,.0f} days" if days < 3650 else "; it hardly fills"
        )
    elif free.times[-1] - free.times[0] < LEAST_SPAN_S:
        told = "; too few hours of data for a trend"
    else:
        told = "; it does not fill"
    text = f"{name}: {left / _GIB:.1f} of {allocated} GiB free ({percent:.0f} %){told}"
    most = instance.get("MaxAllocatedStorage")
    if most:
        text += f"; RDS grows it by itself up to {most} GiB"
    least, soon = probe.limit("free_percent"), probe.limit("days_to_full")
    if percent < least or (days is not None and days < soon and not most):
        if str(instance.get("DBInstanceStatus")) in _GROWING:
            return unknown(f"{text}; it is being grown, and the figures are of before.")
        why = f"below {least:g} %" if percent < least else f"full in less than {soon:g} days"
        size = min(MOST_GIB, math.ceil(allocated * (1 + probe.limit("grow_percent") / 100)))
        return failed(f"{text}: {why}.", probe.fix(name, size=str(granted(allocated, max(size, allocated)))))
    return passed(f"{text}.")


def days_to_full(free: Series) -> float | None:
    """Return after how many days nothing is left; None where it does not fill, or too little is known.

    The pace is the median of the slopes between points half the series apart (Theil-Sen on pairs), so that a
    clean-up or a step does not decide alone.

    Args:
        free: Bytes.
    """
    if len(free) < LEAST_POINTS or free.times[-1] - free.times[0] < LEAST_SPAN_S:
        return None
    half = len(free) // 2
    slopes = sorted(
        (free.values[at + half] - free.values[at]) / (free.times[at + half] - free.times[at])
        for at in range(len(free) - half)
    )
    pace = -slopes[len(slopes) // 2] * _DAY_S
    return free.values[-1] / pace if pace > 0 else None


def backups(probe: Probe) -> CheckResult:
    """Backups are kept long enough, and the two windows do not overlap."""
    return probe.each(
        probe.reads.config.stack.databases, lambda name: _backups_of(probe, name), absent=_NO_DATABASE
    )


def _backups_of(probe: Probe, name: str) -> CheckResult:
    instance = probe.reads.instance(name)
    source = instance.get("ReadReplicaSourceDBInstanceIdentifier")
    if source:
        return not_applicable(f"{name} is a replica of {source}, whose backups count.")
    days, least = int(instance.get("BackupRetentionPeriod") or 0), int(probe.limit("retention_days"))
    backup = str(instance.get("PreferredBackupWindow") or "")
    maintenance = str(instance.get("PreferredMaintenanceWindow") or "")
    text = f"{name}: kept {plural(days, 'day')}, backups {backup} UTC, maintenance {maintenance} UTC"
    if days < least:
        word = "no automatic backups" if days == 0 else f"less than {least} days"
        return failed(f"{text}: {word}.", probe.fix(name, days=str(least)))
    if backup and maintenance and overlap(backup, maintenance):
        return failed(f"{text}: the windows overlap.", probe.fix(name, days=str(days)))
    latest = instance.get("LatestRestorableTime")
    if latest is not None:
        age = probe.reads.context.clock.now() - latest.timestamp()
        text += f"; restorable up to {age_text(max(0.0, age))} ago"
    return passed(f"{text}.")


def read_replica(probe: Probe) -> CheckResult:
    """There is a replica, or the load is so low that one would relieve nothing."""
    return probe.each(
        probe.reads.config.stack.databases, lambda name: _replica_of(probe, name), absent=_NO_DATABASE
    )


def _replica_of(probe: Probe, name: str) -> CheckResult:
    reads = probe.reads
    instance = reads.instance(name)
    replicas = [str(one) for one in instance.get("ReadReplicaDBInstanceIdentifiers") or ()]
    if replicas:
        return passed(f"{name} has {joined(replicas)}.")
    source = instance.get("ReadReplicaSourceDBInstanceIdentifier")
    if source:
        return not_applicable(f"{name} is itself a replica of {source}.")
    cpu, limit = reads.day("rds.cpu", name), probe.limit("cpu_percent")
    if len(cpu) < LEAST_POINTS:
        raise SourceError(
            ErrorKind.INVALID, f"{name} has no replica, and its load of the last 24 h is not known."
        )
    p95 = percentile(cpu.values, 0.95)
    text = f"{name}: no replica; CPU p95 {p95:.0f} % in 24 h"
    if p95 < limit:
        return not_applicable(f"{text}, below {limit:g} %: a replica would relieve nothing.")
    return failed(f"{text}: reads could go to a replica.", probe.fix(name))
