"""What every format needs of one report: safe words, source lines, the parts of a rule's text."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from scanner.report.clean import clean, encodable
from scanner.report.excerpt import Sources
from scanner.report.provenance import Provenance
from scanner.report.redact import Secrets
from scanner.report.view import PLAIN, View

if TYPE_CHECKING:
    from scanner.finding import Finding, Report
    from scanner.model import Span
    from scanner.rule import Rule

_WRITTEN = frozenset(
    ("message", "text", "attributes", "labels", "facts", "reason", "hint", "notes", "help")
)
"""The fields of the JSON contracts that hold what someone wrote."""


class Page:
    """One report, about to be written in one format."""

    def __init__(self, report: Report, view: View = PLAIN) -> None:
        self.report = report
        self.view = view
        self.secrets = Secrets.of_report(report)
        self.sources = Sources(report.settings.root, self.secrets)

    @cached_property
    def provenance(self) -> Provenance:
        """The repository that the working directory lies in."""
        return Provenance.of(self.report.settings.root)

    def data(self, text: str, *, names: bool = False) -> str:
        """Return text for a format that escapes by itself: without secrets."""
        return encodable(self.secrets.hide(text, names=names))

    def hidden(self, value: Any, names: bool = True) -> Any:
        """Return JSON without secrets. Keys, ids and the words of the contract are names: a
        password ``database`` does not hide the kind of that name.
        """
        if isinstance(value, str):
            return self.data(value, names=names)
        if isinstance(value, dict):
            return {
                self.data(str(key), names=True): self.hidden(item, names and key not in _WRITTEN)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.hidden(item, names) for item in value]
        return value

    def message(self, finding: Finding) -> str:
        """Return a finding's message for people. The words of our own rules are no secrets,
        even where somebody's password is one of them.
        """
        return clean(self.said(finding))

    def said(self, finding: Finding) -> str:
        """Return a finding's message for a format that escapes by itself."""
        own = finding.rule.id.startswith("DOM")
        return self.data(finding.problem.message, names=own)

    def words(self, text: str) -> str:
        """Return text for people: one line, no secrets, nothing that steers a terminal."""
        return clean(self.secrets.hide(text))

    def name(self, text: str) -> str:
        """Return an id, an address or a file name for people."""
        return clean(self.secrets.hide(text, names=True))

    def place(self, span: Span) -> str:
        """Return ``file:line:column``."""
        return f"{self.name(span.file)}:{span.line}:{span.column}"

    def shown(self) -> list[Finding]:
        """Return the findings to list: the open ones, and the settled ones where asked for."""
        if self.view.show_suppressed:
            return sorted(self.report.findings, key=lambda finding: finding.status != "open")
        return self.report.open()


def section(doc: str, heading: str) -> str:
    """Return the text below a ``##`` heading of a rule's documentation."""
    found = re.search(
        rf"^## {re.escape(heading)}[ \t]*\n(.*?)(?=^## |\Z)", doc, re.MULTILINE | re.DOTALL
    )
    return found.group(1).strip() if found else ""


def first_paragraph(text: str) -> str:
    """Return the first paragraph as one line; a colon that led to an example is a full stop."""
    line = " ".join(text.partition("\n\n")[0].split())
    return f"{line[:-1]}." if line.endswith(":") else line


def fix(rule: Rule) -> str:
    """Return what the rule says to do, in one line."""
    return first_paragraph(section(rule.doc, "Fix"))


def sentence(text: str) -> str:
    """Return text that ends in a full stop."""
    text = text.rstrip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def count(number: int, noun: str, plural: str = "") -> str:
    """Return ``1 finding`` or ``3 findings``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
