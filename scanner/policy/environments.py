"""Which environment a unit belongs to, and when two names mean the same one."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

_SAME = (
    ("prod", "production", "prd", "live"),
    ("stage", "staging", "stg"),
    ("preprod", "preproduction", "pre-prod", "pre-production"),
    ("dev", "development", "devel"),
    ("test", "testing", "tst"),
    ("qa",), ("uat",), ("sandbox",),
)  # fmt: skip
_FIRST = {name: names[0] for names in _SAME for name in names}


def canonical(name: str) -> str:
    """Return one name for all spellings of an environment: ``production`` is ``prod``."""
    plain = name.strip().casefold()
    return _FIRST.get(plain, plain)


def of_path(path: str, mentioned: Iterable[str]) -> str | None:
    """Return the environment that a path's innermost telling folder names, or None.

    Telling are the names that the policy mentions and the usual ones (``prod``, ``staging``).
    """
    names = set(_FIRST.values()) | {canonical(name) for name in mentioned}
    for step in reversed(path.split("/")):
        if canonical(step) in names:
            return canonical(step)
    return None


def variable_files(files: Iterable[str], environment: str) -> list[str]:
    """Return the Terraform variable files that carry an environment's name, in order.

    ``prod`` finds ``prod.tfvars``, ``envs/production.tfvars`` and ``prod/terraform.tfvars``.
    """
    wanted = canonical(environment)
    found = []
    for file in files:
        name = posixpath.basename(file)
        if not name.endswith((".tfvars", ".tfvars.json")):
            continue
        stem = name.partition(".")[0]
        folder = posixpath.basename(posixpath.dirname(file))
        if canonical(stem) == wanted or (stem == "terraform" and canonical(folder) == wanted):
            found.append(file)
    return found
