"""Nodes from the parser's events: bounded, with aliases, merge keys and duplicates in view."""

from __future__ import annotations

from typing import Any

from yaml import events

from scanner.sources.yaml.document import Mark, Node
from scanner.sources.yaml.scalars import Dialect, plain, tagged

MAX_VALUES = 500_000
"""Values of one document, every alias written out."""
MAX_DEPTH = 200
MAX_PATHS = 64_000_000
"""Characters of all attribute paths of one document together."""
MAX_PROBLEMS = 20
TEMPLATE = "a template: it needs rendering"


class RefusedError(Exception):
    """The text asks for what a reader should not give: the document is left unread."""

    def __init__(self, reason: str, mark: Mark, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.mark = mark
        self.hint = hint


class _Frame:
    """A mapping or a sequence that is being read.

    ``length`` is that of the path to it; ``values`` and ``chars`` are what was counted before
    it, ``height`` how deep it has gone.
    """

    __slots__ = (
        "anchor", "block", "chars", "height", "key", "length", "merge", "merges", "node", "values",
    )  # fmt: skip

    def __init__(self, node: Node, anchor: str | None, block: bool, length: int) -> None:
        self.node = node
        self.anchor = anchor
        self.block = block
        self.length = length
        self.key: tuple[str, Mark, Mark] | None = None
        self.merge = False
        self.merges: list[tuple[Mark, Mark, Node]] = []
        self.height = 0
        self.values = 0
        self.chars = 0


class Builder:
    """Reads the events of one document. ``duplicates`` are keys with their two marks."""

    def __init__(self, parser: Any, text: str, dialect: Dialect) -> None:
        self._next = parser.get_event
        self._text = text
        self._dialect: Dialect = dialect
        self.duplicates: list[tuple[str, Mark, Mark]] = []
        self.bad_merges: list[Mark] = []
        # Of each anchor: the node, how many values it holds, the characters of their paths
        # from there on, and how deep they go. None while it is still being read.
        self._anchors: dict[str, tuple[Node, int, int, int] | None] = {}
        self._stack: list[_Frame] = []
        self._values = 0
        self._chars = 0

    def build(self) -> Node:
        """Read up to the end of the document."""
        root: Node | None = None
        while True:
            event = self._next()
            kind = type(event)
            if kind is events.DocumentEndEvent:
                assert root is not None
                return root
            frame = self._stack[-1] if self._stack else None
            if kind is events.SequenceEndEvent or kind is events.MappingEndEvent:
                node = self._close(event)
                root = root or node
                continue
            if frame is not None and frame.key is None and frame.node.entries is not None:
                self._key(frame, event)
                continue
            height = 0
            if kind is events.ScalarEvent:
                node = self._scalar(event)
                self._count(1, self._length(frame), event.start_mark)
            elif kind is events.AliasEvent:
                node, height = self._alias(event, frame)
            else:
                node = self._open(event, frame)
            root = root or node
            if frame is not None:
                frame.height = max(frame.height, height + 1)
                self._attach(frame, node)
            if kind is events.SequenceStartEvent or kind is events.MappingStartEvent:
                self._stack.append(self._opened)

    def _key(self, frame: _Frame, event: Any) -> None:
        kind = type(event)
        if kind is events.ScalarEvent:
            text = event.value
            frame.merge = text == "<<" and event.implicit[0]
            if event.anchor:
                node = Node(text, event.start_mark, event.end_mark, event.style or "")
                self._anchors[event.anchor] = (node, 1, 0, 0)
        elif type(event) is events.AliasEvent and isinstance((self._anchored(event)[0]).value, str):
            text = self._anchored(event)[0].value
            frame.merge = False
        else:
            mark = event.start_mark
            if self._text[mark.index - 1 : mark.index + 1] == "{{":
                raise RefusedError(TEMPLATE, mark)
            raise RefusedError(
                "a key that is no plain text", mark, "Kubernetes has none such either"
            )
        frame.key = (text, event.start_mark, event.end_mark)

    def _scalar(self, event: Any) -> Node:
        if event.tag is None:
            value = plain(event.value, self._dialect) if event.implicit[0] else event.value
        else:
            value = tagged(event.value, event.tag, self._dialect)
        node = Node(value, event.start_mark, event.end_mark, event.style or "")
        node.tag = event.tag or ""
        if event.anchor:
            self._anchors[event.anchor] = (node, 1, 0, 0)
        return node

    def _anchored(self, event: Any) -> tuple[Node, int, int, int]:
        known = self._anchors.get(event.anchor)
        if known is None:
            what = "contains itself" if event.anchor in self._anchors else "is not defined"
            raise RefusedError(f"the anchor &{event.anchor[:60]} {what}", event.start_mark)
        return known

    def _alias(self, event: Any, frame: _Frame | None) -> tuple[Node, int]:
        source, values, chars, height = self._anchored(event)
        self._count(values, chars + values * self._length(frame), event.start_mark, alias=True)
        if len(self._stack) + height > MAX_DEPTH:
            raise RefusedError(f"aliases nested deeper than {MAX_DEPTH}", event.start_mark)
        node = Node(source.value, event.start_mark, event.end_mark)
        node.source, node.entries, node.items = source, source.entries, source.items
        return node, height

    def _open(self, event: Any, frame: _Frame | None) -> Node:
        if len(self._stack) >= MAX_DEPTH:
            raise RefusedError(f"nested deeper than {MAX_DEPTH}", event.start_mark)
        mapping = type(event) is events.MappingStartEvent
        node = Node({} if mapping else [], event.start_mark, event.end_mark)
        if mapping:
            node.entries = {}
        else:
            node.items = []
        node.tag = event.tag or ""
        length = self._length(frame)
        opened = _Frame(node, event.anchor, not event.flow_style, length)
        opened.values, opened.chars = self._values, self._chars
        self._count(1, length, event.start_mark)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._opened = opened
        return node

    def _close(self, event: Any) -> Node:
        frame = self._stack.pop()
        node = frame.node
        if not frame.block:
            node.end = event.end_mark
        for start, end, merged in frame.merges:
            self._merge(node, start, end, merged)
        if frame.anchor:
            values = self._values - frame.values
            chars = self._chars - frame.chars - values * frame.length
            self._anchors[frame.anchor] = (node, values, chars, frame.height)
        if self._stack:
            self._stack[-1].height = max(self._stack[-1].height, frame.height + 1)
        return node

    def _attach(self, frame: _Frame, node: Node) -> None:
        target = frame.node
        if frame.block:
            target.end = node
        if target.items is not None:
            target.items.append(node)
            target.value.append(node.value)
            return
        assert frame.key is not None
        assert target.entries is not None
        key, start, end = frame.key
        frame.key = None
        if frame.merge:
            frame.merges.append((start, end, node))
            return
        if key in target.entries and len(self.duplicates) < MAX_PROBLEMS:
            self.duplicates.append((key, target.entries[key][0], start))
        target.entries[key] = (start, end, node)
        target.value[key] = node.value

    def _merge(self, target: Node, start: Mark, end: Mark, merged: Node) -> None:
        """Add what ``<<`` brings; what is written out, and what came before, wins."""
        assert target.entries is not None
        for part in merged.items if merged.items is not None else [merged]:
            if part.entries is None:
                self.bad_merges.append(start)
                continue
            for key, (_, _, inner) in part.entries.items():
                if key in target.entries:
                    continue
                # What stands inline under `<<` is written there; the rest at its alias.
                node = inner
                if part.source is not None or merged.source is not None:
                    alias = merged if merged.source is not None else part
                    node = Node(inner.value, alias.start, alias.end)
                    node.source, node.entries, node.items = inner, inner.entries, inner.items
                target.entries[key] = (start, end, node)
                target.value[key] = inner.value

    def _length(self, frame: _Frame | None) -> int:
        if frame is None:
            return 0
        return frame.length + (4 if frame.key is None else len(frame.key[0]) + 1)

    def _count(self, values: int, chars: int, mark: Mark, alias: bool = False) -> None:
        self._values += values
        self._chars += chars
        if self._values > MAX_VALUES:
            what = "aliases expand to more than" if alias else "more than"
            raise RefusedError(f"{what} {MAX_VALUES:,} values", mark)
        if self._chars > MAX_PATHS:
            raise RefusedError("keys too long and too deep to name every value", mark)
