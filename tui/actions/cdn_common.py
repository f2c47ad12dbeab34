"""What the CloudFront actions share: the balancer's distributions, and when one is really in force.

CloudFront belongs to no Region: boto3 asks us-east-1 for it whatever the Region is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.protocol import Context, absent
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.plan import Expect, Progress, State
from tui.sources.parse import text

DEPLOY_S: Final = 1800.0
"""Seconds that a change may take to all edge locations: a few minutes as a rule."""
LOOK_AT: Final = "Look at the distribution's status in the CloudFront console; it changes again by itself."


def balancer_of(context: Context, name: str) -> dict[str, Any]:
    """Return a load balancer as DescribeLoadBalancers does.

    Raises:
        SourceError: It is not there, or cannot be read.
    """
    found = context.call("elbv2", "describe_load_balancers", Names=[name]).get("LoadBalancers") or ()
    if not found:
        raise absent(f"There is no load balancer {name}.")
    return dict(found[0])


def distributions_of(context: Context, domain: str) -> list[dict[str, Any]]:
    """Return the summaries of all distributions that have a domain as an origin.

    Raises:
        SourceError: They cannot be listed.
    """
    found: list[dict[str, Any]] = []
    marker: dict[str, str] = {}
    while True:
        page = context.call("cloudfront", "list_distributions", **marker)["DistributionList"]
        for one in page.get("Items") or ():
            origins = (one.get("Origins") or {}).get("Items") or ()
            if any(str(each.get("DomainName")).lower() == domain.lower() for each in origins):
                found.append(one)
        if not page.get("IsTruncated") or not page.get("NextMarker"):
            return found
        marker = {"Marker": page["NextMarker"]}


def deployed(number: Any, *, enabled: bool) -> Expect:
    """Return the expectation that a distribution is so at every edge location.

    Args:
        number: Its id, or a `Ref`.
        enabled: Whether it answers.
    """
    return Expect("distribution", {"id": number, "enabled": enabled}, DEPLOY_S, LOOK_AT)


def gone(number: Any) -> Expect:
    """Return the expectation that a distribution is no more."""
    return Expect("distribution", {"id": number, "enabled": None}, DEPLOY_S, LOOK_AT)


def distribution(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look once at a distribution.

    Args:
        context: For reading.
        params: id; enabled, or None where it must be gone.

    Raises:
        SourceError: It cannot be read.
    """
    number, enabled = str(params["id"]), params["enabled"]
    try:
        found = context.call("cloudfront", "get_distribution", Id=number)["Distribution"]
    except SourceError as error:
        # The service names it NoSuchDistribution.
        if error.kind is not ErrorKind.NOT_FOUND:
            raise
        return Progress(State.DONE if enabled is None else State.FAILED, f"{number} is gone")
    is_enabled = bool(found["DistributionConfig"]["Enabled"])
    status = text(found.get("Status"))
    seen = f"{number} is {'enabled' if is_enabled else 'disabled'}, {status}"
    if enabled is not None and is_enabled != enabled and status == "Deployed":
        return Progress(State.FAILED, f"{seen}: somebody changed it")
    is_so = enabled is not None and is_enabled == enabled and status == "Deployed"
    domain = f" at {text(found.get('DomainName'))}" if is_so and enabled else ""
    return Progress(State.DONE if is_so else State.PENDING, seen + domain)
