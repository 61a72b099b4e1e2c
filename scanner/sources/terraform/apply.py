"""Applies operators and functions to values of which some may be unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scanner.model import Unknown
from scanner.sources.terraform.functions import Function
from scanner.sources.terraform.values import (
    MAX_CANDIDATES,
    MAX_SIZE,
    EvaluationError,
    Handle,
    Undecided,
    candidates,
    either_unknown,
    first_unknown,
    measure,
)


def applied(apply: Callable[[list[Any]], Any], operands: list[Any]) -> Any:
    """Apply an operator to its operands: over the candidates of those that are unknown."""
    for operand in operands:
        if isinstance(operand, Handle):
            return Unknown("a whole object that exists after apply")
    if any(isinstance(operand, Unknown) for operand in operands):
        return either_unknown(apply, operands)
    return apply(operands)


SHALLOW = frozenset(
    {"coalescelist", "concat", "element", "keys", "length", "lookup", "merge", "one", "values"}
)
"""Functions that look at no more than the first level of their arguments."""

DIRECT = frozenset({"element", "length", "lookup"})
"""Functions that do not go through their arguments at all."""

_SELECTING = frozenset({"lookup", "element"})
_WANT_TEXT = frozenset(
    {"base64decode", "csvdecode", "jsondecode", "tobool", "tonumber", "tostring", "yamldecode"}
)
_TOLERANT = frozenset({"coalesce", "coalescelist", "contains"})


def call(function: Function, arguments: list[Any], measured: tuple[int, bool] | None = None) -> Any:
    """Apply a function to values of which some may be unknown.

    ``measured`` is what `measure` says of the arguments, where that is known already.
    """
    arguments = [a.plain() if isinstance(a, Handle) else a for a in arguments]
    if measured is None and function.name not in SHALLOW:
        measured = measure(arguments)
    if measured is not None and measured[0] > MAX_SIZE:
        raise Undecided(f"{function.name}(): the value is too large")
    if measured is not None and not measured[1]:
        return _run(function, arguments)
    unknowns = [a for a in arguments if isinstance(a, Unknown)]
    if function.name == "slice" and len(arguments) == 3 and unknowns == arguments[:1]:
        parts = _parts(*arguments)
        if parts is not None:
            return parts
    if (
        unknowns
        and len(arguments) > 1
        and function.name in _SELECTING
        and not isinstance(arguments[0], Unknown)
    ):
        key = arguments[1]
        whole = arguments[0]
        if isinstance(key, Unknown) and key.candidates is None and isinstance(whole, (dict, list)):
            options = list(whole.values()) if isinstance(whole, dict) else list(whole)
            return candidates([*options, *arguments[2:]], key)
        if not isinstance(key, Unknown):
            return _run(function, arguments)
    tolerant = function.name in _TOLERANT
    if function.name == "contains" and len(arguments) == 2:
        # `contains(list, unknown)` may still be certain; without the list nothing is, and
        # candidates are better asked one by one.
        held, wanted = arguments
        bounded = isinstance(wanted, Unknown) and wanted.candidates is not None
        tolerant = not isinstance(held, Unknown) and not bounded
    if unknowns and not tolerant:
        return either_unknown(lambda values: call(function, values), arguments)
    if not function.partial and (measured or measure(arguments))[1]:
        if function.name in _WANT_TEXT and isinstance(arguments[0], (list, dict)):
            # Refused whatever the unknown is: `try(jsondecode(var.x), var.x)` relies on it.
            raise EvaluationError(f"{function.name}(): a string is required here")
        inner = first_unknown(arguments)
        assert inner is not None
        return Unknown(inner.reason, inner.expression)
    return _run(function, arguments)


def _parts(whole: Unknown, start: Any, end: Any) -> list[Any] | None:
    """Return a slice of an unknown list: how long it is stands in the call."""
    if whole.candidates is not None or not isinstance(start, int) or not isinstance(end, int):
        return None
    return [whole] * (end - start) if 0 <= start <= end <= MAX_CANDIDATES else None


def _run(function: Function, arguments: list[Any]) -> Any:
    try:
        return function.call(*arguments)
    except TypeError:
        # Terraform refuses these as well.
        raise EvaluationError(
            f"{function.name}() does not take arguments of this number or kind"
        ) from None
    except (OverflowError, MemoryError) as error:
        raise Undecided(f"{function.name}(): {error or 'too large'}") from None
    except ValueError as error:
        raise EvaluationError(f"{function.name}(): {error}") from None
