"""The configuration of a CloudFront distribution in front of a load balancer.

Managed policies and what must go together: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide,
using-managed-cache-policies.html and using-managed-origin-request-policies.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

CACHING_DISABLED: Final = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CACHING_OPTIMIZED: Final = "658327ea-f89d-4fab-a63d-7e88639e58f6"
ALL_VIEWER: Final = "216adef6-5c7f-47e4-b989-5492eafa07d3"
_ORIGIN: Final = "load-balancer"


def distribution_config(
    reference: str, domain: str, static: Sequence[str], comment: str, price_class: str, protocol: str
) -> dict[str, Any]:
    """Return a DistributionConfig: HTTPS for viewers, compression, API paths uncached, static paths cached.

    Only managed policies are named, never the legacy ForwardedValues beside them: the service refuses both.

    Args:
        reference: CallerReference: the same one never makes a second distribution.
        domain: DNS name of the load balancer.
        static: Path patterns that are cached, for example "/static/*".
        comment: At most 128 characters.
        price_class: PriceClass_100, _200 or _All.
        protocol: How CloudFront speaks to the balancer: http-only, https-only or match-viewer.
    """
    behaviours = [
        {"PathPattern": one, **_behaviour(CACHING_OPTIMIZED), "AllowedMethods": _methods(("GET", "HEAD"))}
        for one in static
    ]
    every = ("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE")
    config: dict[str, Any] = {
        "CallerReference": reference,
        "Comment": comment[:128],
        "Enabled": True,
        "PriceClass": price_class,
        "HttpVersion": "http2",
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": _ORIGIN,
                    "DomainName": domain,
                    "CustomOriginConfig": {
                        "HTTPPort": 80,
                        "HTTPSPort": 443,
                        "OriginProtocolPolicy": protocol,
                    },
                }
            ],
        },
        "DefaultCacheBehavior": {
            **_behaviour(CACHING_DISABLED),
            "OriginRequestPolicyId": ALL_VIEWER,
            "AllowedMethods": _methods(every),
        },
        "CacheBehaviors": {"Quantity": len(behaviours)},
    }
    if behaviours:
        config["CacheBehaviors"]["Items"] = behaviours
    return config


def _behaviour(policy: str) -> dict[str, Any]:
    return {
        "TargetOriginId": _ORIGIN,
        "ViewerProtocolPolicy": "redirect-to-https",
        "Compress": True,
        "CachePolicyId": policy,
    }


def _methods(names: Sequence[str]) -> dict[str, Any]:
    return {
        "Quantity": len(names),
        "Items": list(names),
        "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
    }
