"""Groups of countries, dated: who belongs to the EU, whom the Commission found adequate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from msgspec import Struct

from scanner.geography import tables


class Member(Struct, frozen=True):
    """A country in a group. ``conditional``: only some recipients in the country count."""

    country: str
    since: date | None
    until: date | None
    conditional: bool
    confirmed: bool

    def on(self, day: date | None) -> bool:
        """Say whether it is a member on a day; without a day, every recorded one is."""
        if day is None:
            return True
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


@lru_cache(maxsize=1)
def _groups() -> dict[str, tuple[Member, ...]]:
    found: dict[str, list[Member]] = {}
    for row in tables.read("country_groups.csv"):
        if len(row["member"]) != 2:  # an organisation is no place
            continue
        member = Member(
            row["member"], _day(row["since"]), _day(row["until"]),
            row["conditional"] == "yes", row["confidence"] == "confirmed",
        )  # fmt: skip
        found.setdefault(row["group"], []).append(member)
    return {group: tuple(members) for group, members in found.items()}


@lru_cache(maxsize=1)
def _kinds() -> dict[str, str]:
    return {row["group"]: row["kind"] for row in tables.read("groups.csv")}


def group_names() -> tuple[str, ...]:
    """Return the names of all groups."""
    return tuple(_groups())


def members(group: str, as_of: date | None = None) -> tuple[Member, ...]:
    """Return the members of a group on a day; an unknown or unbounded group has none."""
    return tuple(member for member in _groups().get(group, ()) if member.on(as_of))


@lru_cache(maxsize=1024)
def jurisdictions(countries: tuple[str, ...], as_of: date | None = None) -> tuple[str, ...]:
    """Return the supranational groups that hold all of some countries."""
    return _holding(countries, as_of)


@lru_cache(maxsize=64)
def group_jurisdictions(group: str, as_of: date | None = None) -> tuple[str, ...]:
    """Return the supranational groups that hold every member of a group.

    ``A|B`` is one of two groups, or a country: held only where both are.
    """
    countries: list[str] = []
    for part in group.split("|"):
        inside = [member.country for member in members(part, as_of)]
        if not inside and len(part) != 2:
            return ()
        countries += inside or [part]
    return _holding(countries, as_of)


def _holding(countries: Iterable[str], as_of: date | None) -> tuple[str, ...]:
    wanted = set(countries)
    if not wanted:
        return ()
    return tuple(
        group
        for group, kind in _kinds().items()
        if kind == "supranational" and wanted <= {m.country for m in members(group, as_of)}
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
