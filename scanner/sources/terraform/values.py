"""Values as Terraform has them: conversions, equality, and unknowns that travel.

Terraform's own types map to Python's: null None, bool, number int or float, string str, list and
tuple list, set `SetValue`, map and object dict. `Handle` stands for a whole resource instance
or module until one of its attributes is read; it never leaves the evaluator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any

from scanner.model import Unknown

MAX_CANDIDATES = 64
"""More candidates than this are no help to anyone: the value is then unbounded."""

MAX_SIZE = 1_000_000
"""The largest string or collection that an expression may make."""


class EvaluationError(Exception):
    """An expression that Terraform would refuse, or that is too large; becomes an `Unknown`."""


class SetValue(list[Any]):
    """A set: distinct, in Terraform's order (strings sorted)."""

    __slots__ = ()


class BlockValue(dict[str, Any]):
    """A nested block of a resource: what is not written in it exists after apply."""

    __slots__ = ()


class Handle:
    """A whole resource instance or module; subclasses know how to read it."""

    __slots__ = ()

    def attribute(self, name: str) -> Any:
        """Return an attribute's value."""
        raise NotImplementedError

    def index(self, key: Any) -> Any:
        """Return the element for a key; a single object has none but its attributes."""
        return self.attribute(key) if isinstance(key, str) else Unknown("not an indexed object")

    def listed(self) -> list[Any] | Unknown:
        """Return what a splat goes through: a single object is a list of one."""
        return [self]

    def plain(self) -> Any:
        """Return what a function or an attribute may see of the whole."""
        raise NotImplementedError


def as_set(items: Iterable[Any]) -> SetValue:
    """Return the distinct items; strings and numbers in order."""
    kept: list[Any] = []
    seen: set[Any] = set()
    for item in items:
        mark = freeze(item)
        if mark not in seen:
            seen.add(mark)
            kept.append(item)
    if all(isinstance(item, str) for item in kept) or all(is_number(item) for item in kept):
        kept.sort()
    return SetValue(kept)


def freeze(value: Any) -> Any:
    """Return something hashable that is equal for equal values."""
    if isinstance(value, dict):
        return ("map", tuple(sorted((key, freeze(item)) for key, item in value.items())))
    if isinstance(value, list):
        return ("list", tuple(freeze(item) for item in value))
    if isinstance(value, Unknown):
        return ("unknown", value.expression, value.reason)
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, Handle):
        return ("handle", id(value))
    return value


def is_number(value: Any) -> bool:
    """Say whether a value is a Terraform number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number_text(value: float) -> str:
    """Return a number as Terraform prints it in a string."""
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return repr(value)


def to_string(value: Any) -> str:
    """Return a primitive as string. Raises EvaluationError for collections and null."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(value)
    raise EvaluationError("a string is required here")


def to_number(value: Any) -> int | float:
    """Return a primitive as number. Raises EvaluationError."""
    if is_number(value):
        number: int | float = value
        return number
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
        try:
            result = float(value)
        except ValueError:
            raise EvaluationError(f"a number is required, not {value[:40]!r}") from None
        return int(result) if result.is_integer() else result
    raise EvaluationError("a number is required here")


def to_bool(value: Any) -> bool:
    """Return a primitive as bool. Raises EvaluationError."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise EvaluationError("a bool is required here")


def equal(left: Any, right: Any) -> bool | Unknown:
    """Compare as ``==`` does: by type and value; unknown where it depends on an unknown."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        result: bool | Unknown = either_unknown(lambda pair: equal(*pair), [left, right])
        return result
    if isinstance(left, Handle) or isinstance(right, Handle):
        return (
            False
            if left is None or right is None
            else Unknown("compares whole objects that exist after apply")
        )
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if is_number(left) and is_number(right):
        return bool(left == right)
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return False
        results = [equal(a, b) for a, b in zip(left, right, strict=True)]
        return _all(results)
    if isinstance(left, dict) and isinstance(right, dict):
        if left.keys() != right.keys():
            return False
        return _all([equal(left[key], right[key]) for key in left])
    return bool(type(left) is type(right) and left == right)


def _all(results: list[bool | Unknown]) -> bool | Unknown:
    if any(result is False for result in results):
        return False
    for result in results:
        if isinstance(result, Unknown):
            return result
    return True


def holds_unknown(value: Any) -> bool:
    """Say whether an unknown stands anywhere in a value."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Unknown | Handle):
            return True
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return False


def heavy(value: Any) -> bool:
    """Say whether a value has too many parts to be looked at.

    Lists that share their parts are small in memory and endless to walk through: forty locals
    that each hold the one before twice have a million million leaves.
    """
    count, stack = 0, [value]
    while stack:
        item = stack.pop()
        count += 1
        if count > MAX_SIZE:
            return True
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            if len(item) > MAX_SIZE:
                return True
            stack.extend(item)
    return False


def first_unknown(values: Iterable[Any]) -> Unknown | None:
    """Return the first unknown found anywhere in some values."""
    stack = list(values)
    while stack:
        item = stack.pop(0) if len(stack) < 64 else stack.pop()
        if isinstance(item, Unknown):
            return item
        if isinstance(item, Handle):
            return Unknown("a whole object that exists after apply")
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return None


def candidates(values: Iterable[Any], like: Unknown) -> Unknown:
    """Return an unknown that is one of some values; unbounded if one of them is."""
    kept: list[Any] = []
    seen: set[Any] = set()
    for value in values:
        options: Iterable[Any] = (value,)
        if isinstance(value, Unknown):
            if value.candidates is None:
                return Unknown(value.reason, value.expression)
            options = value.candidates
        for option in options:
            mark = freeze(option)
            if mark not in seen:
                seen.add(mark)
                kept.append(option)
        if len(kept) > MAX_CANDIDATES:
            return Unknown(like.reason, like.expression)
    return Unknown(like.reason, like.expression, tuple(kept))


def either_unknown(apply: Callable[[list[Any]], Any], operands: list[Any]) -> Any:
    """Apply something to operands of which some are unknown: over their candidates.

    Without bounded candidates the result is the first unknown, its reason kept.
    """
    unknowns = [operand for operand in operands if isinstance(operand, Unknown)]
    like = unknowns[0]
    size = 1
    for unknown in unknowns:
        if unknown.candidates is None:
            return Unknown(unknown.reason, unknown.expression)
        size *= max(1, len(unknown.candidates))
    if size > MAX_CANDIDATES:
        return Unknown(like.reason, like.expression)
    choices = [
        operand.candidates if isinstance(operand, Unknown) and operand.candidates else (operand,)
        for operand in operands
    ]
    results = list(_results(apply, product(*choices)))
    found = candidates(results, like)
    if size > 1 and len(results) == size and found.candidates and len(found.candidates) == 1:
        return found.candidates[0]  # whichever it is, the answer is the same
    return found


def _results(
    apply: Callable[[list[Any]], Any], combinations: Iterable[tuple[Any, ...]]
) -> Iterator[Any]:
    for combination in combinations:
        try:
            yield apply(list(combination))
        except EvaluationError:
            continue  # a candidate that Terraform would refuse cannot be the value
