"""Compares attribute values with tfparse, Trivy's evaluator of Terraform.

    python benchmarks/oracle/values.py [--all] PATH...

Each path is a checkout; the fixtures of this repository are compared as well. For every root
module, and every resource and data instance in it, the leaves of all attributes are compared.
``values.txt`` lists where the two disagree and who is right. Ends with 1 where they disagree
and the list does not say so, agree in less than `WANTED` of what both resolve, or where tfparse
resolves more. ``--all`` also prints what only tfparse resolves.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trivy
from compared import ABSENT, Leaf, compare
from msgspec.structs import replace

from scanner import files, policy
from scanner.settings import Settings
from scanner.sources import terraform
from scanner.sources.terraform.values import BlockValue
from scanner.sources.terraform.variables import is_variable_file, loads_itself

HERE = Path(__file__).resolve().parent
LIST = HERE / "values.txt"
FIXTURES = [
    HERE.parent.parent / "fixtures" / name
    for name in ("repos/northwind", "sources/terraform/wiring", "providers/wired")
]
WANTED = 0.995
VERDICTS = {"ours", "made up", "theirs"}
"""Who is right; ``made up`` where tfparse went on with what it had not resolved."""


@dataclass(slots=True)
class Tally:
    """What a comparison counted, and what it found that the list does not have."""

    states: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    unlisted: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def judge(self, leaf: Leaf, text: str, verdict: str | None) -> None:
        """Count a disagreement, or what only tfparse has, under its verdict in the list."""
        if verdict is not None:
            self.seen.add(text)
            self.verdicts[f"{leaf.state}: {verdict}"] += 1
        elif leaf.state != "theirs":
            self.unlisted.append(text)

    def resolved(self) -> tuple[int, int]:
        """Return how many values each resolves; what tfparse made up is not resolved."""
        both = self.states["equal"] + self.states["differ"]
        theirs = both + self.states["theirs"]
        made_up = self.verdicts["differ: made up"] + self.verdicts["theirs: made up"]
        return both + self.states["ours"], theirs - made_up

    def agreement(self) -> float:
        """Return the share of equal values among those that both resolve."""
        equal = self.states["equal"]
        both = equal + self.states["differ"] - self.verdicts["differ: made up"]
        return equal / both if both else 1.0


def ours(tree: Path) -> dict[Path, dict[str, BlockValue]]:
    """Return by root module of a tree the attributes of its resources and data, by address.

    Both evaluators get the variable files that Terraform loads by itself, and no others.
    """
    settings = Settings(root=tree)
    inputs = [
        replace(item, files=tuple(name for name in item.files if not _optional(name)))
        for item in files.find(settings, policy.load(settings)).inputs
        if item.source == "terraform"
    ]
    read = terraform.read(inputs, settings)
    folders = {unit.id: tree / unit.path for unit in read.units if not unit.environment}
    found: dict[Path, dict[str, Any]] = {folder: {} for folder in folders.values()}
    for item in read.declarations:
        if item.mode in {"resource", "data"} and item.unit in folders:
            found[folders[item.unit]][item.address] = item.attributes
    return found


def _optional(name: str) -> bool:
    return is_variable_file(name) and not loads_itself(name.rpartition("/")[2])


def matched(
    mine: dict[str, BlockValue], other: dict[str, BlockValue]
) -> Iterator[tuple[str, Any, Any]]:
    """Yield (address, ours, theirs) of every instance; `ABSENT` where one has it not.

    An instance with an unknown key, which we write ``[*]``, is the one that tfparse assumes.
    """
    open_ = {
        address: re.compile(re.escape(address).replace(r"\[\*\]", r"(\[[^]]*\])?"))
        for address in mine
        if "[*]" in address
    }
    left = set(mine)
    for address, attributes in other.items():
        name = address
        if address not in mine:
            name = next((n for n, pattern in open_.items() if pattern.fullmatch(address)), address)
        left.discard(name)
        yield name, mine.get(name, ABSENT), attributes
    for address in mine:
        if address in left:
            yield address, mine[address], ABSENT


def shown(value: Any) -> str:
    """Return a value on one line, a long one without its middle."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=lambda _: None)
    return text if len(text) <= 120 else f"{text[:80]}…{text[-39:]}"


def line(place: str, address: str, leaf: Leaf) -> str:
    """Return a disagreement as the list has it."""
    return "\t".join((place, address, leaf.path, shown(leaf.ours), shown(leaf.theirs)))


def listed() -> dict[str, str]:
    """Return the verdict of every disagreement in the list."""
    found: dict[str, str] = {}
    verdict = ""
    for number, text in enumerate(LIST.read_text("utf-8").splitlines(), 1):
        if text.startswith("= "):
            verdict, _, reason = text[2:].partition(": ")
            if verdict not in VERDICTS or not reason:
                raise ValueError(f"{LIST.name}:{number}: no verdict with a reason: {text}")
        elif text and not text.startswith("#"):
            if not verdict or text.count("\t") != 4:
                raise ValueError(f"{LIST.name}:{number}: no disagreement under a verdict: {text}")
            found[text] = verdict
    return found


def tally(tree: Path, verdicts: dict[str, str], *, everything: bool = False) -> Tally:
    """Compare one tree."""
    result = Tally()
    mine = ours(tree)
    for folder, other in zip(mine, trivy.resources(list(mine), tree), strict=True):
        place = f"{tree.name}/{folder.relative_to(tree).as_posix()}"
        for address, left, right in matched(mine[folder], other):
            for leaf in compare(left, right):
                result.states[leaf.state] += 1
                if leaf.state in {"differ", "blocks", "theirs"}:
                    text = line(place, address, leaf)
                    result.judge(leaf, text, verdicts.get(text))
                    if everything and leaf.state == "theirs":
                        print(f"  only tfparse: {text}\t{leaf.ours.reason}")
    return result


def report(tree: Path, found: Tally, verdicts: dict[str, str]) -> bool:
    """Print what was counted for a tree; return whether it is as it should be."""
    states = found.states
    both = states["equal"] + states["differ"]
    we, they = found.resolved()
    raw = states["equal"] / both if both else 1.0
    print(
        f"{tree.name}: {both} values are resolved by both, {states['equal']} are equal:"
        f" {found.agreement():.2%} ({raw:.2%} with what tfparse made up)"
    )
    print(
        f"  resolved in all: ours {we}, tfparse {they} ({states['ours']} and {states['theirs']} by"
        f" one only); by neither {states['neither']}"
    )
    told = ", ".join(f"{n} {words}" for words, n in sorted(found.verdicts.items()))
    if told:
        print(f"  listed: {told}")
    for text in found.unlisted:
        print(f"  not listed: {text}")
    for text in verdicts:
        if text.startswith(f"{tree.name}/") and text not in found.seen:
            print(f"  listed, and not so any more: {text}")
    return not found.unlisted and found.agreement() >= WANTED and we >= they


def main(arguments: list[str]) -> int:
    """Compare the fixtures and every path given."""
    if not trivy.PYTHON.exists():
        print(f"not there: {trivy.PYTHON}; run `make oracle`", file=sys.stderr)
        return 2
    everything = "--all" in arguments
    given = [Path(a).resolve() for a in arguments if a != "--all"]
    verdicts = listed()
    good = True
    for tree in [*FIXTURES, *given]:
        found = tally(tree, verdicts, everything=everything)
        good = report(tree, found, verdicts) and good
    if not given:
        print("no real repositories were compared: name checkouts with FIELD='PATH...'")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
