"""What is kept between runs: compiled bundles, and what the rules say of themselves.

Everything in it can be made again from the sources, and is when it is gone, old or broken.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path


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
    for part in (sys.version, *parts):
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


def beside(path: Path) -> Path:
    """Return a name for a file that will replace another; makes the folder. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_suffix(f".{os.getpid()}")
