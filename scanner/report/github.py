"""GitHub's workflow commands: findings beside the changed lines of a pull request.

GitHub shows ten errors, ten warnings and ten notices of a step and drops the rest without a
word, so the worst come first and the last notice says how many there are besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.report import verdict
from scanner.report.page import Page, fix
from scanner.report.view import PLAIN, View

if TYPE_CHECKING:
    from scanner.finding import Finding, Report
    from scanner.model import Span, Unread

MOST = 10
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(report: Report, view: View = PLAIN) -> str:
    """Return workflow commands, then the verdict."""
    page = Page(report, view)
    commands: dict[str, list[str]] = {"error": [], "warning": [], "notice": []}
    for finding in sorted(page.report.open(), key=_order):
        commands[_level(finding)].append(_command(page, finding))
    for item in report.graph.unread:
        commands["warning"].append(_unread(page, item))
    return "".join(f"{line}\n" for line in (*_limited(commands), verdict.line(report)))


def _order(finding: Finding) -> tuple[bool, int]:
    return finding.verdict == "undecided", -finding.severity.rank


def _limited(commands: dict[str, list[str]]) -> Iterator[str]:
    hidden = sum(max(0, len(lines) - MOST) for lines in commands.values())
    for level, lines in commands.items():
        if level == "notice" and (hidden or len(lines) > MOST):
            kept = lines[: MOST - 1]
            hidden += len(lines[:MOST]) - len(kept)
            yield from kept
            yield (
                f"::notice title=domicile::{hidden} more than GitHub shows here; "
                "--format text or sarif has all of them"
            )
        else:
            yield from lines[:MOST]


def _level(finding: Finding) -> str:
    return "notice" if finding.verdict == "undecided" else _LEVELS[finding.severity.value]


def _command(page: Page, finding: Finding) -> str:
    undecided = "undecided " if finding.verdict == "undecided" else ""
    title = f"{undecided}{finding.rule.id} {finding.rule.name}"
    lines = [page.message(finding)]
    if len(finding.trail) > 1:
        lines += [
            f"{page.name(hop.span.file)}:{hop.span.line} {page.words(hop.text)}"
            for hop in finding.trail[:12]
        ]
        if len(finding.trail) > 12:
            lines.append(f"and {len(finding.trail) - 12} more steps")
    help_ = page.words(finding.problem.help or fix(finding.rule))
    if help_:
        lines.append(f"Help: {help_}")
    properties = {**_place(page, finding.span), "title": title}
    return _line(_level(finding), properties, "\n".join(lines))


def _unread(page: Page, item: Unread) -> str:
    properties = {"file": _path(page, item.path), "title": "domicile could not read this"}
    if item.line:
        properties["line"] = str(item.line)
    words = f"{item.reason}. {item.hint}" if item.hint else item.reason
    return _line("warning", properties, page.words(words))


def _path(page: Page, file: str) -> str:
    """Return the path from the top of the repository: GitHub knows no other."""
    return page.name(page.provenance.path(file) or file)


def _place(page: Page, span: Span) -> dict[str, str]:
    found = {
        "file": _path(page, span.file),
        "line": str(span.line),
        "endLine": str(span.end_line),
    }
    if span.line == span.end_line:  # GitHub refuses columns over several lines
        found["col"] = str(span.column)
        found["endColumn"] = str(span.end_column)
    return found


def _line(level: str, properties: dict[str, str], text: str) -> str:
    written = ",".join(f"{key}={value.translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{level} {written}::{text.translate(_DATA)}"
