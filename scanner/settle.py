"""What becomes of findings: ignored in the code, waived or permitted by the policy, or open.

Nothing is dropped: a finding keeps its place and gains a status and a reason. What settles it
is judged too: an expired or useless exception is a finding of its own (`DOM9xx`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scanner.finding import Finding, fingerprint
from scanner.model import Flow, Hop, Span, WrittenString
from scanner.policy import Policy, Transfer, Waiver, hygiene
from scanner.policy.ignores import Comments, comments
from scanner.rule import Problem, Rule

if TYPE_CHECKING:
    from scanner.graph import Graph
    from scanner.settings import Settings


def settle(
    findings: Iterable[Finding], graph: Graph, policy: Policy, settings: Settings
) -> list[Finding]:
    """Return all findings with what became of them, and the problems of the exceptions."""
    findings = list(findings)
    ledger = _Ledger(graph, policy, settings)
    settled = [ledger.settle(finding) for finding in findings]
    return [*settled, *(f for f in ledger.hygiene() if _selected(f.rule, settings))]


class _Ledger:
    """The exceptions of one run, and which of them were of use."""

    def __init__(self, graph: Graph, policy: Policy, settings: Settings) -> None:
        self.graph = graph
        self.policy = policy
        self.settings = settings
        self.day = settings.as_of
        self.waivers = [w for w in policy.waivers if not w.expired(self.day)]
        self.transfers = [t for t in policy.transfers if not t.expired(self.day)]
        self.used: set[str] = set()
        self.files: dict[str, Comments] = {}

    def settle(self, finding: Finding) -> Finding:
        """Return the finding with its status; the strongest basis counts.

        A recorded transfer is lawful, a waiver is answered for, an ignore is neither.
        """
        ignored = self._ignored(finding)
        waiver = self._waiver(finding)
        transfer = self._transfer(finding)
        if transfer is not None:
            return replace(finding, status="permitted", reason=transfer.words())
        if waiver is not None:
            return replace(finding, status="waived", reason=waiver.words())
        if ignored is not None:
            return replace(finding, status="ignored", reason=ignored)
        return finding

    def _ignored(self, finding: Finding) -> str | None:
        found = self._comments(finding.span.file)
        line = finding.span.line
        for ignore in found.ignores:
            usable = not ignore.fault and not ignore.expired(self.day)
            if usable and ignore.covers(finding.rule, line):
                return ignore.words()
        if _about_secrets(finding.rule) and found.secrets.intersection(
            (line, finding.span.end_line)
        ):
            return "marked as no secret in the file"
        return None

    def _waiver(self, finding: Finding) -> Waiver | None:
        covering = [waiver for waiver in self.waivers if waiver.covers(finding)]
        self.used.update(waiver.path for waiver in covering)
        return covering[0] if covering else None

    def _transfer(self, finding: Finding) -> Transfer | None:
        flow = finding.problem.subject
        if not isinstance(flow, Flow) or not finding.rule.id.startswith("DOM2"):
            return None
        source = self.graph.resources.get(flow.source)
        classes = source.data_classes if source is not None else ()
        for transfer in self.transfers:
            if transfer.covers(flow, classes):
                return transfer
        return None

    def _comments(self, file: str) -> Comments:
        found = self.files.get(file)
        if found is None:
            found = self.files[file] = _read(self.settings.root, file)
        return found

    def hygiene(self) -> Iterator[Finding]:
        """Yield the problems of the exceptions themselves, of the policy first."""
        for waiver in self.policy.waivers:
            rules = ", ".join(waiver.rules)
            if waiver.expired(self.day):
                message = f"waiver of {rules} expired on {waiver.expires}: {waiver.reason}"
                yield _finding(hygiene.EXPIRED, message, waiver.span, waiver.path, rules)
            elif self._whole() and waiver.path not in self.used:
                scope = ", ".join(waiver.addresses or waiver.paths)
                message = f"waiver of {rules} for '{scope}' matches no finding"
                yield _finding(hygiene.WITHOUT_EFFECT, message, waiver.span, waiver.path, rules)
        for transfer in self.policy.transfers:
            if transfer.expired(self.day):
                names = f"{transfer.source.text()} to {transfer.target.text()}"
                message = f"transfer from {names} expired on {transfer.expires}: {transfer.basis}"
                yield _finding(hygiene.EXPIRED, message, transfer.span, transfer.path, names)
        yield from self._unbound()
        for file in sorted(self.files):
            yield from self._of_comments(file)

    def _unbound(self) -> Iterator[Finding]:
        written = [item for item in self.policy.residency if item.span is not None]
        if not written or not self._whole() or not self.graph.resources:
            return
        bound: set[str] = set()
        for resource in self.graph.resources.values():
            bound.update(item.name for item in self.policy.residencies(resource))
        for item in written:
            if item.name not in bound and item.span is not None:
                message = f"no resource falls under '{item.name}'"
                yield _finding(hygiene.BINDS_NOTHING, message, item.span, "residency", item.name)

    def _of_comments(self, file: str) -> Iterator[Finding]:
        seen: Counter[str] = Counter()
        for ignore in self.files[file].ignores:
            rules = ", ".join(ignore.selectors)
            if ignore.fault:
                rule, message = hygiene.UNREADABLE, f"ignore covers nothing: {ignore.fault}"
            elif ignore.expired(self.day):
                rule, message = hygiene.EXPIRED, f"ignore of {rules} expired on {ignore.until}"
            elif not ignore.reason:
                rule, message = hygiene.WITHOUT_REASON, f"ignore of {rules} gives no reason"
            else:
                continue
            seen[ignore.text] += 1
            part = f"{ignore.text}#{seen[ignore.text]}"
            yield _finding(rule, message, ignore.span, "comment", part)

    def _whole(self) -> bool:
        """Say whether the run saw everything that an exception could be about."""
        settings = self.settings
        root = settings.root.resolve()
        everything = any((root / path).resolve() == root for path in settings.paths)
        return everything and not (settings.select or settings.ignore or settings.environment)


def _finding(rule: Rule, message: str, span: Span, path: str, part: str) -> Finding:
    subject = WrittenString(
        value="", span=span, key=path, path=path, form="policy", unit="", source="policy"
    )
    return Finding(
        rule=rule,
        problem=Problem(subject, message),
        span=span,
        trail=(Hop(span, message),),
        fingerprint=fingerprint(rule.id, span.file, path, part),
    )


def _read(root: Path, file: str) -> Comments:
    try:
        text = (root / file).read_bytes().decode("utf-8-sig", "replace")
    except OSError:
        # A plan's or a rendered chart's finding may name a file that is not on disk; then
        # no comment can stand in it, and nothing is settled.
        return Comments()
    return comments(text, file)


def _about_secrets(rule: Rule) -> bool:
    return rule.id.startswith("DOM3") or "secrets" in rule.tags


def _selected(rule: Rule, settings: Settings) -> bool:
    if settings.select and not any(rule.matches(item) for item in settings.select):
        return False
    return not any(rule.matches(item) for item in settings.ignore)
