"""Why a resource is where it is: its places with their trails, its policy, its data paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.finding import Report
from scanner.graph import Graph
from scanner.model import Flow, Location, Resource, Trail
from scanner.report.clean import clean
from scanner.report.redact import Secrets
from scanner.report.view import PLAIN, View

MAX_SHOWN = 20
"""More resources than this are counted, not explained: a name was meant, not a group."""


def matching(graph: Graph, target: str) -> list[Resource]:
    """Return the resources that a target names: an id, an address, or one without its keys."""
    found = [r for r in graph.resources.values() if target in (r.id, r.address)]
    if not found:
        found = [
            r
            for r in graph.resources.values()
            if r.address.startswith((f"{target}[", f"{target}."))
            or r.address.endswith((f".{target}", f"/{target}"))
        ]
    return found


def render(resources: Sequence[Resource], report: Report, view: View = PLAIN) -> str:
    """Return the explanation as text."""
    lines: list[str] = []
    secrets = Secrets.of_report(report)
    for resource in resources[:MAX_SHOWN]:
        lines.extend(_resource(resource, report, secrets, view))
        lines.append("")
    if len(resources) > MAX_SHOWN:
        lines.append(f"… and {len(resources) - MAX_SHOWN} more; name one of them")
    else:
        lines.pop()
    return "\n".join(lines) + "\n"


def _resource(resource: Resource, report: Report, secrets: Secrets, view: View) -> Iterator[str]:
    span = resource.span
    yield view.paint("bold", clean(resource.id))
    yield f"  {resource.type}, {resource.kind}, declared at {clean(span.file)}:{span.line}"
    if resource.operator is not None:
        yield f"  operated by {resource.operator.name} ({resource.operator.country})"
    if resource.data_classes:
        yield f"  holds {', '.join(resource.data_classes)} data"
    if "attachment" in resource.roles:
        yield "  configures another resource and lives with it"
    if not resource.locations:
        yield "  has no place: nothing of it is stored or runs anywhere"
    for location in resource.locations:
        yield f"  {_place(location)}"
        yield from _trail(location.trail, secrets)
    for residency in report.policy.residencies(resource):
        yield f"  bound by '{residency.name}': {residency.allow.text()}"
    for flow in report.graph.flows:
        if resource.id in (flow.source, flow.target, flow.declared_by):
            yield f"  {_flow(flow)}"


def _place(location: Location) -> str:
    where = location.region or location.zone or location.group or location.scope
    countries = ", ".join("anywhere" if c == "*" else c for c in location.countries)
    groups = f" ({', '.join(location.jurisdictions)})" if location.jurisdictions else ""
    head = f"{location.role}: {location.provider} {where}"
    if location.status == "unknown":
        return f"{location.role}: {location.provider}, place unknown"
    status = " (one of several possible)" if location.status == "candidate" else ""
    return head + (f", {countries}" if countries else "") + groups + status


def _trail(trail: Trail, secrets: Secrets) -> Iterator[str]:
    for hop in trail:
        where = f"{clean(hop.span.file)}:{hop.span.line}"
        yield f"    {where}: {clean(secrets.hide(hop.text))}"


def _flow(flow: Flow) -> str:
    there = flow.target or flow.endpoint or "somewhere"
    crosses = f", crosses {' and '.join(flow.crosses)}" if flow.crosses else ""
    return clean(f"{flow.kind} of {flow.carries}: {flow.source} to {there}{crosses}")
