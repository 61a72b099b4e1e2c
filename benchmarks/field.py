"""Prints the figures of docs/field-notes.md for checked-out repositories.

    python benchmarks/field.py ../terragoat ../terraform-aws-eks

For each: how many resources have a place, how many of those places are known or one of several
known ones, why the others are unknown, and what could not be read.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from scanner import scan
from scanner.model import Resource
from scanner.providers.unknown import reason as why
from scanner.settings import Settings


def state(resource: Resource) -> str:
    """Return how well a resource's place is known."""
    found = {location.status for location in resource.locations}
    if not found:
        return "no place"
    for status in ("unknown", "candidate"):
        if status in found:
            return status
    return "known"


def reason(resource: Resource) -> str:
    """Return why a resource's place is unknown: the last step of the trail."""
    return next(why(location) for location in resource.locations if location.status == "unknown")


def main(paths: list[str]) -> int:
    """Scan and print."""
    for path in paths:
        root = Path(path).resolve()
        begin = time.perf_counter()
        report = scan.run(Settings(root=root))
        taken = time.perf_counter() - begin
        graph = report.graph
        states = Counter(state(r) for r in graph.resources.values())
        placed = sum(n for name, n in states.items() if name != "no place")
        located = states["known"] + states["candidate"]
        share = 100 * located / placed if placed else 100.0
        print(f"== {root.name}: {taken:.2f} s, {len(graph.units)} units")
        print(f"   resources {len(graph.resources)}, with a place {placed}: {dict(states)}")
        print(f"   located {share:.1f} %, flows {len(graph.flows)}, unread {len(graph.unread)}")
        print(f"   findings {Counter(f.rule.id + ' ' + f.verdict for f in report.findings)}")
        unknown = [r for r in graph.resources.values() if state(r) == "unknown"]
        for text, number in Counter(f"{r.type}: {reason(r)}" for r in unknown).most_common(25):
            print(f"   {number:4} {text}")
        for text, number in Counter(u.reason[:90] for u in graph.unread).most_common(8):
            print(f"   unread {number:4} {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
