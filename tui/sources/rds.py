"""Reads RDS instances: status, class, storage, pending changes and maintenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import DbInstance, RdsSnapshot
from tui.sources.parse import Aws, best_effort, epoch, pages, pairs, text

MAINTENANCE_EVERY_S: Final = 600.0
"""Pending maintenance changes with the weeks; reading it seldom keeps the calls few."""

_MASK = "****"


class RdsSource:
    """Reads the configured instances.

    Args:
        aws: The session.
        databases: DB instance identifiers.
        clock: For the snapshot's time.
    """

    def __init__(self, aws: Aws, databases: Sequence[str], clock: Clock) -> None:
        self._aws = aws
        self._databases = tuple(databases)
        self._clock = clock
        self._maintenance: dict[str, tuple[str, ...]] = {}
        self._maintenance_problems: tuple[str, ...] = ()
        self._maintenance_at_s: float | None = None

    def fetch(self) -> RdsSnapshot:
        """Return the instances; those that do not exist are in `missing`.

        Raises:
            SourceError: The instances cannot be described.
        """
        found: list[Mapping[str, Any]] = []
        missing: list[str] = []
        # One call each needs permission on these instances only, and tells which one is missing.
        for name in self._databases:
            try:
                page = self._aws.call("rds", "describe_db_instances", DBInstanceIdentifier=name)
            except SourceError as error:
                if error.kind is not ErrorKind.NOT_FOUND:
                    raise
                missing.append(name)
            else:
                found.extend(page.get("DBInstances", ()))
        self._read_maintenance(found)
        instances = tuple(_instance(raw, self._maintenance) for raw in found)
        return RdsSnapshot(self._clock.now(), instances, tuple(missing), self._maintenance_problems)

    def _read_maintenance(self, found: Sequence[Mapping[str, Any]]) -> None:
        now = self._clock.now()
        if not found or (
            self._maintenance_at_s is not None and now - self._maintenance_at_s < MAINTENANCE_EVERY_S
        ):
            return
        self._maintenance_at_s = now
        problems: list[str] = []
        try:
            self._maintenance = best_effort(lambda: self._pending_actions(found), {}, problems)
        except SourceError as error:
            # The instances are known; a pane must not go stale for what is read beside them.
            problems.append(f"Pending maintenance could not be read: {error.summary}")
        self._maintenance_problems = tuple(problems)

    def _pending_actions(self, found: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
        wanted = [{"Name": "db-instance-id", "Values": [str(raw["DBInstanceIdentifier"]) for raw in found]}]
        actions: dict[str, tuple[str, ...]] = {}
        for page in pages(
            self._aws, "rds", "describe_pending_maintenance_actions", {"Filters": wanted}, cursor="Marker"
        ):
            for resource in page.get("PendingMaintenanceActions", ()):
                name = str(resource.get("ResourceIdentifier", "")).rsplit(":", 1)[-1]
                details = resource.get("PendingMaintenanceActionDetails", ())
                actions[name] = tuple(_sentence(one) for one in details)
        return actions


def _sentence(raw: Mapping[str, Any]) -> str:
    due = raw.get("ForcedApplyDate") or raw.get("CurrentApplyDate") or raw.get("AutoAppliedAfterDate")
    when = f" due {due:%Y-%m-%d %H:%M} UTC" if epoch(due) is not None else ""
    description = text(raw.get("Description"))
    return f"{text(raw.get('Action'))}{when}" + (f": {description}" if description else "")


def _instance(raw: Mapping[str, Any], maintenance: Mapping[str, tuple[str, ...]]) -> DbInstance:
    endpoint = raw.get("Endpoint") or {}
    name = str(raw.get("DBInstanceIdentifier", ""))
    return DbInstance(
        id=text(name),
        status=text(raw.get("DBInstanceStatus")),
        instance_class=text(raw.get("DBInstanceClass")),
        engine=text(raw.get("Engine")),
        engine_version=text(raw.get("EngineVersion")),
        allocated_gib=int(raw.get("AllocatedStorage", 0)),
        storage_type=text(raw.get("StorageType")),
        multi_az=bool(raw.get("MultiAZ", False)),
        zone=text(raw.get("AvailabilityZone")),
        endpoint=text(f"{endpoint['Address']}:{endpoint.get('Port', '')}") if endpoint.get("Address") else "",
        replica_of=text(raw.get("ReadReplicaSourceDBInstanceIdentifier")) or None,
        replicas=tuple(text(one) for one in raw.get("ReadReplicaDBInstanceIdentifiers", ())),
        pending=pending_values(raw.get("PendingModifiedValues") or {}),
        parameter_groups=pairs(
            raw.get("DBParameterGroups", ()), "DBParameterGroupName", "ParameterApplyStatus"
        ),
        backup_retention_days=int(raw.get("BackupRetentionPeriod", 0)),
        maintenance=maintenance.get(name, ()),
        cluster=text(raw.get("DBClusterIdentifier")),
        log_exports=tuple(text(one) for one in raw.get("EnabledCloudwatchLogsExports") or ()),
        resource_id=text(raw.get("DbiResourceId")),
        has_performance_insights=bool(raw.get("PerformanceInsightsEnabled", False)),
    )


def exported_groups(snapshot: RdsSnapshot) -> tuple[str, ...]:
    """Return the log groups to which the instances publish their logs, in the order of the instances.

    Members of a DB cluster share the cluster's groups. See
    docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html

    Args:
        snapshot: The instances.
    """
    found = (
        f"/aws/rds/cluster/{one.cluster}/{log}" if one.cluster else f"/aws/rds/instance/{one.id}/{log}"
        for one in snapshot.instances
        for log in one.log_exports
    )
    return tuple(dict.fromkeys(found))


def pending_values(raw: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the changes that wait, as (name, wanted value); passwords are masked.

    Args:
        raw: PendingModifiedValues of DescribeDBInstances.
    """
    return tuple(
        (text(name), _MASK if "Password" in name else text(value))
        for name, value in raw.items()
        if value not in (None, "", {}, [])
    )
