"""A short summary in Markdown, for the summary of a pipeline's step or a comment.

GitHub refuses a summary of more than one megabyte as a whole, so it ends before that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.report import verdict
from scanner.report.markup import code, escaped, table
from scanner.report.page import Page, count, fix
from scanner.report.view import PLAIN, View

if TYPE_CHECKING:
    from scanner.finding import Finding, Report

MOST_BYTES = 900_000
_ROWS = 200
_EXPLAINED = 50


def render(report: Report, view: View = PLAIN) -> str:
    """Return the report as Markdown: the verdict, a table of findings, why, what was unread."""
    page = Page(report, view)
    return _limited(_blocks(page))


def _limited(blocks: Iterator[str]) -> str:
    parts: list[str] = []
    size = left_out = 0
    for block in blocks:
        size += len(block.encode("utf-8", "replace")) + 2
        if size > MOST_BYTES:
            left_out += 1
        else:
            parts.append(block)
    if left_out:
        parts.append(f"{count(left_out, 'part')} left out: the summary has a limit of size.")
    return "\n\n".join(parts) + "\n"


def _blocks(page: Page) -> Iterator[str]:
    report = page.report
    yield "## Domicile"
    yield f"**{escaped(verdict.line(report))}**"
    shown = page.shown()
    if shown:
        yield "\n".join(table(("", "Rule", "Where", "What"), _rows(page, shown[:_ROWS])))
        if len(shown) > _ROWS:
            yield f"{count(len(shown) - _ROWS, 'more finding')} not in this table."
        yield from _explanations(page, shown)
    settled = [finding for finding in report.findings if finding.status != "open"]
    if settled and not page.view.show_suppressed:
        rows = list(dict.fromkeys((f.rule.id, f.status, f.reason or "") for f in settled))
        cells = ((rule, status, escaped(page.words(why))) for rule, status, why in rows[:_ROWS])
        yield f"### {count(len(settled), 'finding')} settled"
        yield "\n".join(table(("Rule", "Status", "Reason"), cells))
        if len(rows) > _ROWS:
            yield f"{count(len(rows) - _ROWS, 'more reason')} not in this table."
    unread = report.graph.unread
    if unread:
        yield f"### {len(unread):,} not read"
        yield "\n".join(
            f"- {code(page.name(item.path))} {escaped(page.words(item.reason))}"
            + (f" ({escaped(page.words(item.hint))})" if item.hint else "")
            for item in unread[:_ROWS]
        )
        if len(unread) > _ROWS:
            yield f"And {len(unread) - _ROWS:,} more."
    if report.notes:
        yield "\n".join(f"> {escaped(page.words(note))}  " for note in report.notes)


def _rows(page: Page, findings: list[Finding]) -> Iterator[tuple[str, str, str, str]]:
    for finding in findings:
        state = finding.severity.value if finding.verdict == "fail" else "undecided"
        if finding.status != "open":
            state = finding.status
        place = f"{page.name(finding.span.file)}:{finding.span.line}"
        yield state, finding.rule.id, code(place), escaped(page.message(finding))


def _explanations(page: Page, findings: list[Finding]) -> Iterator[str]:
    """Yield the trails, folded away, and once for each rule what to do."""
    told = [finding for finding in findings if len(finding.trail) > 1]
    if told:
        yield "<details><summary>Why</summary>"
        for finding in told[:_EXPLAINED]:
            lines = [f"**{finding.rule.id}** {escaped(page.message(finding))}", ""]
            lines += [
                f"1. {code(f'{page.name(hop.span.file)}:{hop.span.line}')} "
                f"{escaped(page.words(hop.text))}"
                for hop in finding.trail
            ]
            yield "\n".join(lines)
        if len(told) > _EXPLAINED:
            yield f"And {len(told) - _EXPLAINED:,} more: `domicile scan` shows each."
        yield "</details>"
    rules = {finding.rule.id: finding.rule for finding in findings}
    fixes = [(rule, fix(rule)) for rule in rules.values()]
    yield "\n".join(
        f"- **{rule.id}** {rule.name}: {escaped(page.words(words))}"
        for rule, words in fixes
        if words
    )
