"""Terraform and OpenTofu: configuration in, declarations with provenance out.

``hcl`` and ``hcl_json`` read the text, ``module`` sorts a folder's blocks, ``instance`` gives
every call of a module its variables, ``evaluate`` works expressions out, ``wiring`` finds the
provider of each resource, ``declare`` lists the result and ``origin`` explains it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from scanner.model import Declaration, Unit, WrittenString
from scanner.sources.source import Input, Reading

if TYPE_CHECKING:
    from scanner.settings import Settings
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
    from scanner.sources.terraform import declare, literals
    from scanner.sources.terraform.installed import is_installed
    from scanner.sources.terraform.module import report_faults
    from scanner.sources.terraform.roots import Roots

    units: list[Unit] = []
    found: list[Declaration] = []
    roots = run.roots = Roots(run, inputs, settings)
    for item in roots:
        units.append(Unit(item.unit, name, item.path, item.environment))
        found.extend(declare.declarations(roots.instance(item)))
    strings: list[WrittenString] = []
    for path, module in run.modules.items():
        if module is None:
            continue
        if not is_installed(path):  # what terraform init put there is nobody's own source
            strings.extend(literals.of_module(module, path, run.owners))
        for file in module.files:
            report_faults(file, run.report)
    for item in {item.path: item for item in reversed(inputs)}.values():
        strings.extend(_variable_strings(run, item))
    run.name_limits()
    return Reading(
        tuple(units),
        tuple(found),
        tuple(strings),
        tuple(run.unread),
        tuple(run.sensitive),
        notes=_undeclared(run, units, settings),
    )


def _undeclared(run: Run, units: Sequence[Unit], settings: Settings) -> tuple[str, ...]:
    """Return a note for each variable of the command line that no root module declares."""
    roots = [module for unit in units if (module := run.module(unit.path)) is not None]
    return tuple(
        f"--var {name!r} is declared by no root module and changes nothing"
        for name, _ in settings.variables
        if not any(name in module.variables for module in roots)
    )


def _variable_strings(run: Run, item: Input) -> Iterator[WrittenString]:
    from scanner.sources.terraform import literals, variables
    from scanner.sources.terraform.module import report_faults, variable_values

    for file in item.files:
        if variables.is_variable_file(file):
            values = variable_values(file, run.root, run.report)
            yield from literals.of_values(values, item.path)
            for source in {id(value.file): value.file for value in values.values()}.values():
                report_faults(source, run.report)
