"""Objects that live where another one lives: a claim with its volume, a service with its pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from scanner.model import Hop, Location, Reference, Resource
from scanner.providers.kubernetes.places import operator
from scanner.providers.kubernetes.resource import known

_LEADERS = {
    "PersistentVolumeClaim": ("PersistentVolume", "StorageClass"),
    "PersistentVolume": ("StorageClass",),
    "VolumeSnapshot": ("PersistentVolumeClaim",),
    "Service": ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Rollout"),
    "Ingress": ("Service",),
    "HorizontalPodAutoscaler": ("Deployment", "StatefulSet", "ReplicaSet", "Rollout"),
}
"""Whom a kind follows, the surest first."""

_MOUNTS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job"})


def follow(
    resources: Sequence[Resource], references: Mapping[str, tuple[Reference, ...]]
) -> list[Resource]:
    """Return the resources with the places that objects take from others.

    Only a place that a manifest itself names is handed on, and only to objects that name none.
    ``references`` by resource id; their targets are resource ids.
    """
    found = {resource.id: resource for resource in resources}
    mounted = _mounted(resources, references)
    # A chain is as long as Ingress, Service, workload; or snapshot, claim, volume, class.
    for _ in range(4):
        changed = False
        for key in list(found):
            resource = found[key]
            if resource.source != "kubernetes" or resource.type not in _LEADERS or _own(resource):
                continue
            taken = _taken(resource, found, references.get(key, ()), mounted.get(key, ()))
            if taken:
                found[key] = replace(resource, locations=taken, operator=operator(taken))
                changed = True
        if not changed:
            break
    return list(found.values())


def _own(resource: Resource) -> bool:
    """Say whether an object's place was said by itself or by one that it follows."""
    return known(resource.locations) and any(
        location.path or location.trail[-1].text.startswith(_FOLLOWS)
        for location in resource.locations
        if location.trail
    )


_FOLLOWS = "lives where "


def _mounted(
    resources: Sequence[Resource], references: Mapping[str, tuple[Reference, ...]]
) -> dict[str, list[tuple[str, str]]]:
    """Return the workloads that use each claim."""
    found: dict[str, list[tuple[str, str]]] = {}
    for resource in resources:
        if resource.source == "kubernetes" and resource.type in _MOUNTS:
            for reference in references.get(resource.id, ()):
                found.setdefault(reference.target, []).append((resource.id, reference.path))
    return found


def _taken(
    resource: Resource,
    found: Mapping[str, Resource],
    references: Sequence[Reference],
    mounted: Sequence[tuple[str, str]],
) -> tuple[Location, ...]:
    for types in _ranks(resource.type):
        leaders = [
            (found[reference.target], reference.path)
            for reference in references
            if reference.target in found and found[reference.target].type in types
        ]
        taken = _places(resource, leaders)
        if taken:
            return taken
    if resource.type == "PersistentVolumeClaim":
        return _places(resource, [(found[user], "") for user, _ in mounted])
    return ()


def _ranks(type: str) -> Iterator[tuple[str, ...]]:
    leaders = _LEADERS[type]
    if type in ("PersistentVolumeClaim", "PersistentVolume"):
        yield from ((leader,) for leader in leaders)
    else:
        yield leaders


def _places(resource: Resource, leaders: Sequence[tuple[Resource, str]]) -> tuple[Location, ...]:
    """Return the places of those that lead, if each of them has one of its own."""
    if not leaders or not all(_own(leader) for leader, _ in leaders):
        return ()
    taken: dict[tuple[str, str | None, str | None], Location] = {}
    for leader, path in leaders:
        hop = Hop(resource.origin.span(path), f"{_FOLLOWS}{leader.address} lives")
        for location in leader.locations:
            key = (location.provider, location.region, location.zone)
            taken.setdefault(key, replace(location, path="", trail=(*location.trail, hop)))
    return tuple(taken.values())
