"""Shapes of names and addresses: what AWS would accept, checked before anything is asked of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from config.checklist import item_ids
from config.environment import is_postgres_uri
from config.problems import meant, shown
from config.validate import Told

_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]{1,2}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_ECS_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_DB_NAME = re.compile(r"[a-z](?:-?[a-z0-9]){0,62}")
_ALB_NAME = re.compile(r"(?!-|internal-)[A-Za-z0-9-]{1,32}(?<!-)")
_DASHBOARD = re.compile(r"[A-Za-z0-9_-]{1,255}")
_LOG_GROUP = re.compile(r"(?!arn:|https?:)[A-Za-z0-9_./#*?-]{1,512}(?::[^:*\s]{1,512})?")
_GROUP_LETTERS = "letters, digits, _ - / . and #; * and ? stand for any; name:stream-prefix for some streams"
_IN_CONSOLE_URL = re.compile(r"log-group/([^/?&]+)")
_METRIC_ID = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")
STATISTIC = re.compile(
    r"Average|Sum|Minimum|Maximum|SampleCount|IQM|(?:p|tm|tc|ts|wm)(?:100|[0-9]{1,2}(?:\.[0-9]{1,10})?)"
)

_LONGEST_PATTERN = 1024
"""Characters of a filter pattern: docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference."""

_KINDS: tuple[tuple[str, re.Pattern[str], str, str], ...] = (
    ("services", _ECS_NAME, "an ECS service", "letters, digits, _ and -"),
    ("databases", _DB_NAME, "a DB instance", "lower-case letters, digits and single hyphens, a letter first"),
    ("load_balancers", _ALB_NAME, "a load balancer", "at most 32 letters, digits and hyphens"),
    ("log_groups", _LOG_GROUP, "a log group", _GROUP_LETTERS),
)


def check_shapes(data: Mapping[str, Any]) -> list[Told]:
    """Return what is wrong with names and addresses in settings whose types are right."""
    return [
        *_addresses(data),
        *_database(data.get("database", {}), has_url=data.get("database_url") is not None),
        *_stack(data.get("stack", {})),
        *_logs(data.get("logs", {})),
        *_checklist(data.get("checklist", {})),
        *_metrics(data.get("metrics", {})),
    ]


def _addresses(data: Mapping[str, Any]) -> Iterator[Told]:
    region, account = data.get("region"), data.get("account")
    if region is not None and not _REGION.fullmatch(region):
        yield ("region",), f"{shown(region)} is not the name of a Region", "for example ap-northeast-2"
    if account is not None and not _ACCOUNT.fullmatch(account):
        yield ("account",), f"{shown(account)} is not an account number", "it has twelve digits"
    endpoint = data.get("endpoint_url")
    if endpoint is not None and not _is_http(endpoint):
        yield ("endpoint_url",), "is not an http:// or https:// address", "for example http://127.0.0.1:4566"
    database = data.get("database_url")
    if database is not None and not is_postgres_uri(database):
        # Its value may hold a password: never shown.
        yield ("database_url",), "is not a PostgreSQL address", "write postgresql://user@host:5432/database"
    lines = data.get("log_lines")
    if lines is not None and not 1_000 <= lines <= 1_000_000:
        yield ("log_lines",), f"{lines} lines cannot be kept", "from 1000 to 1000000, 32 MB for each 100000"


def _database(database: Mapping[str, Any], *, has_url: bool) -> Iterator[Told]:
    port, login = database.get("port"), database.get("login")
    if port is not None and not 1 <= port <= 65_535:
        yield ("database", "port"), f"{port} is not a port", "from 1 to 65535, 5432 as a rule"
    if login == "secret" and not database.get("secret"):
        yield ("database", "login"), "secret needs database.secret", "the secret's name or ARN"
    if login == "iam" and not has_url and not (database.get("host") and database.get("user")):
        yield (
            ("database", "login"),
            "iam needs database.host and database.user",
            "the instance's own endpoint",
        )
    if database.get("secret") and login != "secret":
        yield ("database", "secret"), "is read only with database.login: secret", "add it"


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _stack(stack: Mapping[str, Any]) -> Iterator[Told]:
    cluster = stack.get("cluster")
    if cluster is not None and not _ECS_NAME.fullmatch(cluster):
        yield _bad_name(("stack", "cluster"), cluster, "an ECS cluster", "letters, digits, _ and -")
    dashboard = stack.get("dashboard")
    if dashboard is not None and not _DASHBOARD.fullmatch(dashboard):
        yield _bad_name(("stack", "dashboard"), dashboard, "a dashboard", "letters, digits, _ and -")
    for key, pattern, kind, letters in _KINDS:
        names = stack.get(key, ())
        for position, name in enumerate(names):
            path = ("stack", key, position)
            if not isinstance(name, str):
                continue
            if not pattern.fullmatch(name):
                yield _bad_name(path, name, kind, letters)
            elif name in names[:position]:
                yield path, f"{shown(name)} is in the list twice", "remove one"


def _logs(logs: Mapping[str, Any]) -> Iterator[Told]:
    for key in ("fields", "highlights"):
        words = logs.get(key, ())
        for position, word in enumerate(words):
            if isinstance(word, str) and not word.strip():
                yield ("logs", key, position), "is empty", "remove it"
            elif isinstance(word, str) and word in words[:position]:
                yield ("logs", key, position), f"{shown(word)} is in the list twice", "remove one"
    presets = [one for one in logs.get("presets", ()) if isinstance(one, dict)]
    names = [one.get("name") for one in presets]
    for position, preset in enumerate(presets):
        path = ("logs", "presets", position)
        name, pattern = preset.get("name"), preset.get("filter_pattern", "")
        if isinstance(name, str) and not name.strip():
            yield (*path, "name"), "is empty", "the name is what the menu shows"
        elif name is not None and name in names[:position]:
            yield (*path, "name"), f"{shown(name)} names two presets", "rename one"
        if isinstance(pattern, str) and len(pattern) > _LONGEST_PATTERN:
            told = f"CloudWatch takes at most {_LONGEST_PATTERN} characters"
            yield (*path, "filter_pattern"), told, f"this has {len(pattern)}"
        groups = preset.get("groups", ())
        for item, group in enumerate(groups if isinstance(groups, tuple) else ()):
            if isinstance(group, str) and not _LOG_GROUP.fullmatch(group):
                yield _bad_name((*path, "groups", item), group, "a log group", _GROUP_LETTERS)


def _checklist(checklist: Mapping[str, Any]) -> Iterator[Told]:
    for key in ("url", "static_url"):
        url = checklist.get(key)
        if url is not None and not _is_http(url):
            yield (
                ("checklist", key),
                "is not an http:// or https:// address",
                "for example https://example.com/",
            )
    for name, reason in checklist.get("accepted", {}).items():
        if name not in item_ids():
            hint = meant(name, item_ids(), otherwise=f"items: {', '.join(item_ids())}")
            yield ("checklist", "accepted", name), "is no item of the checklist", hint
        elif isinstance(reason, str) and not reason.strip():
            yield ("checklist", "accepted", name), "says no reason", "write why it is not wanted"


def _bad_name(path: tuple[str | int, ...], name: str, kind: str, letters: str) -> Told:
    hint = letters
    if name.startswith("arn:"):
        parts = name.split(":", 6 if ":log-group:" in name else 5)
        tail = parts[-1].removesuffix(":*")
        short = tail if ":log-group:" in name else tail.rpartition("/")[2]
        if "loadbalancer/" in tail:
            short = tail.split("/")[2] if tail.count("/") >= 2 else tail
        hint = f"write the name, not the ARN: {short.rpartition(':')[2] or short}"
    elif found := _IN_CONSOLE_URL.search(name):
        hint = f"write the name, not the console's address: {found[1].replace('$252F', '/')}"
    elif name.startswith("app/") and name.count("/") == 2:
        hint = f"write {name.split('/')[1]}"
    elif kind == "a DB instance" and _DB_NAME.fullmatch(name.lower()):
        hint = f"RDS keeps it in lower case: {name.lower()}"
    return path, f"{shown(name)} cannot be the name of {kind}", hint


def _metrics(metrics: Mapping[str, Any]) -> Iterator[Told]:
    for name, spec in metrics.items():
        if not _METRIC_ID.fullmatch(name):
            yield ("metrics", name), "is not a metric id", "for example rds.read_iops"
        for key in ("statistic", "peak"):
            statistic = spec.get(key) if spec is not None else None
            if statistic is not None and not STATISTIC.fullmatch(statistic):
                hint = "Average, Sum, Minimum, Maximum, SampleCount or a percentile such as p95"
                yield ("metrics", name, key), f"CloudWatch has no statistic {shown(statistic)}", hint
