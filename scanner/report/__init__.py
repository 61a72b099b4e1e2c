"""Reports: one module for a format, each with ``render(report, view) -> str``.

A format is imported when it is asked for, so that a run pays for one format only. The view is
optional: without one the output is that of a pipe.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from scanner.report.view import PLAIN, View

if TYPE_CHECKING:
    from collections.abc import Callable

    from scanner.finding import Report


class Render(Protocol):
    """A format: the whole output as one text that ends in a newline."""

    def __call__(self, report: Report, view: View = PLAIN) -> str:
        """Return the report as text."""


def _late(module: str) -> Render:
    def render(report: Report, view: View = PLAIN) -> str:
        found: Callable[[Report, View], str] = import_module(f"scanner.report.{module}").render
        return found(report, view)

    return render


FORMATS: dict[str, Render] = {
    "text": _late("text"),
    "concise": _late("concise"),
    "json": _late("json_report"),
    "sarif": _late("sarif"),
    "github": _late("github"),
    "markdown": _late("markdown"),
}
"""The formats of ``domicile scan`` by name."""

INVENTORY: dict[str, Render] = {
    "table": _late("inventory_table"),
    "json": _late("inventory_json"),
    "csv": _late("inventory_csv"),
    "markdown": _late("inventory_markdown"),
}
"""The formats of ``domicile inventory`` by name."""
