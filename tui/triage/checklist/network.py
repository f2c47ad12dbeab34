"""Checks of the way to the users: CDN, compression, caching of static assets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tui.domain.cdn import CACHING_DISABLED, POLICY_NAMES
from tui.domain.checklist import CheckResult
from tui.sources.webprobe import ask
from tui.triage.checklist.probe import Probe, failed, joined, not_applicable, passed, unknown
from widgets.text import one_line

_NO_BALANCER: Final = "No load balancer is configured."
_ENCODED: Final = frozenset({"gzip", "br", "zstd", "deflate"})
_MAX_AGE: Final = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d+)", re.IGNORECASE)
_HOUR_S: Final = 3600


def cdn(probe: Probe) -> CheckResult:
    """A distribution that is enabled has the balancer as its origin."""
    return probe.each(
        probe.reads.config.stack.load_balancers, lambda name: _cdn_of(probe, name), absent=_NO_BALANCER
    )


def _cdn_of(probe: Probe, name: str) -> CheckResult:
    balancer = probe.reads.balancer(name)
    found = probe.reads.distributions(name)
    enabled = [one for one in found if one.get("Enabled")]
    if enabled:
        told = [f"{one['Id']} ({one.get('DomainName')}, {one.get('Status')})" for one in enabled]
        return passed(f"{name} is the origin of {joined(told)}.")
    if found:
        text = f"{name} is the origin of {joined([str(one['Id']) for one in found])}, which is disabled."
        return failed(text, probe.fix(name, "cdn-disable", "Enable it, or delete it if nobody wants it."))
    if balancer.get("Scheme") == "internal":
        return not_applicable(f"{name} is internal: its users are in the VPC.")
    return failed(f"No CloudFront distribution has {name} as its origin.", probe.fix(name))


def compression(probe: Probe) -> CheckResult:
    """The answer of the configured page is compressed; without one, what the distribution compresses."""
    url = probe.reads.config.checklist.url
    if url is not None:
        return _compressed(probe, url)
    return probe.each(
        probe.reads.config.stack.load_balancers,
        lambda name: _compressing(probe, name),
        absent=f"{_NO_BALANCER} Set checklist.url to a page of text to have its headers looked at.",
    )


def _compressed(probe: Probe, url: str) -> CheckResult:
    answer = ask(url)
    encoding = answer.headers.get("content-encoding", "").lower()
    kind = answer.headers.get("content-type", "no type")
    text = f"checklist.url answers {answer.status}, {kind}"
    if answer.status >= 400:
        return unknown(f"{text}: its compression says nothing of other pages.")
    if set(re.split(r"[,\s]+", encoding)) & _ENCODED:
        return passed(f"{text}, compressed with {encoding}.")
    length = answer.headers.get("content-length", "")
    size = int(length) if length.isdigit() else answer.size
    if size < probe.limit("least_bytes"):
        return unknown(f"{text}, {size} bytes: too small to be compressed; choose a larger page.")
    return failed(f"{text}, not compressed though gzip and br were offered.", probe.advice())


def _compressing(probe: Probe, name: str) -> CheckResult:
    enabled = [one for one in probe.reads.distributions(name) if one.get("Enabled")]
    if not enabled:
        text = f"{name} itself does not compress, and whether the application does cannot be seen: "
        return unknown(f"{text}set checklist.url to a page of text.", probe.fix(name))
    # CloudFront compresses what a cache policy lets it cache: serving-compressed-files.html of its guide.
    cached = [one for distribution in enabled for one in behaviors(distribution) if is_caching(one[1])]
    plain = [path for path, one in cached if not one.get("Compress")]
    if plain:
        text = f"CloudFront caches {joined(plain)} without compressing."
        return failed(text, probe.advice("Set Compress on these cache behaviours."))
    if not cached:
        text = "CloudFront compresses only what it caches, and no behaviour caches anything."
        return unknown(f"{text} Set checklist.url to see what the application does.", probe.advice())
    paths = joined([path for path, _ in cached])
    return passed(f"CloudFront compresses {paths}; for all others set checklist.url to see it.")


def static_caching(probe: Probe) -> CheckResult:
    """The configured asset may be cached for long; without one, what the distribution caches."""
    url = probe.reads.config.checklist.static_url
    if url is not None:
        return _cacheable(probe, url)
    return probe.each(
        probe.reads.config.stack.load_balancers,
        lambda name: _caching(probe, name),
        absent=f"{_NO_BALANCER} Set checklist.static_url to an asset to have its headers looked at.",
    )


def _cacheable(probe: Probe, url: str) -> CheckResult:
    answer = ask(url)
    control = answer.headers.get("cache-control", "")
    text = f"checklist.static_url answers {answer.status}, Cache-Control: {control or 'none'}"
    if answer.status >= 400:
        return unknown(f"{text}: name an asset that exists.")
    least = int(probe.limit("max_age_hours") * _HOUR_S)
    words = {one.strip().lower() for one in control.split(",")}
    found = _MAX_AGE.search(control)
    age = int(found[1]) if found is not None else 0
    if words & {"no-store", "no-cache"} or age < least:
        return failed(f"{text}; max-age is to be {least} s at least.", probe.advice())
    hit = answer.headers.get("x-cache", "")
    return passed(f"{text}{f', {one_line(hit, 60)}' if hit else ''}.")


def _caching(probe: Probe, name: str) -> CheckResult:
    enabled = [one for one in probe.reads.distributions(name) if one.get("Enabled")]
    if not enabled:
        text = f"No distribution stands before {name}, and headers of assets cannot be seen: "
        return unknown(f"{text}set checklist.static_url to one.", probe.fix(name))
    cached = [
        f"{path} ({_policy(one)})"
        for distribution in enabled
        for path, one in behaviors(distribution)
        if is_caching(one)
    ]
    if cached:
        return passed(f"CloudFront caches {joined(cached)}.")
    text = f"{joined([str(one['Id']) for one in enabled])} caches nothing."
    return failed(
        text, probe.advice("Add a behaviour for the static paths with the policy CachingOptimized.")
    )


def behaviors(distribution: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the path pattern and settings of each cache behaviour, the default one last as "all others"."""
    for one in (distribution.get("CacheBehaviors") or {}).get("Items") or ():
        yield one_line(str(one.get("PathPattern")), 80), one
    yield "all others", distribution.get("DefaultCacheBehavior") or {}


def is_caching(behavior: Mapping[str, Any]) -> bool:
    """Whether a behaviour caches anything; of a policy of one's own it is taken for granted."""
    policy = behavior.get("CachePolicyId")
    if policy:
        return bool(policy != CACHING_DISABLED)
    # The legacy form: a TTL of 0 all round caches nothing.
    return any(behavior.get(name) for name in ("DefaultTTL", "MaxTTL", "MinTTL"))


def _policy(behavior: Mapping[str, Any]) -> str:
    policy = str(behavior.get("CachePolicyId") or "")
    return POLICY_NAMES.get(policy, policy) or "legacy TTLs"
