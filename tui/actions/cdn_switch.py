"""Show the status of a balancer's CloudFront distribution; disable, enable or delete it.

The whole configuration is sent back with one field changed. It may hold header values by which the balancer
knows CloudFront: those are neither shown nor written to the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.cdn_common import balancer_of, deployed, distributions_of, gone
from tui.actions.protocol import Context, Reading
from tui.domain.cdn import POLICY_NAMES, has_headers
from tui.domain.forms import Field
from tui.domain.plan import Call, Change, Check, Effect, Impact, Plan, Ref, Step, Verdict
from tui.sources.parse import text

_WORDS: Final = {True: "enabled", False: "disabled"}
_NONE: Final = "none"


class SwitchDistribution:
    """Disable, enable or delete a distribution."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the balancer's distributions; see `Action.read`."""
        domain = str(balancer_of(context, target)["DNSName"])
        facts: dict[str, Any] = {}
        known: dict[str, Any] = {}
        for summary in distributions_of(context, domain):
            answer = context.call("cloudfront", "get_distribution", Id=summary["Id"])
            found = answer["Distribution"]
            number = str(found["Id"])
            # The ETag changes with every field: drift is seen without keeping any of them.
            facts[number] = {"Enabled": bool(found["DistributionConfig"]["Enabled"]), "ETag": answer["ETag"]}
            known[number] = {
                "config": found["DistributionConfig"],
                "status": text(found.get("Status")),
                "domain": text(found.get("DomainName")),
            }
        return Reading(target, {"distributions": facts}, known)

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        facts: Mapping[str, Any] = reading.facts["distributions"]
        if not facts:
            none = ((_NONE, f"none stands before {reading.target}"),)
            return (Field("distribution", "Distribution", "choice", _NONE, none),)
        choices = tuple((one, f"{one}: {_standing(reading, one)}") for one in facts)
        chosen = values.get("distribution", choices[0][0])
        chosen = chosen if chosen in facts else choices[0][0]
        now = _WORDS[facts[chosen]["Enabled"]]
        states = [("enabled", "enabled"), ("disabled", "disabled: viewers get errors")]
        if now == "disabled" and reading.context[chosen]["status"] == "Deployed":
            states.append(("deleted", "deleted"))
        return (
            Field("distribution", "Distribution", "choice", choices[0][0], choices),
            Field("state", "State", "choice", now, tuple(states), help=_standing(reading, chosen)),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        number = values["distribution"]
        if number == _NONE:
            check = Check(
                Verdict.BLOCK, f"No distribution stands before {reading.target}.", "cdn-create makes one."
            )
            title = f"CloudFront in front of {reading.target}"
            return Plan("cdn-disable", title, reading.target, (), (), checks=(check,))
        fact, known = reading.facts["distributions"][number], reading.context[number]
        now, wanted = _WORDS[fact["Enabled"]], values["state"]
        secret = has_headers(known["config"])
        steps = () if wanted == now else (_step(number, fact, known["config"], wanted, is_secret=secret),)
        return Plan(
            action="cdn-disable",
            title=f"{wanted.removesuffix('d').capitalize()} the distribution {number}",
            target=reading.target,
            changes=() if wanted == now else (Change("State", now, wanted),),
            steps=steps,
            impact=_impact(wanted) if steps else Impact(),
            confirm=number if steps and wanted != "enabled" else "",
            irreversible=_irreversible(number, now, wanted, is_secret=secret) if steps else "",
            notes=_status(reading, number),
        )


def _step(
    number: str, fact: Mapping[str, Any], config: Mapping[str, Any], wanted: str, *, is_secret: bool
) -> Step:
    etag = str(fact["ETag"])
    if wanted == "deleted":
        call = Call("cloudfront", "delete_distribution", {"Id": number, "IfMatch": etag})
        return Step(f"Delete {number}", call, gone(number))
    on = wanted == "enabled"
    # The log keeps the way back whole, header values and all: with such there is none in it.
    back = () if is_secret else (_update(number, Ref(0, "ETag"), config, on=not on),)
    return Step(
        f"{'Enable' if on else 'Disable'} {number}",
        _update(number, etag, config, on=on),
        deployed(number, enabled=on),
        back,
        deployed(number, enabled=not on) if back else None,
    )


def _update(number: str, etag: str | Ref, config: Mapping[str, Any], *, on: bool) -> Call:
    params = {"Id": number, "IfMatch": etag, "DistributionConfig": {**config, "Enabled": on}}
    value = "true" if on else "false"
    read = f"aws cloudfront get-distribution-config --id {number}"
    shown = (
        f"ETAG=$({read} --query ETag --output text); {read} --query DistributionConfig"
        f" | jq '.Enabled = {value}'"
        f' | aws cloudfront update-distribution --id {number} --if-match "$ETAG"'
        " --distribution-config file:///dev/stdin"
    )
    return Call("cloudfront", "update_distribution", params, shown)


def _impact(wanted: str) -> Impact:
    if wanted == "disabled":
        return Impact(
            Effect.DOWNTIME,
            "Names that point to it answer with errors within minutes; point DNS to the balancer first.",
        )
    if wanted == "deleted":
        return Impact(Effect.NONE, "It answers nobody already.")
    return Impact(Effect.NONE, "It answers again in a few minutes.")


def _irreversible(number: str, now: str, wanted: str, *, is_secret: bool) -> str:
    if wanted == "deleted":
        return f"{number} and its cloudfront.net name cannot be had back; cdn-create makes another."
    if is_secret:
        return (
            "Its configuration holds headers for the balancer, which the audit log must not keep: instead "
            f"of undo, apply cdn-disable again with state={now}."
        )
    return ""


def _standing(reading: Reading, number: str) -> str:
    known = reading.context[number]
    word = _WORDS[reading.facts["distributions"][number]["Enabled"]]
    return f"{word}, {known['status']}, {known['domain']}"


def _status(reading: Reading, number: str) -> tuple[str, ...]:
    config: Mapping[str, Any] = reading.context[number]["config"]
    behaviors = [("default", config["DefaultCacheBehavior"])]
    behaviors += [
        (str(one["PathPattern"]), one) for one in (config.get("CacheBehaviors") or {}).get("Items") or ()
    ]
    return (
        f"{number} is {_standing(reading, number)}.",
        *(f"{text(path)}: {_behavior(one)}." for path, one in behaviors),
    )


def _behavior(one: Mapping[str, Any]) -> str:
    policies = [one.get("CachePolicyId"), one.get("OriginRequestPolicyId")]
    named = [POLICY_NAMES.get(str(each), str(each)) for each in policies if each] or [
        "legacy ForwardedValues"
    ]
    compress = "compressed" if one.get("Compress") else "not compressed"
    return f"{' + '.join(named)}, {one.get('ViewerProtocolPolicy')}, {compress}"
