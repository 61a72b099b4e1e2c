"""SARIF 2.1.0, as code scanning and the viewers read it.

Every place is relative to the top of the repository. The trail of a finding is its code flow.
Findings that something has settled are left out unless they are asked for: GitHub opens alerts
for suppressed results as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scanner.model import Span
from scanner.report.fingerprints import unique
from scanner.report.json_text import dumps
from scanner.report.page import Page, count, sentence
from scanner.report.sarif_rules import LEVELS, driver, project_url, score, taxonomies
from scanner.report.view import PLAIN, View

if TYPE_CHECKING:
    from scanner.finding import Finding, Report
    from scanner.model import Hop, Unread
    from scanner.rule import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
MOST_RESULTS = 25_000
"""GitHub refuses a run with more."""
_MOST_RELATED = 1_000
_MOST_STEPS = 1_000
_LINK = re.compile(r"\](?=\()")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def render(report: Report, view: View = PLAIN) -> str:
    """Return the report as a SARIF log with one run."""
    page = Page(report, view)
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(page)]}, indent=1)


def _run(page: Page) -> dict[str, Any]:
    report = page.report
    rules = _rules(report)
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    prints = unique(finding.fingerprint for finding in report.findings)
    every = page.view.show_suppressed
    shown = sorted(
        (
            (f, name)
            for f, name in zip(report.findings, prints, strict=True)
            if every or f.status == "open"
        ),
        key=lambda pair: (pair[0].status != "open", -pair[0].severity.rank),
    )
    kept = shown[:MOST_RESULTS]
    run: dict[str, Any] = {"tool": {"driver": driver(rules, project_url())}}
    controls = taxonomies(rules)
    if controls:
        run["taxonomies"] = controls
    run["originalUriBaseIds"] = {
        ROOT: {"description": {"text": "The top of the repository."}},
    }
    run.update(_provenance(page))
    if page.view.category:
        # The value in the file beats the category of the upload, so only one asked for is written.
        run["automationDetails"] = {"id": f"{page.data(page.view.category).rstrip('/')}/"}
    run["columnKind"] = "unicodeCodePoints"
    run["invocations"] = [_invocation(page, len(shown) - len(kept))]
    run["results"] = [
        _result(page, finding, numbers[finding.rule.id], name) for finding, name in kept
    ]
    return run


def _rules(report: Report) -> list[Rule]:
    """Return the rules that were asked, and those of findings that no rule file has."""
    every = {rule.id: rule for rule in (*report.rules, *(f.rule for f in report.findings))}
    return [every[name] for name in sorted(every)]


def _provenance(page: Page) -> dict[str, Any]:
    found = page.provenance
    # A clone of a folder has no web address; what the paths are relative to is still known.
    repository = found.repository or (found.top.as_uri() if found.revision else "")
    if not repository:
        return {}
    control = {"repositoryUri": repository, "mappedTo": {"uriBaseId": ROOT}}
    if found.revision:
        control["revisionId"] = found.revision
    if found.branch:
        control["branch"] = found.branch
    return {"versionControlProvenance": [control]}


def _invocation(page: Page, dropped: int) -> dict[str, Any]:
    report = page.report
    notes = list(report.notes)
    if dropped:
        least = f"{count(dropped, 'result')} of the lowest severity left out"
        notes.append(f"{least}: a run holds {MOST_RESULTS:,} at most")
    settled = len(report.findings) - len(report.open())
    if settled and not page.view.show_suppressed:
        notes.append(f"{count(settled, 'settled finding')} left out, see --show-suppressed")
    told = [_unread(page, item) for item in report.graph.unread]
    told += [
        {"descriptor": {"id": "NOTE"}, "level": "note", "message": {"text": _text(page, note)}}
        for note in notes
    ]
    # Something unread is told, and strict runs end with code 3; the scan itself did its work.
    return {
        "executionSuccessful": report.exit_code != 2,
        "exitCode": report.exit_code,
        "toolExecutionNotifications": told,
    }


def _unread(page: Page, item: Unread) -> dict[str, Any]:
    words = sentence(f"'{item.path}' could not be read: {item.reason}")
    if item.hint:
        words = f"{words} {sentence(item.hint)}"
    place: dict[str, Any] = {"artifactLocation": _artifact(page, item.path)}
    if item.line:
        place["region"] = {"startLine": item.line}
    return {
        "descriptor": {"id": "UNREAD"},
        "level": "warning",
        "message": {"text": page.data(words)},
        "locations": [{"physicalLocation": place}],
    }


def _result(page: Page, finding: Finding, number: int, fingerprint: str) -> dict[str, Any]:
    undecided = finding.verdict == "undecided"
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": number,
        "level": "note" if undecided else LEVELS[finding.severity.value],
        "message": {
            "id": finding.verdict,
            "arguments": [page.said(finding)],
            "text": _message(page, finding),
        },
        "locations": [_primary(page, finding)],
    }
    related = [
        {"id": index, **_location(page, item.span, item.text)}
        for index, item in enumerate(finding.related[:_MOST_RELATED], 1)
    ]
    if related:
        result["relatedLocations"] = related
    if len(finding.trail) > 1:
        steps = [_step(page, hop, n) for n, hop in enumerate(finding.trail[:_MOST_STEPS], 1)]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    line_hash = page.sources.hash(finding.span.file, finding.span.line)
    if line_hash:
        result["partialFingerprints"] = {"primaryLocationLineHash": line_hash}
    result["fingerprints"] = {"domicile/v1": fingerprint}
    result.update(_settled(page, finding))
    result["properties"] = _properties(page, finding)
    return result


def _message(page: Page, finding: Finding) -> str:
    """Return the message with its names linked to the related places that they stand for."""
    words = page.said(finding)
    words = _LINK.sub("]\\\\", words)
    words = _PLACEHOLDER.sub(r"{{\1}}", words)
    parts = finding.problem.related
    if len(parts) == len(finding.related):
        for index, (resource, _, _) in enumerate(parts[:_MOST_RELATED], 1):
            name = page.data(resource.address)
            if not set(name) & set("[]()"):  # they would end the link
                words = words.replace(f"'{name}'", f"'[{name}]({index})'", 1)
    lead = "Undecided: " if finding.verdict == "undecided" else ""
    return sentence(f"{lead}{words}")


def _settled(page: Page, finding: Finding) -> dict[str, Any]:
    if finding.status == "open":
        return {}
    suppression = {
        "kind": "inSource" if finding.status == "ignored" else "external",
        "status": "accepted",
        "justification": page.data(f"{finding.status}: {finding.reason or 'no reason is given'}"),
    }
    found: dict[str, Any] = {"suppressions": [suppression]}
    if finding.status == "known":
        found["baselineState"] = "unchanged"
    return found


def _properties(page: Page, finding: Finding) -> dict[str, Any]:
    found = {"verdict": finding.verdict, "severity": finding.severity.value}
    if finding.severity is not finding.rule.severity:
        found["security-severity"] = score(finding.severity)
    if finding.problem.path:
        found["path"] = page.data(finding.problem.path, names=True)
    if finding.flow:
        found["flow"] = page.data(finding.flow, names=True)
    if finding.problem.help:
        found["help"] = page.data(finding.problem.help)
    return found


def _primary(page: Page, finding: Finding) -> dict[str, Any]:
    place = _physical(page, finding.span)
    if "region" in place:
        snippet = page.sources.snippet(finding.span)
        if snippet is not None:
            place["region"]["snippet"] = {"text": snippet}
        place.update(_context(page, finding.span))
    found: dict[str, Any] = {"physicalLocation": place}
    subject = page.data(finding.resource or finding.subject, names=True)
    if subject:
        found["logicalLocations"] = [{"fullyQualifiedName": subject, "kind": "resource"}]
    return found


def _context(page: Page, span: Span) -> dict[str, Any]:
    """Return the lines around a span; a viewer wants them to be more than the span."""
    last = page.sources.count(span.file)
    first, end = max(1, span.line - 1), min(last, span.end_line + 1)
    if not last or span.line > last or end < first:
        return {}
    whole = first == span.line and end == span.end_line
    length = page.sources.length(span.file, end)
    if whole and span.column == 1 and span.end_column > length:
        return {}
    around = Span(span.file, first, 1, end, length + 1)
    text = page.sources.snippet(around)
    region: dict[str, Any] = {"startLine": first, "endLine": end}
    if text is not None:
        region["snippet"] = {"text": text}
    return {"contextRegion": region}


def _location(page: Page, span: Span, text: str) -> dict[str, Any]:
    return {"message": {"text": _text(page, text)}, "physicalLocation": _physical(page, span)}


def _step(page: Page, hop: Hop, number: int) -> dict[str, Any]:
    return {"executionOrder": number, "location": _location(page, hop.span, hop.text)}


def _physical(page: Page, span: Span) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": _artifact(page, span.file)}
    region = _region(span)
    if region:
        place["region"] = region
    return place


def _region(span: Span) -> dict[str, Any]:
    if span.line < 1:
        return {}
    line = max(span.end_line, span.line)
    column = max(span.column, 1)
    end = max(span.end_column, 1)
    if line == span.line:
        end = max(end, column)
    return {"startLine": span.line, "startColumn": column, "endLine": line, "endColumn": end}


def _artifact(page: Page, file: str) -> dict[str, str]:
    uri, relative = page.provenance.uri(file)
    return {"uri": uri, "uriBaseId": ROOT} if relative else {"uri": uri}


def _text(page: Page, text: str) -> str:
    words = _LINK.sub("]\\\\", page.data(text))
    return sentence(words) if words else "See here."
