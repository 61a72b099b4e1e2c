"""String functions."""

from __future__ import annotations

import unicodedata
from typing import Any

from scanner.sources.terraform.functions.patterns import matches, search, substitute
from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.functions.texts import clusters
from scanner.sources.terraform.values import (
    MAX_SIZE,
    EvaluationError,
    ListValue,
    Undecided,
    joined,
    to_int,
    to_string,
)

FUNCTIONS = Functions()

# Go's idea of white space; Python counts four control characters more.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


@FUNCTIONS
def lower(text: Any) -> str:
    """``lower(string)``; Go changes one letter into one."""
    return "".join([mark.lower()[0] for mark in to_string(text)])


@FUNCTIONS
def upper(text: Any) -> str:
    """``upper(string)``; Go changes one letter into one, and leaves ß alone."""
    return "".join([_single(mark, mark.upper()) for mark in to_string(text)])


def _single(mark: str, changed: str) -> str:
    return changed if len(changed) == 1 else mark


@FUNCTIONS
def title(text: Any) -> str:
    """``title(string)``: every word with a capital, the rest untouched."""
    result, before = list[str](), " "
    for mark in to_string(text):
        result.append(_single(mark, mark.title()) if _separates(before) else mark)
        before = mark
    return "".join(result)


def _separates(mark: str) -> bool:
    if mark.isascii():
        return not (mark.isalnum() or mark == "_")
    return unicodedata.category(mark)[0] != "L" and not mark.isdigit() and mark in _SPACE


@FUNCTIONS
def trimspace(text: Any) -> str:
    """``trimspace(string)``."""
    return to_string(text).strip(_SPACE)


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
    width = to_int(spaces)
    if width < 0:
        raise EvaluationError("indent wants no negative number")
    lines = to_string(text).split("\n")
    if width > MAX_SIZE:
        raise Undecided("the text is too large")
    return joined("\n" + " " * width, lines)


@FUNCTIONS
def join(separator: Any, *lists: Any) -> str:
    """``join(separator, list, …)``."""
    if not lists:
        raise EvaluationError("join wants a list")
    parts = [to_string(item) for items in lists for item in _list(items)]
    return joined(to_string(separator), parts)


@FUNCTIONS
def split(separator: Any, text: Any) -> list[str]:
    """``split(separator, string)``."""
    text, separator = to_string(text), to_string(separator)
    if separator:
        return ListValue(text.split(separator))
    return ListValue(text)


@FUNCTIONS
def replace(text: Any, find: Any, new: Any) -> str:
    """``replace(string, substring or /regex/, replacement)``."""
    text, find, new = to_string(text), to_string(find), to_string(new)
    if len(find) > 1 and find.startswith("/") and find.endswith("/"):
        return substitute(find[1:-1], new, text)
    if text.count(find) * len(new) > MAX_SIZE:
        raise Undecided("the text is too large")
    return str(text.replace(find, new))


@FUNCTIONS
def substr(text: Any, offset: Any, length: Any) -> str:
    """``substr(string, offset, length)``."""
    whole, start, size = clusters(to_string(text)), to_int(offset), to_int(length)
    if start < 0:
        start, size = max(0, len(whole) + start), size or -1  # no length: to the end
    return "".join(whole[start:] if size < 0 else whole[start : start + size])


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
    return "".join(reversed(clusters(to_string(text))))


def _captures(match: Any) -> Any:
    named, groups = match.groupdict(), match.groups()
    if named:
        if len(named) != len(groups):
            raise EvaluationError("a pattern has named groups or unnamed ones")
        return named
    return list(groups) if groups else match.group()


@FUNCTIONS
def regex(pattern: Any, text: Any) -> Any:
    """``regex(pattern, string)``: the match, its captures, or an error."""
    match = search(to_string(pattern), to_string(text))
    if match is None:
        raise EvaluationError("the pattern does not match")
    return _captures(match)


@FUNCTIONS
def regexall(pattern: Any, text: Any) -> list[Any]:
    """``regexall(pattern, string)``."""
    found = matches(to_string(pattern), to_string(text))
    return ListValue(_captures(match) for match in found)


def _list(items: Any) -> list[Any]:
    if not isinstance(items, list):
        raise EvaluationError("a list is required here")
    return items
