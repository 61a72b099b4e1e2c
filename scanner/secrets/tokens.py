"""Tokens whose form tells what they are, wherever they stand.

The forms of detect-secrets' plugins are used as they are; `formats` adds those that it lacks.
A text is looked through only around a word that every token of a form contains, and the
plugins are imported when such a word is there: the import costs more than most scans.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from scanner.secrets import innocent
from scanner.secrets.detection import Match
from scanner.secrets.formats import FORMATS, Format
from scanner.secrets.randomness import looks_random

_BEFORE = 160
_WINDOW = 6000
_OVERLAP = 1200
_MOST = 200
"""Matches in one text: when it is full of tokens, more of them would say nothing new."""
_JOINED = re.compile(r"[A-Za-z0-9_]")
_SECRET_KEY = re.compile(r"(?<![A-Za-z0-9/+=_.-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_.-])")
_ARMOUR_END = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/=]{20,}")
_HEADERS = re.compile(r"\A: [^\n]{0,80}|(?m:^[ \t]*[A-Za-z-]{2,30}: [^\n]{0,200}$)")
_JWT = re.compile(r"[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]*")
_LONGEST_KEY = 20_000


def present(texts: Iterable[str]) -> tuple[Format, ...]:
    """Return the forms of which some text has a word: in most scans these are few."""
    whole = "\n".join(texts)
    return tuple(form for form in FORMATS if any(needle in whole for needle in form.needles))


def find(text: str, forms: Iterable[Format] = FORMATS) -> Iterator[Match]:
    """Yield every token of some forms in a text, the same place once."""
    seen: list[tuple[int, int]] = []
    for form in forms:
        if any(needle in text for needle in form.needles):
            for start, end in _places(text, form):
                if any(start < other[1] and other[0] < end for other in seen):
                    continue
                if len(seen) == _MOST:
                    return
                seen.append((start, end))
                yield Match(form.kind, start, end, form.severity)
                if form.kind == "AWS access key id":
                    yield from _secret_key(text, end)


def _secret_key(text: str, after: int) -> Iterator[Match]:
    """Yield the secret key that stands beside an access key id without a name of its own."""
    for found in _SECRET_KEY.finditer(text, after, after + 200):
        value = found.group()
        if looks_random(value) and not innocent.filler(value):
            kind = "AWS secret access key"
            yield Match(kind, found.start(), found.end(), FORMATS[0].severity)


def _places(text: str, form: Format) -> Iterator[tuple[int, int]]:
    check = _CHECKS.get(form.check, _as_it_is)
    done = 0
    for start, end in _candidates(text, form):
        if start < done:
            continue
        if form.bounded and not _stands_alone(text, start, end):
            continue
        refined = check(text, start, end)
        if refined is None:
            continue
        done = refined[1]
        yield refined


def _candidates(text: str, form: Format) -> Iterator[tuple[int, int]]:
    """Yield where a form's patterns match, in windows around its words: the work is linear."""
    patterns = _patterns(form)
    for low, high in _windows(text, form.needles):
        part = text[low:high]
        places: set[tuple[int, int]] = set()
        for pattern in patterns:
            for found in pattern.finditer(part):
                start, end = found.span()
                if form.group and pattern.groups and found[1]:
                    start, end = found.span(1)
                elif form.group:
                    start += found[0].find("=") + 1
                places.add((low + start, low + end))
        yield from sorted(places)


def _windows(text: str, needles: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    size = len(text)
    position = 0
    following = {needle: text.find(needle) for needle in needles}
    while True:
        for needle, place in following.items():
            if 0 <= place < position:
                following[needle] = text.find(needle, position)
        found = min((place for place in following.values() if place >= 0), default=-1)
        if found < 0:
            return
        high = min(size, found + _WINDOW)
        yield max(0, found - _BEFORE), high
        if high == size:
            return
        position = high - _OVERLAP


@lru_cache(maxsize=256)
def _patterns(form: Format) -> tuple[re.Pattern[str], ...]:
    found: list[re.Pattern[str]] = [re.compile(pattern) for pattern in form.patterns]
    if form.plugin:
        module, _, name = form.plugin.partition(".")
        plugin = getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)
        found += [p for n, p in enumerate(plugin.denylist) if form.only in (-1, n)]
    return tuple(found)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Say whether no longer word goes on around a match: then it is another thing."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if before == "n" and start > 1 and text[start - 2] == "\\":
        before = " "
    return not (_JOINED.match(before) or _JOINED.match(after))


def _as_it_is(text: str, start: int, end: int) -> tuple[int, int] | None:
    return None if innocent.filler(text[start:end]) else (start, end)


def _jwt(text: str, start: int, _: int) -> tuple[int, int] | None:
    found = _JWT.match(text, start)
    if found is None:
        return None
    parts = found.group().split(".")
    claims = _object(parts[1])
    if _object(parts[0]) is None or claims is None or len(parts[2]) < 20:
        return None
    # Supabase's anonymous key is made for browsers; John Doe is the specification's example.
    public = claims.get("role") == "anon" or claims.get("sub") == "1234567890"
    return None if public else (start, found.end())


def _object(part: str) -> dict[str, object] | None:
    try:
        made = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return made if isinstance(made, dict) else None


def _armoured(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the whole key; a header without a body is only spoken of."""
    begin = start - 5 if text.endswith("-----", 0, start) else start
    body = end + 5 if text.startswith("-----", end) else end
    closing = _ARMOUR_END.search(text, body, body + _LONGEST_KEY)
    finish = closing.start() if closing else min(len(text), body + 400)
    inner = text[body:finish].replace("\\n", "\n").replace("\\r", "")
    flat = re.sub(r"\s+|\\", "", _HEADERS.sub("", inner))
    run = _BASE64_RUN.match(flat)
    if run is None or innocent.filler(run.group()[:60]) or len(set(run.group()[:60])) < 10:
        return None
    return begin, closing.end() if closing else finish


def _encoded(text: str, start: int, _: int) -> tuple[int, int] | None:
    found = _BASE64_RUN.match(text, start)
    if found is None or found.end() - start < 120:
        return None
    return start, found.end()


def _not_sample(text: str, start: int, end: int) -> tuple[int, int] | None:
    value = text[start:end]
    return None if innocent.filler(value) or not looks_random(value) else (start, end)


_CHECKS: dict[str, Callable[[str, int, int], tuple[int, int] | None]] = {
    "jwt": _jwt,
    "armour": _armoured,
    "encoded": _encoded,
    "random": _not_sample,
}
