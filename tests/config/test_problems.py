"""Every problem of a file at once, each in the exact words that the user reads."""

# ruff: noqa: E501 - tables and messages read best whole

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.loader import ConfigError, Problem, load
from config.problems import is_steering, nearest, shown
from tests.config.kit import problems, read

MANY = """\
regoin: ap-northeast-2
account: 123456789012
read_only: on
bell: "no"
cluster: prod
stack:
  services: prod-llmops-service
  databases: [Prod-DB, 12]
  load_balancers: [arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/my-alb/50dc6c, b, b]
  log_groups:
    - arn:aws:logs:eu-west-1:1:log-group:/ecs/app:*
  alb: x
cadences: {metrics: 30s, ecs: 20, rds: 12:30, logs: 100ms}
thresholds:
  ecs.cpuu: {warning: 10}
  ecs.cpu: {warning: 90}
  rds.cpu: {warnign: 3, critical: "9"}
  rds.free_storage_percent: {critical: 50}
metrics:
  rds.iops: {title: IOPS}
  rds.x: {title: X, unit: count, resource: database, source: derived, formula: sum_error, inputs: [rds.cpuu]}
  ecs.cpu: {statistic: average}
judgement: {open_points: 4}
keys: {pause: 3, quti: f5, help: f99}
window: 2h
window: 1h
log_lines: 1.5
database_url: mysql://user:hunter2@h/db
profiles:
  prod: {profile: x, region: apnortheast2}
  dev: {thresholds: {rds.cpu: {goal: 99}}}
  bad: 3
"""

TOLD = """\
stack.yaml:1: regoin: unknown key (did you mean "region"?)
stack.yaml:2: account: wants text, got the number 123456789012 (quote it: "123456789012")
stack.yaml:3: read_only: unquoted on is true to some YAML readers (write true or false, or quote it: "on")
stack.yaml:4: bell: wants true or false, got the text "no"
stack.yaml:5: cluster: unknown key (it belongs under stack:)
stack.yaml:7: stack.services: wants a list, got the text "prod-llmops-service" (write [prod-llmops-service])
stack.yaml:8: stack.databases[1]: wants text, got the number 12 (quote it: "12")
stack.yaml:8: stack.databases[0]: "Prod-DB" cannot be the name of a DB instance (RDS keeps it in lower case: prod-db)
stack.yaml:9: stack.load_balancers[0]: "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/m…" cannot be the name of a load balancer (write the name, not the ARN: my-alb)
stack.yaml:9: stack.load_balancers[2]: "b" is in the list twice (remove one)
stack.yaml:11: stack.log_groups[0]: "arn:aws:logs:eu-west-1:1:log-group:/ecs/app:*" cannot be the name of a log group (write the name, not the ARN: /ecs/app)
stack.yaml:12: stack.alb: unknown key (did you mean "load_balancers"?)
stack.yaml:13: cadences.rds: unquoted 12:30 is the number 750 to some YAML readers (quote it: "12:30"; for a duration write a number and its unit, as in 30s, 5m, 1h, 7d or 1h30m)
stack.yaml:13: cadences.ecs: a duration needs a unit, got the number 20 (write a number and its unit, as in 30s, 5m, 1h, 7d or 1h30m)
stack.yaml:13: cadences.logs: not a duration, got the text "100ms" (write a number and its unit, as in 30s, 5m, 1h, 7d or 1h30m)
stack.yaml:13: cadences.metrics: 30s is too often: CloudWatch publishes once a minute (write 60s or more)
stack.yaml:15: thresholds.ecs.cpuu: there is no such metric (did you mean "ecs.cpu"?)
stack.yaml:16: thresholds.ecs.cpu: critical 85 is milder than warning 90 (keep goal <= warning <= critical)
stack.yaml:17: thresholds.rds.cpu.critical: wants a number, got the text "9" (write it without quotation marks)
stack.yaml:17: thresholds.rds.cpu.warnign: unknown key (did you mean "warning"?)
stack.yaml:18: thresholds.rds.free_storage_percent: critical 50 is milder than warning 20 (keep goal >= warning >= critical, because below is true)
stack.yaml:20: metrics.rds.iops.unit: is missing
stack.yaml:20: metrics.rds.iops.resource: is missing
stack.yaml:21: metrics.rds.x.formula: there is no formula "sum_error" (did you mean "sum_errors"?)
stack.yaml:21: metrics.rds.x.inputs: there is no metric "rds.cpuu" (did you mean "rds.cpu"?)
stack.yaml:22: metrics.ecs.cpu.statistic: CloudWatch has no statistic "average" (Average, Sum, Minimum, Maximum, SampleCount or a percentile such as p95)
stack.yaml:23: judgement.open_points: a breach cannot open at 4 of 3 points (from 1 to 3, which is of_points)
stack.yaml:24: keys.pause: wants text, got the number 3 (quote it: "3")
stack.yaml:24: keys.quti: there is no such command (did you mean "quit"?)
stack.yaml:24: keys.help: there is no key "f99" (did you mean "f9"?)
stack.yaml:25: window: wants 15m, 1h, 3h, 12h, 24h or 7d, got the text "2h" (did you mean "24h"?)
stack.yaml:26: window: written twice, first in line 25 (keep one of them)
stack.yaml:27: log_lines: wants a whole number, got the number 1.5
stack.yaml:28: database_url: is not a PostgreSQL address (write postgresql://user@host:5432/database)
stack.yaml:30: profiles.prod.profile: has no place in a profile table (the table's name is the profile)
stack.yaml:30: profiles.prod.region: "apnortheast2" is not the name of a Region (for example ap-northeast-2)
stack.yaml:31: profiles.dev.thresholds.rds.cpu: warning 70 is milder than goal 99 (keep goal <= warning <= critical)
stack.yaml:32: profiles.bad: wants a mapping (write key: value below it, indented)
"""

COMMANDS = {"help": ("question_mark", "console"), "quit": ("q", "console"), "pause": ("p", "console")}


def test_a_file_with_many_problems_tells_all_of_them(tmp_path: Path) -> None:
    assert problems(tmp_path, MANY, commands=COMMANDS) == TOLD.splitlines()


def test_syntax_errors_come_with_what_was_read_before_them(tmp_path: Path) -> None:
    assert problems(tmp_path, "bell: on\nstack: [\n")[0].startswith("stack.yaml:1: bell: unquoted on is true")
    assert problems(tmp_path, "bell: on\nstack: [\n")[1].startswith("stack.yaml:2: not valid YAML")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stack: {services: [web]}", ["stack.yaml:1: stack.services: services need the cluster that they run in (add stack.cluster)"]),
        ("stack: {services: [web], cluster: 5}", ['stack.yaml:1: stack.cluster: wants text, got the number 5 (quote it: "5")']),
        ("stack: {services: [arn:aws:ecs:eu-west-1:1:service/prod/web], cluster: prod}",
         ['stack.yaml:1: stack.services[0]: "arn:aws:ecs:eu-west-1:1:service/prod/web" cannot be the name of an ECS service (write the name, not the ARN: web)']),
        ("stack: {cluster: arn:aws:ecs:eu-west-1:1:cluster/prod}",
         ['stack.yaml:1: stack.cluster: "arn:aws:ecs:eu-west-1:1:cluster/prod" cannot be the name of an ECS cluster (write the name, not the ARN: prod)']),
        ("stack: {databases: [arn:aws:rds:eu-west-1:1:db:main]}",
         ['stack.yaml:1: stack.databases[0]: "arn:aws:rds:eu-west-1:1:db:main" cannot be the name of a DB instance (write the name, not the ARN: main)']),
        ("stack: {load_balancers: [app/web/50dc]}",
         ['stack.yaml:1: stack.load_balancers[0]: "app/web/50dc" cannot be the name of a load balancer (write web)']),
        ("stack: [a]", ["stack.yaml:1: stack: wants a mapping, got a list (write key: value below it, indented)"]),
        ("stack: {databses: [x]}", ['stack.yaml:1: stack.databses: unknown key (did you mean "databases"?)']),
        ("zzz: 1", ["stack.yaml:1: zzz: unknown key (known keys: region, profile, account, endpoint_url, read_only, stack, database_url, database, metrics, thresholds, overrides, cadences, judgement, logs, checklist, keys, theme, bell, notify, window, log_lines, profiles)"]),
        ("stack: {region: x}", ["stack.yaml:1: stack.region: unknown key (it belongs at the top of the file)"]),
        ("db: [x]", ["stack.yaml:1: db: unknown key (it belongs under stack:)"]),
        ("read_only: 1", ["stack.yaml:1: read_only: wants true or false, got the number 1"]),
        ("theme: true", ['stack.yaml:1: theme: wants text, got true (quote it: "true")']),
        ("theme: [a]", ["stack.yaml:1: theme: wants text, got a list"]),
        ("thresholds: 5", ["stack.yaml:1: thresholds: wants a mapping, got the number 5 (write key: value below it, indented)"]),
        ("thresholds: {db.cpu: {goal: 1}}", ['stack.yaml:1: thresholds.db.cpu: there is no such metric (did you mean "rds.cpu"?)']),
        ("thresholds: {rds.zzzzzzzzzzzzzzz: {goal: 1}}",
         ["stack.yaml:1: thresholds.rds.zzzzzzzzzzzzzzz: there is no such metric (known: rds.cpu, rds.connections, rds.free_storage, rds.free_storage_percent, rds.freeable_memory, rds.read_latency, rds.write_latency, rds.burst_balance, rds.ebs_byte_balance, rds.ebs_io_balance, rds.cpu_credits, rds.cpu_surplus_charged, rds.replica_lag, rds.disk_queue_depth, rds.swap)"]),
        ("metrics: {ecs.cpu: {id: x}}", ["stack.yaml:1: metrics.ecs.cpu.id: unknown key (the id is the key above)"]),
        ("metrics: {rds.swap: null}\nthresholds: {rds.swap: {warning: 1}}",
         ["stack.yaml:2: thresholds.rds.swap: limits a metric that is dropped (remove the limits too)"]),
        ("metrics: {rds.free_storage: null}",
         ["stack.yaml:1: metrics.rds.free_storage: cannot be dropped: rds.free_storage_percent is computed from it (drop rds.free_storage_percent too)"]),
        ("metrics: {cpu: {title: on, unit: count, resource: service}}",
         ['stack.yaml:1: metrics.cpu.title: unquoted on is true to some YAML readers (write true or false, or quote it: "on")',
          "stack.yaml:1: metrics.cpu: is not a metric id (for example rds.read_iops)"]),
        ("metrics: {ecs.disk: {title: D, unit: bytes, resource: service}}",
         ["stack.yaml:1: metrics.ecs.disk: a cloudwatch metric needs namespace and name and statistic"]),
        ("metrics: {ecs.cpu: {period: 90s}}", ["stack.yaml:1: metrics.ecs.cpu.period: CloudWatch publishes in whole minutes (write 1m or 5m, say)"]),
        ("judgement: {of_points: 0}", ["stack.yaml:1: judgement.of_points: 0 points cannot be judged (from 1 to 10)"]),
        ("judgement: {settle: 2h}", ["stack.yaml:1: judgement.settle: nothing of the last hour would be judged (write 120s, say; at most 1h)"]),
        ("cadences: {logs: 0.5s, ecs: 2d}",
         ["stack.yaml:1: cadences.ecs: 2d is too seldom (write 1d or less)", "stack.yaml:1: cadences.logs: 0.5s is too often (write 1s or more)"]),
        ("stack: {log_groups: [\"/ecs/*\", \"/ecs/web:app/\", \"a:b:c\"]}",
         ['stack.yaml:1: stack.log_groups[2]: "a:b:c" cannot be the name of a log group (letters, digits, _ - / . and #; * and ? stand for any; name:stream-prefix for some streams)']),
        ("stack: {log_groups: [\"https://x.console.aws.amazon.com/cloudwatch/home#logsV2:log-groups/log-group/$252Fecs$252Fweb/log-events\"]}",
         ['stack.yaml:1: stack.log_groups[0]: "https://x.console.aws.amazon.com/cloudwatch/home#logsV2:log…" cannot be the name of a log group (write the name, not the console\'s address: /ecs/web)']),
        ("logs: {overlap: 10m, sweep_every: 1s, sweep: 2h, requests_per_second: 30, highlights: [a, b, c, d, e, f]}",
         ["stack.yaml:1: logs.overlap: 10m is not possible (from 0s to 5m)",
          "stack.yaml:1: logs.sweep_every: 1s is not possible (from 5s to 1h)",
          "stack.yaml:1: logs.sweep: 2h is not possible (from 10s to 1h)",
          "stack.yaml:1: logs.requests_per_second: 30 requests per second are not possible (from 0.1 to 25)",
          "stack.yaml:1: logs.highlights: 6 terms are too many (at most 5)"]),
        ("logs: {overlap: 2m}",
         ["stack.yaml:1: logs.sweep: 1m is shorter than overlap, which each poll reads anyway (write 2m, say)"]),
        ("logs: {fields: [a, a], highlights: [\" \"]}",
         ['stack.yaml:1: logs.fields[1]: "a" is in the list twice (remove one)', "stack.yaml:1: logs.highlights[0]: is empty (remove it)"]),
        ("logs: {presets: [{name: a, sinse: 1h}]}", ['stack.yaml:1: logs.presets[0].sinse: unknown key (did you mean "since"?)']),
        ("logs: {presets: [{since: 5}]}",
         ["stack.yaml:1: logs.presets[0].since: a duration needs a unit, got the number 5 (write a number and its unit, as in 30s, 5m, 1h, 7d or 1h30m)"]),
        ("logs: {presets: [{since: 1h}]}", ["stack.yaml:1: logs.presets[0].name: is missing"]),
        ("logs: {presets: [{name: a}, {name: a, groups: [\"arn:aws:logs:eu-west-1:1:log-group:/ecs/app:*\"]}]}",
         ['stack.yaml:1: logs.presets[1].name: "a" names two presets (rename one)',
          'stack.yaml:1: logs.presets[1].groups[0]: "arn:aws:logs:eu-west-1:1:log-group:/ecs/app:*" cannot be the name of a log group (write the name, not the ARN: /ecs/app)']),
        ("logs: {presets: [{name: \"\", filter_pattern: " + "x" * 1025 + "}]}",
         ["stack.yaml:1: logs.presets[0].name: is empty (the name is what the menu shows)",
          "stack.yaml:1: logs.presets[0].filter_pattern: CloudWatch takes at most 1024 characters (this has 1025)"]),
        ("endpoint_url: localhost:4566", ["stack.yaml:1: endpoint_url: is not an http:// or https:// address (for example http://127.0.0.1:4566)"]),
        ("log_lines: 10", ["stack.yaml:1: log_lines: 10 lines cannot be kept (from 1000 to 1000000, 32 MB for each 100000)"]),
        ("database_url: 5", ["stack.yaml:1: database_url: wants text, got something else (quote it)"]),
        ("profiles: [a]", ["stack.yaml:1: profiles: wants a mapping (write prod: below it, and settings below that)"]),
        ("profiles: {dev: {regoin: x}}", ['stack.yaml:1: profiles.dev.regoin: unknown key (did you mean "region"?)']),
        ("profiles: {a.b: {bell: yes, stack: {services: [w]}}}",
         ['stack.yaml:1: profiles.a.b.bell: unquoted yes is true to some YAML readers (write true or false, or quote it: "yes")',
          "stack.yaml:1: profiles.a.b.stack.services: services need the cluster that they run in (add stack.cluster)"]),
    ],
)  # fmt: skip
def test_each_problem_in_its_words(tmp_path: Path, text: str, told: list[str]) -> None:
    assert problems(tmp_path, text + "\n") == told


STACK = "stack: {cluster: c, services: [web], databases: [main], load_balancers: [front]}\n"


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ("{man: {rds.cpu: {goal: 1}}}", 'overrides.man: there is no such resource in stack (did you mean "main"?)'),
        ("{zzz: {rds.cpu: {goal: 1}}}", "overrides.zzz: there is no such resource in stack (add it to stack, or remove these overrides)"),
        ("{main: {rds.cpuu: {goal: 1}}}", 'overrides.main.rds.cpuu: there is no such metric (did you mean "rds.cpu"?)'),
        ("{main: {ecs.cpu: {goal: 1}}}", "overrides.main.ecs.cpu: is a metric of a service, main is a database"),
        ("{main: {rds.cpu: {goal: 80}}}", "overrides.main.rds.cpu: warning 70 is milder than goal 80 (keep goal <= warning <= critical)"),
        ("{main: {rds.cpu: null}}", "overrides.main.rds.cpu: wants a mapping, got nothing (write key: value below it, indented)"),
        ("{main: 3}", "overrides.main: wants a mapping, got the number 3 (write key: value below it, indented)"),
        ("{main: {rds.cpu: {gaol: 1}}}", 'overrides.main.rds.cpu.gaol: unknown key (did you mean "goal"?)'),
    ],
)  # fmt: skip
def test_overrides_must_fit_the_stack(tmp_path: Path, overrides: str, told: str) -> None:
    assert problems(tmp_path, f"{STACK}overrides: {overrides}\n") == [f"stack.yaml:2: {told}"]


def test_overrides_are_complete_after_loading(tmp_path: Path) -> None:
    text = f"{STACK}thresholds: {{rds.cpu: {{goal: 50}}}}\noverrides: {{main: {{rds.cpu: {{critical: 95}}, rds.free_storage_percent: {{goal: null}}}}}}\n"
    config = read(tmp_path, text).config
    cpu, storage = (config.overrides["main"][one] for one in ("rds.cpu", "rds.free_storage_percent"))
    assert (cpu.goal, cpu.warning, cpu.critical, cpu.below) == (50, 70, 95, False)
    assert (storage.goal, storage.warning, storage.critical, storage.below) == (None, 20, 10, True)


def test_overrides_may_name_the_resources_of_another_profile(tmp_path: Path) -> None:
    text = "overrides: {dev-db: {rds.cpu: {goal: 10}}}\nprofiles: {dev: {stack: {databases: [dev-db]}}}\n"
    assert read(tmp_path, text).config.stack.databases == ()


def test_empty_sections_are_not_set(tmp_path: Path) -> None:
    config = read(
        tmp_path, "region:\nstack:\n  cluster:\n  services:\nthresholds:\nkeys:\nprofiles:\n"
    ).config
    assert config == read(tmp_path, "").config


def test_null_drops_a_metric_with_its_limits_or_the_limits_alone(tmp_path: Path) -> None:
    config = read(tmp_path, "metrics: {alb.response_time_p95: null}\nthresholds: {ecs.cpu: null}\n").config
    assert "alb.response_time_p95" not in config.metrics
    assert "alb.response_time_p95" not in config.thresholds
    assert "ecs.cpu" in config.metrics
    assert "ecs.cpu" not in config.thresholds


def test_a_secret_is_never_told(tmp_path: Path) -> None:
    text = "database_url: [postgresql://u:hunter2@h/d]\n"
    assert "hunter2" not in "".join(problems(tmp_path, text))
    assert "hunter2" not in "".join(problems(tmp_path, "database_url: {hunter2: 1}\n"))


def test_problems_cannot_steer_the_terminal(tmp_path: Path) -> None:
    told = problems(tmp_path, '"\\e]0;x\\a": 1\n"re\\u202egion": 2\ntheme: "\\e[2J"\n')
    assert len(told) == 3
    assert all(line.isprintable() for line in told)


def test_the_error_carries_its_problems(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("bell: 3\n")
    with pytest.raises(ConfigError) as caught:
        load(path=file, env={})
    assert caught.value.problems == (Problem(str(file), 1, "bell", "wants true or false, got the number 3"),)


@pytest.mark.parametrize(
    ("word", "known", "name"),
    [
        ("regoin", ["region", "profile"], "region"), ("REGION", ["region"], "region"), ("xyz", ["region"], None),
        ("", ["region"], None), ("warn", ["warning", "critical"], "warning"),
    ],
)  # fmt: skip
def test_nearest(word: str, known: list[str], name: str | None) -> None:
    assert nearest(word, known) == name


@given(st.text(max_size=200))
def test_shown_text_is_short_and_harmless(text: str) -> None:
    quoted = shown(text)
    assert len(quoted) <= 62
    assert "\x1b" not in quoted
    assert "\n" not in quoted
    assert "\u202e" not in quoted


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "region",
    "stack",
    "thresholds",
    "overrides",
    "metrics",
    "keys",
    "cadences",
    "judgement",
    "profiles",
    "profile",
]


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
def test_any_values_load_or_are_told(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, object]
) -> None:
    import json

    file = tmp_path_factory.mktemp("any") / "f.yaml"
    file.write_text(json.dumps(data))
    told: tuple[Problem, ...] = ()
    try:
        load(path=file, env={})
    except ConfigError as error:
        told = error.problems
    assert [str(one) for one in told if is_steering(str(one)) or not one.message] == []


@pytest.mark.parametrize(
    "limits", ["{goal: 80, warning: 80, critical: 80}", "{below: true, goal: 5, warning: 5, critical: 5}"]
)
def test_limits_may_be_equal(tmp_path: Path, limits: str) -> None:
    assert read(tmp_path, f"thresholds: {{rds.cpu: {limits}}}\n").config.thresholds["rds.cpu"].goal in (5, 80)
