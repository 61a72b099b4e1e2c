"""The catalogue: which attribute of which type moves data where, one row per construct.

A row of `catalogue/*.csv` has

``id``            its number in docs/data-paths.md
``types``         resource types, separated by spaces
``kind``          the flow's kind: replication, read-replica, backup-copy, …
``carries``       content, metadata, keys, telemetry or credentials
``anchor``        the block that makes one flow each time it is written (empty: the resource)
``source``        an end; empty means the resource itself
``destination``   an end
``when``          conditions that must hold, separated by spaces

Paths are read below the anchor; one that starts with ``/`` is read from the top. An end is
a list of alternatives separated by ``>``, of which the first that leads to a place counts:

``self``             where the resource itself is
``unit``             where the resources of the same unit are
``ref PATH``         a resource, an ARN, a Google resource name, or a literal name
``local PATH``       the same; a bare name that the scan does not show is in the same region
``region PATH``      a region or a zone of the same cloud
``pair``             the Azure region paired with the source's
``spread``           the several places of one multi-region
``model PATH``       a model id whose prefix names a geography
``zone PATH``        an Azure data zone or ``Global`` deployment, by its SKU
``const TERM``       a fixed place: ``US``, ``group:EU``, ``region:us-east-1``, ``any``
``host PATH``        a known endpoint in the value
``hub PATH PRIMARY`` the first member of the hub that PATH refers to; PRIMARY is the hub's
                     attribute that names it

A condition is ``PATH=A|B`` or ``PATH!=A|B``; ``-`` stands for unset, ``*`` for any value.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import cast

from msgspec import Struct

from scanner.model import Carries

_CATALOGUE = Path(__file__).with_name("catalogue")
FORMS = frozenset(
    "self unit ref local region pair spread model zone const host hub".split()  # noqa: SIM905
)


class End(Struct, frozen=True):
    """One way to find an end: a form and its arguments."""

    form: str
    path: str = ""
    extra: str = ""


class Condition(Struct, frozen=True):
    """What an attribute must be for the flow to exist."""

    path: str
    values: frozenset[str]
    negated: bool


class Construct(Struct, frozen=True):
    """One row of the catalogue."""

    id: str
    types: tuple[str, ...]
    kind: str
    carries: Carries
    anchor: str
    source: tuple[End, ...]
    destination: tuple[End, ...]
    when: tuple[Condition, ...]


@lru_cache(maxsize=1)
def by_type() -> dict[str, tuple[Construct, ...]]:
    """Return the constructs of each resource type."""
    found: dict[str, list[Construct]] = {}
    for construct in constructs():
        for name in construct.types:
            found.setdefault(name, []).append(construct)
    return {name: tuple(rows) for name, rows in found.items()}


@lru_cache(maxsize=1)
def constructs() -> tuple[Construct, ...]:
    """Return the whole catalogue, in the order of its files."""
    rows: list[Construct] = []
    for path in sorted(_CATALOGUE.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows.extend(parse(row, f"{path.name}:{n}") for n, row in enumerate(_read(file), 2))
    return tuple(rows)


def parse(row: dict[str, str], where: str) -> Construct:
    """Return a row as a construct. Raises ValueError for a form that does not exist."""
    return Construct(
        row["id"],
        tuple(row["types"].split()),
        row["kind"],
        cast("Carries", row["carries"]),
        row["anchor"],
        _ends(row["source"] or "self", where),
        _ends(row["destination"], where),
        tuple(_condition(text) for text in row["when"].split()),
    )


def _read(file: object) -> list[dict[str, str]]:
    return list(csv.DictReader(cast("list[str]", file)))


def _ends(text: str, where: str) -> tuple[End, ...]:
    ends = tuple(End(*part.split()) for part in text.split(">"))
    for end in ends:
        if end.form not in FORMS:
            raise ValueError(f"{where}: no form of an end: {end.form!r}")
    return ends


def _condition(text: str) -> Condition:
    path, _, values = text.partition("=")
    negated = path.endswith("!")
    return Condition(path.rstrip("!"), frozenset(values.lower().split("|")), negated)
