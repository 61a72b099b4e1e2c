"""Times Domicile beside tfparse (Trivy's evaluator) and Checkov on the same repositories.

    python benchmarks/against.py PATH...

Each path is a checkout. Two comparisons, each of whole processes on one core, taken in turn:

- *values*: everything that Terraform's expressions come to, for every root module that Domicile
  finds there. ``tfparse`` is called once for each of the same folders, in one process.
- *scan*: ``domicile scan`` beside ``checkov --framework terraform`` over the whole checkout, each
  with all its rules.

The two processes of *values* end as the command line does, without taking apart what they hold.

``tfparse`` and ``checkov`` are looked for in the environments ``.venv-tfparse`` and
``.venv-checkov``, which ``make bench`` lays; Checkov's packages would overwrite ours.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
TFPARSE = HERE / ".venv-tfparse" / "bin" / "python"
CHECKOV = HERE / ".venv-checkov" / "bin" / "checkov"
RUNS = {"domicile": 5, "tfparse": 3, "checkov": 1}
LIMIT = 1_500
"""Seconds after which a process is given up; then no ratio is printed."""

OURS = """
import gc, os, sys
from pathlib import Path
from scanner import files, policy
from scanner.settings import Settings
from scanner.sources import terraform
gc.disable()  # as every scan does
settings = Settings(root=Path(sys.argv[1]))
inputs = files.find(settings, policy.load(settings)).inputs
read = terraform.read([i for i in inputs if i.source == "terraform"], settings)
print(len([d for d in read.declarations if d.mode == "resource"]), flush=True)
os._exit(0)  # as the command line does: what is held is not taken apart
"""
THEIRS = """
import json, os, sys
from tfparse import load_from_path
count = 0
for root in json.load(open(sys.argv[1])):
    try:
        found = load_from_path(root)
    except Exception as error:
        print(f"tfparse gave up on {root}: {error}", file=sys.stderr)
        continue
    count += sum(len(items) for items in found.values())
print(count, flush=True)
os._exit(0)
"""


def timed(command: list[str], folder: Path) -> tuple[float, float, str] | None:
    """Return (seconds, CPU seconds, last line printed) of a process on one core.

    None after `LIMIT`. Raises RuntimeError for one that broke: it was not fast, it did nothing.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before = _children()
    start = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=folder, env={**environment, "LOG_LEVEL": "ERROR"}, capture_output=True,
            text=True, timeout=LIMIT, check=False, preexec_fn=_one_core,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    took = time.perf_counter() - start
    used = _children() - before
    lines = done.stdout.strip().split("\n")
    told = done.stderr.strip().split("\n")
    # Scanners end with 1 where they found something; Python does where it broke.
    if done.returncode not in {0, 1} or "Traceback" in done.stderr or not lines[-1]:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {told[-1][:300]}")
    for line in told:
        if line.startswith("tfparse gave up"):
            print(f"  {line[:200]}")
    return took, used, lines[-1]


def _children() -> float:
    used = os.times()
    return used.children_user + used.children_system


def _one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def roots(path: Path) -> list[str]:
    """Return the folders of the root modules that a scan of a checkout finds."""
    inventory = subprocess.run(
        [str(Path(sys.executable).parent / "domicile"), "inventory", "--format", "json"],
        cwd=path, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    units = json.loads(inventory)["units"]
    return [str(path / unit["path"]) for unit in units if unit["source"] == "terraform"]


def side_by_side(ours: list[str], theirs: list[str], name: str, folder: Path) -> None:
    """Time two commands in turn and print both and their ratio."""
    times: dict[str, list[tuple[float, float, str]]] = {"domicile": [], name: []}
    timed(ours, folder)  # the first run writes bytecode and fills the file cache
    for run in range(max(RUNS["domicile"], RUNS[name])):
        for who, command in (("domicile", ours), (name, theirs)):
            if run < RUNS[who]:
                found = timed(command, folder)
                if found is None:
                    print(f"  {who}: given up after {LIMIT} s")
                    return
                times[who].append(found)
    wall = {who: statistics.median(item[0] for item in found) for who, found in times.items()}
    used = {who: statistics.median(item[1] for item in found) for who, found in times.items()}
    for who, found in times.items():
        print(
            f"  {who:9} {wall[who]:8.2f} s  {used[who]:8.2f} s CPU  {len(found)} runs: {found[-1][2][:60]}"
        )
    ratio, cpu = wall[name] / wall["domicile"], used[name] / used["domicile"]
    print(f"  {name} takes {ratio:.1f} times as long ({cpu:.1f} in CPU time)")


def main() -> int:
    """Compare on every path given; return 2 where a tool is not there."""
    missing = [str(tool) for tool in (TFPARSE, CHECKOV) if not tool.exists()]
    if missing or len(sys.argv) < 2:
        told = f"not there: {', '.join(missing)}" if missing else "no checkout was named"
        print(f"{told}; run `make bench FIELD='PATH...'`", file=sys.stderr)
        return 2
    domicile = str(Path(sys.executable).parent / "domicile")
    for given in sys.argv[1:]:
        path = Path(given).resolve()
        with tempfile.TemporaryDirectory() as folder:
            listed = Path(folder, "roots.json")
            listed.write_text(json.dumps(roots(path)), "utf-8")
            print(f"{path.name}, values of {len(json.loads(listed.read_text()))} root modules")
            side_by_side(
                [sys.executable, "-c", OURS, str(path)],
                [str(TFPARSE), "-c", THEIRS, str(listed)], "tfparse", path,
            )  # fmt: skip
            print(f"{path.name}, scan")
            side_by_side(
                [domicile, "scan", "--format", "json"],
                [str(CHECKOV), "--directory", ".", "--framework", "terraform", "--compact", "--quiet"],
                "checkov", path,
            )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
