"""Encoding and hash functions."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid as uuids
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.values import EvaluationError, SetValue, is_number, to_string

FUNCTIONS = Functions()


def _bytes(text: Any) -> bytes:
    return to_string(text).encode("utf-8", "surrogatepass")


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise EvaluationError("the bytes are not UTF-8 text") from None


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: keys sorted, whole numbers without a fraction."""
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if is_number(value) and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


@FUNCTIONS
def jsonencode(value: Any) -> str:
    """``jsonencode(value)``, with Go's escapes of ``<``, ``>`` and ``&``."""
    text = json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False)
    for mark, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(mark, escape)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@FUNCTIONS
def jsondecode(text: Any) -> Any:
    """``jsondecode(string)``."""
    try:
        return json.loads(to_string(text))
    except (ValueError, RecursionError):
        raise EvaluationError("not valid JSON") from None


@FUNCTIONS
def yamldecode(text: Any) -> Any:
    """``yamldecode(string)``: one document."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    source = to_string(text)
    if source.count("*") > 1_000 or len(source) > 1_000_000:
        raise EvaluationError("the YAML is too large")
    try:
        return _json_like(yaml.load(source, Loader=loader), 0)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError):
        raise EvaluationError("not valid YAML") from None


def _json_like(value: Any, depth: int) -> Any:
    if depth > 100:
        raise EvaluationError("the YAML nests too deep")
    if isinstance(value, dict):
        return {str(key): _json_like(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_like(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


@FUNCTIONS
def yamlencode(value: Any) -> str:
    """``yamlencode(value)``: the block style with quoted strings that Terraform writes."""
    lines: list[str] = []
    _yaml(value, 0, lines, "")
    return "\n".join(lines) + "\n"


def _yaml(value: Any, depth: int, lines: list[str], lead: str) -> None:
    pad = "  " * depth
    if isinstance(value, dict) and value:
        for key in sorted(value):
            item = value[key]
            start = f"{lead or pad}{json.dumps(key)}:"
            lead = ""
            _yaml_item(item, depth, lines, start, nested=depth + 1)
    elif isinstance(value, list) and value:
        for item in value:
            start = f"{lead or pad}-"
            lead = ""
            if isinstance(item, dict | list) and item:
                _yaml(item, depth + 1, lines, start + " ")
            else:
                lines.append(f"{start} {_scalar(item)}")
    else:
        lines.append((lead or pad) + _scalar(value))


def _yaml_item(item: Any, depth: int, lines: list[str], start: str, *, nested: int) -> None:
    if isinstance(item, list) and item:
        lines.append(start)
        _yaml(item, depth, lines, "")
    elif isinstance(item, dict) and item:
        lines.append(start)
        _yaml(item, nested, lines, "")
    else:
        lines.append(f"{start} {_scalar(item)}")


def _scalar(value: Any) -> str:
    if isinstance(value, str) and "\n" in value:
        raise EvaluationError("multi-line text in yamlencode is not followed")
    if isinstance(value, SetValue | list):
        return "[]"
    return "{}" if isinstance(value, dict) else json.dumps(_plain(value), ensure_ascii=False)


@FUNCTIONS
def csvdecode(text: Any) -> list[dict[str, str]]:
    """``csvdecode(string)``."""
    import csv
    import io

    return [dict(row) for row in csv.DictReader(io.StringIO(to_string(text)))]


@FUNCTIONS
def base64encode(text: Any) -> str:
    """``base64encode(string)``."""
    return base64.b64encode(_bytes(text)).decode()


@FUNCTIONS
def base64decode(text: Any) -> str:
    """``base64decode(string)``."""
    try:
        return _decoded(base64.b64decode(_bytes(text), validate=True))
    except ValueError:
        raise EvaluationError("not valid base64") from None


@FUNCTIONS
def base64gzip(text: Any) -> str:
    """``base64gzip(string)``: the bytes differ between compressors, so it stays unknown."""
    raise EvaluationError(f"compressed text of {len(to_string(text))} characters")


@FUNCTIONS
def textencodebase64(text: Any, encoding: Any) -> str:
    """``textencodebase64(string, encoding)``."""
    try:
        return base64.b64encode(to_string(text).encode(to_string(encoding))).decode()
    except (LookupError, UnicodeEncodeError):
        raise EvaluationError("not an encoding that is known") from None


@FUNCTIONS
def textdecodebase64(text: Any, encoding: Any) -> str:
    """``textdecodebase64(string, encoding)``."""
    try:
        return base64.b64decode(_bytes(text)).decode(to_string(encoding))
    except (LookupError, ValueError):
        raise EvaluationError("not text in that encoding") from None


@FUNCTIONS
def urlencode(text: Any) -> str:
    """``urlencode(string)``."""
    return quote_plus(to_string(text), safe="-_.~")


@FUNCTIONS
def urldecode(text: Any) -> str:
    """``urldecode(string)``."""
    return unquote_plus(to_string(text))


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
