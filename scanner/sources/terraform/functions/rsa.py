"""``rsadecrypt``: RSA as PKCS#1 v1.5 says, with a key as PEM."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.values import EvaluationError, Undecided, composed, to_string

FUNCTIONS = Functions()

MAX_BITS = 4_096
"""The largest key that is computed with."""

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----\r?\n(.*?)-----END \1-----", re.DOTALL)
_INTEGER, _OCTETS, _SEQUENCE = 2, 4, 48


@FUNCTIONS
def rsadecrypt(text: Any, key: Any) -> str:
    """``rsadecrypt(base64 string, private key)``."""
    try:
        sealed = base64.b64decode(re.sub(r"[\r\n]", "", to_string(text)), validate=True)
    except ValueError:
        raise EvaluationError("not valid base64") from None
    modulus, exponent = _private_key(to_string(key))
    size = (modulus.bit_length() + 7) // 8
    number = int.from_bytes(sealed, "big")
    if len(sealed) > size or number >= modulus:
        raise EvaluationError("the text is not encrypted with this key")
    block = pow(number, exponent, modulus).to_bytes(size, "big")
    # Two marks, eight random bytes or more, a zero, and what was encrypted.
    end = block.find(b"\0", 2)
    if block[:2] != b"\0\2" or end < 10:
        raise EvaluationError("the text is not encrypted with this key")
    return composed(block[end + 1 :].decode("utf-8", "replace"))


def _private_key(text: str) -> tuple[int, int]:
    """Return modulus and private exponent of a key in PKCS#1 or PKCS#8."""
    found = _PEM.search(text)
    if found is None:
        raise EvaluationError("not a private key")
    if found[1] == "OPENSSH PRIVATE KEY" or "Proc-Type:" in found[2]:
        raise Undecided("a key in this format is not read")
    try:
        fields = list(_fields(base64.b64decode(found[2])))
        parts = list(_fields(_only(fields[0], _SEQUENCE)))
        if found[1] == "PRIVATE KEY":
            inner = list(_fields(_only(parts[2], _OCTETS)))
            parts = list(_fields(_only(inner[0], _SEQUENCE)))
        elif found[1] != "RSA PRIVATE KEY":
            raise EvaluationError("not a private key for RSA")
        modulus, exponent = (
            int.from_bytes(_only(parts[n], _INTEGER), "big", signed=True) for n in (1, 3)
        )
    except (ValueError, IndexError):
        raise EvaluationError("not a private key for RSA") from None
    if modulus.bit_length() > MAX_BITS:
        raise Undecided("the key is too large")
    if modulus < 3 or exponent < 1:
        raise EvaluationError("not a private key for RSA")
    return modulus, exponent


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Go through tag and content of what DER puts in a row."""
    position = 0
    while position < len(data):
        tag, size = data[position], data[position + 1]
        position += 2
        if size & 0x80:
            more = size & 0x7F
            size = int.from_bytes(data[position : position + more], "big")
            position += more
        if position + size > len(data):
            raise ValueError("cut off")
        yield tag, data[position : position + size]
        position += size


def _only(field: tuple[int, bytes], tag: int) -> bytes:
    if field[0] != tag:
        raise ValueError("another field is here")
    return field[1]
