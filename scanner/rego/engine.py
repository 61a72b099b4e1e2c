"""The seam behind which a Rego engine runs. Nothing else in the scanner knows which one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from scanner.errors import EngineError

ENGINES = ("regopy", "regorus", "opa")


class Module(Struct, frozen=True):
    """One Rego file: its name in error messages, and its text."""

    file: str
    text: str


class Compiled(Protocol):
    """Modules that are ready to answer."""

    def evaluate(self, entrypoints: Sequence[str], document: Any) -> list[list[Any]]:
        """Return the members of the set (or list) at each ``package/path/name`` for an input.

        An undefined entry point has no members. Raises `EngineError`.
        """

    def save(self, path: Path) -> None:
        """Write what `Engine.load` reads."""


class Engine(Protocol):
    """A Rego engine."""

    @property
    def name(self) -> str:
        """The name that a person would use: ``regopy``."""

    @property
    def version(self) -> str:
        """Changes whenever a saved build could mean something else."""

    def knows(self, builtin: str) -> bool:
        """Say whether the engine has a built-in function."""

    def compile(self, modules: Sequence[Module], entrypoints: Sequence[str]) -> Compiled:
        """Return the modules, ready to answer the entry points. Raises `EngineError`."""

    def load(self, path: Path) -> Compiled | None:
        """Return what `Compiled.save` wrote, or None when the file holds no such thing."""


def engine(name: str | None = None) -> Engine:
    """Return an engine by name; its library is imported here and not before.

    Without a name ``DOMICILE_REGO_ENGINE`` decides, and without that it is regopy.
    """
    name = name or os.environ.get("DOMICILE_REGO_ENGINE") or ENGINES[0]
    if name == "regopy":
        from scanner.rego.regopy_engine import RegopyEngine

        return RegopyEngine()
    if name == "regorus":
        try:
            from scanner.rego.regorus_engine import RegorusEngine
        except ImportError:
            raise EngineError(
                "the Rego engine 'regorus' is not installed",
                hint="install domicile[regorus], or use 'regopy', which is always installed",
            ) from None
        return RegorusEngine()
    if name == "opa":
        from scanner.rego.opa_engine import OpaEngine

        return OpaEngine()
    raise EngineError(
        f"there is no Rego engine {name!r}", hint="engines are: " + ", ".join(ENGINES)
    )
