"""Everything that a run was asked for, read once into one frozen object."""

from __future__ import annotations

import datetime
from pathlib import Path

from msgspec import Struct, field

from scanner.rule import Severity


class Settings(Struct, frozen=True):
    """The options of one run. Paths are as given; ``root`` is the working directory."""

    paths: tuple[str, ...] = (".",)
    root: Path = field(default_factory=Path.cwd)
    policy: str | None = None
    allow: tuple[str, ...] = ()
    fail_on: Severity | None = Severity.MEDIUM
    """The lowest severity that makes exit code 1; None for never."""
    strict: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    """Folders of the user's own rules."""
    variables: tuple[tuple[str, str], ...] = ()
    """From the command line, by name."""
    environ: tuple[tuple[str, str], ...] = ()
    """Terraform variables of the process environment, ``TF_VAR_`` left out; asked for only."""
    var_files: tuple[str, ...] = ()
    environment: str | None = None
    as_of: datetime.date = field(default_factory=datetime.date.today)
    """The day at which policies and facts are judged."""
    cache: bool = True
    stdin: bytes | None = None
    """What came from standard input, where ``-`` is one of the paths."""

    def __repr__(self) -> str:
        hidden = {"variables", "environ", "stdin"}  # they may hold secrets
        shown = (name for name in self.__struct_fields__ if name not in hidden)
        return f"Settings({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"
