"""The configuration in a plan: blocks by address, and the values that expressions have.

A state has none; then every lookup finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from scanner import paths
from scanner.model import Unknown
from scanner.sources.plan.document import Document
from scanner.sources.plan.expressions import is_leaf, names, steps, text
from scanner.sources.plan.shapes import mapping, objects
from scanner.sources.plan.values import is_place

Path = tuple[str, ...]
"""The module calls that lead to a module, without keys."""

_MOST_STEPS = 40


class Configuration:
    """The modules of a plan's configuration, by their paths."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.providers: dict[str, dict[str, Any]] = {
            key: entry
            for key, entry in document.mapping("configuration", "provider_config").items()
            if isinstance(entry, dict)
        }
        self._modules: dict[Path, dict[str, Any] | None] = {
            (): document.mapping("configuration", "root_module")
        }
        self._resources: dict[Path, dict[str, dict[str, Any]]] = {}

    @property
    def present(self) -> bool:
        """Say whether the document has a configuration at all."""
        return bool(self.document.data.get("configuration"))

    def module(self, path: Path) -> dict[str, Any] | None:
        """Return a module, None where the plan has none at that path."""
        if path not in self._modules:
            call = self.call(path)
            inner = call.get("module") if call is not None else None
            self._modules[path] = inner if isinstance(inner, dict) else None
        return self._modules[path]

    def call(self, path: Path) -> dict[str, Any] | None:
        """Return the module call that a path ends with."""
        outer = self.module(path[:-1]) if path else None
        found = mapping(outer, "module_calls").get(path[-1]) if outer is not None else None
        return found if isinstance(found, dict) else None

    def block(self, path: Path, address: str) -> dict[str, Any] | None:
        """Return a resource block by the address within its module."""
        if path not in self._resources:
            module = self.module(path) or {}
            self._resources[path] = {
                str(item.get("address")): item for item in objects(module, "resources")
            }
        return self._resources[path].get(address)

    def blocks(self, path: Path = ()) -> set[tuple[Path, str]]:
        """Return every block of a module and of those below it."""
        module = self.module(path)
        if module is None:
            return set()
        self.block(path, "")
        found = {(path, address) for address in self._resources[path]}
        for name in mapping(module, "module_calls"):
            found |= self.blocks((*path, name))
        return found

    def top(self) -> set[str]:
        """Return the names of the root's blocks and calls."""
        root = self.module(()) or {}
        own = {str(item.get("address")) for item in objects(root, "resources")}
        return own | {f"module.{name}" for name in mapping(root, "module_calls")}

    def argument(self, path: Path, name: str) -> Any:
        """Return the expression that a call gives to a variable, None where it gives none."""
        call = self.call(path)
        return mapping(call, "expressions").get(name) if call is not None else None

    def output(self, path: Path, name: str) -> Any:
        """Return the expression of an output."""
        entry = mapping(self.module(path), "outputs").get(name)
        return entry.get("expression") if isinstance(entry, dict) else None

    def variable(self, path: Path, name: str) -> dict[str, Any]:
        """Return the declaration of a variable: ``default`` and ``sensitive``, if any."""
        entry = mapping(self.module(path), "variables").get(name)
        return entry if isinstance(entry, dict) else {}

    @cached_property
    def variables(self) -> dict[str, Any]:
        """The values of the root's variables."""
        return {
            name: entry["value"]
            for name, entry in self.document.mapping("variables").items()
            if isinstance(entry, dict) and "value" in entry
        }

    def sensitive(self) -> Iterator[tuple[str, Any]]:
        """Yield (path, value) of all that the root's variables and outputs mark as sensitive."""
        for name, value in self.variables.items():
            if self.variable((), name).get("sensitive"):
                yield from paths.walk(value, name)
        part = "values" if self.document.is_state else "planned_values"
        for name, output in self.document.mapping(part, "outputs").items():
            if isinstance(output, dict) and output.get("sensitive"):
                yield from paths.walk(output.get("value"), name)

    def value(self, path: Path, expression: Any, depth: int = 0) -> Any:
        """Return the value of a block's attribute as far as the plan tells it.

        One that reads a single variable is taken to be that variable.
        """
        if isinstance(expression, list):
            return [self.value(path, item, depth) for item in expression]
        if not is_leaf(expression):
            if not isinstance(expression, dict):
                return Unknown("the plan does not show this expression")
            return {name: self.value(path, item, depth) for name, item in expression.items()}
        if "constant_value" in expression:
            return expression["constant_value"]
        read = names(expression)
        if len(read) == 1 and depth < _MOST_STEPS:
            return self._read(path, read[0], depth)
        return Unknown("the plan does not show what is made of it", text(expression))

    def _read(self, path: Path, name: str, depth: int) -> Any:
        way = steps(name)
        if way[:1] == ["var"] and len(way) > 1:
            return _inside(self._variable(path, str(way[1]), depth), way[2:], name)
        if way[:1] == ["module"] and len(way) > 2:
            rest = way[3:] if isinstance(way[2], str) else way[4:]
            child = (*path, str(way[1]))
            # With a key on the way it is one of several instances, which may differ.
            called = self.call(child) or {}
            output = self.output(child, str(way[2]))
            if output is not None and not called.keys() & {
                "for_each_expression",
                "count_expression",
            }:
                return _inside(self.value(child, output, depth + 1), rest, name)
        return Unknown("the plan does not show its value", name)

    def _variable(self, path: Path, name: str, depth: int) -> Any:
        declared = self.variable(path, name)
        value = self._given(path, name, declared, depth)
        if declared.get("sensitive") and not is_place(value):
            return Unknown("a sensitive variable", f"var.{name}")
        return value

    def _given(self, path: Path, name: str, declared: dict[str, Any], depth: int) -> Any:
        if not path:
            if name in self.variables:
                return self.variables[name]
        else:
            given = self.argument(path, name)
            if given is not None:
                return self.value(path[:-1], given, depth + 1)
        if "default" in declared:
            return declared["default"]
        return Unknown("the plan does not show its value", f"var.{name}")


def _inside(value: Any, way: list[str | int], name: str) -> Any:
    for step in way:
        if isinstance(value, Unknown):
            return value
        listed = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if not listed and not (isinstance(value, dict) and step in value):
            return Unknown("the plan does not show its value", name)
        value = value[step]
    return value
