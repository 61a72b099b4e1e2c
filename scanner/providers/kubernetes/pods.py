"""Where a manifest holds pods and scheduling, in built-in kinds and in operators' alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.paths import join

Attributes = dict[str, Any]

_SCHEDULING = ("nodeSelector", "affinity", "nodeAffinity")
_OPAQUE = frozenset(
    {"CustomResourceDefinition", "ConfigMap", "Secret", "SealedSecret", "Role", "ClusterRole"}
)
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


def pod_specs(kind: str, attributes: Attributes) -> Iterator[tuple[str, Attributes]]:
    """Yield (path, pod specification) of everything that has containers."""
    for path, spec in scheduled(kind, attributes):
        if _is_pod(spec):
            yield path, spec


def scheduled(kind: str, attributes: Attributes) -> Iterator[tuple[str, Attributes]]:
    """Yield (path, mapping) of pods, and of what an operator schedules in their words."""
    if kind in _OPAQUE:
        return
    stack: list[tuple[str, Any]] = [("", attributes)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, list):
            stack.extend((join(path, n), value[n]) for n in range(len(value) - 1, -1, -1))
            continue
        if not isinstance(value, dict):
            continue
        pod = _is_pod(value)
        if path and (pod or any(isinstance(value.get(name), dict) for name in _SCHEDULING)):
            yield path, value
        if pod:
            continue
        stack.extend(
            (join(path, key), value[key])
            for key in reversed(value)
            if key not in ("metadata", "status", *_SCHEDULING)
        )


def _is_pod(value: Attributes) -> bool:
    found = value.get("containers")
    return isinstance(found, list) and any(isinstance(item, dict) for item in found)


def containers(path: str, spec: Attributes) -> Iterator[tuple[str, Attributes]]:
    """Yield (path, container) of a pod specification, the main ones last but for debugging."""
    for name in _CONTAINERS:
        found = spec.get(name)
        if isinstance(found, list):
            for n, item in enumerate(found):
                if isinstance(item, dict):
                    yield join(join(path, name), n), item


def template_labels(attributes: Attributes) -> dict[str, str]:
    """Return the labels that a workload gives to its pods."""
    spec = mapping(attributes, "spec")
    if "jobTemplate" in spec:
        spec = mapping(mapping(spec, "jobTemplate"), "spec")
    if not isinstance(spec.get("template"), dict):
        return {}
    return texts(mapping(mapping(mapping(spec, "template"), "metadata"), "labels"))


def mapping(value: Any, key: str) -> Attributes:
    """Return the mapping below a key, or an empty one."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def items(value: Any, key: str) -> list[Any]:
    """Return the list below a key, or an empty one."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def texts(value: Any) -> dict[str, str]:
    """Return the pairs of a mapping that are text, numbers or booleans, as text."""
    if not isinstance(value, dict):
        return {}
    return {
        str(key): str(text).lower() if isinstance(text, bool) else str(text)
        for key, text in value.items()
        if isinstance(text, (str, int, float))
    }
