"""The CloudFront configuration: never both cache styles, the API never cached, patterns checked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.cdn import (
    ALL_VIEWER,
    CACHING_DISABLED,
    CACHING_OPTIMIZED,
    MOST_PATTERNS,
    configuration,
    has_headers,
    origin_protocols,
    patterns,
)

WORDS = st.from_regex(r"/[a-z]{1,12}/\*", fullmatch=True)


def made(static: tuple[str, ...] = ()) -> dict[str, Any]:
    return configuration("ref-1", "alb", "alb.example.com", "http-only", "PriceClass_All", static)


@given(st.lists(WORDS, max_size=MOST_PATTERNS, unique=True))
def test_each_behavior_has_one_style_and_only_static_paths_are_cached(static: list[str]) -> None:
    config = made(tuple(static))
    default = config["DefaultCacheBehavior"]
    others = config["CacheBehaviors"].get("Items", [])
    assert config["CacheBehaviors"]["Quantity"] == len(others) == len(static)
    assert [one["PathPattern"] for one in others] == static
    assert (default["CachePolicyId"], default["OriginRequestPolicyId"]) == (CACHING_DISABLED, ALL_VIEWER)
    for one in (default, *others):
        assert not {"ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL"} & one.keys()
        assert one["ViewerProtocolPolicy"] == "redirect-to-https"
        assert one["Compress"] is True
    for one in others:
        assert one["CachePolicyId"] == CACHING_OPTIMIZED
        # Cookies of one user must not come with a file that another one gets.
        assert "OriginRequestPolicyId" not in one
        assert set(one["AllowedMethods"]["Items"]) == {"GET", "HEAD"}


def test_it_has_the_shape_of_the_services_model() -> None:
    model = get_session().get_service_model("cloudfront")
    shape = model.operation_model("CreateDistribution").input_shape
    report = ParamValidator().validate({"DistributionConfig": made(("/static/*",))}, shape)
    assert not report.has_errors(), report.generate_report()


@given(st.lists(WORDS, max_size=MOST_PATTERNS), st.sampled_from([", ", ",", " ", "\n"]))
def test_patterns_come_back_once_each_in_order(written: list[str], between: str) -> None:
    assert patterns(between.join(written)) == tuple(dict.fromkeys(written))


@given(st.text(max_size=60))
def test_any_text_gives_patterns_or_a_sentence(text: str) -> None:
    told = ""
    found: tuple[str, ...] = ()
    try:
        found = patterns(text)
    except ValueError as error:
        told = str(error)
    assert not told or re.search(r"write for example|name the static ones|are too many", told)
    assert all(one[0] in "/*" and one not in ("*", "/*") for one in found)


@pytest.mark.parametrize("text", ["/*", "*", "static/*", "/a b/*, x", "/static/\u202e"])
def test_what_takes_all_paths_or_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        patterns(text)


def test_too_many_patterns_are_refused() -> None:
    with pytest.raises(ValueError, match="25 patterns"):
        patterns(",".join(f"/p{number}/*" for number in range(MOST_PATTERNS + 1)))


def listener(protocol: str, port: int, kind: str) -> dict[str, Any]:
    return {"Protocol": protocol, "Port": port, "DefaultActions": [{"Type": kind}]}


@pytest.mark.parametrize(
    ("listeners", "expected"),
    [
        ([], ()),
        ([listener("HTTP", 80, "forward")], ("http-only",)),
        # CloudFront would hand the redirect to the viewer, who is at HTTPS already: for ever.
        ([listener("HTTP", 80, "redirect")], ()),
        ([listener("HTTP", 80, "redirect"), listener("HTTPS", 443, "forward")], ("https-only",)),
        ([listener("HTTPS", 443, "forward"), listener("HTTP", 80, "forward")], ("http-only", "https-only")),
        ([listener("HTTP", 8080, "forward")], ()),
    ],
)
def test_how_cloudfront_can_speak_to_the_balancer(
    listeners: list[dict[str, Any]], expected: tuple[str, ...]
) -> None:
    assert origin_protocols(listeners) == expected


def test_headers_for_the_origin_are_noticed() -> None:
    config = made()
    assert not has_headers(config)
    config["Origins"]["Items"][0]["CustomHeaders"] = {
        "Quantity": 1,
        "Items": [{"HeaderName": "X-Verify", "HeaderValue": "hush"}],
    }
    assert has_headers(config)
