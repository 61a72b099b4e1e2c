"""The value of a block's body: attributes, nested blocks as lists of dicts, ``dynamic``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from scanner.model import Unknown
from scanner.sources.terraform import hcl, tree
from scanner.sources.terraform.evaluate import settled
from scanner.sources.terraform.expansion import MAX_INSTANCES, entries
from scanner.sources.terraform.scope import Definition, Scope
from scanner.sources.terraform.values import SCALARS, BlockValue, Handle

META = frozenset({"count", "for_each", "provider", "providers", "depends_on"})
"""Attributes that steer Terraform and are not the resource's own."""

BLOCK = 16
"""The steps that one block of a ``dynamic`` counts for."""

META_BLOCKS = frozenset({"lifecycle", "provisioner", "connection"})


class Nested(Struct, frozen=True):
    """One nested block after ``dynamic`` has been expanded; ``block`` is where it is written."""

    type: str
    block: hcl.Block
    body: hcl.Body
    scope: Scope


def nested(body: hcl.Body, scope: Scope, only: str | None = None) -> Iterator[Nested]:
    """Yield the nested blocks of a body in order: all of them, or those of one type."""
    for block in body.blocks:
        if block.type == "dynamic" and block.labels:
            if only is None or block.labels[0] == only:
                yield from _dynamic(block, scope)
        elif only is None or block.type == only:
            yield Nested(block.type, block, block.body, scope)


def _dynamic(block: hcl.Block, scope: Scope) -> Iterator[Nested]:
    type = block.labels[0]
    content = block.body.first("content")
    for_each = block.body.attributes.get("for_each")
    if content is None or for_each is None:
        return
    iterator = type
    written = block.body.attributes.get("iterator")
    if written is not None and isinstance(written.expression, tree.Name):
        iterator = written.expression.name
    origins = {
        iterator: Definition(
            for_each.expression, scope, for_each.file, for_each.at, f'dynamic "{type}": '
        )
    }
    items = entries(settled(for_each.expression, scope))
    if not isinstance(items, Unknown):
        run = scope.module.run
        if len(items) > MAX_INSTANCES or not run.step(BLOCK * len(items), scope.module.top):
            items = Unknown(f'dynamic "{type}" makes too many blocks')
            run.give_up(for_each.expression, scope.module, items.reason)
    if isinstance(items, Unknown):
        items = [(items, items)]
    for key, item in items:
        inner = scope.bind({iterator: {"key": key, "value": item}}, origins)
        yield Nested(type, content, content.body, inner)


def body_value(body: hcl.Body, scope: Scope, *, top: bool = False) -> dict[str, Any]:
    """Return the attributes and nested blocks of a body as plain values.

    ``top`` leaves out what steers Terraform itself.
    """
    result: dict[str, Any] = BlockValue()
    for name, attribute in body.attributes.items():
        if top and name in META:
            continue
        result[name] = written(attribute.expression, scope)
    for block in nested(body, scope):
        if top and block.type in META_BLOCKS:
            continue
        result.setdefault(block.type, [])
        if isinstance(result[block.type], list):
            result[block.type].append(body_value(block.body, block.scope))
    return result


def written(node: tree.Node, scope: Scope) -> Any:
    """Return an expression's value as a `Declaration` holds it; one that is endless, or that
    the scan has no room for, is unknown.
    """
    value = settled(node, scope)
    if type(value) in SCALARS and type(value) is not str:
        return value
    run = scope.module.run
    if run.keep(value):
        return plain(value)
    reason = "a value with too many parts, alone or with all others"
    run.give_up(node, scope.module, reason)
    return Unknown(reason, scope.module.text(node))


def plain(value: Any) -> Any:
    """Return a value without handles and sets: only what a `Declaration` may hold."""
    if type(value) in SCALARS:
        return value
    if isinstance(value, Handle):
        return plain(value.plain())
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Unknown) and value.candidates is not None:
        return Unknown(value.reason, value.expression, tuple(plain(c) for c in value.candidates))
    return value
