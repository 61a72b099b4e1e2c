"""Which provider configuration each resource uses, through every module that passes it on.

In Terraform's order: the resource's ``provider`` argument, else the default of its type; in a
module the block of its own, else what the call's ``providers`` map gives it, else the default
of the module around it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scanner.model import Binding, Declaration, Hop, Unknown
from scanner.sources.terraform import hcl, tree
from scanner.sources.terraform.blocks import body_value
from scanner.sources.terraform.evaluate import settled
from scanner.sources.terraform.expansion import MAX_INSTANCES, entries, suffix
from scanner.sources.terraform.module import alias_of
from scanner.sources.terraform.scope import Definition, Scope, line_span

if TYPE_CHECKING:
    from scanner.sources.terraform.instance import ModuleInstance
    from scanner.sources.terraform.resources import ResourceInstance, UnreadModule

Local = tuple[str, str]
"""A provider's local name and its alias, empty for the default: ``("aws", "us")``."""


class Configuration:
    """One ``provider`` block, with the key of its instance where OpenTofu repeats it."""

    __slots__ = ("_declaration", "_settings", "block", "key", "module", "scope")

    def __init__(self, module: ModuleInstance, block: hcl.Block, scope: Scope, key: Any) -> None:
        self.module = module
        self.block = block
        self.scope = scope
        self.key = key
        self._declaration: Declaration | None = None
        self._settings: dict[str, Any] = {}

    def setting(self, name: str) -> Any:
        """Return one argument's value, None where it is not written."""
        if name not in self._settings:
            attribute = self.block.body.attributes.get(name)
            self._settings[name] = Unknown("refers to itself")
            self._settings[name] = (
                settled(attribute.expression, self.scope) if attribute is not None else None
            )
        return self._settings[name]

    def declaration(self) -> Declaration:
        """Return the block as a declaration of mode ``provider``."""
        if self._declaration is None:
            from scanner.sources.terraform.origin import BlockOrigin

            local, alias = self.block.labels[0], alias_of(self.block)
            address = f"{self.module.prefix()}provider.{local}" + (f".{alias}" if alias else "")
            self._declaration = Declaration(
                "provider",
                address + suffix(self.key),
                local,
                alias,
                self.module.unit,
                "terraform",
                body_value(self.block.body, self.scope, top=True),
                self.block.file.span(self.block.header),
                BlockOrigin(self.block, self.scope, address),
                calls=self.module.calls,
            )
        return self._declaration


class Wire:
    """What a resource gets: a configuration or the reason why none shows, and the way."""

    __slots__ = ("configuration", "local", "reason", "trail")

    def __init__(
        self,
        local: str,
        configuration: Configuration | None,
        trail: tuple[Hop, ...] = (),
        reason: str = "",
    ) -> None:
        self.local = local
        self.configuration = configuration
        self.trail = trail
        self.reason = reason

    def setting(self, name: str) -> Any:
        """Return an argument of the provider, an `Unknown` where no block shows."""
        if self.configuration is None:
            return Unknown(self.reason, f"provider.{self.local}.{name}")
        return self.configuration.setting(name)

    def binding(self) -> Binding:
        """Return it as a `Binding`."""
        found = self.configuration
        return Binding(
            self.local, found.declaration() if found is not None else None, self.trail, self.reason
        )


class Providers:
    """The provider configurations that one module instance can use."""

    __slots__ = ("_own", "_wires", "module")

    def __init__(self, module: ModuleInstance) -> None:
        self.module = module
        self._own: dict[Local, dict[Any, Configuration]] | None = None
        self._wires: dict[tuple[str, str, Any], Wire] = {}

    def own(self) -> dict[Local, dict[Any, Configuration]]:
        """Return the module's own blocks by name, alias and key (None without for_each)."""
        if self._own is None:
            self._own = {}
            for block in self.module.module.providers:
                name = (block.labels[0], alias_of(block))
                instances = self._own.setdefault(name, {})
                for key, scope in _repeated(block, self.module.scope):
                    instances[key] = Configuration(self.module, block, scope, key)
        return self._own

    def of(self, resource: ResourceInstance | UnreadModule) -> Wire:
        """Return the configuration that a resource uses."""
        attribute = resource.block.body.attributes.get("provider")
        if attribute is not None:
            name = reference(attribute.expression)
            if name is not None:
                local, alias, key_node = name
                key = settled(key_node, resource.scope) if key_node is not None else None
                return self.wire(local, alias, key)
        return self.wire(resource.kind[1].partition("_")[0], "")  # type: ignore[union-attr]

    def of_call(self, call: UnreadModule) -> Wire:
        """Return the configuration that a module which is not on disk is given first."""
        passed = call.block.body.attributes.get("providers")
        if passed is not None and isinstance(passed.expression, tree.ObjectOf):
            given = [reference(value) for _, value in passed.expression.items]
            for name in given:
                if name is not None:
                    hop = Hop(line_span(passed.file, passed.at), f"{call.address}: providers")
                    key = settled(name[2], call.scope) if name[2] is not None else None
                    wire = self.wire(name[0], name[1], key)
                    return Wire(wire.local, wire.configuration, (*wire.trail, hop), wire.reason)
        local = _of_source(call.source())
        if local is not None:
            return self.wire(local, "")
        defaults = {name for (name, alias) in self.reachable() if not alias}
        if len(defaults) == 1:
            return self.wire(defaults.pop(), "")
        return Wire("", None, (), "the module's source does not say which provider it uses")

    def reachable(self) -> set[Local]:
        """Return the names of the blocks of this module and of those around it."""
        names: set[Local] = set()
        module: ModuleInstance | None = self.module
        while module is not None:
            names.update(module.providers.own())
            module = module.parent
        return names

    def wire(self, local: str, alias: str, key: Any = None) -> Wire:
        """Return the configuration for a local name and an alias."""
        mark = (local, alias, key if isinstance(key, str) else "*" if key is not None else None)
        found = self._wires.get(mark)
        if found is None:
            self._wires[mark] = Wire(local, None, (), "a provider that refers to itself")
            found = self._wires[mark] = self._find(local, alias, key)
        return found

    def _find(self, local: str, alias: str, key: Any) -> Wire:
        instances = self.own().get((local, alias))
        if instances is not None and not (alias and self._is_proxy(instances)):
            return _chosen(local, instances, key)
        parent = self.module.parent
        call = self.module.call
        if parent is None or call is None:
            name = f"{local}.{alias}" if alias else local
            return Wire(local, None, (), f"no provider block for {name} in the source")
        passed = call.body.attributes.get("providers")
        if passed is not None and isinstance(passed.expression, tree.ObjectOf):
            for key_node, value in passed.expression.items:
                name_in_child = reference(key_node)
                given = reference(value)
                if name_in_child is None or given is None or name_in_child[:2] != (local, alias):
                    continue
                outer = getattr(self.module, "outer", parent.scope)
                wanted = settled(given[2], outer) if given[2] is not None else None
                wire = parent.providers.wire(given[0], given[1], wanted)
                span = passed.file.span(_entry(key_node.at, value.at))
                text = f"{self.module.address}: {_label(name_in_child)} = {_label(given)}"
                return Wire(local, wire.configuration, (*wire.trail, Hop(span, text)), wire.reason)
        if alias:
            reason = f"{self.module.address} is not given the provider {local}.{alias}"
            return Wire(local, None, (), reason)
        return parent.providers.wire(local, "")

    def _is_proxy(self, instances: dict[Any, Configuration]) -> bool:
        """Say whether a block only announces an alias that the caller must pass (0.14 style)."""
        if self.module.parent is None or len(instances) != 1:
            return False
        block = next(iter(instances.values())).block
        return not (set(block.body.attributes) - {"alias", "version"}) and not block.body.blocks


def reference(node: tree.Node) -> tuple[str, str, tree.Node | None] | None:
    """Return local name, alias and key of ``aws``, ``aws.us`` or ``aws.by_region["eu"]``."""
    key: tree.Node | None = None
    if isinstance(node, tree.Index):
        key, node = node.key, node.of
    if isinstance(node, tree.Constant) and isinstance(node.value, str):
        local, _, alias = node.value.partition(".")
        return local, alias, key
    if isinstance(node, tree.Name):
        return node.name, "", key
    if isinstance(node, tree.Attr) and isinstance(node.of, tree.Name):
        return node.of.name, node.name, key
    return None


def _label(name: tuple[str, str, tree.Node | None]) -> str:
    from scanner.sources.terraform.unparse import text

    head = f"{name[0]}.{name[1]}" if name[1] else name[0]
    return head if name[2] is None else f"{head}[{text(name[2])}]"


def _entry(key: tree.At, value: tree.At) -> tree.At:
    return (key[0], key[1], value[2], value[3])


def _repeated(block: hcl.Block, scope: Scope) -> list[tuple[Any, Scope]]:
    for_each = block.body.attributes.get("for_each")
    if for_each is None:
        return [(None, scope)]
    items = entries(settled(for_each.expression, scope))
    if not isinstance(items, Unknown) and len(items) > MAX_INSTANCES:
        reason = f"for_each makes more than {MAX_INSTANCES:,} providers"
        scope.module.run.give_up(for_each.expression, scope.module, reason)
        items = Unknown(reason, "each.key")
    if isinstance(items, Unknown):
        items = [(items, items)]
    origins = {"each": Definition(for_each.expression, scope, for_each.file, for_each.at, "")}
    return [
        (key, scope.bind({"each": {"key": key, "value": item}}, origins)) for key, item in items
    ]


def _chosen(local: str, instances: dict[Any, Configuration], key: Any) -> Wire:
    if None in instances:
        return Wire(local, instances[None])
    if isinstance(key, str) and key in instances:
        return Wire(local, instances[key])
    if len(instances) == 1:
        return Wire(local, next(iter(instances.values())))
    what = json.dumps(key) if isinstance(key, str) else "an unknown key"
    return Wire(local, None, (), f"the provider has no single instance for {what}")


def _of_source(source: str) -> str | None:
    """Return the provider that a module's source names: the registry's last part, or
    ``terraform-aws-…`` in a repository's name.
    """
    if not source or source.startswith((".", "/")):
        return None
    plain = source.partition("?")[0].partition("//")[0] if "://" not in source else source
    parts = plain.split("/")
    registry = "://" not in source and not source.startswith("git@") and len(parts) in {3, 4}
    if registry and "." not in parts[-1]:
        return _LOCAL_NAMES.get(parts[-1], parts[-1])
    for part in source.replace(":", "/").split("/"):
        if part.startswith("terraform-"):
            name = part.split("-")[1].partition(".")[0] if "-" in part else ""
            return _LOCAL_NAMES.get(name, name) or None
    if "terraform-google-modules" in source or "GoogleCloudPlatform" in source:
        return "google"
    return None


_LOCAL_NAMES = {"azure": "azurerm", "gcp": "google"}

__all__ = ["Configuration", "Providers", "Wire", "reference"]
