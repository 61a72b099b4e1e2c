"""Where a region, a zone or a display name is: one lookup, and never a guess."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from scanner.geography import tables
from scanner.geography.jurisdictions import group_jurisdictions, jurisdictions
from scanner.geography.tables import Row, canonical
from scanner.geography.words import key, nearest
from scanner.model import Location, Role, Scope, Status, Trail

_SCOPES: dict[str, Scope] = {
    "local-zone": "zone", "wavelength-zone": "zone", "multi-region": "multi-region",
    "dual-region": "multi-region", "geography": "multi-region", "global": "global",
}  # fmt: skip
_BRACKET = re.compile(r"\s*\([^)]*\)\s*")


class Place(Struct, frozen=True):
    """What the tables say about a name.

    ``countries`` and ``group`` read as in `scanner.model.Location`. ``status`` is ``unknown``
    when nobody can name a country: the name is not in the tables (``region`` is None and
    ``nearest`` may hold a similar one), or its country is not published. ``confidence`` is
    ``unconfirmed`` when the row waits for a better source; ``availability`` is the provider's
    own status of the region (``ga``, ``retired``, …).
    """

    provider: str
    region: str | None = None
    zone: str | None = None
    scope: Scope = "region"
    countries: tuple[str, ...] = ()
    group: str = ""
    jurisdictions: tuple[str, ...] = ()
    city: str = ""
    status: str = "unknown"
    partition: str = ""
    source: str = ""
    nearest: str | None = None
    confidence: str = "confirmed"
    availability: str = ""


@lru_cache(maxsize=8192)
def lookup(provider: str, text: str, service: str = "") -> Place:
    """Return the place that a region, zone, alias, display name, ARN or host name means.

    ``service`` (``gcs``, ``spanner``, ``s3`` …) decides between names that differ by service;
    ``eur5@spanner`` says the same in one word. Case, spaces and accents do not matter; a
    misspelt name stays unknown.
    """
    name = canonical(provider)
    if not service and text.count("@") == 1:
        text, service = text.split("@")
    service = service.strip().lower()
    found = _find(name, text, service)
    if found is not None:
        return found
    return Place(name, nearest=_hint(name, text))


def locate(
    place: Place,
    role: Role = "primary",
    status: Status = "known",
    trail: Trail = (),
    path: str = "",
) -> Location:
    """Return the location of something that is at a place.

    A place without a country is an unknown location; one whose row is unconfirmed is a
    candidate at best, because an unconfirmed fact must not decide.
    """
    if place.status == "unknown":
        status = "unknown"
    elif place.confidence == "unconfirmed" and status == "known":
        status = "candidate"
    return Location(
        place.provider, place.region, place.zone, place.countries, place.group,
        place.jurisdictions, place.scope, role, status, trail, path,
    )  # fmt: skip


def _find(provider: str, text: str, service: str) -> Place | None:
    name = _key(provider, text)
    row = _named(provider, name, service)
    if row is not None:
        return _place(provider, row)
    for zone in tables.zones(provider):
        match = zone.pattern.fullmatch(name)
        if match is None:
            continue
        groups = match.groupdict()
        if "prefix" in groups:
            row = _named(provider, groups["prefix"], "")
            if row is None:
                continue
            groups["prefix"] = row.region
        owner, colon, target = zone.target.format(**groups).rpartition(":")
        row = _named(owner if colon else provider, target, service)
        if row is not None:
            place = _place(owner if colon else provider, row)
            if zone.part != "zone":
                return place
            scope: Scope = "zone" if place.scope == "region" else place.scope
            return replace(place, zone=text.strip(), scope=scope)
    return None


def _key(provider: str, text: str) -> str:
    if provider == "azure":  # "(Europe) West Europe" is "West Europe"
        text = _BRACKET.sub("", text, count=1) if text.lstrip().startswith("(") else text
    return key(text)


def _named(provider: str, name: str, service: str) -> Row | None:
    """Return the row with this name, or None where there is none or where services disagree."""
    table = tables.regions(provider)
    if service:
        own = table.rows.get(f"{service}:{name}")
        if own:
            return own[0]
    rows = table.rows.get(name, [])
    if not rows:
        for region, services in table.aliases.get(name, []):
            if not services or service in services:
                rows = [row for row in table.rows.get(key(region), []) if row.region == region]
                break
    if service:
        for row in rows:
            if service in row.services:
                return row
    # Without the service, names that mean different countries mean none.
    return rows[0] if len({row.country for row in rows}) == 1 else None


def _place(provider: str, row: Row) -> Place:
    countries: tuple[str, ...] = ()
    group = ""
    if row.country.startswith("group:"):
        group = row.country.removeprefix("group:")
    elif row.country:
        countries = tuple(row.country.split(";"))
    return Place(
        provider=provider,
        region=row.region,
        scope=_SCOPES.get(row.kind, "region"),
        countries=countries,
        group=group,
        jurisdictions=group_jurisdictions(group) if group else jurisdictions(countries),
        city=row.city,
        status="known" if countries or group else "unknown",
        partition=row.partition,
        source=row.source,
        confidence="unconfirmed" if row.status == "unconfirmed" else "confirmed",
        availability=row.status,
    )


def _hint(provider: str, text: str) -> str | None:
    name = _key(provider, text)
    rows = tables.regions(provider).rows.get(name, [])
    if rows:  # known, but the service decides
        return " or ".join(dict.fromkeys(f"{r.region}@{r.services[0]}" for r in rows if r.services))
    return nearest(text, tables.regions(provider).names()) if name else None
