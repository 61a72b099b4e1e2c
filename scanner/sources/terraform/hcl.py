"""Reads HCL native syntax: tree-sitter's tree into bodies, blocks and expressions.

Bodies are converted when they are first looked at, expressions too: most of a shared
module's text is never needed twice, and some of it never.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from scanner.model import Span
from scanner.sources.terraform import tree
from scanner.sources.terraform.templates import heredoc_parts, quoted_parts, unescape

if TYPE_CHECKING:
    import tree_sitter

MAX_DEPTH = 400
"""How deep an expression may nest before it is refused by name."""


class File:
    """The text of one file and its lines; turns parser positions into spans."""

    __slots__ = ("ascii", "faults", "path", "starts", "text")

    def __init__(self, path: str, text: bytes) -> None:
        self.path = path
        self.text = text
        self.ascii = text.isascii()
        self.starts: list[int] | None = None
        self.faults: list[tuple[tree.At, str]] = []
        """What is well-formed and still wrong, found while bodies are converted."""

    def _line_starts(self) -> list[int]:
        if self.starts is None:
            starts, position = [0], self.text.find(b"\n")
            while position >= 0:
                starts.append(position + 1)
                position = self.text.find(b"\n", position + 1)
            self.starts = starts
        return self.starts

    def _column(self, row: int, column: int) -> int:
        if self.ascii:
            return column + 1
        start = self._line_starts()[row]
        return len(self.text[start : start + column].decode("utf-8", "replace")) + 1

    def span(self, at: tree.At) -> Span:
        """Return the span of four parser integers."""
        row, column, end_row, end_column = at
        return Span(
            self.path,
            row + 1,
            self._column(row, column),
            end_row + 1,
            self._column(end_row, end_column),
        )

    def line(self, row: int) -> str:
        """Return the text of a row (from 0), without its line end."""
        starts = self._line_starts()
        if row >= len(starts):
            return ""
        end = starts[row + 1] if row + 1 < len(starts) else len(self.text)
        return self.text[starts[row] : end].decode("utf-8", "replace").rstrip("\r\n")

    def point(self, offset: int) -> tuple[int, int]:
        """Return row and byte column of a byte offset."""
        starts = self._line_starts()
        row = bisect_right(starts, offset) - 1
        return row, offset - starts[row]

    def slice(self, at: tree.At) -> str:
        """Return the source text of a span on one line, or of its first line."""
        row, column, end_row, end_column = at
        start = self._line_starts()[row]
        if row == end_row:
            return self.text[start + column : start + end_column].decode("utf-8", "replace")
        return self.line(row)[self._column(row, column) - 1 :] + " …"


def at_of(node: tree_sitter.Node) -> tree.At:
    """Return the four integers of a parser node."""
    start, end = node.start_point, node.end_point
    return (start[0], start[1], end[0], end[1])


class Attribute:
    """``name = expression``; the expression is converted on first use."""

    __slots__ = ("_expression", "_node", "at", "file", "name")

    def __init__(
        self,
        file: File,
        name: str,
        at: tree.At,
        node: tree_sitter.Node | None,
        expression: tree.Node | None = None,
    ) -> None:
        self.file = file
        self.name = name
        self.at = at
        self._node = node
        self._expression = expression

    @property
    def expression(self) -> tree.Node:
        """The expression tree of the value."""
        if self._expression is None:
            assert self._node is not None
            self._expression = _Reader(self.file).expression(self._node, 0)
            self._node = None
        return self._expression


class Body:
    """Attributes by name and blocks in order; converted on first use."""

    __slots__ = ("_attributes", "_blocks", "_node", "file")

    def __init__(
        self,
        file: File,
        node: tree_sitter.Node | None,
        attributes: dict[str, Attribute] | None = None,
        blocks: list[Block] | None = None,
    ) -> None:
        self.file = file
        self._node = node
        self._attributes = attributes
        self._blocks = blocks if blocks is not None else []

    def _load(self) -> dict[str, Attribute]:
        if self._attributes is None:
            self._attributes = {}
            if self._node is not None:
                _fill(self.file, self._node, self._attributes, self._blocks)
        return self._attributes

    @property
    def attributes(self) -> dict[str, Attribute]:
        """The attributes by name; of a name written twice the last."""
        return self._load()

    @property
    def blocks(self) -> list[Block]:
        """The nested blocks in order."""
        self._load()
        return self._blocks

    def first(self, type: str) -> Block | None:
        """Return the first nested block of a type."""
        return next((block for block in self.blocks if block.type == type), None)


class Block:
    """``type "label" { … }``. ``header`` is the line up to the brace, ``at`` the whole."""

    __slots__ = ("at", "body", "file", "header", "labels", "type")

    def __init__(
        self,
        file: File,
        type: str,
        labels: tuple[str, ...],
        body: Body,
        at: tree.At,
        header: tree.At,
    ) -> None:
        self.file = file
        self.type = type
        self.labels = labels
        self.body = body
        self.at = at
        self.header = header


@lru_cache(maxsize=1)
def _parser() -> tree_sitter.Parser:
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def parse(file: File) -> tuple[Body, list[tree.At]]:
    """Return the body of a file and the places where it is not valid HCL (none when fine)."""
    root = _parser().parse(file.text).root_node
    errors: list[tree.At] = []
    if root.has_error:
        _errors(root, errors)
    body = next((child for child in root.children if child.type == "body"), None)
    if body is None and root.named_child_count and root.has_error:
        # Nothing but errors at the top: what can be recovered stands below the root itself.
        body = root
    return Body(file, body), errors


def _errors(root: tree_sitter.Node, found: list[tree.At]) -> None:
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            found.append(at_of(node))
        elif node.has_error:
            stack.extend(reversed(node.children))


def expression(file: File, at: tree.At) -> tree.Node:
    """Parse a template that stands alone, as in JSON syntax; all its nodes stand at ``at``."""
    body, errors = parse(file)
    attribute = body.attributes.get("x")
    if errors or attribute is None:
        return tree.Broken(at, "not a valid template")
    return attribute.expression


def template(text: str) -> tree.Node:
    """Parse the text of a template file: a heredoc without the marks around it."""
    mark = "EOT"
    while mark in text:
        mark += "T"
    # A heredoc always ends with a line end; a template file need not.
    complete = text if text.endswith("\n") else text + "\n"
    file = File("", f"x = <<{mark}\n{complete}{mark}\n".encode("utf-8", "replace"))
    body, errors = parse(file)
    attribute = body.attributes.get("x")
    if errors or attribute is None:
        return tree.Broken((0, 0, 0, 0), "not a valid template")
    node = attribute.expression
    if complete is not text:
        _drop_line_end(node)
    return node


def _drop_line_end(node: tree.Node) -> None:
    if isinstance(node, tree.Constant) and isinstance(node.value, str):
        node.value = node.value.removesuffix("\n")
    elif isinstance(node, tree.Template) and isinstance(node.parts[-1], str):
        node.parts[-1] = node.parts[-1].removesuffix("\n")


def _fill(
    file: File,
    node: tree_sitter.Node,
    attributes: dict[str, Attribute],
    blocks: list[Block],
) -> None:
    for child in node.children:
        kind = child.type
        if kind == "attribute":
            parts = child.children
            name, value = parts[0], parts[-1]
            if value.type != "expression" or name.type != "identifier":
                continue  # reported as a syntax error by `parse`
            text = _text(name)
            if text in attributes:
                file.faults.append((at_of(child), f"{text!r} is set twice in this block"))
            attributes[text] = Attribute(file, text, at_of(child), value)
        elif kind == "block":
            block = _block(file, child)
            if block is not None:
                blocks.append(block)
        elif kind == "body":
            _fill(file, child, attributes, blocks)
        elif kind == "ERROR" and child.named_child_count:
            # What the parser recognised inside an error is still used; the file is reported.
            _fill(file, child, attributes, blocks)


def _block(file: File, node: tree_sitter.Node) -> Block | None:
    labels: list[str] = []
    type = ""
    inner: tree_sitter.Node | None = None
    header_end = node.start_point
    for child in node.children:
        kind = child.type
        if kind == "identifier":
            if type:
                labels.append(_text(child))
            else:
                type = _text(child)
            header_end = child.end_point
        elif kind == "string_lit":
            labels.append(unescape(_text(child)[1:-1]))
            header_end = child.end_point
        elif kind == "body":
            inner = child
    if not type:
        return None
    at = at_of(node)
    header = (at[0], at[1], header_end[0], header_end[1])
    return Block(file, type, tuple(labels), Body(file, inner), at, header)


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


_SKIP = frozenset({"comment", "(", ")", ",", "=", ":", "=>", "?", "strip_marker"})


class _Reader:
    """Converts parser nodes to expression nodes."""

    __slots__ = ("file",)

    def __init__(self, file: File) -> None:
        self.file = file

    def expression(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        """Convert an ``expression`` node, or any node that stands for a value."""
        if depth > MAX_DEPTH:
            return tree.Broken(at_of(node), f"nested deeper than {MAX_DEPTH} levels")
        if node.type != "expression":
            return self.term(node, depth)
        return self.postfix([c for c in node.children if c.type not in _SKIP], depth, node)

    def postfix(
        self, children: list[tree_sitter.Node], depth: int, whole: tree_sitter.Node
    ) -> tree.Node:
        """Convert a value followed by ``.name``, ``[key]`` and splats."""
        if not children:
            return tree.Broken(at_of(whole), "nothing where a value should stand")
        result = self.term(children[0], depth + 1)
        for child in children[1:]:
            result = self.step(result, child, depth + 1)
        return result

    def step(self, of: tree.Node, node: tree_sitter.Node, depth: int) -> tree.Node:
        """Convert one access behind a value."""
        end = node.end_point
        at = (of.at[0], of.at[1], end[0], end[1])
        kind = node.type
        if kind == "get_attr":
            return tree.Attr(at, of, _text(node.children[-1]))
        if kind == "index":
            return self.step(of, node.children[0], depth)
        if kind == "new_index":
            inner = [c for c in node.children if c.type == "expression"]
            if not inner:
                return tree.Broken(at, "an index without a key")
            return tree.Index(at, of, self.expression(inner[0], depth + 1))
        if kind == "legacy_index":
            digits = _text(node).lstrip(".")
            key = tree.Constant(at_of(node), int(digits) if digits.isdigit() else digits)
            return tree.Index(at, of, key)
        if kind == "splat":
            return self.step(of, node.children[0], depth)
        if kind in {"full_splat", "attr_splat"}:
            each: tree.Node = tree.Item(at_of(node))
            rest: list[tree_sitter.Node] = []
            for child in node.children:
                if child.type not in {"get_attr", "index", "splat"}:
                    continue
                # `a.*.b[0]` indexes the result, `a[*].b[0]` indexes each element.
                if rest or (kind == "attr_splat" and child.type != "get_attr"):
                    rest.append(child)
                else:
                    each = self.step(each, child, depth + 1)
            result: tree.Node = tree.Splat(at, of, each)
            for child in rest:
                result = self.step(result, child, depth + 1)
            return result
        return tree.Broken(at_of(node), "not valid HCL")

    def term(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        """Convert a value without accesses behind it."""
        if depth > MAX_DEPTH:
            return tree.Broken(at_of(node), f"nested deeper than {MAX_DEPTH} levels")
        convert = _TERMS.get(node.type)
        if convert is None:
            return tree.Broken(at_of(node), "not valid HCL")
        result: tree.Node = convert(self, node, depth)
        return result

    def wrapped(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        children = [c for c in node.children if c.type not in _SKIP]
        if len(children) != 1:
            return self.postfix(children, depth, node)
        return self.expression(children[0], depth + 1)

    def number(self, node: tree_sitter.Node, _: int) -> tree.Node:
        text = _text(node)
        try:
            value: Any = int(text) if text.isdigit() else float(text)
        except ValueError:
            return tree.Broken(at_of(node), f"not a number: {text[:40]}")
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            value = int(value)
        return tree.Constant(at_of(node), value)

    def boolean(self, node: tree_sitter.Node, _: int) -> tree.Node:
        return tree.Constant(at_of(node), _text(node) == "true")

    def null(self, node: tree_sitter.Node, _: int) -> tree.Node:
        return tree.Constant(at_of(node), None)

    def string(self, node: tree_sitter.Node, _: int) -> tree.Node:
        return tree.Constant(at_of(node), unescape(_text(node)[1:-1]))

    def name(self, node: tree_sitter.Node, _: int) -> tree.Node:
        return tree.Name(at_of(node), _text(node))

    def conditional(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        parts = [c for c in node.children if c.type == "expression"]
        if len(parts) != 3:
            return tree.Broken(at_of(node), "an incomplete conditional")
        first, second, third = (self.expression(part, depth + 1) for part in parts)
        return tree.Conditional(at_of(node), first, second, third)

    def unary(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        children = [c for c in node.children if c.type not in _SKIP]
        operand = self.postfix(children[1:], depth + 1, node)
        return tree.Unary(at_of(node), _text(children[0]), operand)

    def binary(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        children = [c for c in node.children if c.type not in _SKIP]
        middle = next((n for n, c in enumerate(children) if c.type in _OPERATORS), None)
        if middle is None:
            return tree.Broken(at_of(node), "an operation without an operator")
        left = self.postfix(children[:middle], depth + 1, node)
        right = self.postfix(children[middle + 1 :], depth + 1, node)
        return tree.Binary(at_of(node), children[middle].type, left, right)

    def call(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        name, arguments, expand = "", list[tree.Node](), False
        for child in node.children:
            if child.type == "identifier":
                name = _text(child)
            elif child.type == "function_arguments":
                for argument in child.children:
                    if argument.type == "ellipsis":
                        expand = True
                    elif argument.type not in _SKIP:
                        arguments.append(self.expression(argument, depth + 1))
        return tree.Call(at_of(node), name, arguments, expand=expand)

    def list(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        items = [self.expression(c, depth + 1) for c in node.children if c.type == "expression"]
        return tree.ListOf(at_of(node), items)

    def object(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        items: list[tuple[tree.Node, tree.Node]] = []
        for child in node.children:
            if child.type != "object_elem":
                continue
            parts = [c for c in child.children if c.type == "expression"]
            if len(parts) != 2:
                continue  # reported as a syntax error by `parse`
            key = self.expression(parts[0], depth + 1)
            if isinstance(key, tree.Name) and parts[0].children[0].type == "variable_expr":
                key = tree.Constant(key.at, key.name)  # a bare word is a string here
            items.append((key, self.expression(parts[1], depth + 1)))
        return tree.ObjectOf(at_of(node), items)

    def for_(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        names: list[str] = []
        parts: list[tree.Node] = []
        collection: tree.Node | None = None
        condition: tree.Node | None = None
        group = False
        for child in node.children:
            if child.type == "for_intro":
                for part in child.children:
                    if part.type == "identifier":
                        names.append(_text(part))
                    elif part.type == "expression":
                        collection = self.expression(part, depth + 1)
            elif child.type == "expression":
                parts.append(self.expression(child, depth + 1))
            elif child.type == "ellipsis":
                group = True
            elif child.type == "for_cond":
                inner = [c for c in child.children if c.type == "expression"]
                condition = self.expression(inner[0], depth + 1) if inner else None
        wanted = 2 if node.type == "for_object_expr" else 1
        if collection is None or not names or len(parts) != wanted:
            return tree.Broken(at_of(node), "an incomplete for expression")
        return tree.For(
            at_of(node),
            names[0] if len(names) > 1 else None,
            names[-1],
            collection,
            parts[0] if wanted == 2 else None,
            parts[-1],
            condition,
            group=group,
        )

    def quoted(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        return quoted_parts(self, node, depth)

    def heredoc(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        return heredoc_parts(self, node, depth)


_OPERATORS = frozenset({"+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||"})

_TERMS = {
    "expression": _Reader.expression,
    "literal_value": _Reader.wrapped,
    "template_expr": _Reader.wrapped,
    "collection_value": _Reader.wrapped,
    "for_expr": _Reader.wrapped,
    "operation": _Reader.wrapped,
    "variable_expr": lambda reader, node, depth: reader.name(node.children[0], depth),
    "identifier": _Reader.name,
    "numeric_lit": _Reader.number,
    "bool_lit": _Reader.boolean,
    "null_lit": _Reader.null,
    "string_lit": _Reader.string,
    "quoted_template": _Reader.quoted,
    "heredoc_template": _Reader.heredoc,
    "conditional": _Reader.conditional,
    "unary_operation": _Reader.unary,
    "binary_operation": _Reader.binary,
    "function_call": _Reader.call,
    "tuple": _Reader.list,
    "object": _Reader.object,
    "for_tuple_expr": _Reader.for_,
    "for_object_expr": _Reader.for_,
}
