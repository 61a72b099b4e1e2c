"""What tfparse, which is Trivy's evaluator of Terraform, says about root modules.

tfparse runs in its own environment, ``.venv-tfparse``. Its output is brought to the shape of
`scanner.model.Declaration`, and what it could not resolve, or made up, becomes an `Unknown`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scanner.model import Unknown
from scanner.sources.terraform.blocks import META, META_BLOCKS
from scanner.sources.terraform.values import BlockValue

PYTHON = Path(__file__).resolve().parent.parent.parent / ".venv-tfparse" / "bin" / "python"

PROGRAM = """
import json, os, sys
from tfparse import load_from_path
for root in json.load(sys.stdin):
    os.chdir(root)
    print(json.dumps([root, load_from_path(root)]), flush=True)
"""

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

LOST = frozenset({"id", "__tfmeta"})
"""Keys of every block that tfparse writes over with its own: what stood there is lost."""


def resources(roots: Sequence[Path], written: frozenset[str]) -> Iterator[dict[str, BlockValue]]:
    """Yield for each root the attributes of its resources and data, by address.

    ``written`` are the UUIDs that stand in the source; all others are made up. Raises
    RuntimeError where tfparse breaks.
    """
    done = subprocess.run(
        [str(PYTHON), "-c", PROGRAM],
        input=json.dumps([str(root) for root in roots]),
        env={**os.environ, "LOG_LEVEL": "ERROR"},
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
            block["__tfmeta"]["path"]: tidied(block, written, top=True)
            for blocks in found.values()
            for block in blocks
            if block["__tfmeta"].get("type") in {"resource", "data"}
        }


def tidied(block: dict[str, Any], written: frozenset[str], *, top: bool = False) -> BlockValue:
    """Return a block as a `Declaration` holds it."""
    steers = META | META_BLOCKS if top else frozenset()
    return BlockValue(
        {
            name: _value(value, written)
            for name, value in block.items()
            if name not in LOST and name not in steers
        }
    )


def _value(value: Any, written: frozenset[str]) -> Any:
    if value is None:
        # It prints the same for what is null and for what it could not evaluate.
        return Unknown("null")
    if isinstance(value, dict):
        if "__attribute__" in value:
            return Unknown("a reference that leads nowhere", value["__attribute__"])
        if "__tfmeta" in value:
            # A block that stands once is printed without the list.
            return [tidied(value, written)]
        return {key: _value(item, written) for key, item in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(item, dict) and "__tfmeta" in item for item in value):
            return [tidied(item, written) for item in value]
        return [_value(item, written) for item in value]
    if isinstance(value, str):
        return _text(value, written)
    return value


def _text(text: str, written: frozenset[str]) -> str | Unknown:
    # Ids, ARNs, rendered policies and random texts are UUIDs that differ from run to run.
    if any(found not in written for found in UUID.findall(text)):
        return Unknown("made up", text)
    # Of a template with an unresolved part it prints the source.
    return Unknown("a template that is not evaluated", text) if "${" in text else text
