"""Groups the files of a tree into what each source reads together."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from scanner.files.walk import Tree, walk
from scanner.model import Unread
from scanner.sources.source import Input

if TYPE_CHECKING:
    from scanner.policy import Policy
    from scanner.settings import Settings

HEAD = 65_536
"""How much of a file is looked at to tell what it is, in bytes."""


class Found(Struct, frozen=True):
    """What a scan reads, what it could not look at, and what was left out on request."""

    inputs: tuple[Input, ...] = ()
    unread: tuple[Unread, ...] = ()
    ignored: tuple[str, ...] = ()


def find(settings: Settings, policy: Policy) -> Found:
    """Return the inputs below the settings' paths, with the variable files that the policy or
    ``--environment`` choose. Raises UsageError for a path that does not exist.
    """
    from scanner.sources import kubernetes, plan, recognised, terraform

    given = tuple(path for path in settings.paths if path != plan.STDIN)
    tree = walk(given, settings.root)
    for path in given:
        _whole_module(tree, settings.root, path)
    names, heads = tree.files(), dict[str, str]()

    def head(name: str) -> str:
        if name not in heads:
            heads[name] = _head(settings.root / name)
        return heads[name]

    single = {posixpath.normpath(path) for path in given if (settings.root / path).is_file()}
    plans = list(plan.claims(names, head, single))
    claimed = {item.path for item in plans}
    if plan.STDIN in settings.paths:
        plans.append(Input(plan.name, plan.STDIN, plan.STDIN, (plan.STDIN,)))
    names = [name for name in names if name not in claimed]
    inputs = [
        *plans,
        *(
            chosen
            for item in terraform.claims(tree.folders)
            for chosen in _with_variables(item, settings, policy)
        ),
        *_by_folder(kubernetes.name, kubernetes.claims(names, head)),
        *recognised.claims(names),
    ]
    return Found(tuple(inputs), tuple(tree.unread), tuple(tree.ignored))


def _whole_module(tree: Tree, root: Path, path: str) -> None:
    """Add what stands beside a single Terraform file: a module is read as a whole or not."""
    from scanner.sources.terraform.module import is_module_file
    from scanner.sources.terraform.variables import is_variable_file

    file = root / path
    if not file.is_file() or not (is_module_file(file.name) or is_variable_file(file.name)):
        return
    beside = walk((posixpath.dirname(path) or ".",), root)
    for folder, names in beside.folders.items():
        known = tree.folders.setdefault(folder, [])
        known.extend(
            n for n in names if n not in known and (is_module_file(n) or is_variable_file(n))
        )


def _head(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        # Claimed by its name, so that the reader reports why it cannot be opened.
        return "apiVersion: v1\nkind: Unreadable\n"
    # YAML may be UTF-16, and says so with its first two bytes.
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    return head.decode("utf-16" if wide else "utf-8-sig", "replace")


def _by_folder(source: str, files: tuple[str, ...]) -> list[Input]:
    folders: dict[str, list[str]] = {}
    for file in files:
        folders.setdefault(posixpath.dirname(file) or ".", []).append(file)
    return [Input(source, path, path, tuple(names)) for path, names in sorted(folders.items())]


def _with_variables(item: Input, settings: Settings, policy: Policy) -> Iterator[Input]:
    """Yield an input for each environment that the run is about.

    Those that the policy declares for a root module are units of their own, ``infra@prod``.
    """
    from scanner.policy.environments import canonical, variable_files

    declared = policy.environments_of(item.path)
    wanted = settings.environment
    meant = [name for name in declared if wanted is None or canonical(name) == canonical(wanted)]
    for name in meant:
        files = (posixpath.normpath(posixpath.join(item.path, f)) for f in declared[name])
        yield replace(item, unit=f"{item.unit}@{name}", environment=name, variables=tuple(files))
    if meant:
        return
    if wanted is None:
        yield item
    else:
        chosen = tuple(variable_files(item.files, wanted))
        yield replace(item, environment=wanted, variables=chosen)
