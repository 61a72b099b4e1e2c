"""Asks `terraform console` and Domicile's evaluator about the expressions of ``expressions.txt``.

Wants ``terraform`` 1.11 on PATH. No provider and no network is used: the console evaluates a
folder of locals, beside the files of ``folder``.
"""

from __future__ import annotations

import base64
import json
import math
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from scanner.model import Unknown
from scanner.sources.terraform.instance import ModuleInstance
from scanner.sources.terraform.run import Run
from scanner.sources.terraform.values import Handle
from scanner.sources.terraform.variables import Values

HERE = Path(__file__).parent
LIST = HERE / "expressions.txt"
REFUSED = "refused"
FILES = {
    path.relative_to(HERE / "folder").as_posix(): path.read_bytes()
    for path in sorted((HERE / "folder").rglob("*"))
    if path.is_file()
}
"""What expressions can read: by name, bytes and all."""

DIFFERS = "# differs: "
"""Starts the part of the list where Domicile's answer is known to differ, and says why."""


MOMENT = "the answer depends on the machine or the moment"
"""The reason for which an answer is asked for and not recorded: the next one is another."""


def listed() -> list[tuple[str, str]]:
    """Return (expression, why it differs) in order; without a reason the answers are equal."""
    found: list[tuple[str, str]] = []
    reason = ""
    for line in LIST.read_text(encoding="utf-8").split("\n"):
        if line.startswith("# "):
            reason = line.removeprefix(DIFFERS) if line.startswith(DIFFERS) else ""
        elif line:
            found.append((line.replace("⏎", "\n"), reason))
    return found


def expressions(*, known: bool) -> list[str]:
    """Return the expressions of the list in order: those that differ, or all the others."""
    return [source for source, reason in listed() if bool(reason) is known]


def folder(path: Path, sources: list[str]) -> None:
    """Write one file per expression, so that a syntax error spoils only its own."""
    for name, data in FILES.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    for number, source in enumerate(sources):
        (path / f"e{number}.tf").write_text(
            f"locals {{\n  e{number} = {source}\n}}\n", encoding="utf-8", newline=""
        )


def terraform_command() -> str:
    """Return where Terraform is. Raises SystemExit where it is not."""
    command = shutil.which("terraform")
    if command is None:
        raise SystemExit("terraform is not on PATH: the oracle needs version 1.11")
    return command


def terraform(path: Path, count: int) -> dict[int, Any]:
    """Return Terraform's values by number; what it refuses, or knows after apply, is `REFUSED`."""
    command = terraform_command()
    answers: dict[int, Any] = {}
    left = set(range(count))
    while True:
        # The console prints one answer, here a list with one line for each of its texts, and
        # takes no more than 64 KB to ask for it.
        items = ", ".join(
            f'try(base64encode(nonsensitive(jsonencode(local.e{n}))), "")' for n in sorted(left)
        )
        (path / "asked.tf").write_text(f"locals {{\n  asked = [{items}]\n}}\n", encoding="utf-8")
        done = subprocess.run(
            [command, f"-chdir={path}", "console"],
            input="local.asked\n",
            capture_output=True,
            text=True,
            check=False,
        )
        wrong = {int(n) for n in re.findall(r"on e(\d+)\.tf", done.stderr + done.stdout)} & left
        if not wrong:
            break
        for number in wrong:
            answers[number] = REFUSED
            (path / f"e{number}.tf").unlink()
        left -= wrong
    lines = done.stdout.splitlines()
    assert lines[:1] == ["["], done.stdout + done.stderr
    for number, line in zip(sorted(left), lines[1:-1], strict=True):
        text = re.fullmatch(r'\s*"(.+)",', line)  # an empty text or "(known after apply)" has none
        answers[number] = json.loads(base64.b64decode(text[1])) if text else REFUSED
    return answers


def ours(path: Path, count: int) -> dict[int, Any]:
    """Return Domicile's values by number."""
    run = Run(path, [])
    instance = ModuleInstance(run, run.module("."), "oracle")
    instance.values = Values()
    answers: dict[int, Any] = {}
    for number in range(count):
        name = f"e{number}"
        # What is no HCL at all declares nothing.
        declared = name in instance.module.locals
        answers[number] = plain(instance.local(name)) if declared else REFUSED
    return answers


def plain(value: Any) -> Any:
    """Return a value as JSON has it; an unknown anywhere in it makes it `REFUSED`."""
    if isinstance(value, Unknown | Handle):
        return REFUSED
    if isinstance(value, list):
        items = [plain(item) for item in value]
        return REFUSED if REFUSED in items else items
    if isinstance(value, dict):
        pairs = {key: plain(item) for key, item in value.items()}
        return REFUSED if REFUSED in pairs.values() else pairs
    return value


def same(left: Any, right: Any) -> bool:
    """Compare two answers; fractions to the precision of a double."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        if isinstance(left, int) and isinstance(right, int):
            return left == right
        try:
            return math.isclose(left, right, rel_tol=1e-12)
        except OverflowError:
            return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    return type(left) is type(right) and bool(left == right)


def differences(path: Path, sources: list[str]) -> list[tuple[str, Any, Any]]:
    """Return (expression, Terraform's answer, Domicile's) where the two differ."""
    folder(path, sources)
    mine = ours(path, len(sources))
    theirs = terraform(path, len(sources))
    return [
        (source, theirs[number], mine[number])
        for number, source in enumerate(sources)
        if not same(theirs[number], mine[number])
    ]
