"""The inventory as JSON, ``domicile.inventory/1``: the model as rules see it, secrets hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.contract import inventory_json
from scanner.report.json_text import dumps
from scanner.report.page import Page
from scanner.report.view import PLAIN, View

if TYPE_CHECKING:
    from scanner.finding import Report


def render(report: Report, view: View = PLAIN) -> str:
    """Return the inventory as JSON."""
    page, graph = Page(report, view), report.graph
    found = inventory_json(
        graph.resources.values(), graph.flows, graph.references, graph.units, graph.unread
    )
    return dumps(page.hidden(found))
