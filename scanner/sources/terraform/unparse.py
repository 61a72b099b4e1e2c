"""Writes an expression back as source text, for people: ``var.region``, ``lookup(…)``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from scanner.sources.terraform import tree

MAX_TEXT = 80
"""Longer texts are cut: they explain, nothing reads them back."""


def text(node: tree.Node) -> str:
    """Return the source text of an expression on one line, cut when long."""
    result = _write(node, 0)
    return result if len(result) <= MAX_TEXT else result[: MAX_TEXT - 1] + "…"


def _write(node: Any, depth: int) -> str:
    write = _WRITE.get(type(node))
    if write is None or depth > 6:
        return "…"
    return write(node, depth + 1)


def _constant(node: tree.Constant, _: int) -> str:
    if isinstance(node.value, str):
        return json.dumps(node.value[:MAX_TEXT], ensure_ascii=False)
    if node.value is None or isinstance(node.value, bool):
        return json.dumps(node.value)
    return str(node.value)


def _template(node: tree.Template, depth: int) -> str:
    parts = [
        part if isinstance(part, str) else "${" + _write(part, depth) + "}"
        for part in node.parts[:8]
    ]
    return '"' + "".join(parts)[:MAX_TEXT] + '"'


def _index(node: tree.Index, depth: int) -> str:
    return f"{_write(node.of, depth)}[{_write(node.key, depth)}]"


def _splat(node: tree.Splat, depth: int) -> str:
    return f"{_write(node.of, depth)}[*]{_write(node.each, depth)}"


def _binary(node: tree.Binary, depth: int) -> str:
    return f"{_write(node.left, depth)} {node.operator} {_write(node.right, depth)}"


def _conditional(node: tree.Conditional, depth: int) -> str:
    parts = (_write(part, depth) for part in (node.condition, node.yes, node.no))
    return "{} ? {} : {}".format(*parts)


def _call(node: tree.Call, depth: int) -> str:
    inner = ", ".join(_write(argument, depth) for argument in node.arguments[:4])
    return f"{node.name}({inner}{'...' if node.expand else ''})"


def _list_of(node: tree.ListOf, depth: int) -> str:
    return "[" + ", ".join(_write(item, depth) for item in node.items[:6]) + "]"


def _object_of(node: tree.ObjectOf, depth: int) -> str:
    items = (f"{_write(key, depth)} = {_write(item, depth)}" for key, item in node.items[:4])
    return "{ " + ", ".join(items) + " }"


def _for(node: tree.For, depth: int) -> str:
    names = node.value if node.key is None else f"{node.key}, {node.value}"
    result = _write(node.result, depth)
    if node.result_key is not None:
        result = f"{_write(node.result_key, depth)} => {result}"
    head = f"for {names} in {_write(node.collection, depth)} : {result}"
    return "{" + head + "}" if node.result_key is not None else f"[{head}]"


_WRITE: dict[type, Callable[[Any, int], str]] = {
    tree.Constant: _constant,
    tree.Template: _template,
    tree.Name: lambda node, _: str(node.name),
    tree.Attr: lambda node, depth: f"{_write(node.of, depth)}.{node.name}",
    tree.Index: _index,
    tree.Splat: _splat,
    tree.Item: lambda *_: "",
    tree.Unary: lambda node, depth: node.operator + _write(node.operand, depth),
    tree.Binary: _binary,
    tree.Conditional: _conditional,
    tree.Call: _call,
    tree.ListOf: _list_of,
    tree.ObjectOf: _object_of,
    tree.For: _for,
}
