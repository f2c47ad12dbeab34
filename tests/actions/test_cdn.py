"""CloudFront actions on a sandbox: planned, applied, verified, taken back; seen by boto3."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.actions.sandboxkit import Bench, bench_of
from tests.sandbox.kit import wait_until
from tui.actions.registry import BY_ID, action_of
from tui.actions.runner import Runner, undo_plan
from tui.domain.cdn import ALL_VIEWER, CACHING_DISABLED, CACHING_OPTIMIZED
from tui.domain.forms import FormError
from tui.domain.plan import Effect, Status
from tui.presenters.plantext import plan_text
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox

BALANCER = "prod-llmops-alb"
SECRET = "hush-hush-header"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox.start("calm", speed=60) as sandbox:
        yield sandbox


@pytest.fixture
def bench(running: Sandbox, tmp_path: Path) -> Iterator[Bench]:
    with bench_of(running, tmp_path) as found:
        yield found
        remove_all(found)


def listed(bench: Bench) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        bench.client("cloudfront").list_distributions()["DistributionList"].get("Items", [])
    )
    return found


def remove_all(bench: Bench) -> None:
    client = bench.client("cloudfront")
    for one in listed(bench):
        answer = client.get_distribution_config(Id=one["Id"])
        etag, config = answer["ETag"], answer["DistributionConfig"]
        if config["Enabled"]:
            config["Enabled"] = False
            etag = client.update_distribution(Id=one["Id"], IfMatch=etag, DistributionConfig=config)["ETag"]
        assert wait_until(partial(is_deployed, bench, one["Id"]), 20)
        client.delete_distribution(Id=one["Id"], IfMatch=etag)


def is_deployed(bench: Bench, number: str) -> bool:
    found = bench.client("cloudfront").get_distribution(Id=number)
    return bool(found["Distribution"]["Status"] == "Deployed")


def config_of(bench: Bench, number: str) -> dict[str, Any]:
    return dict(bench.client("cloudfront").get_distribution_config(Id=number)["DistributionConfig"])


def created(bench: Bench) -> str:
    """Make a distribution with the action; return its id."""
    assert bench.applied("cdn-create", BALANCER).status is Status.DONE
    (one,) = listed(bench)
    return str(one["Id"])


def test_create_is_verified_and_taken_back_in_two_phases(bench: Bench) -> None:
    outcome = bench.applied("cdn-create", BALANCER, static="/static/*, /img/*")
    assert outcome.status is Status.DONE
    (one,) = listed(bench)
    assert one["Status"] == "Deployed"
    config = config_of(bench, one["Id"])
    balancer = bench.client("elbv2").describe_load_balancers(Names=[BALANCER])["LoadBalancers"][0]
    (origin,) = config["Origins"]["Items"]
    assert origin["DomainName"] == balancer["DNSName"]
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "http-only"
    default = config["DefaultCacheBehavior"]
    assert (default["CachePolicyId"], default["OriginRequestPolicyId"]) == (CACHING_DISABLED, ALL_VIEWER)
    static = {each["PathPattern"]: each for each in config["CacheBehaviors"]["Items"]}
    assert {path: each["CachePolicyId"] for path, each in static.items()} == {
        "/static/*": CACHING_OPTIMIZED,
        "/img/*": CACHING_OPTIMIZED,
    }
    for each in (default, *static.values()):
        assert "ForwardedValues" not in each
        assert each["ViewerProtocolPolicy"] == "redirect-to-https"
        assert each["Compress"] is True

    control = Control(bench.sandbox.endpoint_url)
    control.reset_calls()
    taken_back = bench.undone(outcome.run)
    assert taken_back.status is Status.DONE, taken_back.text
    assert listed(bench) == []
    sent = [name for name in control.calls().counts if name.startswith("cloudfront:")]
    assert {"cloudfront:UpdateDistribution", "cloudfront:DeleteDistribution"} <= set(sent)
    steps = bench.run(taken_back.run).steps
    assert [step.state for step in steps] == ["verified", "verified"]
    assert bench.run(outcome.run).undone_by == taken_back.run


def test_a_second_one_before_the_same_balancer_is_blocked(bench: Bench) -> None:
    number = created(bench)
    _, _, plan = bench.planned("cdn-create", BALANCER)
    assert plan.is_blocked
    assert number in plan.reasons[0]


def test_static_paths_that_take_the_api_too_are_refused_at_their_field(bench: Bench) -> None:
    with pytest.raises(FormError) as caught:
        bench.planned("cdn-create", BALANCER, static="/*")
    assert caught.value.field == "static"


def test_a_listener_that_only_redirects_is_blocked(bench: Bench) -> None:
    elb = bench.client("elbv2")
    balancer = elb.describe_load_balancers(Names=[BALANCER])["LoadBalancers"][0]
    (listener,) = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    redirect = {
        "Type": "redirect",
        "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"},
    }
    elb.modify_listener(ListenerArn=listener["ListenerArn"], DefaultActions=[redirect])
    try:
        _, _, plan = bench.planned("cdn-create", BALANCER)
    finally:
        elb.modify_listener(ListenerArn=listener["ListenerArn"], DefaultActions=listener["DefaultActions"])
    assert plan.is_blocked
    assert "redirect" in plan.reasons[0]


def test_disable_is_confirmed_by_its_id_and_taken_back_field_by_field(bench: Bench) -> None:
    number = created(bench)
    before = config_of(bench, number)
    _, _, plan = bench.planned("cdn-disable", BALANCER, state="disabled")
    assert (plan.confirm, plan.impact.effect) == (number, Effect.DOWNTIME)
    outcome = bench.applied("cdn-disable", BALANCER, state="disabled")
    assert outcome.status is Status.DONE
    assert config_of(bench, number) == {**before, "Enabled": False}
    assert bench.undone(outcome.run).status is Status.DONE
    assert config_of(bench, number) == before


def test_the_status_is_told_and_nothing_is_there_to_do(bench: Bench) -> None:
    number = created(bench)
    _, _, plan = bench.planned("cdn-disable", BALANCER)
    assert plan.is_blocked
    assert any(f"{number} is enabled, Deployed" in note for note in plan.notes)
    assert any("default: CachingDisabled + AllViewer" in note for note in plan.notes)


def test_without_a_distribution_it_says_so(bench: Bench) -> None:
    _, _, plan = bench.planned("cdn-disable", BALANCER)
    assert plan.is_blocked
    assert "cdn-create" in plan.reasons[0]


def test_delete_is_offered_once_disabled_and_said_to_be_final(bench: Bench) -> None:
    created(bench)
    with pytest.raises(FormError):
        bench.planned("cdn-disable", BALANCER, state="deleted")
    assert bench.applied("cdn-disable", BALANCER, state="disabled").status is Status.DONE
    _, _, plan = bench.planned("cdn-disable", BALANCER, state="deleted")
    assert plan.irreversible
    outcome = bench.applied("cdn-disable", BALANCER, state="deleted")
    assert outcome.status is Status.DONE
    assert not outcome.can_undo
    assert listed(bench) == []


def test_header_values_for_the_balancer_are_kept_and_never_written_down(bench: Bench) -> None:
    number = created(bench)
    client = bench.client("cloudfront")
    answer = client.get_distribution_config(Id=number)
    config = answer["DistributionConfig"]
    header = {"HeaderName": "X-Origin-Verify", "HeaderValue": SECRET}
    config["Origins"]["Items"][0]["CustomHeaders"] = {"Quantity": 1, "Items": [header]}
    client.update_distribution(Id=number, IfMatch=answer["ETag"], DistributionConfig=config)
    assert wait_until(lambda: is_deployed(bench, number), 20)
    before = config_of(bench, number)
    _, _, plan = bench.planned("cdn-disable", BALANCER, state="disabled")
    assert "state=enabled" in plan.irreversible
    assert SECRET not in plan_text(plan)
    outcome = bench.applied("cdn-disable", BALANCER, state="disabled")
    assert outcome.status is Status.DONE
    assert config_of(bench, number) == {**before, "Enabled": False}
    assert bench.applied("cdn-disable", BALANCER, state="enabled").status is Status.DONE
    assert config_of(bench, number) == before
    assert SECRET not in bench.log.path.read_text()


def test_a_change_by_somebody_else_stops_it(bench: Bench) -> None:
    number = created(bench)
    action, reading, plan = bench.planned("cdn-disable", BALANCER, state="disabled")
    client = bench.client("cloudfront")
    answer = client.get_distribution_config(Id=number)
    config = {**answer["DistributionConfig"], "Comment": "mine"}
    client.update_distribution(Id=number, IfMatch=answer["ETag"], DistributionConfig=config)
    outcome = bench.runner().apply(action, reading, plan)
    assert outcome.status is Status.BLOCKED
    assert config_of(bench, number)["Enabled"] is True


def test_a_refusal_names_the_missing_permission(bench: Bench) -> None:
    control = Control(bench.sandbox.endpoint_url)
    rule = control.fail("AccessDenied", "cloudfront", "CreateDistribution", status=403)
    try:
        outcome = bench.applied("cdn-create", BALANCER)
    finally:
        control.remove(rule)
    assert outcome.status is Status.FAILED
    assert "cloudfront:CreateDistribution" in outcome.hint
    assert listed(bench) == []


def test_the_sandbox_refuses_what_the_service_refuses(bench: Bench) -> None:
    config = config_of(bench, created(bench))
    client = bench.client("cloudfront")

    def refusal(change: dict[str, Any], drop: str = "") -> tuple[str, str]:
        asked = copy.deepcopy({**config, "CallerReference": json.dumps(change)})
        asked["DefaultCacheBehavior"].update(change)
        asked["DefaultCacheBehavior"].pop(drop, None)
        with pytest.raises(ClientError) as caught:
            client.create_distribution(DistributionConfig=asked)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    legacy = {"QueryString": False, "Cookies": {"Forward": "none"}}
    assert refusal({}, "CachePolicyId") == ("InvalidArgument", "The parameter ForwardedValues is required.")
    needs_ttl = refusal({"ForwardedValues": legacy}, "CachePolicyId")
    assert needs_ttl == ("InvalidArgument", "The parameter MinTTL is required.")
    code, message = refusal({"ForwardedValues": legacy, "MinTTL": 0})
    assert code == "InvalidArgument"
    assert "cannot be used when a cache policy is associated to the cache behavior" in message
    with pytest.raises(ClientError, match="DistributionAlreadyExists"):
        client.create_distribution(DistributionConfig={**config, "Comment": "other"})
    (one,) = listed(bench)
    etag = client.get_distribution(Id=one["Id"])["ETag"]
    with pytest.raises(ClientError, match="DistributionNotDisabled"):
        client.delete_distribution(Id=one["Id"], IfMatch=etag)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        client.update_distribution(Id=one["Id"], IfMatch="E0", DistributionConfig=config)
    # Disabled is not enough: it has to be so everywhere.
    off = client.update_distribution(
        Id=one["Id"], IfMatch=etag, DistributionConfig={**config, "Enabled": False}
    )
    assert off["Distribution"]["Status"] == "InProgress"


def test_an_undo_cut_off_between_disabling_and_deleting_is_finished_by_undoing_again(bench: Bench) -> None:
    class Killed(BaseException):
        """Stands for SIGKILL."""

    def dying(service: str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if method == "delete_distribution":
            raise Killed
        return bench.door.write(service, method, params)

    outcome = bench.applied("cdn-create", BALANCER)
    run = bench.run(outcome.run)
    action = action_of(BY_ID[run.action])
    reading = action.read(bench.door.context, run.target)
    plan = undo_plan(run, reading)
    assert (plan.impact.effect, plan.confirm) == (Effect.DOWNTIME, BALANCER)
    with pytest.raises(Killed):
        Runner(bench.door.context, dying, bench.log, poll_s=0.5).apply(action, reading, plan, undo_of=run.id)
    (begun,) = bench.run(run.id).undo_runs
    text = bench.log.path.read_text().replace(f'"pid": {begun.pid}', '"pid": 4194305')
    bench.log.path.write_text(text)
    assert len(listed(bench)) == 1
    back = bench.undone(run.id)
    assert back.status is Status.DONE, back
    assert [step.text for step in bench.run(back.run).steps] == [f"Take back: {run.steps[0].text} (2 of 2)"]
    assert listed(bench) == []
