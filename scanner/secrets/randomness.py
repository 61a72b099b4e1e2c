"""Whether a value looks drawn at random: what no person would choose as a name."""

from __future__ import annotations

import math
import re
from collections import Counter

from scanner.secrets import innocent

_SHORTEST, _LONGEST = 16, 4096
_CHARACTERS = re.compile(r"[A-Za-z0-9+/=_.~!@#$%^&*-]+\Z")
_HEXADECIMAL = re.compile(r"[0-9a-f]+\Z|[0-9A-F]+\Z")
_CHANGE = re.compile(r"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])|(?<=[a-z])(?=[A-Z])")
_LETTER_RUN = re.compile(r"[A-Za-z]?[a-z]{4,}|[A-Z]{5,}")


def entropy(text: str) -> float:
    """Return the Shannon entropy of the characters, in bits."""
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values())


def looks_random(value: str) -> bool:
    """Say whether a value is long, mixed and has no words in it."""
    size = len(value)
    if not _SHORTEST <= size <= _LONGEST or not _CHARACTERS.match(value):
        return False
    digits = sum(c.isdigit() for c in value)
    letters = sum(c.isalpha() for c in value)
    if not digits or letters < 3 or innocent.name(value):
        return False
    # A sample of n random characters cannot have more than log2(n) bits: the bound grows with n.
    limit = 4.0 if _HEXADECIMAL.match(value) else 5.0 if value.islower() else 5.6
    if entropy(value) < 0.78 * min(math.log2(size), limit):
        return False
    in_words = sum(map(len, _LETTER_RUN.findall(value)))
    changes = len(_CHANGE.findall(value))
    return in_words <= size / 2 and changes >= size / 8
