"""What expressions see of resources and of modules that are not on disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scanner.model import Unknown
from scanner.sources.terraform import hcl
from scanner.sources.terraform.blocks import META, META_BLOCKS, body_value, nested, written
from scanner.sources.terraform.evaluate import bounded, settled
from scanner.sources.terraform.expansion import Key, suffix
from scanner.sources.terraform.scope import Scope
from scanner.sources.terraform.values import Handle

if TYPE_CHECKING:
    from scanner.sources.terraform.instance import ModuleInstance


class ResourceInstance(Handle):
    """One instance of a resource or data block; attributes are evaluated one by one."""

    __slots__ = ("_busy", "_values", "block", "form", "key", "kind", "module", "scope")

    def __init__(
        self,
        module: ModuleInstance,
        block: hcl.Block,
        kind: tuple[str, str, str],
        key: Key,
        scope: Scope,
        form: str,
    ) -> None:
        self.module = module
        self.block = block
        self.kind = kind
        self.key = key
        self.scope = scope
        self.form = form
        self._values: dict[str, Any] = {}
        self._busy: set[str] = set()

    @property
    def address(self) -> str:
        """The address within the unit."""
        mode, type, name = self.kind
        head = "" if mode == "resource" else f"{mode}."
        return f"{self.module.prefix()}{head}{type}.{name}{suffix(self.key)}"

    def attribute(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        if name in self._busy:
            return Unknown("refers to itself", f"{self.address}.{name}")
        self._busy.add(name)
        try:
            value = self._attribute(name)
        finally:
            self._busy.discard(name)
        self._values[name] = value
        return value

    def _attribute(self, name: str) -> Any:
        attribute = self.block.body.attributes.get(name)
        if attribute is not None and name not in META:
            value = bounded(attribute.expression, self.scope)
            if value is not None:
                return value
        elif name not in META_BLOCKS:
            blocks = [
                body_value(block.body, block.scope)
                for block in nested(self.block.body, self.scope, name)
            ]
            if blocks:
                return blocks
        from scanner.sources.terraform.inferred import inferred

        return inferred(self, name)

    def values(self) -> dict[str, Any]:
        """Return all written attributes as plain values, as a `Declaration` holds them."""
        return body_value(self.block.body, self.scope, top=True)

    def plain(self) -> Any:
        return Unknown("a whole resource is known after apply", self.address)


class UnreadModule(Handle):
    """An instance of a module call whose source is not on disk."""

    __slots__ = ("address", "block", "form", "key", "module", "scope")

    def __init__(
        self,
        module: ModuleInstance,
        block: hcl.Block,
        address: str,
        scope: Scope,
        key: Key,
        form: str,
    ) -> None:
        self.module = module
        self.block = block
        self.address = address
        self.scope = scope
        self.key = key
        self.form = form

    def attribute(self, name: str) -> Any:
        return Unknown(f"the source of module.{self.block.labels[0]} is not on disk",
                       f"{self.address}.{name}")  # fmt: skip

    def source(self) -> str:
        """Return the module's source as it is written."""
        attribute = self.block.body.attributes.get("source")
        value = settled(attribute.expression, self.scope) if attribute is not None else None
        return value if isinstance(value, str) else ""

    def values(self) -> dict[str, Any]:
        """Return the arguments of the call."""
        return {
            name: written(attribute.expression, self.scope)
            for name, attribute in self.block.body.attributes.items()
            if name not in META
        }

    def plain(self) -> Any:
        return Unknown(f"the source of module.{self.block.labels[0]} is not on disk", self.address)


class Many(Handle):
    """Instances whose keys are unknown: one stands for all."""

    __slots__ = ("one", "reason")

    def __init__(self, one: Handle, reason: str) -> None:
        self.one = one
        self.reason = reason

    def attribute(self, name: str) -> Any:
        # Written without a key: valid only where there is exactly one, so it is that one.
        return self.one.attribute(name)

    def index(self, key: Any) -> Any:  # noqa: ARG002 - whatever the key is
        return self.one

    def listed(self) -> list[Any] | Unknown:
        return Unknown(self.reason)

    def plain(self) -> Any:
        return Unknown(self.reason)


def collected(instances: Sequence[Any], block: hcl.Block) -> Any:
    """Return what an expression sees: one instance, a list, a map, or `Many`."""
    if not instances:
        return {} if "for_each" in block.body.attributes else []
    first = instances[0]
    form = getattr(first, "form", "single")
    if form == "single":
        return first
    if form == "list":
        return list(instances)
    if form == "map":
        return {instance.key: instance for instance in instances}
    return Many(first, first.key.reason)
