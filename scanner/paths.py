"""Attribute paths: ``rule[0].destination[0].bucket``, ``metadata.labels["a.b/c"]``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

_PLAIN = re.compile(r"[A-Za-z0-9_-]+\Z")
_STEP = re.compile(r'\.?([A-Za-z0-9_*-]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


def join(path: str, key: str | int) -> str:
    """Return the path one step further: a name, or an index into a list."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if _PLAIN.match(key):
        return f"{path}.{key}" if path else key
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{escaped}"]'


@lru_cache(maxsize=4096)
def keys(path: str) -> tuple[str | int, ...]:
    """Return the steps of a path. Raises ValueError for text that is no path."""
    steps: list[str | int] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ValueError(f"not an attribute path: {path!r}")
        name, index, quoted = match.groups()
        if index is not None:
            steps.append(int(index))
        elif name is not None:
            steps.append(name)
        else:
            steps.append(re.sub(r"\\(.)", r"\1", quoted))
        position = match.end()
    return tuple(steps)


def get(attributes: Any, path: str) -> Any:
    """Return the value at an exact path, or None where nothing stands."""
    for step in keys(path):
        if isinstance(attributes, dict) and isinstance(step, str):
            attributes = attributes.get(step)
        elif isinstance(attributes, list) and isinstance(step, int):
            attributes = attributes[step] if step < len(attributes) else None
        else:
            return None
    return attributes


def find(attributes: Any, pattern: str) -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of everything that a table's path names.

    A pattern has names only (``rule.destination.bucket``); lists on the way are entered, and
    ``*`` stands for any key. Null values are passed over.
    """
    yield from _find(attributes, keys(pattern), "")


def _find(value: Any, steps: tuple[str | int, ...], path: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        if value is not None:
            yield path, value
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find(item, steps, join(path, index))
        return
    if not isinstance(value, dict):
        return
    step = str(steps[0])
    if step == "*":
        for key, item in value.items():
            yield from _find(item, steps[1:], join(path, key))
    elif step in value:
        yield from _find(value[step], steps[1:], join(path, step))


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, leaf) of every scalar and `Unknown` below a value, in order."""
    stack: list[tuple[str, Any]] = [(path, value)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            stack.extend((join(path, key), value[key]) for key in reversed(value))
        elif isinstance(value, list):
            stack.extend((join(path, n), value[n]) for n in range(len(value) - 1, -1, -1))
        elif value is not None:
            yield path, value
