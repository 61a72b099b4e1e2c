"""A document and its nodes: values, and the span of every key and value."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from msgspec import Struct

from scanner.model import Span, Unread
from scanner.paths import join, keys


class Mark(Protocol):
    """A position that the parser gives: from 0, columns in code points."""

    index: int
    line: int
    column: int


class Node:
    """A value and the place where it is written.

    ``entries`` are those of a mapping, ``items`` those of a sequence. ``source`` is the node
    that an alias stands for; the place of an alias, and of what a merge key brings, is where
    the alias is written. ``end`` is a mark, or the last child of a block: a block's own end
    mark stands past comments and blank lines.
    """

    __slots__ = ("end", "entries", "items", "source", "start", "style", "tag", "value")

    def __init__(self, value: Any, start: Mark, end: Mark | Node, style: str = "") -> None:
        self.value = value
        self.start = start
        self.end = end
        self.style = style
        self.tag = ""
        self.entries: dict[str, Entry] | None = None
        self.items: list[Node] | None = None
        self.source: Node | None = None

    @property
    def written(self) -> Node:
        """The node that holds the text: of an alias, what it stands for."""
        node = self
        while node.source is not None:
            node = node.source
        return node


Entry = tuple[Mark, Mark, Node]
"""Start and end of a key, and its value."""


class Document(Struct, frozen=True):
    """One document of a file. ``root`` is None when it could not be read.

    ``line`` is the line of the file on which ``text`` starts. ``breaks`` is where lines start
    in it, given only if YAML breaks lines where editors do not.
    """

    file: str
    line: int
    text: str
    root: Node | None
    problems: tuple[Unread, ...] = ()
    breaks: tuple[int, ...] = ()

    @property
    def value(self) -> Any:
        """The value of the whole document."""
        return None if self.root is None else self.root.value

    @property
    def header(self) -> Span:
        """The first line of the document's content."""
        if self.root is None:
            return Span(self.file, self.line, 1, self.line, 1)
        line, column = self.place(self.root.start)
        end = self.text.find("\n", self.root.start.index)
        first = self.text[self.root.start.index : end if end >= 0 else len(self.text)]
        return Span(self.file, line, column, line, column + len(first.rstrip()))

    @property
    def spans(self) -> Mapping[str, Span]:
        """Every path, with the span of its key and its value."""
        return {path: self.span(path) for path, _, _ in self.walk()}

    def span(self, path: str) -> Span:
        """Return where an attribute is written, key and value; else its nearest parent."""
        node, entry = self.find(path)
        return self.header if node is None else self.entry_span(entry, node)

    def value_span(self, path: str) -> Span:
        """Return where an attribute's value is written; else its nearest parent."""
        node, _ = self.find(path)
        return self.header if node is None else self.node_span(node)

    def key_span(self, path: str) -> Span:
        """Return where an attribute's key is written; of a list's item, the item."""
        node, entry = self.find(path)
        if node is None or entry is None:
            return self.header if node is None else self.node_span(node)
        return Span(self.file, *self.place(entry[0]), *self.place(entry[1]))

    def find(self, path: str, root: Node | None = None) -> tuple[Node | None, Entry | None]:
        """Return the node at a path below a node (the document's own if none is given).

        That is the last written node on the way when nothing stands there; what comes through
        an alias or a merge key stands where the alias does. The entry is that of its key.
        """
        node = root or self.root
        found: Node | None = None
        entry: Entry | None = None
        for step in keys(path):
            if node is None or (found is not None and found.source is not None):
                break
            if isinstance(step, int):
                if node.items is None or step >= len(node.items):
                    break
                node, entry = node.items[step], None
            else:
                inner = (node.entries or {}).get(step)
                if inner is None:
                    break
                node, entry = inner[2], inner
            found = node
        return found, entry

    def walk(self, root: Node | None = None) -> Iterator[tuple[str, Entry | None, Node]]:
        """Yield (path, entry, node) of everything below a node, in written order."""
        start = root or self.root
        stack: list[tuple[str, Entry | None, Node]] = []
        if start is not None:
            stack.append(("", None, start))
        while stack:
            path, entry, node = stack.pop()
            if path:
                yield path, entry, node
            if node.entries:
                stack.extend(
                    (join(path, key), inner, inner[2])
                    for key, inner in reversed(node.entries.items())
                )
            elif node.items:
                last = len(node.items) - 1
                stack.extend((join(path, n), None, node.items[n]) for n in range(last, -1, -1))

    def node_span(self, node: Node) -> Span:
        """Return the span of a value."""
        return Span(self.file, *self.place(node.start), *self._end(node))

    def entry_span(self, entry: Entry | None, node: Node) -> Span:
        """Return the span from the start of a key to the end of its value."""
        start = node.start if entry is None else entry[0]
        return Span(self.file, *self.place(start), *self._end(node))

    def place(self, mark: Mark) -> tuple[int, int]:
        """Return a mark's line and column in the file, from 1."""
        if not self.breaks:
            return self.line + mark.line, mark.column + 1
        line = bisect_right(self.breaks, mark.index) - 1
        return self.line + line, mark.index - self.breaks[line] + 1

    def _end(self, node: Node) -> tuple[int, int]:
        while isinstance(node.end, Node):
            node = node.end
        if node.style not in ("|", ">"):
            return self.place(node.end)
        # The end mark of a block scalar stands at the next token.
        index = node.end.index
        while index > node.start.index and self.text[index - 1] in " \t\r\n":
            index -= 1
        line, _ = self.place(node.end)
        line -= self.text.count("\n", index, node.end.index)
        return line, index - self.text.rfind("\n", 0, index)
