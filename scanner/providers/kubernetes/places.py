"""From what a manifest says about its place to locations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec.structs import replace

from scanner import geography
from scanner.geography import Place
from scanner.model import Hop, Location, Operator, Origin, Status, Trail
from scanner.providers.kubernetes.topology import Pin, Pins
from scanner.providers.resource import operator_of

NO_CLUSTER = "no cluster is named for this manifest; add clusters: to domicile.yaml"

_CLOUDS = (
    "aws", "azure", "google", "oci", "alibaba", "ibm", "huawei", "tencent", "ovh", "hetzner",
    "scaleway", "digitalocean", "linode", "exoscale", "upcloud", "ionos", "otc", "outscale",
    "stackit", "vultr", "yandex", "naver", "infomaniak", "cleura",
)  # fmt: skip
"""Clouds whose machines, and so whose node labels, a cluster can have."""


def unknown(origin: Origin, reason: str, provider: str = "", path: str = "") -> Location:
    """Return the one location of something whose place nobody can know, and why."""
    return Location(
        provider, status="unknown", trail=(Hop(origin.span(path), reason),), path=path
    )  # fmt: skip


def places(
    choices: Iterable[Pins], origin: Origin, provider: str, because: Trail = ()
) -> tuple[Location, ...]:
    """Return the locations of the parts of an object; ``provider`` is the cluster's cloud.

    ``because`` is the trail of that cloud, shown where it was needed to understand a name.
    """
    found: dict[tuple[str, str | None, str | None, str], Location] = {}
    for choice in choices:
        for location in _choice(choice, origin, provider, because):
            key = (location.provider, location.region, location.zone, location.status)
            found.setdefault(key, location)
    return tuple(found.values())


def _choice(choice: Pins, origin: Origin, provider: str, because: Trail) -> Iterator[Location]:
    if not choice:
        yield unknown(origin, NO_CLUSTER, provider)
        return
    clouds: dict[str, list[tuple[Pin, Place]]] = {}
    for pin in choice:
        for place in _named(pin, provider):
            clouds.setdefault(place.provider, []).append((pin, place))
    nowhere = [pin for pin in choice if not any(_names(pairs, pin) for pairs in clouds.values())]
    for pin in nowhere:
        yield unknown(origin, _nowhere(pin, provider), pin.provider or provider, pin.path)
    # A cloud that knows only some of the names is not the cluster's, if another knows all.
    clouds = {c: pairs for c, pairs in clouds.items() if len(pairs) == len(choice)} or clouds
    for pairs in clouds.values():
        regions: dict[str | None, list[tuple[Pin, Place]]] = {}
        for pin, place in pairs:
            regions.setdefault(place.region, []).append((pin, place))
        sure = not nowhere and len(clouds) == 1 and len(regions) == 1
        for found in regions.values():
            trail = [hop for pin, _ in found for hop in origin.trail(pin.path)]
            first, place = found[0]
            if not first.provider:
                trail = [*because, *trail]
            if len(found) > 1:  # in which zone of the region, the scheduler decides
                place = geography.lookup(place.provider, place.region or "")
            if len(clouds) > 1:
                text = f"{first.text} is a place of {_list(clouds)}: nothing says whose this is"
                trail.append(Hop(origin.span(first.path), text))
            status: Status = "known" if sure else "candidate"
            yield geography.locate(place, "primary", status, tuple(trail), first.path)


def _names(pairs: Iterable[tuple[Pin, Place]], wanted: Pin) -> bool:
    return any(pin == wanted for pin, _ in pairs)


def _named(pin: Pin, provider: str) -> Iterator[Place]:
    """Yield the places that a name can mean: of the cloud that is known, else of all."""
    cloud = pin.provider or provider
    if cloud:
        place = _lookup(cloud, pin.text)
        if place.region is not None:
            yield place
        return
    yield from everywhere(pin.text)


@lru_cache(maxsize=1024)
def everywhere(text: str) -> tuple[Place, ...]:
    """Return what a region or zone can be, over all clouds that run Kubernetes nodes."""
    found = (_lookup(cloud, text) for cloud in _CLOUDS)
    return tuple(place for place in found if place.region is not None)


def _lookup(cloud: str, text: str) -> Place:
    place = geography.lookup(cloud, text)
    zone = _AZURE_ZONE.fullmatch(text) if cloud == "azure" and place.region is None else None
    if zone is not None:
        found = geography.lookup(cloud, zone[1])
        if found.region is not None:
            return replace(found, zone=text, scope="zone")
    return place


_AZURE_ZONE = re.compile(r"([a-z0-9]+)-[1-9]")
"""How Azure's nodes name a zone, and nothing else does: ``westeurope-1``."""


def _nowhere(pin: Pin, provider: str) -> str:
    if "$" in pin.text or "{{" in pin.text:
        return f"'{pin.text}' is filled in when it is deployed"
    cloud = pin.provider or provider
    if not cloud:
        return f"no cloud that we know has a place called '{pin.text}'"
    near = geography.lookup(cloud, pin.text).nearest
    hint = f"; did you mean '{near}'?" if near else ""
    return f"'{pin.text}' is no place of {cloud} that we know{hint}"


def _list(clouds: Iterable[str]) -> str:
    names = list(clouds)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def operator(locations: tuple[Location, ...]) -> Operator | None:
    """Return who runs the machines, where all places are one cloud's."""
    clouds = {location.provider for location in locations}
    cloud = clouds.pop() if len(clouds) == 1 else ""
    return operator_of(cloud, locations) if cloud else None
