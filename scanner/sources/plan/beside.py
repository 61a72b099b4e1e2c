"""Which sources a plan was made of: the root module around it, or the only one that fits.

Only names are compared, those of the root's resources and calls, before anything is evaluated:
the sources are then evaluated with the values that the plan has for the root's variables.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from scanner.model import Span
from scanner.sources.plan.configuration import Configuration
from scanner.sources.plan.document import Document
from scanner.sources.plan.environment import fits, of_plan
from scanner.sources.plan.instances import Instance, read
from scanner.sources.source import Input

_AROUND = 0.5
"""How many of a plan's names the root module around it must have."""
_ELSEWHERE = 0.8
"""How many a root module must have that lies elsewhere."""


class Matches(Struct):
    """The units of the roots that plans were made of, by their files, and what follows."""

    found: dict[str, str] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    notes: tuple[str, ...] = ()


def match(documents: Sequence[Document], inputs: Sequence[Input], root: Path) -> Matches:
    """Find the root module of every plan among the inputs.

    A root with one plan is evaluated with its variables; one with several, once for each, as
    units of their own. Of a root with environments a plan stands for the one that it is of.
    """
    every: dict[str, list[Input]] = {}
    for one in inputs:
        if one.source == "terraform":
            every.setdefault(one.path, []).append(one)
    roots = [items[0] for items in every.values()]
    names: dict[str, set[str]] = {}
    plans: dict[str, list[Document]] = {}
    others: list[Input] = []
    result = Matches()
    notes: list[str] = []
    for document in documents:
        if document.is_state:
            continue  # what is there today must not stand for what the sources will make
        item, note = _root_of(document, roots, names, root)
        notes.extend([note] if note else [])
        if item is None:
            continue
        chosen = of_plan(document, every[item.path], root)
        if chosen is not None:
            plans.setdefault(chosen.unit, []).append(document)
            continue
        names_of = ", ".join(str(one.environment) for one in every[item.path])
        notes.append(
            f"{_shown(document)} may be of any of the environments {names_of} of {item.path} and "
            "is a unit of its own; name its file after one"
        )
        others.append(_alone(item, document))
        result.found[document.file] = document.file
    given: list[Input] = []
    for item in inputs:
        own = plans.get(item.unit, []) if item.source == "terraform" else []
        given.extend([] if own else [item])
        fitting = {d.file for d in own if len(own) == 1 or fits(d, item, root)}
        for document in own:
            unit = item.unit if len(own) == 1 else document.file
            if fitting and document.file not in fitting:
                given.append(_alone(item, document))  # not of the environment asked for
            else:
                given.append(replace(item, unit=unit, values=_values(document)))
            result.found[document.file] = unit
    result.inputs = (*given, *others)
    result.notes = tuple(notes)
    return result


def _alone(item: Input, document: Document) -> Input:
    """Return a root's input for a plan of an environment that nobody knows."""
    return replace(
        item, unit=document.file, environment=None, variables=(), values=_values(document)
    )


def _root_of(
    document: Document, roots: Sequence[Input], names: dict[str, set[str]], root: Path
) -> tuple[Input | None, str]:
    """Return the root module of a plan, and what is to be said about it."""
    wanted = _wanted(document)
    around = [item for item in roots if document.file.startswith(_inside(item.path))]
    for item in sorted(around, key=lambda item: -len(item.path)):
        if document.file != "-" and _share(wanted, item, names, root, least=1.0) >= _AROUND:
            return item, ""
    if not wanted:
        return None, ""
    shares = [(_share(wanted, item, names, root, least=0.0), item) for item in roots]
    best = max((share for share, _ in shares), default=0.0)
    if best < _ELSEWHERE:
        return None, ""
    fitting = [item for share, item in shares if share == best]
    if len(fitting) > 1:
        where = ", ".join(item.path for item in fitting[:4])
        return None, (
            f"{_shown(document)} fits the sources in {where} alike and is judged by itself; put "
            "it into the folder that it was made in"
        )
    item = fitting[0]
    have = len(wanted & names[item.path])
    return item, (
        f"{_shown(document)} is read with the sources in {item.path}, which have {have} of the "
        f"{len(wanted)} names in its root module"
    )


def _shown(document: Document) -> str:
    return "the plan on standard input" if document.file == "-" else document.file


def _inside(path: str) -> str:
    return "" if path == "." else f"{path}/"


def _wanted(document: Document) -> set[str]:
    """Return the names in a plan's root module."""
    configuration = Configuration(document)
    if configuration.present:
        return configuration.top()
    return {_top(instance) for instance in read(document)}


def _top(instance: Instance) -> str:
    return f"module.{instance.module[0][0]}" if instance.module else instance.block


def _share(
    wanted: set[str], item: Input, names: dict[str, set[str]], root: Path, *, least: float
) -> float:
    """Return how many of the names a folder's sources have; ``least`` where there are none."""
    if item.path not in names:
        names[item.path] = _names(item, root)
    return len(wanted & names[item.path]) / len(wanted) if wanted else least


def _names(item: Input, root: Path) -> set[str]:
    """Return the names of a folder's resources, data and calls."""
    from scanner.sources.terraform import module

    files = [name for file in item.files if module.is_module_file(name := posixpath.basename(file))]
    found = module.read(item.path, files, root)
    if found is None:
        return set()
    blocks = {
        f"data.{type}.{name}" if mode == "data" else f"{type}.{name}"
        for mode, type, name in found.resources
    }
    return blocks | {f"module.{name}" for name in found.calls}


def _values(document: Document) -> tuple[tuple[str, Any, Span], ...]:
    """Return the values of the root's variables, each with its place in the plan."""
    found = Configuration(document).variables
    return tuple(
        (name, value, document.key_span("variables", name)) for name, value in found.items()
    )
