"""Reads HCL native syntax: tree-sitter's tree into bodies, blocks and expressions.

Bodies are converted when they are first looked at, expressions too: most of a shared
module's text is never needed twice, and some of it never.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

from scanner.model import Span
from scanner.sources.terraform import tree
from scanner.sources.terraform.reader import Reader
from scanner.sources.terraform.templates import unescape
from scanner.sources.terraform.tree import at_of
from scanner.sources.terraform.values import Undecided

if TYPE_CHECKING:
    import tree_sitter


class File:
    """The text of one file and its lines; turns parser positions into spans."""

    __slots__ = ("ascii", "faults", "limits", "path", "starts", "text")

    def __init__(self, path: str, text: bytes) -> None:
        self.path = path
        self.text = text
        self.ascii = text.isascii()
        self.starts: list[int] | None = None
        self.faults: list[tuple[tree.At, str]] = []
        """What is well-formed and still wrong, found while bodies are converted."""
        self.limits: dict[int, str] = {}
        """By row: what was left unread there because it exceeds a limit."""

    def text_of(self, node: tree_sitter.Node) -> str:
        """Return the source text of a parser node."""
        return self.text[node.start_byte : node.end_byte].decode("utf-8", "replace")

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
    def known(self) -> tree.Node | None:
        """The expression tree if anybody has asked for it yet."""
        return self._expression

    @property
    def expression(self) -> tree.Node:
        """The expression tree of the value."""
        if self._expression is None:
            assert self._node is not None
            try:
                self._expression = Reader(self.file).expression(self._node, 0)
            except RecursionError:
                # Not kept: those that asked, one through the other, may be what is too deep.
                reason = "refers to itself, or nests too deep"
                self.file.limits.setdefault(self.at[0], reason)
                return tree.Broken(self.at, reason)
            self._node = None
        return self._expression


MAX_BLOCKS = 60
"""How deep blocks may stand in each other; a ``dynamic`` block counts twice."""


class Body:
    """Attributes by name and blocks in order; converted on first use."""

    __slots__ = ("_attributes", "_blocks", "_depth", "_node", "file")

    def __init__(
        self,
        file: File,
        node: tree_sitter.Node | None,
        attributes: dict[str, Attribute] | None = None,
        blocks: list[Block] | None = None,
        depth: int = 0,
    ) -> None:
        self._depth = depth
        self.file = file
        self._node = node
        self._attributes = attributes
        self._blocks = blocks if blocks is not None else []

    def _load(self) -> dict[str, Attribute]:
        if self._attributes is None:
            self._attributes = {}
            if self._node is not None:
                _fill(self.file, self._node, self._attributes, self._blocks, self._depth)
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


_EXPONENT = re.compile(rb"(?<![\w.])\d+\.?[eE][+-]?\d+(?![\w.])")


@lru_cache(maxsize=1)
def _parser() -> tree_sitter.Parser:
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


MAX_PARTS = 1_000_000
"""The most nodes that one file's tree may have; each takes a hundred bytes and more."""


def parse(file: File) -> tuple[Body, list[tree.At]]:
    """Return the body of a file and the places where it is not valid HCL (none when fine)."""
    root = _parser().parse(file.text).root_node
    errors: list[tree.At] = []
    if root.descendant_count > MAX_PARTS:
        file.limits[0] = f"more than {MAX_PARTS:,} words and marks"
        return Body(file, None), errors
    if root.has_error:
        # The grammar has no exponent without a fraction, as in 1e3: digits of the same width
        # stand in for it, and the reader takes the number from the text itself.
        masked = _EXPONENT.sub(lambda match: b"0" * len(match.group()), file.text)
        if masked != file.text:
            other = _parser().parse(masked).root_node
            root = root if other.has_error else other
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
        file.limits.setdefault(0, "not a valid template")
        return tree.Broken(at, "not a valid template")
    return attribute.expression


def template(text: str) -> tree.Node:
    """Parse the text of a template file: a heredoc without the marks around it.

    Raises Undecided where it nests too deep.
    """
    mark = "EOT"
    while mark in text:
        mark += "T"
    # A heredoc always ends with a line end; a template file need not.
    complete = text if text.endswith("\n") else text + "\n"
    file = File("", f"x = <<{mark}\n{complete}{mark}\n".encode("utf-8", "replace"))
    body, errors = parse(file)
    attribute = body.attributes.get("x")
    if attribute is not None and not errors:
        node = attribute.expression
    if file.limits:
        raise Undecided(f"a template with {next(iter(file.limits.values()))}")
    if errors or attribute is None:
        return tree.Broken((0, 0, 0, 0), "not a valid template")
    return node if complete is text else _drop_line_end(node)


def _drop_line_end(node: tree.Node) -> tree.Node:
    if isinstance(node, tree.Constant) and isinstance(node.value, str):
        node.value = node.value.removesuffix("\n")
    elif isinstance(node, tree.Template) and isinstance(node.parts[-1], str):
        node.parts[-1] = node.parts[-1].removesuffix("\n")
        if len(node.parts) == 2 and not node.parts[1] and _alone(node.parts[0]):
            alone: tree.Node = node.parts[0]
            return alone  # nothing around it: the value itself, whatever its type
    return node


def _alone(part: object) -> bool:
    return isinstance(part, tree.Node) and not isinstance(part, tree.If | tree.Loop)


def _fill(
    file: File,
    node: tree_sitter.Node,
    attributes: dict[str, Attribute],
    blocks: list[Block],
    depth: int,
) -> None:
    if depth > MAX_BLOCKS:
        file.limits.setdefault(node.start_point[0], f"blocks nest deeper than {MAX_BLOCKS} levels")
        return
    for child in node.children:
        kind = child.type
        if kind == "attribute":
            parts = child.children
            name, value = parts[0], parts[-1]
            if value.type != "expression" or name.type != "identifier":
                continue  # reported as a syntax error by `parse`
            text = file.text_of(name)
            if text in attributes:
                file.faults.append((at_of(child), f"{text!r} is set twice in this block"))
            attributes[text] = Attribute(file, text, at_of(child), value)
        elif kind == "block":
            block = _block(file, child, depth + 1)
            if block is not None:
                blocks.append(block)
        elif kind == "body":
            _fill(file, child, attributes, blocks, depth)
        elif kind == "ERROR" and child.named_child_count:
            # What the parser recognised inside an error is still used; the file is reported.
            _fill(file, child, attributes, blocks, depth + 1)


def _block(file: File, node: tree_sitter.Node, depth: int) -> Block | None:
    labels: list[str] = []
    type = ""
    inner: tree_sitter.Node | None = None
    header_end = node.start_point
    for child in node.children:
        kind = child.type
        if kind == "identifier":
            if type:
                labels.append(file.text_of(child))
            else:
                type = file.text_of(child)
            header_end = child.end_point
        elif kind == "string_lit":
            labels.append(unescape(file.text_of(child)[1:-1]))
            header_end = child.end_point
        elif kind == "body":
            inner = child
    if not type:
        return None
    at = at_of(node)
    header = (at[0], at[1], header_end[0], header_end[1])
    return Block(file, type, tuple(labels), Body(file, inner, depth=depth), at, header)
