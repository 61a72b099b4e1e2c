"""Who runs a provider's partition, and whose law can compel them."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache

from msgspec import Struct

from scanner.geography import tables
from scanner.model import Operator

_CODE = re.compile(r"\b[A-Z]{2}\b")


class _Entry(Struct, frozen=True):
    match: tuple[str, ...]
    default: bool
    operator: Operator | None


def operator(provider: str, partition: str = "", region: str = "") -> Operator | None:
    """Return who runs a partition (``aws-cn``) or a region of it; None when nobody says.

    Without a partition and a region, the operator of the provider's public cloud.
    """
    entries = _entries().get(tables.canonical(provider), ())
    if not partition and not region:
        return next((entry.operator for entry in entries if entry.default), None)
    for name in (region, partition):
        for entry in entries:
            if name and any(fnmatchcase(name, pattern) for pattern in entry.match):
                return entry.operator
    return None


@lru_cache(maxsize=1)
def _entries() -> dict[str, list[_Entry]]:
    found: dict[str, list[_Entry]] = {}
    for row in tables.read("operators.csv"):
        reach = tuple(dict.fromkeys(_CODE.findall(row["countries_with_reach"])))
        country = row["controlling_country"].split(";")[0]
        made = Operator(
            row["operator"], country, row["partition_or_realm"], reach, row["legal_exposure"],
            row["confidence"],
        )  # fmt: skip
        entry = _Entry(tuple(row["match"].split()), row["default"] == "yes", made)
        if not country:  # a row that says only that nobody has said
            entry = _Entry(entry.match, entry.default, None)
        found.setdefault(row["provider"], []).append(entry)
    return found
