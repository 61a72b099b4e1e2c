"""The expression tree of HCL: what an expression says, and where.

Every node keeps ``at``, four integers (row, column, end row, end column) that count from 0
and in bytes, as the parser gives them; `scanner.sources.terraform.hcl.File` turns them into a
`Span`. Plain classes with slots: a large repository has millions of nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tree_sitter

At = tuple[int, int, int, int]


def at_of(node: tree_sitter.Node) -> At:
    """Return the four integers of a parser node."""
    return (*node.start_point, *node.end_point)


class Node:
    """An expression."""

    __slots__ = ("at",)

    def __init__(self, at: At) -> None:
        self.at = at


class Constant(Node):
    """A literal: null, a bool, a number or a string without interpolation."""

    __slots__ = ("value",)

    def __init__(self, at: At, value: Any) -> None:
        self.at = at
        self.value = value


class Template(Node):
    """A string made of parts, each a str or a node; directives are parts as well."""

    __slots__ = ("heredoc", "parts")

    def __init__(self, at: At, parts: list[Any], *, heredoc: bool) -> None:
        self.at = at
        self.parts = parts
        self.heredoc = heredoc


class If(Node):
    """``%{ if }`` inside a template: a condition and two lists of parts."""

    __slots__ = ("condition", "no", "yes")

    def __init__(self, at: At, condition: Node, yes: list[Any], no: list[Any]) -> None:
        self.at = at
        self.condition = condition
        self.yes = yes
        self.no = no


class Loop(Node):
    """``%{ for }`` inside a template."""

    __slots__ = ("collection", "key", "parts", "value")

    def __init__(
        self, at: At, key: str | None, value: str, collection: Node, parts: list[Any]
    ) -> None:
        self.at = at
        self.key = key
        self.value = value
        self.collection = collection
        self.parts = parts


class Name(Node):
    """The first name of a traversal: ``var``, ``local``, ``aws_s3_bucket``, a loop variable."""

    __slots__ = ("name",)

    def __init__(self, at: At, name: str) -> None:
        self.at = at
        self.name = name


class Attr(Node):
    """``of.name``."""

    __slots__ = ("name", "of")

    def __init__(self, at: At, of: Node, name: str) -> None:
        self.at = at
        self.of = of
        self.name = name


class Index(Node):
    """``of[key]``."""

    __slots__ = ("key", "of")

    def __init__(self, at: At, of: Node, key: Node) -> None:
        self.at = at
        self.of = of
        self.key = key


class Splat(Node):
    """``of[*].each`` or ``of.*.each``; ``each`` reads one element, named by `Item`."""

    __slots__ = ("each", "of")

    def __init__(self, at: At, of: Node, each: Node) -> None:
        self.at = at
        self.of = of
        self.each = each


class Item(Node):
    """The element that a splat is looking at."""

    __slots__ = ()


class Unary(Node):
    """``-x`` or ``!x``."""

    __slots__ = ("operand", "operator")

    def __init__(self, at: At, operator: str, operand: Node) -> None:
        self.at = at
        self.operator = operator
        self.operand = operand


class Binary(Node):
    """An operator between two operands."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, at: At, operator: str, left: Node, right: Node) -> None:
        self.at = at
        self.operator = operator
        self.left = left
        self.right = right


class Conditional(Node):
    """``condition ? yes : no``."""

    __slots__ = ("condition", "no", "yes")

    def __init__(self, at: At, condition: Node, yes: Node, no: Node) -> None:
        self.at = at
        self.condition = condition
        self.yes = yes
        self.no = no


class Call(Node):
    """A function call; ``expand`` when the last argument is followed by ``...``."""

    __slots__ = ("arguments", "expand", "name")

    def __init__(self, at: At, name: str, arguments: list[Node], *, expand: bool) -> None:
        self.at = at
        self.name = name
        self.arguments = arguments
        self.expand = expand


class ListOf(Node):
    """``[a, b]``."""

    __slots__ = ("items",)

    def __init__(self, at: At, items: list[Node]) -> None:
        self.at = at
        self.items = items


class ObjectOf(Node):
    """``{ key = value }``; a bare word as key is a `Constant`."""

    __slots__ = ("items",)

    def __init__(self, at: At, items: list[tuple[Node, Node]]) -> None:
        self.at = at
        self.items = items


class For(Node):
    """A ``for`` expression; ``result_key`` is None for the list form."""

    __slots__ = (
        "collection",
        "condition",
        "group",
        "key",
        "result",
        "result_key",
        "value",
    )

    def __init__(
        self,
        at: At,
        key: str | None,
        value: str,
        collection: Node,
        result_key: Node | None,
        result: Node,
        condition: Node | None,
        *,
        group: bool,
    ) -> None:
        self.at = at
        self.key = key
        self.value = value
        self.collection = collection
        self.result_key = result_key
        self.result = result
        self.condition = condition
        self.group = group


class Broken(Node):
    """A part of the source that is not valid HCL; its value is unknown."""

    __slots__ = ("reason",)

    def __init__(self, at: At, reason: str) -> None:
        self.at = at
        self.reason = reason
