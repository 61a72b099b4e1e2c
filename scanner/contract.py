"""The model as JSON: the public contract of ``domicile inventory``, and Rego's ``input``.

Pure functions from the types of `scanner.model` to plain dicts and lists. Keys keep one order;
nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scanner.model import (
    Flow,
    Location,
    Operator,
    Reference,
    Resource,
    Span,
    Trail,
    Unit,
    Unknown,
    Unread,
)

SCHEMA = "domicile.inventory/1"


def value_json(value: Any) -> Any:
    """Return a value with every `Unknown` written as ``{"unknown": reason, "candidates": …}``."""
    if isinstance(value, dict):
        return {str(key): value_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [value_json(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((value_json(item) for item in value), key=str)
    if isinstance(value, Unknown):
        result: dict[str, Any] = {"unknown": value.reason}
        if value.expression:
            result["expression"] = value.expression
        if value.candidates is not None:
            result["candidates"] = [value_json(item) for item in value.candidates]
        return result
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        # JSON has no infinity and no NaN; their names are still an answer.
        return value if value - value == 0 else str(value)
    return str(value)


def span_json(span: Span) -> dict[str, Any]:
    """Return a span: the file and the four numbers."""
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def trail_json(trail: Trail) -> list[dict[str, Any]]:
    """Return the steps of a trail, each where it starts and what it says."""
    return [
        {"file": h.span.file, "line": h.span.line, "column": h.span.column, "text": h.text}
        for h in trail
    ]


def location_json(location: Location) -> dict[str, Any]:
    """Return a location with all that is known of it."""
    result: dict[str, Any] = {
        "provider": location.provider,
        "region": location.region,
        "zone": location.zone,
        "scope": location.scope,
        "role": location.role,
        "countries": list(location.countries),
        "group": location.group,
        "jurisdictions": list(location.jurisdictions),
        "status": location.status,
        "path": location.path,
        "trail": trail_json(location.trail),
    }
    return result


def end_json(location: Location) -> dict[str, Any]:
    """Return a location as the end of a flow: without its trail, which the flow has."""
    result = location_json(location)
    del result["trail"], result["path"]
    return result


def operator_json(operator: Operator | None) -> dict[str, Any] | None:
    """Return who runs a service and whose law compels them, or None where that is not known."""
    if operator is None:
        return None
    return {
        "name": operator.name,
        "country": operator.country,
        "partition": operator.partition,
        "reach": list(operator.reach),
        "laws": operator.laws,
        "confidence": operator.confidence,
    }


def resource_json(resource: Resource) -> dict[str, Any]:
    """Return a resource, attributes and all."""
    return {
        "id": resource.id,
        "address": resource.address,
        "unit": resource.unit,
        "source": resource.source,
        "provider": resource.provider,
        "type": resource.type,
        "name": resource.name,
        "kind": resource.kind,
        "roles": list(resource.roles),
        "labels": value_json(resource.labels),
        "data_classes": list(resource.data_classes),
        "locations": [location_json(location) for location in resource.locations],
        "operator": operator_json(resource.operator),
        "facts": value_json(resource.facts),
        "attributes": value_json(resource.attributes),
        "span": span_json(resource.span),
    }


def flow_json(flow: Flow) -> dict[str, Any]:
    """Return a flow with its two ends."""
    return {
        "id": flow.id,
        "kind": flow.kind,
        "carries": flow.carries,
        "source": flow.source,
        "target": flow.target,
        "endpoint": flow.endpoint,
        "source_locations": [end_json(location) for location in flow.source_locations],
        "target_locations": [end_json(location) for location in flow.target_locations],
        "crosses": list(flow.crosses),
        "certainty": flow.certainty,
        "declared_by": flow.declared_by,
        "span": span_json(flow.span),
        "trail": trail_json(flow.trail),
    }


def unit_json(unit: Unit) -> dict[str, Any]:
    """Return a unit."""
    return {
        "id": unit.id,
        "source": unit.source,
        "environment": unit.environment,
        "path": unit.path,
    }


def unread_json(unread: Unread) -> dict[str, Any]:
    """Return something that could not be read, with its reason."""
    return {
        "path": unread.path,
        "reason": unread.reason,
        "line": unread.line,
        "hint": unread.hint,
    }


def reference_json(reference: Reference) -> dict[str, str]:
    """Return a reference: the attribute that refers and what it refers to."""
    return {
        "path": reference.path,
        "target": reference.target,
        "attribute": reference.attribute,
    }


def inventory_json(
    resources: Iterable[Resource],
    flows: Iterable[Flow],
    references: Mapping[str, Iterable[Reference]],
    units: Iterable[Unit],
    unread: Iterable[Unread],
) -> dict[str, Any]:
    """Return the whole model: what ``domicile inventory --format json`` prints."""
    return {
        "schema": SCHEMA,
        "units": [unit_json(unit) for unit in units],
        "resources": [resource_json(resource) for resource in resources],
        "flows": [flow_json(flow) for flow in flows],
        "references": {
            owner: [reference_json(reference) for reference in found]
            for owner, found in references.items()
        },
        "unread": [unread_json(item) for item in unread],
    }
