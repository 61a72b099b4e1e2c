"""What a plain scalar means: the rules of the Go reader that Kubernetes and Helm use."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Literal

Dialect = Literal["go", "core"]

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_CORE = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_TRUE, _FALSE = ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), (
    "n", "N", "no", "No", "NO", "off", "Off", "OFF",
)  # fmt: skip
_BOOLEANS: dict[Dialect, dict[str, bool]] = {
    "core": _CORE,
    "go": {**_CORE, **dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)},
}
_FIRST = frozenset("+-.0123456789~nNtTfFyYoO")
_INTEGER = re.compile(
    r"([-+]?)(?:0[bB]([01]+)|0[oO]?([0-7]+)|0[xX]([0-9a-fA-F]+)|(0|[1-9][0-9]*))\Z"
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_TAG = "tag:yaml.org,2002:"


def plain(text: str, dialect: Dialect) -> Any:
    """Return what a scalar without quotes and tag means.

    Infinity and not-a-number stay text: JSON, which Kubernetes makes of it, has neither.
    """
    if text and text[0] not in _FIRST:
        return text
    if text in _NULLS:
        return None
    boolean = _BOOLEANS[dialect].get(text)
    if boolean is not None:
        return boolean
    if text[0] not in "+-.0123456789":
        return text
    digits = text.replace("_", "")
    match = _INTEGER.match(digits)
    if match and len(digits) <= 70:
        sign, binary, octal, hexadecimal, decimal = match.groups()
        base = 2 if binary else 8 if octal else 16 if hexadecimal else 10
        number = int(sign + (binary or octal or hexadecimal or decimal), base)
        if -(2**63) <= number < 2**64:
            return number
    if _FLOAT.match(digits):
        value = float(digits)
        if value - value == 0:
            return value
    return text


def tagged(text: str, tag: str, dialect: Dialect) -> Any:
    """Return what a scalar with an explicit tag means; of a tag we do not know, its text."""
    if not tag.startswith(_TAG):
        return text
    kind = tag[len(_TAG) :]
    if kind == "null":
        return None
    if kind == "binary":
        return _binary(text)
    value = plain(text, dialect)
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    fits = {"int": int, "float": float, "bool": bool}.get(kind)
    return value if fits is not None and type(value) is fits else text


def _binary(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return text
