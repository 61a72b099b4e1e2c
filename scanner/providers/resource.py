"""From a declaration to a resource: kind, place, operator, labels."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from scanner import geography
from scanner.geography.tables import canonical
from scanner.model import Declaration, Hop, Location, Operator, Resource
from scanner.providers import clusters, tables
from scanner.providers.labels import labels
from scanner.providers.locate import by_provider, own, unknown
from scanner.providers.pairs import paired
from scanner.providers.state import backend

ATTACHMENT = "attachment"
"""The role of a resource that only configures another one."""

EXISTING = "existing"
"""The role of what a data source reads: others made it, and data may flow to it."""


def resource(declaration: Declaration) -> Resource | None:
    """Return the resource that a declaration makes, or None: it makes none, or only reads one."""
    if declaration.mode == "object":
        from scanner.providers import kubernetes  # only for scans that have manifests

        made: Resource | None = kubernetes.resource(declaration)
        return made
    if declaration.mode == "resource":
        return _resource(declaration)
    if declaration.mode == "data" and declaration.type in tables.existing():
        return _existing(declaration)
    if declaration.mode == "module":
        return _module(declaration)
    if declaration.mode == "backend":
        cloud, location = backend(declaration)
        return _made(declaration, cloud, "state_backend", (location,))
    return None


def operator_of(cloud: str, locations: Sequence[Location]) -> Operator | None:
    """Return who operates a resource: of its partition, where its region tells that.

    What runs in a cluster is in the hands of who runs the cluster's cloud.
    """
    if cloud == "kubernetes" and locations:
        cloud = locations[0].provider
    for location in locations:
        if location.region is None:
            continue
        place = geography.lookup(location.provider, location.region)
        if place.partition:
            return geography.operator(cloud, place.partition, place.region or "")
    return geography.operator(cloud)


def _resource(declaration: Declaration) -> Resource:
    type = declaration.type
    roles = (ATTACHMENT,) if tables.attached(type) else ()
    kind = _kind(declaration)
    if clusters.inside(type):
        made = _made(declaration, "kubernetes", kind, clusters.places(declaration), roles)
        cluster = clusters.cluster(declaration)
        return replace(made, facts={"cluster": cluster}) if cluster else made
    locations = own(declaration)
    pairs = paired(type, declaration.attributes, declaration.origin, locations)
    return _made(declaration, tables.provider_of(type), kind, (*locations, *pairs), roles)


def _existing(declaration: Declaration) -> Resource:
    """Return what a data source reads. Nothing is deployed by it, so rules that judge
    deployments pass it over as they do attachments.
    """
    cloud = tables.provider_of(declaration.type)
    roles = (ATTACHMENT, EXISTING)
    return _made(declaration, cloud, _kind(declaration), own(declaration), roles)


def _kind(declaration: Declaration) -> str:
    arm = declaration.attributes.get("type") if declaration.type.startswith("azapi_") else None
    found = tables.arm_kind(arm) if isinstance(arm, str) else tables.kind(declaration.type)
    return found or "other"


def _module(declaration: Declaration) -> Resource:
    """Return a module that is not on disk: it is where the provider that it is given is."""
    binding = declaration.binding
    cloud = canonical(binding.provider) if binding is not None else ""
    if cloud not in tables.clouds():
        reason = "the module is not on disk, and nothing says which cloud it is for"
        return _made(declaration, "", "module", (unknown(declaration, "", reason),))
    found = by_provider(declaration, cloud)
    given = _by_input(declaration, cloud)
    if all(location.status == "unknown" for location in found):
        found = given or found
    elif given and given[0].region not in {location.region for location in found}:
        # What the module does with the place that it is given nobody sees.
        found = [*(replace(location, status="candidate") for location in found), *given]
    if not found:
        reason = "the module is not on disk, and its provider has no region"
        found = [unknown(declaration, cloud, reason)]
    return _made(declaration, cloud, "module", tuple(found))


def _by_input(declaration: Declaration, cloud: str) -> list[Location]:
    """Return the place that a module's own input names: likely, not certain."""
    found = []
    for name in ("location", "region", "zone"):
        value = declaration.attributes.get(name)
        if isinstance(value, str):
            place = geography.lookup(cloud, value)
            trail = declaration.origin.trail(name)
            hop = Hop(declaration.origin.span(name), f"the module is given {name}")
            if place.status == "known":
                made = geography.locate(place, "primary", "candidate", (*trail, hop), name)
                found.append(made)
    return found[:1]


def _made(
    declaration: Declaration,
    cloud: str,
    kind: str,
    locations: tuple[Location, ...],
    roles: tuple[str, ...] = (),
) -> Resource:
    return Resource(
        id=declaration.id,
        address=declaration.address,
        unit=declaration.unit,
        source=declaration.source,
        provider=cloud,
        type=declaration.type,
        name=declaration.name,
        kind=kind,
        span=declaration.span,
        origin=declaration.origin,
        attributes=declaration.attributes,
        roles=roles,
        locations=locations,
        operator=operator_of(cloud, locations),
        labels=labels(declaration),
    )


def moved(resource: Resource, locations: tuple[Location, ...]) -> Resource:
    """Return the resource at other places, with the copies and the operator that follow."""
    pairs = paired(resource.type, resource.attributes, resource.origin, locations)
    locations = (*locations, *(pair for pair in pairs if pair not in locations))
    return replace(
        resource, locations=locations, operator=operator_of(resource.provider, locations)
    )
