"""Source lines for people: read safely, secrets taken out, long lines cut around the column."""

from __future__ import annotations

import stat
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from scanner.model import Span
from scanner.report.clean import clean_line, encodable, width
from scanner.report.fingerprints import LineHashes
from scanner.report.redact import STAND_IN, Interval, Secrets, merged, replace
from scanner.sources.plan.claims import is_plan

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes; a larger file has no excerpts."""
_KEPT = 64 * 1024 * 1024
_TAB = "    "
_HEAD = 65_536


class Line(Struct, frozen=True):
    """A source line without its secrets. ``intervals`` say where the written one differs."""

    text: str
    length: int
    intervals: tuple[Interval, ...] = ()

    def index(self, column: int) -> int:
        """Return where a written column (from 1) stands in ``text`` (from 0)."""
        position = min(max(column - 1, 0), self.length)
        moved = 0
        for start, end, stand_in in self.intervals:
            if position < end:
                # Inside a secret: its beginning. Behind one: all that it grew or shrank by.
                return min(position, start) + moved
            moved += len(stand_in) - (end - start)
        return position + moved


class Excerpt(Struct, frozen=True):
    """One line ready to print, with where to mark it, both in terminal columns."""

    text: str
    offset: int
    length: int


class _File:
    __slots__ = ("hashes", "lines", "ready", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        # A byte order mark counts in GitHub's hash of the line and in nobody's columns.
        self.lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
        self.ready: dict[int, Line] = {}
        self.hashes: LineHashes | None = None


class Sources:
    """The scanned files, read when an excerpt is wanted, each once while memory lasts."""

    def __init__(self, root: Path, secrets: Secrets | None = None) -> None:
        self._root = root
        self._secrets = secrets or Secrets()
        self._files: dict[str, _File | None] = {}
        self._held = 0

    def line(self, file: str, number: int) -> Line | None:
        """Return a line that counts from 1, or None where the file or the line is not there."""
        source = self._file(file)
        if source is None or not 1 <= number <= len(source.lines):
            return None
        ready = source.ready.get(number)
        if ready is None:
            raw = source.lines[number - 1]
            found = [*self._secrets.find(raw), *self._written(file, number, raw)]
            intervals = tuple(merged(found))
            ready = Line(replace(raw, intervals) if intervals else raw, len(raw), intervals)
            source.ready[number] = ready
        return ready

    def count(self, file: str) -> int:
        """Return how many lines a file has, 0 where it cannot be read."""
        source = self._file(file)
        return len(source.lines) if source else 0

    def length(self, file: str, number: int) -> int:
        """Return how many characters a written line has."""
        line = self.line(file, number)
        return line.length if line else 0

    def hash(self, file: str, number: int) -> str | None:
        """Return GitHub's hash of a line, or None where the file cannot be read."""
        source = self._file(file)
        if source is None:
            return None
        if source.hashes is None:
            source.hashes = LineHashes(source.text)
        return source.hashes.of(number)

    def snippet(self, span: Span, most: int = 2000) -> str | None:
        """Return the text of a span without secrets, cut off after ``most`` characters."""
        lines = []
        for number in range(span.line, min(span.end_line, span.line + 50) + 1):
            line = self.line(span.file, number)
            if line is None:
                break
            start = line.index(span.column) if number == span.line else 0
            end = line.index(span.end_column) if number == span.end_line else len(line.text)
            if number == span.end_line and _within(line, span.end_column):
                end = len(line.text)
            lines.append(line.text[start:end])
        return encodable("\n".join(lines)[:most]) if lines else None

    def excerpt(self, span: Span, columns: int) -> Excerpt | None:
        """Return the first line of a span, no wider than ``columns``, and what to mark."""
        line = self.line(span.file, span.line)
        if line is None:
            return None
        text = line.text.rstrip()
        start = min(line.index(span.column), len(text))
        end = line.index(span.end_column) if span.end_line == span.line else len(text)
        if span.end_line == span.line and _within(line, span.end_column):
            end = len(text)
        return _cut(text, start, max(end, start + 1), columns)

    def _written(self, file: str, number: int, raw: str) -> Iterator[Interval]:
        """Yield what to hide where a secret itself is written, whatever its spelling there."""
        for span, pieces in self._secrets.written.get(file, ()):
            if not span.line <= number <= span.end_line:
                continue
            start = span.column - 1 if number == span.line else 0
            end = min(span.end_column - 1, len(raw)) if number == span.end_line else len(raw)
            # A heredoc that loses its indentation moves columns: then anywhere in the line.
            found = [(at, p) for p in pieces if (at := raw.find(p, start, end)) >= 0] or [
                (at, p) for p in pieces if (at := raw.find(p)) >= 0
            ]
            for at, piece in found:
                yield at, at + len(piece), STAND_IN
            if found:
                continue
            while start < end and raw[start] in " \t\"'":
                start += 1
            while end > start and raw[end - 1] in " \t\"'\r":
                end -= 1
            if start < end:
                yield start, end, STAND_IN

    def _file(self, file: str) -> _File | None:
        if file not in self._files:
            text = _read(self._root / file)
            if self._held > _KEPT:
                self._files.clear()
                self._held = 0
            self._held += len(text or "")
            self._files[file] = None if text is None else _File(text)
        return self._files[file]


def _within(line: Line, column: int) -> bool:
    """Say whether a column lies inside a hidden secret, where no end can be shown."""
    position = column - 1
    at = bisect_right([start for start, _, _ in line.intervals], position) - 1
    return at >= 0 and line.intervals[at][0] < position < line.intervals[at][1]


def _read(path: Path) -> str | None:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_FILE:
            return None
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE).decode("utf-8", "replace")
        # A plan is one long line, or the neighbours of a resource are: sensitive values of
        # others, which Terraform does not show either.
        return None if is_plan(text[:_HEAD]) else text
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        return None


def _cut(text: str, start: int, end: int, columns: int) -> Excerpt:
    """Return the part of a line around what is marked, tabs written as blanks."""
    text = clean_line(text)  # character for character, so that columns stay
    first = 0
    if end > columns or width(text[:end]) + 3 * text.count("\t", 0, end) > columns:
        first = max(0, start - columns // 4)
    before = "…" if first else ""
    shown: list[str] = []
    used = len(before)
    offset, marked = used, 0
    for position in range(first, len(text)):
        character = _TAB if text[position] == "\t" else text[position]
        size = width(character)
        if used + size > columns - 1 and position < len(text) - 1:
            shown.append("…")
            break
        shown.append(character)
        used += size
        if position < start:
            offset += size
        elif position < end:
            marked += size
    return Excerpt(before + "".join(shown), offset, max(marked, 1))
