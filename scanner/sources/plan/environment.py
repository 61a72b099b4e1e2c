"""Which environment of a root module a plan is of: its variables tell, or else its file's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scanner.sources.plan.configuration import Configuration
from scanner.sources.plan.document import Document
from scanner.sources.source import Input


def of_plan(document: Document, items: Sequence[Input], root: Path) -> Input | None:
    """Return the one of a root's inputs, one for each environment, that a plan is of.

    None where it may be of several: the sources of one must not get the values of another.
    """
    if len(items) == 1:
        return items[0]
    fitting = [item for item in items if fits(document, item, root)]
    if len(fitting) == 1:
        return fitting[0]
    return _named(document.file, fitting or items)


def fits(document: Document, item: Input, root: Path) -> bool:
    """Say whether no variable file of an environment gives another value than the plan has."""
    values = Configuration(document).variables
    return all(
        name not in values or _same(values[name], value)
        for name, value in _literals(item.variables, root).items()
    )


def _named(file: str, items: Sequence[Input]) -> Input | None:
    """Return the input whose environment a file's path names; the longer of two names."""
    path = file.casefold()
    found = [
        item
        for item in items
        if item.environment
        and re.search(rf"(?<![a-z0-9]){re.escape(item.environment.casefold())}(?![a-z0-9])", path)
    ]
    longest = max((len(item.environment or "") for item in found), default=0)
    named = [item for item in found if len(item.environment or "") == longest]
    return named[0] if len(named) == 1 else None


def _literals(files: Sequence[str], root: Path) -> dict[str, Any]:
    """Return the strings, numbers and truth values that variable files write out."""
    from scanner.sources.terraform import tree
    from scanner.sources.terraform.module import variable_values

    found: dict[str, Any] = {}
    for file in files:
        # What is wrong with a file the sources' own reader says.
        for name, written in variable_values(file, root, lambda _: None).items():
            found.pop(name, None)
            if isinstance(written.expression, tree.Constant):
                found[name] = written.expression.value
    return found


def _same(planned: Any, written: Any) -> bool:
    scalars = (str, int, float)  # a bool is an int
    if not isinstance(planned, scalars) or not isinstance(written, scalars):
        return True  # of a collection its type decides
    return planned == written or str(planned).casefold() == str(written).casefold()
