"""String functions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.values import (
    MAX_SIZE,
    EvaluationError,
    is_number,
    number_text,
    to_number,
    to_string,
)

FUNCTIONS = Functions()


@FUNCTIONS
def lower(text: Any) -> str:
    """``lower(string)``."""
    return to_string(text).lower()


@FUNCTIONS
def upper(text: Any) -> str:
    """``upper(string)``."""
    return to_string(text).upper()


@FUNCTIONS
def title(text: Any) -> str:
    """``title(string)``: every word with a capital, the rest untouched."""
    return re.sub(r"(?<![^\s])\w", lambda match: match.group().upper(), to_string(text))


@FUNCTIONS
def trimspace(text: Any) -> str:
    """``trimspace(string)``."""
    return to_string(text).strip()


@FUNCTIONS
def trim(text: Any, cut: Any) -> str:
    """``trim(string, characters)``."""
    return to_string(text).strip(to_string(cut))


@FUNCTIONS
def trimprefix(text: Any, prefix: Any) -> str:
    """``trimprefix(string, prefix)``."""
    return to_string(text).removeprefix(to_string(prefix))


@FUNCTIONS
def trimsuffix(text: Any, suffix: Any) -> str:
    """``trimsuffix(string, suffix)``."""
    return to_string(text).removesuffix(to_string(suffix))


@FUNCTIONS
def chomp(text: Any) -> str:
    """``chomp(string)``."""
    return to_string(text).rstrip("\r\n")


@FUNCTIONS
def indent(spaces: Any, text: Any) -> str:
    """``indent(spaces, string)``: all lines but the first."""
    return to_string(text).replace("\n", "\n" + " " * int(to_number(spaces)))


@FUNCTIONS
def join(separator: Any, *lists: Any) -> str:
    """``join(separator, list, …)``."""
    parts = [to_string(item) for items in lists for item in _list(items)]
    return to_string(separator).join(parts)


@FUNCTIONS
def split(separator: Any, text: Any) -> list[str]:
    """``split(separator, string)``."""
    text, separator = to_string(text), to_string(separator)
    if text == "":
        return [""]
    return text.split(separator) if separator else list(text)


@FUNCTIONS
def replace(text: Any, find: Any, new: Any) -> str:
    """``replace(string, substring or /regex/, replacement)``."""
    text, find, new = to_string(text), to_string(find), to_string(new)
    if len(find) > 1 and find.startswith("/") and find.endswith("/"):
        _bounded(text)
        pattern = _regex(find[1:-1])
        return str(_timed(lambda: pattern.sub(lambda m: _expand(m, new), text, timeout=PATIENCE)))
    result: str = text.replace(find, new)
    if len(result) > MAX_SIZE:
        raise EvaluationError("the text is too large")
    return result


def _expand(match: Any, template: str) -> str:
    def group(reference: re.Match[str]) -> str:
        name = reference.group(1) or reference.group(2)
        if name == "$":
            return "$"
        try:
            return (match.group(int(name)) if name.isdigit() else match.group(name)) or ""
        except IndexError:
            return ""

    return re.sub(r"\$(?:\{(\w+)\}|(\w+|\$))", group, template)


@FUNCTIONS
def substr(text: Any, offset: Any, length: Any) -> str:
    """``substr(string, offset, length)``."""
    whole, start, size = to_string(text), int(to_number(offset)), int(to_number(length))
    if start < 0:
        start = max(0, len(whole) + start)
    return whole[start:] if size < 0 else whole[start : start + size]


@FUNCTIONS
def startswith(text: Any, prefix: Any) -> bool:
    """``startswith(string, prefix)``."""
    return to_string(text).startswith(to_string(prefix))


@FUNCTIONS
def endswith(text: Any, suffix: Any) -> bool:
    """``endswith(string, suffix)``."""
    return to_string(text).endswith(to_string(suffix))


@FUNCTIONS
def strcontains(text: Any, part: Any) -> bool:
    """``strcontains(string, substring)``."""
    return to_string(part) in to_string(text)


@FUNCTIONS
def strrev(text: Any) -> str:
    """``strrev(string)``."""
    return to_string(text)[::-1]


PATIENCE = 0.5
"""How many seconds one match may take. Go's engine is linear; those of Python backtrack."""


def _timed(match: Callable[[], Any]) -> Any:
    try:
        return match()
    except TimeoutError:
        raise EvaluationError("the regular expression takes too long") from None


def _regex(pattern: str) -> Any:
    import regex  # a match of this library can be given up, one of the standard library cannot

    if len(pattern) > 2_000:
        raise EvaluationError("the regular expression is too long")
    python = re.sub(r"\(\?<([A-Za-z_]\w*)>", r"(?P<\1>", pattern)
    python = python.replace(r"\z", r"\Z").replace("[[:alpha:]]", "[A-Za-z]")
    python = python.replace("[:alnum:]", "A-Za-z0-9").replace("[:digit:]", "0-9")
    python = python.replace("[:alpha:]", "A-Za-z").replace("[:space:]", r"\s")
    try:
        return regex.compile(python)
    except regex.error as error:
        raise EvaluationError(f"not a regular expression: {error}") from None


def _captures(match: Any) -> Any:
    if match.re.groupindex:
        return {name: match.group(name) for name in match.re.groupindex}
    return list(match.groups()) if match.re.groups else match.group()


@FUNCTIONS
def regex(pattern: Any, text: Any) -> Any:
    """``regex(pattern, string)``: the match, its captures, or an error."""
    text = to_string(text)
    _bounded(text)
    compiled = _regex(to_string(pattern))
    match = _timed(lambda: compiled.search(text, timeout=PATIENCE))
    if match is None:
        raise EvaluationError("the pattern does not match")
    return _captures(match)


@FUNCTIONS
def regexall(pattern: Any, text: Any) -> list[Any]:
    """``regexall(pattern, string)``."""
    text = to_string(text)
    _bounded(text)
    compiled = _regex(to_string(pattern))
    return [
        _captures(match)
        for match in _timed(lambda: list(compiled.finditer(text, timeout=PATIENCE)))
    ]


def _bounded(text: str) -> None:
    # Go's engine is linear, Python's is not: a long subject is refused rather than risked.
    if len(text) > 10_000:
        raise EvaluationError("the text is too long for a regular expression")


_VERB = re.compile(r"%(?:\[(\d+)\])?([-+# 0]*)(\*|\d+)?(?:\.(\*|\d+))?([a-zA-Z%])")


@FUNCTIONS
def format_(template: Any, *arguments: Any) -> str:
    """``format(spec, values…)`` with Go's verbs."""
    template = to_string(template)
    position = 0

    def one(match: re.Match[str]) -> str:
        nonlocal position
        index, flags, width, precision, verb = match.groups()
        if verb == "%":
            return "%"
        if index:
            position = int(index) - 1
        if width == "*":
            width = str(int(to_number(_argument(arguments, position))))
            position += 1
        value = _argument(arguments, position)
        position += 1
        return _verb(flags, width, precision, verb, value)

    result = _VERB.sub(one, template)
    if len(result) > MAX_SIZE:
        raise EvaluationError("the text is too large")
    return result


def _argument(arguments: tuple[Any, ...], position: int) -> Any:
    if not 0 <= position < len(arguments):
        raise EvaluationError("format has too few values")
    return arguments[position]


def _verb(flags: str, width: str | None, precision: str | None, verb: str, value: Any) -> str:
    if width and int(width) > 10_000:
        raise EvaluationError("the width is too large")
    pad = "0" if "0" in flags and verb != "s" else " "
    if verb == "v":
        text = _json(value) if isinstance(value, dict | list) or value is None else to_string(value)
    elif verb == "s":
        text = to_string(value)
        text = text[: int(precision)] if precision else text
    elif verb == "q":
        text = _json(to_string(value))
    elif verb == "d":
        text = str(int(to_number(value)))
    elif verb in {"b", "o", "x", "X"}:
        if isinstance(value, str) and verb in {"x", "X"}:
            text = value.encode().hex()
            text = text.upper() if verb == "X" else text
        else:
            text = format(int(to_number(value)), verb)
    elif verb in {"e", "E", "f", "F", "g", "G"}:
        number = to_number(value)
        if verb in {"g", "G"} and not precision:
            text = number_text(number)
        else:
            text = format(float(number), f".{precision or 6}{verb}")
    elif verb == "t":
        text = to_string(value)
    else:
        raise EvaluationError(f"unknown format verb %{verb}")
    if "+" in flags and is_number(value) and not text.startswith("-"):
        text = "+" + text
    elif " " in flags and is_number(value) and not text.startswith("-"):
        text = " " + text
    if not width:
        return text
    size = int(width)
    if "-" in flags:
        return text.ljust(size)
    if pad == "0" and text[:1] in {"-", "+"}:
        return text[0] + text[1:].rjust(size - 1, "0")
    return text.rjust(size, pad)


def _json(value: Any) -> str:
    from scanner.sources.terraform.functions.encoding import jsonencode

    text: str = jsonencode(value)
    return text


@FUNCTIONS
def formatlist(template: Any, *arguments: Any) -> list[str]:
    """``formatlist(spec, values or lists…)``."""
    length = max((len(a) for a in arguments if isinstance(a, list)), default=1)
    for argument in arguments:
        if isinstance(argument, list) and len(argument) != length:
            raise EvaluationError("formatlist wants lists of one length")
    return [
        format_(template, *(a[n] if isinstance(a, list) else a for a in arguments))
        for n in range(length)
    ]


def _list(items: Any) -> list[Any]:
    if not isinstance(items, list):
        raise EvaluationError("a list is required here")
    return items
