"""Which provider configuration each planned resource uses, and where that leads.

The plan names the configuration by a key (``aws.us``, ``module.crm:aws``) that Terraform has
already followed through every module. What a provider was given at run time (``AWS_REGION``)
is not written there, but what it made is: a region that a resource took from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scanner import geography
from scanner.model import Binding, Declaration, Hop, Span, Trail, Unknown
from scanner.providers import tables
from scanner.sources.plan.configuration import Configuration, Path
from scanner.sources.plan.document import Document
from scanner.sources.plan.expressions import is_leaf, names, steps, text
from scanner.sources.plan.instances import Instance, prefix, steps_of
from scanner.sources.plan.origin import PlanOrigin, shown
from scanner.sources.plan.references import References
from scanner.sources.plan.shapes import mapping

_DECIDES = {"resource": {"region"}, "data": {"region", "name", "endpoint"}}
"""What decides an instance's region other than its provider, by mode."""


_FOLLOWED = (1, 3)
"""The Terraform from which on a plan names the configuration that a module is given."""


class Providers:
    """The provider configurations of one plan, each made when it is first asked for."""

    def __init__(
        self,
        document: Document,
        configuration: Configuration,
        references: References,
        unit: str,
        instances: Iterable[Instance],
    ) -> None:
        self.document = document
        self.configuration = configuration
        self.references = references
        self.unit = unit
        self._made: dict[str, Declaration] = {}
        self._seen: set[str] = set()
        self._constants: dict[str, frozenset[str]] = {}
        self._observed = self._observations(instances)

    def of(self, instance: Instance) -> Binding:
        """Return what an instance uses."""
        local = instance.provider.rpartition("/")[2] or instance.type.partition("_")[0]
        if self.document.is_state:
            reason = "a state does not say which provider made a resource"
            return Binding(local, None, (), reason)
        block = self.configuration.block(instance.path, instance.block)
        key = str(block.get("provider_config_key", "")) if block is not None else ""
        known = key in self.configuration.providers
        if known and (key in self._observed or not self._is_proxy(key)):
            return Binding(local, self.declaration(key))
        where = prefix(instance.module).rstrip(".") or instance.address
        if known and self.document.version >= _FOLLOWED:
            # Terraform would have followed a provider that the module merely announces.
            reason = f"the plan does not say what the empty provider block in {where} is given"
            return Binding(local, None, (), reason)
        if key and ":" not in key:
            return Binding(local, None, (), f"no provider block for {key} in the plan")
        # Some versions name the one of the module itself, which has no block, and other tools
        # leave blocks out: what it stands for is known only where there is no other.
        same = [
            name
            for name in self.configuration.providers
            if self._local(name) == local and not self._is_proxy(name)
        ]
        if same == [local]:
            return Binding(local, self.declaration(local))
        reason = (
            f"the plan does not say which of several {local} providers {where} is given"
            if same
            else f"no provider block for {local} in the plan"
        )
        return Binding(local, None, (), reason)

    def settled(self, binding: Binding, instance: Instance) -> Binding:
        """Return the binding; where it has no region, or no block shows it, the region that an
        existing resource's ARN is in.
        """
        made = binding.configuration
        written = self.configuration.block(instance.path, instance.block) is not None
        if written and made is not None and isinstance(made.attributes.get("region"), str):
            return binding
        arn = instance.values.get("arn")
        parts = arn.split(":") if binding.provider == "aws" and isinstance(arn, str) else []
        if len(parts) < 6 or parts[0] != "arn" or not parts[3]:
            return binding
        span = self.document.span(instance.address)
        attributes = {**(made.attributes if made is not None else {}), "region": parts[3]}
        hops = {"region": (Hop(span, f"{instance.address}: its ARN is in {parts[3]}"),)}
        origin = PlanOrigin(span, attributes, hops=hops)
        address = made.address if made is not None else "provider.aws"
        return Binding(
            "aws",
            Declaration(
                "provider", address, "aws", "", self.unit, "terraform", attributes, span, origin
            ),
        )

    def constants(self, declaration: Declaration) -> frozenset[str]:
        """Return the attributes that the plan knows a configuration to write as constants."""
        return self._constants.get(declaration.address, frozenset())

    def is_observed(self, declaration: Declaration) -> bool:
        """Say whether a configuration's region is one that resources took from it."""
        return declaration.address in self._seen

    def declarations(self) -> list[Declaration]:
        """Return every provider configuration of the plan."""
        return [self.declaration(key) for key in self.configuration.providers]

    def declaration(self, key: str) -> Declaration:
        """Return the provider configuration of a key, as a declaration."""
        if key not in self._made:
            self._made[key] = self._declared(key, self.configuration.providers[key])
        return self._made[key]

    def _is_proxy(self, key: str) -> bool:
        """Say whether a module only announces a provider that another module has."""
        entry = self.configuration.providers[key]
        return bool(entry.get("module_address")) and not entry.get("expressions")

    def _local(self, key: str) -> str:
        entry = self.configuration.providers[key]
        return str(entry.get("full_name") or entry.get("name") or key).rpartition("/")[2]

    def _declared(self, key: str, entry: dict[str, Any]) -> Declaration:
        module = str(entry.get("module_address", ""))
        way = steps_of(module)
        path = tuple(name for name, _ in way)
        name, alias = str(entry.get("name", key)), str(entry.get("alias", ""))
        address = (f"{module}." if module else "") + f"provider.{name}"
        address += f".{alias}" if alias else ""
        expressions = mapping(entry, "expressions")
        self._constants[address] = frozenset(
            attribute
            for attribute, expression in expressions.items()
            if isinstance(expression, dict) and "constant_value" in expression
        )
        span = self.document.key_span("configuration", "provider_config", key)
        local = self._local(key)
        attributes: dict[str, Any] = {}
        hops: dict[str, Trail] = {}
        places = {rule.attribute for rule in tables.defaults(local)}
        for attribute, expression in expressions.items():
            value = self.configuration.value(path, expression)
            label = f'provider "{name}": {attribute}'
            if attribute in places:
                value = _place(local, value, expression)
                hops[attribute] = self._trail(path, expression, value, span, label)
            attributes[attribute] = value
        if "region" in places and key in self._observed:
            seen, region = self._observed[key]
            if attributes.get("region") != region:
                text = f"{seen.address} has region {shown(region)} of it"
                hops["region"] = (
                    Hop(span, f'provider "{name}"'), Hop(self.document.span(seen.address), text)
                )  # fmt: skip
            attributes["region"] = region
            self._seen.add(address)
        found = self.references.of
        origin = PlanOrigin(span, attributes, lambda: found(way, expressions, address, ""), hops)
        return Declaration(
            "provider", address, name, alias, self.unit, "terraform", attributes, span, origin
        )

    def _trail(self, path: Path, expression: Any, value: Any, span: Span, label: str) -> Trail:
        """Return where a provider's place comes from: the variable first, then the block."""
        read = names(expression)
        if not read:
            return (Hop(span, f"{label} = {shown(value)}" if isinstance(value, str) else label),)
        last = Hop(span, f"{label} = {', '.join(read)}")
        way = steps(read[0])
        while path and way[:1] == ["var"] and len(way) > 1:
            given = self.configuration.argument(path, str(way[1]))
            if given is None or len(names(given)) != 1:
                break
            path, way = path[:-1], steps(names(given)[0])
        if isinstance(value, str) and not path and way[:1] == ["var"] and len(way) > 1:
            first = self.document.key_span("variables", str(way[1]))
            return (Hop(first, f"var.{way[1]}: {shown(value)}"), last)
        return (last,)

    def _observations(self, instances: Iterable[Instance]) -> dict[str, tuple[Instance, str]]:
        """Return by provider key the region that resources took from it without writing one."""
        found: dict[str, tuple[Instance, str]] = {}
        mixed: set[str] = set()
        for instance in instances:
            region = instance.values.get("region")
            if not isinstance(region, str) or not instance.type.startswith("aws_"):
                continue
            if instance.mode == "data" and instance.type != "aws_region":
                continue
            if any(isinstance(m, dict) and m.get("region") is True for m in instance.sensitive):
                continue
            block = self.configuration.block(instance.path, instance.block)
            if block is None or _DECIDES[instance.mode] & mapping(block, "expressions").keys():
                continue
            key = str(block.get("provider_config_key", ""))
            if key in found and found[key][1] != region:
                mixed.add(key)
            found.setdefault(key, (instance, region))
        return {
            key: seen
            for key, seen in found.items()
            if key not in mixed and geography.lookup("aws", seen[1]).status == "known"
        }


def _place(local: str, value: Any, expression: Any) -> Any:
    """Return a provider's place; `Unknown` where what it reads is evidently no place itself."""
    if not isinstance(value, str) or not is_leaf(expression) or "constant_value" in expression:
        return value
    if geography.canonical(local) not in geography.known_providers():
        return value  # which names it has is not known either
    if geography.lookup(local, value).status == "known":
        return value
    return Unknown("the plan does not show what is made of it", text(expression))
