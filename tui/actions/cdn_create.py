"""Put CloudFront in front of a load balancer: HTTPS, compression, static paths cached, the API not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.cdn_common import balancer_of, deployed, distributions_of, gone
from tui.actions.protocol import Context, Reading
from tui.domain.cdn import (
    ALL_VIEWER,
    CACHING_DISABLED,
    CACHING_OPTIMIZED,
    POLICY_NAMES,
    configuration,
    origin_protocols,
    patterns,
)
from tui.domain.forms import Field, FormError
from tui.domain.plan import Back, Call, Change, Check, Effect, Impact, Plan, Ref, Step, Verdict

_STATIC: Final = "/static/*, /assets/*"
_PRICES: Final = (
    ("PriceClass_All", "all edge locations"),
    ("PriceClass_200", "without the dearest (South America, Australia)"),
    ("PriceClass_100", "North America, Europe and Israel only"),
)
_PROTOCOLS: Final = {
    "http-only": "HTTP, port 80",
    "https-only": "HTTPS, port 443: the certificate must name the host that viewers ask for",
}


class CreateDistribution:
    """Create a CloudFront distribution in front of a load balancer."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the balancer, its listeners and its distributions; see `Action.read`."""
        balancer = balancer_of(context, target)
        domain = str(balancer["DNSName"])
        arn = balancer["LoadBalancerArn"]
        listeners = list(context.pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn))
        protocols = origin_protocols(listeners)
        present = [str(one["Id"]) for one in distributions_of(context, domain)]
        facts = {"domain": domain, "protocols": list(protocols), "distributions": present}
        known = {"scheme": balancer.get("Scheme"), "now": context.clock.now()}
        return Reading(target, facts, known)

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        # Where no listener will do, the plan says so and is blocked.
        protocols = tuple((one, _PROTOCOLS[one]) for one in reading.facts["protocols"] or _PROTOCOLS)
        return (
            Field("static", "Static paths", "text", _STATIC, help="Cached; all others are not. Empty: none."),
            Field("origin", "To the balancer", "choice", protocols[0][0], protocols),
            Field("price-class", "Edge locations", "choice", _PRICES[0][0], _PRICES),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        try:
            static = patterns(values["static"])
        except ValueError as error:
            raise FormError("static", f"Static paths: {error}.") from error
        reference = f"cwtop-{reading.target}-{int(reading.context['now'] * 1000)}"
        domain = str(reading.facts["domain"])
        config = configuration(
            reference, reading.target, domain, values["origin"], values["price-class"], static
        )
        return Plan(
            action="cdn-create",
            title=f"Put CloudFront in front of {reading.target}",
            target=reading.target,
            changes=_changes(domain, static, values),
            steps=(_step(reading.target, config),),
            impact=Impact(
                Effect.NONE,
                "None before DNS points to it; the balancer goes on as it is.",
            ),
            checks=_checks(reading, values),
            undo_impact=Impact(
                Effect.DOWNTIME,
                "It is disabled and deleted: names that point to it answer with errors; point DNS to the "
                "balancer first.",
            ),
            undo_confirm=reading.target,
            notes=(
                "It is billed by requests and by what is transferred: nothing while nobody uses it.",
                "It takes a few minutes until it is at all edge locations.",
                "Its address is one of cloudfront.net: your own name needs an alias, a certificate of ACM "
                "in us-east-1, and DNS pointed to it.",
                "The balancer stays open to everybody; restrict it to CloudFront's prefix list afterwards.",
            ),
        )


def _step(name: str, config: Mapping[str, Any]) -> Step:
    number = Ref(0, "Distribution.Id")
    off = {"Id": number, "IfMatch": Ref(0, "ETag"), "DistributionConfig": {**config, "Enabled": False}}
    return Step(
        f"Create a distribution for {name}",
        Call("cloudfront", "create_distribution", {"DistributionConfig": dict(config)}),
        deployed(number, enabled=True),
        # Only what is disabled everywhere can be deleted, with the ETag of that change.
        (
            Call("cloudfront", "update_distribution", off),
            Call("cloudfront", "delete_distribution", {"Id": number, "IfMatch": Back(0, "ETag")}),
        ),
        gone(number),
        deployed(number, enabled=False),
    )


def _changes(domain: str, static: tuple[str, ...], values: Mapping[str, str]) -> tuple[Change, ...]:
    default = f"{POLICY_NAMES[CACHING_DISABLED]} + {POLICY_NAMES[ALL_VIEWER]}"
    paths = [Change(f"Behavior {one}", "", POLICY_NAMES[CACHING_OPTIMIZED]) for one in static]
    return (
        Change("Origin", "", f"{domain} ({values['origin']})"),
        Change("Behavior default", "", default),
        *paths,
        Change("ViewerProtocolPolicy", "", "redirect-to-https"),
        Change("Compress", "", "yes"),
        Change("PriceClass", "", values["price-class"]),
    )


def _checks(reading: Reading, values: Mapping[str, str]) -> tuple[Check, ...]:
    found = []
    if present := reading.facts["distributions"]:
        hint = "cdn-disable shows its status."
        found.append(
            Check(Verdict.BLOCK, f"{', '.join(present)} stands before {reading.target} already.", hint)
        )
    if not reading.facts["protocols"]:
        text = f"{reading.target} has no listener on port 80 or 443 that does anything but redirect."
        hint = "With a redirect to HTTPS on port 80 it needs an HTTPS listener on port 443."
        found.append(Check(Verdict.BLOCK, text, hint))
    if reading.context["scheme"] == "internal":
        text = f"{reading.target} is internal: CloudFront reaches it through a VPC origin only."
        found.append(Check(Verdict.BLOCK, text, "Make the VPC origin in the CloudFront console."))
    if values["origin"] == "https-only":
        text = "The balancer's certificate must name the host that viewers ask for, or all fails (502)."
        hint = "With cloudfront.net's own name it does not; add the alias before you point DNS to it."
        found.append(Check(Verdict.WARN, text, hint))
    return tuple(found)
