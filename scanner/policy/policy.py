"""The policy of one run: what must lie where, what may cross, what is waived."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from scanner.model import Hop, Resource, Unit
from scanner.policy.classes import DataClass
from scanner.policy.clusters import Cluster, TerraformRoot
from scanner.policy.environments import of_path
from scanner.policy.globs import path_matches
from scanner.policy.residency import Residency
from scanner.policy.transfers import Transfer
from scanner.policy.waivers import Waiver


class Policy(Struct, frozen=True):
    """What a policy file and ``--allow`` say together. Without either it is empty.

    ``path`` is the policy file as people name it, None where there is none. ``environment``
    is the one that the run is about; ``environments`` are those of the units that name one.
    """

    path: str | None = None
    residency: tuple[Residency, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    terraform: tuple[TerraformRoot, ...] = ()
    data_classes: tuple[DataClass, ...] = ()
    packs: tuple[str, ...] = ()
    environment: str | None = None
    environments: Mapping[str, str] = field(default_factory=dict)

    @property
    def present(self) -> bool:
        """Say whether anyone wrote a policy, in a file or as ``--allow``."""
        return self.path is not None or bool(self.residency)

    def classify(self, resource: Resource) -> Resource:
        """Return the resource with the classes of data that it holds."""
        found = [cls.name for cls in self.data_classes if cls.marks(resource)]
        if not found:
            return resource
        classes = tuple(dict.fromkeys((*resource.data_classes, *found)))
        return replace(resource, data_classes=classes)

    def residencies(self, resource: Resource) -> tuple[Residency, ...]:
        """Return the residencies that bind a resource, in the order of the policy."""
        environment = self.environment_of(resource.unit)
        return tuple(item for item in self.residency if item.applies(resource, environment))

    def with_units(self, units: Iterable[Unit]) -> Policy:
        """Return the policy that knows the environments of the units that name one."""
        named = {unit.id: unit.environment for unit in units if unit.environment is not None}
        return replace(self, environments={**self.environments, **named})

    def environment_of(self, unit: str) -> str | None:
        """Return the environment of a unit, or None where nothing says it.

        The unit's own comes first, then the run's, then what the unit's path says.
        """
        own = self.environments.get(unit) or self.environment
        return own if own is not None else of_path(unit, self._environment_names())

    def cluster_of(self, path: str) -> tuple[str, str, Hop] | None:
        """Return (provider, region, hop) of the cluster for manifests at a path.

        The first entry of ``clusters`` that holds the path counts.
        """
        for cluster in self.clusters:
            if path_matches(cluster.paths, path):
                return cluster.provider, cluster.region, cluster.hop()
        return None

    def environments_of(self, root: str) -> Mapping[str, tuple[str, ...]]:
        """Return the environments of a Terraform root and the variable files of each."""
        wanted = posixpath.normpath(root)
        for entry in self.terraform:
            if entry.root == wanted:
                return entry.environments
        return {}

    def as_input(self) -> dict[str, Any]:
        """Return what Rego rules see of the policy."""
        return {"residency": {item.name: item.as_input() for item in self.residency}}

    def _environment_names(self) -> set[str]:
        names = {name for entry in self.terraform for name in entry.environments}
        return names.union(*(item.where.environments for item in self.residency))
