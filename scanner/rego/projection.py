"""What a Rego rule sees of a resource or a flow: only the fields that it reads.

Ten thousand resources are a few dozen different ones to a rule that reads places and kinds; each
different one is judged once. Strings are left as they are, facts that need code (does an area
hold a place?) are answered here and handed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scanner import contract
from scanner.flows.words import place
from scanner.model import Flow, Location, Resource
from scanner.providers import unknown

if TYPE_CHECKING:
    from scanner.policy import Policy, Residency

CHUNK = 40
"""How many inputs one query is given; 20 to 50 are the fastest."""

FIELDS = (
    "id", "address", "unit", "environment", "source", "provider", "type", "name", "kind", "roles",
    "labels", "data_classes", "locations", "residencies", "operator", "facts", "attributes",
)  # fmt: skip
"""The fields of a resource that ``reads`` may name; ``attributes.acl`` is one attribute."""

FLOW_FIELDS = (
    "id", "kind", "carries", "source", "target", "endpoint", "source_locations",
    "target_locations", "crosses", "certainty", "declared_by",
)  # fmt: skip
"""The fields of a flow that a rule is given, all of them."""


class Projector:
    """Makes the inputs of one policy; what several resources share is worked out once."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._holds: dict[tuple[Any, ...], bool | None] = {}

    def resource(self, resource: Resource, reads: Iterable[str]) -> dict[str, Any]:
        """Return the fields of a resource that a rule reads."""
        result: dict[str, Any] = {}
        for field in reads:
            top, _, inner = field.partition(".")
            if inner:
                value = resource.attributes.get(inner)
                result.setdefault(top, {})[inner] = contract.value_json(value)
            elif field == "locations":
                result[field] = self.locations(resource)
            elif field == "residencies":
                result[field] = [
                    self.residency(item, resource) for item in self.policy.residencies(resource)
                ]
            elif field == "environment":
                result[field] = self.policy.environment_of(resource.unit)
            elif field == "operator":
                result[field] = contract.operator_json(resource.operator)
            elif field in {"roles", "data_classes"}:
                result[field] = list(getattr(resource, field))
            else:
                result[field] = contract.value_json(getattr(resource, field))
        return result

    def has(self, resource: Resource, field: str) -> bool:
        """Say whether a field of a resource holds anything."""
        if field == "residencies":
            return bool(self.policy.residencies(resource))
        if field == "environment":
            return self.policy.environment_of(resource.unit) is not None
        top, _, inner = field.partition(".")
        value = getattr(resource, top)
        return bool(value.get(inner) if inner else value)

    def locations(self, resource: Resource) -> list[dict[str, Any]]:
        """Return the locations, numbered, without their trails, in which no two are alike."""
        return [
            {
                "index": index,
                "text": place(location),
                "reason": unknown.reason(location) if location.status == "unknown" else None,
                **contract.end_json(location),
            }
            for index, location in enumerate(resource.locations)
        ]

    def residency(self, residency: Residency, resource: Resource) -> dict[str, Any]:
        """Return a residency that binds a resource, and what it says of each of its places."""
        control = residency.control
        operator = resource.operator
        answer = None
        if control is not None and operator is not None:
            answer = control.has(operator.country)
        return {
            "name": residency.name,
            "allow": residency.allow.text(),
            "control": control.text() if control is not None else None,
            "unknown": residency.unknown,
            "places": [
                {**shown, "holds": self._held(residency, location)}
                for shown, location in zip(
                    self.locations(resource), resource.locations, strict=True
                )
            ],
            "controlled": answer,
        }

    def _held(self, residency: Residency, location: Location) -> bool | None:
        if location.status == "unknown":
            return None
        key = (
            residency.name, location.provider, location.region, location.countries,
            location.group,
        )  # fmt: skip
        if key not in self._holds:
            self._holds[key] = residency.allow.holds(location)
        return self._holds[key]


def grouped(
    inputs: Iterable[tuple[Any, dict[str, Any]]],
) -> Iterator[tuple[list[dict[str, Any]], list[list[Any]]]]:
    """Yield chunks of the distinct inputs, each with its number ``n`` in the chunk, and for
    each input the subjects that look like it.
    """
    distinct: dict[str, tuple[dict[str, Any], list[Any]]] = {}
    for subject, projection in inputs:
        mark = json.dumps(projection, sort_keys=True, default=str)
        distinct.setdefault(mark, (projection, []))[1].append(subject)
    waiting = list(distinct.values())
    for start in range(0, len(waiting), CHUNK):
        chunk = waiting[start : start + CHUNK]
        yield (
            [{"n": n, **projection} for n, (projection, _) in enumerate(chunk)],
            [subjects for _, subjects in chunk],
        )


def flow(subject: Flow) -> dict[str, Any]:
    """Return a flow as a rule sees it: the contract's form without its trail and its lines."""
    whole: Mapping[str, Any] = contract.flow_json(subject)
    return {key: whole[key] for key in FLOW_FIELDS}
