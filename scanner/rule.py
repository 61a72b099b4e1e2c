"""Rules: what one is, what it may say, and the decorator that makes one from a function."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from scanner.errors import RuleError
from scanner.model import KINDS, Flow, Resource, Trail, WrittenString

if TYPE_CHECKING:
    from scanner.graph import Graph
    from scanner.policy import Policy

Verdict = Literal["fail", "undecided"]
Subject = Resource | Flow | WrittenString


class Severity(Enum):
    """How much it matters, in the order low < medium < high < critical."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return list(Severity).index(self)


class Problem(Struct, frozen=True):
    """All that a rule says: what is wrong with which attribute of what.

    ``message`` is one sentence for people, without a full stop. ``path`` is the attribute
    that a person would change; empty for the whole. ``verdict`` is ``undecided`` when the
    source does not settle the question. ``help`` may name the fix for this very case.
    ``related`` are other attributes that take part: (resource, path, label). ``trail``
    explains the answer; when it is empty the judge takes the attribute's or the flow's own.
    """

    subject: Subject
    message: str
    path: str = ""
    verdict: Verdict = "fail"
    help: str = ""
    related: tuple[tuple[Resource, str, str], ...] = ()
    trail: Trail = ()
    severity: Severity | None = None
    """Lower than the rule's own where the case is weaker; never higher."""


class Rule(Struct, frozen=True):
    """One question about the graph, in Python or in Rego.

    ``run`` yields the problems of the whole graph. ``kinds`` are the resource kinds that it
    looks at (empty: it looks at flows, strings or everything). ``doc`` is Markdown with
    ``## Why`` and ``## Fix``; ``file`` where the rule is written.
    """

    id: str
    name: str
    severity: Severity
    summary: str
    doc: str
    run: Callable[[Graph, Policy], Iterable[Problem]]
    language: Literal["python", "rego"]
    file: str
    kinds: frozenset[str] = frozenset()
    controls: tuple[str, ...] = ()
    precision: Literal["very-high", "high", "medium", "low"] = "high"
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z]+[0-9]+", self.id):
            raise RuleError(
                f"{self.file}: rule id {self.id!r} is not of the form DOM101",
                hint="an id is capital letters followed by digits",
            )
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise RuleError(f"{self.file}: rule name {self.name!r} is not kebab-case")
        unknown = sorted(self.kinds - set(KINDS))
        if unknown:
            raise RuleError(
                f"{self.file}: rule {self.id} names the unknown kind {unknown[0]!r}",
                hint="kinds are: " + ", ".join(KINDS),
            )
        for heading in ("## Why", "## Fix"):
            if heading not in self.doc:
                raise RuleError(f"{self.file}: rule {self.id} has no {heading!r} in its text")

    def matches(self, selector: str) -> bool:
        """Say whether an id, a name or an id prefix (``DOM3``) selects this rule."""
        wanted = selector.strip()
        return self.name == wanted.lower() or self.id.startswith(wanted.upper())


def rule(
    *,
    id: str,
    severity: Severity,
    kinds: Iterable[str] = (),
    flows: Iterable[str] = (),
    strings: bool = False,
    controls: Iterable[str] = (),
    precision: Literal["very-high", "high", "medium", "low"] = "high",
    tags: Iterable[str] = (),
    name: str = "",
) -> Callable[[Callable[[Any, Graph, Policy], Iterator[Problem]]], Rule]:
    """Make a `Rule` of a function ``(subject, graph, policy) -> Iterator[Problem]``.

    The function is called once per resource of ``kinds``, per flow of ``flows`` (``"*"`` for
    every kind of flow), or once with the tuple of all `WrittenString` where ``strings`` is
    set (a detector wants to see each distinct value once). Its docstring is the
    documentation: the first line is the summary, the rest has ``## Why`` and ``## Fix``. Its
    name, with hyphens, is the rule's name. Nothing is registered.
    """
    wanted_kinds, wanted_flows = frozenset(kinds), frozenset(flows)

    def make(check: Callable[[Any, Graph, Policy], Iterator[Problem]]) -> Rule:
        def run(graph: Graph, policy: Policy) -> Iterator[Problem]:
            for resource in graph.of_kind(*wanted_kinds):
                yield from check(resource, graph, policy) or ()
            for flow in graph.flows:
                if flow.kind in wanted_flows or "*" in wanted_flows:
                    yield from check(flow, graph, policy) or ()
            if strings:
                yield from check(graph.strings, graph, policy) or ()

        summary, _, doc = inspect.cleandoc(check.__doc__ or "").partition("\n")
        return Rule(
            id=id,
            name=name or check.__name__.replace("_", "-"),
            severity=severity,
            summary=summary.rstrip("."),
            doc=doc.strip(),
            run=run,
            language="python",
            file=inspect.getsourcefile(check) or "<unknown>",
            kinds=wanted_kinds,
            controls=tuple(controls),
            precision=precision,
            tags=tuple(tags),
        )

    return make
