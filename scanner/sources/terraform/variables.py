"""Where a root module's variables get their values, in Terraform's order.

``TF_VAR_*`` of the process environment when asked for, ``terraform.tfvars``, ``*.auto.tfvars``
by name, the files of the chosen environment and ``--var-file``, ``--var``: the later wins. A
variable file that nothing loads still says which values there are: they become candidates.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from scanner.errors import UsageError
from scanner.model import Span, Unknown
from scanner.sources.terraform import hcl, module, tree
from scanner.sources.terraform.evaluate import settled
from scanner.sources.terraform.scope import Definition, Scope

if TYPE_CHECKING:
    from scanner.sources.terraform.run import Run

SUFFIXES = (".tfvars", ".tfvars.json")
_SHOWN = 120
"""How long a value is shown."""


class Values(Struct):
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
    environ: Iterable[tuple[str, str]] = (),
) -> Values:
    """Return the values for a root module.

    ``beside`` are all variable files in and below the root, ``chosen`` those that the run
    names, in order; ``environ`` are names and texts of ``TF_VAR_*``, ``options`` of ``--var``.
    Raises UsageError for a chosen file that does not exist.
    """
    values = Values()
    for name, text in environ:
        _given(values, scope, name, text, f"TF_VAR_{name}, from the environment")
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
        _given(values, scope, name, text, f"--var {name}, from the command line")
    return values


def _given(values: Values, scope: Scope, name: str, text: str, words: str) -> None:
    """Give a variable a value that is written in no file, if the root declares it."""
    block = scope.module.module.variables.get(name)
    if block is not None:
        node = _literal(text, block)
        values.chosen[name] = Definition(node, scope, block.file, block.header, "", words)


def _literal(text: str, block: hcl.Block) -> tree.Node:
    """Return a text as Terraform takes it: as it is for ``string``, ``number``, ``bool`` and no
    type at all, else as an expression.
    """
    type = block.body.attributes.get("type")
    words = type.expression if type is not None else None
    if words is None or (
        isinstance(words, tree.Name) and words.name in {"string", "number", "bool"}
    ):
        return tree.Constant((0, 0, 0, 0), text)
    file = hcl.File("", f"value = {text}\n".encode())
    body, errors = hcl.parse(file)
    written = body.attributes.get("value")
    if errors or written is None or len(body.attributes) != 1 or body.blocks:
        return tree.Broken((0, 0, 0, 0), f"{text[:60]!r} is no expression of the variable's type")
    return written.expression


def planned(values: Values, scope: Scope, given: Iterable[tuple[str, Any, Span]]) -> None:
    """Set the values that a plan has: what other variable files say does not count any more."""
    values.possible.clear()
    for name, value, span in given:
        at = (span.line - 1, span.column - 1, span.end_line - 1, span.end_column - 1)
        words = f"var.{name}, from the plan"
        block = scope.module.module.variables.get(name)
        if isinstance(value, str | int | float) and not (block and sensitive(block, scope)):
            text = json.dumps(value, ensure_ascii=False)
            words = f"var.{name} = {text}, from the plan" if len(text) <= _SHOWN else words
        values.chosen[name] = Definition(
            tree.Constant(at, value), scope, hcl.File(span.file, b""), at, "", words
        )


def _file(run: Run, file: str, scope: Scope) -> list[tuple[str, Definition]]:
    return [
        (name, Definition(item.expression, scope, item.file, item.at, ""))
        for name, item in module.variable_values(file, run.root, run.report).items()
    ]


def sensitive(block: hcl.Block, scope: Scope) -> bool:
    """Say whether a variable is declared sensitive."""
    written = block.body.attributes.get("sensitive")
    return written is not None and settled(written.expression, scope) is True


def texts(value: Any) -> Iterator[str]:
    """Yield the strings in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, Unknown):
        for item in value.candidates or ():
            yield from texts(item)
