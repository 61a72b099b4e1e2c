"""Numeric functions and conversions."""

from __future__ import annotations

import math
from typing import Any

from scanner.model import Unknown
from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.values import (
    EvaluationError,
    as_set,
    to_bool,
    to_number,
    to_string,
)

FUNCTIONS = Functions()


@FUNCTIONS
def abs_(number: Any) -> float:
    """``abs(number)``."""
    return abs(to_number(number))


@FUNCTIONS
def ceil(number: Any) -> int:
    """``ceil(number)``."""
    return math.ceil(to_number(number))


@FUNCTIONS
def floor(number: Any) -> int:
    """``floor(number)``."""
    return math.floor(to_number(number))


@FUNCTIONS
def log(number: Any, base: Any) -> float:
    """``log(number, base)``."""
    try:
        result = math.log(to_number(number)) / math.log(to_number(base))
    except (ValueError, ZeroDivisionError):
        raise EvaluationError("no logarithm for these numbers") from None
    return int(result) if result.is_integer() else result


@FUNCTIONS
def pow_(base: Any, power: Any) -> float:
    """``pow(base, power)``."""
    base, power = to_number(base), to_number(power)
    if abs(power) > 10_000:
        raise EvaluationError("the power is too large")
    try:
        result = base**power
    except (OverflowError, ZeroDivisionError):
        raise EvaluationError("the number is too large") from None
    if isinstance(result, complex):
        raise EvaluationError("no real number")
    return result  # type: ignore[no-any-return]


@FUNCTIONS
def signum(number: Any) -> int:
    """``signum(number)``."""
    value = to_number(number)
    return (value > 0) - (value < 0)


@FUNCTIONS
def parseint(text: Any, base: Any) -> int:
    """``parseint(string, base)``."""
    try:
        return int(to_string(text), int(to_number(base)))
    except ValueError:
        raise EvaluationError("not a number in this base") from None


@FUNCTIONS
def max_(*numbers: Any) -> float:
    """``max(numbers…)``."""
    return max(_numbers(numbers))


@FUNCTIONS
def min_(*numbers: Any) -> float:
    """``min(numbers…)``."""
    return min(_numbers(numbers))


@FUNCTIONS
def sum_(numbers: Any) -> float:
    """``sum(list)``."""
    return sum(_numbers(numbers))


def _numbers(numbers: Any) -> list[int | float]:
    if not isinstance(numbers, list | tuple) or not numbers:
        raise EvaluationError("at least one number is required")
    return [to_number(number) for number in numbers]


@FUNCTIONS
def tostring(value: Any) -> Any:
    """``tostring(value)``."""
    return None if value is None else to_string(value)


@FUNCTIONS
def tonumber(value: Any) -> Any:
    """``tonumber(value)``."""
    return None if value is None else to_number(value)


@FUNCTIONS
def tobool(value: Any) -> Any:
    """``tobool(value)``."""
    return None if value is None else to_bool(value)


@FUNCTIONS.partial
def tolist(value: Any) -> Any:
    """``tolist(list or set)``."""
    if not isinstance(value, list):
        raise EvaluationError("a list is required here")
    return list(value)


@FUNCTIONS.partial
def toset(value: Any) -> Any:
    """``toset(list)``."""
    if not isinstance(value, list):
        raise EvaluationError("a list is required here")
    if any(isinstance(item, Unknown) for item in value):
        return next(item for item in value if isinstance(item, Unknown))
    if any(isinstance(item, str) for item in value):
        value = [item if isinstance(item, dict | list) else to_string(item) for item in value]
    return as_set(value)


@FUNCTIONS.partial
def tomap(value: Any) -> Any:
    """``tomap(object)``."""
    if not isinstance(value, dict):
        raise EvaluationError("a map is required here")
    return dict(value)


@FUNCTIONS.partial
def sensitive(value: Any) -> Any:
    """``sensitive(value)``: the value itself; what is secret is another question."""
    return value


@FUNCTIONS.partial
def nonsensitive(value: Any) -> Any:
    """``nonsensitive(value)``."""
    return value


@FUNCTIONS.partial
def ephemeralasnull(value: Any) -> Any:
    """``ephemeralasnull(value)``."""
    return value


@FUNCTIONS.partial
def issensitive(value: Any) -> Any:  # noqa: ARG001
    """``issensitive(value)``: the source does not carry the mark through every value."""
    return Unknown("whether a value is sensitive is decided by its provider", "issensitive()")
