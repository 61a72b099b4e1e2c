"""What one reading shares: the modules read so far, the boundary, and what went unread."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.model import Span, Unread
from scanner.sources.terraform import hcl, module, tree
from scanner.sources.terraform.installed import Copies
from scanner.sources.terraform.module import Module, is_module_file
from scanner.sources.terraform.values import MAX_SIZE, measure, weight

if TYPE_CHECKING:
    from scanner.sources.terraform.instance import ModuleInstance
    from scanner.sources.terraform.roots import Roots
    from scanner.sources.terraform.types import Type

MAX_DECLARATIONS = 20_000
"""The most instances that ``count``, ``for_each`` and modules may make in one root module; a
hostile ``count`` of modules ends here, by name. What one root uses up, no other lacks."""

MAX_ALL_DECLARATIONS = 5 * MAX_DECLARATIONS
"""The same for all root modules of a scan together, beside `RESERVED` of each."""

MAX_STEPS = 6_000_000
"""How many steps the expressions of one root module may take: elements of loops, parts of
what functions are given and make. What one root uses up, no other lacks."""

MAX_ALL_STEPS = 2 * MAX_STEPS
"""The same for all root modules of a scan together, beside `RESERVED` of each."""

RESERVED = 20
"""One of so many parts of a root module's budget is its own, whatever the others use: a scan
of a thousand ordinary root modules must not come to an end."""

SMALL = 256
"""A function call of so few steps is made even where the budget is spent: no loop multiplies
it any more, and the name of a bucket elsewhere in the module may need it."""

SPEED = 400_000
"""How many steps a second counts for, where nothing but the clock tells what work costs."""

MAX_KEPT = 600_000
"""The parts that the values of all declarations may have together; 32 letters are one."""

MAX_KEPT_VALUE = 100_000
"""The parts that a single one of them may have."""

MAX_SEEN = 10_000
"""The largest value that is looked through where the budget of steps is spent."""

MAX_TEMPLATES = 200
MAX_TEMPLATE = 100_000
"""How many templates are kept parsed, and how long one may be for that."""

MAX_LIMITS = 200
"""More limits than this are counted, not named one by one."""


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
        self._instances: dict[str, int] = {}
        self._full: set[str] = set()
        self.steps = 0
        self.kept = 0
        self._steps: dict[str, int] = {}
        self._given_up: dict[tuple[int, str], tuple[Any, tree.Node, str]] = {}
        self._hidden = 0
        self._templates: dict[str, tree.Node] = {}
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

    def room(self, where: Span, top: str, count: int) -> bool:
        """Count more declarations below a root module; say whether there is room for them."""
        used = self._instances.get(top, 0) + count
        everything = self.instances + count
        if _within(used, MAX_DECLARATIONS, everything, MAX_ALL_DECLARATIONS):
            self._instances[top] = used
            self.instances += count
            return True
        if top not in self._full:
            self._full.add(top)
            self.report(
                Unread(
                    where.file,
                    f"more than {MAX_DECLARATIONS:,} resources: the rest was not read",
                    where.line,
                    "scan the root modules one by one",
                )
            )
        return False

    def step(self, count: int, top: str) -> bool:
        """Count the steps of a root module; say whether there is work left to be given."""
        self.steps += count
        used = self._steps[top] = self._steps.get(top, 0) + count
        return _within(used, MAX_STEPS, self.steps, MAX_ALL_STEPS)

    def spent(self, top: str) -> bool:
        """Say whether a root module has no steps left."""
        used = self._steps.get(top, 0)
        return not _within(used, MAX_STEPS, self.steps, MAX_ALL_STEPS)

    def too_large(self, value: Any, top: str) -> bool:
        """Say whether a value has too many parts to be looked through, and count the look."""
        limit = MAX_SEEN if self.spent(top) else MAX_SIZE
        size, _ = measure(value, limit)
        if size > SMALL:
            self.step(size // 4, top)
        return size > limit

    def keep(self, value: Any) -> bool:
        """Count the parts of a value that stays; say whether there is room for them.

        There always is for a small one: where things are must not be lost among much else.
        """
        if type(value) is str and len(value) < SMALL:  # most are; there is room for them
            self.kept += 1 + len(value) // 32
            return True
        room = max(SMALL, min(MAX_KEPT_VALUE, MAX_KEPT - self.kept))
        size = weight(value, room)
        if size > room:
            # Looking is work as well: what is refused again and again fills the room.
            self.kept += size // 4
            return False
        self.kept += size
        return True

    def template(self, text: str) -> tree.Node:
        """Return a parsed template; most are used for many instances. Raises Undecided."""
        found = self._templates.get(text)
        if found is None:
            found = hcl.template(text)
            if len(text) <= MAX_TEMPLATE and len(self._templates) < MAX_TEMPLATES:
                self._templates[text] = found
        return found

    def give_up(self, node: tree.Node, module: ModuleInstance, reason: str) -> None:
        """Note an expression that hit a limit; `name_limits` finds out where it stands."""
        mark = (id(node), reason)
        if mark in self._given_up:
            return
        if len(self._given_up) >= MAX_LIMITS:
            self._hidden += 1
            return
        self._given_up[mark] = (module, node, reason)

    def name_limits(self) -> None:
        """Report every limit that was hit, once for a line, and give the steps back: what is
        asked for later, when values are explained, has its own.
        """
        from scanner.sources.terraform.limits import place

        for where, node, reason in self._given_up.values():
            file, line = place(where, node)
            self.report(
                Unread(file, f"given up: {reason}", line, "the value counts as unknown here")
            )
        if self._hidden:
            self.report(Unread(".", f"{self._hidden:,} more expressions were given up"))
        self._given_up.clear()
        self._steps.clear()
        self._hidden = self.steps = 0

    def owner(self, block: hcl.Block, id: str) -> None:
        """Note which resource a block makes; the first instance counts."""
        self.owners.setdefault(id_of(block), id)


def _within(used: int, most: int, everything: int, most_of_all: int) -> bool:
    return used <= most and (everything <= most_of_all or used <= most // RESERVED)


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
