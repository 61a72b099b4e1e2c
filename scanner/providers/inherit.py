"""Places that a resource takes from another one: its parent, or what it configures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from scanner import paths
from scanner.geography import locate, lookup
from scanner.model import Hop, Location, Reference, Resource, Unknown
from scanner.providers import tables
from scanner.providers.locate import everywhere
from scanner.providers.resource import ATTACHMENT, EXISTING, moved

_NO_PARENT = frozenset({"azurerm_resource_group", "aws_iam_role", "aws_iam_policy"})
"""Types that hold or serve others but do not say where they are."""

_LONGEST = 50
"""Parents in a row; real ones are fewer than ten, and a hostile tree must not exhaust the stack."""


def connect(
    resources: Sequence[Resource], references: Mapping[str, tuple[Reference, ...]]
) -> list[Resource]:
    """Return the resources, each with the places that it takes from its parents.

    ``references`` by resource id; their targets are resource ids.
    """
    return list(_Family(resources, references).placed())


class _Family:
    """The resources of a scan while their parents are looked up."""

    def __init__(
        self, resources: Sequence[Resource], references: Mapping[str, tuple[Reference, ...]]
    ) -> None:
        self.resources = {resource.id: resource for resource in resources}
        self.references = references
        self.done: dict[str, Resource] = {}
        self.names: dict[tuple[str, str, str], str] = {}
        self.instances: dict[str, list[str]] = {}
        for resource in resources:
            if resource.id.endswith("]"):
                self.instances.setdefault(resource.id[: resource.id.rindex("[")], []).append(
                    resource.id
                )
            for key in ("name", "id"):
                name = resource.attributes.get(key)
                if isinstance(name, str):
                    self.names[resource.unit, resource.type, name] = resource.id

    def placed(self) -> Iterator[Resource]:
        for key in self.resources:
            yield self._place(key, ())

    def _place(self, id: str, above: tuple[str, ...]) -> Resource:
        """Return the resource at its place; ``above`` are those that wait for it."""
        done = self.done.get(id)
        if done is not None:
            return done
        resource = self.resources[id]
        if id in above or len(above) > _LONGEST:  # a circle has no beginning
            return resource
        found = self._inherited(resource, (*above, id))
        made = moved(resource, found) if found is not None else resource
        self.done[id] = made
        return made

    def _inherited(self, resource: Resource, above: tuple[str, ...]) -> tuple[Location, ...] | None:
        """Return the places that come from parents, or None to keep the resource's own."""
        if resource.source == "kubernetes" or resource.kind in ("module", "state_backend"):
            return None
        own = [place for place in resource.locations if place.role == "primary"]
        placed = any(place.status != "unknown" for place in own)
        if placed and any(place.path for place in own):
            return None
        cluster = resource.facts.get("cluster")
        if isinstance(cluster, str):
            return None if placed else self._inside(resource, cluster, above)
        rows = tuple(_parents(resource.type))
        attached = ATTACHMENT in resource.roles and EXISTING not in resource.roles
        if _placeless(resource.type):
            rows = ()
        found: tuple[Location, ...] = ()
        for path, parent in rows:
            found = found or self._through(resource, path, parent, above)
        if attached and not found and not placed and (own or not _placeless(resource.type)):
            found = self._configured(resource, above)
        if not found and rows and not own:
            found = (_unseen(resource, rows),)
        if attached and all(place.scope == "global" for place in found):
            return None if own else ()  # what configures something global is nowhere
        return found or None

    def _inside(
        self, resource: Resource, cluster: str, above: tuple[str, ...]
    ) -> tuple[Location, ...] | None:
        """Return the places of the cluster that an object of Terraform's is made in."""
        names = [cluster] if cluster in self.resources else self.instances.get(cluster, [])
        return self._places(resource, [(name, "") for name in names], above) or None

    def _through(
        self, resource: Resource, path: str, type: str, above: tuple[str, ...]
    ) -> tuple[Location, ...]:
        """Return the places of what an attribute points at."""
        targets = [
            (reference.target, reference.path)
            for reference in self.references.get(resource.id, ())
            if _below(reference.path, path) and self._is_parent(reference.target)
        ]
        exact = [pair for pair in targets if self.resources[pair[0]].type == type]
        if not exact and type and not _placeless(type):
            # A project that a bucket's name is made of is no place for what lies in the bucket.
            targets = [p for p in targets if not _placeless(self.resources[p[0]].type)]
        targets = exact or targets
        if not targets and path:
            for found, value in paths.find(resource.attributes, path):
                if not isinstance(value, str):
                    continue
                named = self.names.get((resource.unit, type, value))
                if named is not None:
                    targets.append((named, found))
                elif "/" in value and resource.provider == "google":
                    place = lookup("google", value)  # projects/p/locations/europe-west4/…
                    if place.status == "known":
                        trail = resource.origin.trail(found)
                        return (locate(place, trail=trail, path=found),)
        return self._places(resource, targets, above)

    def _configured(self, resource: Resource, above: tuple[str, ...]) -> tuple[Location, ...]:
        """Return the places of the resource whose type an attachment's type continues; of the
        only resource that it names, where no type does.
        """
        best: list[tuple[str, str]] = []
        length = 0
        for reference in self.references.get(resource.id, ()):
            target = self.resources.get(reference.target)
            if target is None or not self._is_parent(reference.target):
                continue
            if resource.type.startswith(target.type) and len(target.type) >= length:
                if len(target.type) > length:
                    best = []
                length = len(target.type)
                best.append((reference.target, reference.path))
        if not best:
            named = {
                reference.target: reference.path
                for reference in self.references.get(resource.id, ())
                if _below(reference.path, "") and self._is_parent(reference.target)
            }
            best = list(named.items()) if len(named) == 1 else []
        return self._places(resource, best, above)

    def _is_parent(self, id: str) -> bool:
        target = self.resources.get(id)
        return target is not None and target.type not in _NO_PARENT

    def _places(
        self, resource: Resource, targets: list[tuple[str, str]], above: tuple[str, ...]
    ) -> tuple[Location, ...]:
        found: dict[Location, None] = {}
        for key, path in dict.fromkeys(targets):
            parent = self._place(key, above)
            hop = Hop(resource.origin.span(path), f"lives where {parent.address} lives")
            for place in parent.locations:
                found[replace(place, path="", trail=(*place.trail, hop))] = None
        return tuple(found)


def _parents(type: str) -> Iterator[tuple[str, str]]:
    """Yield (attribute path, type of the parent) of a type's parents, the surest first."""
    for attribute in tables.attributes(type):
        if attribute.role != "inherited_location":
            continue
        parent = attribute.form.removeprefix("ref:") if ":" in attribute.form else ""
        if parent in _NO_PARENT:
            continue
        if attribute.path != "resource_group_name":
            yield attribute.path, parent
        elif parent:  # a group of Azure says nothing about its members; what names the parent does
            yield "", parent


def _placeless(type: str) -> bool:
    """Say whether the tables know a type as one of a global service: it has no place to take."""
    return any(attribute.role == "global_service" for attribute in tables.attributes(type))


def _unseen(resource: Resource, rows: Sequence[tuple[str, str]]) -> Location:
    """Return the location of something whose parent the scan does not have, and why."""
    parents = {parent for _, parent in rows}
    if all(_placeless(parent) for parent in parents):
        text = f"belongs to {' or '.join(sorted(parents))}, a global service"
        return everywhere(resource.provider, (Hop(resource.span, text),))
    wanted = next((parent for _, parent in rows if parent), "parent")
    reason = f"{resource.address} lives where its {wanted} lives, which this scan does not see"
    path = next((path for path, _ in rows if path), "")
    for found, value in paths.find(resource.attributes, path) if path else ():
        path = found
        if isinstance(value, Unknown):
            reason = f"{reason}: {value.reason}"
            break
    hop = Hop(resource.origin.span(path), reason)
    return Location(resource.provider, status="unknown", trail=(hop,))


def _below(path: str, attribute: str) -> bool:
    """Say whether a reference stands in an attribute; any ``…_id`` where none is named."""
    if not attribute:
        last = path.rpartition(".")[2]
        return last.endswith(("_id", "_name")) and last != "resource_group_name"
    plain = "".join(part.partition("[")[0] for part in path.replace(".", "\0.").split("\0"))
    return plain == attribute or plain.startswith(f"{attribute}.")
