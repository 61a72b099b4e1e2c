"""Residency: which resources must live where, and whose law may reach their operator."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from scanner.geography import Area
from scanner.model import Resource, Span
from scanner.policy.environments import canonical
from scanner.policy.globs import path_matches, unit_names

OnUnknown = Literal["fail", "warn", "allow"]


class Where(Struct, frozen=True):
    """The part of the tree that a residency speaks of; an empty field means all of it."""

    paths: tuple[str, ...] = ()
    environments: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def holds(self, resource: Resource, environment: str | None) -> bool:
        """Say whether a resource is in this part.

        One whose environment nobody knows is in each of them: it may be the one meant.
        """
        if self.kinds and resource.kind not in self.kinds:
            return False
        meant = {canonical(name) for name in self.environments}
        if meant and environment is not None and canonical(environment) not in meant:
            return False
        if not self.paths:
            return True
        names = (*unit_names(resource.unit), resource.span.file)
        return any(path_matches(self.paths, name) for name in names)


class Residency(Struct, frozen=True):
    """Resources that hold some classes of data must lie in ``allow``.

    ``data`` empty means every resource. ``control`` is the area whose law may reach the
    operator; None where the policy does not say. ``unknown`` is what becomes of a place that
    nobody can know: ``fail``, ``warn`` (undecided) or ``allow``.
    """

    name: str
    allow: Area
    control: Area | None = None
    data: frozenset[str] = frozenset()
    where: Where = field(default_factory=Where)
    unknown: OnUnknown = "warn"
    span: Span | None = None

    def applies(self, resource: Resource, environment: str | None = None) -> bool:
        """Say whether this residency binds a resource of an environment (None: not known)."""
        if self.data and self.data.isdisjoint(resource.data_classes):
            return False
        return self.where.holds(resource, environment)

    def as_input(self) -> dict[str, Any]:
        """Return what a Rego rule sees."""
        return {
            "allow": area_json(self.allow),
            "control": area_json(self.control) if self.control is not None else None,
            "unknown": self.unknown,
            "data": sorted(self.data),
        }


def area_json(area: Area) -> dict[str, Any]:
    """Return an area as JSON: expanded countries, groups, single regions, and its words."""
    return {
        "countries": sorted(area.countries),
        "conditional": sorted(area.conditional),
        "groups": sorted(area.groups),
        "regions": sorted(area.regions),
        "text": area.text(),
    }
