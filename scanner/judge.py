"""Judges the graph: every rule's problems become findings with a place and a trail."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scanner.errors import RuleError, ScanError
from scanner.finding import Finding, Related, fingerprint
from scanner.model import Flow, Resource, Span, Trail
from scanner.rule import Problem, Rule

if TYPE_CHECKING:
    from scanner.graph import Graph
    from scanner.policy import Policy
    from scanner.settings import Settings


def judge(rules: Iterable[Rule], graph: Graph, policy: Policy) -> Iterator[Finding]:
    """Yield the findings of all rules, in the order of the rules.

    Raises RuleError naming the rule that broke: a scan that lost a rule has no verdict.
    """
    environments = {
        unit.id: unit.environment
        for unit in graph.units
        if unit.environment and unit.id != unit.path
    }
    for rule in rules:
        seen: Counter[tuple[str, ...]] = Counter()
        for problem in _problems(rule, graph, policy):
            parts = (rule.id, *_identity(problem))
            seen[parts] += 1
            again = () if seen[parts] == 1 else (str(seen[parts]),)
            told = _with_environment(problem, environments) if environments else problem
            yield _finding(rule, told, fingerprint(*parts, *again))


def _problems(rule: Rule, graph: Graph, policy: Policy) -> Iterator[Problem]:
    try:
        for problem in rule.run(graph, policy):
            _refuse_nonsense(rule, problem)
            yield problem
    except ScanError:
        raise
    except (Exception, SystemExit) as error:
        # A rule that ends the process would end the scan, and look clean.
        where = traceback.extract_tb(error.__traceback__)[-1]
        raise RuleError(
            f"rule {rule.id} ({rule.name}) broke: {type(error).__name__}: {error}",
            hint=f"at {where.filename}:{where.lineno} in {where.name}(); "
            f"--ignore {rule.id} judges without it",
        ) from error


def _refuse_nonsense(rule: Rule, problem: object) -> None:
    """Raise RuleError for what a rule must not answer with."""
    wrong = ""
    if not isinstance(problem, Problem):
        wrong = f"yields {type(problem).__name__} where a Problem is wanted"
    elif not isinstance(problem.message, str) or not problem.message.strip():
        wrong = "yields a problem without a message"
    elif problem.verdict not in ("fail", "undecided"):
        wrong = f"yields the verdict {problem.verdict!r}; it is 'fail' or 'undecided'"
    if wrong:
        raise RuleError(
            f"rule {rule.id} ({rule.name}) {wrong}",
            hint=f"it is written in {rule.file}; see docs/writing-rules.md",
        )


def _identity(problem: Problem) -> tuple[str, ...]:
    """Return what makes a problem the same one tomorrow: no line numbers, no values."""
    subject = problem.subject
    if isinstance(subject, Resource | Flow):
        return (subject.id, problem.path)
    return (subject.unit, subject.span.file, subject.path)


def _with_environment(problem: Problem, environments: Mapping[str, str]) -> Problem:
    """Return a problem that says in which of its root's environments it is."""
    subject = problem.subject
    id = subject.declared_by if isinstance(subject, Flow) else getattr(subject, "id", "")
    environment = environments.get(id.partition("#")[0])
    if environment is None:
        return problem
    return replace(problem, message=f"in {environment}: {problem.message}")


def _finding(rule: Rule, problem: Problem, mark: str) -> Finding:
    related = tuple(
        Related(resource.at(path), label or resource.address)
        for resource, path, label in problem.related
    )
    span, trail = _place(problem)
    return Finding(rule, problem, span, trail, mark, related)


def _place(problem: Problem) -> tuple[Span, Trail]:
    subject = problem.subject
    if isinstance(subject, Resource):
        trail = problem.trail
        if not trail and problem.path:
            trail = subject.origin.trail(problem.path)
        return subject.at(problem.path), trail
    if isinstance(subject, Flow):
        return subject.span, problem.trail or subject.trail
    return subject.span, problem.trail


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings for people: what fails first, the most severe first, then by place."""
    return tuple(
        sorted(
            findings,
            key=lambda f: (f.verdict != "fail", -f.severity.rank, f.span, f.rule.id, f.fingerprint),
        )
    )


def exit_code(findings: Iterable[Finding], graph: Graph, settings: Settings) -> int:
    """Return 0 clean, 1 findings at or above the threshold, 3 strict and something left open."""
    opened = [finding for finding in findings if finding.status == "open"]
    threshold = settings.fail_on
    if threshold is not None and any(
        f.verdict == "fail" and f.severity.rank >= threshold.rank for f in opened
    ):
        return 1
    if settings.strict and (graph.unread or any(f.verdict == "undecided" for f in opened)):
        return 3
    return 0
