"""The shapes that a value of the policy file can have; each reads a YAML node or says why not.

A scalar is the text as it is written: ``[NO]`` is Norway, never ``false``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Protocol

from msgspec import Struct, field
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from scanner.errors import PolicyError
from scanner.geography import Area, UnknownPlace, nearest
from scanner.model import Span

MOST_NODES = 100_000
"""More than any policy needs; YAML aliases could make a small file endless."""


class Page(Struct):
    """The file that is read, the day at which it is judged, and the faults found so far."""

    file: str
    as_of: date
    faults: list[tuple[Span, str]] = field(default_factory=list)
    seen: int = 0

    def fault(self, at: Node | Span, text: str) -> None:
        """Record what is wrong and where; reading goes on."""
        self.faults.append((at if isinstance(at, Span) else self.span(at), text))

    def visit(self) -> None:
        """Count one more node. Raises PolicyError past the bound."""
        self.seen += 1
        if self.seen > MOST_NODES:
            raise PolicyError(
                f"{self.file}: the policy holds more than {MOST_NODES} values",
                hint="write it with fewer aliases",
            )

    def span(self, node: Node) -> Span:
        """Return where a node stands; a block ends with its last value, not at the next key."""
        end = _last(node).end_mark
        return Span(
            self.file, node.start_mark.line + 1, node.start_mark.column + 1,
            end.line + 1, end.column + 1,
        )  # fmt: skip


def _last(node: Node) -> Node:
    while isinstance(node, (MappingNode, SequenceNode)) and node.value and not node.flow_style:
        item = node.value[-1]
        child = item[1] if isinstance(item, tuple) else item
        if child.start_mark.index <= node.start_mark.index:  # an alias to something earlier
            break
        node = child
    return node


class Shape(Protocol):
    """What a value must look like."""

    def read(self, node: Node, key: str, page: Page) -> Any:
        """Return the value, or None after recording a fault that names the key."""


class Text(Struct, frozen=True):
    """One line of text, or one of ``words`` when there are any."""

    words: tuple[str, ...] = ()

    def read(self, node: Node, key: str, page: Page) -> str | None:
        """Return the text without white space around it."""
        page.visit()
        if not isinstance(node, ScalarNode):
            page.fault(node, f"'{key}' must be text, not {describe(node)}")
            return None
        text = str(node.value).strip()
        if not text or _is_null(node):
            page.fault(node, f"'{key}' is empty")
            return None
        if self.words and text not in self.words:
            hint = meant(text, self.words)
            if hint and len(self.words) > 8:
                page.fault(node, f"unknown word '{text}' in '{key}'{hint}")
                return None
            *first, last = self.words
            known = f"{', '.join(first)} or {last}" if first else last
            page.fault(node, f"'{key}' must be {known}, not '{text}'{hint}")
            return None
        return text


class List(Struct, frozen=True):
    """A list of one shape; a single value stands for a list of one."""

    item: Shape = field(default_factory=Text)
    may_be_empty: bool = False

    def read(self, node: Node, key: str, page: Page) -> tuple[Any, ...] | None:
        """Return the sound values of the list."""
        page.visit()
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        if self.may_be_empty and _is_null(node):
            return ()
        if not nodes and not self.may_be_empty:
            page.fault(node, f"'{key}' is an empty list")
            return None
        values = [self.item.read(item, key, page) for item in nodes]
        return tuple(value for value in values if value is not None)


class Path(Struct, frozen=True):
    """A file, a folder or a glob, relative to the working directory, or with ``upwards`` to
    something else in it.
    """

    upwards: bool = False

    def read(self, node: Node, key: str, page: Page) -> str | None:
        """Return the path as it is written."""
        text = Text().read(node, key, page)
        if text is None:
            return None
        if text.startswith("!"):
            page.fault(node, f"'{key}' takes no negated path: list what is meant")
            return None
        if not self.upwards and ".." in text.replace("\\", "/").split("/"):
            page.fault(node, f"'{key}' leads out of the working directory: '{text}'")
            return None
        return text


class RuleName(Struct, frozen=True):
    """A rule's id, its name, or the beginning of an id."""

    def read(self, node: Node, key: str, page: Page) -> str | None:
        """Return the rule's id or name as it is written."""
        text = Text().read(node, key, page)
        if text is None or re.fullmatch(r"[A-Za-z]+[0-9]*|[a-z0-9]+(-[a-z0-9]+)*", text):
            return text
        page.fault(node, f"'{key}' must be an id, an id's beginning or a name, not '{text}'")
        return None


class Day(Struct, frozen=True):
    """A date, written 2027-01-31."""

    def read(self, node: Node, key: str, page: Page) -> date | None:
        """Return the date."""
        text = Text().read(node, key, page)
        if text is None:
            return None
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            page.fault(node, f"'{key}' must be a date such as 2027-01-31, not '{text}'")
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            page.fault(node, f"'{key}' is no day of the calendar: '{text}'")
            return None


class Places(Struct, frozen=True):
    """Countries, groups of countries and, unless ``law`` is set, single regions."""

    law: bool = False

    def read(self, node: Node, key: str, page: Page) -> Area | None:
        """Return the area of all the places, or None when one of them is unknown."""
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        terms: list[str] = []
        sound = True
        for item in nodes:
            term = Text().read(item, key, page)
            if term is None:
                sound = False
                continue
            try:
                area = Area.parse([term], page.as_of)
            except UnknownPlace as error:
                hint = f"; did you mean '{error.nearest}'?" if error.nearest else ""
                page.fault(item, f"unknown place '{term}' in '{key}'{hint}")
                sound = False
                continue
            if self.law and area.regions:
                page.fault(item, f"'{key}' names laws: a country or a group, not '{term}'")
                sound = False
            terms.append(term)
        if not nodes:
            page.fault(node, f"'{key}' is an empty list")
        return Area.parse(terms, page.as_of) if sound and terms else None


class Key(Struct, frozen=True):
    """A key of a mapping: the shape of its value, and whether it must be there."""

    shape: Shape
    required: bool = False
    missing: str = ""
    """What to write, for the message about a required key that is not there."""


class Entry(Struct, frozen=True):
    """A mapping that was read: its values by key, and where it and each value stand."""

    values: Mapping[str, Any]
    span: Span
    spans: Mapping[str, Span]

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value; the default where the key is not there or was faulty."""
        value = self.values.get(key)
        return default if value is None else value


class Table(Struct, frozen=True):
    """A mapping whose keys are known. ``one_of``: at least one of these keys must be there."""

    keys: Mapping[str, Key]
    one_of: tuple[str, ...] = ()

    def read(self, node: Node, key: str, page: Page) -> Entry | None:
        """Return what the mapping holds; its unknown and missing keys are faults."""
        page.visit()
        if not isinstance(node, MappingNode):
            wanted = ", ".join(self.keys)
            what = f"'{key}' must be" if key else "a policy is"
            page.fault(node, f"{what} a mapping with the keys {wanted}, not {describe(node)}")
            return None
        values: dict[str, Any] = {}
        spans: dict[str, Span] = {}
        misspelt: set[str | None] = set()
        for name, name_node, value in pairs(node, page):
            known = self.keys.get(name)
            if known is None:
                near = nearest(name, self.keys)
                keys = f"keys here are {', '.join(self.keys)}"
                hint = f"did you mean '{near}'?" if near else keys
                page.fault(name_node, f"unknown key '{name}'; {hint}")
                misspelt.add(near)
                continue
            spans[name] = page.span(value)
            values[name] = known.shape.read(value, name, page)
        there = misspelt.union(spans)  # a misspelt key is not missing as well
        for name, wanted_key in self.keys.items():
            if wanted_key.required and name not in there:
                page.fault(node, f"missing key '{name}'{_in(key)}{wanted_key.missing}")
        if self.one_of and there.isdisjoint(self.one_of):
            page.fault(
                node, f"missing key{_in(key)}: one of {', '.join(self.one_of)} must be given"
            )
        return Entry(values, page.span(node), spans)


class Named(Struct, frozen=True):
    """A mapping whose keys the author chooses. Returns (name, span of the name, value)s."""

    shape: Shape

    def read(self, node: Node, key: str, page: Page) -> tuple[tuple[str, Span, Any], ...] | None:
        """Return the names with their values."""
        page.visit()
        if not isinstance(node, MappingNode) or not node.value:
            page.fault(node, f"'{key}' must be a mapping by name, not {describe(node)}")
            return None
        read = [
            (name, page.span(name_node), self.shape.read(value, name, page))
            for name, name_node, value in pairs(node, page)
        ]
        return tuple(item for item in read if item[2] is not None)


class Entries(Struct, frozen=True):
    """A list of mappings."""

    table: Table

    def read(self, node: Node, key: str, page: Page) -> tuple[Entry, ...] | None:
        """Return the entries that are mappings."""
        page.visit()
        if _is_null(node):  # `waivers:` with all of its entries commented out
            return ()
        if not isinstance(node, SequenceNode):
            page.fault(node, f"'{key}' must be a list of entries, not {describe(node)}")
            return None
        entries = [self.table.read(item, key, page) for item in node.value]
        return tuple(entry for entry in entries if entry is not None)


def pairs(node: MappingNode, page: Page) -> Iterator[tuple[str, Node, Node]]:
    """Yield (key, its node, value); a key that is no text or written twice is a fault."""
    lines: dict[str, int] = {}
    for key, value in node.value:
        page.visit()
        if not isinstance(key, ScalarNode):
            page.fault(key, f"a key must be text, not {describe(key)}")
        elif key.value in lines:
            page.fault(key, f"key '{key.value}' is written twice, first on line {lines[key.value]}")
        else:
            lines[key.value] = key.start_mark.line + 1
            yield str(key.value), key, value


def meant(word: str, words: Iterable[str]) -> str:
    """Return the question after a misspelt word, or nothing when no word is near."""
    near = nearest(word, words)
    return f"; did you mean '{near}'?" if near else ""


def describe(node: Node) -> str:
    """Return what a node is, in words."""
    if isinstance(node, MappingNode):
        return "a mapping" if node.value else "an empty mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    if _is_null(node):
        return "nothing"
    text = str(node.value)
    return f"'{text}'" if len(text) <= 40 else "text"


def _is_null(node: Node) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _in(key: str) -> str:
    return f" in '{key}'" if key else ""
