"""What one reading shares: the modules read so far, the boundary, and what went unread."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.model import Span, Unread
from scanner.sources.terraform import hcl, module, tree
from scanner.sources.terraform.installed import Copies
from scanner.sources.terraform.module import Module, is_module_file

if TYPE_CHECKING:
    from scanner.sources.terraform.roots import Roots
    from scanner.sources.terraform.types import Type

MAX_DECLARATIONS = 100_000
"""The most instances that one scan lists; a hostile ``count`` of modules ends here, by name."""

MAX_STEPS = 5_000_000
"""How many elements the loops of one scan go through together."""


class Run:
    """One reading of all Terraform inputs. Paths are relative to ``root``, with ``/``."""

    def __init__(self, root: Path, folders: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        self.root = root
        self._boundaries: dict[str, Path] = {}
        self.modules: dict[str, Module | None] = {}
        self.names = {path: list(names) for path, names in folders}
        self.unread: dict[Unread, None] = {}
        self.called: set[str] = set()
        """Folders that a module call reached."""
        self.instances = 0
        self.full = False
        self.steps = 0
        self.templates: dict[str, tree.Node] = {}
        """By text: the templates of ``templatefile`` and ``templatestring``."""
        self.types: dict[int, Type] = {}
        """By ``id`` of a variable's block: its type constraint."""
        self.sensitive: dict[str, None] = {}
        """Texts of variables that are declared sensitive."""
        self.copies = Copies(self)
        """Modules of registries and repositories that are on disk."""
        self.roots: Roots | None = None
        """The root modules, once they are known; one may read the state of another."""
        self.owners: dict[int, str] = {}
        """By ``id`` of a block: the id of the first instance that it makes."""

    def report(self, unread: Unread) -> None:
        """Note what could not be read, once."""
        self.unread.setdefault(unread)

    def boundary(self, top: str) -> Path:
        """Return the folder that nothing below a root module may leave: its repository."""
        found = self._boundaries.get(top)
        if found is None:
            found = self._boundaries[top] = _boundary(self.root.resolve(), top)
        return found

    def module(self, path: str, top: str | None = None) -> Module | None:
        """Return the module in a folder; None where there is none to read.

        ``top`` is the root module that asks; folders outside its repository are not read.
        """
        if path not in self.modules:
            names = self.names.get(path)
            if names is None:
                names = self._listing(path, path if top is None else top)
            found = module.read(path, names, self.root) if names else None
            if found is not None:
                for item in found.unread:
                    self.report(item)
            self.modules[path] = found
        return self.modules[path]

    def outside(self, path: str, top: str) -> bool:
        """Say whether a folder lies outside what a root module may read."""
        try:
            (self.root / path).resolve().relative_to(self.boundary(top))
        except (OSError, ValueError, RuntimeError):
            return True
        return False

    def _listing(self, path: str, top: str) -> list[str]:
        """Return the configuration files of a folder that a call leads to outside the inputs."""
        if self.outside(path, top):
            return []
        try:
            return [name for name in os.listdir(self.root / path) if is_module_file(name)]  # noqa: PTH208 - names only
        except OSError:
            return []

    def resolve(self, source: str, caller: str) -> str:
        """Return the folder of a local module source, relative to the root."""
        return posixpath.normpath(posixpath.join(caller, source))

    def count_instance(self, where: Span) -> bool:
        """Count one more declaration; say whether there is room for it."""
        self.instances += 1
        if self.instances <= MAX_DECLARATIONS:
            return True
        if not self.full:
            self.full = True
            self.report(
                Unread(
                    where.file,
                    f"more than {MAX_DECLARATIONS:,} resources: the rest was not read",
                    where.line,
                    "scan the root modules one by one",
                )
            )
        return False

    def step(self, count: int) -> bool:
        """Count the elements of a loop; say whether there is work left to be given."""
        self.steps += count
        return self.steps <= MAX_STEPS

    def owner(self, block: hcl.Block, id: str) -> None:
        """Note which resource a block makes; the first instance counts."""
        self.owners.setdefault(id_of(block), id)


def id_of(block: hcl.Block) -> int:
    """Return the identity of a block: modules are kept for the whole run, so it is unique."""
    return id(block)


def _boundary(root: Path, top: str) -> Path:
    start = (root / top).resolve()
    for folder in (start, *start.parents):
        if (folder / ".git").exists():
            return folder
    # No repository: what lies in the working directory may use all of it.
    return root if start.is_relative_to(root) else start
