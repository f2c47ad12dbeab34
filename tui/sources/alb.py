"""Reads Application Load Balancers: metric dimensions, target groups and the health of targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import AlbSnapshot, LoadBalancer, TargetGroup, TargetHealth
from tui.sources.parse import Aws, best_effort, pages, text


class AlbSource:
    """Reads the configured balancers.

    Args:
        aws: The session.
        balancers: Names of balancers.
        clock: For the snapshot's time.
    """

    def __init__(self, aws: Aws, balancers: Sequence[str], clock: Clock) -> None:
        self._aws = aws
        self._balancers = tuple(balancers)
        self._clock = clock

    def fetch(self) -> AlbSnapshot:
        """Return the balancers; those that do not exist are in `missing`.

        Raises:
            SourceError: The balancers cannot be described.
        """
        found, missing = self._describe()
        problems: list[str] = []
        balancers = tuple(self._balancer(raw, problems) for raw in found)
        return AlbSnapshot(self._clock.now(), balancers, missing, tuple(problems))

    def _describe(self) -> tuple[list[Mapping[str, Any]], tuple[str, ...]]:
        try:
            return self._by_names(self._balancers), ()
        except SourceError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
        # One unknown name fails the whole call: find out which.
        found: list[Mapping[str, Any]] = []
        missing: list[str] = []
        for name in self._balancers:
            try:
                found.extend(self._by_names([name]))
            except SourceError as error:
                if error.kind is not ErrorKind.NOT_FOUND:
                    raise
                missing.append(name)
        return found, tuple(missing)

    def _by_names(self, names: Sequence[str]) -> list[Mapping[str, Any]]:
        page = self._aws.call("elbv2", "describe_load_balancers", Names=list(names))
        return list(page.get("LoadBalancers", ()))

    def _balancer(self, raw: Mapping[str, Any], problems: list[str]) -> LoadBalancer:
        arn = str(raw.get("LoadBalancerArn", ""))
        none: tuple[TargetGroup, ...] = ()
        groups = best_effort(lambda: self._groups(arn, problems), none, problems)
        return LoadBalancer(
            name=text(raw.get("LoadBalancerName")),
            arn=text(arn),
            dimension=dimension(arn),
            state=text((raw.get("State") or {}).get("Code")),
            dns_name=text(raw.get("DNSName")),
            target_groups=groups,
        )

    def _groups(self, arn: str, problems: list[str]) -> tuple[TargetGroup, ...]:
        found: list[Mapping[str, Any]] = []
        asked = {"LoadBalancerArn": arn}
        for page in pages(
            self._aws, "elbv2", "describe_target_groups", asked, cursor="NextMarker", ask="Marker"
        ):
            found.extend(page.get("TargetGroups", ()))
        return tuple(self._group(raw, problems) for raw in found)

    def _group(self, raw: Mapping[str, Any], problems: list[str]) -> TargetGroup:
        arn = str(raw.get("TargetGroupArn", ""))

        def read() -> tuple[TargetHealth, ...]:
            page = self._aws.call("elbv2", "describe_target_health", TargetGroupArn=arn)
            return tuple(_target(one) for one in page.get("TargetHealthDescriptions", ()))

        return TargetGroup(
            name=text(raw.get("TargetGroupName")),
            arn=text(arn),
            dimension=text(arn).rsplit(":", 1)[-1],
            targets=best_effort(read, (), problems),
        )


def _target(raw: Mapping[str, Any]) -> TargetHealth:
    target, health = raw.get("Target") or {}, raw.get("TargetHealth") or {}
    return TargetHealth(
        id=text(target.get("Id")),
        port=int(target.get("Port") or 0),
        zone=text(target.get("AvailabilityZone")),
        state=text(health.get("State")),
        reason=text(health.get("Reason")),
        description=text(health.get("Description")),
    )


def dimension(arn: str) -> str:
    """Return the value of the LoadBalancer dimension: what follows "loadbalancer/" in the ARN.

    See docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html.
    """
    return text(arn).partition("loadbalancer/")[2]
