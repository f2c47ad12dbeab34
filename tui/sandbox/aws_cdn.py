"""CloudFront of the sandbox: what the service refuses, and changes that take a while to be everywhere.

moto's own keeps ForwardedValues beside a cache policy and deletes what is enabled; this one keeps the
configuration as it was sent.
"""

from __future__ import annotations

import copy
import random
import string
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import moto.cloudfront.urls
from moto.cloudfront.exceptions import CloudFrontException
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.responses import ActionResult, EmptyResult

from tui.domain.cdn import ALL_VIEWER, CACHING_DISABLED, CACHING_OPTIMIZED
from tui.sandbox.ecs_task import utc
from tui.sandbox.world import World

DEPLOY_S: Final = 30.0
"""Seconds of the sandbox's clock from a change to Deployed; minutes on the service."""

_CACHE_POLICIES = frozenset({CACHING_DISABLED, CACHING_OPTIMIZED})
_REQUEST_POLICIES = frozenset({ALL_VIEWER})
_LEGACY = ("ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL")
_PAGE = 100


@dataclass(slots=True)
class Distribution:
    """A distribution, its configuration as it was sent."""

    id: str
    domain: str
    config: dict[str, Any]
    etag: str
    changed_s: float


@dataclass(slots=True)
class Cdn:
    """All distributions. Safe for use by several threads."""

    world: World
    distributions: dict[str, Distribution] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.world.seed + 7)  # noqa: S311

    def name(self) -> str:
        """Return a new id as the service makes them."""
        return "E" + "".join(self._random.choices(string.ascii_uppercase + string.digits, k=13))

    def find(self, number: str) -> Distribution:
        """Return a distribution; refuses as the service does where it is not there."""
        found = self.distributions.get(number)
        if found is None:
            raise CloudFrontException("NoSuchDistribution", "The specified distribution does not exist.")
        return found

    def status(self, one: Distribution) -> str:
        """Return InProgress, or Deployed once the change is everywhere."""
        is_done = self.world.clock.now() >= one.changed_s + DEPLOY_S
        return "Deployed" if is_done else "InProgress"


class SandboxCloudFront(CloudFrontResponse):
    """Overrides of the operations on distributions."""

    cdn: Cdn

    def create_distribution(self) -> ActionResult:
        """Create a distribution, checked as the service does."""
        config = copy.deepcopy(self._get_param("DistributionConfig", {}))
        check(config)
        with self.cdn.lock:
            for one in self.cdn.distributions.values():
                if one.config["CallerReference"] == config["CallerReference"]:
                    raise CloudFrontException(
                        "DistributionAlreadyExists",
                        "The caller reference that you are using to create a distribution is associated with"
                        f" another distribution. Already exists: {one.id}",
                    )
            number, now = self.cdn.name(), self.cdn.world.clock.now()
            domain = f"d{number[1:].lower()}.cloudfront.net"
            one = Distribution(number, domain, config, self.cdn.name(), now)
            self.cdn.distributions[number] = one
            location = f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{number}"
            return ActionResult({"Distribution": self._whole(one), "ETag": one.etag, "Location": location})

    def get_distribution(self) -> ActionResult:
        """Describe a distribution."""
        with self.cdn.lock:
            one = self.cdn.find(self._get_param("Id"))
            return ActionResult({"Distribution": self._whole(one), "ETag": one.etag})

    def get_distribution_config(self) -> ActionResult:
        """Return a distribution's configuration."""
        with self.cdn.lock:
            one = self.cdn.find(self._get_param("Id"))
            return ActionResult({"DistributionConfig": one.config, "ETag": one.etag})

    def update_distribution(self) -> ActionResult:
        """Replace a configuration; it takes a while to be everywhere."""
        config = copy.deepcopy(self._get_param("DistributionConfig", {}))
        with self.cdn.lock:
            one = self._matching()
            check(config)
            if config["CallerReference"] != one.config["CallerReference"]:
                raise CloudFrontException("IllegalUpdate", "The caller reference cannot be changed.")
            left_out = sorted(set(one.config) - set(config))
            if left_out:
                message = f"The update contains modifications that are not allowed: {left_out[0]} is missing."
                raise CloudFrontException("IllegalUpdate", message)
            one.config, one.etag = config, self.cdn.name()
            one.changed_s = self.cdn.world.clock.now()
            return ActionResult({"Distribution": self._whole(one), "ETag": one.etag})

    def delete_distribution(self) -> EmptyResult:
        """Delete what is disabled everywhere."""
        with self.cdn.lock:
            one = self._matching()
            if one.config["Enabled"] or self.cdn.status(one) != "Deployed":
                raise CloudFrontException(
                    "DistributionNotDisabled",
                    "The distribution you are trying to delete has not been disabled.",
                )
            del self.cdn.distributions[one.id]
            return EmptyResult()

    def list_distributions(self) -> ActionResult:
        """List distributions, a page at a time."""
        with self.cdn.lock:
            everything = sorted(self.cdn.distributions.values(), key=lambda one: one.id)
            marker = self._get_param("Marker") or ""
            limit = int(self._get_param("MaxItems") or _PAGE)
            left = [one for one in everything if one.id > marker]
            page = left[:limit]
            listed: dict[str, Any] = {
                "Marker": marker,
                "MaxItems": limit,
                "IsTruncated": len(left) > limit,
                "Quantity": len(page),
                "Items": [self._summary(one) for one in page],
            }
            if len(left) > limit:
                listed["NextMarker"] = page[-1].id
            return ActionResult({"DistributionList": listed})

    def _matching(self) -> Distribution:
        """Return the distribution that is meant, if the caller knows its last version."""
        one = self.cdn.find(self._get_param("Id"))
        given = self._get_param("IfMatch")
        if not given:
            message = "The If-Match version is missing or not valid for the resource."
            raise CloudFrontException("InvalidIfMatchVersion", message)
        if given != one.etag:
            message = (
                "The request failed because it didn't meet the preconditions in one or more request-header"
                " fields."
            )
            raise CloudFrontException("PreconditionFailed", message)
        return one

    def _whole(self, one: Distribution) -> dict[str, Any]:
        return {**self._head(one), "InProgressInvalidationBatches": 0, "DistributionConfig": one.config}

    def _summary(self, one: Distribution) -> dict[str, Any]:
        return {**self._head(one), **{key: value for key, value in one.config.items() if key != "Logging"}}

    def _head(self, one: Distribution) -> dict[str, Any]:
        return {
            "Id": one.id,
            "ARN": f"arn:aws:cloudfront::{self.current_account}:distribution/{one.id}",
            "Status": self.cdn.status(one),
            "LastModifiedTime": utc(one.changed_s),
            "DomainName": one.domain,
        }


def check(config: Mapping[str, Any]) -> None:
    """Refuse what the service refuses though it has the shape of the model.

    Raises:
        CloudFrontException: With the service's code and message.
    """
    origins = {str(one["Id"]) for one in (config.get("Origins") or {}).get("Items") or ()}
    for behavior in _behaviors(config):
        if behavior.get("TargetOriginId") not in origins:
            message = "One or more of your origins or origin groups do not exist."
            raise CloudFrontException("NoSuchOrigin", message)
        _check_style(behavior)


def _behaviors(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield config["DefaultCacheBehavior"]
    yield from (config.get("CacheBehaviors") or {}).get("Items") or ()


def _check_style(behavior: Mapping[str, Any]) -> None:
    """Refuse neither and both of the cache styles.

    github.com/aws/aws-sdk-js/issues/3388, github.com/aws/aws-sdk-net/issues/1698
    """
    legacy = [name for name in _LEGACY if behavior.get(name) is not None]
    policy = behavior.get("CachePolicyId")
    if policy and legacy:
        message = (
            f"The parameter {legacy[0]} cannot be used when a cache policy is associated to the cache"
            " behavior."
        )
        raise CloudFrontException("InvalidArgument", message)
    for name in ("ForwardedValues", "MinTTL"):
        if not policy and name not in legacy:
            raise CloudFrontException("InvalidArgument", f"The parameter {name} is required.")
    if policy and policy not in _CACHE_POLICIES:
        raise CloudFrontException("NoSuchCachePolicy", "The cache policy does not exist.")
    request = behavior.get("OriginRequestPolicyId")
    if request and request not in _REQUEST_POLICIES:
        raise CloudFrontException("NoSuchOriginRequestPolicy", "The origin request policy does not exist.")


def install(world: World) -> None:
    """Put the overrides in moto's place."""
    SandboxCloudFront.cdn = Cdn(world)
    for path in moto.cloudfront.urls.url_paths:
        if "/distribution" in path and "invalidation" not in path:
            moto.cloudfront.urls.url_paths[path] = SandboxCloudFront.dispatch
