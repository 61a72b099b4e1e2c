"""The part of a SARIF log that is the same for every scanned tree: rules and their controls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Any

from scanner import __version__
from scanner.report.page import first_paragraph, fix, section, sentence

if TYPE_CHECKING:
    from scanner.rule import Rule, Severity

LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
# GitHub: above 9.0 is critical, from 7.0 high, from 4.0 medium.
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
_PROBLEM = {"critical": "error", "high": "error", "medium": "warning", "low": "recommendation"}
_LONGEST = 1024
_MOST_TAGS = 20
_TAG = re.compile(r"[^a-z0-9.]+")


def project_url() -> str:
    """Return the project's web address as its package names it, or an empty string."""
    try:
        written = metadata.metadata("domicile").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return ""
    urls = dict(line.split(", ", 1) for line in written)
    return next((urls[name] for name in ("Repository", "Homepage", "Source") if name in urls), "")


def driver(rules: Sequence[Rule], url: str) -> dict[str, Any]:
    """Return the tool component with every rule that was asked."""
    found = {
        "name": "domicile",
        "fullName": f"domicile {__version__}",
        "version": __version__,
        "semanticVersion": __version__,
    }
    if url:
        found["informationUri"] = url
    catalogues = _catalogues(rules)
    descriptors = [_descriptor(rule, url, catalogues) for rule in rules]
    return {**found, "rules": descriptors, "notifications": _NOTIFICATIONS}


_NOTIFICATIONS = [
    {
        "id": "UNREAD",
        "name": "NotRead",
        "shortDescription": {"text": "Something in the scanned tree could not be read."},
        "fullDescription": {
            "text": "The scan could not see this part, so nothing that it holds was judged."
        },
        "help": {"text": "The notification names the part and says what to do about it."},
        "defaultConfiguration": {"level": "warning"},
    },
    {
        "id": "NOTE",
        "name": "AboutTheRun",
        "shortDescription": {"text": "What the run assumed, or what it left out."},
        "fullDescription": {"text": "What the run assumed, or what it left out of this log."},
        "help": {"text": "Nothing is to be done, unless the sentence says so."},
        "defaultConfiguration": {"level": "note"},
    },
]


def taxonomies(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return the control catalogues that the rules cite, each control once."""
    return [
        {
            "name": name,
            "shortDescription": {"text": sentence(f"Controls of {name} that rules cite")},
            "taxa": [
                {"id": control, "shortDescription": {"text": sentence(f"{name} {control}")}}
                for control in controls
            ],
        }
        for name, controls in _catalogues(rules).items()
    ]


def _catalogues(rules: Iterable[Rule]) -> dict[str, list[str]]:
    pairs = sorted({_split(control) for rule in rules for control in rule.controls})
    found: dict[str, list[str]] = {}
    for name, control in pairs:
        found.setdefault(name, []).append(control)
    return found


def _split(control: str) -> tuple[str, str]:
    name, colon, number = control.partition(":")
    return (name, number) if colon else ("Controls", control)


def _descriptor(rule: Rule, url: str, catalogues: dict[str, list[str]]) -> dict[str, Any]:
    summary = sentence(rule.summary)
    level = LEVELS[rule.severity.value]
    found: dict[str, Any] = {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": _short(summary)},
        "fullDescription": {"text": _short(first_paragraph(section(rule.doc, "Why")) or summary)},
        "help": {"text": fix(rule) or summary, "markdown": _markdown(rule)},
        "messageStrings": {
            "fail": {"text": f"{_literal(rule.summary)}: '{{0}}'."},
            "undecided": {"text": f"Undecided, {_literal(rule.summary)}: '{{0}}'."},
        },
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": _tags(rule),
            "precision": rule.precision,
            "security-severity": _SCORES[rule.severity.value],
            "problem.severity": _PROBLEM[rule.severity.value],
        },
    }
    if url and rule.id.startswith("DOM"):
        found["helpUri"] = f"{url}/blob/main/docs/rules.md#{rule.id.lower()}-{rule.name}"
    relations = [
        _relation(*_split(control), catalogues) for control in dict.fromkeys(rule.controls)
    ]
    if relations:
        found["relationships"] = relations
    return found


def _relation(name: str, control: str, catalogues: dict[str, list[str]]) -> dict[str, Any]:
    component = {"name": name, "index": list(catalogues).index(name)}
    target = {"id": control, "index": catalogues[name].index(control), "toolComponent": component}
    return {"target": target, "kinds": ["relevant"]}


def _markdown(rule: Rule) -> str:
    lines = [f"**{rule.id}** `{rule.name}`: {sentence(rule.summary)}", rule.doc.strip()]
    if rule.controls:
        lines.append(f"Controls: {', '.join(rule.controls)}.")
    ignore = f"# domicile: ignore[{rule.id}] the reason … until 2027-01-31"
    lines.append(f"## Settle\nOn the line, or the line above: `{ignore}`.")
    return "\n\n".join(lines)


def _tags(rule: Rule) -> list[str]:
    """Return ``security`` first: GitHub shows a rule among its security alerts by that tag."""
    controls = ["/".join(_TAG.sub("-", part.lower()) for part in _split(c)) for c in rule.controls]
    tags = dict.fromkeys(("security", "compliance", *rule.tags, *controls))
    return list(tags)[:_MOST_TAGS]


def _literal(text: str) -> str:
    return text.rstrip(".").replace("{", "{{").replace("}", "}}")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def score(severity: Severity) -> str:
    """Return GitHub's security-severity of a severity."""
    return _SCORES[severity.value]
