"""Reads a part of a value: ``whole.name`` and ``whole[key]``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scanner.model import Unknown
from scanner.sources.terraform import tree
from scanner.sources.terraform.scope import Scope
from scanner.sources.terraform.values import (
    BlockValue,
    EvaluationError,
    Handle,
    SetValue,
    candidates,
    either_unknown,
    to_number,
    to_string,
)


def read_attribute(whole: Any, name: str, node: tree.Node, scope: Scope) -> Any:
    """Return ``whole.name``."""
    if isinstance(whole, Handle):
        return whole.attribute(name)
    if isinstance(whole, dict):
        found = whole.get(name)
        if found is None and isinstance(whole, BlockValue):
            # Null is the same as not written: the provider decides.
            return Unknown("known after apply", scope.module.text(node))
        if found is not None or name in whole:
            return found
        raise EvaluationError(f"no attribute {name!r}")
    if isinstance(whole, Unknown):
        return _of_candidates(whole, lambda item: read_attribute(item, name, node, scope))
    if isinstance(whole, list) and name.isdigit():
        return read_index(whole, int(name), node, scope)
    raise EvaluationError(f"no attribute {name!r} of this value")


def _of_candidates(whole: Unknown, read: Callable[[Any], Any]) -> Any:
    if whole.candidates is None:
        return whole
    results = []
    for item in whole.candidates:
        try:
            results.append(read(item))
        except EvaluationError:
            continue
    return candidates(results, whole) if results else Unknown(whole.reason, whole.expression)


def read_index(whole: Any, key: Any, node: tree.Node, scope: Scope) -> Any:
    """Return ``whole[key]``."""
    if isinstance(whole, Unknown):
        return _of_candidates(whole, lambda item: read_index(item, key, node, scope))
    if isinstance(whole, Handle):
        return whole.index(key)
    if isinstance(key, Unknown):
        if isinstance(whole, dict):
            options = list(whole.values())
        elif isinstance(whole, list):
            options = list(whole)
        else:
            raise EvaluationError("this value has no elements")
        if key.candidates is not None:
            return either_unknown(lambda pair: read_index(whole, pair[0], node, scope), [key])
        return candidates(options, key) if options else key
    if isinstance(whole, dict):
        text = to_string(key)
        if text in whole:
            return whole[text]
        raise EvaluationError(f"no element {text[:60]!r}")
    if isinstance(whole, SetValue):
        raise EvaluationError("the elements of a set have no position")
    if isinstance(whole, list):
        position = to_number(key)
        if position < 0 or position >= len(whole) or not float(position).is_integer():
            shown = str(position)[:20]
            raise EvaluationError(f"no element {shown} in a list of {len(whole)}")
        return whole[int(position)]
    raise EvaluationError("this value has no elements")
