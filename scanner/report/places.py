"""Places in words: where a resource is, in which country, under whose law."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from scanner.providers import unknown

if TYPE_CHECKING:
    from scanner.model import Flow, Location, Operator, Resource

ANYWHERE = "anywhere"
UNKNOWN = "unknown"


class Spot(Struct, frozen=True):
    """Where resources are that share everything: they stand together in a table."""

    place: str
    countries: str
    law: str
    operator: str
    order: int = 0


NOWHERE = Spot("without a place", "", "", "", 3)
"""For what is not anywhere: a permission, a random name."""


def region(location: Location) -> str:
    """Return ``aws:eu-west-1``; what stands there instead where no region is known.

    A vendor's address has a country and no region of a provider: then nothing.
    """
    place = location.region or location.zone or location.group
    if not place and location.status == "unknown":
        place = UNKNOWN
    elif not place and location.provider:
        place = location.scope
    return ":".join(part for part in (location.provider, place) if part)


def country(location: Location) -> str:
    """Return the countries of a location: ``IE``, ``EU`` where only that is known."""
    if "*" in location.countries:
        return ANYWHERE
    return ", ".join(location.countries) or location.group or UNKNOWN


def reason(location: Location) -> str:
    """Return why a place is not known."""
    return unknown.reason(location)


def operator(found: Operator | None) -> str:
    """Return ``Amazon Web Services (US)``."""
    return f"{found.name} ({found.country})" if found else ""


def main(resource: Resource) -> tuple[Location, ...]:
    """Return where a resource itself is: its primary places, else all of them."""
    first = tuple(location for location in resource.locations if location.role == "primary")
    return first or resource.locations


def spot(resource: Resource) -> Spot:
    """Return the place of a resource in words. Candidates are joined by ``or``."""
    places = main(resource)
    if not places:
        return NOWHERE
    candidates = any(location.status == "candidate" for location in places)
    unknown = all(location.status == "unknown" for location in places)
    countries = _distinct(country(location) for location in places)
    laws = [set(location.jurisdictions) for location in places]
    shared = [name for name in places[0].jurisdictions if all(name in law for law in laws)]
    joint = " or " if candidates else " + "
    everywhere = countries == [ANYWHERE]
    return Spot(
        joint.join(_distinct(region(location) for location in places)),
        (" or " if candidates else ", ").join(countries),
        ", ".join(shared),
        operator(resource.operator),
        2 if unknown else 1 if everywhere else 0,
    )


def elsewhere(resource: Resource) -> list[str]:
    """Return the other places of a resource: ``replica aws:us-east-1 (US)``."""
    others = [location for location in resource.locations if location not in main(resource)]
    return _distinct(f"{o.role} {region(o)} ({country(o)})" for o in others)


def end(locations: tuple[Location, ...], name: str) -> str:
    """Return one end of a flow: what it is, and where."""
    joint = " or " if any(location.status == "candidate" for location in locations) else " + "
    where = joint.join(_distinct(_whereabouts(location) for location in locations))
    return f"{name} [{where or UNKNOWN}]"


def _whereabouts(location: Location) -> str:
    words = (region(location), country(location))
    return words[0] if location.status == "unknown" else " ".join(word for word in words if word)


def ends(flow: Flow) -> tuple[str, str]:
    """Return both ends of a flow."""
    source = end(flow.source_locations, short(flow.source or flow.declared_by))
    target = short(flow.target) if flow.target else flow.endpoint or "elsewhere"
    return source, end(flow.target_locations, target)


def short(id: str) -> str:
    """Return the address in an id."""
    return id.partition("#")[2] or id


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
