"""Terraform and OpenTofu: configuration in, declarations with provenance out.

``hcl`` and ``hcl_json`` read the text, ``module`` sorts a folder's blocks, ``instance`` gives
every call of a module its variables, ``evaluate`` works expressions out, ``wiring`` finds the
provider of each resource, ``declare`` lists the result and ``origin`` explains it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from scanner.model import Declaration, Unit, WrittenString
from scanner.sources.source import Input, Reading

if TYPE_CHECKING:
    from scanner.settings import Settings
    from scanner.sources.terraform.instance import ModuleInstance
    from scanner.sources.terraform.module import Module
    from scanner.sources.terraform.run import Run

name = "terraform"

MAX_RECURSION = 8_000
"""Expressions nest in each other across modules; Python's own limit is met far too soon."""


def claims(folders: Mapping[str, Sequence[str]]) -> Iterator[Input]:
    """Yield an input for each folder with configuration, given the file names of every folder.

    Variable files in folders without configuration go to the nearest folder above that has
    some; with none above they are an input of their own, for their strings.
    """
    from scanner.sources.terraform.module import is_module_file
    from scanner.sources.terraform.variables import is_variable_file

    found: dict[str, list[str]] = {}
    for folder, names in folders.items():
        files = sorted(n for n in names if is_module_file(n))
        if files:
            found[folder] = [_path(folder, n) for n in files]
    loose: dict[str, list[str]] = {}
    for folder, names in folders.items():
        values = sorted(_path(folder, n) for n in names if is_variable_file(n))
        if values:
            home = next((f for f in _upwards(folder) if f in found), None)
            (found if home is not None else loose).setdefault(home or folder, []).extend(values)
    for folder, files in sorted({**loose, **found}.items()):
        yield Input(name, folder, folder, tuple(files))


def _path(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        if folder in {".", ""}:
            return
        folder = folder.rpartition("/")[0] or "."


def read(inputs: Sequence[Input], settings: Settings) -> Reading:
    """Read all Terraform inputs of a scan and evaluate every root module.

    A root is a folder that no call of another input reaches, or one with a backend. Raises
    UsageError for a ``--var-file`` that does not exist.
    """
    from scanner.sources.terraform.module import is_module_file
    from scanner.sources.terraform.run import Run

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, MAX_RECURSION))
    try:
        folders = []
        for item in inputs:
            names = [f.rpartition("/")[2] for f in item.files]
            folders.append((item.path, tuple(n for n in names if is_module_file(n))))
        run = Run(settings.root, folders)
        return _read(run, inputs, settings)
    finally:
        sys.setrecursionlimit(limit)


def _read(run: Run, inputs: Sequence[Input], settings: Settings) -> Reading:
    from scanner.sources.terraform import literals
    from scanner.sources.terraform.module import report_faults

    units: list[Unit] = []
    found: list[Declaration] = []
    by_path = {item.path: item for item in inputs if run.module(item.path) is not None}
    every: dict[str, list[Input]] = {}
    for item in inputs:
        every.setdefault(item.path, []).append(item)
    for path in _roots(run, by_path):
        for item in every[path]:  # one, or one for each of several plans
            units.append(Unit(item.unit, name, path, item.environment))
            found.extend(_root(run, item, settings))
    strings: list[WrittenString] = []
    for path, module in run.modules.items():
        if module is not None:
            unit = by_path[path].unit if path in by_path else path
            strings.extend(literals.of_module(module, unit, run.owners))
            for file in module.files:
                report_faults(file, run.report)
    for same in every.values():
        strings.extend(_variable_strings(run, same[0]))
    notes = _undeclared(run, units, settings)
    return Reading(tuple(units), tuple(found), tuple(strings), tuple(run.unread), notes)


def _undeclared(run: Run, units: Sequence[Unit], settings: Settings) -> tuple[str, ...]:
    """Return a note for each variable of the command line that no root module declares."""
    roots = [module for unit in units if (module := run.module(unit.path)) is not None]
    return tuple(
        f"--var {name!r} is declared by no root module and changes nothing"
        for name, _ in settings.variables
        if not any(name in module.variables for module in roots)
    )


def _roots(run: Run, by_path: Mapping[str, Input]) -> Iterator[str]:
    """Yield the folders to evaluate as roots: first those nobody calls, then what is left."""
    called = _static_calls(run, by_path)
    for path in by_path:
        module = run.module(path)
        if _is_root(path, module, called, by_path):
            yield path
    for path in by_path:
        module = run.module(path)
        # Calls that lead in a circle, or from a folder that could not be followed.
        if _is_root(path, module, called, by_path):
            continue
        if path not in run.called:
            yield path


def _is_root(
    path: str, module: Module | None, called: set[str], by_path: Mapping[str, Input]
) -> bool:
    """Say whether a folder is deployed by itself: nobody calls it, it has a backend, or a plan
    was made of it.
    """
    if path not in called or by_path[path].values is not None:
        return True
    return module is not None and module.backend() is not None


def _static_calls(run: Run, by_path: Mapping[str, Input]) -> set[str]:
    from scanner.sources.terraform import tree

    called: set[str] = set()
    for path in by_path:
        module = run.module(path)
        for block in module.calls.values() if module is not None else ():
            source = block.body.attributes.get("source")
            if source is None or not isinstance(source.expression, tree.Constant):
                continue
            text = source.expression.value
            if isinstance(text, str) and text.startswith(("./", "../")):
                called.add(run.resolve(text, path))
    return called


def _root(run: Run, item: Input, settings: Settings) -> Iterable[Declaration]:
    from scanner.sources.terraform import declare, variables
    from scanner.sources.terraform.instance import ModuleInstance

    module = run.module(item.path)
    assert module is not None
    root: ModuleInstance = ModuleInstance(run, module, item.unit)
    beside = [f for f in item.files if variables.is_variable_file(f)]
    root.values = variables.gather(
        run, root.scope, item.path, beside, (*item.variables, *settings.var_files),
        settings.variables,
    )  # fmt: skip
    if item.values is not None:
        variables.planned(root.values, root.scope, item.values)
    return declare.declarations(root)


def _variable_strings(run: Run, item: Input) -> Iterator[WrittenString]:
    from scanner.sources.terraform import literals, variables
    from scanner.sources.terraform.module import variable_values

    for file in item.files:
        if variables.is_variable_file(file):
            values = variable_values(file, run.root, run.report)
            yield from literals.of_values(values, item.unit)
