"""What a manifest says about its place: node labels that are asked for, zones, locations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from scanner.paths import find, join
from scanner.providers.kubernetes import tables
from scanner.providers.kubernetes.pods import Attributes, items, mapping, scheduled

_DISK = re.compile(r"projects/[^/]+/(?:zones|regions)/([^/]+)/disks/")


class Pin(Struct, frozen=True):
    """A place that an attribute names: its text, the attribute, and the cloud if that is said."""

    text: str
    path: str
    provider: str = ""


Pins = tuple[Pin, ...]
"""The places among which one is chosen: one of them, or, when several, nobody knows which."""


def pins(kind: str, api_version: str, attributes: Attributes) -> Iterator[Pins]:
    """Yield the choice of places of each part of an object that has one of its own.

    A pod without any choice beside others that have one yields an empty one.
    """
    managed = tables.managed(api_version, kind)
    if managed is not None:
        found = tuple(_managed(managed, attributes))
        if found:
            yield found
        return
    if kind == "PersistentVolume":
        found = _volume(attributes)
    elif kind == "StorageClass":
        found = _storage_class(attributes)
    elif kind in ("NodePool", "Provisioner") and "karpenter" in api_version:
        found = _karpenter(attributes)
    elif kind == "Node":
        found = _labelled(mapping(mapping(attributes, "metadata"), "labels"), "metadata.labels")
    else:
        choices = [
            (_scheduled(path, spec), "containers" in spec)
            for path, spec in scheduled(kind, attributes)
        ]
        if any(choice for choice, _ in choices):
            yield from (choice for choice, pod in choices if choice or pod)
        return
    if found:
        yield found


def _scheduled(path: str, spec: Attributes) -> Pins:
    """Return the places that a pod may run in; a zone says more than a region."""
    selector, at = mapping(spec, "nodeSelector"), join(path, "nodeSelector")
    if not selector:  # CloudNativePG keeps its own inside `affinity`
        selector = mapping(mapping(spec, "affinity"), "nodeSelector")
        at = join(join(path, "affinity"), "nodeSelector")
    return (
        _labelled(selector, at, "zone")
        or _affinity(path, spec)
        or _labelled(selector, at, "region")
    )  # fmt: skip


def _affinity(path: str, spec: Attributes) -> Pins:
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    for steps in (("affinity", "nodeAffinity", required), ("nodeAffinity", required)):
        inner, base = spec, path
        for step in steps:
            inner, base = mapping(inner, step), join(base, step)
        found = _terms(items(inner, "nodeSelectorTerms"), join(base, "nodeSelectorTerms"))
        if found:
            return found
    return ()


def _labelled(found: Attributes, path: str, *wanted: str) -> Pins:
    """Return the place that labels name: by zone, else by region."""
    for what in wanted or ("zone", "region"):
        for label, value in found.items():
            means, provider = tables.labels().get(label, ("", ""))
            if means == what and isinstance(value, str):
                return (Pin(value, join(path, label), provider),)
    return ()


def _terms(terms: list[Any], path: str, field: str = "matchExpressions") -> Pins:
    """Return the places of alternative terms; one without a place leaves all open."""
    found: list[Pin] = []
    for n, term in enumerate(terms):
        own = _expressions(items(term, field), join(join(path, n), field))
        if not own:
            return ()
        found.extend(own)
    return tuple(found)


def _expressions(expressions: list[Any], path: str) -> Pins:
    for wanted in ("zone", "region"):
        for n, expression in enumerate(expressions):
            if not isinstance(expression, dict) or expression.get("operator", "In") != "In":
                continue
            what, provider = tables.labels().get(str(expression.get("key")), ("", ""))
            if what != wanted:
                continue
            base = join(join(path, n), "values")
            return tuple(
                Pin(value, join(base, m), provider)
                for m, value in enumerate(items(expression, "values"))
                if isinstance(value, str)
            )
    return ()


def _volume(attributes: Attributes) -> Pins:
    spec = mapping(attributes, "spec")
    terms = items(mapping(mapping(spec, "nodeAffinity"), "required"), "nodeSelectorTerms")
    found = _terms(terms, "spec.nodeAffinity.required.nodeSelectorTerms")
    if not found:
        labels = mapping(mapping(attributes, "metadata"), "labels")
        found = _labelled(labels, "metadata.labels")
    if not found:
        handle = mapping(spec, "csi").get("volumeHandle")
        match = _DISK.match(handle) if isinstance(handle, str) else None
        if match:
            found = (Pin(match[1], "spec.csi.volumeHandle", "google"),)
    # The labels of a volume in several zones are joined: europe-west4-a__europe-west4-b.
    return tuple(Pin(text, p.path, p.provider) for p in found for text in p.text.split("__"))


def _storage_class(attributes: Attributes) -> Pins:
    field = "matchLabelExpressions"
    terms = [
        {
            field: [
                {**expression, "operator": "In"}
                for expression in items(term, field)
                if isinstance(expression, dict)
            ]
        }
        for term in items(attributes, "allowedTopologies")
    ]
    found = _terms(terms, "allowedTopologies", field)
    if found:
        return found
    parameters = mapping(attributes, "parameters")
    for name in ("zone", "zones", "region", "location"):
        value = parameters.get(name)
        if isinstance(value, str):
            path = join("parameters", name)
            return tuple(Pin(part.strip(), path) for part in value.split(",") if part.strip())
    return ()


def _karpenter(attributes: Attributes) -> Pins:
    for path in ("spec.template.spec.requirements", "spec.requirements"):
        for found, value in find(attributes, path.rpartition(".")[0]):
            if isinstance(value, dict):
                own = _expressions(items(value, "requirements"), join(found, "requirements"))
                if own:
                    return own
    return ()


def _managed(managed: tables.Managed, attributes: Attributes) -> Iterator[Pin]:
    provider = managed.provider
    if not provider:
        named = mapping(attributes, "spec").get("provider")
        provider = named.rpartition("/")[2] if isinstance(named, str) else ""
    for pattern in managed.paths:
        for path, value in find(attributes, pattern):
            values = value if isinstance(value, list) else [value]
            for n, text in enumerate(values):
                if isinstance(text, str):
                    yield Pin(text, join(path, n) if isinstance(value, list) else path, provider)
        if any(True for _ in find(attributes, pattern)):
            return


def cloud(kind: str, attributes: Attributes) -> tuple[str, str] | None:
    """Return the cloud whose drivers, annotations or node labels an object uses, and where."""
    found: dict[str, str] = {}
    for form, text, path in _signs(kind, attributes):
        name = tables.cloud(form, text) or (
            tables.labels().get(text, ("", ""))[1] if form == "label" else ""
        )
        if name:
            found.setdefault(name, path)
    return next(iter(found.items())) if len(found) == 1 else None


def _signs(kind: str, attributes: Attributes) -> Iterator[tuple[str, str, str]]:
    spec = mapping(attributes, "spec")
    if kind == "StorageClass":
        yield "driver", str(attributes.get("provisioner", "")), "provisioner"
    if kind == "VolumeSnapshotClass":
        yield "driver", str(attributes.get("driver", "")), "driver"
    if kind == "PersistentVolume":
        yield "driver", str(mapping(spec, "csi").get("driver", "")), "spec.csi.driver"
        for field, driver in _IN_TREE.items():
            if field in spec:
                yield "driver", driver, join("spec", field)
    if kind in ("Service", "ServiceAccount", "Ingress", "Gateway"):
        for key in mapping(mapping(attributes, "metadata"), "annotations"):
            yield "annotation", key, join("metadata.annotations", key)
    for path, inner in scheduled(kind, attributes):
        for key in mapping(inner, "nodeSelector"):
            yield "label", key, join(join(path, "nodeSelector"), key)


_IN_TREE = {
    "awsElasticBlockStore": "kubernetes.io/aws-ebs",
    "gcePersistentDisk": "kubernetes.io/gce-pd",
    "azureDisk": "kubernetes.io/azure-disk",
    "azureFile": "kubernetes.io/azure-file",
}
"""Volume fields that only one cloud has, and the driver that took them over."""
