"""The engine of the ``opa`` command on PATH: Open Policy Agent itself, one process a question."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scanner.errors import EngineError
from scanner.rego.engine import Compiled, Module

PATIENCE = 60
"""How many seconds one question may take."""


class OpaEngine:
    """Asks ``opa eval``. Raises EngineError where there is no such command."""

    name = "opa"

    def __init__(self) -> None:
        found = shutil.which("opa")
        if found is None:
            raise EngineError(
                "the Rego engine 'opa' is not on PATH",
                hint="install Open Policy Agent, or use 'regopy', which is always installed",
            )
        self._command = found

    @property
    def version(self) -> str:
        """What ``opa version`` says first."""
        return _run([self._command, "version"], "").partition("\n")[0]

    def knows(self, builtin: str) -> bool:
        """Say whether the engine has a function: it refuses unknown ones itself, by name."""
        return bool(builtin)

    def compile(self, modules: Sequence[Module], entrypoints: Sequence[str]) -> Compiled:
        """Return the modules, ready to answer. Raises EngineError where they do not compile."""
        folder = Path(tempfile.mkdtemp(prefix="domicile-rego-"))
        for number, module in enumerate(modules):
            name = f"{number:04}-{Path(module.file).name}"
            (folder / name).write_text(module.text, "utf-8")
        policies = _Policies(self._command, folder)
        policies.evaluate(entrypoints[:1], {})
        return policies

    def load(self, path: Path) -> Compiled | None:  # noqa: ARG002 - nothing is ever kept
        """Return None: nothing is kept."""
        return None


class _Policies:
    def __init__(self, command: str, folder: Path) -> None:
        self._command = command
        self._folder = folder
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def evaluate(self, entrypoints: Sequence[str], document: Any) -> list[list[Any]]:
        if not entrypoints:
            return []
        asked = ", ".join(
            f"[x | some x in data.{entrypoint.replace('/', '.')}]" for entrypoint in entrypoints
        )
        command = [
            self._command, "eval", "--format", "json", "--stdin-input", "--strict-builtin-errors",
            "--data", str(self._folder), f"[{asked}]",
        ]  # fmt: skip
        answer = json.loads(_run(command, json.dumps(document)))
        if answer.get("errors"):
            first = answer["errors"][0]
            raise EngineError(str(first.get("message", first)))
        found = answer["result"][0]["expressions"][0]["value"]
        if not all(isinstance(members, list) for members in found):
            raise EngineError("the answer is no set")
        return list(found)

    def save(self, path: Path) -> None:
        raise OSError(f"opa has nothing to keep in {path}")


def _run(command: list[str], text: str) -> str:
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"opa did not answer: {error}") from error
    if done.returncode != 0 and not done.stdout.strip():
        raise EngineError(f"opa failed: {' '.join(done.stderr.split())[:300]}")
    return done.stdout
