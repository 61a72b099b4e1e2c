"""``.gitignore`` and ``.domicileignore``, as git reads them, from every folder of a tree."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.model import Unread

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

OWN = ".domicileignore"
NAMES = (".gitignore", OWN)


class Ignored:
    """The ignore rules that hold in one folder: its own and those of the folders above.

    Paths are absolute, with ``/``; a folder's ends in one.
    """

    __slots__ = ("rules",)

    def __init__(self, rules: tuple[tuple[str, str, GitIgnoreSpec], ...] = ()) -> None:
        self.rules = rules

    def inside(self, folder: Path, names: Iterable[str], unread: list[Unread]) -> Ignored:
        """Return the rules for a folder that holds some of the ignore files."""
        found = list(self.rules)
        for name in NAMES:
            if name in names:
                try:
                    text = (folder / name).read_bytes().decode("utf-8-sig", "replace")
                except OSError as error:
                    reason = f"cannot be read: {error.strerror or error}"
                    unread.append(Unread((folder / name).as_posix(), reason))
                    continue
                found.append((name, folder.as_posix().rstrip("/") + "/", _compiled(text)))
        return Ignored(tuple(found)) if len(found) > len(self.rules) else self

    def by(self, path: str) -> str:
        """Return the name of the ignore file that leaves a path out, empty where none does.

        The last rule that says something counts.
        """
        found = ""
        for name, folder, spec in self.rules:
            verdict = spec.check_file(path.removeprefix(folder)).include
            if verdict is not None:
                found = name if verdict else ""
        return found


def above(folder: Path, unread: list[Unread]) -> Ignored:
    """Return the rules of the folders between the top of the repository and a folder.

    Without a repository around it there are none.
    """
    parents = list(folder.parents)
    tops = [n for n, parent in enumerate((folder, *parents)) if (parent / ".git").exists()]
    ignored = Ignored()
    if tops:
        for parent in reversed(parents[: tops[0]]):
            names = [name for name in NAMES if (parent / name).is_file()]
            ignored = ignored.inside(parent, names, unread)
    return ignored


def _compiled(text: str) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    # Only a line feed ends a line, as for git: anything else could hide a file in a comment.
    lines = [_as_git(line.removesuffix("\r")) for line in text.split("\n")]
    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        # git passes over a line that it cannot read; so do we.
        return GitIgnoreSpec.from_lines(line for line in lines if _usable(line))


def _as_git(line: str) -> str:
    """Return a pattern so that it leaves the folder itself alone, as git's does: ``d/**`` is
    what stands in ``d``, and a file there may still be taken back.
    """
    if line.startswith("!"):
        return line
    if line.endswith("/**"):
        return line[:-1]
    return f"{line[:-1]}/*/" if line.endswith("/**/") else line


def _usable(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
