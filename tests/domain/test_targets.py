"""What metrics are asked for, and which optional ones an instance publishes."""

from __future__ import annotations

import pytest

from tests.domain.stacks import BALANCER, DATABASE, SERVICE, alb, balancer, config, group, instance, rds
from tui.domain.targets import metric_targets, traits


@pytest.mark.parametrize(
    ("instance_class", "expected"),
    [
        ("db.t3.micro", {"burstable", "small_ebs"}),
        ("db.t4g.2xlarge", {"burstable", "small_ebs"}),
        ("db.t2.micro", {"burstable"}),
        ("db.m5.2xlarge", {"small_ebs"}),
        ("db.m5.4xlarge", set()),
        ("db.m6i.4xlarge", {"small_ebs"}),
        ("db.m6g.4xlarge", set()),
        ("db.m6gd.large", {"small_ebs"}),
        ("db.r7g.4xlarge", {"small_ebs"}),
        ("db.r7g.8xlarge", set()),
        ("db.m4.large", set()),
        ("db.serverless", set()),
        ("", set()),
    ],
)
def test_traits_of_a_class(instance_class: str, expected: set[str]) -> None:
    assert traits(instance(instance_class=instance_class)) == expected


def test_traits_of_storage_and_role() -> None:
    assert traits(instance(instance_class="", storage_type="gp2", replica_of="primary")) == {"gp2", "replica"}


def test_targets_carry_the_dimensions_that_are_published() -> None:
    snapshot = alb(balancer(group("healthy", name="blue"), group("unused", name="green"))).snapshot
    service, database, load_balancer = metric_targets(config(), rds(instance()).snapshot, snapshot)
    assert service.dimensions == (("ClusterName", "prod-llmops-cluster"), ("ServiceName", SERVICE))
    assert database.dimensions == (("DBInstanceIdentifier", DATABASE),)
    assert database.traits == {"burstable", "small_ebs"}
    assert load_balancer.dimensions == (("LoadBalancer", f"app/{BALANCER}/0123456789abcdef"),)
    assert load_balancer.parts == tuple(
        (name, f"targetgroup/{name}/0123456789abcdef") for name in ("blue", "green")
    )


def test_a_balancer_is_left_out_until_its_dimension_is_known() -> None:
    assert [target.kind for target in metric_targets(config(), None, None)] == ["service", "database"]
    assert metric_targets(config(), None, None)[1].traits == frozenset()
