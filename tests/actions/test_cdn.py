"""The CDN actions on a sandbox: applied, deployed, switched off; seen by boto3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.actions.sandboxkit import Bench, bench_of
from tui.domain.cdn import ALL_VIEWER, CACHING_DISABLED, CACHING_OPTIMIZED, distribution_config
from tui.domain.plan import Status
from tui.sandbox.launcher import Sandbox

BALANCER = "prod-llmops-alb"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox.start("calm", speed=60) as sandbox:
        yield sandbox


@pytest.fixture
def bench(running: Sandbox, tmp_path: Path) -> Iterator[Bench]:
    with bench_of(running, tmp_path) as found:
        yield found


def distributions(bench: Bench) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        bench.client("cloudfront").list_distributions()["DistributionList"].get("Items", [])
    )
    return found


def test_a_distribution_is_created_deployed_and_switched_off(bench: Bench) -> None:
    cloudfront = bench.client("cloudfront")
    outcome = bench.applied("cdn-create", BALANCER)
    assert outcome.status is Status.DONE, outcome
    (made,) = distributions(bench)
    config = cloudfront.get_distribution_config(Id=made["Id"])["DistributionConfig"]
    default = config["DefaultCacheBehavior"]
    assert (default["CachePolicyId"], default["OriginRequestPolicyId"]) == (CACHING_DISABLED, ALL_VIEWER)
    assert default["ViewerProtocolPolicy"] == "redirect-to-https"
    assert default["Compress"] is True
    assert {one["CachePolicyId"] for one in config["CacheBehaviors"]["Items"]} == {CACHING_OPTIMIZED}
    off = bench.applied("cdn-disable", BALANCER)
    assert off.status is Status.DONE, off
    assert (
        cloudfront.get_distribution(Id=made["Id"])["Distribution"]["DistributionConfig"]["Enabled"] is False
    )
    back = bench.undone(off.run)
    assert back.status is Status.DONE, back
    assert cloudfront.get_distribution_config(Id=made["Id"])["DistributionConfig"] == config


@pytest.mark.parametrize("style", ["both", "neither"])
def test_the_service_refuses_both_and_neither_style_of_caching(bench: Bench, style: str) -> None:
    cloudfront = bench.client("cloudfront")
    config = distribution_config("r", "lb.example", (), "", "PriceClass_100", "http-only")
    behaviour = config["DefaultCacheBehavior"]
    if style == "both":
        behaviour["MinTTL"] = 0
        behaviour["ForwardedValues"] = {"QueryString": False, "Cookies": {"Forward": "none"}}
    else:
        del behaviour["CachePolicyId"]
    with pytest.raises(cloudfront.exceptions.ClientError, match="ForwardedValues"):
        cloudfront.create_distribution(DistributionConfig=config)
