"""The inventory as CSV: a line for each place of each resource, as spreadsheets read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.report.page import Page
from scanner.report.places import reason
from scanner.report.view import PLAIN, View

if TYPE_CHECKING:
    from scanner.finding import Report
    from scanner.model import Location, Resource

COLUMNS = (
    "unit", "address", "type", "kind", "roles", "data_classes", "provider", "region", "zone",
    "scope", "role", "status", "countries", "group", "jurisdictions", "operator",
    "operator_country", "file", "line", "reason",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(report: Report, view: View = PLAIN) -> str:
    """Return the inventory as CSV. A resource without a place has one line."""
    page = Page(report, view)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for resource in report.graph.resources.values():
        for row in _rows(resource):
            writer.writerow([_cell(page.name(cell)) for cell in row])
    return text.getvalue()


def _rows(resource: Resource) -> Iterator[list[str]]:
    before = [resource.unit, resource.address, resource.type, resource.kind]
    before += [" ".join(resource.roles), " ".join(resource.data_classes)]
    operator = resource.operator
    after = [operator.name, operator.country] if operator else ["", ""]
    after += [resource.span.file, str(resource.span.line)]
    for place in resource.locations or (None,):
        why = reason(place) if place is not None and place.status == "unknown" else ""
        yield [*before, *_place(resource, place), *after, why]


def _place(resource: Resource, place: Location | None) -> list[str]:
    if place is None:
        return [resource.provider, "", "", "", "", "none", "", "", ""]
    return [
        place.provider, place.region or "", place.zone or "", place.scope, place.role,
        place.status, " ".join(place.countries), place.group, " ".join(place.jurisdictions),
    ]  # fmt: skip


def _cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
