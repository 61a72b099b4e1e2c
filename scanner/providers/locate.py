"""Where a declaration is: its own attributes, then its zone, then its provider.

What a resource inherits from a parent is decided later, in `scanner.providers.inherit`, when all
resources are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from scanner import paths
from scanner.geography import Place, locate, lookup
from scanner.model import Declaration, Hop, Location, Role, Trail, Unknown
from scanner.providers import tables
from scanner.providers.tables import Attribute
from scanner.providers.vendors import atlas, openstack

_FOREIGN = {"aws": "aws", "azure": "azure", "aiven": "aiven"}
_NO_NAME = (
    "bool", "enum", "none", "json", "block", "ref", "resource", "arn", "id-", "crn", "bucket",
    "endpoint", "name", "provider-default", "implicit", "account", "gs-uri", "domain", "cloud-zone",
    "edge-site", "azure-zone", "aws-local-zone-group", "oracle-zone", "openstack-az", "otc-az-id",
)  # fmt: skip
"""Forms of values that name no place, or name it through something else."""

_ZONE_DECIDES = frozenset({"google", "scaleway", "hetzner", "yandex", "stackit", "ovh", "exoscale"})
"""Clouds in which a zone may lie in another region than the provider's own."""

GLOBAL = Place("", scope="global", countries=("*",), status="known")


def place_names(type: str, role: str) -> Iterator[Attribute]:
    """Yield the attributes of a type that name places, in the table's order."""
    for attribute in tables.attributes(type):
        if attribute.role != role or attribute.computed or not attribute.path:
            continue
        if not attribute.form.startswith(_NO_NAME) or attribute.form.startswith("resource-id"):
            yield attribute


def own(declaration: Declaration) -> tuple[Location, ...]:
    """Return the places that a declaration's own attributes and its provider give it.

    Nothing for a type without a place; an unknown location where the place cannot be told.
    """
    cloud = tables.provider_of(declaration.type)
    known = tables.attributes(declaration.type)
    roles = {attribute.role for attribute in known}
    found = _narrowed(declaration, cloud) or _merge(
        _named(declaration, place_names(declaration.type, "primary_location"), cloud)
    )
    if any(attribute.role == "global_service" for attribute in known):
        found = _global(declaration, cloud, found)
    else:
        found = _zoned(declaration, cloud, found)
    if not found and roles and roles <= {"replica_location", "secondary_location", "zone"}:
        copies = place_names(declaration.type, "replica_location")
        found = _merge(_named(declaration, copies, cloud))
    zoned = "zone" in roles and "inherited_location" not in roles
    if not found and (not known or "primary_location" in roles or zoned):
        found = _unplaced(declaration, cloud, bool(known))
    if not found and cloud == "aws" and "global_service" not in roles:
        found = by_provider(declaration, cloud)  # every other AWS type is regional
    placeless = roles and roles <= {"replica_location", "secondary_location"}
    if not found and placeless and not tables.attached(declaration.type):
        reason = f"{declaration.type} does not say where it is"
        found = by_provider(declaration, cloud) or [unknown(declaration, cloud, reason)]
    return (*found, *_replicas(declaration, cloud, found))


def by_provider(declaration: Declaration, cloud: str, zonal: bool = False) -> list[Location]:
    """Return the places of something whose provider configuration decides."""
    binding = declaration.binding
    provider = binding.provider if binding is not None else declaration.type.partition("_")[0]
    rules = list(tables.defaults(provider))
    if not rules:
        return []
    if zonal:
        rules.sort(key=lambda rule: "zone" not in rule.attribute)
    configuration = binding.configuration if binding is not None else None
    through = binding.trail if binding is not None else ()
    if configuration is not None:
        for rule in rules:
            value = configuration.attributes.get(rule.attribute)
            if value is None or value == "":
                continue
            trail = (*configuration.origin.trail(rule.attribute), *through)
            target = openstack(configuration) if cloud == "openstack" else cloud
            found = _resolve(value, target, "", trail, "", "primary")
            if "zone" in rule.attribute and not zonal:  # its region is all that it decides
                found = [_unzoned(location) for location in found]
            return found
    rule = next((rule for rule in rules if rule.value), rules[0])
    by_env = f" ({rule.environment} decides at run time)" if rule.environment else ""
    if configuration is not None:
        reason = f"{configuration.address} sets no {rules[0].attribute}{by_env}"
        cause = Hop(configuration.span, reason)
    else:
        reason = binding.reason if binding is not None else ""
        if binding is not None and binding.implied:
            reason = f"{reason}{by_env}"
        cause = Hop(declaration.span, reason or f"no provider.{provider} is written{by_env}")
    if rule.value:
        note = Hop(cause.span, f"{rule.value} unless {rule.environment} says otherwise")
        place = lookup(cloud, rule.value)
        return [locate(place, "primary", "candidate", (cause, note, *through))]
    # The cause comes last: it is the reason that people are told.
    return [Location(cloud, status="unknown", trail=(*through, cause))]


def _unzoned(location: Location) -> Location:
    if location.scope != "zone" or location.zone is None:
        return location
    return replace(location, zone=None, scope="region")


def unknown(declaration: Declaration, cloud: str, reason: str, path: str = "") -> Location:
    """Return the location of something whose place nobody can tell, and why."""
    hop = Hop(declaration.origin.span(path), reason)
    return Location(cloud, status="unknown", trail=(hop,), path=path)


def everywhere(cloud: str, trail: Trail) -> Location:
    """Return the location of a global service."""
    return locate(replace(GLOBAL, provider=cloud), trail=trail)


def _global(declaration: Declaration, cloud: str, found: list[Location]) -> list[Location]:
    """Return the places of a type that is a global service, or is one by a switch."""
    for attribute in tables.attributes(declaration.type):
        if attribute.role == "global_service" and attribute.form == "enum":
            scope = declaration.attributes.get(attribute.path)
            if scope != "CLOUDFRONT":
                return found or by_provider(declaration, cloud)
            return [everywhere(cloud, declaration.origin.trail(attribute.path))]
    if found:
        return found
    # Named copies (clusters, replicas) are where the content is; without them it is anywhere.
    copies = [*place_names(declaration.type, "replica_location")]
    found = _merge(_named(declaration, copies, cloud))
    if found or tables.attached(declaration.type):
        return found
    hop = Hop(declaration.span, f"{declaration.type} is a global service")
    partition = _partition(declaration, cloud)
    if partition:  # global within its partition
        return [locate(lookup(cloud, f"{partition}-global"), trail=(hop,))]
    return [everywhere(cloud, (hop,))]


def _narrowed(declaration: Declaration, cloud: str) -> list[Location]:
    """Return the places of an attribute that names exactly where, inside what another names."""
    fixes = tables.corrections().get(declaration.type, {})
    rows = [
        attribute
        for attribute in tables.attributes(declaration.type)
        if fixes.get(attribute.path, ("", ""))[0] == "narrow"
    ]
    return _merge(_named(declaration, rows, cloud))


def _partition(declaration: Declaration, cloud: str) -> str:
    """Return the AWS partition of the provider's region if it is not the ordinary one."""
    if cloud != "aws":
        return ""
    region = next((r.region for r in by_provider(declaration, cloud) if r.region), None)
    partition = lookup(cloud, region).partition if region else ""
    return partition if partition not in ("", "aws", "aws-eusc") else ""


def _zoned(declaration: Declaration, cloud: str, found: list[Location]) -> list[Location]:
    """Return the places with what the zone attributes add to them, or say instead of them."""
    rows = [a for a in tables.attributes(declaration.type) if a.role == "zone"]
    for attribute in rows:
        value = declaration.attributes.get(attribute.path)
        if attribute.form == "azure-edge-zone" and value:
            return _resolve(
                value, "azure", "", declaration.origin.trail(attribute.path), attribute.path,
                "primary",
            )  # fmt: skip
        if attribute.form == "arn" and value and not attribute.computed:
            reason = "on an Outpost: the customer's own premises"
            return [unknown(declaration, cloud, reason, attribute.path)]
        if attribute.form == "azure-zone" and "." not in attribute.path and len(found) == 1:
            found = [_azure_zone(found[0], value)]
    zones = list(place_names(declaration.type, "zone"))
    outer = [a for a in zones if "." not in a.path] or ([] if found else zones)
    named = _merge(_named(declaration, outer, cloud))
    sure = [location for location in named if location.status != "unknown"]
    if found:
        if len(found) == 1 and len(sure) == 1:
            same = sure[0].region == found[0].region
            if same or (cloud == "aws" and str(sure[0].region).startswith(f"{found[0].region}-")):
                return sure if not same else [replace(found[0], zone=sure[0].zone)]
        return found
    if named and not sure and cloud in _ZONE_DECIDES:
        return _listed(declaration, cloud, outer) or named
    if named and (cloud in _ZONE_DECIDES or len(sure) == len(named)):
        return named
    return []


def _listed(
    declaration: Declaration, cloud: str, attributes: Iterable[Attribute]
) -> list[Location]:
    """Return the likely places of a zone that comes from the cloud's own list of zones."""
    wanted = {attribute.path for attribute in attributes}
    for reference in declaration.origin.references():
        words = reference.target.partition("[")[0].split(".")
        if reference.path not in wanted or "data" not in words or "zones" not in words[-2]:
            continue
        text = f"a zone that {reference.target} lists: of the provider's region unless it says else"
        hop = Hop(declaration.origin.span(reference.path), text)
        return [
            replace(found, status="candidate", trail=(*found.trail, hop))
            for found in by_provider(declaration, cloud)
            if found.status != "unknown"
        ]
    return []


def _azure_zone(location: Location, value: object) -> Location:
    """Return a location in the one zone of its region that is named by a number."""
    numbers = value if isinstance(value, list) else [value]
    if len(numbers) != 1 or not isinstance(numbers[0], (str, int)) or location.region is None:
        return location
    place = lookup("azure", f"{location.region}-{numbers[0]}")
    same = place.region == location.region
    return replace(location, zone=place.zone, scope=place.scope) if same else location


def _unplaced(declaration: Declaration, cloud: str, in_table: bool) -> list[Location]:
    """Return the places of something that names none itself."""
    name = declaration.type
    fixes = tables.corrections().get(name, {})
    for attribute in tables.attributes(name):
        action, value = fixes.get(attribute.path, ("", ""))
        if action == "default":
            hop = Hop(declaration.span, f"{attribute.path} is not written: {value} by default")
            place = lookup(_owner(attribute.form, cloud), value, tables.service(name))
            return [locate(place, trail=(hop,))]
        if action == "provider":
            return by_provider(declaration, cloud, zonal=True)
    if not in_table:
        if cloud not in tables.clouds() and not tables.defaults(name.partition("_")[0]):
            return []
        generic = [
            Attribute(p, "", f"{cloud}-region", "")
            for p in ("region", "location", "locations", "zone", "availability_zone")
        ]
        found = _merge(_named(declaration, generic, cloud))
        if found:
            return found
    names = [a.path for a in place_names(name, "primary_location")]
    if in_table and cloud == "google" and names and not {"region", "zone"} & set(names):
        pass  # the provider's region fills `region` and `zone` only
    else:
        zonal = not names and any(a.path in ("zone", "zone_id") for a in place_names(name, "zone"))
        found = by_provider(declaration, cloud, zonal)
        if found:
            return found
    if declaration.mode == "data":
        reason = f"{declaration.address} is read from the cloud, which alone knows where it is"
        return [unknown(declaration, cloud, reason)]
    if not names and tables.attached(name):
        return []  # it will be where the resource is that it configures
    written = " or ".join(names) or "place"
    reason = f"{declaration.address} sets no {written}"
    if not in_table:
        reason = f"{reason}, and where {name} lives is not in the tables"
    return [unknown(declaration, cloud, reason)]


def _replicas(
    declaration: Declaration, cloud: str, primary: Iterable[Location]
) -> Iterator[Location]:
    """Yield where copies go, other than the places where the resource is anyway."""
    seen = {(location.region, location.zone) for location in primary}
    regions = {location.region for location in primary if location.region}
    if any(a.role == "global_service" for a in tables.attributes(declaration.type)):
        return
    for attribute in place_names(declaration.type, "replica_location"):
        role: Role = "backup" if "backup" in attribute.path else "replica"
        for location in _named(declaration, [attribute], cloud, role):
            if location.region in regions or (location.region, location.zone) in seen:
                continue
            unresolved = location.status == "unknown" and location.region is not None
            if unresolved and ("|enum" in attribute.form or "resource-id" in attribute.form):
                continue  # a word of the service's own, or a name that holds no place
            seen.add((location.region, location.zone))
            yield location


def _named(
    declaration: Declaration,
    attributes: Iterable[Attribute],
    cloud: str,
    role: Role = "primary",
) -> Iterator[Location]:
    """Yield the places that attributes name, each with the trail of its value."""
    for attribute in attributes:
        for path, value in _find(declaration, attribute.path):
            owner = _owner(attribute.form, cloud)
            if attribute.form == "cloud-region":
                owner = str(declaration.attributes.get("cloud") or cloud)
            elif cloud == "openstack" and declaration.binding is not None:
                owner = openstack(declaration.binding.configuration)
            trail = declaration.origin.trail(path)
            if attribute.form == "atlas-region":
                named = atlas(declaration.attributes, path, value)
                if named is not None:
                    yield from _resolve(named[1], named[0], "", trail, path, role)
                    continue
            service = tables.service(declaration.type)
            yield from _resolve(value, owner, service, trail, path, role)


def _find(declaration: Declaration, path: str) -> Iterator[tuple[str, object]]:
    """Yield what a table's path names; the tables leave out the outermost block at times."""
    found = list(paths.find(declaration.attributes, path))
    if not found and "." in path:
        found = list(paths.find(declaration.attributes, f"*.{path}"))
    yield from found


def _owner(form: str, cloud: str) -> str:
    """Return the cloud whose names a form of value uses."""
    if form == "spanner-config" or form.startswith(("gcp", "global", "us|eu")):
        return "google"
    return _FOREIGN.get(form.partition("-")[0], cloud)


def _resolve(
    value: object, cloud: str, service: str, trail: Trail, path: str, role: Role
) -> list[Location]:
    """Return the places of a value: one, several, candidates, or an unknown one."""
    if isinstance(value, list):
        return [
            location
            for index, item in enumerate(value)
            for location in _resolve(
                item, cloud, service, trail, paths.join(path, index) if path else "", role
            )
        ]
    if isinstance(value, Unknown):
        hops = (*trail, _last(trail, value.reason))
        names = [name for name in value.candidates or () if isinstance(name, str) and name]
        if not names:
            return [Location(cloud, status="unknown", role=role, trail=hops, path=path)]
        found = [
            location
            for name in names
            for location in _resolve(name, cloud, service, hops, path, role)
        ]
        return [
            replace(location, status="candidate") if location.status == "known" else location
            for location in found
        ]
    if not isinstance(value, str) or not value.strip():
        return []
    place = lookup(cloud, value, service)
    if place.status == "known":
        return [locate(place, role, "known", trail, path)]
    if place.region is not None:
        reason = f"the country of '{value}' is not published"
    else:
        hint = f", did you mean '{place.nearest}'?" if place.nearest else ""
        reason = f"'{value}' is no known place of {place.provider}{hint}"
    hops = (*trail, _last(trail, reason))
    region = place.region or value
    return [Location(place.provider, region, role=role, status="unknown", trail=hops, path=path)]


def _last(trail: Trail, text: str) -> Hop:
    return Hop(trail[-1].span, text)


def _merge(locations: Iterable[Location]) -> list[Location]:
    """Return the locations with several zones of one region made one, and repeats left out."""
    found: dict[tuple[str, str | None, str], Location] = {}
    for location in locations:
        key = (location.provider, location.region, location.status)
        if location.region is None:
            key = (location.provider, f"?{location.path}", location.status)
        before = found.get(key)
        if before is None:
            found[key] = location
        elif before.zone != location.zone:
            one = location if before.zone is None else before
            both = before.zone is not None and location.zone is not None
            found[key] = replace(one, zone=None, scope="region") if both else one
    return list(found.values())
