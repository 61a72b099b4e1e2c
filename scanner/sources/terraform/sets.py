"""Makes sets: distinct items, in the order in which Terraform goes through them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scanner.sources.terraform.values import ListValue, MapValue, SetValue, freeze, holds_unknown


def as_set(items: Iterable[Any]) -> SetValue:
    """Return the distinct items in Terraform's order."""
    kept: list[Any] = []
    seen: set[Any] = set()
    for item in items:
        mark = freeze(item)
        if mark not in seen:
            seen.add(mark)
            kept.append(item)
    if all(isinstance(item, str) for item in kept) or all(
        isinstance(item, int | float) for item in kept
    ):
        kept.sort()
    elif not holds_unknown(kept):
        kept.sort(key=_rank)
    return SetValue(kept)


def _rank(item: Any) -> tuple[bool, str]:
    """Return what puts the items of a set in order: null is last, other values go by a text."""
    if isinstance(item, str):
        return False, item
    parts: list[str] = []
    _spell(item, parts)
    return item is None, "".join(parts)


def _spell(item: Any, parts: list[str]) -> None:
    if isinstance(item, dict):
        keyed = isinstance(item, MapValue)
        parts.append("{" if keyed else "<")
        for key in sorted(item):
            if keyed:
                _spell(key, parts)
                parts.append(":")
            _spell(item[key], parts)
            parts.append(";")
        parts.append("}" if keyed else ">")
    elif isinstance(item, list):
        typed = isinstance(item, ListValue | SetValue)
        parts.append("[" if typed else "<")
        for part in item:
            _spell(part, parts)
            parts.append(";")
        parts.append("]" if typed else ">")
    elif isinstance(item, str):
        quoted = item.replace("\\", "\\\\").replace('"', '\\"')
        parts.append(f'"{quoted}"')
    elif isinstance(item, bool):
        parts.append("T" if item else "F")
    else:
        parts.append("null" if item is None else f"{item:.10g}")
