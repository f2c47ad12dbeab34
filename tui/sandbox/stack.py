"""The example stack, made in moto's backends: network, cluster, service, database, balancer, log group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.logs.models import logs_backends
from moto.rds.models import rds_backends

from tui.sandbox import definitions
from tui.sandbox.database_log import LOG_TYPE, group_name
from tui.sandbox.db_load import ENABLED
from tui.sandbox.ecs_task import utc
from tui.sandbox.scenarios import Release, ScriptedWorker
from tui.sandbox.settings import Settings
from tui.sandbox.staging import FIRST_RELEASES, FIRST_S, Registrar
from tui.sandbox.world import Stack, World

_AGE_S = 9 * 86_400.0
"""How long ago the stack was built."""


def build(world: World, engine_version: str, database_host: str, database_port: int) -> Stack:
    """Make the example stack as it has been running for days.

    Args:
        world: Whose settings name everything.
        engine_version: Version of the PostgreSQL server that really runs.
        database_host: Address that DescribeDBInstances reports.
        database_port: Its port.
    """
    settings = world.settings
    network = _network(settings)
    balancer, group = _balancer(settings, network)
    built = utc(world.clock.now() - _AGE_S)
    balancer.created_time = built
    service = _service(world, network, group)
    instance = _database(settings, network, engine_version, database_host, database_port)
    instance.instance_create_time = built
    logs = logs_backends[settings.account][settings.region]
    logs.create_log_group(settings.names.log_group, {}, retentionInDays=30)
    logs.create_log_group(group_name(settings.names.database), {}, retentionInDays=30)
    for minutes, user, source, event, name in (
        (FIRST_S / 60, "ci-deployer", "ecs.amazonaws.com", "RegisterTaskDefinition", settings.names.family),
        (FIRST_S / 60 - 1, "ci-deployer", "ecs.amazonaws.com", "UpdateService", settings.names.service),
    ):
        world.trail.remember(world.clock.now() - minutes * 60, user, source, event, name)
    return Stack(_dimension(balancer.arn, "loadbalancer/"), _dimension(group.arn, ""), service, instance)


@dataclass(frozen=True, slots=True)
class _Network:
    vpc: str
    subnets: list[str]
    security_group: str


def _network(settings: Settings) -> _Network:
    ec2: Any = ec2_backends[settings.account][settings.region]
    vpc = ec2.default_vpc
    subnets = [one.id for one in ec2.describe_subnets(filters={"vpc-id": [vpc.id]})][:2]
    return _Network(vpc.id, subnets, ec2.get_default_security_group(vpc.id).id)


def _balancer(settings: Settings, network: _Network) -> tuple[Any, Any]:
    elb: Any = elbv2_backends[settings.account][settings.region]
    balancer = elb.create_load_balancer(
        settings.names.balancer, [network.security_group], network.subnets, loadbalancer_type="application"
    )
    balancer.state = "active"
    group = elb.create_target_group(
        settings.names.target_group,
        protocol="HTTP",
        port=settings.names.port,
        vpc_id=network.vpc,
        target_type="ip",
        healthcheck_path="/health",
    )
    elb.create_listener(
        balancer.arn, "HTTP", "80", "", None, [{"Type": "forward", "TargetGroupArn": group.arn}]
    )
    return balancer, group


def _service(world: World, network: _Network, group: Any) -> Any:
    settings, names = world.settings, world.settings.names
    ecs: Any = ecs_backends[settings.account][settings.region]
    ecs.create_cluster(names.cluster)
    definition: Any = None
    for version in FIRST_RELEASES:
        container = definitions.application(settings, settings.releases[version])
        definition = _register(settings, names.family, container, world.clock.now() - _AGE_S)
    service = ecs.create_service(
        names.cluster,
        names.service,
        settings.ecs.tasks,
        names.family,
        load_balancers=[
            {"targetGroupArn": group.arn, "containerName": names.container, "containerPort": names.port}
        ],
        launch_type="FARGATE",
        platform_version="1.4.0",
        network_configuration={
            "awsvpcConfiguration": {
                "subnets": network.subnets,
                "securityGroups": [network.security_group],
                "assignPublicIp": "DISABLED",
            }
        },
    )
    service.deployment_configuration = {
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    }
    world.ecs.adopt(service, definition, world.clock.now() - FIRST_S, is_running=True)
    return service


def registrar(world: World, stack: Stack) -> Registrar:
    """Return what registers revisions of the service and batch tasks in moto's backend."""
    settings = world.settings
    ecs: Any = ecs_backends[settings.account][settings.region]

    def revision(release: Release, at_s: float) -> Any:
        return _register(settings, settings.names.family, definitions.application(settings, release), at_s)

    def batch(script: ScriptedWorker, at_s: float) -> Any:
        return _register(settings, script.family, definitions.batch(settings, script), at_s)

    current = ecs.describe_task_definition(stack.service.task_definition)
    return Registrar(stack.service, current, revision, batch)


def _register(settings: Settings, family: str, container: dict[str, Any], at_s: float) -> Any:
    ecs: Any = ecs_backends[settings.account][settings.region]
    role = f"arn:aws:iam::{settings.account}:role/prod-llmops"
    definition: Any = ecs.register_task_definition(
        family,
        [container],
        network_mode="awsvpc",
        requires_compatibilities=["FARGATE"],
        cpu=settings.ecs.cpu,
        memory=settings.ecs.memory,
        task_role_arn=f"{role}-task",
        execution_role_arn=f"{role}-execution",
    )
    definition.registered_at = utc(at_s)
    return definition


def _database(settings: Settings, network: _Network, version: str, host: str, port: int) -> Any:
    rds: Any = rds_backends[settings.account][settings.region]
    instance = rds.create_db_instance(
        {
            "db_instance_identifier": settings.names.database,
            "db_instance_class": settings.rds.instance_class,
            "engine": "postgres",
            "engine_version": version,
            "allocated_storage": settings.rds.allocated_gib,
            "storage_type": settings.rds.storage_type,
            "db_name": settings.names.database_name,
            "master_username": settings.names.owner,
            "port": port,
            "backup_retention_period": 1,
            "vpc_security_group_ids": [network.security_group],
            "license_model": "postgresql-license",
            "enable_cloudwatch_logs_exports": [LOG_TYPE],
        }
    )
    instance.pending_modified_values = {}
    setattr(instance, ENABLED, True)
    # The endpoint is where the server really listens, so that a client may take it from here.
    kind: Any = type(instance)
    kind.endpoint = property(lambda self: {"Address": host, "Port": self.port, "HostedZoneId": "Z1"})
    return instance


def _dimension(arn: str, prefix: str) -> str:
    return str(arn).split(":", 5)[5].removeprefix(prefix)
