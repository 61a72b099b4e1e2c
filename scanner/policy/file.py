"""Finding the policy file, and the policy that ``--allow`` writes without one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scanner.errors import PolicyError, UsageError
from scanner.geography import Area, UnknownPlace
from scanner.policy.policy import Policy
from scanner.policy.residency import Residency

if TYPE_CHECKING:
    from scanner.settings import Settings

NAMES = ("domicile.yaml", "domicile.yml")
LARGEST = 1_000_000


def load(settings: Settings) -> Policy:
    """Return the policy of a run: its file, if there is one, and ``--allow``.

    Raises PolicyError with every fault of the file.
    """
    path = find(settings.root, settings.policy)
    policy = Policy()
    if path is not None:
        from scanner.policy.read import read

        shown = _shown(path, settings.root, settings.policy)
        policy = read(_text(path, shown), shown, settings.as_of)
    allowed = _allowed(settings.allow, settings.as_of)
    if allowed is not None:
        policy = replace(policy, residency=(*policy.residency, allowed))
    return replace(policy, environment=settings.environment)


def find(root: Path, given: str | None) -> Path | None:
    """Return the policy file: the one given, or the one in the working directory."""
    if given is not None:
        path = root / given
        if not path.is_file():
            raise PolicyError(
                f"there is no policy file '{given}'",
                hint="paths are relative to the working directory; 'domicile init' writes one",
            )
        return path
    found = [root / name for name in NAMES if os.path.lexists(root / name)]
    for path in found:
        if not path.is_file():
            raise PolicyError(
                f"{path.name} is no file that can be read",
                hint="a policy that is there and cannot be read is never passed over",
            )
    if len(found) > 1:
        raise PolicyError(
            f"both {NAMES[0]} and {NAMES[1]} exist",
            hint="keep one of them, or name the one to use with --policy",
        )
    return found[0] if found else None


def further_up(root: Path) -> Path | None:
    """Return a policy file between the working directory and the top of its repository."""
    root = root.resolve()
    tops = [n for n, folder in enumerate((root, *root.parents)) if (folder / ".git").exists()]
    for folder in list(root.parents)[: tops[0] if tops else 0]:
        for name in NAMES:
            if (folder / name).is_file():
                return folder / name
    return None


def _text(path: Path, shown: str) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise PolicyError(f"{shown}: a policy file holds at most {LARGEST} bytes")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise PolicyError(f"{shown}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise PolicyError(
            f"{shown}: not UTF-8 at byte {error.start}", hint="save the file as UTF-8"
        ) from error


def _shown(path: Path, root: Path, given: str | None) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return given or path.name


def _allowed(allow: Sequence[str], as_of: date) -> Residency | None:
    terms = [term.strip() for item in allow for term in item.split(",") if term.strip()]
    if not terms:
        if allow:
            raise UsageError(
                "--allow names no place", hint="leave it out, or name one: EEA, CH, aws:eu-west-1"
            )
        return None
    try:
        area = Area.parse(terms, as_of)
    except UnknownPlace as error:
        hint = f"; did you mean '{error.nearest}'?" if error.nearest else ""
        raise UsageError(
            f"--allow: unknown place '{error.term}'{hint}",
            hint="a country (IE), a group (EEA) or a provider's region (aws:eu-west-1)",
        ) from error
    return Residency(name=f"--allow {','.join(terms)}", allow=area)
