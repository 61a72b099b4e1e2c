"""What git tracks, read from its index: a tracked file is deployed, whatever ``.gitignore`` says.

Nothing is run. An index of a form that is not known, or no repository at all, tracks nothing.
"""

from __future__ import annotations

import struct
from pathlib import Path

_LARGEST = 512 * 1024 * 1024
_FIXED = 62
"""Bytes of an entry before its name: times, ids, sizes, hash (SHA-1) and flags."""


class Tracked:
    """The tracked files of the repository around a folder; read when first asked for."""

    __slots__ = ("_files", "_folders", "top")

    def __init__(self, folder: Path) -> None:
        tops = (f for f in (folder, *folder.parents) if (f / ".git").exists())
        self.top: Path | None = next(tops, None)
        self._files: frozenset[str] | None = None
        self._folders: frozenset[str] = frozenset()

    def has(self, path: Path) -> bool:
        """Say whether a file is tracked, or anything below a folder."""
        if self.top is None:
            return False
        if self._files is None:
            self._files = frozenset(_names(self.top))
            self._folders = frozenset(
                name[:end] for name in self._files for end in range(len(name)) if name[end] == "/"
            )
        try:
            name = path.relative_to(self.top).as_posix()
        except ValueError:
            return False
        return name in self._files or name in self._folders


def _names(top: Path) -> list[str]:
    git = top / ".git"
    try:
        if git.is_file():  # a worktree or a submodule says where
            git = top / git.read_text("utf-8").removeprefix("gitdir:").strip()
        index = git / "index"
        if index.stat().st_size > _LARGEST:
            return []
        return _entries(index.read_bytes())
    except (OSError, UnicodeDecodeError, struct.error, IndexError):
        return []


def _entries(data: bytes) -> list[str]:
    signature, version, count = struct.unpack_from(">4sII", data)
    if signature != b"DIRC" or version not in (2, 3, 4):
        return []
    names: list[str] = []
    at, name = 12, b""
    for _ in range(count):
        (flags,) = struct.unpack_from(">H", data, at + _FIXED - 2)
        start = at + _FIXED + (2 if version > 2 and flags & 0x4000 else 0)
        if version == 4:
            # Names share their beginnings: how much of the last one goes, then the rest.
            strip, start = _number(data, start)
            end = data.index(b"\0", start)
            name = name[: len(name) - strip] + data[start:end]
            at = end + 1
        else:
            end = data.index(b"\0", start)
            name = data[start:end]
            at += (end - at) // 8 * 8 + 8
        names.append(name.decode("utf-8", "surrogateescape"))
    return names


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return git's variable-width number at an offset, and the offset behind it."""
    byte = data[at]
    value = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = data[at]
        value = ((value + 1) << 7) | (byte & 0x7F)
    return value, at + 1
