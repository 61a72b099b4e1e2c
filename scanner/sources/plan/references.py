"""Whom the expressions of a plan refer to, through variables and outputs of modules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from scanner.model import Reference
from scanner.sources.plan.configuration import Configuration
from scanner.sources.plan.expressions import leaves, names, steps
from scanner.sources.plan.instances import Steps, prefix, steps_of

Target = tuple[str, str]
"""An address, and the attribute that is read of it (empty for the whole)."""

_MOST_STEPS = 40
_LOOPS = frozenset({"each", "count"})


class References:
    """Finds what names mean in the module instances of one plan."""

    def __init__(self, configuration: Configuration, addresses: Iterable[str]) -> None:
        self.configuration = configuration
        self.addresses = frozenset(addresses)
        self._modules = {a[:n] for a in self.addresses for n in _ends(a)}
        self._known: dict[tuple[Steps, str, str], tuple[Target, ...]] = {}

    def of(self, module: Steps, expressions: Any, address: str, key: str) -> Iterator[Reference]:
        """Yield the references of a block's expressions, for its instance of some key."""
        seen: set[Reference] = set()
        for path, expression in leaves(expressions):
            for target, attribute in self._targets(module, expression, key, 0):
                found = Reference(path, target, attribute)
                if target != address and found not in seen:
                    seen.add(found)
                    yield found

    def _targets(self, module: Steps, expression: Any, key: str, depth: int) -> tuple[Target, ...]:
        if depth > _MOST_STEPS:
            return ()
        read = names(expression)
        # The plan leaves out keys that are worked out: with `each.key` beside it, it is that.
        own = key if any(name.partition(".")[0] in _LOOPS for name in read) else ""
        found: dict[Target, None] = {}
        for name in read:
            found.update(dict.fromkeys(self._named(module, name, own, depth)))
        return tuple(found)

    def _named(self, module: Steps, name: str, key: str, depth: int) -> tuple[Target, ...]:
        mark = (module, name, key)
        if mark not in self._known:
            self._known[mark] = ()  # what needs itself adds nothing
            self._known[mark] = self._found(module, name, key, depth)
        return self._known[mark]

    def _found(self, module: Steps, name: str, key: str, depth: int) -> tuple[Target, ...]:
        way = steps(name)
        first = way[0] if way else ""
        if first == "var" and len(way) > 1 and module:
            path = tuple(step for step, _ in module)
            given = self.configuration.argument(path, str(way[1]))
            return self._targets(module[:-1], given, module[-1][1], depth + 1)
        if first == "module" and len(way) > 1:
            return self._output(module, way, key, depth)
        if first in {"var", "local", "path", "terraform", "each", "count", "self", ""}:
            return ()
        size = 3 if first == "data" else 2
        if len(way) < size:
            return ()
        address = prefix(module) + ".".join(str(step) for step in way[:size])
        rest = way[size:]
        if rest and _is_key(rest[0], address, self.addresses):
            address, rest = address + _written(rest[0]), rest[1:]
        elif key and address + key in self.addresses:
            address += key
        return ((address, rest[0] if rest and isinstance(rest[0], str) else ""),)

    def _output(
        self, module: Steps, way: list[str | int], key: str, depth: int
    ) -> tuple[Target, ...]:
        child = f"{prefix(module)}module.{way[1]}"
        written, rest = "", way[2:]
        if rest and (isinstance(rest[0], int) or child + _written(rest[0]) in self._modules):
            written, rest = _written(rest[0]), rest[1:]
        elif key and child + key in self._modules:
            written = key
        if not rest:
            return ()
        inner = (*module, (str(way[1]), written))
        output = self.configuration.output(tuple(step for step, _ in inner), str(rest[0]))
        return self._targets(inner, output, "", depth + 1)


def _written(key: str | int) -> str:
    return f"[{json.dumps(key, ensure_ascii=False)}]"


def _is_key(step: str | int, address: str, addresses: frozenset[str]) -> bool:
    return isinstance(step, int) or address + _written(step) in addresses


def _ends(address: str) -> Iterator[int]:
    """Yield where the module instances end that an address begins with."""
    way = steps_of(address)
    for count in range(1, len(way) + 1):
        yield len(prefix(way[:count])) - 1
