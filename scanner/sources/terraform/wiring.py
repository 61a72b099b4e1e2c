"""Which provider configuration each resource uses, through every module that passes it on.

In Terraform's order: the resource's ``provider`` argument, else the default of its type; in a
module the block of its own, else what the call's ``providers`` map gives it, else the default
of the module around it. Modules may have different local names for one provider: what counts
is the source that ``required_providers`` gives the name (`scanner.sources.terraform.requirements`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from scanner.model import Binding, Declaration, Hop, Origin, Span, Trail, Unknown
from scanner.model import Reference as ToOther
from scanner.sources.terraform import hcl, tree
from scanner.sources.terraform.blocks import body_value
from scanner.sources.terraform.evaluate import settled
from scanner.sources.terraform.expansion import MAX_INSTANCES, entries, suffix
from scanner.sources.terraform.module import alias_of
from scanner.sources.terraform.requirements import Source, provider_of_module, same, sources
from scanner.sources.terraform.scope import Definition, Scope, line_span
from scanner.sources.terraform.values import candidates

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


class Either(Configuration):
    """One of several configurations, where the source does not say which."""

    __slots__ = ("address", "options", "reason")

    def __init__(self, options: list[Configuration], address: str, reason: str) -> None:
        first = options[0]
        super().__init__(first.module, first.block, first.scope, first.key)
        self.options = options
        self.address = address
        self.reason = reason

    def setting(self, name: str) -> Any:
        return self._one([option.setting(name) for option in self.options])

    def declaration(self) -> Declaration:
        if self._declaration is None:
            each = [option.declaration() for option in self.options]
            names = dict.fromkeys(name for one in each for name in one.attributes)
            attributes = {n: self._one([one.attributes.get(n) for one in each]) for n in names}
            origin = _Origins([one.origin for one in each])
            self._declaration = replace(
                each[0], address=self.address, attributes=attributes, origin=origin
            )
        return self._declaration

    def _one(self, values: list[Any]) -> Any:
        if all(value == values[0] for value in values):
            return values[0]
        return candidates(values, Unknown(self.reason, self.address))


class _Origins:
    """The `Origin` of one of several declarations."""

    __slots__ = ("each",)

    def __init__(self, each: list[Origin]) -> None:
        self.each = each

    def span(self, path: str) -> Span:
        return self.each[0].span(path)

    def trail(self, path: str) -> Trail:
        return tuple(dict.fromkeys(hop for origin in self.each for hop in origin.trail(path)))

    def references(self) -> Iterator[ToOther]:
        return chain.from_iterable(origin.references() for origin in self.each)


class Wire:
    """What a resource gets: a configuration or the reason why none shows, and the way.

    ``implied`` for the default that Terraform makes where no block is written.
    """

    __slots__ = ("configuration", "implied", "provider", "reason", "trail")

    def __init__(
        self,
        provider: str,
        configuration: Configuration | None,
        trail: tuple[Hop, ...] = (),
        reason: str = "",
        *,
        implied: bool = False,
    ) -> None:
        self.provider = provider
        self.configuration = configuration
        self.trail = trail
        self.reason = reason
        self.implied = implied

    def through(self, hop: Hop) -> Wire:
        """Return the wire with one more step of its way."""
        trail = (*self.trail, hop)
        return Wire(self.provider, self.configuration, trail, self.reason, implied=self.implied)

    def setting(self, name: str) -> Any:
        """Return an argument of the provider, an `Unknown` where no block shows."""
        if self.configuration is None:
            return Unknown(self.reason, f"provider.{self.provider}.{name}")
        return self.configuration.setting(name)

    def binding(self) -> Binding:
        """Return it as a `Binding`."""
        found = self.configuration
        declared = found.declaration() if found is not None else None
        return Binding(self.provider, declared, self.trail, self.reason, self.implied)


class Providers:
    """The provider configurations that one module instance can use."""

    __slots__ = ("_own", "_sources", "_wires", "module")

    def __init__(self, module: ModuleInstance) -> None:
        self.module = module
        self._own: dict[Local, dict[Any, Configuration]] | None = None
        self._sources: dict[str, Source] | None = None
        self._wires: dict[tuple[Source, str, Any], Wire] = {}

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

    def source(self, local: str) -> Source:
        """Return the provider that a local name stands for in this module."""
        if self._sources is None:
            self._sources = sources(self.module.module.settings)
        return self._sources.get(local) or Source("", local)

    def of(self, resource: ResourceInstance) -> Wire:
        """Return the configuration that a resource uses."""
        implied = resource.kind[1].partition("_")[0]
        attribute = resource.block.body.attributes.get("provider")
        if attribute is None:
            return self.wire(self.source(implied), "")
        name = reference(attribute.expression)
        if name is None:
            reason = f"the provider argument of {resource.address} names none"
            return Wire(implied, None, (), reason)
        return self.referred(name, resource.scope)

    def of_call(self, call: UnreadModule) -> Wire:
        """Return the configuration that a module which is not on disk is given.

        Nobody sees which resources use which, so several make it one of them.
        """
        wanted = provider_of_module(call.source())
        passed = call.block.body.attributes.get("providers")
        given: list[tuple[str, str, Wire]] = []
        if passed is not None and isinstance(passed.expression, tree.ObjectOf):
            for key, value in passed.expression.items:
                child, name = reference(key), reference(value)
                if child is not None and name is not None:
                    wire = self.referred(name, call.scope)
                    hop = Hop(line_span(passed.file, passed.at), f"{call.address}: providers")
                    given.append((wire.provider, child[1], wire.through(hop)))
        wanted = wanted or next((provider for provider, _, _ in given), "")
        if not wanted:
            defaults = {self.source(name).type for name, alias in self.reachable() if not alias}
            if len(defaults) == 1:
                return self.wire(Source("", defaults.pop()), "")
            return Wire("", None, (), "the module's source does not say which provider it uses")
        wires = [wire for provider, _, wire in given if provider == wanted]
        if not any(provider == wanted and not alias for provider, alias, _ in given):
            default = self.wire(Source("", wanted), "")
            if not wires or default.configuration is not None:
                wires.insert(0, default)
        return _any_of(wires, f"{call.address} is given several providers")

    def reachable(self) -> set[Local]:
        """Return the names of the blocks of this module and of those around it."""
        names: set[Local] = set()
        module: ModuleInstance | None = self.module
        while module is not None:
            names.update(module.providers.own())
            module = module.parent
        return names

    def wire(self, source: Source, alias: str, key: Any = None) -> Wire:
        """Return the configuration of a provider with an alias, empty for the default."""
        mark = (source, alias, key if isinstance(key, str) else "*" if key is not None else None)
        found = self._wires.get(mark)
        if found is None:
            self._wires[mark] = Wire(source.type, None, (), "a provider that refers to itself")
            found = self._wires[mark] = self._find(source, alias, key)
        return found

    def referred(self, name: Reference, scope: Scope) -> Wire:
        """Return the configuration that a written reference names; its key is of ``scope``."""
        local, alias, key_node = name
        key = settled(key_node, scope) if key_node is not None else None
        return self.wire(self.source(local), alias, key)

    def _find(self, source: Source, alias: str, key: Any) -> Wire:
        instances = self._written(source, alias)
        if instances is not None and not self._is_proxy(instances):
            return _chosen(source.type, instances, key)
        name = f"{source.type}.{alias}" if alias else source.type
        parent, call = self.module.parent, self.module.call
        if parent is None or call is None:
            reason = f"no provider block for {name} in the source"
            return Wire(source.type, None, (), reason, implied=not alias)
        passed = call.body.attributes.get("providers")
        for child, value, at in _passed(passed):
            if child is None or child[1] != alias or not same(self.source(child[0]), source):
                continue
            assert passed is not None
            given = reference(value)
            if given is None:
                reason = f"what {self.module.address} is given as {name} names no provider"
                return Wire(source.type, None, (), reason)
            wire = parent.providers.referred(given, getattr(self.module, "outer", parent.scope))
            text = f"{self.module.address}: {_label(child)} = {_label(given)}"
            return wire.through(Hop(passed.file.span(at), text))
        if alias:
            reason = f"{self.module.address} is not given the provider {name}"
            return Wire(source.type, None, (), reason)
        if instances is not None:  # an empty block for which nothing is passed inherits nothing
            return _chosen(source.type, instances, key)
        return parent.providers.wire(source, "")

    def _written(self, source: Source, alias: str) -> dict[Any, Configuration] | None:
        """Return the instances of the module's own block for a provider and an alias."""
        matching = [
            (self.source(local), instances)
            for (local, name), instances in self.own().items()
            if name == alias and same(self.source(local), source)
        ]
        # A namespace that nobody declared is hashicorp's; another one is better than nothing.
        matching.sort(key=lambda pair: pair[0].namespace != (source.namespace or "hashicorp"))
        return matching[0][1] if matching else None

    def _is_proxy(self, instances: dict[Any, Configuration]) -> bool:
        """Say whether a block is empty: it announces what the caller must pass (0.14 style)."""
        if self.module.parent is None or len(instances) != 1:
            return False
        block = next(iter(instances.values())).block
        return not (set(block.body.attributes) - {"alias", "version"}) and not block.body.blocks


Reference = tuple[str, str, tree.Node | None]
"""Local name, alias and key of a written reference to a provider."""


def reference(node: tree.Node) -> Reference | None:
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


def _label(name: Reference) -> str:
    from scanner.sources.terraform.unparse import text

    head = f"{name[0]}.{name[1]}" if name[1] else name[0]
    return head if name[2] is None else f"{head}[{text(name[2])}]"


def _passed(
    attribute: hcl.Attribute | None,
) -> Iterator[tuple[Reference | None, tree.Node, tree.At]]:
    """Yield the entries of a call's ``providers``: the child's name, the value, the place."""
    if attribute is not None and isinstance(attribute.expression, tree.ObjectOf):
        for key, value in attribute.expression.items:
            yield reference(key), value, (key.at[0], key.at[1], value.at[2], value.at[3])


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


def _chosen(provider: str, instances: dict[Any, Configuration], key: Any) -> Wire:
    if None in instances:
        return Wire(provider, instances[None])
    if isinstance(key, str) and key in instances:
        return Wire(provider, instances[key])
    options = list(instances.values())
    if any(isinstance(option.key, Unknown) for option in options):
        return Wire(provider, options[0])  # the one that stands for all
    if isinstance(key, Unknown) and options:
        base = options[0].module.prefix() + f"provider.{options[0].block.labels[0]}"
        address = f"{base}.{alias_of(options[0].block)}[*]"
        return _any_of([Wire(provider, option) for option in options], key.reason, address)
    what = json.dumps(key) if isinstance(key, str) else "no key"
    return Wire(provider, None, (), f"the provider has no single instance for {what}")


def _any_of(wires: list[Wire], reason: str, address: str = "") -> Wire:
    """Return one wire for several, of which any may be meant."""
    first = wires[0]
    found: dict[int, Configuration] = {}
    for wire in wires:
        if wire.configuration is None:
            return wire
        found.setdefault(id(wire.configuration), wire.configuration)
    trail = tuple(dict.fromkeys(hop for wire in wires for hop in wire.trail))
    options = list(found.values())
    if len(options) == 1:
        return Wire(first.provider, options[0], trail)
    address = address or options[0].declaration().address
    return Wire(first.provider, Either(options, address, reason), trail)


__all__ = ["Configuration", "Providers", "Wire", "reference"]
