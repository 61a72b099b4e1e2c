"""Where the built-in rules lie: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Return the folder of the built-in ``rules`` or ``rego``."""
    packed = _PACKAGE / "_builtin" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name
