"""The graph: resources, who refers to whom, and the flows between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from scanner import flows, providers
from scanner.model import (
    Declaration,
    Flow,
    Hop,
    Reference,
    Resource,
    Unit,
    Unread,
    WrittenString,
)

_KEY = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]')
_MOST_INSTANCES = 200
"""How many instances one reference to a whole resource leads to. They are one block's, so more
would say nothing new, and a thousand that refer to a thousand must not make a million.
"""


class Rulebook(Protocol):
    """What the graph needs of a policy: what data a resource holds, and where clusters are."""

    def classify(self, resource: Resource) -> Resource:
        """Return the resource with the classes of data that it holds."""

    def cluster_of(self, path: str) -> tuple[str, str, Hop] | None:
        """Return provider, region and the step that says so, for the manifests at a path."""


class Graph(Struct, frozen=True):
    """What was read, connected. ``resources`` by id in order; ``references`` by resource id,
    their ``target`` being a resource id here.
    """

    resources: Mapping[str, Resource]
    flows: tuple[Flow, ...] = ()
    references: Mapping[str, tuple[Reference, ...]] = field(default_factory=dict)
    strings: tuple[WrittenString, ...] = ()
    units: tuple[Unit, ...] = ()
    unread: tuple[Unread, ...] = ()
    sensitive: tuple[str, ...] = ()
    """Texts that the source calls sensitive: no report shows them."""

    def of_kind(self, *kinds: str) -> Iterator[Resource]:
        """Yield the resources of some kinds, in order."""
        for resource in self.resources.values():
            if resource.kind in kinds:
                yield resource

    def targets(self, resource: Resource, path: str = "") -> Iterable[Resource]:
        """Return the resources that an attribute (or any attribute below it) refers to."""
        for reference in self.references.get(resource.id, ()):
            if reference.path.startswith(path) and reference.target in self.resources:
                yield self.resources[reference.target]


def build(
    declarations: Iterable[Declaration],
    strings: Iterable[WrittenString],
    units: Iterable[Unit],
    unread: Iterable[Unread],
    policy: Rulebook,
) -> Graph:
    """Connect what was read: resources at their places, references, flows."""
    unread, written = list(unread), tuple(strings)
    made = _resources(declarations, unread)
    references = _references(made)
    placed = providers.connect(_kubernetes(list(made.values()), references, policy), references)
    resources = {resource.id: policy.classify(resource) for resource in placed}
    found = tuple(flows.find(resources, references, written))
    return Graph(resources, found, references, written, tuple(units), tuple(unread))


def _resources(declarations: Iterable[Declaration], unread: list[Unread]) -> dict[str, Resource]:
    """Return the resources by id. Of one address declared twice, both are kept: the second
    under an id of its own, and named, because what refers to the address means the first.
    """
    found: dict[str, Resource] = {}
    times: dict[str, int] = {}
    for declaration in declarations:
        made = providers.resource(declaration)
        if made is None:
            continue
        first = found.get(made.id)
        if first is not None:
            times[made.id] = times.get(made.id, 1) + 1
            reason = (
                f"{made.address} is declared twice in {made.unit}, "
                f"first at {first.span.file}:{first.span.line}"
            )
            hint = "only one of them can be deployed; what refers to it is read as the first"
            unread.append(Unread(made.span.file, reason, made.span.line, hint))
            made = replace(made, id=f"{made.id}~{times[made.id]}")
        found[made.id] = made
    return found


def _kubernetes(
    resources: list[Resource],
    references: Mapping[str, tuple[Reference, ...]],
    policy: Rulebook,
) -> list[Resource]:
    """Return the resources with those of manifests at the places of their clusters."""
    if not any(resource.source == "kubernetes" for resource in resources):
        return resources
    from scanner.providers import kubernetes  # only for scans that have manifests

    placed = []
    for resource in resources:
        manifest = resource.source == "kubernetes"
        cluster = policy.cluster_of(resource.span.file) if manifest else None
        placed.append(kubernetes.place_by_cluster(resource, *cluster) if cluster else resource)
    return kubernetes.follow(placed, references)


def _references(resources: Mapping[str, Resource]) -> dict[str, tuple[Reference, ...]]:
    """Return the references by resource id, from addresses to the ids of resources."""
    directory = _Directory(resources)
    found: dict[str, tuple[Reference, ...]] = {}
    for resource in resources.values():
        own: dict[Reference, None] = {}
        for reference in resource.origin.references():
            for target in directory.find(reference.id(resource.unit)):
                if target != resource.id:
                    own[replace(reference, target=target)] = None
        if own:
            found[resource.id] = tuple(own)
    return found


class _Directory:
    """Finds resources by address: one instance, or all of a whole resource."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self.resources = resources
        self.instances: dict[str, list[str]] = {}
        self.found: dict[str, tuple[str, ...]] = {}
        for id in resources:
            whole = _KEY.sub("", id)
            if whole != id:
                self.instances.setdefault(whole, []).append(id)

    def find(self, id: str) -> tuple[str, ...]:
        """Return the ids that an address with its unit means; none for what is no resource."""
        if id in self.resources:
            return (id,)
        if id not in self.found:
            several = self.instances.get(_KEY.sub("", id), ())
            fitting = (one for one in several if _fits(id, one))
            self.found[id] = tuple(islice(fitting, _MOST_INSTANCES))
        return self.found[id]


def _fits(wanted: str, instance: str) -> bool:
    """Say whether an instance is meant: each key equal, left out, or not known (``[*]``)."""
    asked, own = _keys(wanted), _keys(instance)
    return asked.keys() <= own.keys() and all(
        key == "[*]" or asked.get(at, "[*]") in ("[*]", key) for at, key in own.items()
    )


def _keys(id: str) -> dict[int, str]:
    """Return the keys of an address by where they stand in it, all keys left out."""
    found: dict[int, str] = {}
    removed = 0
    for match in _KEY.finditer(id):
        found[match.start() - removed] = match.group()
        removed += len(match.group())
    return found
