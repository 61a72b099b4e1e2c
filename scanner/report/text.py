"""The report for people: what is wrong, where it is written, why, and what to do.

Nothing is left out silently: what is folded together is counted, with the option that shows it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.report import unread, verdict
from scanner.report.clean import clean
from scanner.report.page import Page, count, fix
from scanner.report.view import PLAIN, View

if TYPE_CHECKING:
    from scanner.finding import Finding, Report, Status
    from scanner.model import Span, Trail

MANY_ALIKE = 5
"""Findings that say the same of different things are shown one by one up to this number."""
SHOWN_ALIKE = 3
"""Of more than that, so many are shown."""
MOST_OF_RULE = 30
"""So many findings of one rule are shown in full."""
_STEPS_BEFORE, _STEPS_AFTER = 4, 8
_ROWS = 10
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_INDENT = "  "


def render(report: Report, view: View = PLAIN) -> str:
    """Return the report as text with source excerpts."""
    page = Page(report, view)
    blocks = [*_findings(page), *_settled(page), *unread.blocks(page), *_notes(page)]
    return "".join(f"{block}\n\n" for block in blocks) + _verdict(page) + "\n"


def _findings(page: Page) -> Iterator[str]:
    """Yield a block for each finding, and one for those that are folded together."""
    shown = page.shown()
    folds = _folds(shown)
    explained: set[str] = set()
    for number, finding in enumerate(shown):
        fold = folds.get(number)
        if fold is None:
            first = finding.rule.id not in explained
            explained.add(finding.rule.id)
            yield "\n".join(_block(page, finding, first))
        elif fold:
            yield "\n".join(_folded(page, fold))


def _folds(shown: list[Finding]) -> dict[int, list[Finding]]:
    """Return which findings are folded: the first of a fold holds all, the others nothing."""
    alike: dict[tuple[str, str, str, str], list[int]] = {}
    for number, finding in enumerate(shown):
        words = _QUOTED.sub("''", finding.problem.message)
        key = (finding.rule.id, finding.severity.value, _state(finding), words)
        alike.setdefault(key, []).append(number)
    folds: dict[int, list[Finding]] = {}
    for numbers in alike.values():
        if len(numbers) > MANY_ALIKE:
            _fold(folds, shown, numbers[SHOWN_ALIKE:])
    of_rule: dict[tuple[str, str], list[int]] = {}
    for number, finding in enumerate(shown):
        if number not in folds:
            of_rule.setdefault((finding.rule.id, _state(finding)), []).append(number)
    for numbers in of_rule.values():
        if len(numbers) > MOST_OF_RULE + 1:
            _fold(folds, shown, numbers[MOST_OF_RULE:])
    return folds


def _fold(folds: dict[int, list[Finding]], shown: list[Finding], numbers: list[int]) -> None:
    folds.update((number, []) for number in numbers)
    folds[numbers[0]] = [shown[number] for number in numbers]


def _state(finding: Finding) -> str:
    """Return what stands before the rule: the severity, or what became of the finding."""
    if finding.status != "open":
        return finding.status
    return "undecided" if finding.verdict == "undecided" else finding.severity.value


def _style(finding: Finding) -> str:
    state = _state(finding)
    return "note" if finding.status != "open" else state


def _head(page: Page, finding: Finding) -> str:
    label = page.view.paint(_style(finding), f"{_state(finding)}[{finding.rule.id}]")
    return f"{label} {page.view.paint('dim', finding.rule.name)}: "


def _block(page: Page, finding: Finding, first: bool) -> Iterator[str]:
    view = page.view
    yield _head(page, finding) + view.paint("bold", page.message(finding))
    gutter = max(
        len(str(span.line)) for span in (finding.span, *(item.span for item in finding.related))
    )
    yield from _excerpt(page, finding.span, gutter, "-->", "^", _style(finding), "")
    for related in finding.related:
        yield from _excerpt(page, related.span, gutter, ":::", "-", "frame", related.text)
    notes = [*_because(page, finding), *_remarks(page, finding, first)]
    if notes:
        yield _bar(page, gutter)
    for label, lines in notes:
        lead = f"{' ' * gutter} {view.paint('frame', '=')} {view.paint('bold', label)}: "
        yield lead + lines[0]
        space = " " * (gutter + len(label) + 5)
        yield from (space + line for line in lines[1:])


def _bar(page: Page, gutter: int) -> str:
    return f"{' ' * gutter} {page.view.paint('frame', '|')}"


def _excerpt(
    page: Page, span: Span, gutter: int, arrow: str, mark: str, style: str, label: str
) -> Iterator[str]:
    """Yield where it is, and the line with the part that matters marked."""
    view = page.view
    place = view.link(page.report.settings.root, span.file, page.place(span))
    yield f"{' ' * gutter}{view.paint('frame', arrow)} {place}"
    bar = view.paint("frame", "|")
    excerpt = page.sources.excerpt(span, max(40, view.width - gutter - 4))
    if excerpt is None:
        if label:
            yield f"{' ' * gutter} {bar} {page.words(label)}"
        return
    yield f"{' ' * gutter} {bar}"
    yield f"{view.paint('frame', f'{span.line:>{gutter}}')} {bar} {excerpt.text}".rstrip()
    marks = view.paint(style, f"{mark * excerpt.length} {page.words(label)}".rstrip())
    yield f"{' ' * gutter} {bar} {' ' * excerpt.offset}{marks}"


def _because(page: Page, finding: Finding) -> Iterator[tuple[str, list[str]]]:
    """Yield the trail, where it says more than the excerpt does."""
    trail = finding.trail
    if not trail or (len(trail) == 1 and trail[0].span == finding.span):
        return
    yield "because", list(_steps(page, trail))


def _steps(page: Page, trail: Trail) -> Iterator[str]:
    places = [f"{page.name(hop.span.file)}:{hop.span.line}" for hop in trail]
    broad = min(max(map(len, places)), 48)
    left_out = len(trail) - _STEPS_BEFORE - _STEPS_AFTER
    for number, (hop, place) in enumerate(zip(trail, places, strict=True)):
        if left_out > 1 and _STEPS_BEFORE <= number < _STEPS_BEFORE + left_out:
            if number == _STEPS_BEFORE:
                yield f"… {left_out} more steps, all of them with --format json"
            continue
        yield f"{page.view.paint('dim', place.ljust(broad))}  {page.words(hop.text)}"


def _remarks(page: Page, finding: Finding, first: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield what to do. The rule's own words stand once, at its first finding."""
    if finding.status != "open":
        yield finding.status, [page.words(finding.reason or "no reason is given")]
        return
    if finding.problem.help:
        yield "help", [page.words(finding.problem.help)]
    elif first and fix(finding.rule):
        yield "help", [page.words(fix(finding.rule))]
    if first:
        yield "explain", [f"domicile explain {finding.rule.id}"]


def _folded(page: Page, findings: list[Finding]) -> Iterator[str]:
    first = findings[0]
    messages = {_QUOTED.sub("'…'", finding.problem.message) for finding in findings}
    alike = f"like this: {messages.pop()}" if len(messages) == 1 else "of this rule"
    words = page.name(f"{len(findings):,} more {alike}")
    yield _head(page, first) + page.view.paint("bold", words)
    files = Counter(finding.span.file for finding in findings)
    rows = files.most_common(_ROWS)
    broad = max(len(f"{number:,}") for _, number in rows)
    for file, number in rows:
        yield f"{_INDENT}{number:>{broad},} in {page.name(file)}"
    if len(files) > len(rows):
        rest = sum(files.values()) - sum(number for _, number in rows)
        yield f"{_INDENT}{rest:>{broad},} in {count(len(files) - len(rows), 'other file')}"
    yield f"{_INDENT}= each in one line: --format concise"


def _settled(page: Page) -> Iterator[str]:
    """Yield what was decided about findings that are not listed: how many, and why."""
    if page.view.show_suppressed:
        return
    groups: Counter[tuple[Status, str, str]] = Counter(
        (finding.status, finding.rule.id, finding.reason or "no reason is given")
        for finding in page.report.findings
        if finding.status != "open"
    )
    if not groups:
        return
    lines = []
    for (status, rule, reason), number in groups.most_common(_ROWS):
        label = page.view.paint("note", f"{status}[{rule}]")
        lines.append(f"{label} {count(number, 'finding')}: {page.words(reason)}")
    if len(groups) > _ROWS:
        rest = sum(groups.values()) - sum(number for _, number in groups.most_common(_ROWS))
        lines.append(f"and {rest:,} more settled for {len(groups) - _ROWS:,} other reasons")
    lines.append("= each of them: --show-suppressed")
    yield "\n".join(lines)


def _notes(page: Page) -> Iterator[str]:
    if page.report.notes:
        lead = page.view.paint("note", "note")
        yield "\n".join(f"{lead}: {page.words(note)}" for note in page.report.notes)


def _verdict(page: Page) -> str:
    words = clean(verdict.line(page.report))
    style = "high" if page.report.exit_code else "note"
    head, colon, rest = words.partition(":")
    return page.view.paint(style, head) + colon + rest
