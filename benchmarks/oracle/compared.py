"""Compares two values of an attribute, leaf by leaf."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trivy import LOST

from scanner.model import Unknown
from scanner.paths import join
from scanner.sources.terraform.values import BlockValue

ABSENT = Unknown("absent")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of an attribute as both have it.

    ``state`` is ``equal`` or ``differ`` where both resolve it, ``ours`` or ``theirs`` where one
    does, else ``neither``; ``blocks`` where a block stands another number of times.
    """

    state: str
    path: str
    ours: Any
    theirs: Any


def compare(ours: Any, theirs: Any, path: str = "") -> Iterator[Leaf]:
    """Yield the leaves of two values."""
    if theirs == {} and not isinstance(ours, dict):
        # How it prints what it did not resolve where an object could stand, as in coalesce().
        theirs = Unknown("an empty object in place of a value")
    if not isinstance(ours, Unknown) and not isinstance(theirs, Unknown):
        yield from _both(ours, theirs, path)
        return
    for leaf, value in leaves(theirs if isinstance(ours, Unknown) else ours, path):
        if isinstance(value, Unknown) or (value is None and isinstance(theirs, Unknown)):
            yield Leaf("neither", leaf, ours, theirs)  # its null may be one, or unresolved
        elif isinstance(ours, Unknown):
            yield Leaf("theirs", leaf, ours, value)
        else:
            yield Leaf("ours", leaf, value, theirs)


def _both(ours: Any, theirs: Any, path: str) -> Iterator[Leaf]:
    if isinstance(ours, dict) and isinstance(theirs, dict) and (ours or theirs):
        # In a map a key is there or not; in a block a missing attribute is not resolved.
        block = isinstance(ours, BlockValue)
        for key in {**ours, **theirs}:
            if not (block and key in LOST):
                yield from compare(ours.get(key, ABSENT), theirs.get(key, ABSENT), join(path, key))
    elif _blocks(ours) and _blocks(theirs):
        yield from _paired(ours, theirs, path)
    elif isinstance(ours, list) and isinstance(theirs, list) and (ours or theirs):
        if len(ours) == len(theirs):
            for index, (left, right) in enumerate(zip(ours, theirs, strict=True)):
                yield from compare(left, right, join(path, index))
        elif ours and theirs and not (resolved(ours) and resolved(theirs)):
            # Nothing is known of one of them but a length, which may be that of a guess.
            unknown = Unknown("elements of which none is resolved")
            yield from compare(
                ours if resolved(ours) else unknown, theirs if resolved(theirs) else unknown, path
            )
        else:
            yield Leaf("differ", path, ours, theirs)
    else:
        yield Leaf("equal" if same(ours, theirs) else "differ", path, ours, theirs)


def same(ours: Any, theirs: Any) -> bool:
    """Say whether two primitives, or two empty collections, are equal; ``1`` is not ``"1"``."""
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return ours == theirs  # JSON does not tell 1.0 from 1
    return type(ours) is type(theirs) and bool(ours == theirs)


def _blocks(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, BlockValue) for item in value)
    )


def _paired(ours: list[Any], theirs: list[Any], path: str) -> Iterator[Leaf]:
    """Compare the blocks of one type, each with the one that it is most like.

    tfparse prints the blocks that ``dynamic`` makes after those that are written out: their
    order is lost. In resources with several ``dynamic`` it loses some of them altogether.
    """
    if len(ours) != len(theirs):
        yield Leaf("blocks", path, len(ours), len(theirs))
    choices = []
    for left, mine in enumerate(ours):
        for right, other in enumerate(theirs):
            states = [leaf.state for leaf in compare(mine, other)]
            likeness = (states.count("differ"), -states.count("equal"), abs(left - right))
            choices.append((likeness, left, right))
    lefts, rights = set(range(len(ours))), set(range(len(theirs)))
    for _, left, right in sorted(choices):
        if left in lefts and right in rights:
            lefts.discard(left)
            rights.discard(right)
            yield from compare(ours[left], theirs[right], join(path, left))
    for left in sorted(lefts):
        yield from compare(ours[left], ABSENT, join(path, left))
    for right in sorted(rights):
        yield from compare(ABSENT, theirs[right], join(path, right))


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield (path, leaf) of everything below a value; an empty collection is a leaf."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            if not (isinstance(value, BlockValue) and key in LOST):
                yield from leaves(item, join(path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, join(path, index))
    elif not isinstance(value, BlockValue):
        yield path, value


def resolved(value: Any) -> bool:
    """Say whether anything of a value is resolved."""
    return any(not isinstance(leaf, Unknown) and leaf is not None for _, leaf in leaves(value, ""))
