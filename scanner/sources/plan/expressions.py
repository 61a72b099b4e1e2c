"""The expressions of a plan's configuration: constants, and the names of what they read.

The plan says *which* values an expression reads and not what it makes of them:
``var.region`` and ``"${var.region}-1"`` look the same in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scanner import paths

_STEP = re.compile(r'\.?([A-Za-z_][\w-]*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


def is_leaf(expression: Any) -> bool:
    """Say whether it is one expression and no block. An empty object is an expression that
    reads nothing and is no constant either (a function of constants).
    """
    return isinstance(expression, dict) and (
        not expression or "constant_value" in expression or "references" in expression
    )


def names(expression: Any) -> list[str]:
    """Return what an expression reads, each thing once and as exactly as the plan says.

    The plan names ``data.a.b.c``, ``data.a.b`` for one read of ``data.a.b.c``.
    """
    found: list[str] = []
    references = expression.get("references") if isinstance(expression, dict) else None
    for name in references if isinstance(references, list) else ():
        if not isinstance(name, str):
            continue
        longer = found[-1] if found else ""
        if not (longer.startswith(name) and longer[len(name) : len(name) + 1] in ("", ".", "[")):
            found.append(name)
    return list(dict.fromkeys(found))


def text(expression: Any) -> str:
    """Return what an expression reads, for people; empty for a block."""
    return ", ".join(names(expression)) if is_leaf(expression) else ""


def leaves(expression: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (attribute path, expression) of everything that a block writes."""
    if is_leaf(expression) and path:
        yield path, expression
    elif isinstance(expression, dict):
        for name, inner in expression.items():
            yield from leaves(inner, paths.join(path, name))
    elif isinstance(expression, list):
        for index, inner in enumerate(expression):
            yield from leaves(inner, paths.join(path, index))


def steps(name: str) -> list[str | int]:
    """Return the steps of a reference: ``module.m["a"].id`` has four."""
    found: list[str | int] = []
    position = 0
    while position < len(name):
        match = _STEP.match(name, position)
        if match is None:
            break
        word, index, key = match.groups()
        if word is not None:
            found.append(word)
        else:
            found.append(int(index) if index is not None else re.sub(r"\\(.)", r"\1", key))
        position = match.end()
    return found
