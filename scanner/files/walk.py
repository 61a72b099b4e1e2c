"""Walks the given paths and lists the files of every folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from msgspec import Struct, field

from scanner.errors import UsageError
from scanner.files.ignored import NAMES, OWN, Ignored, above
from scanner.files.tracked import Tracked
from scanner.model import Unread

SKIPPED = frozenset({
    ".git", ".terraform", ".terragrunt-cache", ".hg", ".svn", "node_modules", ".venv",
    "__pycache__",
})  # fmt: skip
"""Folders that hold no source of the repository's own."""

SOURCES = (".tf", ".tofu", ".json", ".yaml", ".yml", ".tfvars")
"""How files end that some source may read."""

MAX_DEPTH = 60
MAX_FILES = 1_000_000


class Tree(Struct):
    """File names by folder, paths relative to the working directory, ``.`` for itself."""

    folders: dict[str, list[str]] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    """The files and folders that an ignore file left out; a folder's name ends in a slash."""

    def files(self) -> list[str]:
        """Return the paths of all files."""
        return [
            name if folder == "." else f"{folder}/{name}"
            for folder, names in self.folders.items()
            for name in names
        ]


def walk(paths: tuple[str, ...], root: Path) -> Tree:
    """Return the tree below the given paths. Raises UsageError for one that does not exist."""
    tree = Tree()
    seen: set[str] = set()
    base = root.resolve()
    for given in paths:
        path = root / given
        if not path.exists():
            kind = "a link that leads nowhere" if path.is_symlink() else "no such file or folder"
            raise UsageError(f"{given}: {kind}", hint="check the path; nothing was scanned")
        if not path.is_file() and not path.is_dir():
            raise UsageError(f"{given}: neither a file nor a folder", hint="nothing was scanned")
        absolute = path.parent.resolve() / path.name if path.is_file() else path.resolve()
        if path.is_file():
            folder = _relative(absolute.parent, base)
            names = tree.folders.setdefault(folder, [])
            if absolute.name not in names:
                names.append(absolute.name)
        else:
            _Walk(tree, base, seen).go(absolute)
    for names in tree.folders.values():
        names.sort()
    return tree


def _relative(path: Path, base: Path) -> str:
    return os.path.relpath(path, base).replace(os.sep, "/")


def _inside(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


class _Walk:
    """One walk; remembers the folders that it has been in, so that two paths may overlap."""

    def __init__(self, tree: Tree, base: Path, seen: set[str]) -> None:
        self.tree = tree
        self.base = base
        self.seen = seen
        self.count = 0
        self.tracked = Tracked(base)

    def go(self, top: Path) -> None:
        """Walk down from a folder, depth first, in the order of the names."""
        unread: list[Unread] = []
        stack: list[tuple[Path, Ignored, int]] = [(top, above(top, unread), 0)]
        while stack:
            folder, ignored, depth = stack.pop()
            shown = _relative(folder, self.base)
            if shown in self.seen:
                continue
            self.seen.add(shown)
            entries = self._entries(folder, shown)
            names = {entry.name for entry in entries}
            if not names.isdisjoint(NAMES):
                ignored = ignored.inside(folder, names, unread)
            found = self.tree.folders.setdefault(shown, [])
            inner: list[tuple[Path, Ignored, int]] = []
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if self._enters(entry, ignored, depth, shown):
                        inner.append((folder / entry.name, ignored, depth + 1))
                elif entry.is_symlink():
                    self._link(entry, found, shown)
                elif self._leaves_out(folder / entry.name, "", ignored):
                    self.tree.ignored.append(_inside(shown, entry.name))
                elif entry.is_file(follow_symlinks=False):
                    found.append(entry.name)
                elif entry.name.endswith(SOURCES):
                    where = _inside(shown, entry.name)
                    self.tree.unread.append(Unread(where, "a pipe, a socket or a device"))
            self.count += len(found)
            if self.count > MAX_FILES:
                self.tree.unread.append(
                    Unread(shown, f"more than {MAX_FILES:,} files: the rest was not looked at")
                )
                break
            stack.extend(reversed(inner))
        self.tree.unread.extend(
            Unread(_relative(Path(item.path), self.base), item.reason) for item in unread
        )

    def _entries(self, folder: Path, shown: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            reason = f"folder cannot be read: {error.strerror or error}"
            hint = "give the scan permission to read it, or list it in .domicileignore"
            self.tree.unread.append(Unread(shown, reason, None, hint))
            return []

    def _leaves_out(self, path: Path, end: str, ignored: Ignored) -> bool:
        """Say whether an ignore file leaves a path out. What git tracks stays, unless it is
        our own file that names it.
        """
        name = ignored.by(path.as_posix() + end)
        return bool(name) and (name == OWN or not self.tracked.has(path))

    def _enters(self, entry: os.DirEntry[str], ignored: Ignored, depth: int, shown: str) -> bool:
        if entry.name in SKIPPED:
            return False
        if self._leaves_out(Path(entry.path), "/", ignored):
            self.tree.ignored.append(_inside(shown, entry.name) + "/")
            return False
        if depth >= MAX_DEPTH:
            where = _inside(shown, entry.name)
            self.tree.unread.append(Unread(where, f"folders nest deeper than {MAX_DEPTH}"))
            return False
        return True

    def _link(self, entry: os.DirEntry[str], found: list[str], shown: str) -> None:
        """Take a link to a file; a link to a folder is not followed.

        What it leads to is either in the tree, and read there, or outside and said to be.
        """
        where = _inside(shown, entry.name)
        try:
            target = Path(entry.path).resolve(strict=True)
        except OSError as error:
            what = (
                "a link that leads nowhere"
                if error.errno == errno.ENOENT
                else "a link that leads to itself"
            )
            self.tree.unread.append(Unread(where, what))
            return
        except RuntimeError:
            self.tree.unread.append(Unread(where, "a link that leads to itself"))
            return
        if target.is_file() and not target.is_relative_to(self.tracked.top or self.base):
            # A pull request could otherwise show what else the machine holds.
            if entry.name.endswith(SOURCES):
                hint = "copy the file, or scan from the folder that holds both"
                self.tree.unread.append(
                    Unread(where, "a link to a file outside the repository, not read", None, hint)
                )
        elif target.is_file():
            found.append(entry.name)
        elif Path(entry.path).parent.is_relative_to(target):
            self.tree.unread.append(
                Unread(where, "a link to a folder above it: a loop, not followed")
            )
        elif not target.is_relative_to(self.base):
            hint = "scan the folder that it leads to as well"
            self.tree.unread.append(
                Unread(where, "a link to a folder outside the scan, not followed", None, hint)
            )
