"""From a manifest to a resource: kind, facts, labels, and its own place if it names one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from scanner.geography import locate, lookup
from scanner.model import Declaration, Hop, Location, Resource
from scanner.providers.kubernetes import tables
from scanner.providers.kubernetes.places import NO_CLUSTER, operator, places, unknown
from scanner.providers.kubernetes.pods import (
    Attributes,
    containers,
    items,
    mapping,
    pod_specs,
    template_labels,
    texts,
)
from scanner.providers.kubernetes.topology import pins
from scanner.providers.resource import ATTACHMENT

_SERVERS = frozenset(
    {
        "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Pod",
        "Rollout", "DeploymentConfig", "CloneSet", "Service", "Configuration",
    }
)  # fmt: skip
_ACCELERATORS = (
    "nvidia.com/", "amd.com/gpu", "gpu.intel.com/", "habana.ai/", "google.com/tpu",
    "cloud-tpus.google.com/", "aws.amazon.com/neuron", "huawei.com/Ascend", "qualcomm.com/",
    "aliyun.com/gpu", "tencent.com/vcuda",
)  # fmt: skip
_SHARED_FILES = ("nfs", "cephfs", "azureFile", "glusterfs", "quobyte")
_FILE_DRIVERS = ("efs.", "file.", "filestore.", "nfs.", "cephfs.", "fsx.", "nasplugin.")


def resource(declaration: Declaration) -> Resource:
    """Return the resource that a manifest makes.

    It lives where the object itself says; else its one location is unknown until a cluster
    is named for it (`place_by_cluster`).
    """
    attributes = declaration.attributes
    row = tables.kind(declaration.api_version, declaration.type)
    facts = dict(_facts(declaration, row))
    kind = _kind(declaration, row, facts)
    managed = tables.managed(declaration.api_version, declaration.type)
    binding = declaration.binding
    cloud = binding.provider if binding is not None else ""
    because = binding.trail if binding is not None else ()
    choices = pins(declaration.type, declaration.api_version, attributes)
    locations = places(choices, declaration.origin, cloud, because)
    if not locations and managed is not None:
        wanted = " or ".join(managed.paths)
        locations = (unknown(declaration.origin, f"{wanted} is not written", managed.provider),)
    elif not locations:
        locations = (unknown(declaration.origin, NO_CLUSTER, cloud),)
    role = row.role
    if declaration.api_version == "v1" and declaration.type == "Service":
        role = "" if kind == "load_balancer" else ATTACHMENT
    return Resource(
        id=declaration.id,
        address=declaration.address,
        unit=declaration.unit,
        source=declaration.source,
        provider="kubernetes",
        type=declaration.type,
        name=declaration.name,
        kind=kind,
        span=declaration.span,
        origin=declaration.origin,
        attributes=attributes,
        roles=(role,) if role else (),
        locations=locations,
        operator=operator(locations),
        labels={**template_labels(attributes), **_labels(attributes)},
        facts=facts,
    )


def place_by_cluster(resource: Resource, provider: str, region: str, hop: Hop) -> Resource:
    """Return a manifest's resource at the place of its cluster, which ``hop`` names.

    What the manifest itself says counts more, understood as a place of the cluster's cloud;
    what a controller makes outside the cluster stays where it is.
    """
    version = str(resource.attributes.get("apiVersion", ""))
    if tables.managed(version, resource.type) is not None:
        return resource
    cluster = locate(lookup(provider, region), trail=(hop,))
    choices = list(pins(resource.type, version, resource.attributes))
    own = places([choice for choice in choices if choice], resource.origin, provider, (hop,))
    at_cluster = (cluster,) if not own or not all(choices) else ()
    locations = (*own, *at_cluster)
    return replace(resource, locations=locations, operator=operator(locations))


def _labels(attributes: Attributes) -> dict[str, str]:
    return texts(mapping(mapping(attributes, "metadata"), "labels"))


def _kind(declaration: Declaration, row: tables.Kind, facts: dict[str, Any]) -> str:
    attributes, type_ = declaration.attributes, declaration.type
    spec = mapping(attributes, "spec")
    if declaration.api_version == "v1" and type_ == "Service":
        return "load_balancer" if spec.get("type") == "LoadBalancer" else "network"
    if type_ in ("PersistentVolume", "PersistentVolumeClaim"):
        driver = str(mapping(spec, "csi").get("driver", ""))
        shared = any(name in spec for name in _SHARED_FILES) or driver.startswith(_FILE_DRIVERS)
        shared = shared or "ReadWriteMany" in items(spec, "accessModes")
        return "file_store" if shared else "block_store"
    if not row.kind:
        return "container" if any(pod_specs(type_, attributes)) else "other"
    if row.kind != "container":
        return row.kind
    server = type_ in _SERVERS and not _ends(type_, attributes)
    if facts.get("gpu"):
        return "ai_inference" if server else "ai_training"
    if server:
        for image in facts.get("images", ()):
            for called in _image_names(image):
                if called in tables.images():
                    return tables.images()[called]
    return row.kind


def _ends(type: str, attributes: Attributes) -> bool:
    """Say whether a pod is meant to end."""
    policy = mapping(attributes, "spec").get("restartPolicy")
    return type == "Pod" and policy in ("Never", "OnFailure")


def _image_names(image: str) -> tuple[str, str]:
    """Return ``library/postgres`` and ``postgres`` of ``docker.io/library/postgres:16@sha256…``."""
    path = image.partition("@")[0].lower().split("/")
    name = path[-1].partition(":")[0]
    return "/".join([*path[-2:-1], name]), name


def _facts(declaration: Declaration, row: tables.Kind) -> Iterator[tuple[str, Any]]:
    attributes, type_ = declaration.attributes, declaration.type
    spec = mapping(attributes, "spec")
    namespace = declaration.address.split("/")
    if len(namespace) == 3:
        yield "namespace", namespace[1]
    yield "api_version", declaration.api_version
    if row.kind in ("container", "compute", "") and isinstance(spec.get("replicas"), int):
        yield "replicas", spec["replicas"]
    found = list(pod_specs(type_, attributes))
    images: dict[str, None] = {}
    gpus, accelerators = 0, dict[str, None]()
    for path, pod in found:
        for where, container in containers(path, pod):
            if isinstance(container.get("image"), str) and "initContainers" not in where:
                images[container["image"]] = None
            for name, count in _accelerators(container):
                gpus += count
                accelerators[name] = None
        account = pod.get("serviceAccountName", pod.get("serviceAccount"))
        if isinstance(account, str):
            yield "service_account", account
    if images:
        yield "images", list(images)
    if gpus:
        yield "gpu", gpus
        yield "accelerators", list(accelerators)
    if spec.get("volumeClaimTemplates"):
        yield "persistent", True
    hosts = list(dict.fromkeys(_hosts(type_, spec)))
    if hosts:
        yield "host", hosts[0]
        yield "hosts", hosts


def _accelerators(container: Attributes) -> Iterator[tuple[str, int]]:
    resources = mapping(container, "resources")
    asked = {**mapping(resources, "requests"), **mapping(resources, "limits")}
    for name, count in asked.items():
        if name.startswith(_ACCELERATORS):
            text = str(count)
            # A count that a template or a tool fills in is at least one.
            number = int(text) if text.isdecimal() and len(text) < 9 else 1
            if number:
                yield name, number


def _hosts(type: str, spec: Attributes) -> Iterator[str]:
    """Yield the names under which something is reached, or that it stands for."""
    candidates: list[Any] = []
    if type == "Ingress":
        rules = items(spec, "rules")
        candidates = [rule.get("host") for rule in rules if isinstance(rule, dict)]
    elif type == "Service":
        candidates = [spec.get("externalName")]
    elif type == "Route":
        candidates = [spec.get("host")]
    elif type in ("HTTPRoute", "GRPCRoute", "TLSRoute"):
        candidates = items(spec, "hostnames")
    elif type in ("VirtualService", "ServiceEntry"):
        candidates = items(spec, "hosts")
    elif type == "Gateway":
        candidates = [
            item.get("hostname") for item in items(spec, "listeners") if isinstance(item, dict)
        ]
    yield from (host for host in candidates if isinstance(host, str) and host)


def known(locations: tuple[Location, ...]) -> bool:
    """Say whether every place is more than a question mark."""
    return bool(locations) and all(location.status != "unknown" for location in locations)
