"""The flows that the catalogue's constructs make: one per anchor block and destination."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from scanner import paths
from scanner.flows import table
from scanner.flows.ends import Block, Finder, Place, primary
from scanner.flows.make import Ids, flow
from scanner.model import Flow, Resource, Unknown


def find(finder: Finder) -> Iterator[Flow]:
    """Yield the flows of every resource whose type the catalogue knows."""
    ids = Ids()
    known = table.by_type()
    for resource in finder.resources.values():
        for construct in known.get(resource.type, ()):
            yield from _flows(finder, ids, resource, construct)


def _flows(
    finder: Finder, ids: Ids, resource: Resource, construct: table.Construct
) -> Iterator[Flow]:
    for block in _blocks(resource, construct.anchor):
        holds = _holds(construct.when, block)
        if holds is False:
            continue
        for source in finder.ends(construct.source, block) or [_here(resource)]:
            here = Block(resource, block.path, block.value, source)
            for target in finder.ends(construct.destination, here):
                if source.target and source.target == target.target and not _inside(construct):
                    continue
                yield flow(
                    ids,
                    resource,
                    construct.kind,
                    construct.carries,
                    _named(source, resource, target),
                    target,
                    target.path or source.path or block.path or _cause(construct, block),
                    certain=holds is True and not isinstance(block.value, Unknown),
                    inside=_inside(construct),
                )


def _blocks(resource: Resource, anchor: str) -> Iterator[Block]:
    if not anchor:
        yield Block(resource, "", resource.attributes)
        return
    for path, value in paths.find(resource.attributes, anchor):
        if isinstance(value, list):
            for n, item in enumerate(value):
                yield Block(resource, paths.join(path, n), item)
        else:
            yield Block(resource, path, value)


def _holds(conditions: tuple[table.Condition, ...], block: Block) -> bool | None:
    """Say whether all conditions hold; None where an unknown value may or may not fit."""
    answer: bool | None = True
    for condition in conditions:
        one = _one(condition, block)
        if one is False:
            return False
        answer = answer if one else None
    return answer


def _one(condition: table.Condition, block: Block) -> bool | None:
    found = [value for _, value in block.find(condition.path)]
    if not found:
        return ("-" in condition.values) is not condition.negated
    undecided = False
    for value in found:
        candidates: tuple[Any, ...] = (value,)
        if isinstance(value, Unknown):
            if value.candidates is None:
                if "*" in condition.values:
                    return not condition.negated
                undecided = True
                continue
            candidates = value.candidates
        answers = {_fits(condition, candidate) for candidate in candidates}
        if answers == {True}:
            return True
        undecided = undecided or len(answers) > 1
    return None if undecided else False


def _fits(condition: table.Condition, value: Any) -> bool:
    fits = "*" in condition.values or _word(value) in condition.values
    return fits is not condition.negated


def _word(value: Any) -> str:
    return str(value).lower() if value is not None else "-"


def _inside(construct: table.Construct) -> bool:
    return construct.destination[0].form == "spread"


def _cause(construct: table.Construct, block: Block) -> str:
    """Return the attribute that makes the flow where no end names one."""
    for condition in construct.when:
        for path, _ in block.find(condition.path):
            return path
    for at in primary(block.resource):
        return at.path
    return ""


def _here(resource: Resource) -> Place:
    return Place(primary(resource), resource.id, resource.address, resource.operator)


def _named(source: Place, resource: Resource, target: Place) -> Place:
    """A source that is no resource of the scan is spoken of by the one that declares the flow,
    unless that is where the flow ends.
    """
    if source.target:
        return source
    spoken = resource.id if target.target != resource.id else None
    return replace(source, target=spoken, operator=source.operator or resource.operator)
