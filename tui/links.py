"""Addresses of the AWS console, for a browser elsewhere: a bastion has none."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

LinkKind = Literal["ecs", "rds", "alb", "logs"]


def console_url(kind: LinkKind, region: str, name: str, cluster: str = "") -> str:
    """Return the console page of a resource.

    Args:
        kind: Pane of the resource.
        region: AWS Region; its partition decides the host.
        name: Service, DB instance, balancer or log group.
        cluster: Cluster of a service.
    """
    host = "console.amazonaws.cn" if region.startswith("cn-") else "console.aws.amazon.com"
    if region.startswith("us-gov-"):
        host = "console.amazonaws-us-gov.com"
    base = f"https://{region}.{host}" if host == "console.aws.amazon.com" else f"https://{host}"
    safe = quote(name, safe="")
    if kind == "ecs":
        page = f"/ecs/v2/clusters/{quote(cluster, safe='')}/services/{safe}/health?region={region}"
    elif kind == "rds":
        page = f"/rds/home?region={region}#database:id={safe};is-cluster=false"
    elif kind == "alb":
        page = f"/ec2/home?region={region}#LoadBalancers:search={safe}"
    else:
        # The log console escapes twice, with $25 for the percent sign.
        page = f"/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{safe.replace('%', '$25')}"
    return base + page
