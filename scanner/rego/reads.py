"""What a rule says that it reads, against what it does read.

A field that is not handed over is undefined, and a condition on it never holds: the rule would
pass everything. So a field that a rule looks at without naming it under ``reads`` is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from scanner.errors import RuleError
from scanner.rego.projection import FIELDS, FLOW_FIELDS
from scanner.rego.tokens import Token
from scanner.rego.traps import Parsed, error

if TYPE_CHECKING:
    from scanner.rego.about import Metadata

_NUMBER = "n"
"""What each input is called by; always there."""


def check(module: Parsed, about: Metadata) -> None:
    """Raise RuleError, naming file and line, for the first field that is not handed over."""
    for field in (*(about.reads or ()), *about.needs):
        top, _, inner = field.partition(".")
        if top not in FIELDS:
            raise RuleError(f"{module.file}: reads the unknown field {field!r}", hint=_near(field))
        if inner and (top != "attributes" or "." in inner):
            raise RuleError(
                f"{module.file}: reads {field!r}, which is not handed over by itself",
                hint=f"write {top if top != 'attributes' else field.rpartition('.')[0]}",
            )
    kinds = {"resources": _fields(about), "flows": frozenset(FLOW_FIELDS)}
    for what, given in kinds.items():
        everywhere = _everywhere(module, what)
        for rule in module.rules:
            names = set(_named(rule, what)) | everywhere
            for token, path in _looked_at(rule, names):
                _handed_over(module, token, path, what, given)


def _fields(about: Metadata) -> frozenset[str]:
    return frozenset(about.reads if about.reads is not None else FIELDS)


def _handed_over(
    module: Parsed, token: Token, path: tuple[str, ...], what: str, given: frozenset[str]
) -> None:
    top = path[0]
    if top == _NUMBER or top in given or ".".join(path) in given:
        return
    part = top == "attributes" and any(field.startswith("attributes.") for field in given)
    if what == "flows":
        raise error(
            module.file, token, f"a flow has no field '{top}'", "fields are: " + ", ".join(given)
        )
    if top not in FIELDS:
        raise error(module.file, token, f"a resource has no field '{top}'", _near(top))
    missing = ".".join(path) if part else top
    raise error(
        module.file, token, f"the rule looks at '{missing}' and does not read it",
        f"the engine would never fire it: add {missing} to reads",
    )  # fmt: skip


def _everywhere(module: Parsed, what: str) -> frozenset[str]:
    """Return the names that mean an input wherever the module uses them.

    A helper gets its resource as a parameter; a name that somewhere means something else says
    nothing about the rest of the module.
    """
    meant = {name for rule in module.rules for name in _named(rule, what)}
    other = {name for rule in module.rules for name in _otherwise(rule, what)}
    return frozenset(meant - other)


def _named(rule: tuple[Token, ...], what: str) -> Iterator[str]:
    """Yield the last name of each ``some x in input.resources``."""
    for _, name, source in _declarations(rule):
        if source == ("input", ".", what):
            yield name


def _otherwise(rule: tuple[Token, ...], what: str) -> Iterator[str]:
    for index, name, source in _declarations(rule):
        yield from index
        if len(source) > 1 and source != ("input", ".", what):
            yield name
    for before, token in pairwise(rule):
        if token.text == ":=" and before.kind == "name":
            yield before.text


def _declarations(
    rule: tuple[Token, ...],
) -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """Yield (names of the index, name, where it is from) of every ``some`` and ``every``."""
    for at, token in enumerate(rule):
        if token.kind != "name" or token.text not in ("some", "every"):
            continue
        names = []
        while at + 1 < len(rule) and rule[at + 1].text != "in":
            at += 1
            if rule[at].kind == "name":
                names.append(rule[at].text)
        source = rule[at + 2 : at + 5]
        path = [part.text for part in source[:1]]
        if len(source) > 1 and source[1].glued and source[1].kind == "mark":
            path = [part.text for part in source]
        if names:
            yield tuple(names[:-1]), names[-1], tuple(path)


def _looked_at(rule: tuple[Token, ...], names: set[str]) -> Iterator[tuple[Token, tuple[str, ...]]]:
    """Yield the first and the second name behind a variable: ``r.attributes.acl``."""
    for at, token in enumerate(rule):
        if token.kind != "name" or token.text not in names:
            continue
        if at > 0 and rule[at - 1].text == "." and token.glued:
            continue
        steps: list[str] = []
        end = at + 1
        while len(steps) < 2 and end + 1 < len(rule) and rule[end].glued:
            if rule[end].text == "." and rule[end + 1].kind == "name":
                steps.append(rule[end + 1].text)
                end += 2
            elif rule[end].text == "[" and rule[end + 1].kind == "string":
                steps.append(rule[end + 1].text[1:-1])
                end += 3
            else:
                break
        if steps:
            yield rule[at + 1], tuple(steps)


def _near(field: str) -> str:
    from scanner.geography.words import nearest

    close = nearest(field, FIELDS)
    return f"did you mean {close!r}?" if close else "fields are: " + ", ".join(FIELDS)
