"""The endpoints that resources name in their strings: vendors, clouds, models abroad.

Evaluated attributes are read, so a URL that comes from a variable's default is seen where it
is used. The literal parts of interpolated strings come from `WrittenString`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scanner import paths
from scanner.flows.endpoints import Endpoint, endpoints
from scanner.flows.ends import Place, primary
from scanner.flows.make import Ids, flow
from scanner.flows.table import by_type
from scanner.model import Carries, Flow, Resource, WrittenString

_CARRIES: dict[str, Carries] = {"telemetry": "telemetry", "image-pull": "metadata"}
_PROSE = frozenset(
    {
        "description", "comment", "labels", "tags", "homepage", "documentation", "title",
        "identifiers", "principals", "display_name", "repository", "chart", "version",
        "apiVersion", "managedFields", "kubectl.kubernetes.io/last-applied-configuration",
    }
)  # fmt: skip
"""Keys under which a host is named without being called."""
_LONGEST = 200_000


def find(resources: Mapping[str, Resource], written: Iterable[WrittenString]) -> Iterator[Flow]:
    """Yield one flow per resource and endpoint that lies, or may lie, across a border."""
    ids = Ids()
    seen: set[tuple[str, str]] = set()
    constructs = by_type()
    for resource in resources.values():
        if resource.kind == "state_backend":
            continue
        covered = {
            way.path.lstrip("/").split(".")[0]
            for construct in constructs.get(resource.type, ())
            for way in construct.destination
            if way.form in ("host", "model") and not construct.anchor
        }
        for path, text in _texts(resource.attributes):
            if covered and str(path[0]) in covered:
                continue
            for found in endpoints(text):
                made = _flow(ids, seen, resource, _joined(path), found)
                if made is not None:
                    yield made
    for string in written:
        owner = resources.get(string.owner)
        if owner is None or string.static or owner.kind == "state_backend":
            continue
        if string.key in _PROSE:
            continue
        for found in endpoints(string.value[:_LONGEST]):
            made = _flow(ids, seen, owner, string.path, found)
            if made is not None:
                yield made


def _flow(
    ids: Ids, seen: set[tuple[str, str]], resource: Resource, path: str, found: Endpoint
) -> Flow | None:
    key = (resource.id, found.text)
    if key in seen:
        return None
    seen.add(key)
    source = Place(primary(resource), resource.id, resource.address, resource.operator)
    if not source.locations:
        return None
    target = Place(
        (found.location,), None, found.text, found.operator, path, certain=found.confirmed
    )
    carries = _CARRIES.get(found.use, "content")
    made = flow(ids, resource, found.use, carries, source, target, path)
    abroad = "country" in made.crosses or not source.known
    return made if abroad else None


def _texts(attributes: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every string that could hold a host. The path is joined only where one is found."""
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), attributes)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, str):
            if "." in value:
                yield path, value[:_LONGEST]
        elif isinstance(value, dict):
            stack.extend(((*path, key), item) for key, item in value.items() if key not in _PROSE)
        elif isinstance(value, list):
            stack.extend(((*path, n), item) for n, item in enumerate(value))


def _joined(path: tuple[str | int, ...]) -> str:
    text = ""
    for step in path:
        text = paths.join(text, step)
    return text
