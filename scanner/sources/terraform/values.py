"""Values as Terraform has them: conversions, equality, and unknowns that travel.

Terraform's own types map to Python's: null None, bool, number int or float, string str, tuple
list, list `ListValue`, set `SetValue`, object dict, map `MapValue`. Where the type is not
known, as for what a resource block says, it is the plain list or dict. `Handle` stands for a
whole resource instance or module until one of its attributes is read; it never leaves the
evaluator.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from decimal import Context, Decimal, InvalidOperation
from itertools import product
from typing import Any

from scanner.model import Unknown

MAX_CANDIDATES = 64
"""More candidates than this are no help to anyone: the value is then unbounded."""

MAX_SIZE = 1_000_000
"""The largest string or collection that an expression may make."""

MAX_DEPTH = 100
"""How deep values may stand in each other; whoever walks through one calls itself as often."""

MAX_OPTIONS = 20_000
"""The most parts that the candidates of one unknown may have together."""


SCALARS = frozenset({bool, int, float, str, type(None)})
"""The types of what has no parts. Values are of these themselves, never of a subclass."""


class EvaluationError(Exception):
    """An expression that Terraform would refuse, or that is too large; becomes an `Unknown`."""


class Undecided(EvaluationError):  # noqa: N818 - not an error of the source
    """What Domicile gives up and Terraform may not: ``try`` and ``can`` must not rely on it."""


class ListValue(list[Any]):
    """A list: its elements have one type, which makes it another thing than the tuple beside it.

    ``element`` keeps that type, of `scanner.sources.terraform.types`, where there are none.
    """

    __slots__ = ("element",)
    element: Any


class SetValue(list[Any]):
    """A set: distinct, in Terraform's order (strings sorted)."""

    __slots__ = ("element",)
    element: Any


class MapValue(dict[str, Any]):
    """A map: its elements have one type. An object is a plain dict."""

    __slots__ = ("element",)
    element: Any


class BlockValue(dict[str, Any]):
    """A nested block of a resource: what is not written in it exists after apply."""

    __slots__ = ()


class Handle:
    """A whole resource instance or module; subclasses know how to read it."""

    __slots__ = ()

    names = False
    """Only a step to values (``var``, ``data.aws_region``), which Terraform takes for none."""

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


def measure(value: Any, limit: int = MAX_SIZE, *, texts: bool = False) -> tuple[int, bool]:
    """Return how many values stand in a value, and whether one of them is unknown.

    The candidates of an unknown count, and with ``texts`` each 32 letters of a text. Counting
    stops above the limit; a value deeper than `MAX_DEPTH` counts as that large.
    """
    size, unknown, depth = 1, False, 0
    level = [value]
    while level:
        below: list[Any] = []
        for item in level:
            if type(item) in SCALARS:
                if not texts or type(item) is not str:
                    continue
                size += len(item) // 32
            elif isinstance(item, dict):
                size += len(item)
                below.extend(item.values())
            elif isinstance(item, list):
                size += len(item)
                below.extend(item)
            elif isinstance(item, Unknown):
                unknown = True
                if item.candidates:
                    size += len(item.candidates)
                    below.extend(item.candidates)
            else:
                unknown = True  # a handle
            if size > limit:
                return size, unknown
        depth += 1
        if depth > MAX_DEPTH:
            return limit + 1, unknown
        level = below
    return size, unknown


def weight(value: Any, limit: int) -> int:
    """Return what keeping a value costs: one for each part, and for each 32 letters of a text.

    Candidates count as well. Counting stops above the limit.
    """
    return measure(value, limit, texts=True)[0]


def heavy(value: Any) -> bool:
    """Say whether a value has too many parts to be looked at.

    Lists that share their parts are small in memory and endless to walk through: forty locals
    that each hold the one before twice have a million million leaves.
    """
    return measure(value)[0] > MAX_SIZE


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
    return type(value) is int or type(value) is float


MAX_DIGITS = 600
"""Terraform keeps more than 150 digits of a number; nobody writes as many."""

MAX_NUMBER = 10**MAX_DIGITS
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_EXACT = Context(prec=60, Emax=10_000, Emin=-10_000)


def parse_number(text: str) -> int | float:
    """Return the number that a text writes. Raises EvaluationError."""
    if len(text) > 2 * MAX_DIGITS and text[1:].isdigit():
        raise Undecided("the number is too large")
    if len(text) > 2 * MAX_DIGITS or not _NUMBER.fullmatch(text):
        raise EvaluationError(f"a number is required, not {text[:40]!r}")
    if text.isdigit():
        return in_range(int(text))
    if len(text.lower().partition("e")[2]) > 5:
        raise Undecided("the number is too large or too small")
    return whole(Decimal(text))


def whole(number: Decimal) -> int | float:
    """Return a decimal as int where it is one, else as float."""
    if not number.is_finite() or number.adjusted() > MAX_DIGITS:
        raise Undecided("the number is too large")
    if number == number.to_integral_value():
        return int(number)
    result = float(number)
    if not result or result - result != 0:
        raise Undecided("the number is too large or too small")
    return result


def in_range(number: int) -> int:
    """Return a whole number. Raises Undecided where it is too large to compute with."""
    if not -MAX_NUMBER < number < MAX_NUMBER:
        raise Undecided("the number is too large")
    return number


def exact(value: float) -> Decimal:
    """Return a number as the decimal that was written: 0.1 is 0.1 in Terraform."""
    return Decimal(value) if isinstance(value, int) else Decimal(repr(value))


def calculate(operator: str, left: float, right: float) -> int | float:
    """Apply ``+ - * / %`` as Terraform does, which does not compute in binary fractions."""
    if operator in {"/", "%"} and right == 0:
        raise EvaluationError("division by zero")
    if isinstance(left, int) and isinstance(right, int):
        if operator == "+":
            return in_range(left + right)
        if operator == "-":
            return in_range(left - right)
        if operator == "*":
            return in_range(left * right)
        quotient, rest = divmod(abs(left), abs(right))
        if operator == "%":
            # Go truncates towards zero, Python floors.
            return -rest if left < 0 else rest
        if not rest:
            return quotient if (left < 0) == (right < 0) else -quotient
    try:
        return whole(_DECIMAL[operator](exact(left), exact(right)))
    except InvalidOperation:
        raise Undecided("the number is too large") from None


_DECIMAL: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": _EXACT.add,
    "-": _EXACT.subtract,
    "*": _EXACT.multiply,
    "/": _EXACT.divide,
    "%": _EXACT.remainder,
}


def number_text(value: float) -> str:
    """Return a number as Terraform prints it in a string: never with an exponent."""
    return str(value) if isinstance(value, int) else format(exact(value), "f")


def to_whole(value: Any) -> int:
    """Return a primitive as whole number. Raises EvaluationError for fractions."""
    number = to_number(value)
    if not isinstance(number, int):
        raise EvaluationError("a whole number is required here")
    return number


MAX_INT = 2**63


def to_int(value: Any) -> int:
    """Return a whole number that Go holds in an int. Raises EvaluationError."""
    number = to_whole(value)
    if not -MAX_INT <= number < MAX_INT:
        raise EvaluationError("the number is too large here")
    return number


def to_string(value: Any) -> str:
    """Return a primitive as string. Raises EvaluationError for collections and null."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(value)
    raise EvaluationError("a string is required here")


def composed(text: str) -> str:
    """Return a text as Terraform keeps it: é is one letter, however it was written."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def joined(separator: str, parts: list[str]) -> str:
    """Return the parts as one text. Raises Undecided where it becomes too large."""
    if sum(map(len, parts)) + len(separator) * len(parts) > MAX_SIZE:
        raise Undecided("the text is too large")
    return composed(separator.join(parts))


def to_number(value: Any) -> int | float:
    """Return a primitive as number. Raises EvaluationError."""
    if is_number(value):
        number: int | float = value
        return number
    if isinstance(value, str):
        return parse_number(value)
    raise EvaluationError("a number is required here")


def to_bool(value: Any) -> bool:
    """Return a primitive as bool. Raises EvaluationError."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in {"true", "false", "1", "0"}:
        return value in {"true", "1"}
    raise EvaluationError("a bool is required here")


def equal(left: Any, right: Any) -> bool | Unknown:
    """Compare as ``==`` does: by type and value; unknown where it depends on an unknown."""
    if type(left) is str and type(right) is str:
        return left == right
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
        if len(left) != len(right) or type(left) is not type(right) or _unlike(left, right):
            return False
        results = [equal(a, b) for a, b in zip(left, right, strict=True)]
        return _all(results)
    if isinstance(left, dict) and isinstance(right, dict):
        if left.keys() != right.keys() or isinstance(left, MapValue) != isinstance(right, MapValue):
            return False
        if _unlike(left, right):
            return False
        return _all([equal(left[key], right[key]) for key in left])
    return bool(type(left) is type(right) and left == right)


def _unlike(left: Any, right: Any) -> bool:
    """Say whether two collections without elements are known to be for elements of two types."""
    if left or right:
        return False
    one, other = getattr(left, "element", None), getattr(right, "element", None)
    return one is not None and other is not None and bool(one != other)


def _all(results: list[bool | Unknown]) -> bool | Unknown:
    if any(result is False for result in results):
        return False
    for result in results:
        if isinstance(result, Unknown):
            return result
    return True


def holds_unknown(value: Any) -> bool:
    """Say whether an unknown stands anywhere in a value."""
    return measure(value)[1]


def first_unknown(values: Iterable[Any]) -> Unknown | None:
    """Return the first unknown found anywhere in some values."""
    stack = list(values)
    seen: set[int] = set()
    while stack:
        item = stack.pop(0) if len(stack) < 64 else stack.pop()
        if type(item) in SCALARS or id(item) in seen:
            continue
        if isinstance(item, Unknown):
            return item
        if isinstance(item, Handle):
            return Unknown("a whole object that exists after apply")
        if isinstance(item, dict):
            seen.add(id(item))
            stack.extend(item.values())
        elif isinstance(item, list):
            seen.add(id(item))
            stack.extend(item)
    return None


def candidates(values: Iterable[Any], like: Unknown) -> Unknown:
    """Return an unknown that is one of some values; unbounded if one of them is."""
    kept: list[Any] = []
    seen: set[Any] = set()
    parts = 0
    for value in values:
        options: Iterable[Any] = (value,)
        if isinstance(value, Unknown):
            if value.candidates is None:
                return Unknown(value.reason, value.expression)
            options = value.candidates
        for option in options:
            if isinstance(option, (dict, list)):
                parts += measure(option)[0]
                if parts > MAX_OPTIONS:
                    return Unknown(like.reason, like.expression)
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
        except Undecided:
            raise
        except EvaluationError:
            continue  # a candidate that Terraform would refuse cannot be the value
