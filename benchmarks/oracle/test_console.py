"""Compares Domicile's evaluator with Terraform's own, over ``expressions.txt``.

Run by ``make oracle``; wants ``terraform`` 1.11 or newer on PATH. No provider and no network
is used: ``terraform console`` evaluates a folder of locals.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scanner.model import Unknown
from scanner.sources.terraform.instance import ModuleInstance
from scanner.sources.terraform.run import Run
from scanner.sources.terraform.values import MAX_SIZE
from scanner.sources.terraform.variables import Values

LIST = Path(__file__).with_name("expressions.txt")
REFUSED = "refused"

FILES = {
    "data.txt": b"some data\n",
    "other.txt": b"other\n",
    "sub/inner.txt": b"inner\n",
    "sub/deep/leaf.md": b"leaf\n",
    "latin.bin": b"caf\xe9",
    "hello.tftpl": b"Hello ${name}!\n%{ for x in list ~}\n- ${x}\n%{ endfor ~}\n",
    "plain.tftpl": b"plain, no line end",
    "single.tftpl": b"${x}",
    "crlf.tftpl": b"a ${x}\r\nb\r\n",
}

DIFFERENT = {
    "12345678901234567890 + 1": "numbers beyond 53 bits",
}
"""Where Domicile's answer is known to differ, and why."""


def expressions() -> list[str]:
    """Return the expressions of the list, in order."""
    lines = LIST.read_text(encoding="utf-8").split("\n")
    return [line.replace("⏎", "\n") for line in lines if line and not line.startswith("# ")]


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


# The console also takes a null that is to be formatted for something not yet known.
_AFTER_APPLY = re.compile(
    r"\b(?:timestamp|plantimestamp|uuid|bcrypt)\(|\bformat(?:list)?\(\"%.\", null\)"
)


def terraform(path: Path, sources: list[str]) -> dict[int, Any]:
    """Return Terraform's values by number; what it refuses, or knows after apply, is `REFUSED`."""
    command = shutil.which("terraform")
    if command is None:
        pytest.fail("terraform is not on PATH: the oracle needs version 1.11 or newer", False)
    # One value that is known after apply makes the whole answer one.
    later = {n for n, source in enumerate(sources) if _AFTER_APPLY.search(source)}
    answers: dict[int, Any] = dict.fromkeys(later, REFUSED)
    left = set(range(len(sources))) - later
    while True:
        pairs = ", ".join(f"try(nonsensitive(jsonencode(local.e{n})), null)" for n in sorted(left))
        done = subprocess.run(
            [command, f"-chdir={path}", "console"],
            input=f"jsonencode([{pairs}])\n",
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
    assert done.stdout.startswith('"'), done.stdout + done.stderr
    found = json.loads(json.loads(done.stdout.strip()))
    for number, text in zip(sorted(left), found, strict=True):
        answers[number] = REFUSED if text is None else json.loads(text)
    return answers


def ours(path: Path, count: int) -> dict[int, Any]:
    """Return Domicile's values by number."""
    run = Run(path, [])
    instance = ModuleInstance(run, run.module(""), "oracle")
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
    if isinstance(value, Unknown):
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
        return left == right or math.isclose(left, right, rel_tol=1e-12)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    return type(left) is type(right) and bool(left == right)


def differences(path: Path) -> list[tuple[str, Any, Any]]:
    """Return (expression, Terraform's answer, Domicile's) where the two differ."""
    sources = expressions()
    folder(path, sources)
    mine = ours(path, len(sources))
    theirs = terraform(path, sources)
    return [
        (source, theirs[number], mine[number])
        for number, source in enumerate(sources)
        if not same(theirs[number], mine[number])
    ]


def test_console(tmp_path: Path) -> None:
    assert MAX_SIZE
    found = [item for item in differences(tmp_path) if item[0] not in DIFFERENT]
    assert not found, "\n".join(f"{s!r}: terraform {t!r}, domicile {m!r}" for s, t, m in found)
