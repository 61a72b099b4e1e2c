"""Everything that a run was asked for, read once into one frozen object."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path

from scanner.rule import Severity


@dataclass(frozen=True, slots=True)
class Settings:
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
    stdin: bytes | None = field(default=None, repr=False)
    """What came from standard input, where ``-`` is one of the paths."""
