"""Keep secrets out of every output: the values that findings know of, wherever they appear.

A value is *distinctive* when it could hardly stand somewhere by chance; it is replaced
everywhere. A plain word (a password ``postgres``) is replaced where it stands alone, so that
`aws_db_instance.postgres` stays readable; one of under four characters only at its own place.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from scanner.model import Span, WrittenString

if TYPE_CHECKING:
    from scanner.finding import Finding, Report

_WORD = re.compile(r"[a-z]+([_ -][a-z]+)*\Z")
_ARMOUR = re.compile(r"-----[A-Z ]+-----\Z")
_JOINED = frozenset("_.-/")
_SHORTEST = 4
_BLOCK = 3
_KNOWN_TEXTS = 20_000
_ENCODED = 8
"""Shorter values encode to text that stands elsewhere by chance."""

Interval = tuple[int, int, str]
"""Where a text is replaced (from, up to) and by what."""


STAND_IN = "[redacted]"
"""What stands for a value. It shows nothing of it, neither its beginning nor its length."""


def is_secret(finding: Finding) -> bool:
    """Say whether a finding's string is a secret: not in our rules about other matters."""
    if not isinstance(finding.problem.subject, WrittenString):
        return False
    rule = finding.rule
    return bool(
        rule.id.startswith("DOM3") or not rule.id.startswith("DOM") or "secrets" in rule.tags
    )


def _encoded(strings: Iterable[WrittenString], secrets: Iterable[WrittenString]) -> Iterator[str]:
    """Yield the base64 of every secret, and of every text that one stands in: what
    ``base64encode(…)`` makes of a script with a password in it.
    """
    by_file: dict[str, list[WrittenString]] = {}
    for secret in secrets:
        by_file.setdefault(secret.span.file, []).append(secret)
        if len(secret.value) >= _ENCODED:
            yield _base64(secret.value)
    for string in strings:
        if string.static and any(
            string.span.line <= secret.span.line <= string.span.end_line
            and secret.value in string.value
            for secret in by_file.get(string.span.file, ())
        ):
            yield _base64(string.value)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode()


class Secrets:
    """The values to hide, found in any text in one pass."""

    __slots__ = ("_by_start", "_declared", "_known", "_shift", "_shortest", "values", "written")

    def __init__(
        self,
        values: Iterable[str] = (),
        written: Iterable[WrittenString] = (),
        declared: Sequence[str] = (),
    ) -> None:
        """``declared`` are texts that the source itself calls sensitive: they are replaced
        inside other words too, unless they are short or a single plain word.
        """
        declared = [piece for text in declared for piece in _pieces(text)]
        self._declared = frozenset(
            text for text in declared if len(text) >= _ENCODED and not text.isalpha()
        )
        self.written: dict[str, list[tuple[Span, tuple[str, ...]]]] = {}
        every = {*values, *declared, *map(_base64, self._declared)}
        for string in written:
            pieces = _pieces(string.value)
            self.written.setdefault(string.span.file, []).append((string.span, pieces))
            every.update(pieces)
            if string.form == "secret":
                every.add(_base64(string.value))
        self.values = frozenset(value for value in every if len(value) >= _SHORTEST)
        self._known: dict[tuple[str, bool], str] = {}
        self._prepare()

    @classmethod
    def of_report(cls, report: Report) -> Secrets:
        """Return all that a report must not show: what its findings are about, settled ones
        too, and the contents of every Kubernetes Secret, whether a rule looked at it or not.
        """
        found = [
            finding.problem.subject
            for finding in report.findings
            if isinstance(finding.problem.subject, WrittenString) and is_secret(finding)
        ]
        if not any("secrets" in rule.tags for rule in report.rules):
            # No rule was asked: an inventory, or a selection. A secret is one all the same.
            from scanner.secrets import detect

            found += [detection.secret for detection in detect(report.graph.strings)]
        stored = [string for string in report.graph.strings if string.form == "secret"]
        written = dict.fromkeys((*found, *stored))
        encoded = _encoded(report.graph.strings, written)
        return cls(encoded, written, report.graph.sensitive)

    def hide(self, text: str, *, names: bool = False) -> str:
        """Return the text without secrets. In ``names`` (ids, addresses, files) a plain word
        stays even where it stands alone: it is the name, whatever else it is.
        """
        if len(text) < self._shortest:
            return text
        key = (text, names)
        known = self._known.get(key)
        if known is None:
            intervals = list(self.find(text, names=names))
            known = replace(text, intervals) if intervals else text
            if len(self._known) >= _KNOWN_TEXTS:
                self._known.clear()
            self._known[key] = known
        return known

    def find(self, text: str, *, names: bool = False) -> Iterator[Interval]:
        """Yield where secrets stand in a text, the longest of those that start together.

        A search that looks at the last block of the shortest value and skips as far as no
        value can reach (Wu and Manber): thousands of values cost about as much as one.
        """
        shift, default = self._shift, self._shortest - _BLOCK + 1
        back = self._shortest - _BLOCK
        position = back
        last = len(text) - _BLOCK
        while position <= last:
            step = shift.get(text[position : position + _BLOCK], default)
            if step:
                position += step
                continue
            start = position - back
            for value in self._by_start.get(text[start : start + self._shortest], ()):
                if not text.startswith(value, start):
                    continue
                declared = not names and value in self._declared
                if declared or _stands(text, start, value, names):
                    yield start, start + len(value), STAND_IN
                    break
            position += 1

    def _prepare(self) -> None:
        self._shortest = min(map(len, self.values), default=1 << 60)
        self._shift: dict[str, int] = {}
        self._by_start: dict[str, list[str]] = {}
        back = self._shortest - _BLOCK
        for value in sorted(self.values, key=lambda value: (-len(value), value)):
            self._by_start.setdefault(value[: self._shortest], []).append(value)
            for offset in range(back + 1):
                block = value[offset : offset + _BLOCK]
                self._shift[block] = min(self._shift.get(block, back - offset), back - offset)


def _pieces(value: str) -> tuple[str, ...]:
    """Return the value, and each of its lines: a source shows them one by one."""
    if "\n" not in value:
        return (value,) if value else ()
    lines = (line.strip() for line in value.split("\n"))
    return (value, *(line for line in lines if len(line) >= 8 and not _ARMOUR.match(line)))


def _distinctive(value: str) -> bool:
    return len(value) >= 20 or (len(value) >= 8 and not _WORD.match(value))


def _stands(text: str, start: int, value: str, names: bool) -> bool:
    if _distinctive(value):
        return True
    if names:
        return False
    before = text[start - 1] if start else " "
    end = start + len(value)
    after = text[end] if end < len(text) else " "
    return not (
        before.isalnum() or before in _JOINED or after.isalnum() or after in _JOINED - {"."}
    )


def replace(text: str, intervals: Iterable[Interval]) -> str:
    """Return the text with intervals replaced; of those that overlap, one for all."""
    parts, position = [], 0
    for start, end, stand_in in merged(intervals):
        parts += [text[position:start], stand_in]
        position = end
    return "".join([*parts, text[position:]])


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the intervals in order, those that overlap made one."""
    result: list[Interval] = []
    for start, end, stand_in in sorted(intervals):
        if result and start < result[-1][1]:
            first = result[-1]
            same = stand_in if (start, end) == first[:2] else STAND_IN
            result[-1] = (first[0], max(first[1], end), same if end > first[1] else first[2])
        else:
            result.append((start, end, stand_in))
    return result
