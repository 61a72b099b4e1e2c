"""Borders between the two ends of a path: country, jurisdiction, control.

An end is a tuple of locations. Those that are ``known`` hold all at once (the members of a
multi-region); those that are ``candidate`` are alternatives of which one will hold. A question
about two ends is therefore answered yes, no, or None: the source does not settle it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from scanner.model import Border, Location, Operator

Locations = tuple[Location, ...]
BLOCS = ("EU", "EEA")
"""The groups of countries whose law on data is one, so that leaving them is what matters."""


class Crossing(Struct, frozen=True):
    """The borders that are or may be crossed, and whether that is settled."""

    borders: tuple[Border, ...]
    certain: bool


def crossing(
    source: Locations,
    target: Locations,
    source_operator: Operator | None = None,
    target_operator: Operator | None = None,
) -> Crossing:
    """Return the borders between two ends. An unknown end crosses nothing, uncertainly."""
    country = between(source, target, another_country)
    law = between(source, target, another_law)
    borders: list[Border] = []
    if country is not False and settled(source, target):
        borders.append("country")
    if law is not False and settled(source, target):
        borders.append("jurisdiction")
    if (
        source_operator is not None
        and target_operator is not None
        and source_operator.country != target_operator.country
    ):
        borders.append("control")
    return Crossing(tuple(borders), country is not None and law is not None)


def within(locations: Locations) -> Crossing:
    """Return the borders that lie inside one end: a multi-region over several countries."""
    country = law = False
    for location in locations:
        several = len(location.countries) > 1 or "*" in location.countries
        several = several or (not location.countries and bool(location.group))
        country = country or several
        law = law or (several and not set(BLOCS) & set(location.jurisdictions))
    borders: list[Border] = []
    if country:
        borders.append("country")
    if law:
        borders.append("jurisdiction")
    return Crossing(tuple(borders), all(location.status == "known" for location in locations))


def between(
    source: Locations, target: Locations, differs: Callable[[Location, Location], bool | None]
) -> bool | None:
    """Ask a question of every pair of places that can hold together."""
    if same_origin(source, target):
        return False
    if not settled(source, target):
        return None
    answers = {
        _any(differs(here, there) for here in here_all for there in there_all)
        for here_all in _alternatives(source)
        for there_all in _alternatives(target)
    }
    return answers.pop() if len(answers) == 1 else None


def settled(source: Locations, target: Locations) -> bool:
    """Say whether both ends are places, be they several or only candidates."""
    return bool(source and target) and all(
        location.status != "unknown" for location in (*source, *target)
    )


def same_origin(source: Locations, target: Locations) -> bool:
    """Say whether both ends get their undecided place from one and the same spot.

    Two buckets under one provider whose region is an input without a default lie in one
    region, whatever it will be.
    """
    if not source or not target:
        return False
    here = {_origin(location) for location in source}
    return None not in here and here == {_origin(location) for location in target}


def another_country(source: Location, target: Location) -> bool | None:
    """Say whether the target reaches a country that the source is not in."""
    if source.region is not None and (source.provider, source.region) == (
        target.provider,
        target.region,
    ):
        return False
    if "*" in source.countries:
        return False  # what is nowhere in particular leaves nothing
    if "*" in target.countries:
        return True
    if target.countries and source.countries:
        return not set(target.countries) <= set(source.countries)
    if source.countries and target.group:
        # Anywhere in a group: the home country is one of several that may be used.
        return True
    return None


def another_law(source: Location, target: Location) -> bool | None:
    """Say whether one end lies in the EU or the EEA and the other does not.

    Where neither does, each country is a law of its own.
    """
    if "*" in source.countries:
        return False
    here = [bloc in source.jurisdictions for bloc in BLOCS]
    there = [bloc in target.jurisdictions for bloc in BLOCS]
    if here != there:
        if not _placed(source) or not _placed(target):
            return None
        return True
    return False if any(here) else another_country(source, target)


def _placed(location: Location) -> bool:
    return bool(location.countries or location.group)


def _origin(location: Location) -> object:
    if location.status == "known":
        return None
    trail = tuple((hop.span, hop.text) for hop in location.trail)
    return (location.provider, location.region, trail) if trail else None


def _alternatives(locations: Locations) -> list[Locations]:
    candidates = [location for location in locations if location.status == "candidate"]
    if not candidates:
        return [locations]
    known = tuple(location for location in locations if location.status == "known")
    return [(*known, candidate) for candidate in candidates]


def _any(answers: Iterable[bool | None]) -> bool | None:
    undecided = False
    for answer in answers:
        if answer:
            return True
        undecided = undecided or answer is None
    return None if undecided else False
