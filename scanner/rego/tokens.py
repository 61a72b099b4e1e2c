"""Rego as tokens with their lines: enough to look for idioms, not a parser."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|\#[^\n]*)
    |(?P<template>\$["`])
    |(?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<mark>:=|==|!=|<=|>=|.)""",
    re.VERBOSE | re.DOTALL,
)


class Token(Struct, frozen=True):
    """A word, a string or a mark. Lines and columns count from 1; ``glued`` says that nothing
    stands between it and the token before.
    """

    kind: str
    text: str
    line: int
    column: int
    glued: bool = False


def tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of a module, comments and white space left out."""
    return tuple(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    line, start, glued = 1, 0, False
    for match in _TOKEN.finditer(text):
        kind, found = str(match.lastgroup), match[0]
        if kind != "space":
            yield Token(kind, found, line, match.start() - start + 1, glued)
        glued = kind != "space"
        breaks = found.count("\n")
        if breaks:
            line += breaks
            start = match.start() + found.rfind("\n") + 1


def statements(found: tuple[Token, ...]) -> Iterator[tuple[Token, ...]]:
    """Yield the package line, the imports and the rules: what begins in the first column."""
    begin = depth = 0
    for index, token in enumerate(found):
        if token.kind == "mark" and token.text in "([{":
            depth += 1
        elif token.kind == "mark" and token.text in ")]}":
            depth -= 1
        elif depth == 0 and token.column == 1 and token.kind == "name" and index > begin:
            # A rule's `else`, and a body on the line after its `if`, belong to the rule above.
            continues = token.text == "else" or found[index - 1].text == "if"
            if not continues:
                yield found[begin:index]
                begin = index
    if begin < len(found):
        yield found[begin:]


def closing(found: tuple[Token, ...], index: int) -> int:
    """Return the index of the mark that closes the bracket at an index, or the last index."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    depth = 0
    for at in range(index, len(found)):
        token = found[at]
        if token.kind != "mark":
            continue
        if token.text in pairs:
            depth += 1
        elif token.text in pairs.values():
            depth -= 1
            if depth == 0:
                return at
    return len(found) - 1


def arguments(found: tuple[Token, ...], index: int) -> int:
    """Return how many arguments the call whose ``(`` is at an index has."""
    end = closing(found, index)
    if end == index + 1:
        return 0
    count, at = 1, index + 1
    while at < end:
        token = found[at]
        if token.kind == "mark" and token.text in "([{":
            at = closing(found, at)
        elif token.text == "," and token.kind == "mark":
            count += 1
        at += 1
    # A comma before the bracket ends nothing.
    return count - (found[end - 1].text == ",")
