"""``format`` and ``formatlist``: the verbs of Go as Terraform reads them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

from scanner.sources.terraform.functions.json_text import jsonencode
from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.functions.texts import clusters
from scanner.sources.terraform.values import (
    MAX_SIZE,
    EvaluationError,
    ListValue,
    Undecided,
    exact,
    is_number,
    to_bool,
    to_number,
    to_string,
    to_whole,
)

FUNCTIONS = Functions()

MAX_WIDTH = 10_000
_VERB = re.compile(r"%(?:%|([-+# 0]*)(\d*)(?:\.(\d*))?(?:\[(\d+)\])?(.)|)", re.DOTALL)


@FUNCTIONS
def format_(template: Any, *arguments: Any) -> str:
    """``format(spec, values…)``."""
    template = to_string(template)
    parts, size, position, used, end = list[str](), 0, 0, 0, 0
    for match in _VERB.finditer(template):
        parts.append(template[end : match.start()])
        end = match.end()
        if match.group() == "%%":
            parts.append("%")
            continue
        flags, width, precision, index, verb = match.groups()
        if verb is None or not verb.isascii() or not verb.isalpha():
            raise EvaluationError("an incomplete format verb")
        if index is not None:
            position = _limited(index) - 1
        if not 0 <= position < len(arguments):
            raise EvaluationError("format has too few values")
        places = None if precision is None else _limited(precision or "0")
        text = _verb(flags, verb, arguments[position], places)
        parts.append(_padded(text, flags, _limited(width or "0"), verb, places))
        position += 1
        used = max(used, position)
        size += len(parts[-1])
        if size > MAX_SIZE:
            raise Undecided("the text is too large")
    if used < len(arguments):
        raise EvaluationError("format has more values than verbs")
    parts.append(template[end:])
    return "".join(parts)


def _limited(digits: str) -> int:
    if len(digits) > 5 or int(digits) > MAX_WIDTH:
        raise Undecided("the width is too large")
    return int(digits)


def _padded(text: str, flags: str, width: int, verb: str, places: int | None) -> str:
    missing = width - (len(text) if text.isascii() else len(clusters(text)))
    if missing <= 0 or verb == "t":
        return text
    if "-" in flags:
        return text + " " * missing
    if "0" not in flags or (verb == "d" and places is not None):
        return " " * missing + text
    sign = text[:1] if verb not in "sqv" and text[:1] in {"-", "+", " "} else ""
    return sign + "0" * missing + text[len(sign) :]


def _verb(flags: str, verb: str, value: Any, places: int | None) -> str:
    if verb == "v":
        return _value(value, sharp="#" in flags)
    if value is None:
        raise EvaluationError(f"null cannot be formatted with %{verb}")
    if verb in "sq":
        text = to_string(value)
        if places is not None:
            text = "".join(clusters(text)[:places])
        return str(jsonencode(text)) if verb == "q" else text
    if verb == "t":
        return to_string(to_bool(value))
    if verb == "d" or verb in "boxX":
        text = _whole(to_whole(value), verb, sharp="#" in flags, places=places)
    elif verb in "eEfFgG":
        text = _fraction(to_number(value), verb, places)
    else:
        raise EvaluationError(f"unknown format verb %{verb}")
    if not text.startswith("-"):
        text = ("+" if "+" in flags else " " if " " in flags else "") + text
    return text


def _value(value: Any, *, sharp: bool) -> str:
    if sharp or value is None or isinstance(value, dict | list):
        return str(jsonencode(value))
    return _general(value, None) if is_number(value) else to_string(value)


def _whole(number: int, verb: str, *, sharp: bool, places: int | None) -> str:
    digits = str(abs(number)) if verb == "d" else format(abs(number), verb)
    digits = digits.rjust(places or 0, "0")
    prefix = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}.get(verb, "") if sharp else ""
    return ("-" if number < 0 else "") + prefix + digits


def _fraction(number: float, verb: str, places: int | None) -> str:
    if verb in "gG":
        text = _general(number, places)
    elif verb in "eE":
        text = _scientific(number, 6 if places is None else places)
    else:
        text = format(_binary(number), f".{6 if places is None else places}f")
    return text.upper() if verb in "EG" else text


_PRECISION = 512
_WIDE = Context(prec=2 * MAX_WIDTH, rounding=ROUND_HALF_EVEN)


def _binary(number: float) -> Decimal:
    """Return a number as Terraform holds it, a binary fraction: that decides how it is rounded."""
    value = Fraction(exact(number))
    if not value or value.denominator & (value.denominator - 1) == 0:
        return exact(number)
    size = abs(value.numerator).bit_length() - value.denominator.bit_length()
    shift = _PRECISION - size
    mantissa = round(value * 2**shift)
    return _WIDE.divide(Decimal(mantissa), Decimal(2**shift))


def _scientific(number: float, places: int) -> str:
    if not number:
        return f"{0:.{places}f}e+00"
    head, _, power = format(_binary(number), f".{places}e").partition("e")
    return f"{head}e{power[0]}{power[1:].rjust(2, '0')}"


def _general(number: float, places: int | None) -> str:
    if not number:
        return "0"
    value = exact(number)
    if places is not None:
        value = Context(prec=max(1, places), rounding=ROUND_HALF_EVEN).plus(_binary(number))
    value = value.normalize(_WIDE)
    power = value.adjusted()
    if -4 <= power < (6 if places is None else max(1, places)):
        return format(value, "f")
    return _scientific_exact(value.as_tuple().digits, power, negative=value < 0)


def _scientific_exact(digits: tuple[int, ...], power: int, *, negative: bool) -> str:
    text = "".join(map(str, digits))
    head = text[0] + ("." + text[1:] if len(text) > 1 else "")
    return f"{'-' if negative else ''}{head}e{'-' if power < 0 else '+'}{abs(power):02d}"


@FUNCTIONS
def formatlist(template: Any, *arguments: Any) -> list[str]:
    """``formatlist(spec, values or lists…)``."""
    template = to_string(template)
    lengths = {len(a) for a in arguments if isinstance(a, list)}
    if len(lengths) > 1:
        raise EvaluationError("formatlist wants lists of one length")
    length = lengths.pop() if lengths else 1
    result, size = ListValue(), 0
    for n in range(length):
        values = [a[n] if isinstance(a, list) else a for a in arguments]
        result.append(format_(template, *values))
        size += len(result[-1])
        if size > MAX_SIZE:
            raise Undecided("the text is too large")
    return result
