"""Who refers to whom among the objects of one unit: by name, by owner, by selector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scanner.model import Declaration, Reference
from scanner.paths import join
from scanner.providers.kubernetes.pods import (
    Attributes,
    containers,
    items,
    mapping,
    pod_specs,
    template_labels,
    texts,
)

_WORKLOADS = frozenset(
    {
        "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Pod",
        "Job", "CronJob", "Rollout", "DeploymentConfig", "CloneSet",
    }
)  # fmt: skip
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"

Target = tuple[str, str, str]
"""The path that refers, the kind and the name; names are looked up in the own namespace."""


def references(declarations: Sequence[Declaration]) -> dict[str, tuple[Reference, ...]]:
    """Return the references of each object, by address, to others of the same unit."""
    index = _Index(declarations)
    found: dict[str, tuple[Reference, ...]] = {}
    for declaration in declarations:
        made = dict.fromkeys(index.of(declaration))
        if made:
            found[declaration.address] = tuple(made)
    return found


class _Index:
    """The objects of a unit by name and, for workloads, by the labels of their pods."""

    def __init__(self, declarations: Sequence[Declaration]) -> None:
        self.named: dict[tuple[str, str, str], list[Declaration]] = {}
        self.labelled: dict[tuple[str, str, str], list[tuple[dict[str, str], Declaration]]] = {}
        self.default_class = ""
        self.claimed: dict[tuple[str, str], str] = {}
        for each in declarations:
            namespace = _namespace(each)
            self.named.setdefault((each.type, namespace, each.name), []).append(each)
            labels = _labels(each)
            for key, value in labels.items():
                self.labelled.setdefault((namespace, key, value), []).append((labels, each))
            metadata = mapping(each.attributes, "metadata")
            if each.type == "StorageClass":
                default = texts(mapping(metadata, "annotations")).get(_DEFAULT_CLASS)
                self.default_class = each.name if default == "true" else self.default_class
            if each.type == "PersistentVolume":
                claim = mapping(mapping(each.attributes, "spec"), "claimRef")
                if isinstance(claim.get("name"), str):
                    space = str(claim.get("namespace", "default"))
                    self.claimed[space, claim["name"]] = each.name

    def of(self, each: Declaration) -> Iterator[Reference]:
        for path, kind, name in self._targets(each):
            target = self._find(each, kind, name)
            if target is not None and target.address != each.address:
                yield Reference(path, target.address, "")
        for path, selector, kinds in _selectors(each):
            for target in self._selected(_namespace(each), selector):
                if target.type in kinds and target.address != each.address:
                    yield Reference(path, target.address, "")

    def _find(self, each: Declaration, kind: str, name: str) -> Declaration | None:
        space, slash, plain = name.rpartition("/")
        for namespace in (space if slash else _namespace(each), ""):
            found = self.named.get((kind, namespace, plain))
            if found:
                # Of several of one name, the one in the same file is meant.
                same = [one for one in found if one.span.file == each.span.file]
                return (same or found)[0]
        return None

    def _selected(self, namespace: str, selector: dict[str, str]) -> Iterator[Declaration]:
        if not selector:
            return
        # No service has a hundred workloads; a tree that says so wants to exhaust us.
        buckets = [self.labelled.get((namespace, *pair), []) for pair in selector.items()]
        for labels, target in min(buckets, key=len)[:100]:
            if selector.items() <= labels.items():
                yield target

    def _targets(self, each: Declaration) -> Iterator[Target]:
        attributes = each.attributes
        spec = mapping(attributes, "spec")
        namespace = mapping(attributes, "metadata").get("namespace")
        if isinstance(namespace, str):
            yield "metadata.namespace", "Namespace", namespace
        for path, pod in pod_specs(each.type, attributes):
            yield from _pod(path, pod)
        if each.type == "PersistentVolumeClaim":
            yield from self._claim(each, spec)
        yield from _by_kind(each, spec)

    def _claim(self, each: Declaration, spec: Attributes) -> Iterator[Target]:
        yield from _at("spec.volumeName", "PersistentVolume", spec.get("volumeName"))
        claimed = self.claimed.get((_namespace(each), each.name))
        if claimed is not None:
            yield "metadata.name", "PersistentVolume", claimed
        if "storageClassName" not in spec and not spec.get("volumeName") and self.default_class:
            yield "spec", "StorageClass", self.default_class
        source = mapping(spec, "dataSource") or mapping(spec, "dataSourceRef")
        if isinstance(source.get("kind"), str):
            field = "dataSource" if "dataSource" in spec else "dataSourceRef"
            yield from _at(f"spec.{field}.name", source["kind"], source.get("name"))


def _by_kind(each: Declaration, spec: Attributes) -> Iterator[Target]:
    kind = each.type
    if kind in ("PersistentVolumeClaim", "PersistentVolume"):
        yield from _at("spec.storageClassName", "StorageClass", spec.get("storageClassName"))
    elif kind == "StatefulSet":
        yield from _at("spec.serviceName", "Service", spec.get("serviceName"))
        for n, template in enumerate(items(spec, "volumeClaimTemplates")):
            name = mapping(template, "metadata").get("name")
            path = join("spec.volumeClaimTemplates", n)
            yield f"{path}.metadata.name", "PersistentVolumeClaim", f"{name}-{each.name}-[*]"
            storage = mapping(template, "spec").get("storageClassName")
            yield from _at(f"{path}.spec.storageClassName", "StorageClass", storage)
    elif kind == "Ingress":
        yield from _ingress(spec)
    elif kind in ("HorizontalPodAutoscaler", "VerticalPodAutoscaler", "ScaledObject"):
        field = "targetRef" if kind == "VerticalPodAutoscaler" else "scaleTargetRef"
        target = mapping(spec, field)
        of = target.get("kind", "Deployment")
        yield from _at(f"spec.{field}.name", str(of), target.get("name"))
    elif kind in ("RoleBinding", "ClusterRoleBinding"):
        role = mapping(each.attributes, "roleRef")
        yield from _at("roleRef.name", str(role.get("kind")), role.get("name"))
        for n, subject in enumerate(items(each.attributes, "subjects")):
            if isinstance(subject, dict) and subject.get("kind") == "ServiceAccount":
                space = subject.get("namespace", _namespace(each) or "default")
                path = f"subjects[{n}].name"
                yield path, "ServiceAccount", f"{space}/{subject.get('name')}"
    elif kind in ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute"):
        yield from _route(spec)
    elif kind == "VolumeSnapshot":
        name = mapping(spec, "source").get("persistentVolumeClaimName")
        yield from _at("spec.source.persistentVolumeClaimName", "PersistentVolumeClaim", name)
    elif kind in ("ExternalSecret", "PushSecret"):
        store = mapping(spec, "secretStoreRef")
        of = str(store.get("kind", "SecretStore"))
        yield from _at("spec.secretStoreRef.name", of, store.get("name"))
    elif kind == "ServiceAccount":
        for field in ("secrets", "imagePullSecrets"):
            for n, secret in enumerate(items(each.attributes, field)):
                yield from _at(f"{field}[{n}].name", "Secret", mapping_name(secret))


def mapping_name(value: Any) -> Any:
    """Return the name in a ``{name: …}``."""
    return value.get("name") if isinstance(value, dict) else None


def _at(path: str, kind: str, name: Any) -> Iterator[Target]:
    if isinstance(name, str) and name:
        yield path, kind, name


def _pod(path: str, pod: Attributes) -> Iterator[Target]:
    for field in ("serviceAccountName", "serviceAccount"):
        yield from _at(join(path, field), "ServiceAccount", pod.get(field))
    for n, secret in enumerate(items(pod, "imagePullSecrets")):
        at = join(join(path, "imagePullSecrets"), n)
        yield from _at(f"{at}.name", "Secret", mapping_name(secret))
    for n, volume in enumerate(items(pod, "volumes")):
        yield from _volume(join(join(path, "volumes"), n), volume)
    for where, container in containers(path, pod):
        for n, source in enumerate(items(container, "envFrom")):
            for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                name = mapping(source, field).get("name")
                yield from _at(f"{where}.envFrom[{n}].{field}.name", kind, name)
        for n, variable in enumerate(items(container, "env")):
            source = mapping(variable, "valueFrom")
            for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
                name = mapping(source, field).get("name")
                yield from _at(f"{where}.env[{n}].valueFrom.{field}.name", kind, name)


def _volume(path: str, volume: Any) -> Iterator[Target]:
    claim = mapping(volume, "persistentVolumeClaim").get("claimName")
    yield from _at(f"{path}.persistentVolumeClaim.claimName", "PersistentVolumeClaim", claim)
    yield from _at(f"{path}.configMap.name", "ConfigMap", mapping(volume, "configMap").get("name"))
    secret = mapping(volume, "secret").get("secretName")
    yield from _at(f"{path}.secret.secretName", "Secret", secret)
    for n, source in enumerate(items(mapping(volume, "projected"), "sources")):
        for field, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
            name = mapping(source, field).get("name")
            yield from _at(f"{path}.projected.sources[{n}].{field}.name", kind, name)
    template = mapping(mapping(volume, "ephemeral"), "volumeClaimTemplate")
    storage = mapping(template, "spec").get("storageClassName")
    at = f"{path}.ephemeral.volumeClaimTemplate.spec.storageClassName"
    yield from _at(at, "StorageClass", storage)


def _ingress(spec: Attributes) -> Iterator[Target]:
    for field in ("defaultBackend", "backend"):
        yield from _backend(f"spec.{field}", mapping(spec, field))
    for n, rule in enumerate(items(spec, "rules")):
        for m, way in enumerate(items(mapping(rule, "http"), "paths")):
            yield from _backend(f"spec.rules[{n}].http.paths[{m}].backend", mapping(way, "backend"))
    for n, tls in enumerate(items(spec, "tls")):
        secret = tls.get("secretName") if isinstance(tls, dict) else None
        yield from _at(f"spec.tls[{n}].secretName", "Secret", secret)
    yield from _at("spec.ingressClassName", "IngressClass", spec.get("ingressClassName"))


def _backend(path: str, backend: Attributes) -> Iterator[Target]:
    yield from _at(f"{path}.service.name", "Service", mapping(backend, "service").get("name"))
    yield from _at(f"{path}.serviceName", "Service", backend.get("serviceName"))


def _route(spec: Attributes) -> Iterator[Target]:
    for n, rule in enumerate(items(spec, "rules")):
        for m, backend in enumerate(items(rule, "backendRefs")):
            if isinstance(backend, dict) and backend.get("kind", "Service") == "Service":
                name = backend.get("name")
                yield from _at(f"spec.rules[{n}].backendRefs[{m}].name", "Service", name)
    for n, parent in enumerate(items(spec, "parentRefs")):
        if isinstance(parent, dict):
            of = str(parent.get("kind", "Gateway"))
            yield from _at(f"spec.parentRefs[{n}].name", of, parent.get("name"))


def _selectors(each: Declaration) -> Iterator[tuple[str, dict[str, str], frozenset[str]]]:
    """Yield (path, labels, kinds) of what an object selects instead of naming it."""
    spec = mapping(each.attributes, "spec")
    if each.type == "Service":
        yield "spec.selector", texts(mapping(spec, "selector")), _WORKLOADS
        return
    fields = {
        "NetworkPolicy": ("podSelector", _WORKLOADS),
        "PodDisruptionBudget": ("selector", _WORKLOADS),
        "PodMonitor": ("selector", _WORKLOADS),
        "ServiceMonitor": ("selector", frozenset({"Service"})),
    }
    if each.type in fields:
        field, kinds = fields[each.type]
        labels = texts(mapping(mapping(spec, field), "matchLabels"))
        yield f"spec.{field}.matchLabels", labels, kinds


def _labels(each: Declaration) -> dict[str, str]:
    """Return the labels by which an object is selected: of a workload, those of its pods."""
    if each.type in _WORKLOADS and each.type != "Pod":
        return template_labels(each.attributes)
    if each.type in ("Pod", "Service"):
        return texts(mapping(mapping(each.attributes, "metadata"), "labels"))
    return {}


def _namespace(each: Declaration) -> str:
    parts = each.address.split("/")
    return parts[1] if len(parts) == 3 else ""
