"""Attributes that hold a secret though their names do not say so."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

_TABLE = Path(__file__).parent / "data" / "attributes.csv"


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, str], str]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["type"], row["attribute"]): row["noun"] for row in csv.DictReader(file)}


@lru_cache(maxsize=1)
def _types() -> frozenset[str]:
    return frozenset(type for type, _ in _table())


def noun(type: str, path: str) -> str:
    """Return what the attribute at (or around) a path holds; empty where nothing is known."""
    if type not in _types():
        return ""
    first = path.partition(".")[0].partition("[")[0]
    return _table().get((type, first), "")
