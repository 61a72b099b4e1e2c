"""Reads expressions: the parser's nodes into the expression tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.sources.terraform import tree
from scanner.sources.terraform.templates import heredoc_parts, quoted_parts, unescape
from scanner.sources.terraform.tree import at_of
from scanner.sources.terraform.values import EvaluationError, Undecided, parse_number

if TYPE_CHECKING:
    from collections.abc import Callable

    import tree_sitter

    from scanner.sources.terraform.hcl import File

MAX_DEPTH = 400
"""How deep an expression may nest before it is refused by name."""


_SKIP = frozenset({"comment", "(", ")", ",", "=", ":", "=>", "?", "strip_marker"})

_ACCESSES = frozenset({"get_attr", "index", "splat"})


class Reader:
    """Converts parser nodes to expression nodes."""

    __slots__ = ("file",)

    def __init__(self, file: File) -> None:
        self.file = file

    def expression(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        """Convert an ``expression`` node, or any node that stands for a value."""
        if depth > MAX_DEPTH:
            return self.refused(at_of(node), "nested")
        if node.type != "expression":
            return self.term(node, depth)
        children = node.children
        if len(children) == 1:
            # Nearly every expression; `term` written out, for this is a fifth of a small scan.
            only = children[0]
            convert = _TERMS.get(only.type)
            if convert is not None:
                return convert(self, only, depth + 1)
        return self.postfix([c for c in children if c.type not in _SKIP], depth, node)

    def refused(self, at: tree.At, what: str) -> tree.Broken:
        """Return what stands for an expression that is not read, and note it for the report."""
        reason = f"{what} deeper than {MAX_DEPTH} levels"
        self.file.limits.setdefault(at[0], reason)
        return tree.Broken(at, reason)

    def postfix(
        self, children: list[tree_sitter.Node], depth: int, whole: tree_sitter.Node
    ) -> tree.Node:
        """Convert a value followed by ``.name``, ``[key]`` and splats."""
        if not children:
            return tree.Broken(at_of(whole), "nothing where a value should stand")
        of = self.term(children[0], depth + 1)
        return self.steps(of, children[1:], depth + 1) if len(children) > 1 else of

    def steps(self, of: tree.Node, nodes: list[tree_sitter.Node], depth: int) -> tree.Node:
        """Convert the accesses behind a value; what follows ``[*]`` reads each element."""
        if depth > MAX_DEPTH or len(nodes) > MAX_DEPTH:
            return self.refused(of.at, "a traversal")
        for position, node in enumerate(nodes):
            inner = node.children[0] if node.type == "splat" else node
            if inner.type == "full_splat":
                accesses = [c for c in inner.children if c.type in _ACCESSES]
                rest = nodes[position + 1 :]
                each = self.steps(tree.Item(at_of(inner)), accesses + rest, depth + 1)
                end = (rest[-1] if rest else inner).end_point
                return tree.Splat((of.at[0], of.at[1], end[0], end[1]), of, each)
            of = self.step(of, node, depth)
        return of

    def step(self, of: tree.Node, node: tree_sitter.Node, depth: int) -> tree.Node:
        """Convert one access behind a value."""
        end = node.end_point
        at = (of.at[0], of.at[1], end[0], end[1])
        kind = node.type
        if kind == "get_attr":
            return tree.Attr(at, of, self.file.text_of(node.children[-1]))
        if kind == "index":
            return self.step(of, node.children[0], depth)
        if kind == "new_index":
            inner = [c for c in node.children if c.type == "expression"]
            if not inner:
                return tree.Broken(at, "an index without a key")
            return tree.Index(at, of, self.expression(inner[0], depth + 1))
        if kind == "legacy_index":
            digits = self.file.text_of(node).lstrip(".")
            short = digits.isascii() and digits.isdigit() and len(digits) < 20
            key = tree.Constant(at_of(node), int(digits) if short else digits)
            return tree.Index(at, of, key)
        if kind == "splat":
            return self.step(of, node.children[0], depth)
        if kind == "attr_splat":
            each: tree.Node = tree.Item(at_of(node))
            accesses = [c for c in node.children if c.type in _ACCESSES]
            if len(accesses) > MAX_DEPTH:
                return self.refused(at, "a traversal")
            for position, child in enumerate(accesses):
                # `a.*.b[0]` indexes the result, `a.*.b.0` each element.
                if child.type != "get_attr" and child.children[0].type != "legacy_index":
                    return self.steps(tree.Splat(at, of, each), accesses[position:], depth + 1)
                each = self.step(each, child, depth + 1)
            return tree.Splat(at, of, each)
        return tree.Broken(at_of(node), "not valid HCL")

    def term(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        """Convert a value without accesses behind it."""
        if depth > MAX_DEPTH:
            return self.refused(at_of(node), "nested")
        convert = _TERMS.get(node.type)
        if convert is None:
            return tree.Broken(at_of(node), "not valid HCL")
        return convert(self, node, depth)

    def wrapped(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        children = node.children
        if len(children) != 1:
            children = [c for c in children if c.type not in _SKIP]
            if len(children) != 1:
                return self.postfix(children, depth, node)
        only = children[0]
        convert = _TERMS.get(only.type)
        return convert(self, only, depth + 1) if convert else self.expression(only, depth + 1)

    def number(self, node: tree_sitter.Node, _: int) -> tree.Node:
        text = self.file.text_of(node)
        try:
            return tree.Constant(at_of(node), parse_number(text))
        except EvaluationError as error:
            if isinstance(error, Undecided):
                self.file.limits.setdefault(node.start_point[0], str(error))
            return tree.Broken(at_of(node), str(error))

    def boolean(self, node: tree_sitter.Node, _: int) -> tree.Node:
        return tree.Constant(at_of(node), self.file.text_of(node) == "true")

    def null(self, node: tree_sitter.Node, _: int) -> tree.Node:
        return tree.Constant(at_of(node), None)

    def string(self, node: tree_sitter.Node, _: int) -> tree.Node:
        text = self.file.text[node.start_byte + 1 : node.end_byte - 1].decode("utf-8", "replace")
        return tree.Constant(at_of(node), unescape(text))

    def name(self, node: tree_sitter.Node, _: int) -> tree.Node:
        return tree.Name(at_of(node), self.file.text_of(node))

    def conditional(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        parts = [c for c in node.children if c.type == "expression"]
        if len(parts) != 3:
            return tree.Broken(at_of(node), "an incomplete conditional")
        first, second, third = (self.expression(part, depth + 1) for part in parts)
        return tree.Conditional(at_of(node), first, second, third)

    def unary(self, node: tree_sitter.Node, depth: int) -> tree.Node:
        children = [c for c in node.children if c.type not in _SKIP]
        operand = self.postfix(children[1:], depth + 1, node)
        return tree.Unary(at_of(node), self.file.text_of(children[0]), operand)

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
                name = self.file.text_of(child)
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
            elif (
                isinstance(key, tree.Constant)
                and key.value is None
                and self.file.text_of(parts[0]) == "null"
            ):
                key = tree.Constant(key.at, "null")
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
                        names.append(self.file.text_of(part))
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

_TERMS: dict[str, Callable[[Reader, tree_sitter.Node, int], tree.Node]] = {
    "expression": Reader.expression,
    "literal_value": Reader.wrapped,
    "template_expr": Reader.wrapped,
    "collection_value": Reader.wrapped,
    "for_expr": Reader.wrapped,
    "operation": Reader.wrapped,
    "variable_expr": Reader.name,
    "identifier": Reader.name,
    "numeric_lit": Reader.number,
    "bool_lit": Reader.boolean,
    "null_lit": Reader.null,
    "string_lit": Reader.string,
    "quoted_template": Reader.quoted,
    "heredoc_template": Reader.heredoc,
    "conditional": Reader.conditional,
    "unary_operation": Reader.unary,
    "binary_operation": Reader.binary,
    "function_call": Reader.call,
    "tuple": Reader.list,
    "object": Reader.object,
    "for_tuple_expr": Reader.for_,
    "for_object_expr": Reader.for_,
}
