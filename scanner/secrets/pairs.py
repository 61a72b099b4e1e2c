"""Keys and values inside longer texts: scripts, environment files, JSON, connection strings.

A text is read only around words that a key of a secret has (``pass``, ``token``), and every
pattern is bounded, so that a text of any size costs time in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from scanner.secrets import keys

STEMS = ("pass", "pwd", "secret", "token", "key", "cred", "auth", "psk", "pw", "salt", "cookie")
_LONGEST = 2000

_KEY = r"[A-Za-z_][A-Za-z0-9_.-]{0,79}"
_ASSIGN = re.compile(
    rf"(?<![A-Za-z0-9_.$-])(?:--?)?(?P<key>{_KEY})(?P<closed>\\?[\"']\]?)?"
    r"(?P<before>[ \t]{0,8})(?P<op>=>|:=|=(?!=)|:(?![:/]))(?P<after>[ \t]{0,8})"
)
_QUOTED = re.compile(r"(?P<quote>\\?\"|\\?')(?P<value>[^\n]{0,2000}?)(?P=quote)")
_BARE = re.compile(r"[^\s\"'`;,&|<>(){}\[\]\\]{1,512}")
_REST = re.compile(r"[ \t]*(?:\Z|\r?\n|\\n|#|//|;|,|\})")
_LINE_START = re.compile(r"[ \t]*(?:- |export |set |ENV |ARG |\{ ?)?[ \t]*[\"']?\Z")
_FLAG = re.compile(
    rf"(?<![\w-])--?(?P<key>{_KEY})[ \t](?:\"(?P<a>[^\"\n]{{1,512}})\"|'(?P<b>[^'\n]{{1,512}})'"
    r"|(?P<c>[^\s\"'`;|&<>(){}$\\-][^\s\"'`;|&<>(){}]{0,512}))"
)
_NAMED = re.compile(
    rf"\\?[\"']?[Nn]ame\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?(?P<key>{_KEY})\\?[\"']?[ \t]*,?\s{{0,80}}"
    r"\\?[\"']?[Vv]alue\\?[\"']?[ \t]*[:=][ \t]*"
    r"(?:\\?\"(?P<a>[^\"\\\n]{1,2000})\\?\"|'(?P<b>[^'\n]{1,2000})'|(?P<c>[^\s\"',}{]{1,512}))"
)
_ARGUMENTS = re.compile(
    rf"\([ \t]*(?P<open>[\"'])(?P<key>{_KEY})(?P=open)[ \t]*,[ \t]*(?P<quote>[\"'])"
    r"(?P<a>[^\"'\n]{1,512})(?P=quote)[ \t]*\)"
)
_SET = re.compile(
    rf"\b(?:set|login)[ \t]+(?P<key>{_KEY})[ \t]+[\"']?"
    r"(?P<a>[^\s\"'`;|&<>(){}=$]{1,512})"
)
_ELEMENT = re.compile(rf"<(?P<key>{_KEY})>(?P<a>[^<>\n]{{1,512}})</")


class Pair(Struct, frozen=True):
    """A key and where its value stands. ``loose`` is True where nothing but its place says
    that it is a value: no quotes, and blanks around the sign.
    """

    key: str
    start: int
    end: int
    loose: bool = False


def find(text: str) -> Iterator[Pair]:
    """Yield the pairs whose key could be that of a secret."""
    lower = text.lower()
    if not any(stem in lower for stem in STEMS):
        return
    yield from _assigned(text)
    if "name" in lower and "value" in lower:
        yield from _of(_NAMED, text)
    if "-" in text:
        yield from _of(_FLAG, text)
    if "(" in text:
        yield from _of(_ARGUMENTS, text)
    if "</" in text:
        yield from _of(_ELEMENT, text)
    if "set " in lower or "login " in lower:
        yield from _of(_SET, text)


def _of(pattern: re.Pattern[str], text: str) -> Iterator[Pair]:
    for found in pattern.finditer(text):
        if keys.classify(found["key"]).grade == "none":
            continue
        group = next(name for name in ("a", "b", "c") if found.groupdict().get(name))
        yield Pair(found["key"], *found.span(group))


def _assigned(text: str) -> Iterator[Pair]:
    done = 0
    for found in _ASSIGN.finditer(text):
        if found.start() < done or keys.classify(found["key"]).grade == "none":
            continue
        place = _value(text, found)
        if place is not None:
            done = place.end
            yield place


def _value(text: str, found: re.Match[str]) -> Pair | None:
    at = found.end()
    quoted = _QUOTED.match(text, at)
    if quoted is not None:
        start, end = quoted.span("value")
        return Pair(found["key"], start, end) if end > start else None
    bare = _BARE.match(text, at)
    if bare is None or (found["closed"] and found["closed"].startswith("\\")):
        return None
    start, end = bare.span()
    after = text[end : end + 1]
    if after in ("(", "[", "{", "`") and after:
        return None  # a call, an index, a template
    op, spaced = found["op"], bool(found["before"] or found["after"])
    if op == "=" and not spaced:
        return Pair(found["key"], start, end)
    # `key: value` and `key = value` without quotes are a file's own lines; in prose and code
    # more words follow, or the key stands within a line.
    line = text.rfind("\n", max(0, found.start() - 200), found.start()) + 1
    line = max(line, found.start() - 200)
    own = _LINE_START.match(text[line : found.start()])
    if own is None or not _REST.match(text, end) or op in ("=>", ":="):
        return None
    return Pair(found["key"], start, end, loose=op == "=" or not found["after"])
