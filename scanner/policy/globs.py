"""Globs of a policy: over paths as in ``.gitignore``, over addresses as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import count

_INDEX = re.compile(r"\[(?:\d+|\*|\"(?:[^\"\\]|\\.)*\")\]")


def path_matches(patterns: Iterable[str], path: str) -> bool:
    """Say whether a file or folder lies in what some path globs name.

    ``**`` crosses folders, ``*`` and ``?`` do not. A pattern without a slash inside matches at
    any depth. A folder holds all that is below it, and ``infra/**`` holds ``infra`` itself.
    """
    path = _plain(path)
    return any(_path(pattern).match(path) is not None for pattern in patterns)


def address_matches(pattern: str, address: str, unit: str = "") -> bool:
    """Say whether an address glob names a resource; ``*`` matches any text.

    Without an instance key in the pattern every instance is meant: ``aws_s3_bucket.a`` is also
    ``aws_s3_bucket.a[0]``. A pattern with ``#`` names the unit as well: ``infra/prod#module.*``;
    ``infra#`` is each environment of it.
    """
    if "#" in pattern:
        names = (f"{name}#{address}" for name in unit_names(unit))
        return any(_matches(_address(pattern), name) for name in names)
    return _matches(_address(pattern), address)


def unit_names(unit: str) -> tuple[str, ...]:
    """Return the names that a policy may give a unit: its id, and without its environment."""
    folder, at, environment = unit.rpartition("@")
    return (unit, folder) if at and folder and "/" not in environment else (unit,)


def _matches(glob: re.Pattern[str], address: str) -> bool:
    if glob.fullmatch(address):
        return True
    return "[" in address and glob.fullmatch(_INDEX.sub("", address)) is not None


def text_matches(pattern: str, text: str) -> bool:
    """Say whether a glob without regard to case matches a whole text."""
    return _address(pattern.casefold()).fullmatch(text.casefold()) is not None


def _plain(path: str) -> str:
    path = path.replace("\\", "/").removeprefix("./").rstrip("/")
    return "" if path == "." else path


@lru_cache(maxsize=1024)
def _address(pattern: str) -> re.Pattern[str]:
    return re.compile(_stars(pattern, ".", count()), re.DOTALL)


@lru_cache(maxsize=1024)
def _path(pattern: str) -> re.Pattern[str]:
    """Return the expression for a path glob; what is below a match is matched too."""
    plain = _plain(pattern).lstrip("/")
    steps = [step for step in plain.split("/") if step]
    while len(steps) > 1 and steps[-1] == "**":
        steps.pop()
    if not pattern.startswith("/") and "/" not in plain:
        steps.insert(0, "**")
    numbers = count()
    *earlier, last = _runs(steps)
    text = "".join(f"{_step(step, numbers)}/" for step in earlier[0]) if earlier else ""
    for run in earlier[1:]:
        text += _first(r"(?:[^/]+/)", "".join(f"{_step(step, numbers)}/" for step in run), numbers)
    if earlier:
        text += r"(?:[^/]+/)*"
    text += "/".join(_step(step, numbers) for step in last) if last else "[^/]*"
    return re.compile(text + r"(?:/.*)?\Z", re.DOTALL)


def _runs(steps: list[str]) -> list[list[str]]:
    """Return the steps between the ``**``."""
    runs: list[list[str]] = [[]]
    for step in steps:
        if step != "**":
            runs[-1].append(step)
        elif len(runs) == 1 or runs[-1]:
            runs.append([])
    return runs


def _step(step: str, numbers: Iterator[int]) -> str:
    return _stars(step, "[^/]", numbers)


def _stars(glob: str, any_one: str, numbers: Iterator[int]) -> str:
    """Return the expression for text with ``*`` and ``?``, each standing for ``any_one``."""
    start, *rest = (
        any_one.join(re.escape(text) for text in part.split("?")) for part in re.split(r"\*+", glob)
    )
    if not rest:
        return start
    *middle, end = rest
    return start + "".join(_first(any_one, part, numbers) for part in middle) + f"{any_one}*{end}"


def _first(skipped: str, part: str, numbers: Iterator[int]) -> str:
    """Return an expression that skips to the first ``part`` and stays with it.

    A plain ``.*`` would be tried at every place for every other star: a glob with a dozen
    stars could hold up a scan for years.
    """
    name = f"g{next(numbers)}"
    return f"(?=(?P<{name}>{skipped}*?{part}))(?P={name})"
