"""Reads Terraform's JSON syntax into the same bodies and blocks as native syntax.

JSON is composed with the YAML library's C parser, of which it is a subset: that keeps the
place of every value. Strings are templates, parsed by the native reader.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from scanner.model import Unread
from scanner.sources.terraform import hcl, tree
from scanner.sources.terraform.values import EvaluationError, parse_number

_LABELS = {
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "variable": 1,
    "output": 1,
    "module": 1,
    "provider": 1,
    "terraform": 0,
    "locals": 0,
    "check": 1,
    "moved": 0,
    "import": 0,
    "removed": 0,
}
_NESTED = {"backend": 1, "cloud": 0, "required_providers": 0, "provider_meta": 1}
"""Blocks inside ``terraform`` and their labels; elsewhere JSON cannot tell a block from an
object, so it stays an attribute whose value is an object or a list of objects."""


_SURROGATES = re.compile(
    r"\\\\|\\u([dD][89abAB][\da-fA-F]{2})(?:\\u([dD][c-fC-F][\da-fA-F]{2}))?"
    r"|\\u[dD][c-fC-F][\da-fA-F]{2}"
)


def _whole(match: re.Match[str]) -> str:
    """Return the one escape that YAML has for what JSON writes as two halves."""
    high, low = match.groups()
    if match.group() == r"\\":
        return match.group()
    if low is None:
        return r"\ufffd"  # half a character, which no text can hold
    code = 0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00
    return f"\\U{code:08x}"


def _compose(source: hcl.File, report: Callable[[Unread], None]) -> Any:
    import yaml

    text = source.text.decode("utf-8")
    try:
        # YAML accepts more than JSON does; Terraform does not.
        json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        message = getattr(error, "msg", "nested too deep")
        report(Unread(source.path, f"not valid JSON: {message}", line))
        return None
    text = _SURROGATES.sub(_whole, text)
    loader = (yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader)(text)
    try:
        return loader.get_single_node()
    except (yaml.YAMLError, RecursionError) as error:
        report(Unread(source.path, f"not valid JSON: {str(error).splitlines()[0]}"))
        return None
    finally:
        loader.dispose()


def parse(source: hcl.File, report: Callable[[Unread], None]) -> hcl.Body:
    """Return the body of a ``.tf.json`` file."""
    root = _compose(source, report)
    blocks: list[hcl.Block] = []
    for key, value in _pairs(root):
        if key.value in _LABELS:
            _blocks(source, key.value, (), value, _LABELS[key.value], blocks, _at(key))
    return hcl.Body(source, None, {}, blocks)


def values(source: hcl.File, report: Callable[[Unread], None]) -> dict[str, hcl.Attribute]:
    """Return the assignments of a ``.tfvars.json`` file; its strings are no templates."""
    root = _compose(source, report)
    if root is not None and not root.tag.endswith(":map"):
        report(Unread(source.path, "not an object of variables", root.start_mark.line + 1))
    return {
        key.value: hcl.Attribute(
            source, key.value, _join(key, value), None, _value(source, value, template=False)
        )
        for key, value in _pairs(root)
    }


def _pairs(node: Any) -> list[tuple[Any, Any]]:
    value = getattr(node, "value", None)
    if not isinstance(value, list) or (value and not isinstance(value[0], tuple)):
        return []
    return [(k, v) for k, v in value if k.value != "//"]


def _at(node: Any) -> tree.At:
    start, end = node.start_mark, node.end_mark
    return (start.line, start.column, end.line, end.column)


def _join(key: Any, value: Any) -> tree.At:
    start, end = key.start_mark, value.end_mark
    return (start.line, start.column, end.line, end.column)


def _blocks(
    source: hcl.File,
    type: str,
    labels: tuple[str, ...],
    node: Any,
    wanted: int,
    found: list[hcl.Block],
    header: tree.At,
) -> None:
    if wanted:
        for key, value in _pairs(node):
            _blocks(source, type, (*labels, key.value), value, wanted - 1, found, _at(key))
        return
    bodies = (
        node.value
        if isinstance(node.value, list) and node.value and not isinstance(node.value[0], tuple)
        else [node]
    )
    for body in bodies:
        attributes: dict[str, hcl.Attribute] = {}
        inner: list[hcl.Block] = []
        for key, value in _pairs(body):
            if type == "terraform" and key.value in _NESTED:
                _blocks(source, key.value, (), value, _NESTED[key.value], inner, _at(key))
                continue
            expression = (
                _reference(value)
                if key.value == "provider" and type in {"resource", "data"}
                else _value(source, value, template=type != "variable")
            )
            attributes[key.value] = hcl.Attribute(
                source, key.value, _join(key, value), None, expression
            )
        at = _at(body)
        found.append(
            hcl.Block(source, type, labels, hcl.Body(source, None, attributes, inner), at, header)
        )


def _reference(node: Any) -> tree.Node:
    """Return a provider reference, which JSON writes as a plain string: ``"aws.us"``."""
    at = _at(node)
    first, _, rest = str(node.value).partition(".")
    name = tree.Name(at, first)
    return tree.Attr(at, name, rest) if rest else name


MAX_DEPTH = 100
"""How deep values may stand in each other."""


def _value(source: hcl.File, node: Any, *, template: bool, depth: int = 0) -> tree.Node:
    at = _at(node)
    if depth > MAX_DEPTH:
        reason = f"nested deeper than {MAX_DEPTH} levels"
        source.limits.setdefault(at[0], reason)
        return tree.Broken(at, reason)
    if isinstance(node.value, str):
        if node.tag == "tag:yaml.org,2002:str" or node.style in {'"', "'"}:
            if template and ("${" in node.value or "%{" in node.value):
                return _template(source, node.value, at)
            return tree.Constant(at, node.value)
        return _literal(source, node.value, at)
    if (node.value and isinstance(node.value[0], tuple)) or node.tag.endswith(":map"):
        return tree.ObjectOf(
            at,
            [
                (
                    tree.Constant(_at(key), key.value),
                    _value(source, value, template=template, depth=depth + 1),
                )
                for key, value in _pairs(node)
            ],
        )
    return tree.ListOf(
        at,
        [_value(source, item, template=template, depth=depth + 1) for item in node.value],
    )


def _literal(source: hcl.File, text: str, at: tree.At) -> tree.Node:
    """Return a number, ``true``, ``false`` or ``null``."""
    if text in _WORDS:
        return tree.Constant(at, _WORDS[text])
    try:
        return tree.Constant(at, parse_number(text))
    except EvaluationError as error:
        source.limits.setdefault(at[0], str(error))
        return tree.Broken(at, str(error))


_WORDS = {"true": True, "false": False, "null": None}


def _template(source: hcl.File, text: str, at: tree.At) -> tree.Node:
    quoted = json.dumps(text, ensure_ascii=False)
    # Inside an interpolation quotes are HCL's own: undo the escapes there.
    file = hcl.File("", b"x = " + _unquote_interpolations(quoted).encode("utf-8", "replace"))
    node = hcl.expression(file, at)
    for reason in file.limits.values():
        source.limits.setdefault(at[0], reason)
    _pin(node, at)
    return node


def _unquote_interpolations(quoted: str) -> str:
    result: list[str] = []
    depth, position = 0, 0
    while position < len(quoted):
        pair = quoted[position : position + 2]
        if not depth and quoted[position : position + 3] in {"$${", "%%{"}:
            result.append(quoted[position : position + 3])
            position += 3
            continue
        if pair in {"${", "%{"}:
            depth += 1
            result.append(pair)
            position += 2
            continue
        if depth and pair[0] == "{":
            depth += 1
        elif depth and pair[0] == "}":
            depth -= 1
        elif depth and pair in {'\\"', "\\\\"}:
            result.append(pair[1])
            position += 2
            continue
        result.append(quoted[position])
        position += 1
    return "".join(result)


def _pin(node: Any, at: tree.At) -> None:
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, tree.Node):
            item.at = at
            stack.extend(
                getattr(item, slot) for slot in item.__slots__ if slot not in {"at", "value"}
            )
            if hasattr(item, "value") and isinstance(item.value, tree.Node):
                stack.append(item.value)
        elif isinstance(item, list | tuple):
            stack.extend(item)
