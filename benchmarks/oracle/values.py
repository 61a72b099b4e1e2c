"""Compares attribute values with tfparse, Trivy's evaluator of Terraform.

    python benchmarks/oracle/values.py PATH...

Each path is a checkout, or a folder of this repository.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trivy
from scanner import files, policy
from scanner.model import Unknown
from scanner.paths import join
from scanner.settings import Settings
from scanner.sources import terraform
from scanner.sources.terraform.values import BlockValue


def roots(tree: Path) -> dict[Path, dict[str, BlockValue]]:
    """Return what we make of a tree: by root module, the attributes of its resources and data."""
    settings = Settings(root=tree)
    inputs = files.find(settings, policy.load(settings)).inputs
    read = terraform.read([i for i in inputs if i.source == "terraform"], settings)
    paths = {unit.id: tree / unit.path for unit in read.units}
    found: dict[Path, dict[str, BlockValue]] = {path: {} for path in paths.values()}
    for item in read.declarations:
        if item.mode in {"resource", "data"}:
            found[paths[item.unit]][item.address] = item.attributes
    return found


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of one attribute, as both have it."""

    state: str
    path: str
    ours: Any
    theirs: Any


def compare(ours: Any, theirs: Any, path: str = "") -> Iterator[Leaf]:
    if isinstance(ours, Unknown) and isinstance(theirs, Unknown):
        yield Leaf("neither", path, ours, theirs)
    elif isinstance(ours, Unknown):
        for leaf, value in leaves(theirs, path):
            yield Leaf("neither" if isinstance(value, Unknown) else "theirs", leaf, ours, value)
    elif isinstance(theirs, Unknown):
        for leaf, value in leaves(ours, path):
            state = "neither" if isinstance(value, Unknown) or value is None else "ours"
            yield Leaf(state, leaf, value, theirs)
    elif isinstance(ours, dict) and isinstance(theirs, dict) and (ours or theirs):
        for key in {**ours, **theirs}:
            block = isinstance(ours, BlockValue)
            if block and not path and key in trivy.LOST: continue
            if block and key in trivy.LOST: continue
            at = join(path, key)
            if key not in theirs:
                yield from compare(ours[key], Unknown("absent"), at)
            elif key not in ours:
                yield from compare(Unknown("absent"), theirs[key], at)
            else:
                yield from compare(ours[key], theirs[key], at)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs) and ours:
        for index, (left, right) in enumerate(zip(ours, theirs)):
            yield from compare(left, right, join(path, index))
    elif type(ours) is type(theirs) and ours == theirs:
        yield Leaf("equal", path, ours, theirs)
    elif isinstance(ours, (int, float)) and isinstance(theirs, (int, float)) and not isinstance(ours, bool) and not isinstance(theirs, bool) and ours == theirs:
        yield Leaf("equal", path, ours, theirs)
    else:
        yield Leaf("differ", path, ours, theirs)


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            if isinstance(value, BlockValue) and key in trivy.LOST: continue
            yield from leaves(item, join(path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, join(path, index))
    else:
        yield path, value


def uuids(tree: Path) -> frozenset[str]:
    done = subprocess.run(["grep", "-rhoEI", "--include=*.tf*", "--include=*.y*ml", "--include=*.json", trivy.UUID.pattern, str(tree)], capture_output=True, text=True, check=False)
    return frozenset(done.stdout.split())


def main() -> int:
    total = Counter()
    for given in sys.argv[1:]:
        tree = Path(given).resolve()
        mine = roots(tree)
        counts = Counter()
        for root, theirs in zip(mine, trivy.resources(list(mine), uuids(tree))):
            ours = mine[root]
            name = f"{tree.name}/{root.relative_to(tree)}"
            for address in ours.keys() - theirs.keys():
                print("ONLYOURS", name, address, sep="\t")
            for address in theirs.keys() - ours.keys():
                print("ONLYTHEIRS", name, address, sep="\t")
            for address in ours.keys() & theirs.keys():
                for leaf in compare(ours[address], theirs[address]):
                    counts[leaf.state] += 1
                    if leaf.state in {"differ", "theirs", "ours"}:
                        print(leaf.state, name, address, leaf.path, leaf.ours, leaf.theirs, sep="\t")
        print("#", tree.name, dict(counts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
