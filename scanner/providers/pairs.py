"""Copies that Azure keeps in the paired region, which no attribute names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, cast

from scanner import paths
from scanner.geography import locate, lookup
from scanner.geography.tables import read
from scanner.model import Hop, Location, Origin, Role, Status, Unknown
from scanner.providers import tables


def paired(
    type: str, attributes: dict[str, Any], origin: Origin, locations: Sequence[Location]
) -> Iterator[Location]:
    """Yield where the pair of a resource's region holds a copy, for types that have one."""
    for row in _rules().get(type, ()):
        path, value = next(paths.find(attributes, row["attribute"] or "-"), ("", None))
        status: Status = "known"
        if row["default"] == "always":
            pass
        elif isinstance(value, Unknown):
            status = "candidate"
        elif value is None:
            if not row["default"] or row["default"] not in row["values"].split("|"):
                continue
        elif str(value).lower() not in row["values"].lower().split("|"):
            continue
        for location in locations:
            pair = _pairs().get(location.region or "")
            if location.role != "primary" or location.status == "unknown" or not pair:
                continue
            hop = Hop(origin.span(path), f"{row['text']}, {pair}")
            own = status if location.status == "known" else "candidate"
            trail = (*location.trail, *(origin.trail(path) if path else ()), hop)
            yield locate(lookup("azure", pair), cast("Role", row["role"]), own, trail, path)


@lru_cache(maxsize=1)
def _rules() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for row in tables.rows("pairs.csv"):
        found.setdefault(row["type"], []).append(row)
    return found


@lru_cache(maxsize=1)
def _pairs() -> dict[str, str]:
    return {row["region"]: row["paired_region"] for row in read("azure_pairs.csv")}
