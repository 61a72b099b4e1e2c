"""Things inside a cluster that Terraform makes: they live where the cluster lives."""

from __future__ import annotations

from collections.abc import Iterator

from scanner import paths
from scanner.geography import locate, lookup
from scanner.model import Declaration, Hop, Location, Unknown
from scanner.providers import tables

_FOLDERS = frozenset({"kubernetes", "helm", "kubectl", "argocd", "flux"})
_ADDRESSES = ("host", "kubernetes.host", "server_addr")
_NAMES = ("cluster", "eks", "gke", "aks", "kubernetes")


def inside(type: str) -> bool:
    """Say whether a Terraform type is something inside a Kubernetes cluster."""
    return type.partition("_")[0] in _FOLDERS


def places(declaration: Declaration) -> tuple[Location, ...]:
    """Return where the cluster is, as its address in the provider tells; or why nobody can."""
    binding = declaration.binding
    configuration = binding.configuration if binding is not None else None
    through = binding.trail if binding is not None else ()
    if binding is None or configuration is None:
        name = binding.provider if binding is not None else declaration.type.partition("_")[0]
        reason = binding.reason if binding is not None else ""
        hop = Hop(declaration.span, reason or f"no provider.{name} is written that names a cluster")
        return (Location("", status="unknown", trail=(hop, *through)),)
    reason = f"lives in the cluster that {configuration.address} names"
    for pattern in _ADDRESSES:
        for path, value in paths.find(configuration.attributes, pattern):
            trail = (*configuration.origin.trail(path), *through)
            if isinstance(value, str):
                for cloud in ("aws", "azure", "google"):
                    place = lookup(cloud, value.rpartition("//")[2].partition("/")[0])
                    if place.status == "known":
                        return (locate(place, trail=trail),)
            elif isinstance(value, Unknown):
                reason = f"{reason}: {value.reason}"
            hop = Hop(configuration.origin.span(path), reason)
            return (Location("", status="unknown", trail=(*trail, hop)),)
    hop = Hop(configuration.span, reason)
    return (Location("", status="unknown", trail=(hop, *through)),)


def cluster(declaration: Declaration) -> str:
    """Return the id of what the provider's address refers to: a cluster, or a module with one."""
    configuration = declaration.binding.configuration if declaration.binding else None
    if configuration is None:
        return ""
    ranked = sorted(_targets(configuration), key=lambda pair: pair[0])
    return ranked[0][1] if ranked else ""


def _targets(configuration: Declaration) -> Iterator[tuple[int, str]]:
    """Yield (rank, id) of what the provider refers to, a known kind of cluster first."""
    for reference in configuration.origin.references():
        words = reference.target.partition("[")[0].split(".")
        type = words[-2] if len(words) > 1 else ""
        if tables.kind(type) == "cluster" and not type.endswith("_auth"):
            yield 0, reference.id(configuration.unit)
        elif "module" in words and any(name in reference.target for name in _NAMES):
            yield 1, reference.id(configuration.unit)
