"""From documents to declarations: lists unfolded, names and addresses given."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from scanner.model import Declaration, Span, Unread
from scanner.providers.kubernetes.tables import kind as kind_of
from scanner.sources.kubernetes.claims import is_object, looks
from scanner.sources.kubernetes.manifest import Manifest
from scanner.sources.yaml import Document, Node

SOURCE = "kubernetes"


class Found(Struct, frozen=True):
    """An object of a document, before it has an address."""

    document: Document
    root: Node
    kind: str
    api_version: str

    @property
    def attributes(self) -> dict[str, Any]:
        """The object as it is written."""
        value = self.root.value
        assert isinstance(value, dict)
        return value


def objects(document: Document) -> Iterator[Found | Unread]:
    """Yield the objects of a document, or why something that looks like one is none."""
    root = document.root
    if root is None:
        if looks(document.file, document.text) or not document.text:
            yield from document.problems
        return
    if not isinstance(root.value, dict) or "apiVersion" not in root.value:
        return
    version, kind = root.value["apiVersion"], root.value.get("kind")
    line = document.header.line
    if not isinstance(version, str) or not isinstance(kind, str) or not kind:
        if isinstance(version, str) and "metadata" in root.value:
            reason = "a manifest without a kind"
            yield Unread(document.file, reason, line, "write which kind of object it is")
        return
    if not is_object(version, kind):
        return
    yield from document.problems
    yield from _unfold(document, root, kind, version)


def _unfold(document: Document, root: Node, kind: str, version: str) -> Iterator[Found | Unread]:
    items = (root.entries or {}).get("items")
    if not kind.endswith("List") or items is None or "spec" in root.value:
        yield Found(document, root, kind, version)
        return
    for item in items[2].items or ():
        if not isinstance(item.value, dict):
            line = document.node_span(item).line
            yield Unread(document.file, f"an item of a {kind} that is no object", line)
            continue
        # The items of a PodList need not say that they are Pods.
        own, own_version = item.value.get("kind"), item.value.get("apiVersion")
        inner = own if isinstance(own, str) and own else kind.removesuffix("List")
        found = own_version if isinstance(own_version, str) else version
        if not inner:
            line = document.node_span(item).line
            yield Unread(document.file, "an item of a List without a kind", line)
        elif inner.endswith("List") and item.source is None and "items" in item.value:
            yield from _unfold(document, item, inner, found)
        else:
            yield Found(document, item, inner, found)


def declarations(found: Iterable[Found], unit: str) -> list[Declaration]:
    """Return the declarations of a unit's objects, each with an address of its own."""
    every = list(found)
    scopes = dict(_custom_scopes(every))
    taken: set[str] = set()
    made: list[Declaration] = []
    for item in every:
        declaration = _declaration(item, unit, scopes)
        made.append(replace(declaration, address=_free(declaration, item, taken)))
        made.extend(_claims(item, made[-1], taken))
    return made


def _declaration(item: Found, unit: str, scopes: dict[tuple[str, str], str]) -> Declaration:
    metadata = item.attributes.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    name = _name(metadata)
    group = item.api_version.rpartition("/")[0]
    scope = scopes.get((group, item.kind)) or kind_of(item.api_version, item.kind).scope
    if scope == "cluster":
        address = f"{item.kind}/{name}"
    else:
        namespace = metadata.get("namespace")
        namespace = namespace if isinstance(namespace, str) and namespace else "default"
        address = f"{item.kind}/{namespace}/{name}"
    return _made(item, unit, item.kind, address, name, item.root, _header(item))


def _made(
    item: Found, unit: str, kind: str, address: str, name: str, root: Node, header: Span
) -> Declaration:
    return Declaration(
        mode="object",
        address=address,
        type=kind,
        name=name,
        unit=unit,
        source=SOURCE,
        attributes=root.value,
        span=item.document.node_span(root),
        origin=Manifest(item.document, root, header),
        api_version=item.api_version,
    )


def _name(metadata: dict[str, Any]) -> str:
    name, generated = metadata.get("name"), metadata.get("generateName")
    if isinstance(generated, str) and generated and not name:
        return f"{generated}*"
    # An unquoted 8080 is a number here, and its text to people.
    return str(name) if isinstance(name, (str, int, float)) and name != "" else "unnamed"


def _header(item: Found) -> Span:
    """Return the line that a finding about the whole object points at: its kind."""
    entry = (item.root.entries or {}).get("kind")
    if entry is not None:
        return item.document.entry_span(entry, entry[2])
    span = item.document.node_span(item.root)
    return Span(span.file, span.line, span.column, span.line, span.column)


def _free(declaration: Declaration, item: Found, taken: set[str]) -> str:
    """Return the address, with the file's name if another object already has it."""
    address = declaration.address
    if address in taken:
        address = f"{address}@{posixpath.basename(item.document.file)}"
        plain, count = address, 1
        while address in taken:
            count += 1
            address = f"{plain}:{count}"
    taken.add(address)
    return address


def _claims(item: Found, owner: Declaration, taken: set[str]) -> Iterator[Declaration]:
    """Yield the volume claims that a StatefulSet makes for each of its pods."""
    spec = (item.root.entries or {}).get("spec")
    templates = (spec[2].entries or {}).get("volumeClaimTemplates") if spec else None
    for template in (templates[2].items or ()) if templates else ():
        if item.kind != "StatefulSet" or not isinstance(template.value, dict):
            continue
        metadata = template.value.get("metadata")
        name = f"{_name(metadata if isinstance(metadata, dict) else {})}-{owner.name}-[*]"
        namespace = owner.address.split("/")[1]
        kind = "PersistentVolumeClaim"
        address = f"{kind}/{namespace}/{name}"
        if address in taken:
            continue
        taken.add(address)
        span = item.document.node_span(template)
        header = Span(span.file, span.line, span.column, span.line, span.column)
        made = _made(item, owner.unit, kind, address, name, template, header)
        yield replace(made, api_version="v1")


def _custom_scopes(found: Iterable[Found]) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield whether the kinds that the unit itself defines have namespaces."""
    for item in found:
        spec = item.attributes.get("spec")
        if item.kind != "CustomResourceDefinition" or not isinstance(spec, dict):
            continue
        names = spec.get("names")
        kind = names.get("kind") if isinstance(names, dict) else None
        if isinstance(kind, str):
            scope = "cluster" if spec.get("scope") == "Cluster" else "namespaced"
            yield (str(spec.get("group")), kind), scope
