"""List prices of what a tuning action changes: the packaged table, overridden by the user's own.

Form of the file: `as_of`, `rds_cpu_credit_vcpu_hour` (USD), and by Region `fargate` (vcpu_hour, gb_hour),
`rds_class_hour` (class to USD),
`rds_storage_gb_month` (storage type to USD).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from config import paths
from config.schema import Model

USER_FILE: Final = "prices.yaml"
HOURS: Final = 730.0
"""Hours that AWS's own calculator takes for a month."""


class Fargate(Model):
    """USD an hour."""

    vcpu_hour: float
    gb_hour: float


class RegionPrices(Model):
    """Prices of one Region, USD; what is absent is not known."""

    fargate: Fargate | None = None
    rds_class_hour: dict[str, float] = {}
    rds_storage_gb_month: dict[str, float] = {}


class PriceTable(Model):
    """All prices."""

    as_of: str
    rds_cpu_credit_vcpu_hour: float | None = None
    regions: dict[str, RegionPrices] = {}


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of a Region.

    Attributes:
        region: Its name.
        table: What is known.
        note: What a figure rests on.
        rds_cpu_credit_vcpu_hour: USD a vCPU-hour that a burstable DB instance uses beyond its credits; None
            where no price is known.
        file: Where the user's own table is expected; "" without a home directory.
    """

    region: str
    table: RegionPrices
    note: str
    rds_cpu_credit_vcpu_hour: float | None = None
    file: str = ""

    def lacking(self, *paths: str) -> str:
        """Return how to add what is not known, as a sentence part; "" where all is known.

        Args:
            *paths: Below the Region: "fargate", or "rds_class_hour/db.t3.small" and the like.
        """
        left = [one for one in dict.fromkeys(paths) if not self._has(one)]
        if not left:
            return ""
        names = [f"regions.{self.region}.{one.replace('/', '.')}" for one in left]
        where = self.file or USER_FILE
        return f"no list price in {self.region} is known; add {', '.join(names)} to {where}"

    def _has(self, path: str) -> bool:
        table, _, name = path.partition("/")
        found = getattr(self.table, table)
        return found is not None if not name else name in found

    def fargate(self, cpu_units: int, memory_mib: int, tasks: int) -> float | None:
        """Return USD a month of tasks that run all the time; None where no price is known."""
        price = self.table.fargate
        if price is None:
            return None
        hour = cpu_units / 1024 * price.vcpu_hour + memory_mib / 1024 * price.gb_hour
        return hour * tasks * HOURS

    def database(self, instance_class: str, *, multi_az: bool) -> float | None:
        """Return USD a month of a DB instance without its storage; a Multi-AZ one costs twice as much."""
        hour = self.table.rds_class_hour.get(instance_class)
        return None if hour is None else hour * HOURS * (2 if multi_az else 1)

    def storage(self, storage_type: str, gib: int, *, multi_az: bool) -> float | None:
        """Return USD a month of an instance's storage."""
        month = self.table.rds_storage_gb_month.get(storage_type)
        return None if month is None else month * gib * (2 if multi_az else 1)


def prices_of(region: str, env: Mapping[str, str] | None = None) -> Prices:
    """Return the prices of a Region; a user's file that is not valid is told in the note and left out."""
    packaged = yaml.safe_load(files("config").joinpath("prices.yaml").read_text("utf-8"))
    table = PriceTable.model_validate(packaged)
    note = f"list price of {region}, {table.as_of}"
    own = _user_file(env)
    if own is not None and own.is_file():
        try:
            merged = _merged(packaged, yaml.safe_load(own.read_text("utf-8")) or {})
            table = PriceTable.model_validate(merged)
            note = f"list price of {region}, {table.as_of}, with {own}"
        except (OSError, ValueError, ValidationError, yaml.YAMLError, TypeError, AttributeError):
            note += f"; {own} cannot be read as prices and is left out"
    known = table.regions.get(region, RegionPrices())
    return Prices(region, known, note, table.rds_cpu_credit_vcpu_hour, "" if own is None else str(own))


def _user_file(env: Mapping[str, str] | None) -> Path | None:
    configuration = paths.config_file(env)
    return None if configuration is None else configuration.with_name(USER_FILE)


def _merged(base: Any, over: Any) -> Any:
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return {**base, **{key: _merged(base.get(key), value) for key, value in over.items()}}
    return over
