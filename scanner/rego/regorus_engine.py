"""The engine of the extra ``regorus``: Microsoft's regorus inside this process.

It knows less than the default engine does of Rego's built-in functions, and reads what the
default engine gets wrong; the two are compared by `make oracle`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import regorus

from scanner.errors import EngineError
from scanner.model import Span
from scanner.rego.engine import Compiled, Module

_PLACE = re.compile(r"--> (?P<file>.*):(?P<line>\d+):(?P<column>\d+)\s")
_REASON = re.compile(r"^error: (?P<text>.+)$", re.MULTILINE)
_PACKAGES = ("gordon-to-regorus", "celine-regorus", "regorus")


class RegorusEngine:
    """Compiles with regorus; there is no form of a bundle that could be kept."""

    name = "regorus"

    @property
    def version(self) -> str:
        """The version of the package that brings it."""
        for package in _PACKAGES:
            try:
                return f"{package} {version(package)}"
            except PackageNotFoundError:
                continue
        return "unknown"

    def knows(self, builtin: str) -> bool:
        """Say whether the engine has a function: it refuses unknown ones itself, by name."""
        return bool(builtin)

    def compile(self, modules: Sequence[Module], entrypoints: Sequence[str]) -> Compiled:
        """Return the modules, ready to answer. Raises EngineError naming file and line."""
        engine = regorus.Engine()
        for module in modules:
            try:
                engine.add_policy(module.file, module.text)
            except RuntimeError as error:
                raise _problem(module.file, str(error)) from error
        for entrypoint in entrypoints:
            package = "data." + entrypoint.rpartition("/")[0].replace("/", ".")
            if package not in engine.get_packages():
                raise EngineError(f"no module has the package of {entrypoint}")
        return _Policies(engine)

    def load(self, path: Path) -> Compiled | None:  # noqa: ARG002 - nothing is ever kept
        """Return None: nothing is kept."""
        return None


class _Policies:
    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def evaluate(self, entrypoints: Sequence[str], document: Any) -> list[list[Any]]:
        self._engine.set_input_json(json.dumps(document))
        return [self._answer(entrypoint) for entrypoint in entrypoints]

    def _answer(self, entrypoint: str) -> list[Any]:
        try:
            text = self._engine.eval_rule_as_json("data." + entrypoint.replace("/", "."))
        except RuntimeError as error:
            raise _problem("", str(error)) from error
        found = json.loads(text) if text else []
        if not isinstance(found, list):
            raise EngineError(f"the answer is {text[:80]} where a set was expected")
        return found

    def save(self, path: Path) -> None:
        raise OSError(f"regorus has nothing to keep in {path}")


def _problem(file: str, text: str) -> EngineError:
    reason = _REASON.search(text)
    words = reason["text"] if reason else " ".join(text.split())[:200]
    place = _PLACE.search(text)
    if place is None:
        return EngineError(f"{file}: {words}" if file else words)
    line, column = int(place["line"]), int(place["column"])
    return EngineError(
        f"{place['file']}:{line}: {words}",
        span=Span(place["file"], line, column, line, column + 1),
    )
