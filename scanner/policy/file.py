"""Finding the policy file, and the policy that ``--allow`` writes without one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

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
    found = [root / name for name in NAMES if (root / name).is_file()]
    if len(found) > 1:
        raise PolicyError(
            f"both {NAMES[0]} and {NAMES[1]} exist",
            hint="keep one of them, or name the one to use with --policy",
        )
    return found[0] if found else None


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


def _allowed(allow: Iterable[str], as_of: date) -> Residency | None:
    terms = [term.strip() for item in allow for term in item.split(",") if term.strip()]
    if not terms:
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
