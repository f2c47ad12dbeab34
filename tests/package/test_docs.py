"""The documents say what the code does: settings, commands, permissions, examples and links."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.durations import format_duration, parse_duration
from config.environment import VARIABLES
from config.loader import ConfigError, load
from config.schema import (
    Cadences,
    ChecklistConfig,
    Config,
    DatabaseConfig,
    Judgement,
    LogsConfig,
    MetricSpec,
    NotifyConfig,
    Preset,
    StackConfig,
    ThresholdSpec,
)
from config.strictyaml import read
from config.validate import validate
from tui.actions.registry import ROWS
from tui.domain.clock import ENVIRONMENT
from tui.keys import COMMANDS, known
from tui.sandbox.launcher import REMOVED_VARIABLES, SCENARIOS
from tui.sandbox.settings import Settings
from tui.sources.errors import IAM_PREFIXES
from tui.sources.pgwrites import _STATEMENTS as METHODS_OF_POSTGRESQL
from tui.sources.reads import READS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CONFIGURATION = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
PERMISSIONS = (ROOT / "docs/permissions.md").read_text(encoding="utf-8")
SANDBOX = (ROOT / "docs/sandbox.md").read_text(encoding="utf-8")

SECTIONS: dict[str, type[BaseModel]] = {
    "stack": StackConfig,
    "database": DatabaseConfig,
    "cadences": Cadences,
    "judgement": Judgement,
    "logs": LogsConfig,
    "notify": NotifyConfig,
    "checklist": ChecklistConfig,
    "metrics.<id>": MetricSpec,
    "thresholds.<id>": ThresholdSpec,
}
BESIDE = {"overrides.<resource>.<id>", "profiles.<name>", "keys.<command>"}
"""Settings whose keys are names."""

CREDENTIAL_SERVICES = ("sts", "sso", "sso-oidc", "signin", "secretsmanager")
"""What obtains credentials, and sts:GetCallerIdentity, which AWS allows to everybody."""


def rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of every row of every table."""
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split(" |")]


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of the same rank."""
    rank = heading.split(" ")[0]
    after = text.split(f"\n{heading}\n", 1)[1]
    return after.split(f"\n{rank} ", 1)[0]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def is_duration(field: FieldInfo) -> bool:
    return any(getattr(one, "func", None) is parse_duration for one in field.metadata)


def default_of(field: FieldInfo) -> str:
    """Return a field's default as the tables write it."""
    value = field.default
    if field.is_required():
        return "required"
    if value is None or value == ():
        return "none"
    if is_duration(field):
        return format_duration(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(one.name if isinstance(one, Preset) else str(one) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def schema_defaults() -> dict[str, str]:
    """Return every setting that the schema knows, dotted, with its default."""
    heads = {prefix.partition(".")[0] for prefix in SECTIONS} | {one.partition(".")[0] for one in BESIDE}
    found = {name: default_of(one) for name, one in Config.model_fields.items() if name not in heads}
    for prefix, model in SECTIONS.items():
        fields = model.model_fields.items()
        found |= {f"{prefix}.{name}": default_of(one) for name, one in fields if name != "id"}
    return found | dict.fromkeys(BESIDE, "none")


def documented_settings() -> dict[str, tuple[str, str]]:
    """Return the settings of configuration.md: key to (default, example)."""
    found: dict[str, tuple[str, str]] = {}
    for cells in rows(section(CONFIGURATION, "## Settings")):
        if len(cells) == 5 and cells[0].startswith("`"):
            key = cells[0].strip("`")
            assert key not in found, f"{key} has two rows"
            found[key] = (cells[2].strip("`"), cells[3].strip("`"))
    return found


def test_every_setting_is_documented_with_its_default() -> None:
    assert {key: default for key, (default, _) in documented_settings().items()} == schema_defaults()


@pytest.mark.parametrize("key", sorted(documented_settings()))
def test_the_example_of_a_setting_has_the_right_type(key: str) -> None:
    names = {"<id>": "rds.example", "<resource>": "reports", "<name>": "prod", "<command>": "pause"}
    path = [names.get(part, part) for part in key.split(".")]
    document = read(f"example: {documented_settings()[key][1]}\n".encode(), "example")
    assert not document.problems
    data: Any = document.data["example"]
    for part in reversed(path):
        data = {part: data}
    settings = data["profiles"]["prod"] if path[0] == "profiles" else data
    assert validate(settings, partial=True)[1] == []


@pytest.mark.parametrize("text", [text for page in PAGES for text in blocks(page.read_text("utf-8"), "yaml")])
def test_examples_load(text: str, tmp_path: Path) -> None:
    file = tmp_path / "cwtop.yaml"
    file.write_text(text, encoding="utf-8")
    if f"<!-- refused -->\n```yaml\n{text}" in CONFIGURATION:
        with pytest.raises(ConfigError) as caught:
            load(path=file, env={}, commands=known())
        told = str(caught.value).replace(str(tmp_path), "/home/me")
        assert blocks(CONFIGURATION, "text") == [f"{told}\n"]
    else:
        load(path=file, env={}, commands=known())


def test_the_example_of_overrides_gives_the_limits_told(tmp_path: Path) -> None:
    file = tmp_path / "cwtop.yaml"
    file.write_text(next(one for one in blocks(CONFIGURATION, "yaml") if "overrides:" in one), "utf-8")
    config = load(path=file, env={}).config
    limits = (config.thresholds["rds.cpu"], config.overrides["reports"]["rds.cpu"])
    orders, reports = (f"{one.goal:g}, {one.warning:g} and {one.critical:g}" for one in limits)
    assert f"`orders` has {orders}, `reports` {reports}." in CONFIGURATION


def test_every_command_is_documented_with_its_keys() -> None:
    table = section(CONFIGURATION, "### `keys`: other keys for commands")
    told = {cells[0].strip("`"): (cells[1].strip("`"), cells[2]) for cells in rows(table) if len(cells) == 3}
    told.pop("Command")
    assert told == {one.id: (one.keys, one.text) for one in COMMANDS}


def test_every_environment_variable_is_documented() -> None:
    told = {}
    for cells in rows(section(CONFIGURATION, "## Environment variables")):
        told.update(dict.fromkeys(re.findall(r"`(\w+)`", cells[0]), cells[1]))
    ours = {name: text for name, text in told.items() if name.startswith("CWTOP_")}
    assert ours.keys() == VARIABLES.keys() | {"CWTOP_CONFIG", ENVIRONMENT}
    for name, (path, _) in VARIABLES.items():
        assert ours[name] == f"`{'.'.join(map(str, path))}`"
    assert {"AWS_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL", "DATABASE_URL"} <= told.keys()


def test_the_packaged_metrics_and_limits_are_documented(tmp_path: Path) -> None:
    file = tmp_path / "empty.yaml"
    file.touch()
    config = load(path=file, env={}).config
    found = list(rows(section(CONFIGURATION, "## The packaged metrics")))
    limits = {cells[0].strip("`"): cells[1:] for cells in found if len(cells) == 5 and cells[0] != "Metric"}
    metrics = {cells[0].strip("`"): cells[2] for cells in found if len(cells) == 4 and cells[0] != "Metric"}
    assert metrics == {name: spec.unit for name, spec in config.metrics.items()}
    assert limits == {
        name: [f"{one.goal:g}", f"{one.warning:g}", f"{one.critical:g}", "below" if one.below else "above"]
        for name, one in config.thresholds.items()
    }


def policy_actions() -> list[str]:
    policy = json.loads(blocks(PERMISSIONS, "json")[0])
    found: list[str] = []
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        actions = statement["Action"]
        found += [actions] if isinstance(actions, str) else actions
    return found


def source_actions() -> set[str]:
    """Return the IAM actions of all operations that sources may call."""
    wanted = set()
    for service, operations in READS.items():
        if service in CREDENTIAL_SERVICES:
            continue
        wanted |= {f"{IAM_PREFIXES.get(service, service)}:{one}" for one in operations}
    return wanted


def test_the_policy_allows_what_the_sources_may_call_and_no_more() -> None:
    actions = policy_actions()
    assert len(actions) == len(set(actions))
    assert set(actions) == source_actions()


def test_every_action_is_explained_and_every_other_call_named() -> None:
    explained = {cells[1].strip("`") for cells in rows(PERMISSIONS) if len(cells) == 4}
    assert source_actions() <= explained
    credentials = {one for name in CREDENTIAL_SERVICES for one in READS[name]}
    assert not {one for one in credentials if not re.search(rf"\b{one}\b", PERMISSIONS)}


def test_every_read_of_postgresql_is_named() -> None:
    files = {file.stem.rsplit("-", 1)[0] for file in (ROOT / "config/sql").glob("*.sql")}
    assert files
    assert not [name for name in sorted(files) if f"`{name}`" not in PERMISSIONS]
    for name in METHODS_OF_POSTGRESQL:
        assert f"`{name}`" in PERMISSIONS


def test_the_sandbox_page_names_scenarios_indexes_and_variables() -> None:
    told = {cells[0].strip("`") for cells in rows(section(SANDBOX, "## Scenarios"))} - {"Scenario"}
    assert told == set(SCENARIOS) == set(Settings.load().scenarios)
    for name, scenario in Settings.load().scenarios.items():
        assert any(f"`{name}`" in cells[0] and scenario.summary in cells[1] for cells in rows(SANDBOX))
    for table in Settings.load().tables:
        assert table.index in SANDBOX
    assert all(f"`{name}`" in SANDBOX for name in REMOVED_VARIABLES)


def links(text: str) -> Iterable[str]:
    """Return relative targets of links; images are left out: they are made later."""
    without_code = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", without_code):
        if "://" not in target and not target.startswith(("#", "mailto:")):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_paths_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    missing = [one for one in links(text) if not (page.parent / one.partition("#")[0]).exists()]
    paths = re.findall(r"(?<![./\w])(?:tui|widgets|config|tests)/[\w/.-]*\w\.(?:py|yaml|sql)\b", text)
    missing += [one for one in paths if not (ROOT / one).is_file()]
    assert not missing


def test_the_pages_are_linked_from_the_readme() -> None:
    linked = set(links((ROOT / "README.md").read_text("utf-8")))
    assert {f"docs/{page.name}" for page in PAGES[1:]} <= linked


def test_every_action_is_documented_with_its_plan() -> None:
    page = (ROOT / "docs/actions.md").read_text(encoding="utf-8")
    documented = re.findall(r"^### (\S+)$", page, re.MULTILINE)
    assert documented == [row.id for row in ROWS]
    for row in ROWS:
        assert "Steps:" in section(page, f"### {row.id}"), row.id
