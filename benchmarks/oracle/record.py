"""Records what Terraform says, as the tables that the tests check without it.

``python benchmarks/oracle/record.py`` writes ``fixtures/sources/terraform/expressions.json``, the
answers of `terraform console` to ``expressions.txt``, and the part of ``functions.json`` that
``terraform metadata functions`` gives: names and types. Wants ``terraform`` 1.11 on PATH.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from console import (
    FILES,
    MOMENT,
    REFUSED,
    folder,
    listed,
    ours,
    same,
    terraform,
    terraform_command,
)

from scanner.sources.terraform.functions import IMPURE

TABLES = Path(__file__).resolve().parents[2] / "fixtures" / "sources" / "terraform"

NOTE = "The keys among the files are synthetic: no real credentials. gitleaks:allow"

ENOUGH = 5
"""The fewest equal cases that a function must have."""


def main() -> int:
    """Write both tables; fail where a difference is not listed, or a function has few cases."""
    version = json.loads(_output("version", "-json"))["terraform_version"]
    sources = [source for source, _ in listed()]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        folder(path, sources)
        mine, theirs = ours(path, len(sources)), terraform(path, len(sources))
    cases, differs, wrong = [], [], []
    for n, (source, reason) in enumerate(listed()):
        equal = same(theirs[n], mine[n])
        if equal is bool(reason):
            wrong.append(f"{source!r}: terraform {theirs[n]!r}, domicile {mine[n]!r}")
        if reason:
            differs.append([source, None if reason == MOMENT else theirs[n], reason])
        else:
            cases.append([source, theirs[n]])
    files = {name: base64.b64encode(data).decode() for name, data in FILES.items()}
    (TABLES / "expressions.json").write_text(
        f'{{"version": "{version}",\n"note": "{NOTE}",\n"files": {json.dumps(files, indent=1)},\n'
        f'"cases": [\n{_rows(cases)}\n],\n"differs": [\n{_rows(differs)}\n]}}\n',
        encoding="utf-8",
    )
    table = TABLES / "functions.json"
    tables = json.loads(table.read_text("utf-8")) if table.exists() else {}
    tables["terraform"] = {"version": version, "functions": _functions()}
    table.write_text(_table(tables), encoding="utf-8")
    counted = calls(source for source, _ in cases)
    supported = set(tables["terraform"]["functions"]) - set(IMPURE)
    print(", ".join(f"{name} {counted[name]}" for name in sorted(supported)))
    few = sorted(name for name in supported if counted[name] < ENOUGH)
    values = sum(answer != REFUSED for _, answer in cases)
    print(
        f"Terraform {version}: {len(sources)} expressions, {len(cases)} equal ({values} of them "
        f"values), {len(differs)} listed as different; {len(supported)} functions"
    )
    for line in wrong:
        print(f"listed in the wrong part: {line}")
    if few:
        print(f"fewer than {ENOUGH} cases: {', '.join(few)}")
    return 1 if wrong or few else 0


def calls(sources: Iterable[str]) -> Counter[str]:
    """Return in how many expressions each function is called."""
    return Counter(
        name for source in sources for name in set(re.findall(r"(?<![\w.])([a-z]\w*)\s*\(", source))
    )


def _rows(rows: list[Any]) -> str:
    return ",\n".join(map(json.dumps, rows))


def _output(*arguments: str) -> str:
    command = [terraform_command(), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _functions() -> dict[str, Any]:
    """Return the types of every function's parameters and result, by name."""
    signatures = json.loads(_output("metadata", "functions", "-json"))["function_signatures"]
    found: dict[str, Any] = {}
    for name, signature in sorted(signatures.items()):
        if name.startswith("core::"):
            continue  # each function once more, by its long name
        found[name] = {
            "parameters": [item["type"] for item in signature.get("parameters", [])],
            "result": signature["return_type"],
        }
        if "variadic_parameter" in signature:
            found[name]["rest"] = signature["variadic_parameter"]["type"]
    return found


def _table(tables: dict[str, Any]) -> str:
    parts = []
    for tool, content in tables.items():
        lines = ",\n".join(
            f"  {json.dumps(name)}: {json.dumps(item)}"
            for name, item in content["functions"].items()
        )
        parts.append(
            f'"{tool}": {{"version": "{content["version"]}", "functions": {{\n{lines}\n}}}}'
        )
    return "{" + ",\n".join(parts) + "}\n"


if __name__ == "__main__":
    raise SystemExit(main())
