"""CloudFront as moto serves it, with deployments that take a while and the service's own refusals."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

import moto.cloudfront.urls
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult

from tui.sandbox.world import World

_DEPLOY_S = 60.0


class InvalidArgument(ServiceException):
    """A configuration that the service refuses."""

    code = "InvalidArgument"


class SandboxCloudFront(CloudFrontResponse):
    """Distributions that are deployed in time."""

    world: World
    given: ClassVar[dict[str, Any]] = {}

    def create_distribution(self) -> ActionResult:
        """Refuse both or neither style of caching."""
        given = self._check()
        answer = super().create_distribution()
        self._deploying(answer, given)
        return answer

    def update_distribution(self) -> ActionResult:
        """Check as creating does."""
        given = self._check()
        answer = super().update_distribution()
        self._deploying(answer, given)
        return answer

    def get_distribution_config(self) -> ActionResult:
        """Return the configuration as it was given: moto adds what belongs to the other style of caching."""
        answer = super().get_distribution_config()
        shown: Any = answer.result
        given = self.given.get(str(self._get_param("Id")))
        return answer if given is None else ActionResult({**shown, "DistributionConfig": given})

    def get_distribution(self) -> ActionResult:
        """Tell InProgress until the deployment has had its time."""
        answer = super().get_distribution()
        shown: Any = answer.result
        one = shown["Distribution"]
        until = getattr(one, "deployed_at", 0.0)
        one.status = "Deployed" if self.world.clock.now() >= until else "InProgress"
        return answer

    def _deploying(self, answer: ActionResult, given: dict[str, Any]) -> None:
        made: Any = answer.result
        made["Distribution"].deployed_at = self.world.clock.now() + _DEPLOY_S
        made["Distribution"].status = "InProgress"
        self.given[made["Distribution"].id] = given

    def _check(self) -> dict[str, Any]:
        """Return the configuration as it was given; moto fills in what it misses."""
        config: dict[str, Any] = copy.deepcopy(self._get_param("DistributionConfig", {}))
        behaviour = config.get("DefaultCacheBehavior") or {}
        others = (config.get("CacheBehaviors") or {}).get("Items") or []
        for one in [behaviour, *others]:
            if one.get("CachePolicyId") and (one.get("ForwardedValues") or one.get("MinTTL") is not None):
                raise InvalidArgument(
                    "The parameter ForwardedValues cannot be used when a cache policy is associated to the"
                    " cache behavior."
                )
            if not one.get("CachePolicyId"):
                for name in ("ForwardedValues", "MinTTL"):
                    if one.get(name) is None:
                        raise InvalidArgument(f"The parameter {name} is required.")
        return config


def install(world: World) -> None:
    """Put the overrides in moto's place."""
    SandboxCloudFront.world = world
    for path in moto.cloudfront.urls.url_paths:
        moto.cloudfront.urls.url_paths[path] = SandboxCloudFront.dispatch
