"""The CloudFront configuration in front of a load balancer: paths of the API uncached, static ones cached.

Cache and origin request policies by id, never the legacy ForwardedValues, which the service refuses beside
them. Managed policies: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/
using-managed-cache-policies.html and using-managed-origin-request-policies.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

CACHING_DISABLED: Final = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CACHING_OPTIMIZED: Final = "658327ea-f89d-4fab-a63d-7e88639e58f6"
ALL_VIEWER: Final = "216adef6-5c7f-47e4-b989-5492eafa07d3"

POLICY_NAMES: Final[Mapping[str, str]] = {
    CACHING_DISABLED: "CachingDisabled",
    CACHING_OPTIMIZED: "CachingOptimized",
    ALL_VIEWER: "AllViewer",
}

MOST_PATTERNS: Final = 24
"""Cache behaviours besides the default one that an account has at least (quota of 25)."""

_PATTERN = re.compile(r"[/*][A-Za-z0-9_.*$/~\"'@:+&?-]{0,254}")
_COMMENT_CHARACTERS: Final = 128
_READS: Final = ("GET", "HEAD")
_METHODS: Final = ("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE")


def patterns(written: str) -> tuple[str, ...]:
    """Return path patterns written with commas or spaces between them, each once.

    Raises:
        ValueError: One is no pattern, or they are too many; the text says which.
    """
    found = (
        tuple(dict.fromkeys(re.split(r"[,\s]+", written.strip(", \t\n")))) if written.strip(", \t\n") else ()
    )
    for one in found:
        if not _PATTERN.fullmatch(one):
            raise ValueError(f"{one} is no path pattern; write for example /static/*")
        if one in ("*", "/*"):
            raise ValueError(f"{one} takes every path, those of the API too; name the static ones")
    if len(found) > MOST_PATTERNS:
        raise ValueError(f"{len(found)} patterns are too many, {MOST_PATTERNS} are the most")
    return found


def configuration(
    reference: str, name: str, domain: str, protocol: str, price_class: str, static: Sequence[str]
) -> dict[str, Any]:
    """Return a whole DistributionConfig: what UpdateDistribution wants too, so that undo can send it back.

    Args:
        reference: CallerReference, new for each distribution.
        name: The balancer's name, for the comment.
        domain: The balancer's DNS name.
        protocol: How CloudFront speaks to it: "http-only" or "https-only".
        price_class: For example "PriceClass_200".
        static: Path patterns that are cached.
    """
    behaviors = [{"PathPattern": one, **_behavior(name, is_static=True)} for one in static]
    return {
        "CallerReference": reference,
        "Aliases": {"Quantity": 0},
        "DefaultRootObject": "",
        "Origins": {"Quantity": 1, "Items": [_origin(name, domain, protocol)]},
        "OriginGroups": {"Quantity": 0},
        "DefaultCacheBehavior": _behavior(name, is_static=False),
        "CacheBehaviors": {"Quantity": len(behaviors), **({"Items": behaviors} if behaviors else {})},
        "CustomErrorResponses": {"Quantity": 0},
        "Comment": f"{name} (cwtop)"[:_COMMENT_CHARACTERS],
        "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
        "PriceClass": price_class,
        "Enabled": True,
        "ViewerCertificate": {"CloudFrontDefaultCertificate": True, "MinimumProtocolVersion": "TLSv1"},
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "WebACLId": "",
        "HttpVersion": "http2and3",
        "IsIPV6Enabled": True,
    }


def _origin(name: str, domain: str, protocol: str) -> dict[str, Any]:
    return {
        "Id": name,
        "DomainName": domain,
        "OriginPath": "",
        "CustomHeaders": {"Quantity": 0},
        "CustomOriginConfig": {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": protocol,
            "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]},
            "OriginReadTimeout": 30,
            "OriginKeepaliveTimeout": 5,
        },
        "ConnectionAttempts": 3,
        "ConnectionTimeout": 10,
    }


def _behavior(origin: str, *, is_static: bool) -> dict[str, Any]:
    methods = _READS if is_static else _METHODS
    found: dict[str, Any] = {
        "TargetOriginId": origin,
        "TrustedSigners": {"Enabled": False, "Quantity": 0},
        "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": {
            "Quantity": len(methods),
            "Items": list(methods),
            "CachedMethods": {"Quantity": len(_READS), "Items": list(_READS)},
        },
        "SmoothStreaming": False,
        "Compress": True,
        "LambdaFunctionAssociations": {"Quantity": 0},
        "FunctionAssociations": {"Quantity": 0},
        "FieldLevelEncryptionId": "",
        "CachePolicyId": CACHING_OPTIMIZED if is_static else CACHING_DISABLED,
    }
    # Static files need neither cookies nor query; with them CachingOptimized would mix users.
    return found if is_static else {**found, "OriginRequestPolicyId": ALL_VIEWER}


def origin_protocols(listeners: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return how CloudFront can speak to a balancer, the simplest first.

    An HTTP listener that redirects is no way: CloudFront would hand its redirect to the viewer for ever. Only
    the standard ports are looked at, which CloudFront is told.

    Args:
        listeners: As DescribeListeners.
    """
    found = []
    for protocol, port, name in (("HTTP", 80, "http-only"), ("HTTPS", 443, "https-only")):
        here = [one for one in listeners if one.get("Protocol") == protocol and one.get("Port") == port]
        if any(_forwards(one) for one in here):
            found.append(name)
    return tuple(found)


def _forwards(listener: Mapping[str, Any]) -> bool:
    actions = listener.get("DefaultActions") or ()
    return not any(one.get("Type") == "redirect" for one in actions)


def has_headers(configuration: Mapping[str, Any]) -> bool:
    """Return whether a configuration adds headers for the origin; their values are often secrets."""
    origins = (configuration.get("Origins") or {}).get("Items") or ()
    return any((one.get("CustomHeaders") or {}).get("Items") for one in origins)
