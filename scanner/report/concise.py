"""One line for each finding: ``file:line:column: RULE message [severity]``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.report import verdict
from scanner.report.page import Page
from scanner.report.view import PLAIN, View

if TYPE_CHECKING:
    from scanner.finding import Finding, Report


def render(report: Report, view: View = PLAIN) -> str:
    """Return the report as lines that editors and ``grep`` understand."""
    page = Page(report, view)
    return "".join(f"{line}\n" for line in _lines(page))


def _lines(page: Page) -> Iterator[str]:
    for finding in page.shown():
        rule = page.view.paint(_style(finding), finding.rule.id)
        words = page.message(finding)
        yield _harmless(f"{page.place(finding.span)}: {rule} {words} [{_state(page, finding)}]")
    for item in page.report.graph.unread:
        lead = page.view.paint("unread", "unread")
        line = f":{item.line}" if item.line else ""
        yield _harmless(f"{page.name(item.path)}{line}: {lead} {page.words(item.reason)}")
    yield verdict.line(page.report)


def _style(finding: Finding) -> str:
    return "undecided" if finding.verdict == "undecided" else finding.severity.value


def _state(page: Page, finding: Finding) -> str:
    if finding.status != "open":
        return f"{finding.status}: {page.words(finding.reason or 'no reason is given')}"
    return _style(finding)


def _harmless(line: str) -> str:
    """Return a line that starts no command of a pipeline, whatever the file is called."""
    return f"./{line.lstrip()}" if line.lstrip().startswith("::") else line
