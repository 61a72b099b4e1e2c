"""Rules as people read them: a table, one page, or the whole documentation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scanner.rule import Rule


def as_json(rule: Rule) -> dict[str, Any]:
    """Return all that a rule says about itself."""
    return {
        "id": rule.id,
        "name": rule.name,
        "severity": rule.severity.value,
        "precision": rule.precision,
        "summary": rule.summary,
        "kinds": sorted(rule.kinds),
        "controls": list(rule.controls),
        "tags": list(rule.tags),
        "language": rule.language,
        "doc": rule.doc,
    }


def table(rules: Iterable[Rule]) -> str:
    """Return one line for each rule, aligned."""
    rows = [(r.id, r.severity.value, r.name, r.language, r.summary.rstrip(".")) for r in rules]
    if not rows:
        return ""
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "".join(
        "  ".join([*(cell.ljust(w) for cell, w in zip(row[:4], widths, strict=True)), row[4]])
        + "\n"
        for row in rows
    )


def page(rule: Rule) -> str:
    """Return everything about one rule as Markdown."""
    facts = [
        f"severity {rule.severity.value}",
        f"precision {rule.precision}",
        f"written in {'Rego' if rule.language == 'rego' else 'Python'}",
    ]
    if rule.kinds:
        facts.append("looks at " + ", ".join(sorted(rule.kinds)))
    if rule.controls:
        facts.append("controls " + ", ".join(rule.controls))
    head = f"# {rule.id} {rule.name}\n\n{rule.summary}\n\n{'; '.join(facts)}.\n\n"
    return head + rule.doc.strip() + "\n"


def markdown(rules: Iterable[Rule]) -> str:
    """Return the documentation of all rules: an index, then a page for each."""
    rules = list(rules)
    lines = [
        "<!-- Written by `make docs` from the rules themselves. -->\n\n# Rules\n\n",
        "| Id | Name | Severity | What it says |\n| --- | --- | --- | --- |\n",
    ]
    for rule in rules:
        anchor = f"{rule.id} {rule.name}".lower().replace(" ", "-")
        summary = rule.summary.replace("|", "\\|")
        lines.append(
            f"| [{rule.id}](#{anchor}) | {rule.name} | {rule.severity.value} | {summary} |\n"
        )
    for rule in rules:
        # One level deeper than on its own page.
        deeper = "".join(
            f"#{line}\n" if line.startswith("#") else f"{line}\n"
            for line in page(rule).splitlines()
        )
        lines.append("\n" + deeper)
    return "".join(lines)
