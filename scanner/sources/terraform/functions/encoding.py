"""Encodings other than JSON and YAML, and hashes."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid as uuids
import zlib
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from scanner.model import Unknown
from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.values import (
    MAX_SIZE,
    EvaluationError,
    ListValue,
    Undecided,
    composed,
    to_string,
)

FUNCTIONS = Functions()


def _bytes(text: Any) -> bytes:
    return to_string(text).encode("utf-8", "surrogatepass")


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise EvaluationError("the bytes are not UTF-8 text") from None


@FUNCTIONS
def csvdecode(text: Any) -> list[dict[str, str]]:
    """``csvdecode(string)``: every row as long as the first, every name of it once."""
    rows = _rows(to_string(text))
    if not rows:
        raise EvaluationError("the CSV has no header")
    header = rows[0]
    if len(set(header)) != len(header):
        raise EvaluationError("the CSV names a column twice")
    if any(len(row) != len(header) for row in rows):
        raise EvaluationError("the CSV has rows of different lengths")
    return ListValue(dict(zip(header, row, strict=True)) for row in rows[1:])


_FIELD = re.compile(r'"((?:[^"]|"")*)"(?=[,\n]|\Z)|([^",\n][^",\n]*|)(?=[,\n]|\Z)')


def _rows(text: str) -> list[list[str]]:
    text = text.replace("\r\n", "\n").removesuffix("\r")
    rows: list[list[str]] = []
    row: list[str] = []
    position, size = 0, 0
    while position < len(text):
        if not row and text[position] == "\n":
            position += 1
            continue
        found = _FIELD.match(text, position)
        if found is None:
            raise EvaluationError("not valid CSV")
        row.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        size += 1
        position = found.end()
        comma = text[position : position + 1] == ","
        position += 1
        if comma and position == len(text):
            row.append("")
        if not comma or position == len(text):
            rows.append(row)
            row = []
        if size > MAX_SIZE // 10:
            raise Undecided("the CSV is too large")
    return rows


@FUNCTIONS
def base64encode(text: Any) -> str:
    """``base64encode(string)``."""
    return base64.b64encode(_bytes(text)).decode()


@FUNCTIONS
def base64decode(text: Any) -> str:
    """``base64decode(string)``; line ends in it are passed over."""
    return _decoded(_unpacked(text))


def _unpacked(text: Any) -> bytes:
    try:
        return base64.b64decode(re.sub(rb"[\r\n]", b"", _bytes(text)), validate=True)
    except ValueError:
        raise EvaluationError("not valid base64") from None


@FUNCTIONS
def base64gzip(text: Any) -> Any:
    """``base64gzip(string)``: the bytes differ between compressors, so it stays unknown."""
    return Unknown(f"compressed text of {len(to_string(text))} characters", "base64gzip()")


@FUNCTIONS
def base64gunzip(text: Any) -> str:
    """``base64gunzip(string)`` of OpenTofu."""
    unpack = zlib.decompressobj(wbits=31)
    try:
        raw = unpack.decompress(_unpacked(text), MAX_SIZE)
    except zlib.error:
        raise EvaluationError("not compressed by gzip") from None
    if unpack.unconsumed_tail:
        raise Undecided("the text is too large")
    if not unpack.eof:
        raise EvaluationError("the compressed text ends too early")
    return composed(raw.decode("utf-8", "replace"))


_CODECS = {
    **{f"iso-8859-{n}": f"iso8859-{n}" for n in (*range(1, 11), 13, 14, 15, 16)},
    **{f"windows-{n}": f"cp{n}" for n in range(1250, 1259)},
    **{f"ibm{n}": f"cp{n}" for n in (437, 850, 852, 855, 858, 860, 862, 863, 865, 866)},
    "utf-8": "utf-8", "utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
    "latin1": "latin-1", "cp437": "cp437", "macintosh": "mac-roman", "koi8-r": "koi8-r",
    "koi8-u": "koi8-u", "windows-874": "cp874", "shift_jis": "shift_jis", "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp", "gbk": "gbk", "gb18030": "gb18030", "big5": "big5",
    "euc-kr": "euc_kr",
}  # fmt: skip
"""The encodings that the registry names and Terraform has, by Python's name."""


def _codec(encoding: Any) -> str:
    name = _CODECS.get(to_string(encoding).lower())
    if name is None:
        raise EvaluationError("not an encoding that is known")
    return name


@FUNCTIONS
def textencodebase64(text: Any, encoding: Any) -> str:
    """``textencodebase64(string, encoding)``."""
    codec = _codec(encoding)
    try:
        raw = to_string(text).encode("utf-16-be" if codec == "utf-16" else codec)
    except UnicodeEncodeError:
        raise EvaluationError("the encoding lacks a character") from None
    return base64.b64encode(b"\xfe\xff" + raw if codec == "utf-16" else raw).decode()


@FUNCTIONS
def textdecodebase64(text: Any, encoding: Any) -> str:
    """``textdecodebase64(string, encoding)``."""
    codec = _codec(encoding)
    try:
        return _unpacked(text).decode(codec)
    except ValueError:
        raise EvaluationError("not text in that encoding") from None


@FUNCTIONS
def urlencode(text: Any) -> str:
    """``urlencode(string)``."""
    return quote_plus(to_string(text), safe="-_.~")


@FUNCTIONS
def urldecode(text: Any) -> str:
    """``urldecode(string)`` of OpenTofu."""
    source = to_string(text)
    if re.search(r"%(?![0-9A-Fa-f]{2})", source):
        raise EvaluationError("not a valid escape in a URL")
    return composed(unquote_plus(source))


@FUNCTIONS
def md5(text: Any) -> str:
    """``md5(string)``."""
    return hashlib.md5(_bytes(text), usedforsecurity=False).hexdigest()


@FUNCTIONS
def sha1(text: Any) -> str:
    """``sha1(string)``."""
    return hashlib.sha1(_bytes(text), usedforsecurity=False).hexdigest()


@FUNCTIONS
def sha256(text: Any) -> str:
    """``sha256(string)``."""
    return hashlib.sha256(_bytes(text)).hexdigest()


@FUNCTIONS
def sha512(text: Any) -> str:
    """``sha512(string)``."""
    return hashlib.sha512(_bytes(text)).hexdigest()


@FUNCTIONS
def base64sha256(text: Any) -> str:
    """``base64sha256(string)``."""
    return base64.b64encode(hashlib.sha256(_bytes(text)).digest()).decode()


@FUNCTIONS
def base64sha512(text: Any) -> str:
    """``base64sha512(string)``."""
    return base64.b64encode(hashlib.sha512(_bytes(text)).digest()).decode()


_NAMESPACES = {
    "dns": uuids.NAMESPACE_DNS,
    "url": uuids.NAMESPACE_URL,
    "oid": uuids.NAMESPACE_OID,
    "x500": uuids.NAMESPACE_X500,
}


@FUNCTIONS
def uuidv5(namespace: Any, name: Any) -> str:
    """``uuidv5(namespace, name)``."""
    text = to_string(namespace)
    try:
        space = _NAMESPACES.get(text) or uuids.UUID(text)
    except ValueError:
        raise EvaluationError("not a namespace") from None
    return str(uuids.uuid5(space, to_string(name)))
