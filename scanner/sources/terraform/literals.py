"""Every string that stands in a configuration or variable file, with what it is the value of.

Collected from what is written, once per file and not per instance: a string belongs to the
block that holds it, whoever calls that block's module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scanner import paths
from scanner.model import WrittenString
from scanner.sources.terraform import hcl, tree
from scanner.sources.terraform.module import Module

_SKIPPED = frozenset({"source", "version", "type", "provider", "depends_on"})
"""Arguments of ``module`` and ``variable`` blocks that steer Terraform and hold no data."""


def of_module(module: Module, unit: str, owners: Mapping[int, str]) -> Iterator[WrittenString]:
    """Yield the strings of all blocks of a module."""
    for block in module.blocks:
        yield from _block(block, unit, owners)


def of_values(values: Mapping[str, hcl.Attribute], unit: str) -> Iterator[WrittenString]:
    """Yield the strings of a variable file."""
    for name, attribute in values.items():
        yield from _Reader(attribute.file, "tfvars", unit, "", "").read(
            attribute.expression, name, name
        )


def _block(block: hcl.Block, unit: str, owners: Mapping[int, str]) -> Iterator[WrittenString]:
    kind = block.type
    owner = owners.get(id(block), "")
    if kind in {"resource", "data", "ephemeral"} and len(block.labels) == 2:
        head = ".".join(block.labels if kind == "resource" else (kind, *block.labels))
        yield from _body(
            block.body, head, _Reader(block.file, "attribute", unit, block.labels[0], owner)
        )
    elif kind == "locals":
        yield from _body(block.body, "locals", _Reader(block.file, "local", unit, "", ""))
    elif kind == "variable" and block.labels:
        yield from _variable(block, unit)
    elif kind in {"moved", "import", "removed"}:
        return
    else:
        head = ".".join((kind, *block.labels))
        reader = _Reader(block.file, "attribute", unit, kind, owner)
        yield from _body(block.body, head, reader, skip=_SKIPPED if kind == "module" else ())
        for inner in block.body.blocks:
            own = owners.get(id(inner), "")
            if own:
                reader = _Reader(block.file, "attribute", unit, own.partition("#")[2], own)
            yield from _body(inner.body, ".".join((head, inner.type, *inner.labels)), reader)


def _variable(block: hcl.Block, unit: str) -> Iterator[WrittenString]:
    default = block.body.attributes.get("default")
    if default is not None:
        reader = _Reader(default.file, "default", unit, "", "")
        name = block.labels[0]
        yield from reader.read(default.expression, f"variable.{name}.default", name)


def _body(
    body: hcl.Body, head: str, reader: _Reader, skip: Iterable[str] = ()
) -> Iterator[WrittenString]:
    for name, attribute in body.attributes.items():
        if name not in skip:
            yield from reader.read(attribute.expression, paths.join(head, name), name)
    if reader.type in _NESTING_DONE:
        return
    counts: dict[str, int] = {}
    for block in body.blocks:
        name = block.labels[0] if block.type == "dynamic" and block.labels else block.type
        index = counts.get(name, 0)
        counts[name] = index + 1
        yield from _body(block.body, paths.join(paths.join(head, name), index), reader)


_NESTING_DONE = frozenset({"terraform", "check"})
"""Top blocks whose nested blocks are named by their labels, in `_block`."""


class _Reader:
    """Finds the strings in expressions of one block."""

    __slots__ = ("file", "form", "owner", "type", "unit")

    def __init__(self, file: hcl.File, form: str, unit: str, type: str, owner: str) -> None:
        self.file = file
        self.form = form
        self.unit = unit
        self.type = type
        self.owner = owner

    def read(self, node: tree.Node, path: str, key: str, depth: int = 0) -> Iterator[WrittenString]:
        """Yield the strings of an expression; ``key`` is the last name before the value."""
        while isinstance(node, tree.Attr):
            node = node.of
        if isinstance(node, tree.Constant):
            if isinstance(node.value, str) and node.value:
                yield self._string(node.value, node.at, path, key, static=True)
        elif isinstance(node, tree.Name):
            return
        elif isinstance(node, tree.Template):
            # Each interpolation is one character that no text has.
            text = "".join(part if isinstance(part, str) else "\0" for part in node.parts)
            if text.strip("\0"):
                yield self._string(text, node.at, path, key, static=False)
            for part in node.parts:
                if isinstance(part, tree.Node):
                    yield from self._inner(part, path, key, depth)
        elif isinstance(node, tree.ObjectOf):
            for name, value in node.items:
                inner = str(name.value) if isinstance(name, tree.Constant) else key
                yield from self.read(value, paths.join(path, inner), inner, depth + 1)
        elif isinstance(node, tree.ListOf):
            for index, item in enumerate(node.items):
                yield from self.read(item, paths.join(path, index), key, depth + 1)
        else:
            yield from self._inner(node, path, key, depth)

    def _inner(self, node: tree.Node, path: str, key: str, depth: int) -> Iterator[WrittenString]:
        from scanner.sources.terraform.traverse import parts

        if isinstance(node, tree.Index):
            # The key of an index is a name, not a value.
            yield from self.read(node.of, path, key, depth + 1)
        elif isinstance(node, tree.Conditional):
            # What a value is compared with is no value of this attribute.
            yield from self.read(node.yes, path, key, depth + 1)
            yield from self.read(node.no, path, key, depth + 1)
        elif isinstance(node, tree.Binary) and node.operator in {"==", "!="}:
            return
        elif isinstance(node, tree.Call) and node.name == "lookup":
            for position, argument in enumerate(node.arguments):
                if position != 1:
                    yield from self.read(argument, path, key, depth + 1)
        else:
            for part in parts(node):
                yield from self.read(part, path, key, depth + 1)

    def _string(
        self, value: str, at: tree.At, path: str, key: str, *, static: bool
    ) -> WrittenString:
        return WrittenString(
            value, self.file.span(at), key, path, self.form, self.unit, "terraform",
            self.type, self.owner, static, _indent(self.file, at, value),
        )  # fmt: skip


def _indent(file: hcl.File, at: tree.At, value: str) -> int:
    """Return how many columns a heredoc's lines have lost: the marker ``<<-`` strips them."""
    if at[0] == at[2]:
        return 0
    for number, line in enumerate(value.split("\n"), 1):
        if line.strip() and "\0" not in line:
            written = file.line(at[0] + number)
            return len(written) - len(line) if written.endswith(line) else 0
    return 0
