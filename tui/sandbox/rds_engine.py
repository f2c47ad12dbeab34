"""RDS's modifications in miniature: they are checked, take time, and show as pending meanwhile."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tui.domain.clock import Clock
from tui.sandbox import rds_events
from tui.sandbox.rds_events import Event
from tui.sandbox.settings import RdsSettings

_STORAGE_PAUSE_S = 6 * 3600.0
_REBOOT_S = 20.0
_EVENTS_KEPT = 200
SLOW_CHANGES = {
    "db_instance_class": "DBInstanceClass",
    "allocated_storage": "AllocatedStorage",
    "storage_type": "StorageType",
    "multi_az": "MultiAZ",
    "backup_retention_period": "BackupRetentionPeriod",
    "iops": "Iops",
    "engine_version": "EngineVersion",
}
"""moto's attribute and RDS's name of what takes time or waits for the maintenance window."""


class Refused(Exception):
    """RDS refuses a modification.

    Attributes:
        code: The error code on the wire.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class _Work:
    instance: Any
    changes: dict[str, Any]
    done_at: float
    optimise: bool
    is_reboot: bool = False
    is_failover: bool = False
    begun_s: float = 0.0


class RdsEngine:
    """Carries out modifications of DB instances over time. Safe for use by several threads."""

    def __init__(self, settings: RdsSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.RLock()
        self._works: list[_Work] = []
        self._deleting: list[tuple[Callable[[], None], float]] = []
        self._optimising: list[tuple[Any, float]] = []
        self._storage_changed: dict[str, float] = {}
        self._events: list[Event] = []
        self._group_status: dict[str, str] = {}
        self._low: set[str] = set()

    def modify(self, instance: Any, changes: dict[str, Any], is_immediate: bool) -> dict[str, Any]:
        """Take a modification; return the part that takes effect at once.

        Args:
            instance: moto's instance object; its status and pending values are written.
            changes: moto's attribute names to wanted values.
            is_immediate: ApplyImmediately; False leaves slow changes pending.

        Raises:
            Refused: RDS would not accept it.
        """
        with self._lock:
            wanted = {name: value for name, value in changes.items() if value is not None}
            self._check(instance, wanted)
            slow = {
                name: value
                for name, value in wanted.items()
                if name in SLOW_CHANGES and value != getattr(instance, name)
            }
            at_once = {name: value for name, value in wanted.items() if name not in SLOW_CHANGES}
            pending = dict(getattr(instance, "pending_modified_values", None) or {})
            pending.update({SLOW_CHANGES[name]: value for name, value in slow.items()})
            for name, value in wanted.items():
                # Asking for what is there takes a pending change back.
                if name in SLOW_CHANGES and name not in slow and value == getattr(instance, name):
                    pending.pop(SLOW_CHANGES[name], None)
            instance.pending_modified_values = pending
            # Storage grows at once whatever the flag says; with it goes all that was pending.
            if is_immediate and pending:
                self._begin(instance, pending)
            elif "allocated_storage" in slow:
                self._begin(instance, {"AllocatedStorage": slow["allocated_storage"]})
            return at_once

    def create(self, instance: Any) -> None:
        """Take a new instance or replica that becomes available after a while."""
        with self._lock:
            instance.status = "creating"
            self._works.append(_Work(instance, {}, self._clock.now() + self._settings.modify_s, False))

    def delete(self, instance: Any, gone: Callable[[], None]) -> None:
        """Take an instance away after a while.

        Args:
            instance: moto's instance object.
            gone: Called when it is over.
        """
        with self._lock:
            instance.status = "deleting"
            self._deleting.append((gone, self._clock.now() + self._settings.modify_s / 3))

    def reboot(self, instance: Any, is_failover: bool = False) -> None:
        """Reboot an instance: parameters that wait become active.

        Args:
            instance: moto's instance object.
            is_failover: Whether its standby takes over.

        Raises:
            Refused: It is not available.
        """
        with self._lock:
            if instance.status != "available":
                raise Refused("InvalidDBInstanceState", "Database instance is not in available state.")
            instance.status = "rebooting"
            now = self._clock.now()
            self._works.append(_Work(instance, {}, now + _REBOOT_S, False, True, is_failover, now))

    def events(self, name: str | None, since: float) -> list[Event]:
        """Return the events of an instance (None: all), the oldest first."""
        with self._lock:
            found = [one for one in self._events if name in (None, one.name) and one.at_s >= since]
            return sorted(found, key=lambda one: one.at_s)

    def remember(self, event: Event) -> None:
        """Keep an event from before the start."""
        with self._lock:
            self._events.append(event)

    def storage(self, at_s: float, instance: Any, free_bytes: float) -> None:
        """Look at the free storage; RDS warns once when it gets low, and again when it was not meanwhile."""
        name = str(instance.db_instance_identifier)
        warning = rds_events.low_storage(at_s, name, float(instance.allocated_storage), free_bytes)
        with self._lock:
            if warning is not None and name not in self._low:
                self._low.add(name)
                self._events.append(warning)
            elif warning is None:
                self._low.discard(name)

    def group_changed(self, name: str) -> None:
        """Note that an instance has values that wait for a reboot."""
        with self._lock:
            self._group_status[name] = "pending-reboot"

    def group_status(self, name: str) -> str:
        """Return ParameterApplyStatus of an instance's group."""
        return self._group_status.get(name, "in-sync")

    def tick(self) -> None:
        """Finish what is due."""
        now = self._clock.now()
        with self._lock:
            for work in [one for one in self._works if now >= one.done_at]:
                self._works.remove(work)
                self._finish(work, now)
            for gone, at in [one for one in self._deleting if now >= one[1]]:
                self._deleting.remove((gone, at))
                gone()
            for instance, at in [one for one in self._optimising if now >= one[1]]:
                self._optimising.remove((instance, at))
                instance.status = "available"

    def _check(self, instance: Any, wanted: dict[str, Any]) -> None:
        if instance.status not in ("available", "storage-optimization"):
            raise Refused("InvalidDBInstanceState", "Database instance is not in available state.")
        storage = wanted.get("allocated_storage")
        if storage is None or int(storage) == int(instance.allocated_storage):
            return
        current = int(instance.allocated_storage)
        if int(storage) < current:
            raise Refused(
                "InvalidParameterCombination",
                f"Invalid storage size for engine name postgres and storage type"
                f" {instance.storage_type}: {storage}",
            )
        last = self._storage_changed.get(instance.db_instance_identifier)
        if instance.status == "storage-optimization" or (
            last is not None and self._clock.now() - last < _STORAGE_PAUSE_S
        ):
            raise Refused(
                "InvalidParameterCombination",
                "You can't currently modify the storage of this DB instance because the previous storage"
                " change is being optimized.",
            )
        wanted["allocated_storage"] = max(int(storage), math.ceil(current * 1.1))

    def _begin(self, instance: Any, pending: dict[str, Any]) -> None:
        now = self._clock.now()
        instance.status = "modifying"
        grows = "AllocatedStorage" in pending
        if grows:
            self._storage_changed[instance.db_instance_identifier] = now
        self._events += rds_events.applying(now, str(instance.db_instance_identifier), pending)
        done = now + self._settings.modify_s
        self._works.append(_Work(instance, dict(pending), done, grows, begun_s=now))

    def _finish(self, work: _Work, now: float) -> None:
        names = {wire: attribute for attribute, wire in SLOW_CHANGES.items()}
        for wire, value in work.changes.items():
            setattr(work.instance, names[wire], value)
        left = dict(work.instance.pending_modified_values)
        work.instance.pending_modified_values = {
            name: value for name, value in left.items() if name not in work.changes
        }
        work.instance.status = "storage-optimization" if work.optimise else "available"
        name = str(work.instance.db_instance_identifier)
        if work.is_reboot:
            self._group_status.pop(name, None)
        if work.is_reboot or "DBInstanceClass" in work.changes:
            took = min(_REBOOT_S, now - work.begun_s)
            told = rds_events.failed_over if work.is_failover else rds_events.restarted
            self._events += told(now, name, took)
        self._events += rds_events.applied(now, name, work.changes)
        del self._events[:-_EVENTS_KEPT]
        if work.optimise:
            self._optimising.append((work.instance, now + self._settings.optimise_s))
