"""Where an expression stands that was given up, so that the report can name the line.

Expressions do not know their file: this is looked up, the few times that it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scanner.sources.terraform import hcl, tree
from scanner.sources.terraform.traverse import parts

if TYPE_CHECKING:
    from scanner.sources.terraform.instance import ModuleInstance


def place(module: ModuleInstance, node: tree.Node) -> tuple[str, int | None]:
    """Return the file and the line of an expression that a module evaluates; the module's
    folder where it stands in no file, as the text of a template.
    """
    for file, root in _written(module):
        if _holds(root, node):
            return file.path, node.at[0] + 1
    return module.module.path, None


def _written(module: ModuleInstance) -> Iterator[tuple[hcl.File, tree.Node]]:
    bodies = [block.body for block in module.module.blocks]
    while bodies:
        body = bodies.pop()
        for attribute in body.attributes.values():
            if attribute.known is not None:
                yield attribute.file, attribute.known
        bodies.extend(block.body for block in body.blocks)
    if module.values is not None:
        possible = (one for some in module.values.possible.values() for one in some)
        for definition in (*module.values.chosen.values(), *possible):
            yield definition.file, definition.expression


def _holds(root: tree.Node, wanted: tree.Node) -> bool:
    """Say whether an expression is another or has it as a part."""
    open_: list[tree.Node] = [root]
    while open_:
        node = open_.pop()
        if node is wanted:
            return True
        # Parts stand inside the whole: most are left out by their place alone.
        open_.extend(_around(parts(node), wanted.at))
    return False


def _around(nodes: Iterable[tree.Node], at: tree.At) -> Iterator[tree.Node]:
    for node in nodes:
        if node.at[:2] <= at[:2] and at[2:] <= node.at[2:]:
            yield node
