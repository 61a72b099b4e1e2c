"""Counts the resource blocks that a scan read beside those that a plain text search finds.

    python benchmarks/counted.py PATH...

Each path is a repository. A line that starts with ``resource "type" "name"`` counts as found;
a block counts as read when the reader has it, and as declared when the scan has an instance of
it. Lines that are found and not read are printed: they must be comments, texts, or in a file
that the scan names as unread.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from scanner import files, policy
from scanner.settings import Settings
from scanner.sources.terraform import MAX_RECURSION, roots
from scanner.sources.terraform.declare import declarations
from scanner.sources.terraform.module import is_module_file
from scanner.sources.terraform.run import Run

LINE = re.compile(rb'^[ \t]*resource[ \t]+"?[\w-]+"?[ \t]+"?[\w-]+"?[ \t]*\{', re.MULTILINE)


def found(root: Path) -> set[tuple[str, int]]:
    """Return (file, line) of what looks like a resource block in files that git tracks."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*.tf", "*.tofu"], cwd=root, check=True, capture_output=True
    ).stdout
    lines = set()
    for name in filter(None, listed.decode().split("\0")):
        path = root / name
        if path.is_file():
            text = path.read_bytes()
            for match in LINE.finditer(text):
                lines.add((name, text.count(b"\n", 0, match.start()) + 1))
    return lines


def read(root: Path) -> tuple[set[tuple[str, int]], set[tuple[str, int]], list[str]]:
    """Return (file, line) of the blocks that are read, of those with instances, and what is
    unread.
    """
    settings = Settings(root=root)
    inputs = [
        i for i in files.find(settings, policy.load(settings)).inputs if i.source == "terraform"
    ]
    folders = [
        (i.path, tuple(n for f in i.files if is_module_file(n := f.rpartition("/")[2])))
        for i in inputs
    ]
    run = Run(root, folders)
    run.roots = roots.Roots(run, inputs, settings)
    declared = {
        (d.span.file, d.span.line)
        for item in run.roots
        for d in declarations(run.roots.instance(item))
        if d.mode == "resource"
    }
    blocks = {
        (block.file.path, block.header[0] + 1)
        for module in run.modules.values()
        if module is not None
        for (mode, _, _), block in module.resources.items()
        if mode == "resource" and not block.file.path.endswith(".json")
    }
    return blocks, declared, [f"{u.path}:{u.line}: {u.reason}" for u in run.unread]


def main() -> None:
    sys.setrecursionlimit(MAX_RECURSION)
    for path in sys.argv[1:]:
        root = Path(path).resolve()
        text = found(root)
        blocks, declared, unread = read(root)
        print(f"{root.name}: {len(text)} found, {len(blocks)} read, {len(declared)} with instances")
        for name, line in sorted(text - blocks):
            print(f"  found only  {name}:{line}")
        for name, line in sorted(blocks - text):
            print(f"  read only   {name}:{line}")
        for line in unread:
            print(f"  unread      {line}")


if __name__ == "__main__":
    main()
