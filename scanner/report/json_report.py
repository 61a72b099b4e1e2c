"""The report as JSON, ``domicile.report/1``: for programs, and as evidence of what was asked."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner import __version__
from scanner.contract import span_json, trail_json, unit_json, unread_json
from scanner.report.fingerprints import unique
from scanner.report.json_text import dumps
from scanner.report.page import Page
from scanner.report.view import PLAIN, View

if TYPE_CHECKING:
    from scanner.finding import Finding, Report

SCHEMA = "domicile.report/1"


def render(report: Report, view: View = PLAIN) -> str:
    """Return the report as JSON. Every finding is in it, whatever its status."""
    page = Page(report, view)
    hidden = page.hidden(report_json(page))
    for shown, finding in zip(hidden["findings"], report.findings, strict=True):
        shown["message"] = page.said(finding)
    return dumps(hidden)


def report_json(page: Page) -> dict[str, Any]:
    """Return the report as dicts and lists, secrets not yet hidden."""
    report = page.report
    prints = unique(finding.fingerprint for finding in report.findings)
    return {
        "schema": SCHEMA,
        "findings": [
            _finding(finding, name) for finding, name in zip(report.findings, prints, strict=True)
        ],
        "units": [unit_json(unit) for unit in report.graph.units],
        "unread": [unread_json(item) for item in report.graph.unread],
        "notes": list(report.notes),
        "summary": report.summary(),
        "evidence": _evidence(page),
    }


def _finding(finding: Finding, fingerprint: str) -> dict[str, Any]:
    return {
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "severity": finding.severity.value,
        "verdict": finding.verdict,
        "status": finding.status,
        "message": finding.problem.message,
        "resource": finding.resource,
        "flow": finding.flow,
        "subject": finding.subject,
        "path": finding.problem.path,
        "span": span_json(finding.span),
        "related": [{**span_json(item.span), "text": item.text} for item in finding.related],
        "trail": trail_json(finding.trail),
        "help": finding.problem.help or None,
        "controls": list(finding.rule.controls),
        "fingerprint": fingerprint,
        "reason": finding.reason,
    }


def _evidence(page: Page) -> dict[str, Any]:
    """Return what an auditor asks: which tool, which policy, which commit, which questions."""
    report, settings = page.report, page.report.settings
    return {
        "tool": {"name": "domicile", "version": __version__},
        "as_of": settings.as_of.isoformat(),
        "repository": page.provenance.repository or None,
        "revision": page.provenance.revision or None,
        "branch": page.provenance.branch or None,
        "paths": list(settings.paths),
        "environment": settings.environment,
        "fail_on": settings.fail_on.value if settings.fail_on else None,
        "strict": settings.strict,
        "select": list(settings.select),
        "ignore": list(settings.ignore),
        "policy": _policy(page),
        "rules": list(_rules(report)),
    }


def _policy(page: Page) -> dict[str, Any] | None:
    policy = page.report.policy
    if not policy.present:
        return None
    return {
        "path": policy.path,
        "sha256": _digest(page.report.settings.root, policy.path),
        "packs": list(policy.packs),
        "residency": [item.name for item in policy.residency],
        "transfers": len(policy.transfers),
        "waivers": len(policy.waivers),
    }


def _digest(root: Path, path: str | None) -> str | None:
    if path is None:
        return None
    try:
        return hashlib.sha256((root / path).read_bytes()).hexdigest()
    except OSError:
        return None  # it came from standard input, or is gone since


def _rules(report: Report) -> Iterable[dict[str, Any]]:
    """Yield every rule that was asked and what it answered; silence is an answer."""
    failed: Counter[str] = Counter()
    undecided: Counter[str] = Counter()
    settled: Counter[str] = Counter()
    for finding in report.findings:
        if finding.status != "open":
            settled[finding.rule.id] += 1
        else:
            (failed if finding.verdict == "fail" else undecided)[finding.rule.id] += 1
    for rule in report.rules:
        yield {
            "id": rule.id,
            "name": rule.name,
            "severity": rule.severity.value,
            "language": rule.language,
            "controls": list(rule.controls),
            "findings": failed[rule.id],
            "undecided": undecided[rule.id],
            "settled": settled[rule.id],
        }
