"""Strings with interpolations: quoted templates and heredocs, as HCL's template language says.

The parser's own literal nodes lose white space, so literal text is cut from the source between
the interpolations; trim markers and ``<<-`` are applied the way HCL's own parser does it: on
tokens, of which a heredoc has one per line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from scanner.sources.terraform import tree
from scanner.sources.terraform.tree import at_of
from scanner.sources.terraform.values import composed

if TYPE_CHECKING:
    import tree_sitter

    from scanner.sources.terraform.reader import Reader

MAX_DEPTH = 200
"""How deep directives may stand in each other."""

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))|([$%])\4\{", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_DOUBLED = re.compile(r"([$%])\1\{")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


def unescape(text: str) -> str:
    """Return the value of a quoted literal's text."""
    if "\\" not in text and "{" not in text:
        return composed(text)

    def one(match: re.Match[str]) -> str:
        short, long, simple, doubled = match.groups()
        if doubled:
            return doubled + "{"
        if simple is not None:
            return _SIMPLE.get(simple, match.group())
        code = int(short or long, 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"

    return composed(_ESCAPE.sub(one, text))


class _Token(Struct):
    """A piece of a template: literal text, or the parser node of what stands between."""

    text: str
    node: tree_sitter.Node | None = None


def quoted_parts(reader: Reader, node: tree_sitter.Node, depth: int) -> tree.Node:
    """Convert a ``quoted_template`` node."""
    at = at_of(node)
    tokens = _tokens(reader, node, node.start_byte + 1, node.end_byte - 1, lines=False)
    _trim(tokens)
    for token in tokens:
        if token.node is None:
            token.text = unescape(token.text)
    return _template(reader, at, tokens, depth, heredoc=False)


def heredoc_parts(reader: Reader, node: tree_sitter.Node, depth: int) -> tree.Node:
    """Convert a ``heredoc_template`` node, indentation of ``<<-`` removed."""
    at = at_of(node)
    text = reader.file.text
    start = text.find(b"\n", node.start_byte) + 1
    names = [c for c in node.children if c.type == "heredoc_identifier"]
    end = text.rfind(b"\n", start - 1, names[-1].start_byte) + 1 if len(names) > 1 else start
    tokens = _tokens(reader, node, start, max(start, end), lines=True)
    _trim(tokens)
    if text[node.start_byte : node.start_byte + 3] == b"<<-":
        _flush(tokens)
    for token in tokens:
        if token.node is None:
            token.text = composed(_DOUBLED.sub(r"\1{", token.text))
    return _template(reader, at, tokens, depth, heredoc=True)


_MARKS = frozenset(
    {
        "template_interpolation",
        "template_if_intro",
        "template_else_intro",
        "template_if_end",
        "template_for_start",
        "template_for_end",
    }
)


def _tokens(
    reader: Reader, node: tree_sitter.Node, start: int, end: int, *, lines: bool
) -> list[_Token]:
    marks: list[tree_sitter.Node] = []
    stack = list(reversed(node.children))
    while stack:
        child = stack.pop()
        if child.type in _MARKS:
            marks.append(child)
        elif child.type.startswith("template_") and child.type != "template_literal":
            stack.extend(reversed(child.children))
    tokens: list[_Token] = []
    position = start
    text = reader.file.text
    for mark in marks:
        if mark.start_byte > start and text[mark.start_byte - 1] == text[mark.start_byte]:
            continue  # `$$${` is a dollar sign and an escaped `${`
        _literal(reader, tokens, position, mark.start_byte, lines=lines)
        tokens.append(_Token("", mark))
        position = mark.end_byte
    _literal(reader, tokens, position, end, lines=lines)
    return tokens


def _literal(reader: Reader, tokens: list[_Token], start: int, end: int, *, lines: bool) -> None:
    if end <= start:
        return
    text = reader.file.text[start:end].decode("utf-8", "replace")
    if lines:
        tokens.extend(_Token(line) for line in _LINES.findall(text))
    else:
        tokens.append(_Token(text))


def _trim(tokens: list[_Token]) -> None:
    for index, token in enumerate(tokens):
        if token.node is None:
            continue
        children = token.node.children
        if len(children) < 3:
            continue
        if children[1].type == "strip_marker" and index and tokens[index - 1].node is None:
            tokens[index - 1].text = tokens[index - 1].text.rstrip()
        if (
            children[-2].type == "strip_marker"
            and index + 1 < len(tokens)
            and tokens[index + 1].node is None
        ):
            tokens[index + 1].text = tokens[index + 1].text.lstrip()


def _flush(tokens: list[_Token]) -> None:
    least: int | None = None
    adjust: list[_Token] = []
    newline = True
    for token in tokens:
        if newline:
            newline = False
            if token.node is not None:
                least = 0
            else:
                trimmed = token.text.lstrip()
                if trimmed or not token.text.endswith("\n"):
                    spaces = len(token.text) - len(trimmed)
                    least = spaces if least is None else min(least, spaces)
                    adjust.append(token)
        if token.node is None and token.text.endswith("\n"):
            newline = True
    for token in adjust:
        token.text = token.text[least or 0 :]


def _template(
    reader: Reader, at: tree.At, tokens: list[_Token], depth: int, *, heredoc: bool
) -> tree.Node:
    parts, _ = _nest(reader, tokens, 0, depth)
    if not parts:
        return tree.Constant(at, "")
    if all(isinstance(part, str) for part in parts):
        return tree.Constant(at, "".join(parts))
    if len(parts) == 1 and not heredoc and not isinstance(parts[0], tree.If | tree.Loop):
        # "${x}" is x itself, whatever its type.
        parts[0].at = at
        inner: tree.Node = parts[0]
        return inner
    return tree.Template(at, parts, heredoc=heredoc)


def _nest(reader: Reader, tokens: list[_Token], index: int, depth: int) -> tuple[list[Any], int]:
    """Return the parts up to the end of the open directive, and where that stands."""
    parts: list[Any] = []
    if depth > MAX_DEPTH:
        token = tokens[min(index, len(tokens) - 1)]
        at = at_of(token.node) if token.node is not None else (0, 0, 0, 0)
        return [reader.refused(at, "nested")], len(tokens)
    while index < len(tokens):
        token = tokens[index]
        node = token.node
        if node is None:
            if token.text:
                parts.append(token.text)
            index += 1
            continue
        kind = node.type
        if kind == "template_interpolation":
            inner = [c for c in node.children if c.type == "expression"]
            parts.append(
                reader.expression(inner[0], depth + 1)
                if inner
                else tree.Broken(at_of(node), "an empty interpolation")
            )
            index += 1
        elif kind == "template_if_intro":
            condition = _inner(reader, node, depth)
            yes, index = _nest(reader, tokens, index + 1, depth + 1)
            no: list[Any] = []
            if index < len(tokens) and _kind(tokens[index]) == "template_else_intro":
                no, index = _nest(reader, tokens, index + 1, depth + 1)
            index += 1
            parts.append(tree.If(at_of(node), condition, yes, no))
        elif kind == "template_for_start":
            names = [reader.file.text_of(c) for c in node.children if c.type == "identifier"]
            collection = _inner(reader, node, depth)
            body, index = _nest(reader, tokens, index + 1, depth + 1)
            index += 1
            key = names[0] if len(names) > 1 else None
            parts.append(tree.Loop(at_of(node), key, names[-1] if names else "_", collection, body))
        else:  # an else or an end: the caller's
            return parts, index
    return parts, index


def _kind(token: _Token) -> str:
    return token.node.type if token.node is not None else ""


def _inner(reader: Reader, node: tree_sitter.Node, depth: int) -> tree.Node:
    inner = [c for c in node.children if c.type == "expression"]
    if not inner:
        return tree.Broken(at_of(node), "a directive without an expression")
    return reader.expression(inner[0], depth + 1)
