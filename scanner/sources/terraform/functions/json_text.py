"""``jsonencode`` and ``jsondecode``."""

from __future__ import annotations

import json
from typing import Any

from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.values import (
    MAX_SIZE,
    EvaluationError,
    Undecided,
    heavy,
    number_text,
    parse_number,
    to_string,
)

FUNCTIONS = Functions()

_ESCAPED = str.maketrans({mark: f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"})


@FUNCTIONS
def jsonencode(value: Any) -> str:
    """``jsonencode(value)``, with Go's escapes of ``<``, ``>`` and ``&``."""
    parts: list[str] = []
    _write(value, parts)
    if sum(map(len, parts)) > 4 * MAX_SIZE:
        raise Undecided("the text is too large")
    return "".join(parts)


def _write(value: Any, parts: list[str]) -> None:
    if isinstance(value, str):
        parts.append(json.dumps(value, ensure_ascii=False).translate(_ESCAPED))
    elif value is None or isinstance(value, bool):
        parts.append(json.dumps(value))
    elif isinstance(value, int | float):
        parts.append(number_text(value))
    elif isinstance(value, dict):
        mark = "{"
        for key in sorted(value):
            parts.append(mark)
            _write(key, parts)
            parts.append(":")
            _write(value[key], parts)
            mark = ","
        parts.append("{}" if mark == "{" else "}")
    elif isinstance(value, list):
        mark = "["
        for item in value:
            parts.append(mark)
            _write(item, parts)
            mark = ","
        parts.append("[]" if mark == "[" else "]")
    else:
        raise EvaluationError("a value that JSON has no words for")


def _constant(text: str) -> Any:
    raise EvaluationError(f"{text} is no JSON")


@FUNCTIONS
def jsondecode(text: Any) -> Any:
    """``jsondecode(string)``."""
    source = to_string(text)
    try:
        value = json.loads(
            source, parse_int=parse_number, parse_float=parse_number, parse_constant=_constant
        )
        if heavy(value):
            raise Undecided("the JSON is too large, or nests too deep")
        return _repaired(value) if "\\ud" in source.lower() else value
    except RecursionError:
        raise Undecided("the JSON nests too deep") from None
    except ValueError:
        raise EvaluationError("not valid JSON") from None


def _repaired(value: Any) -> Any:
    """Return a value without halves of surrogate pairs, which no text can hold."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_repaired(item) for item in value]
    if isinstance(value, dict):
        return {_repaired(key): _repaired(item) for key, item in value.items()}
    return value
