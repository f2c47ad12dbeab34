"""Which resources metrics are asked for, under which dimensions, and which optional ones they publish."""

from __future__ import annotations

import re
from typing import Final

from config.schema import Config, MetricSpec
from tui.domain.findings import PaneId
from tui.domain.snapshots import AlbSnapshot, DbInstance, MetricTarget, RdsSnapshot, ResourceKind

PANES: Final[dict[ResourceKind, PaneId]] = {"service": "ecs", "database": "rds", "load_balancer": "alb"}
"""The pane of each kind of resource."""

LABELS: Final[dict[PaneId, str]] = {"ecs": "ECS", "rds": "RDS", "alb": "ALB"}

_CLASS = re.compile(r"db\.(?P<family>[a-z]+)(?P<generation>\d+)(?P<flavour>[a-z-]*)\.(?P<size>\w+)")
_SMALL_SIZES: Final = frozenset({"nano", "micro", "small", "medium", "large", "xlarge", "2xlarge"})


def resources(config: Config, kind: ResourceKind) -> tuple[str, ...]:
    """Return the names of the configured resources of one kind."""
    stack = config.stack
    return {
        "service": stack.services,
        "database": stack.databases,
        "load_balancer": stack.load_balancers,
    }[kind]


def traits(instance: DbInstance) -> frozenset[str]:
    """Return which optional metrics an instance publishes: burstable, gp2, small_ebs, replica."""
    present = {
        "burstable": instance.instance_class.startswith("db.t"),
        "gp2": instance.storage_type == "gp2",
        "small_ebs": _bursts_ebs(instance.instance_class),
        "replica": instance.replica_of is not None,
    }
    return frozenset(name for name, holds in present.items() if holds)


def applies(spec: MetricSpec, name: str, rds: RdsSnapshot | None) -> bool:
    """Whether a metric is published for a resource, as far as its description tells.

    A metric with a condition (`only`) does not apply until the description is known.
    """
    if spec.only is None:
        return True
    instance = find_instance(rds, name)
    return instance is not None and spec.only in traits(instance)


def find_instance(rds: RdsSnapshot | None, name: str) -> DbInstance | None:
    """Return the description of a DB instance, None while unknown."""
    return next((one for one in rds.instances if one.id == name), None) if rds else None


def metric_targets(
    config: Config, rds: RdsSnapshot | None, alb: AlbSnapshot | None
) -> tuple[MetricTarget, ...]:
    """Return the resources to ask metrics for.

    A balancer is left out until its description is known: its dimension (app/<name>/<hex>) is not
    in the configuration. An instance that is not described has no traits.
    """
    cluster = config.stack.cluster or "default"
    found = [
        MetricTarget("service", name, (("ClusterName", cluster), ("ServiceName", name)))
        for name in config.stack.services
    ]
    for name in config.stack.databases:
        instance = find_instance(rds, name)
        held = traits(instance) if instance else frozenset()
        found.append(MetricTarget("database", name, (("DBInstanceIdentifier", name),), held))
    described = {balancer.name: balancer for balancer in alb.balancers} if alb else {}
    for name in config.stack.load_balancers:
        if balancer := described.get(name):
            parts = tuple((group.name, group.dimension) for group in balancer.target_groups)
            dimensions = (("LoadBalancer", balancer.dimension),)
            found.append(MetricTarget("load_balancer", name, dimensions, parts=parts))
    return tuple(found)


def _bursts_ebs(instance_class: str) -> bool:
    """Whether EBSByteBalance% is published: sizes whose EBS baseline is below their maximum.

    Those with an asterisk under "EBS optimized by default"
    (docs.aws.amazon.com/AWSEC2/latest/UserGuide/ebs-optimized.html): burstable classes of generation
    3 on, others of generation 5 on, up to 2xlarge; from generation 6 on also 4xlarge, but for Graviton2.
    """
    match = _CLASS.fullmatch(instance_class)
    if match is None:
        return False
    generation, size = int(match["generation"]), match["size"]
    if generation < (3 if match["family"] == "t" else 5):
        return False
    is_graviton2 = generation == 6 and match["flavour"].startswith("g")
    return size in _SMALL_SIZES or (size == "4xlarge" and generation >= 6 and not is_graviton2)
