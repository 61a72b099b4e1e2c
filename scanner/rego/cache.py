"""What is kept between runs: compiled bundles, and what the rules say of themselves.

Everything in it can be made again from the sources, and is when it is gone, old or broken.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

MOST = 120
"""How many files are kept; three for each set of rules."""

_CHECKS = "2"
"""Raised whenever rules are checked otherwise: what is kept has passed the checks of its day."""


def place(parts: Iterable[str], suffix: str) -> Path | None:
    """Return the file for what depends on some texts; None where there is no home for it."""
    given = os.environ.get("XDG_CACHE_HOME")
    home = os.environ.get("HOME")
    if given:
        base = Path(given)
    elif home:
        base = Path(home, ".cache")
    else:
        return None
    mark = hashlib.sha256()
    for part in (sys.version, _CHECKS, *parts):
        mark.update(part.encode("utf-8", "surrogateescape") + b"\0")
    return base / "domicile" / "rego" / f"{mark.hexdigest()[:32]}{suffix}"


def keep(path: Path, data: bytes) -> None:
    """Write a file as a whole; a cache that cannot be written is none."""
    try:
        temporary = beside(path)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        return


def sign(path: Path, data: bytes) -> None:
    """Write down what a file will hold."""
    keep(path.with_suffix(".sum"), hashlib.sha256(data).hexdigest().encode())


def whole(path: Path) -> bool:
    """Say whether a file holds what was written down: an engine that is given a broken bundle
    complains on standard output, where a report goes.
    """
    try:
        wanted = path.with_suffix(".sum").read_bytes()
        return hashlib.sha256(path.read_bytes()).hexdigest().encode() == wanted
    except OSError:
        return False


def beside(path: Path) -> Path:
    """Return a name for a file that will replace another; makes the folder. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f"{path.name}.{os.getpid()}")


def prune(folder: Path) -> None:
    """Remove the oldest files: every change of a rule leaves some that nobody asks for again."""
    try:
        files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns, reverse=True)
        for file in files[MOST:]:
            file.unlink(missing_ok=True)
    except OSError:
        return
