"""Which lines a line is the header of: by braces in HCL, by indentation in YAML.

Each file is passed once, so that a hostile one costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_TEMPLATE = re.compile(r'\\.|\$\$\{|%%\{|[$%]\{|["{}]')
_COMMENT = re.compile(r"/\*.*?\*/|(?:#|//).*")
_HEREDOC = re.compile(r"<<-?\s*([A-Za-z_][\w-]*)\s*$")
_BRACKET = re.compile(r"[][{}()]")
_BRACES = (".tf", ".tofu", ".hcl", ".tfvars")
_INDENTED = (".yaml", ".yml", ".tpl")
_SCALAR = re.compile(r":\s+[|>][-+0-9]{0,3}\Z")
_OBJECT = re.compile(r"(?:apiVersion|kind):|---(?:\s|\Z)")
_WIDEST = 4000

Blocks = Mapping[int, tuple[int, int]]
"""The first and the last line of the block that a line is the header of, counted from 1."""


def blocks(lines: list[str], file: str) -> Blocks:
    """Return the blocks of a file by header line; a line that heads none is not in it."""
    name = file.casefold()
    lines = [line[:_WIDEST] for line in lines]
    if name.endswith(_BRACES):
        return _braces(lines)
    if name.endswith(_INDENTED):
        return _indented(lines)
    return {}


def _braces(lines: list[str]) -> Blocks:
    found: dict[int, tuple[int, int]] = {}
    stack: list[int] = []
    heredoc, began, comment = "", 0, False
    for number, line in enumerate(lines, 1):
        if heredoc:
            if line.strip() == heredoc:
                heredoc = ""
                found[began] = (began, number)
            continue
        if comment:
            _, closed, line = line.partition("*/")
            if not closed:
                continue
        line = _COMMENT.sub("", _without_strings(line))
        line, opened, _ = line.partition("/*")
        comment = bool(opened)
        document = _HEREDOC.search(line)
        if document:
            heredoc, began = document[1], number
        for bracket in _BRACKET.findall(line):
            if bracket in "{[(":
                stack.append(number)
            elif stack:
                header = stack.pop()
                found[header] = (header, number)
    return found


def _without_strings(line: str) -> str:
    """Return a line of HCL without its strings; one may hold ``${...}`` that holds others."""
    if "${" not in line and "%{" not in line:
        return _STRING.sub("", line)
    kept: list[str] = []
    around: list[str] = []  # what stands open here: a string, a template in it, a brace in that
    start = 0
    for found in _TEMPLATE.finditer(line):
        mark, inside = found[0], around[-1] if around else ""
        if inside == '"':
            if mark == '"':
                around.pop()
                start = start if around else found.end()
            elif mark in ("${", "%{"):
                around.append(mark)
        elif mark == '"':
            if not around:
                kept.append(line[start : found.start()])
            around.append(mark)
        elif around and mark == "}":
            around.pop()
        elif around and mark == "{":
            around.append(mark)
    return "".join(kept) + ("" if around else line[start:])


def _indented(lines: list[str]) -> Blocks:
    found: dict[int, tuple[int, int]] = {}
    stack: list[tuple[int, int, bool]] = []
    objects: list[int] = []
    last = start = 1
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith(("---", "#", "{{")):
            if line.startswith("---"):
                found.update((header, (start, number - 1)) for header in objects)
                start, objects = number, [number]
            continue
        depth = len(line) - len(line.lstrip(" "))
        while stack and not _inside(stack[-1], depth, text):
            _, header, _ = stack.pop()
            found[header] = (header, last)
        last = number
        if depth == 0 and _OBJECT.match(text):
            objects.append(number)
        if _heads(text):
            # Beside `list:` its items may stand at the same depth; below `- a:` all is deeper.
            stack.append((depth, number, not text.startswith("-")))
    found.update((header, (header, last)) for _, header, _ in stack)
    found.update((header, (start, len(lines))) for header in objects)
    return found


def _inside(header: tuple[int, int, bool], depth: int, text: str) -> bool:
    own, _, beside = header
    return depth > own or (depth == own and beside and text.startswith("- "))


def _heads(text: str) -> bool:
    """Say whether something deeper may belong to a line of YAML."""
    text = text.partition(" #")[0].rstrip()
    return text.endswith(":") or text.startswith("- ") or _SCALAR.search(text) is not None
