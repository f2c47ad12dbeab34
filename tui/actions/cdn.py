"""Put CloudFront in front of the load balancer, or switch a distribution off.

docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.protocol import Context, Reading, absent
from tui.domain.cdn import distribution_config
from tui.domain.forms import Field, FormError
from tui.domain.plan import (
    Call,
    Change,
    Check,
    Effect,
    Expect,
    Impact,
    Plan,
    Progress,
    Ref,
    State,
    Step,
    Verdict,
)

_DEPLOY_S: Final = 2100.0
"""Of the SDK's own waiter: 60 s x 35."""
_LOOK_AT: Final = "Deployment to all edge locations takes minutes; look at the distribution in CloudFront."
_CLASSES: Final = (
    ("PriceClass_100", "North America and Europe"),
    ("PriceClass_200", "also Asia, Middle East, Africa"),
    ("PriceClass_All", "all edge locations"),
)


class CreateDistribution:
    """Create a distribution in front of the load balancer."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the balancer and the distributions in front of it; see `Action.read`."""
        domain, listeners = _balancer(context, target)
        found = {one["Id"]: one for one in _distributions(context) if domain in _origins(one)}
        facts = {"distributions": sorted(found), "domain": domain}
        return Reading(target, facts, {"now": context.clock.now(), "listeners": listeners})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        return (
            Field(
                "static",
                "Static paths",
                "text",
                "/static/*,/assets/*",
                help="Cached; everything else is not.",
            ),
            Field("price", "Edge locations", "choice", "PriceClass_200", _CLASSES),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        static = [one.strip() for one in values["static"].split(",") if one.strip()]
        wrong = [one for one in static if not one.startswith("/")]
        if wrong:
            raise FormError(
                "static", f"Static paths: {wrong[0]} must begin with a slash, for example /static/*."
            )
        domain = str(reading.facts["domain"])
        has_tls = "HTTPS" in reading.context["listeners"]
        reference = f"cwtop-{reading.target}-{int(reading.context['now'])}"
        config = distribution_config(
            reference,
            domain,
            static,
            f"{reading.target} with cwtop",
            values["price"],
            "https-only" if has_tls else "http-only",
        )
        number = Ref(0, "Distribution.Id")
        off = {**config, "Enabled": False}
        step = Step(
            f"Create a distribution in front of {reading.target}",
            Call("cloudfront", "create_distribution", {"DistributionConfig": config}),
            Expect("distribution", {"id": number, "enabled": True}, _DEPLOY_S, _LOOK_AT),
            (
                Call(
                    "cloudfront",
                    "update_distribution",
                    {"Id": number, "IfMatch": Ref(0, "ETag"), "DistributionConfig": off},
                ),
            ),
            Expect("distribution", {"id": number, "enabled": False}, _DEPLOY_S, _LOOK_AT),
        )
        checks = []
        if reading.facts["distributions"]:
            text = f"There is one in front of it already: {', '.join(reading.facts['distributions'])}."
            checks.append(Check(Verdict.WARN, text))
        if not has_tls:
            text = "The balancer has no HTTPS listener: CloudFront speaks plain HTTP to it."
            checks.append(Check(Verdict.WARN, text, "Add one with a certificate."))
        return Plan(
            action="cdn-create",
            title=f"Put CloudFront in front of {reading.target}",
            target=reading.target,
            changes=(
                Change("DistributionConfig", "", f"{domain}: redirect to HTTPS, compressed"),
                Change("Cached", "", ", ".join(static) or "nothing"),
                Change("Not cached", "", "everything else, with all headers, cookies and queries"),
            ),
            steps=(step,),
            impact=Impact(Effect.NONE, "Nothing changes until a name points to the distribution."),
            checks=tuple(checks),
            irreversible="Undo switches the distribution off; deleting it is possible once that is deployed.",
            notes=("Point your DNS name to the distribution afterwards, with a certificate of us-east-1.",),
        )


class DisableDistribution:
    """Switch a distribution in front of the load balancer off."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the distributions in front of the balancer; see `Action.read`."""
        domain, _ = _balancer(context, target)
        found: dict[str, Any] = {}
        for one in _distributions(context):
            if domain in _origins(one):
                found[one["Id"]] = context.call("cloudfront", "get_distribution_config", Id=one["Id"])
        facts = {number: one["DistributionConfig"]["Enabled"] for number, one in found.items()}
        return Reading(target, {"enabled": facts}, {"found": found})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        names = tuple((one, f"{one}: {_word(on)}") for one, on in reading.facts["enabled"].items())
        return (
            Field(
                "distribution",
                "Distribution",
                "choice",
                names[0][0] if names else "",
                names or (("", "none"),),
            ),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        number = values["distribution"]
        title = f"Switch the distribution {number} off"
        if not number:
            check = Check(Verdict.BLOCK, f"There is no distribution in front of {reading.target}.")
            return Plan("cdn-disable", title, reading.target, (), (), checks=(check,))
        found = reading.context["found"][number]
        config = found["DistributionConfig"]
        is_on = bool(reading.facts["enabled"][number])

        def update(enabled: bool, tag: str | Ref) -> Call:
            params = {"Id": number, "IfMatch": tag, "DistributionConfig": {**config, "Enabled": enabled}}
            return Call("cloudfront", "update_distribution", params)

        step = Step(
            title,
            update(False, str(found["ETag"])),
            Expect("distribution", {"id": number, "enabled": False}, _DEPLOY_S, _LOOK_AT),
            (update(True, Ref(0, "ETag")),),
            Expect("distribution", {"id": number, "enabled": True}, _DEPLOY_S, _LOOK_AT),
        )
        return Plan(
            action="cdn-disable",
            title=title,
            target=reading.target,
            changes=(Change("Enabled", "yes", "no"),) if is_on else (),
            steps=(step,) if is_on else (),
            impact=Impact(
                Effect.DOWNTIME, "Names that point to it answer no more; point them elsewhere first."
            ),
            confirm=number,
        )


def distribution(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether a distribution is deployed, on or off; params: id, enabled."""
    found = context.call("cloudfront", "get_distribution", Id=params["id"])["Distribution"]
    enabled = bool(found["DistributionConfig"]["Enabled"])
    text = f"{params['id']} ({found.get('DomainName')}) is {found['Status']}, {_word(enabled)}"
    is_right = found["Status"] == "Deployed" and enabled == bool(params["enabled"])
    return Progress(State.DONE if is_right else State.PENDING, text)


def _balancer(context: Context, name: str) -> tuple[str, frozenset[str]]:
    found = context.call("elbv2", "describe_load_balancers", Names=[name]).get("LoadBalancers")
    if not found:
        raise absent(f"There is no load balancer {name}.")
    arn = str(found[0]["LoadBalancerArn"])
    listeners = context.pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn)
    return str(found[0]["DNSName"]), frozenset(str(one.get("Protocol")) for one in listeners)


def _distributions(context: Context) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    marker: dict[str, str] = {}
    while True:
        page = context.call("cloudfront", "list_distributions", **marker)["DistributionList"]
        found += page.get("Items") or ()
        if not page.get("IsTruncated"):
            return found
        marker = {"Marker": page["NextMarker"]}


def _origins(one: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(str(each.get("DomainName")) for each in (one.get("Origins") or {}).get("Items") or ())


def _word(enabled: bool) -> str:
    return "on" if enabled else "off"
