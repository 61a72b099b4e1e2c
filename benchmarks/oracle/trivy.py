"""What tfparse, which is Trivy's evaluator of Terraform, says about root modules.

tfparse runs in an environment of its own, ``.venv-tfparse``. Its output is brought to the shape
of a `scanner.model.Declaration`; what it did not resolve, or made up, becomes an `Unknown`.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scanner.model import Unknown
from scanner.sources.terraform.blocks import META, META_BLOCKS
from scanner.sources.terraform.values import BlockValue

PYTHON = Path(__file__).resolve().parent.parent.parent / ".venv-tfparse" / "bin" / "python"
HOMES = ("/home/somebody", "C:\\Users\\nobody")
"""The home folders of the two runs: what rests on one, as pathexpand("~") does, differs."""

PROGRAM = """
import glob, json, os, sys
from tfparse import load_from_path
for root in json.load(sys.stdin):
    os.chdir(root)  # path.cwd is the root's folder, as where Terraform is run there
    own = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if os.path.exists(name)]
    values = [*own, *sorted([*glob.glob("*.auto.tfvars"), *glob.glob("*.auto.tfvars.json")])]
    found = load_from_path(root, vars_paths=values)
    print(json.dumps([root, found]), flush=True)
"""

LOST = frozenset({"id", "__tfmeta"})
"""Keys that tfparse writes into every block over what stands there."""


def resources(roots: Sequence[Path], tree: Path) -> Iterator[dict[str, BlockValue]]:
    """Yield for each root of a tree the attributes of its resources and data, by address.

    Raises RuntimeError where tfparse breaks.
    """
    runs = [_run(roots, tree, home) for home in HOMES]
    for first, second in zip(*runs, strict=True):
        yield {
            address: _steady(block, second[address])
            for address, block in first.items()
            if address in second
        }


def _run(roots: Sequence[Path], tree: Path, home: str) -> Iterator[dict[str, BlockValue]]:
    done = subprocess.run(
        [str(PYTHON), "-c", PROGRAM],
        input=json.dumps([str(root) for root in roots]),
        env={**os.environ, "LOG_LEVEL": "ERROR", "HOME": home},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode or len(lines) != len(roots):
        broke = roots[min(len(lines), len(roots) - 1)]
        raise RuntimeError(f"tfparse broke on {broke}: {done.stderr.strip()[-500:]}")
    for root, line in zip(roots, lines, strict=True):
        named, found = json.loads(line)
        assert named == str(root)
        yield {
            block["__tfmeta"]["path"]: read(block, str(tree), top=True)
            for blocks in found.values()
            for block in blocks
            if block["__tfmeta"].get("type") in {"resource", "data"}
        }


def read(block: dict[str, Any], tree: str, *, top: bool = False) -> BlockValue:
    """Return a block that tfparse printed as a `Declaration` holds it."""
    steers = META | META_BLOCKS if top else frozenset()
    return BlockValue(
        {
            name: _value(value, tree)
            for name, value in block.items()
            if name not in LOST and name not in steers
        }
    )


def _value(value: Any, tree: str) -> Any:
    if value is None:
        # It prints the same for what is null and for what it did not resolve.
        return Unknown("null")
    if isinstance(value, dict):
        if "__attribute__" in value:
            return Unknown("a reference that led nowhere", value["__attribute__"])
        if "__tfmeta" in value:
            return [read(value, tree)]  # a block that stands once is printed without the list
        if any("${" in key for key in value):
            return Unknown("a map with a key that it did not evaluate")
        return {key: _value(item, tree) for key, item in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(item, dict) and "__tfmeta" in item for item in value):
            return [read(item, tree) for item in value]
        return [_value(item, tree) for item in value]
    return _text(value, tree) if isinstance(value, str) else value


def _text(text: str, tree: str) -> str | Unknown:
    if "${" in text:
        return Unknown("the source of a template that it did not evaluate", text)
    if "arn::" in text:
        # No ARN is without a partition: data.aws_partition led nowhere, and try() went on.
        return Unknown("an ARN around an unresolved partition", text)
    if tree in text:
        return Unknown("where the checkout lies on this machine", text)
    if "current-region" in text:
        return Unknown("the name that it gives to data.aws_region", text)
    return text


def _steady(first: Any, second: Any) -> Any:
    """Return what two runs have in common: ids, ARNs and random names are made up in each run."""
    if isinstance(first, dict) and isinstance(second, dict):
        common = {key: _steady(first[key], second[key]) for key in first if key in second}
        return BlockValue(common) if isinstance(first, BlockValue) else common
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        return [_steady(left, right) for left, right in zip(first, second, strict=True)]
    if isinstance(first, Unknown) or (type(first) is type(second) and first == second):
        return first
    return Unknown("made up: another in every run", str(first))
