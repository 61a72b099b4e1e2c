"""Functions that read files, only inside the scanned tree, and path functions.

They take the folder of the module that calls them and the boundary that no path may leave.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from scanner.model import Unknown
from scanner.sources.terraform.values import EvaluationError, as_set, to_string

MAX_READ = 2_000_000
"""The largest file that ``file()`` reads."""


class Folder:
    """The files that one module may read."""

    __slots__ = ("boundary", "path")

    def __init__(self, path: Path, boundary: Path) -> None:
        self.path = path
        self.boundary = boundary

    def resolve(self, text: Any) -> Path:
        """Return the path that an expression names. Raises EvaluationError outside the tree."""
        name = to_string(text)
        if "\0" in name or len(name) > 4_000:
            raise EvaluationError("not a path")
        try:
            path = (self.path / name).resolve()
            path.relative_to(self.boundary)
        except (ValueError, OSError, RuntimeError):
            raise EvaluationError(f"{name[:80]!r} lies outside the scanned tree") from None
        return path

    def read(self, text: Any) -> bytes:
        """Return a file's bytes. Raises EvaluationError."""
        path = self.resolve(text)
        try:
            if not path.is_file():
                raise EvaluationError(f"file {to_string(text)[:80]!r} does not exist")
            if path.stat().st_size > MAX_READ:
                raise EvaluationError(f"file {to_string(text)[:80]!r} is too large")
            return path.read_bytes()
        except OSError as error:
            raise EvaluationError(f"file cannot be read: {error.strerror}") from None


def _text(folder: Folder, name: Any) -> str:
    try:
        return folder.read(name).decode("utf-8")
    except UnicodeDecodeError:
        raise EvaluationError("the file is not UTF-8 text") from None


def _exists(folder: Folder, name: Any) -> bool:
    return folder.resolve(name).is_file()


def _fileset(folder: Folder, start: Any, pattern: Any) -> Any:
    base, wanted = folder.resolve(start), to_string(pattern)
    if wanted.startswith("/") or ".." in wanted.split("/"):
        raise EvaluationError("the pattern leaves the folder")
    found: list[str] = []
    for count, path in enumerate(base.rglob("*") if base.is_dir() else (), 1):
        if count > 50_000:
            raise EvaluationError("the folder holds too many files")
        name = path.relative_to(base).as_posix()
        if path.is_file() and glob_match(name, wanted):
            found.append(name)
    return as_set(found)


def glob_match(name: str, pattern: str) -> bool:
    """Match a path against a glob with ``**`` and ``{a,b}``."""
    if "{" in pattern:
        head, _, rest = pattern.partition("{")
        options, closed, tail = rest.partition("}")
        if closed:
            return any(glob_match(name, head + option + tail) for option in options.split(","))
    return _parts_match(name.split("/"), pattern.split("/"))


def _parts_match(names: list[str], patterns: list[str]) -> bool:
    if not patterns:
        return not names
    if patterns[0] == "**":
        return any(_parts_match(names[n:], patterns[1:]) for n in range(len(names) + 1))
    return (
        bool(names) and fnmatchcase(names[0], patterns[0]) and _parts_match(names[1:], patterns[1:])
    )


def _hash(name: str, *, encode: bool = False) -> Callable[[Folder, Any], str]:
    def run(folder: Folder, path: Any) -> str:
        digest = hashlib.new(name, folder.read(path), usedforsecurity=False)
        return base64.b64encode(digest.digest()).decode() if encode else digest.hexdigest()

    return run


def _expand(_: Folder, path: Any) -> Any:
    text = to_string(path)
    if text == "~" or text.startswith("~/"):
        return Unknown("the home folder of whoever runs Terraform", "pathexpand()")
    return text


def _absolute(_: Folder, path: Any) -> Any:
    text = to_string(path)
    if text.startswith("/"):
        return posixpath.normpath(text)
    return Unknown("the folder in which Terraform runs", "abspath()")


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
    "basename": lambda _, path: posixpath.basename(to_string(path).rstrip("/")) or "/",
    "dirname": lambda _, path: posixpath.normpath(posixpath.dirname(to_string(path)) or "."),
}
"""By name; the first argument is the calling module's `Folder`."""
