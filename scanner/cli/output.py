"""Where a report goes: standard output, or a file that replaces the old one as a whole."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click

from scanner.errors import UsageError
from scanner.report.view import View, of_stream


def view_for(file: str | None, *, show_suppressed: bool = False, category: str = "") -> View:
    """Return how to show something on standard output (None or ``-``), or in a file."""
    if file in (None, "-"):
        return of_stream(sys.stdout, os.environ, show_suppressed=show_suppressed, category=category)
    return View(show_suppressed=show_suppressed, category=category)


def write(text: str, file: str | None) -> None:
    """Write a report. Raises UsageError where the file cannot be written."""
    if file in (None, "-"):
        click.echo(text, nl=False, color=True)
        return
    assert file is not None
    target = Path(file)
    try:
        if target.is_symlink():
            target = target.resolve()
        if target.exists() and not target.is_file():
            # A device, a pipe: written to, never replaced.
            with target.open("w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            return
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=target.parent, delete=False
        ) as temporary:
            temporary.write(text)
        Path(temporary.name).chmod(0o666 & ~_mask())
        Path(temporary.name).replace(target)
    except OSError as error:
        raise UsageError(
            f"cannot write {file}: {error.strerror or error}",
            hint="give --output a file in a folder that exists",
        ) from None


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
