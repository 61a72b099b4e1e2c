"""Where an end of a path is: from a row's way of finding it to a resource or a place."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from scanner import geography, paths
from scanner.flows import endpoints, table
from scanner.geography import locate, lookup
from scanner.model import Hop, Location, Operator, Reference, Resource, Trail, Unknown

_ARN = re.compile(r"arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):")
_GOOGLE = re.compile(r"(?:^|/)(?:regions|zones|locations)/([a-z0-9-]+)(?:/|$)")
_OCID = re.compile(r"ocid1\.[a-z0-9]+\.oc\d+\.([a-z0-9-]+)\.")
_S3_URI = re.compile(r"(?:s3|gs)://([a-z0-9][a-z0-9._-]+)")
_NAMES = ("bucket", "name", "identifier", "cluster_identifier", "replication_group_id")
_DATA_ZONES = {"EU": "group:EU", "US": "US"}


class Place(Struct, frozen=True):
    """An end as found: its locations, the resource behind it, and how it is called."""

    locations: tuple[Location, ...] = ()
    target: str | None = None
    name: str = ""
    operator: Operator | None = None
    path: str = ""
    trail: Trail = ()
    certain: bool = True

    @property
    def known(self) -> bool:
        """Say whether the end has a place, or places that it may be."""
        return bool(self.locations) and all(at.status != "unknown" for at in self.locations)


class Block(Struct, frozen=True):
    """Where a row is read: the resource, the block's path and value, and the source so far."""

    resource: Resource
    path: str
    value: Any
    source: Place | None = None

    def find(self, path: str) -> Iterator[tuple[str, Any]]:
        """Yield (full path, value) of a row's path; lists of values are entered."""
        top = path.startswith("/")
        base: Any = self.resource.attributes if top else self.value
        if isinstance(base, Unknown):
            yield self.path, base
            return
        for below, value in paths.find(base, path.lstrip("/")):
            full = below if top or not self.path else f"{self.path}{_dot(below)}"
            yield from _entered(full, value)


class Finder(Struct):
    """Finds ends. Holds the graph and the indexes that make it linear; made once per run."""

    resources: Mapping[str, Resource]
    references: Mapping[str, tuple[Reference, ...]]
    _named: dict[tuple[str, str], list[str]] | None = None
    _members: dict[tuple[str, str], list[str]] | None = None
    _homes: dict[str, tuple[Location, ...]] | None = None
    _regions: dict[tuple[str, str], tuple[Location, ...]] = field(default_factory=dict)

    def ends(self, ways: Sequence[table.End], block: Block) -> list[Place]:
        """Return the ends of the first way that leads to a place, else of the first way."""
        fallback: list[Place] = []
        for way in ways:
            found = list(self._ends(way, block))
            if found and all(place.known for place in found):
                return found
            fallback = fallback or found
        return fallback

    def _ends(self, way: table.End, block: Block) -> Iterator[Place]:
        resource = block.resource
        if way.form == "self":
            yield _of(resource, "")
        elif way.form == "unit":
            here = self._home(resource.unit)
            if here:
                yield Place(here, None, resource.unit, resource.operator)
        elif way.form == "spread":
            several = tuple(at for at in primary(resource) if _spreads(at))
            if several:
                yield Place(several, resource.id, resource.address, resource.operator)
        elif way.form == "pair":
            yield from self._pair(way, block)
        elif way.form == "const":
            fixed = endpoints.place(way.path, resource.provider)
            if fixed is not None:
                yield Place((fixed,), None, way.path.rpartition(":")[2], resource.operator)
        elif way.form == "hub":
            yield from self._hub(way, block)
        elif way.form in ("model", "host"):
            for path, value in block.find(way.path):
                if isinstance(value, str):
                    found = endpoints.models if way.form == "model" else endpoints.endpoints
                    for at in found(value):
                        yield _endpoint(at, path)
        elif way.form == "zone":
            yield from _data_zone(way, block)
        elif way.form == "region":
            for path, value in block.find(way.path):
                yield self._region(resource, path, value)
        else:
            for path, value in block.find(way.path):
                yield from self._reference(way.form, block, path, value)

    def _reference(self, form: str, block: Block, path: str, value: Any) -> Iterator[Place]:
        """An ARN says its region itself; otherwise the resource behind it; otherwise a name."""
        resource = block.resource
        here = _written(resource, path)
        stated = self._stated(resource, value)
        if stated:
            yield Place(stated, self._behind(resource, path), str(value), None, path, here)
            return
        targets = self._placed([t for t in self._targets(resource, path) if t != resource.id])
        if targets:
            for target in targets:
                found = _of(self.resources[target], path)
                yield replace(found, trail=here, certain=len(targets) == 1)
            return
        if isinstance(value, str):
            named = self._by_name(resource, _bare(value))
            if named is not None:
                yield replace(_of(named, path), trail=here)
                return
            if form == "local" and "*" not in value:
                yield Place(primary(resource), None, value, resource.operator, path, here)
                return
        reason = value.reason if isinstance(value, Unknown) else "named, but not in this scan"
        yield _unknown(resource, path, _text(value), reason, here)

    def _region(self, resource: Resource, path: str, value: Any) -> Place:
        here = _written(resource, path)
        if isinstance(value, Unknown):
            if not value.candidates:
                return _unknown(resource, path, _text(value), value.reason, here)
            several: list[Location] = []
            for candidate in value.candidates:
                at = self._lookup(resource.provider, str(candidate))
                several.extend(replace(a, status="candidate", trail=here) for a in at)
            return Place(tuple(several), None, _text(value), resource.operator, path, here, False)
        at = self._lookup(resource.provider, str(value))
        if not at:
            return _unknown(resource, path, str(value), "not a region of this cloud", here)
        return Place(at, None, str(value), resource.operator, path, here)

    def _lookup(self, provider: str, text: str) -> tuple[Location, ...]:
        key = (provider, text)
        if key not in self._regions:
            found = lookup(provider, text)
            known = found.status == "known"
            self._regions[key] = (locate(found, "replica", "known", ()),) if known else ()
        return self._regions[key]

    def _stated(self, resource: Resource, value: Any) -> tuple[Location, ...]:
        if not isinstance(value, str):
            return ()
        for pattern, group in ((_ARN, 3), (_GOOGLE, 1), (_OCID, 1)):
            match = pattern.search(value)
            if match is not None:
                region = match.group(group)
                return self._lookup(resource.provider, region) if region else ()
        return ()

    def _pair(self, way: table.End, block: Block) -> Iterator[Place]:
        resource, source = block.resource, block.source
        path = next((path for path, _ in block.find(way.path)), "") if way.path else ""
        here = _written(resource, path)
        for at in source.locations if source is not None else primary(resource):
            if at.region is None:
                yield _unknown(resource, path, "the paired region", "its region is unknown", here)
                continue
            paired = _pairs().get(at.region)
            if paired is None:
                yield _unknown(
                    resource, path, "the paired region", f"no pair of {at.region} is known", here
                )
                continue
            step = Hop(
                resource.at(path), f"{paired} is the region that Azure pairs with {at.region}"
            )
            found = tuple(
                replace(
                    a, status=at.status, trail=(*here, step) if at.status == "known" else at.trail
                )
                for a in self._lookup("azure", paired)
            )
            yield Place(found, None, paired, resource.operator, path, (*here, step))

    def _hub(self, way: table.End, block: Block) -> Iterator[Place]:
        """A member gets its data from the hub's primary: named by the hub, else the first."""
        resource = block.resource
        for path, _ in block.find(way.path):
            for hub in self._targets(resource, path):
                chosen = list(self._targets(self.resources[hub], way.extra)) if way.extra else []
                members = chosen or self._members_of(hub, way.path)
                first = members[0] if members else resource.id
                if first != resource.id and first in self.resources:
                    yield replace(_of(self.resources[first], path), trail=_written(resource, path))

    def _home(self, unit: str) -> tuple[Location, ...]:
        if self._homes is None:
            self._homes = homes(self.resources)
        return self._homes.get(unit, ())

    def _targets(self, resource: Resource, path: str) -> list[str]:
        found: dict[str, None] = {}
        for reference in self.references.get(resource.id, ()):
            if _touches(reference.path, path) and reference.target in self.resources:
                found[reference.target] = None
        return list(found)

    def _placed(self, targets: list[str]) -> list[str]:
        """Of all that a text names, keep what has a place: a project or a role holds no data."""
        placed = [
            target
            for target in targets
            if any("*" not in at.countries for at in self.resources[target].locations)
        ]
        return placed or targets

    def _behind(self, resource: Resource, path: str) -> str | None:
        targets = self._targets(resource, path)
        return targets[0] if len(targets) == 1 and targets[0] != resource.id else None

    def _members_of(self, hub: str, path: str) -> list[str]:
        if self._members is None:
            self._members = {}
            for owner, references in self.references.items():
                for reference in references:
                    key = (reference.target, reference.path)
                    if reference.target in self.resources and owner in self.resources:
                        self._members.setdefault(key, []).append(owner)
        return self._members.get((hub, path), [])

    def _by_name(self, resource: Resource, name: str) -> Resource | None:
        """Return the one resource that carries a literal name, if all of that name agree."""
        if self._named is None:
            self._named = {}
            for other in self.resources.values():
                if "attachment" in other.roles:
                    continue
                for key in _NAMES:
                    value = other.attributes.get(key)
                    if isinstance(value, str) and value:
                        self._named.setdefault((other.provider, value), []).append(other.id)
        found = [
            self.resources[owner]
            for owner in self._named.get((resource.provider, name), ())
            if owner != resource.id
        ]
        within = [other for other in found if other.unit == resource.unit] or found
        places = {tuple((at.region, at.countries) for at in primary(other)) for other in within}
        return within[0] if len(places) == 1 else None


def primary(resource: Resource) -> tuple[Location, ...]:
    """Return where a resource lives, without its replicas and backups."""
    own = tuple(at for at in resource.locations if at.role == "primary")
    return own or resource.locations


def homes(resources: Mapping[str, Resource]) -> dict[str, tuple[Location, ...]]:
    """Return the distinct places of each unit's resources; global services have none."""
    found: dict[str, dict[tuple[object, ...], Location]] = {}
    for resource in resources.values():
        if resource.kind == "state_backend" or "attachment" in resource.roles:
            continue
        for at in primary(resource):
            if at.scope != "global" and "*" not in at.countries:
                key = (at.provider, at.region, at.countries, at.group, at.status)
                found.setdefault(resource.unit, {}).setdefault(key, at)
    return {unit: _surest(tuple(places.values())) for unit, places in found.items()}


def _surest(places: tuple[Location, ...]) -> tuple[Location, ...]:
    """What is known decides; an unknown or a likely place beside it would only hide the answer."""
    for status in ("known", "candidate"):
        found = tuple(at for at in places if at.status == status)
        if found:
            return found
    return places


def _of(resource: Resource, path: str) -> Place:
    return Place(primary(resource), resource.id, resource.address, resource.operator, path)


def _endpoint(found: endpoints.Endpoint, path: str) -> Place:
    return Place((found.location,), None, found.text, found.operator, path, certain=found.confirmed)


def _data_zone(way: table.End, block: Block) -> Iterator[Place]:
    """Azure processes ``Global…`` anywhere and ``DataZone…`` in the EU or the US zone."""
    resource = block.resource
    for path, value in block.find(way.path):
        here = _written(resource, path)
        if isinstance(value, Unknown):
            yield _unknown(resource, path, _text(value), value.reason, here)
        elif isinstance(value, str) and value.lower().startswith("global"):
            at = endpoints.place("any", "azure")
            yield Place((at,) if at else (), None, value, resource.operator, path, here)
        elif isinstance(value, str) and value.lower().startswith("datazone"):
            source = block.source.locations if block.source else primary(resource)
            zones = {
                "EU" if "EU" in at.jurisdictions else "US" if at.countries == ("US",) else ""
                for at in source
                if at.status == "known"
            }
            at = endpoints.place(_DATA_ZONES[zones.pop()], "azure") if zones - {""} else None
            if at is None:
                yield _unknown(resource, path, value, "the data zone follows the account", here)
            else:
                yield Place((at,), None, value, resource.operator, path, here)


def _unknown(resource: Resource, path: str, name: str, reason: str, here: Trail) -> Place:
    step = Hop(resource.at(path), reason)
    at = Location(resource.provider, status="unknown", trail=(*here, step), path=path)
    return Place((at,), None, name, None, path, here, False)


def _written(resource: Resource, path: str) -> Trail:
    return resource.origin.trail(path) if path else ()


def _spreads(location: Location) -> bool:
    return location.scope in ("multi-region", "global") or len(location.countries) > 1


def _touches(reference: str, path: str) -> bool:
    if reference == path or not path:
        return True
    longer, shorter = (reference, path) if len(reference) > len(path) else (path, reference)
    return bool(shorter) and longer.startswith(shorter) and longer[len(shorter)] in ".["


def _entered(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for n, item in enumerate(value):
            if not isinstance(item, (dict, list)) and item is not None:
                yield paths.join(path, n), item
    elif not isinstance(value, dict):
        yield path, value


def _dot(path: str) -> str:
    return path if not path or path.startswith("[") else f".{path}"


def _bare(value: str) -> str:
    """Return the name in ``arn:aws:s3:::name/prefix`` or ``s3://name/key``, else the value."""
    match = _S3_URI.match(value)
    if match is not None:
        return match.group(1)
    return value.rpartition(":::")[2].partition("/")[0] if ":::" in value else value


def _text(value: Any) -> str:
    if isinstance(value, Unknown):
        return value.expression or value.reason
    return str(value)


@lru_cache(maxsize=1)
def _pairs() -> dict[str, str]:
    path = Path(geography.__file__).with_name("data") / "azure_pairs.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["region"]: row["paired_region"]
            for row in csv.DictReader(file)
            if row["paired_region"]
        }
