"""Findings: a rule's problem with its place, its trail, its fingerprint and what became of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from scanner.model import Flow, Resource, Span, Trail
from scanner.rule import Problem, Rule, Severity

if TYPE_CHECKING:
    from scanner.graph import Graph
    from scanner.policy import Policy
    from scanner.settings import Settings

Status = Literal["open", "ignored", "waived", "permitted", "known"]


class Related(Struct, frozen=True):
    """Another place that takes part in a finding, and its part."""

    span: Span
    text: str


class Finding(Struct, frozen=True):
    """A problem at a place. ``span`` is the line that a person would change."""

    rule: Rule
    problem: Problem
    span: Span
    trail: Trail
    fingerprint: str
    related: tuple[Related, ...] = ()
    status: Status = "open"
    reason: str | None = None

    @property
    def severity(self) -> Severity:
        """The problem's own severity where the rule lowered it, else the rule's."""
        return self.problem.severity or self.rule.severity

    @property
    def verdict(self) -> str:
        """``fail`` or ``undecided``."""
        return self.problem.verdict

    @property
    def resource(self) -> str | None:
        """The id of the resource that the finding is about, if it is about one."""
        subject = self.problem.subject
        if isinstance(subject, Resource):
            return subject.id
        if isinstance(subject, Flow):
            return subject.source or None
        return subject.owner or None

    @property
    def flow(self) -> str | None:
        """The id of the flow that the finding is about, if it is about one."""
        subject = self.problem.subject
        return subject.id if isinstance(subject, Flow) else None

    @property
    def subject(self) -> str:
        """What the finding is about, in words: an address, or the key of a string."""
        subject = self.problem.subject
        if isinstance(subject, Resource):
            return subject.address
        if isinstance(subject, Flow):
            return subject.source.partition("#")[2] or subject.declared_by.partition("#")[2]
        return subject.owner.partition("#")[2] or subject.path


def fingerprint(*parts: str) -> str:
    """Return 16 hex digits that stay the same while lines move: no line numbers go in."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


class Report(Struct, frozen=True):
    """All that a format needs. ``findings`` are sorted: severity first, then file and line."""

    findings: tuple[Finding, ...]
    rules: tuple[Rule, ...]
    graph: Graph
    policy: Policy
    settings: Settings
    exit_code: int = 0
    notes: tuple[str, ...] = ()
    """Sentences for people about the run itself: what was assumed, what to do next."""

    def open(self) -> list[Finding]:
        """Return the findings that nothing has settled."""
        return [finding for finding in self.findings if finding.status == "open"]

    def summary(self) -> dict[str, object]:
        """Return the counts of the JSON report's ``summary``."""
        opened = self.open()
        failed = [finding for finding in opened if finding.verdict == "fail"]
        severities = Counter(finding.severity.value for finding in failed)
        return {
            "findings": len(failed),
            "undecided": len(opened) - len(failed),
            "severities": {s.value: severities.get(s.value, 0) for s in reversed(list(Severity))},
            "statuses": dict(sorted(Counter(f.status for f in self.findings).items())),
            "resources": len(self.graph.resources),
            "flows": len(self.graph.flows),
            "units": len(self.graph.units),
            "unread": len(self.graph.unread),
            "exit_code": self.exit_code,
        }
