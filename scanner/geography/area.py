"""Sets of places as a policy writes them: ``EEA``, ``CH``, ``adequacy:EU``, ``aws:eu-west-1``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from msgspec import Struct

from scanner.geography import tables
from scanner.geography.jurisdictions import group_names, members
from scanner.geography.places import lookup
from scanner.geography.words import key, nearest
from scanner.model import Location

ANYWHERE = "*"


class UnknownPlace(ValueError):  # noqa: N818 - names the thing, as a policy's author would
    """A term that names no country, group or region. ``nearest`` is a similar one, or None."""

    def __init__(self, term: str, nearest: str | None = None) -> None:
        hint = f", did you mean '{nearest}'?" if nearest else ""
        super().__init__(f"unknown place '{term}'{hint}")
        self.term = term
        self.nearest = nearest


class Area(Struct, frozen=True):
    """Countries, groups of countries and single regions.

    ``countries`` is fully expanded. ``conditional`` are countries that count for some
    recipients only (the United States under ``adequacy:EU``): what lies there is neither in
    nor out. ``regions`` read ``aws:eu-west-1``.
    """

    terms: tuple[str, ...] = ()
    countries: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    conditional: frozenset[str] = frozenset()
    as_of: date | None = None

    @classmethod
    def parse(cls, terms: Iterable[str], as_of: date | None = None) -> Area:
        """Return the area of some terms on a day. Raises `UnknownPlace`.

        A term is ``*``, an ISO 3166 code, a country's name, a group, ``adequacy:EU`` or a
        provider's region.
        """
        names: list[str] = []
        countries: set[str] = set()
        groups: set[str] = set()
        regions: set[str] = set()
        conditional: set[str] = set()
        for term in terms:
            group = _group(term)
            country = _countries().get(key(term))
            if term.strip() == ANYWHERE:
                names.append(ANYWHERE)
                countries.add(ANYWHERE)
            elif group is not None:
                names.append(group)
                groups.add(group)
                for member in members(group, as_of):
                    (conditional if member.conditional else countries).add(member.country)
            elif country is not None:
                names.append(country)
                countries.add(country)
            else:
                region = _region(term)
                names.append(region)
                regions.add(region)
        return cls(
            tuple(dict.fromkeys(names)), frozenset(countries), frozenset(groups),
            frozenset(regions), frozenset(conditional - countries), as_of,
        )  # fmt: skip

    def holds(self, location: Location) -> bool | None:
        """Say whether all of a location is inside; None when that cannot be said.

        What may be anywhere (a global service) cannot be said, unless the area is anywhere.
        """
        if ANYWHERE in self.countries:
            return True
        if location.region and f"{location.provider}:{location.region}" in self.regions:
            return True
        if location.group:
            return self._group(location.group)
        if not location.countries or ANYWHERE in location.countries:
            return None
        return self._countries(location.countries)

    def has(self, country: str) -> bool | None:
        """Say whether a country is inside; None for a conditional one."""
        return True if ANYWHERE in self.countries else self._countries((country,))

    def text(self) -> str:
        """Return the terms as words: ``EEA, CH or aws:eu-west-1``."""
        *first, last = self.terms or ("nowhere",)
        return f"{', '.join(first)} or {last}" if first else last

    def _countries(self, countries: Iterable[str]) -> bool | None:
        wanted = set(countries)
        if wanted <= self.countries:
            return True
        return None if wanted <= self.countries | self.conditional else False

    def _group(self, group: str) -> bool | None:
        answers: set[bool | None] = set()
        for part in group.split("|"):
            inside = [member.country for member in members(part, self.as_of)]
            if not inside and len(part) != 2:
                return None  # an unbounded group, such as ASIA
            answers.update(self._countries((country,)) for country in inside or [part])
        return answers.pop() if len(answers) == 1 else None


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Return the codes by code and by name."""
    found = {}
    for row in tables.read("countries.csv"):
        found[key(row["name"])] = row["code"]
        found[key(row["code"])] = row["code"]
    return {**found, "uk": "GB", "usa": "US"}


def _group(term: str) -> str | None:
    known = {key(name): name for name in group_names()}
    name = key(term)
    if name.startswith("adequacy:"):
        name = f"{name.removeprefix('adequacy:')}-adequacy"
    return known.get(name)


def _region(term: str) -> str:
    """Return ``provider:region`` as the tables write it."""
    provider, colon, text = term.partition(":")
    if colon:
        place = lookup(provider, text)
        if place.region is not None and place.zone is None:
            return f"{place.provider}:{place.region}"
        close = place.nearest
        if place.provider in tables.known_providers():
            raise UnknownPlace(term, f"{place.provider}:{close}" if close else None)
        raise UnknownPlace(term, nearest(term, _words()))
    for name in ("aws", "azure", "google"):  # a region without its provider names no place
        place = lookup(name, term)
        if place.region is not None and place.zone is None:
            raise UnknownPlace(term, f"{name}:{place.region}")
    raise UnknownPlace(term, nearest(term, _words()))


def _words() -> list[str]:
    codes = [row["name"] for row in tables.read("countries.csv")]
    return [*group_names(), "adequacy:EU", "adequacy:UK", "adequacy:CH", *codes]
