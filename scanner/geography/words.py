"""Comparing names that people type: case, spaces and accents do not matter."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def key(text: str) -> str:
    """Return a name without case, white space and accents: ``São Paulo`` is ``saopaulo``."""
    if text.isascii():
        return "".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c) and not c.isspace())


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of some words that a misspelt word most likely means, or None."""
    from difflib import get_close_matches  # only for mistakes, and slow to load

    known = {key(candidate): candidate for candidate in words}
    name = key(word)
    # One wrong letter of three is a third of the word: EAA must still find EEA.
    cutoff = 0.66 if len(name) == 3 else 0.75
    found = get_close_matches(name, known, n=1, cutoff=cutoff)
    return known[found[0]] if found else None
