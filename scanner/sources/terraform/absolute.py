"""Absolute paths, ``path.cwd`` and ``abspath()``: known from the top of the scanned tree on.

Where a checkout lies differs from machine to machine, so such a path is unknown. Its last name
is not, and neither is the file that it leads to: Terraform is run in the folder of its root.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import Any

from scanner.model import Unknown
from scanner.sources.terraform.values import Handle, joined, to_string


class Absolute(Unknown, frozen=True):
    """An absolute path; ``path`` is the part of it below the top of the tree."""

    path: str = ""


def absolute(path: str, expression: str) -> Absolute:
    """Return the absolute path of a path that is relative to the top of the tree."""
    return Absolute("the folder in which Terraform runs", expression, None, path)


def followed(start: Absolute, pieces: list[Any]) -> Unknown:
    """Return what a template makes of an absolute path and what is written behind it."""
    for piece in pieces:
        if isinstance(piece, Unknown):
            return Unknown(piece.reason, piece.expression)
        if isinstance(piece, Handle):
            return Unknown(start.reason, start.expression)
    rest = joined("", [to_string(piece) for piece in pieces])
    if rest and not rest.startswith("/"):
        return Unknown(start.reason, start.expression)
    return absolute(start.path + rest, start.expression)


def relative(arguments: list[Any], folder: str) -> list[Any]:
    """Return the arguments with absolute paths as relative ones, which start from ``folder``."""
    return [
        posixpath.relpath(item.path or ".", folder or ".") if isinstance(item, Absolute) else item
        for item in arguments
    ]


def basename(path: Absolute) -> str | Unknown:
    """Return the last name of a path; the top of the tree may be called anything."""
    last = posixpath.basename(posixpath.normpath(path.path))
    return Unknown(path.reason, path.expression) if last in {"", ".", ".."} else last


def dirname(path: Absolute) -> Absolute:
    """Return the path above a path."""
    return absolute(posixpath.normpath(posixpath.join(path.path, "..")), path.expression)


def normal(path: Absolute) -> Absolute:
    """Return a path without ``.`` and ``..`` in the middle."""
    return absolute(posixpath.normpath(path.path), path.expression)


FUNCTIONS: dict[str, Callable[[Absolute], Any]] = {
    "abspath": normal,
    "basename": basename,
    "dirname": dirname,
}
"""The functions of paths, for absolute ones."""
