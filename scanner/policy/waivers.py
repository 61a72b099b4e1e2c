"""Waivers: findings that someone answers for, until a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from scanner.finding import Finding
from scanner.model import Flow, Resource, Span
from scanner.policy.globs import address_matches, path_matches


class Waiver(Struct, frozen=True):
    """One waiver: of which rules, for which addresses and paths, why and how long."""

    rules: tuple[str, ...]
    addresses: tuple[str, ...]
    paths: tuple[str, ...]
    reason: str
    expires: date
    span: Span
    path: str
    owner: str = ""

    def expired(self, day: date) -> bool:
        """Say whether it no longer holds on a day; its last day still counts."""
        return self.expires < day

    def covers(self, finding: Finding) -> bool:
        """Say whether a finding is what this waiver is about."""
        if not any(finding.rule.matches(selector) for selector in self.rules):
            return False
        if self.paths and not path_matches(self.paths, finding.span.file):
            return False
        if not self.addresses:
            return True
        return any(
            address_matches(glob, address, unit)
            for unit, address in _addresses(finding)
            for glob in self.addresses
        )

    def words(self) -> str:
        """Return the reason, who answers for it, and the last day."""
        owner = f", {self.owner}" if self.owner else ""
        return f"{self.reason}{owner} (until {self.expires})"


def _addresses(finding: Finding) -> Iterator[tuple[str, str]]:
    """Yield (unit, address) of everything that a finding is about."""
    subject = finding.problem.subject
    if isinstance(subject, Resource):
        yield subject.unit, subject.address
    elif isinstance(subject, Flow):
        for end in dict.fromkeys((subject.source, subject.declared_by, subject.target or "")):
            unit, _, address = end.partition("#")
            if address:
                yield unit, address
    elif subject.owner:
        unit, _, address = subject.owner.partition("#")
        yield unit, address
    else:
        yield subject.unit, subject.path
