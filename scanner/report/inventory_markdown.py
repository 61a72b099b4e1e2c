"""The inventory in Markdown: for a page or a comment that people keep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.report.markup import code, escaped, table
from scanner.report.page import Page, count
from scanner.report.places import elsewhere, end, main, reason, short, spot
from scanner.report.view import PLAIN, View

if TYPE_CHECKING:
    from scanner.finding import Report
    from scanner.model import Flow, Resource

_RESOURCES = ("Resource", "Kind", "Place", "Country", "Law", "Operator", "Data", "Remarks")
_FLOWS = ("Path", "Carries", "From", "To", "Crosses")


def render(report: Report, view: View = PLAIN) -> str:
    """Return the inventory as Markdown tables, one for each unit, and one of the data paths."""
    return "\n\n".join(_blocks(Page(report, view))) + "\n"


def _blocks(page: Page) -> Iterator[str]:
    graph = page.report.graph
    yield "# What is where"
    members: dict[str, list[Resource]] = {unit.id: [] for unit in graph.units}
    for resource in graph.resources.values():
        members.setdefault(resource.unit, []).append(resource)
    for unit, resources in members.items():
        yield f"## {code(page.name(unit))}"
        yield f"{count(len(resources), 'resource')}."
        if resources:
            yield "\n".join(table(_RESOURCES, (_resource(page, r) for r in resources)))
    if graph.flows:
        crossing = sum(bool(flow.crosses) for flow in graph.flows)
        yield "## Data paths"
        yield f"{count(len(graph.flows), 'data path')}, {crossing:,} across a border."
        yield "\n".join(table(_FLOWS, (_flow(page, flow) for flow in graph.flows)))
    if graph.unread:
        yield "## Not read"
        yield "\n".join(
            f"- {code(page.name(item.path))} {escaped(page.words(item.reason))}"
            for item in graph.unread
        )


def _resource(page: Page, resource: Resource) -> list[str]:
    place = spot(resource)
    remarks = [page.words(words) for words in elsewhere(resource)]
    remarks += [page.words(reason(p)) for p in main(resource) if p.status == "unknown"]
    if "attachment" in resource.roles:
        remarks.append("sets something of another resource")
    words = [place.place, place.countries, place.law, place.operator]
    return [
        code(page.name(resource.address)),
        resource.kind,
        *(escaped(page.name(word)) for word in words),
        escaped(page.name(", ".join(resource.data_classes))),
        escaped("; ".join(dict.fromkeys(remarks))),
    ]


def _flow(page: Page, flow: Flow) -> list[str]:
    target = short(flow.target) if flow.target else flow.endpoint or "elsewhere"
    words = (
        end(flow.source_locations, short(flow.source or flow.declared_by)),
        end(flow.target_locations, target),
    )
    crosses = ", ".join(flow.crosses) or "none that is known"
    maybe = "perhaps " if flow.crosses and flow.certainty == "possible" else ""
    return [
        escaped(flow.kind),
        flow.carries,
        *(escaped(page.name(word)) for word in words),
        f"{maybe}{crosses}",
    ]
