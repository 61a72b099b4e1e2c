"""From a module call to the module: a local path, an installed or a vendored copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.model import Span, Unread
from scanner.sources.terraform import hcl
from scanner.sources.terraform.evaluate import settled

if TYPE_CHECKING:
    from scanner.sources.terraform.instance import ModuleInstance
    from scanner.sources.terraform.module import Module

MAX_NESTING = 24
"""How deep modules may call modules."""


def module_of(caller: ModuleInstance, block: hcl.Block) -> Module | None:
    """Return the module that a call leads to; None, and reported, where none can be read.

    A module of a registry or a repository of which no copy is on disk is not reported: it
    stays as one resource.
    """
    attribute = block.body.attributes.get("source")
    source = settled(attribute.expression, caller.scope) if attribute is not None else None
    if not isinstance(source, str):
        return None
    if not source.startswith(("./", "../", ".\\", "..\\")):
        return _copy_of(caller, block, source)
    path = caller.run.resolve(source.replace("\\", "/"), caller.module.path)
    where = (attribute or block).file.span((attribute or block).at)
    if _endless(caller, path, block, source, where):
        return None
    module = caller.run.module(path, caller.top)
    if module is None:
        name = f"module.{block.labels[0]}"
        if caller.run.outside(path, caller.top):
            reason = f"{name}: its source {source!r} lies outside the folder that is scanned"
            hint = "scan from the folder that holds both"
        else:
            reason = f"{name}: there is no module to read at {source!r}"
            hint = "correct the source, or put the module there"
        caller.run.report(Unread(where.file, reason, where.line, hint))
        return None
    caller.run.called.add(path)
    return module


def _copy_of(caller: ModuleInstance, block: hcl.Block, source: str) -> Module | None:
    """Return the module of a registry or a repository, where a copy of it is on disk."""
    copies = caller.run.copies
    where = block.file.span(block.header)
    path = copies.installed(caller.top, ".".join(_names(caller, block.labels[0])), source)
    if path is None:
        path = copies.vendored(source, caller.module.path)
    if path is None or _endless(caller, path, block, source, where):
        return None
    module = caller.run.module(path, caller.top)
    if module is None:
        reason = f"module.{block.labels[0]}: there is no module to read in its copy {path!r}"
        caller.run.report(Unread(where.file, reason, where.line, "run terraform init again"))
        return None
    caller.run.called.add(path)
    return module


def _names(caller: ModuleInstance, name: str) -> list[str]:
    """Return the names of the calls that lead to one of this module, from the root down."""
    names = [name]
    module: ModuleInstance = caller
    while module.parent is not None and module.call is not None:
        names.append(module.call.labels[0])
        module = module.parent
    return names[::-1]


def _endless(caller: ModuleInstance, path: str, block: hcl.Block, source: str, where: Span) -> bool:
    """Say whether a call leads in a circle or too deep, and report it."""
    above: ModuleInstance | None = caller
    depth = 0
    while above is not None:
        if above.module.path == path:
            caller.run.report(
                Unread(
                    where.file,
                    f"module.{block.labels[0]} calls itself: {source!r} is a module "
                    "that leads here",
                    where.line,
                    "break the cycle; Terraform refuses it as well",
                )
            )
            return True
        above, depth = above.parent, depth + 1
    if depth > MAX_NESTING:
        caller.run.report(
            Unread(where.file, f"modules nest deeper than {MAX_NESTING} levels", where.line)
        )
        return True
    return False
