"""Records what Terraform says, as the tables that the tests check without it.

``python benchmarks/oracle/record.py`` writes ``fixtures/sources/terraform/expressions.json``, the
answers of `terraform console` to ``expressions.txt``, and the part of ``functions.json`` that
``terraform metadata functions`` gives: names and types. Wants ``terraform`` 1.11 on PATH.
"""

from __future__ import annotations

import base64
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from console import FILES, REFUSED, expressions, folder, ours, same, terraform, terraform_command

TABLES = Path(__file__).resolve().parents[2] / "fixtures" / "sources" / "terraform"


def main() -> int:
    """Write both tables; an expression with another answer than ours belongs under ``differs``."""
    version = json.loads(_output("version", "-json"))["terraform_version"]
    sources = expressions(known=False)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        folder(path, sources)
        mine, theirs = ours(path, len(sources)), terraform(path, len(sources))
    wrong = [s for n, s in enumerate(sources) if not same(theirs[n], mine[n])]
    for source in wrong:
        print(f"differs, not recorded: {source!r}")
    files = {name: base64.b64encode(data).decode() for name, data in FILES.items()}
    cases = [[s, theirs[n]] for n, s in enumerate(sources) if s not in wrong]
    lines = ",\n".join(json.dumps(case) for case in cases)
    (TABLES / "expressions.json").write_text(
        f'{{"version": "{version}",\n"files": {json.dumps(files, indent=1)},\n'
        f'"cases": [\n{lines}\n]}}\n',
        encoding="utf-8",
    )
    table = TABLES / "functions.json"
    tables = json.loads(table.read_text("utf-8")) if table.exists() else {}
    tables["terraform"] = {"version": version, "functions": _functions()}
    table.write_text(_table(tables), encoding="utf-8")
    answered = sum(answer != REFUSED for _, answer in cases)
    print(f"Terraform {version}: {len(cases)} answers, {answered} of them values")
    return 1 if wrong else 0


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
