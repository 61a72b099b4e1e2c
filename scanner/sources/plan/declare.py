"""From a plan to declarations, as if its resources were written one by one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from scanner import paths
from scanner.model import Declaration, WrittenString
from scanner.sources.plan import instances, values
from scanner.sources.plan.configuration import Configuration, Path
from scanner.sources.plan.document import Document
from scanner.sources.plan.expressions import leaves
from scanner.sources.plan.instances import Instance
from scanner.sources.plan.origin import PlanOrigin
from scanner.sources.plan.providers import Providers
from scanner.sources.plan.references import References
from scanner.sources.plan.shapes import mapping, objects


class Plan:
    """A plan that was read. ``unit`` is the id of what it deploys."""

    def __init__(self, document: Document, unit: str) -> None:
        self.document = document
        self.unit = unit
        self.configuration = Configuration(document)
        self._attributes: dict[str, dict[str, Any]] = {}
        self.instances = instances.read(document)
        self.references = References(self.configuration, (i.address for i in self.instances))
        self.providers = Providers(
            document, self.configuration, self.references, unit, self.instances
        )

    @property
    def file(self) -> str:
        """The file that the plan was read from."""
        return self.document.file

    def written(self, instance: Instance) -> dict[str, Any] | None:
        """Return the expressions of an instance's block, None where the plan has no block."""
        block = self.configuration.block(instance.path, instance.block)
        if block is None:
            return None
        return mapping(block, "expressions")

    def declaration(self, instance: Instance) -> Declaration:
        """Return an instance as a declaration that stands in the plan."""
        span = self.document.span(instance.address)
        attributes = self.attributes(instance)
        written = self.written(instance) or {}
        find = partial(self.references.of, instance.module, written, instance.address, instance.key)
        return Declaration(
            instance.mode,
            instance.address,
            instance.type,
            instance.name,
            self.unit,
            "terraform",
            attributes,
            span,
            PlanOrigin(span, attributes, find),
            self.providers.settled(self.providers.of(instance), instance),
        )

    def attributes(self, instance: Instance) -> dict[str, Any]:
        """Return the attributes of an instance."""
        found = self._attributes.get(instance.address)
        if found is None:
            found = values.attributes(instance, self.written(instance))
            self._attributes[instance.address] = found
        return found

    def declarations(self) -> Iterator[Declaration]:
        """Yield everything that the plan shows."""
        yield from self.providers.declarations()
        for instance in self.instances:
            yield self.declaration(instance)

    def constants(self) -> Iterator[WrittenString]:
        """Yield the strings that the configuration writes out: what is hard-coded."""
        owners: dict[tuple[Path, str], Instance] = {}
        for instance in self.instances:
            owners.setdefault((instance.path, instance.block), instance)
        stack: list[Path] = [()]
        while stack:
            path = stack.pop()
            module = self.configuration.module(path) or {}
            for block in objects(module, "resources"):
                owner = owners.get((path, str(block.get("address"))))
                if owner is not None:
                    head = f"{owner.block}."
                    yield from self._constants(block.get("expressions"), head, owner)
            for name, declared in mapping(module, "variables").items():
                default = declared.get("default") if isinstance(declared, dict) else None
                for inner, value in paths.walk(default, name):
                    yield from self._string(value, inner, f"variable.{inner}", "default")
            for name, call in mapping(module, "module_calls").items():
                yield from self._constants(mapping(call, "expressions"), f"module.{name}.", None)
                stack.append((*path, name))
        for key, entry in self.configuration.providers.items():
            yield from self._constants(entry.get("expressions"), f"provider.{key}.", None)

    def planned(self) -> Iterator[WrittenString]:
        """Yield the strings that only the plan holds: values of variables and attributes."""
        for name, value in self.configuration.variables.items():
            for inner, text in paths.walk(value, name):
                yield from self._string(text, inner, f"variable.{inner}", "tfvars")
        for instance in self.instances:
            for path, text in paths.walk(self.attributes(instance)):
                yield from self._string(
                    text, path, f"{instance.block}.{path}", "attribute", instance
                )

    def sensitive(self) -> Iterator[str]:
        """Yield the texts that the plan marks as sensitive. A provider may repeat them where
        nothing marks them, as ``terraform_data`` does in its output.
        """
        found = [value for _, value in self.configuration.sensitive()]
        for instance in self.instances:
            found.extend(value for _, value in values.sensitive(instance))
        yield from dict.fromkeys(text for text in found if isinstance(text, str) and text)

    def _constants(
        self, expressions: Any, head: str, owner: Instance | None
    ) -> Iterator[WrittenString]:
        for path, expression in leaves(expressions or {}):
            for inner, value in paths.walk(expression.get("constant_value"), path):
                yield from self._string(value, inner, head + inner, "attribute", owner)

    def _string(
        self, value: Any, key: str, path: str, form: str, owner: Instance | None = None
    ) -> Iterator[WrittenString]:
        if not isinstance(value, str) or not value:
            return
        names = [step for step in paths.keys(key) if isinstance(step, str)]
        yield WrittenString(
            value,
            self.document.span(owner.address if owner is not None else ""),
            names[-1] if names else key,
            path,
            form,
            self.unit,
            "terraform",
            owner.type if owner is not None else "",
            f"{self.unit}#{owner.address}" if owner is not None else "",
        )
