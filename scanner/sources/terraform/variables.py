"""Where a root module's variables get their values, in Terraform's order.

``terraform.tfvars``, then ``*.auto.tfvars`` by name, then the files of the chosen environment
and ``--var-file``, then ``--var``: the later wins. A variable file that nothing loads still
says which values there are: they become candidates.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scanner.errors import UsageError
from scanner.model import Span
from scanner.sources.terraform import hcl, module, tree
from scanner.sources.terraform.evaluate import settled
from scanner.sources.terraform.scope import Definition, Scope

if TYPE_CHECKING:
    from scanner.sources.terraform.run import Run

SUFFIXES = (".tfvars", ".tfvars.json")


@dataclass(slots=True)
class Values:
    """The values of a root's variables: those chosen, and those that are merely possible."""

    chosen: dict[str, Definition] = field(default_factory=dict)
    possible: dict[str, list[Definition]] = field(default_factory=dict)

    def open(self, name: str) -> bool:
        """Say whether the value depends on which variable file is used."""
        return name not in self.chosen and bool(self.possible.get(name))


def is_variable_file(name: str) -> bool:
    """Say whether a file name is that of a variable file."""
    return name.endswith(SUFFIXES) and not name.startswith(".")


def loads_itself(name: str) -> bool:
    """Say whether Terraform loads a variable file of the root's folder by itself."""
    return name in {"terraform.tfvars", "terraform.tfvars.json"} or name.endswith(
        (".auto.tfvars", ".auto.tfvars.json")
    )


def gather(
    run: Run,
    scope: Scope,
    root: str,
    beside: Sequence[str],
    chosen: Sequence[str],
    options: Iterable[tuple[str, str]],
) -> Values:
    """Return the values for a root module.

    ``beside`` are all variable files in and below the root, ``chosen`` those that the run
    names, in order. Raises UsageError for a chosen file that does not exist.
    """
    values = Values()
    automatic = sorted(
        (f for f in beside if posixpath.dirname(f) == root.removeprefix(".").strip("/")
         and loads_itself(posixpath.basename(f))),
        key=lambda f: (not posixpath.basename(f).startswith("terraform."), f),
    )  # fmt: skip
    for file in (*automatic, *chosen):
        if not (run.root / file).is_file():
            raise UsageError(
                f"variable file {file!r} does not exist",
                hint="paths of variable files are relative to the working directory; those of "
                "a policy's environments to the root module",
            )
        for name, definition in _file(run, file, scope):
            values.chosen[name] = definition
    taken = {*automatic, *chosen}
    if not chosen:
        for file in beside:
            if file not in taken:
                for name, definition in _file(run, file, scope):
                    values.possible.setdefault(name, []).append(definition)
    for name, text in options:
        block = scope.module.module.variables.get(name)
        if block is not None:
            values.chosen[name] = Definition(
                module.bare(text),
                scope,
                block.file,
                block.header,
                "",
                f"--var {name}, from the command line",
            )
    return values


def planned(values: Values, scope: Scope, given: Iterable[tuple[str, Any, Span]]) -> None:
    """Set the values that a plan has: what other variable files say does not count any more."""
    values.possible.clear()
    for name, value, span in given:
        at = (span.line - 1, span.column - 1, span.end_line - 1, span.end_column - 1)
        words = f"var.{name}, from the plan"
        if isinstance(value, (str, int, float)):
            words = f"var.{name} = {json.dumps(value, ensure_ascii=False)}, from the plan"
        values.chosen[name] = Definition(
            tree.Constant(at, value), scope, hcl.File(span.file, b""), at, "", words
        )


def _file(run: Run, file: str, scope: Scope) -> list[tuple[str, Definition]]:
    return [
        (name, Definition(item.expression, scope, item.file, item.at, ""))
        for name, item in module.variable_values(file, run.root, run.report).items()
    ]


def validated(block: hcl.Block, name: str, scope: Scope) -> tuple[Any, ...] | None:
    """Return the values that a variable's ``validation`` allows, or None when unbounded.

    Only the form that names them is read: ``contains([…], var.x)``.
    """
    for inner in block.body.blocks:
        condition = inner.body.attributes.get("condition")
        if inner.type != "validation" or condition is None:
            continue
        call = condition.expression
        if not (isinstance(call, tree.Call) and call.name == "contains"):
            continue
        if len(call.arguments) != 2 or not _is_variable(call.arguments[1], name):
            continue
        allowed = settled(call.arguments[0], scope)
        if isinstance(allowed, list) and all(isinstance(item, str) for item in allowed):
            return tuple(allowed)
    return None


def _is_variable(node: tree.Node, name: str) -> bool:
    return (
        isinstance(node, tree.Attr)
        and node.name == name
        and isinstance(node.of, tree.Name)
        and node.of.name == "var"
    )
