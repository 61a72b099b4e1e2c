"""The region tables, read one provider at a time and kept."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from scanner.geography.words import key

DATA = Path(__file__).resolve().parent / "data"


class Row(Struct, frozen=True):
    """One row of ``regions/<provider>.csv``."""

    region: str
    kind: str
    country: str
    city: str
    partition: str
    services: tuple[str, ...]
    source: str
    status: str


class Regions(Struct, frozen=True):
    """One provider's rows by the `key` of their name, and its other names for them."""

    rows: dict[str, list[Row]]
    aliases: dict[str, list[tuple[str, tuple[str, ...]]]]

    def names(self) -> Iterator[str]:
        """Yield every region as the provider writes it."""
        for rows in self.rows.values():
            yield from (row.region for row in rows)


class Zone(Struct, frozen=True):
    """How a text names a region: the pattern must match all of it."""

    pattern: re.Pattern[str]
    target: str
    part: str


def read(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a data file."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@lru_cache(maxsize=1)
def _providers() -> dict[str, str]:
    return {row["name"]: row["provider"] for row in read("providers.csv")}


def canonical(provider: str) -> str:
    """Return a cloud's short name: ``azurerm`` is ``azure``, ``google-beta`` is ``google``."""
    name = provider.strip().lower()
    return _providers().get(name, name)


@lru_cache(maxsize=1)
def known_providers() -> frozenset[str]:
    """Return the short names of the providers whose regions are known."""
    return frozenset(path.stem for path in (DATA / "regions").glob("*.csv"))


@lru_cache(maxsize=64)
def regions(provider: str) -> Regions:
    """Return the regions of a provider, by its short name. Unknown providers have none."""
    rows: dict[str, list[Row]] = {}
    aliases: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    if provider in known_providers():
        for row in read(f"regions/{provider}.csv"):
            made = Row(
                row["region"], row["kind"], row["country_iso2"], row["city"], row["partition"],
                _split(row["services"]), row["source"], row["status"],
            )  # fmt: skip
            rows.setdefault(key(made.region), []).append(made)
        if (DATA / "aliases" / f"{provider}.csv").exists():
            for row in read(f"aliases/{provider}.csv"):
                alias = (row["region"], _split(row["services"]))
                aliases.setdefault(key(row["alias"]), []).append(alias)
    return Regions(rows, aliases)


@lru_cache(maxsize=64)
def zones(provider: str) -> tuple[Zone, ...]:
    """Return the ways in which a provider's zones and addresses name a region."""
    return tuple(
        Zone(re.compile(row["pattern"]), row["target"], row["part"])
        for row in read("zones.csv")
        if row["provider"] == provider
    )


def _split(services: str) -> tuple[str, ...]:
    return tuple(services.split(";")) if services else ()
