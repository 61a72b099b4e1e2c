"""GitHub's ``primaryLocationLineHash``: the key by which code scanning knows an alert again.

The hash of a line is a polynomial over the 100 UTF-16 units that follow its start, blanks left
out, modulo 2**64; equal hashes in one file are numbered. Any other value makes every upload
print a warning for every result.

The published definition rolls over the whole file. The same number falls out of the 100 units
alone, so only the lines asked for are computed, and equal lines are found as equal text.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Iterable

_WINDOW = 100
_BASE = 37
_MASK = (1 << 64) - 1


class LineHashes:
    """The hashes of one file's lines."""

    __slots__ = ("_occurrences", "_starts", "_units")

    def __init__(self, text: str) -> None:
        units = _utf16(text.replace("\r\n", "\n").replace("\r", "\n"))
        units = units.replace(" ", "").replace("\t", "")
        # The end of the file counts as one unit of 0xffff, then zeros fill the window.
        self._units = units + "\uffff" + "\0" * _WINDOW
        self._starts: list[int] = []
        self._occurrences: list[int] = []
        seen: dict[str, int] = {}
        start = 0
        for line in units.split("\n"):
            window = self._units[start : start + _WINDOW]
            seen[window] = seen.get(window, 0) + 1
            self._starts.append(start)
            self._occurrences.append(seen[window])
            start += len(line) + 1

    def of(self, line: int) -> str | None:
        """Return the hash of a line that counts from 1, or None where the file has no such."""
        if not 1 <= line <= len(self._starts):
            return None
        start = self._starts[line - 1]
        value = 0
        for unit in self._units[start : start + _WINDOW]:
            value = (value * _BASE + ord(unit)) & _MASK
        return f"{value:x}:{self._occurrences[line - 1]}"


def _utf16(text: str) -> str:
    """Return one character for each UTF-16 unit."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    encoding = "utf-16-le" if sys.byteorder == "little" else "utf-16-be"
    return "".join(map(chr, array("H", text.encode(encoding, "surrogatepass"))))


def unique(fingerprints: Iterable[str]) -> list[str]:
    """Return fingerprints of which no two are equal: the second of a kind ends in ``-2``.

    Equal ones come in the order of the report, so that the first keeps its name.
    """
    seen: Counter[str] = Counter()
    result = []
    for name in fingerprints:
        seen[name] += 1
        result.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return result
