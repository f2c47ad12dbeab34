"""The report as a table and as Markdown, compared as text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from config.levels import Level, Threshold
from config.schema import ThresholdSpec
from tests.presenters.kit import BALANCER, CONFIG, CPU, DATABASE, NOW, SERVICE, assessment, refused, resolved
from tui.domain.findings import Finding
from tui.domain.report import Report, ReportMetric, build
from tui.domain.trend import Trend, TrendKind
from tui.presenters.report import STEPS_SHOWN, report_markdown, report_table

CONFIGURED = CONFIG.model_copy(
    update={
        "thresholds": {
            "rds.cpu": ThresholdSpec(goal=60.0, warning=70.0, critical=85.0),
            "alb.error_rate": ThresholdSpec(warning=1.0, critical=5.0),
        }
    }
)


def breached() -> Report:
    bad = Level.CRITICAL
    slow = [100.0, 200.0, 400.0, 800.0, 1600.0, 1600.0, 1600.0]
    judged = assessment(
        dict((
            resolved("rds.cpu", DATABASE, [10, 25, 50, 75, 100, 91.2, 91.2], threshold=CPU, level=bad),
            resolved("alb.response_time", BALANCER, slow, threshold=Threshold(500, 1000), level=bad),
            resolved("alb.error_rate", BALANCER, [], level=None, note="no traffic"),
        )),
        [Finding("rds.cpu", DATABASE, "rds", Level.CRITICAL, "RDS CPU 91.2 % (> 85 %) for 12 min")],
    )  # fmt: skip
    return build(judged, CONFIGURED, 900, 60, {"alarms": refused("cloudwatch:DescribeAlarms")})


def without_clock(text: str) -> str:
    """Return the text with local times, which depend on the machine's zone, made equal."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+,", "<now>,", text)
    return re.sub(r"\b\d\d:\d\d\b", "hh:mm", text)


def test_the_table() -> None:
    assert (
        without_clock(report_table(breached(), CONFIGURED))
        == """\
prod-llmops-cluster (ap-northeast-2): ✖ CRITICAL – <now>, last 15m in steps of 1m

METRIC           LATEST  AVERAGE  MAXIMUM  LEVEL       LAST 15m
ECS prod-llmops-service
  CPU              40 %     40 %     50 %  ● ok
  Running tasks       2        2        2  ● ok
RDS prod-llmops-postgres
  CPU             100 %     52 %    100 %  ✖ CRITICAL         ▁▃▅▇█
  Connections        12       12       12  ● ok
  Free storage     61 %     61 %     61 %  ● ok
ALB prod-llmops-alb
  Requests        1,200    1,200    1,200
  Response time   1.6 s   620 ms    1.6 s  ✖ CRITICAL         ▁▂▃▅█
  Error rate          –        –        –              no traffic

FINDINGS
  ✖ CRITICAL  prod-llmops-postgres: RDS CPU 91.2 % (> 85 %) for 12 min

ERRORS
  alarms: Not allowed to call cloudwatch:DescribeAlarms. Ask for the permission.

STEPS OF 1m
  TIME   RDS CPU  ALB RESPONSE TIME
  hh:mm     10 %             100 ms
  hh:mm     25 %             200 ms
  hh:mm     50 %             400 ms
  hh:mm     75 %             800 ms
  hh:mm    100 %              1.6 s
"""
    )


def test_the_markdown() -> None:
    text = without_clock(report_markdown(breached(), CONFIGURED))
    assert text.startswith(
        "# prod-llmops-cluster (ap-northeast-2): ✖ CRITICAL – <now>, last 15m in steps of 1m\n"
    )
    assert (
        """
## RDS prod-llmops-postgres

| metric | latest | average | maximum | level | last 15m |
| --- | ---: | ---: | ---: | --- | --- |
| CPU | 100 % | 52 % | 100 % | ✖ CRITICAL | ▁▃▅▇█ |
"""
        in text
    )
    assert "\n- ✖ CRITICAL  prod-llmops-postgres: RDS CPU 91.2 % (\\> 85 %) for 12 min\n" in text
    assert "\n- alarms: Not allowed to call cloudwatch:DescribeAlarms." in text
    assert (
        "\n| time | RDS CPU | ALB Response time |\n| --- | ---: | ---: |\n| hh:mm | 10 % | 100 ms |\n" in text
    )


def test_without_fancy_glyphs_it_is_ascii() -> None:
    text = report_table(breached(), CONFIGURED, ascii=True)
    assert text.isascii()
    assert "X CRITICAL" in text


def test_a_calm_report_has_neither_findings_nor_errors() -> None:
    text = report_table(build(assessment(), CONFIG, 900, 60), CONFIG)
    assert "● ok" in text.splitlines()[0]
    assert "FINDINGS" not in text
    assert "ERRORS" not in text


def test_an_empty_report_is_no_crash() -> None:
    empty = Report(NOW, 3600, 300, None, (), ())
    assert "no level" in report_table(empty, CONFIG)
    assert report_markdown(empty, CONFIG).count("\n") == 1


def cpu(resource: str, points: int) -> ReportMetric:
    at = int(NOW) - 60 * points
    values = tuple((at + 60 * index, 50.0) for index in range(points))
    return ReportMetric("rds.cpu", resource, "CPU", "percent", 50.0, 50.0, 50.0, Level.OK, values)


def test_several_resources_of_a_kind_are_told_apart() -> None:
    report = Report(NOW, 900, 60, Level.OK, (cpu("db-1", 5), cpu("db-2", 3)), ())
    lines = report_table(report, CONFIG).splitlines()
    assert "RDS db-1" in lines
    assert "RDS db-2" in lines
    steps = lines[lines.index("STEPS OF 1m") + 1 :]
    assert re.split(" {2,}", steps[0].strip()) == ["TIME", "RDS CPU DB-1", "RDS CPU DB-2"]
    assert steps[1].split()[1:] == ["50", "%"]
    assert steps[-1].split()[1:] == ["50", "%", "50", "%"]


def test_a_long_list_of_steps_is_cut_and_says_so() -> None:
    report = Report(NOW, 6000, 60, Level.OK, (cpu("db", 100),), ())
    for text in (report_table(report, CONFIG), report_markdown(report, CONFIG)):
        assert f"{100 - STEPS_SHOWN} earlier steps are left out" in text


@pytest.mark.parametrize("kind", ["table", "markdown"])
def test_hostile_text_changes_no_layout(kind: str) -> None:
    nasty = "\x1b[2Jx | y\n# owned <b>`*"
    report = replace(
        breached(),
        metrics=(replace(cpu(nasty, 1), note=nasty),),
        findings=(Finding("x", nasty, None, Level.WARNING, nasty),),
    )
    text = report_table(report, CONFIG) if kind == "table" else report_markdown(report, CONFIG)
    assert "\x1b" not in text
    assert not any(line.startswith("# owned") for line in text.splitlines())
    if kind == "markdown":
        assert "<b>" not in text.replace("\\<b\\>", "")
        assert all(line.count("|") - line.count("\\|") == 7 for line in text.splitlines() if line[:1] == "|")


def test_the_service_is_named_with_its_kind() -> None:
    assert f"ECS {SERVICE}" in report_table(build(assessment(), CONFIG, 900, 60), CONFIG)


def test_trends_stand_in_table_and_markdown_and_steady_ones_in_json_only() -> None:
    leak = Trend(
        TrendKind.MEMORY, "ecs.memory", SERVICE, "ecs", Level.WARNING, "memory +1.3 %/h (0.9 to 1.7)"
    )
    steady = Trend(TrendKind.STORAGE, "rds.free_storage", DATABASE, "rds", reason="steady")
    report = replace(breached(), trends=(leak, steady))
    assert f"\nTRENDS\n  ▲ WARNING  {SERVICE}: memory +1.3 %/h (0.9 to 1.7)\n" in report_table(
        report, CONFIGURED
    )
    assert f"\n## Trends\n\n- ▲ WARNING  {SERVICE}: memory" in report_markdown(report, CONFIGURED)
    assert "steady" not in report_table(report, CONFIGURED)
    assert [one["reason"] for one in report.to_json()["trends"]] == ["", "steady"]
    assert "TRENDS" not in report_table(breached(), CONFIGURED)
