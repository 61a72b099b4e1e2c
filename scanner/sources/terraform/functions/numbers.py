"""Numeric functions and conversions."""

from __future__ import annotations

import math
import string
from decimal import Decimal
from typing import Any

from scanner.model import Unknown
from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.types import ANY, Type, convert
from scanner.sources.terraform.values import (
    MAX_INT,
    EvaluationError,
    Undecided,
    calculate,
    in_range,
    to_bool,
    to_int,
    to_number,
    to_string,
    whole,
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
    value, other = to_number(number), to_number(base)
    if value <= 0 or other < 0 or other == 1:
        raise EvaluationError("no logarithm for these numbers")
    return 0 if other == 0 else _double(math.log(value) / math.log(other))


def _double(result: float) -> float:
    return whole(Decimal(repr(result)))


@FUNCTIONS
def pow_(base: Any, power: Any) -> float:
    """``pow(base, power)``: computed with doubles, as Go does."""
    try:
        return _double(_power(float(to_number(base)), float(to_number(power))))
    except OverflowError:
        raise Undecided("the number is too large") from None
    except ValueError:
        raise EvaluationError("no real number") from None


def _power(base: float, power: float) -> float:
    """Return a power as Go computes it, by squares: the last digit can be another than C's."""
    fraction, times = math.modf(abs(power))
    if base == 0 or abs(base) == 1 or fraction == 0.5 == abs(power) or times >= MAX_INT:
        return math.pow(base, power)
    if base < 0 and fraction:
        raise ValueError("no real number")
    result, exponent = 1.0, 0
    if fraction:
        if fraction > 0.5:
            fraction, times = fraction - 1, times + 1
        result = math.exp(fraction * math.log(base))
    part, scale = math.frexp(base)
    left = int(times)
    while left:
        if abs(scale) > 4096:
            exponent += scale
            break
        if left & 1:
            result, exponent = result * part, exponent + scale
        part, scale, left = part * part, scale * 2, left >> 1
        if part < 0.5:
            part, scale = part * 2, scale - 1
    return math.ldexp(1 / result, -exponent) if power < 0 else math.ldexp(result, exponent)


@FUNCTIONS
def signum(number: Any) -> int:
    """``signum(number)``."""
    value = to_int(number)
    return (value > 0) - (value < 0)


_DIGITS = {mark: n for n, mark in enumerate(string.digits + string.ascii_letters)}


@FUNCTIONS
def parseint(text: Any, base: Any) -> int:
    """``parseint(string, base)``, up to base 62."""
    if not isinstance(text, str):
        raise EvaluationError("parseint wants a string")
    base = to_int(base)
    digits = text[1:] if text[:1] in {"-", "+"} else text
    if not 2 <= base <= 62 or not digits:
        raise EvaluationError("not a number in this base")
    value = 0
    for mark in digits if base > 36 else digits.lower():
        digit = _DIGITS.get(mark, 62)
        if digit >= base:
            raise EvaluationError("not a number in this base")
        value = in_range(value * base + digit)
    return -value if text.startswith("-") else value


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
    total: float = 0
    for number in _numbers(numbers):
        total = calculate("+", total, number)
    return total


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
    if value is None:
        return None
    return convert(value, Type("list", ANY))


@FUNCTIONS.partial
def toset(value: Any) -> Any:
    """``toset(list)``."""
    if value is None:
        return None
    if isinstance(value, list) and any(isinstance(item, Unknown) for item in value):
        return next(item for item in value if isinstance(item, Unknown))
    return convert(value, Type("set", ANY))


@FUNCTIONS.partial
def tomap(value: Any) -> Any:
    """``tomap(object)``."""
    if value is None:
        return None
    return convert(value, Type("map", ANY))


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
