"""Functions that read files, only inside the scanned tree, and path functions.

They take the folder of the module that calls them and the boundary that no path may leave.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from scanner.model import Unknown
from scanner.sources.terraform.absolute import absolute
from scanner.sources.terraform.sets import as_set
from scanner.sources.terraform.values import EvaluationError, Undecided, to_string

MAX_READ = 2_000_000
"""The largest file that ``file()`` reads."""


MAX_ALTERNATIVES = 256
"""The most patterns that the braces of one glob may stand for."""


class Folder:
    """The files that one module may read."""

    __slots__ = ("boundary", "largest", "name", "path")

    def __init__(
        self, path: Path, boundary: Path, name: str = ".", largest: int = MAX_READ
    ) -> None:
        self.name = name
        """The path from the top of the tree."""
        self.path = path
        self.boundary = boundary
        self.largest = largest

    def resolve(self, text: Any) -> Path:
        """Return the path that an expression names. Raises EvaluationError outside the tree."""
        name = to_string(text)
        if "\0" in name or len(name) > 4_000:
            raise EvaluationError("not a path")
        try:
            path = (self.path / name).resolve()
            path.relative_to(self.boundary)
        except (ValueError, OSError, RuntimeError):
            # Terraform may well find it there: `try` must not go on as if it did not.
            raise Undecided(f"{name[:80]!r} lies outside the scanned tree") from None
        return path

    def read(self, text: Any) -> bytes:
        """Return a file's bytes. Raises EvaluationError."""
        path = self.resolve(text)
        try:
            if not path.is_file():
                raise EvaluationError(f"file {to_string(text)[:80]!r} does not exist")
            if path.stat().st_size > self.largest:
                raise Undecided(f"file {to_string(text)[:80]!r} is too large")
            return path.read_bytes()
        except OSError as error:
            raise EvaluationError(f"file cannot be read: {error.strerror}") from None


def _text(folder: Folder, name: Any) -> str:
    try:
        return folder.read(name).decode("utf-8")
    except UnicodeDecodeError:
        raise EvaluationError("the file is not UTF-8 text") from None


def _exists(folder: Folder, name: Any) -> bool:
    path = folder.resolve(name)
    if path.is_dir():
        raise EvaluationError("a folder is no file")
    return path.is_file()


def _fileset(folder: Folder, start: Any, pattern: Any) -> Any:
    base, wanted = folder.resolve(start), posixpath.normpath(to_string(pattern).lstrip("/"))
    if wanted.split("/")[0] == "..":
        raise Undecided("the pattern leaves the folder")
    patterns = _alternatives(wanted)
    found: list[str] = []
    for count, path in enumerate(base.rglob("*") if base.is_dir() else (), 1):
        if count > 50_000:
            raise Undecided("the folder holds too many files")
        name = path.relative_to(base).as_posix()
        if path.is_file() and _any_match(name, patterns):
            found.append(name)
    return as_set(found)


def glob_match(name: str, pattern: str) -> bool:
    """Match a path against a glob with ``**`` and ``{a,b}``."""
    return _any_match(name, _alternatives(pattern))


def _any_match(name: str, patterns: list[list[str]]) -> bool:
    parts = name.split("/")
    return any(_parts_match(parts, pattern) for pattern in patterns)


def _alternatives(pattern: str) -> list[list[str]]:
    """Return what a glob stands for without its braces, split into parts."""
    found, open_ = list[str](), [pattern]
    while open_:
        if len(found) + len(open_) > MAX_ALTERNATIVES:
            raise Undecided("the pattern has too many alternatives")
        text = open_.pop()
        head, brace, rest = text.partition("{")
        options, closed, tail = rest.partition("}")
        if not brace:
            found.append(text)
        elif not closed or "/" in options:
            raise EvaluationError("not a valid pattern of files")
        else:
            open_.extend(head + option + tail for option in options.split(","))
    return [[_part(part) for part in text.split("/")] for text in found]


_MARK = re.compile(r"\\(.)|\[(\^?)([^\]\\]+)\]|([\[\\])", re.DOTALL)


def _part(text: str) -> str:
    """Return one part of a Go pattern as Python's: other signs for `not` and for escapes."""

    def one(match: re.Match[str]) -> str:
        plain, negated, marks, broken = match.groups()
        if broken:
            raise EvaluationError("not a valid pattern of files")
        if plain:
            return f"[{plain}]" if plain in "*?[" else plain
        if negated:
            return f"[!{marks}]"
        return f"[{marks[1:]}!]" if marks.startswith("!") else f"[{marks}]"

    return _MARK.sub(one, text)


def _parts_match(names: list[str], patterns: list[str]) -> bool:
    # reached[n]: the patterns so far can stand for the first n names.
    reached = [True] + [False] * len(names)
    for pattern in patterns:
        if pattern == "**":
            first = reached.index(True) if True in reached else len(reached)
            reached = [n >= first for n in range(len(reached))]
        else:
            reached = [False] + [
                reached[n] and fnmatchcase(name, pattern) for n, name in enumerate(names)
            ]
    return reached[-1]


def _hash(name: str, *, encode: bool = False) -> Callable[[Folder, Any], str]:
    def run(folder: Folder, path: Any) -> str:
        digest = hashlib.new(name, folder.read(path), usedforsecurity=False)
        return base64.b64encode(digest.digest()).decode() if encode else digest.hexdigest()

    return run


def _expand(_: Folder, path: Any) -> Any:
    text = to_string(path)
    if text == "~" or text.startswith("~/"):
        return Unknown("the home folder of whoever runs Terraform", "pathexpand()")
    if text.startswith("~"):
        raise EvaluationError("the home folder of another user")
    return text


def _absolute(folder: Folder, path: Any) -> Any:
    text = to_string(path)
    if text.startswith("/"):
        return posixpath.normpath(text)
    return absolute(posixpath.normpath(posixpath.join(folder.name, text)), "abspath()")


def _base(path: str) -> str:
    return posixpath.basename(path.rstrip("/")) or ("/" if path else ".")


def _parent(path: str) -> str:
    found = posixpath.normpath(posixpath.dirname(path) or ".")
    return "/" if found == "//" else found


FILES: dict[str, Callable[..., Any]] = {
    "file": _text,
    "fileexists": _exists,
    "fileset": _fileset,
    "filebase64": lambda folder, name: base64.b64encode(folder.read(name)).decode(),
    "filemd5": _hash("md5"),
    "filesha1": _hash("sha1"),
    "filesha256": _hash("sha256"),
    "filesha512": _hash("sha512"),
    "filebase64sha256": _hash("sha256", encode=True),
    "filebase64sha512": _hash("sha512", encode=True),
    "pathexpand": _expand,
    "abspath": _absolute,
    "basename": lambda _, path: _base(to_string(path)),
    "dirname": lambda _, path: _parent(to_string(path)),
}
"""By name; the first argument is the calling module's `Folder`."""
