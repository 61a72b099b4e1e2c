"""Whether a flow takes data out of where it may be: what every rule on data paths asks.

Where a policy binds the source, its area decides. Where none does, the data is at home where
it lives today: a flow that leaves that law (the EEA for what lies in it, else the country)
leaves; one that only leaves the country inside one law is a weaker finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from scanner.flows.words import left, sentence
from scanner.model import Flow, Location, Resource
from scanner.rule import Problem, Severity, Verdict

if TYPE_CHECKING:
    from scanner.graph import Graph
    from scanner.policy import Policy, Residency


class _Answer(Struct, frozen=True):
    verdict: Verdict
    words: str
    weak: bool = False


def problems(
    flow: Flow, graph: Graph, policy: Policy, severity: Severity | None = None
) -> Iterator[Problem]:
    """Yield the problem of a flow that leaves, or may leave, where its data may be.

    ``severity`` is that of a case that is weaker than the rule; a border inside one law is
    low anyway.
    """
    resource = graph.resources.get(flow.source) or graph.resources.get(flow.declared_by)
    answer = _answer(flow, resource, policy)
    if answer is None:
        return
    yield Problem(
        flow,
        f"{sentence(flow)}, {answer.words}",
        verdict=answer.verdict,
        severity=Severity.LOW if answer.weak else severity,
        related=tuple(_ends(flow, graph)),
    )


def _answer(flow: Flow, resource: Resource | None, policy: Policy) -> _Answer | None:
    crosses = {"country", "jurisdiction"} & set(flow.crosses)
    if flow.certainty == "certain" and not crosses:
        return None
    if not flow.source_locations or not flow.target_locations:
        return None  # what is nowhere, such as a project, holds nothing
    if not _known(flow.source_locations) and not _known(flow.target_locations):
        return None  # each end is reported as a place that nobody knows; the path adds nothing
    bound = policy.residencies(resource) if resource is not None else ()
    return _by_policy(flow, bound) if bound else _by_home(flow)


def _by_home(flow: Flow) -> _Answer | None:
    """Judge by the law that the data lives under today."""
    behind = left(flow.source_locations, flow.target_locations)
    law = "jurisdiction" in flow.crosses
    if flow.certainty == "certain":
        if law:
            return _Answer("fail", f"which leaves {behind}")
        # A multi-region inside one law is one place of that law: nothing leaves it.
        weak = _Answer("fail", f"which leaves {behind}", weak=True)
        return weak if flow.kind != "multi-region" else None
    if not _known(flow.source_locations):
        return _Answer("undecided", "which may cross a border")
    if law or not _known(flow.target_locations):
        return _Answer("undecided", f"which may leave {behind}")
    return None


def _by_policy(flow: Flow, bound: tuple[Residency, ...]) -> _Answer | None:
    """Judge by the areas that the policy allows for the data at the source."""
    undecided: _Answer | None = None
    for residency in bound:
        inside = _inside(residency, flow.target_locations)
        area = f"{residency.allow.text()} ({residency.name})"
        if inside is False and flow.certainty == "certain":
            return _Answer("fail", f"outside {area}")
        if inside is True or (inside is None and residency.unknown == "allow"):
            continue
        if inside is None and residency.unknown == "fail":
            return _Answer("fail", f"perhaps outside {area}")
        undecided = undecided or _Answer("undecided", f"perhaps outside {area}")
    return undecided


def _inside(residency: Residency, target: tuple[Location, ...]) -> bool | None:
    """Say whether the far end is in the area; candidates must agree, known places all hold."""
    answers = {_holds(residency, location) for location in target}
    if answers == {True}:
        return True
    either = any(location.status != "known" for location in target)
    return False if answers == {False} or (False in answers and not either) else None


def _holds(residency: Residency, location: Location) -> bool | None:
    if location.status == "unknown":
        return None
    # Where something may be anywhere in the world, it may be outside: no area holds it.
    anywhere = "*" in location.countries and "*" not in residency.allow.countries
    return False if anywhere else residency.allow.holds(location)


def _known(locations: tuple[Location, ...]) -> bool:
    return all(location.status != "unknown" for location in locations)


def _ends(flow: Flow, graph: Graph) -> Iterator[tuple[Resource, str, str]]:
    """Yield the resources at both ends, other than the one that declares the flow."""
    for end, locations in (
        (flow.source, flow.source_locations),
        (flow.target, flow.target_locations),
    ):
        resource = graph.resources.get(end or "")
        if resource is not None and resource.id != flow.declared_by:
            path = next((location.path for location in locations if location.path), "")
            yield resource, path, resource.address
