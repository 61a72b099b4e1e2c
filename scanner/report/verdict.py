"""The last line of every report for people: what was found in how much, and what follows.

A run without findings never says the word by which some pipelines look for failures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.report.page import count
from scanner.rule import Severity

if TYPE_CHECKING:
    from scanner.finding import Report


def counts(report: Report) -> list[str]:
    """Return what was found, each kind that there is: ``3 findings (2 high, 1 low)``."""
    opened = report.open()
    failed = [finding for finding in opened if finding.verdict == "fail"]
    parts = []
    if failed:
        by_severity = [
            f"{number} {severity.value}"
            for severity in reversed(Severity)
            if (number := sum(finding.severity is severity for finding in failed))
        ]
        parts.append(f"{count(len(failed), 'finding')} ({', '.join(by_severity)})")
    if len(opened) > len(failed):
        parts.append(f"{len(opened) - len(failed):,} undecided")
    for status in ("ignored", "waived", "permitted", "known"):
        number = sum(finding.status == status for finding in report.findings)
        if number:
            parts.append(f"{number:,} {status}")
    if report.graph.unread:
        parts.append(f"{len(report.graph.unread):,} unread")
    return parts


def size(report: Report) -> str:
    """Return how much was looked at."""
    graph = report.graph
    parts = (
        count(len(graph.resources), "resource"),
        count(len(graph.flows), "flow"),
        count(len(graph.units), "unit"),
        count(len(report.rules), "rule"),
    )
    return ", ".join(parts)


def follows(report: Report) -> str:
    """Return what the exit code means."""
    code, least = report.exit_code, report.settings.fail_on
    if code == 1:
        above = f"findings at or above {least.value}" if least else "findings"
        return f"exit code 1, {above}"
    if code == 2:
        return "exit code 2, the scan could not judge"
    if code == 3:
        return "exit code 3, strict and something stayed undecided or unread"
    if any(finding.verdict == "fail" for finding in report.open()):
        above = f"nothing at or above {least.value}" if least else "findings do not count"
        return f"exit code 0, {above}"
    return "exit code 0"


def line(report: Report) -> str:
    """Return the verdict in one line."""
    word = {0: "Passed", 1: "Failed", 2: "No verdict", 3: "Not settled"}
    found = ", ".join(counts(report)) or "nothing found"
    return f"{word.get(report.exit_code, 'Done')}: {found} in {size(report)}; {follows(report)}"
