"""Which values a variable may have: what its ``validation`` blocks say, where they list them."""

from __future__ import annotations

import re
from typing import Any

from scanner.sources.terraform import hcl, tree
from scanner.sources.terraform.evaluate import settled
from scanner.sources.terraform.scope import Scope
from scanner.sources.terraform.values import is_number

Values = dict[Any, None]
"""A set of plain values that keeps its order."""

_LITERAL = re.compile(r"\^?\(?(?:\?:)?(?P<words>[\w.-]+(?:\|[\w.-]+)*)\)?\$?")
_ANCHORED = re.compile(r"\^\(.*\)\$|\^[^|]*\$", re.DOTALL)


def validated(block: hcl.Block, name: str, scope: Scope) -> tuple[Any, ...] | None:
    """Return the values that a variable's ``validation`` blocks allow, None when unbounded.

    Read are the forms that name them: ``contains([…], var.x)``, ``var.x == "…"``, an anchored
    ``can(regex("^(a|b)$", var.x))``, and ``&&`` and ``||`` of these.
    """
    found: Values | None = None
    for inner in block.body.blocks:
        condition = inner.body.attributes.get("condition")
        if inner.type == "validation" and condition is not None:
            found = _both(found, _allowed(condition.expression, name, scope))
    return tuple(found) if found else None


def _both(left: Values | None, right: Values | None) -> Values | None:
    if left is None or right is None:
        return right if left is None else left
    return {item: None for item in left if item in right}


def _allowed(node: tree.Node, name: str, scope: Scope) -> Values | None:
    if isinstance(node, tree.Binary):
        if node.operator == "==":
            return _equal(node, name, scope)
        if node.operator in {"&&", "||"}:
            left = _allowed(node.left, name, scope)
            right = _allowed(node.right, name, scope)
            if node.operator == "&&":
                return _both(left, right)
            return None if left is None or right is None else {**left, **right}
        return None
    if not isinstance(node, tree.Call) or node.expand:
        return None
    if node.name == "contains" and len(node.arguments) == 2:
        if _is_variable(node.arguments[1], name):
            return _listed(settled(node.arguments[0], scope))
    elif node.name == "can" and len(node.arguments) == 1:
        return _pattern(node.arguments[0], name, scope)
    return None


def _equal(node: tree.Binary, name: str, scope: Scope) -> Values | None:
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if _is_variable(one, name):
            return _listed([settled(other, scope)])
    return None


def _pattern(node: tree.Node, name: str, scope: Scope) -> Values | None:
    """Return the words of ``regex("^(a|b)$", var.x)``."""
    if not isinstance(node, tree.Call) or node.name != "regex" or len(node.arguments) != 2:
        return None
    pattern = settled(node.arguments[0], scope)
    if not _is_variable(node.arguments[1], name) or not isinstance(pattern, str):
        return None
    if not _ANCHORED.fullmatch(pattern):
        return None
    words = _LITERAL.fullmatch(pattern)
    if words is None or "." in words["words"]:  # a dot stands for any character
        return None
    return dict.fromkeys(words["words"].split("|"))


def _listed(values: Any) -> Values | None:
    if not isinstance(values, list):
        return None
    if all(item is None or isinstance(item, str | bool) or is_number(item) for item in values):
        return dict.fromkeys(values)
    return None


def _is_variable(node: tree.Node, name: str) -> bool:
    return (
        isinstance(node, tree.Attr)
        and node.name == name
        and isinstance(node.of, tree.Name)
        and node.of.name == "var"
    )
