"""RDS as moto serves it, with modifications that take time and the refusals that the service makes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import moto.rds.urls
from moto.core.responses import ActionResult
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance
from moto.rds.responses import RDSResponse

from tui.sandbox.ecs_task import utc
from tui.sandbox.rds_catalogue import CLASSES, NAMES, STATIC, STORAGE_TYPES, parameters
from tui.sandbox.rds_engine import SLOW_CHANGES, Refused
from tui.sandbox.world import World

_EVENTS_MINUTES = 60
_EVENTS_KEPT_S = 14 * 86_400.0


class SandboxRds(RDSResponse):
    """Instances whose modifications are checked and take time."""

    world: World

    def modify_db_instance(self) -> ActionResult:
        """Modify through the engine; what takes effect at once goes on to moto."""
        instance = self._instance()
        wanted = self.params.get("DBInstanceClass")
        if wanted and wanted not in CLASSES:
            raise RDSClientError("InvalidParameterValue", f"Invalid DB Instance class: {wanted}")
        # moto's parameters answer to snake case too, which its instances' attributes are named in.
        slow = {name: self.params.pop(name) for name in SLOW_CHANGES if name in self.params}
        if int(slow.get("backup_retention_period") or 1) == 0 and instance.replicas:
            raise RDSClientError(
                "InvalidParameterCombination", "The source of read replicas must have backups enabled."
            )
        try:
            self.world.rds.modify(instance, slow, bool(self.params.get("ApplyImmediately")))
        except Refused as refusal:
            raise RDSClientError(refusal.code, str(refusal)) from None
        group = self.params.get("DBParameterGroupName")
        if group and str(group).startswith("default."):
            # moto knows a default group only once it has been described.
            instance.db_parameter_groups()
        before = instance.db_parameter_group_name
        super().modify_db_instance()
        if group and group != before:
            self.world.rds.group_changed(str(instance.db_instance_identifier))
        return ActionResult({"DBInstance": instance})

    def create_db_instance_read_replica(self) -> ActionResult:
        """Create a replica of a source that has backups; it becomes available after a while."""
        name = self.params.get("SourceDBInstanceIdentifier")
        source: Any = self.backend.describe_db_instances(name)[0]
        if int(source.backup_retention_period or 0) == 0:
            raise RDSClientError(
                "InvalidDBInstanceState",
                "Automated backups are not enabled for this database instance. To enable automated backups,"
                " use ModifyDBInstance to set the backup retention period to a non-zero value.",
            )
        if self.params.get("DBInstanceIdentifier") in self.backend.databases:
            raise RDSClientError("DBInstanceAlreadyExists", "DB instance already exists")
        answer = super().create_db_instance_read_replica()
        replica: Any = self.backend.databases[self.params["DBInstanceIdentifier"]]
        replica.replicas = []
        replica.pending_modified_values = {}
        self.world.rds.create(replica)
        return answer

    def delete_db_instance(self) -> ActionResult:
        """Delete an instance; it is gone after a while."""
        instance = self._instance()
        name = str(instance.db_instance_identifier)
        backend = self.backend

        def gone() -> None:
            for other in list(backend.databases.values()):
                if name in (other.replicas or ()):
                    other.replicas.remove(name)
            backend.databases.pop(name, None)

        self.world.rds.delete(instance, gone)
        return ActionResult({"DBInstance": instance})

    def reboot_db_instance(self) -> ActionResult:
        """Reboot through the engine."""
        instance = self._instance()
        if self.params.get("ForceFailover") and not instance.multi_az:
            raise RDSClientError(
                "InvalidParameterCombination", "ForceFailover cannot be specified for a Single-AZ instance."
            )
        try:
            self.world.rds.reboot(instance, bool(self.params.get("ForceFailover")))
        except Refused as refusal:
            raise RDSClientError(refusal.code, str(refusal)) from None
        return ActionResult({"DBInstance": instance})

    def describe_events(self) -> ActionResult:
        """List events of instances, the oldest first: those of a period, else of the last hour."""
        now = self.world.clock.now()
        start, end = self.params.get("StartTime"), self.params.get("EndTime")
        since = now - 60 * int(self.params.get("Duration") or _EVENTS_MINUTES)
        if start is not None:
            since = _epoch(start)
        until = now if end is None else _epoch(end)
        if now - since > _EVENTS_KEPT_S + 60:
            raise RDSClientError("InvalidParameterValue", "The start time must be within the last 14 days.")
        kind = self.params.get("SourceType")
        wanted = set(self.params.get("EventCategories") or ())
        region, account = self.region, self.current_account
        found = [
            {
                "SourceIdentifier": one.name,
                "SourceType": "db-instance",
                "SourceArn": f"arn:aws:rds:{region}:{account}:db:{one.name}",
                "Message": one.message,
                "Date": utc(one.at_s),
                "EventCategories": [one.category],
            }
            for one in self.world.rds.events(self.params.get("SourceIdentifier"), since)
            if kind in (None, "db-instance") and one.at_s <= until and (not wanted or one.category in wanted)
        ]
        first = int(self.params.get("Marker") or 0)
        most = int(self.params.get("MaxRecords") or 100)
        answer: dict[str, Any] = {"Events": found[first : first + most]}
        if first + most < len(found):
            answer["Marker"] = str(first + most)
        return ActionResult(answer)

    def describe_orderable_db_instance_options(self) -> ActionResult:
        """List the classes, each with every type of storage."""
        options = [
            {
                "Engine": self.params.get("Engine"),
                "EngineVersion": self.params.get("EngineVersion"),
                "DBInstanceClass": name,
                "StorageType": storage,
                "MultiAZCapable": True,
                "ReadReplicaCapable": True,
            }
            for name in CLASSES
            for storage in STORAGE_TYPES
            if self.params.get("DBInstanceClass") in (None, name)
        ]
        return ActionResult({"OrderableDBInstanceOptions": options})

    def describe_pending_maintenance_actions(self) -> ActionResult:
        """List none: the sandbox's instances are up to date."""
        return ActionResult({"PendingMaintenanceActions": []})

    # ------------------------------------------------------------ parameter groups

    def describe_db_parameter_groups(self) -> ActionResult:
        """List the groups, the default ones too, which moto makes when somebody asks for them."""
        self._make_defaults()
        return super().describe_db_parameter_groups()

    def describe_db_parameters(self) -> ActionResult:
        """List all parameters of a group, those that a user set marked."""
        return ActionResult({"Parameters": parameters(self._group().parameters)})

    def modify_db_parameter_group(self) -> ActionResult:
        """Refuse what the service refuses, and mark the instances that need a reboot."""
        group = self._group(is_written=True)
        names = []
        for one in self.params.get("Parameters", []):
            entry = one.original_dict()
            name = entry["ParameterName"]
            if name not in NAMES:
                raise RDSClientError("InvalidParameterValue", f"Could not find parameter with name: {name}")
            if name in STATIC and entry.get("ApplyMethod") == "immediate":
                raise RDSClientError(
                    "InvalidParameterCombination",
                    f"cannot use immediate apply method for static parameter: {name}",
                )
            names.append(name)
        answer = super().modify_db_parameter_group()
        self._mark(group, names)
        return answer

    def reset_db_parameter_group(self) -> ActionResult:
        """Set parameters of a group back to their defaults."""
        group = self._group(is_written=True)
        names = [one.original_dict()["ParameterName"] for one in self.params.get("Parameters", [])]
        if self.params.get("ResetAllParameters", True) and not names:
            names = list(group.parameters)
        for name in names:
            group.parameters.pop(name, None)
        self._mark(group, names)
        return ActionResult({"DBParameterGroupName": group.name})

    def delete_db_parameter_group(self) -> ActionResult:
        """Refuse to delete a group that is in use."""
        group = self._group(is_written=True)
        if any(self._has(instance, group) for instance in self.backend.databases.values()):
            raise RDSClientError(
                "InvalidDBParameterGroupState",
                "One or more database instances are still members of this group.",
            )
        return super().delete_db_parameter_group()

    def _group(self, *, is_written: bool = False) -> Any:
        name = str(self.params.get("DBParameterGroupName"))
        if is_written and name.startswith("default."):
            raise RDSClientError("InvalidParameterValue", "Cannot modify a default parameter group.")
        self._make_defaults()
        found = self.backend.db_parameter_groups.get(name)
        if found is None:
            raise RDSClientError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}")
        return found

    def _make_defaults(self) -> None:
        for instance in list(self.backend.databases.values()):
            instance.db_parameter_groups()

    @staticmethod
    def _has(instance: Any, group: Any) -> bool:
        return any(one.name == group.name for one in instance.db_parameter_groups())

    def _mark(self, group: Any, names: list[str]) -> None:
        if STATIC.intersection(names):
            for instance in self.backend.databases.values():
                if self._has(instance, group):
                    self.world.rds.group_changed(str(instance.db_instance_identifier))

    def _instance(self) -> Any:
        return self.backend.describe_db_instances(self.params.get("DBInstanceIdentifier"))[0]


def _epoch(moment: Any) -> float:
    if isinstance(moment, str):
        moment = dt.datetime.fromisoformat(moment)
    # moto's parsers hand out naive datetimes in UTC.
    return float((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp())


def install(world: World) -> None:
    """Put the overrides in moto's place."""
    SandboxRds.world = world
    moto.rds.urls.url_paths["{0}/$"] = SandboxRds.dispatch
    kind: Any = DBInstance
    kind.db_parameter_group_status_list = property(
        lambda self: [
            {
                "DBParameterGroupName": one.name,
                "ParameterApplyStatus": world.rds.group_status(str(self.db_instance_identifier)),
            }
            for one in self.db_parameter_groups()
        ]
    )
