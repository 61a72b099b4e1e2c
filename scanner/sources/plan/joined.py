"""A plan together with its sources: places from the sources, values from the plan.

The plan is the truth of one environment. Of a block that it knows, the instances are the
plan's: what the sources would make besides (a count that is zero here) is left out. A block
that it does not know was written after it was made, and stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from scanner import paths
from scanner.model import Binding, Declaration, Origin, Reference, Unknown, WrittenString
from scanner.sources.plan import values
from scanner.sources.plan.configuration import Path
from scanner.sources.plan.declare import Plan
from scanner.sources.plan.expressions import leaves
from scanner.sources.plan.instances import Instance, gone, plain, prefix, steps_of
from scanner.sources.plan.origin import JoinedOrigin, PlanOrigin
from scanner.sources.plan.shapes import mapping

_KEY = re.compile(r'\[(?:\*|\d+|"(?:[^"\\]|\\.)*")\]')
_LETTERS = 3
_MOST = 200
"""How many instances of one block are looked through for one that fits; more are alike."""


class Joined(Struct):
    """What is left of sources and plan: one declaration for each thing."""

    declarations: list[Declaration] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)
    """New ids by those of the sources, where an address has changed."""
    changes: list[str] = field(default_factory=list)
    """What the sources say otherwise than when the plan was made, each in a phrase."""


def join(plan: Plan, source: list[Declaration]) -> Joined:
    """Return the declarations of a plan and of its sources, each thing once."""
    return _Join(plan, source).joined()


class _Join:
    """The sources of one unit by address, by block and by module call."""

    def __init__(self, plan: Plan, source: list[Declaration]) -> None:
        self.plan = plan
        self.source = source
        self.exact = {item.address: item for item in source}
        self.blocks: dict[str, list[Declaration]] = {}
        for item in source:
            self.blocks.setdefault(_KEY.sub("", item.address), []).append(item)
        self.providers: dict[str, Declaration] = {}
        self.used: set[str] = set()
        """Addresses of the sources that an instance of the plan stands for."""

    def joined(self) -> Joined:
        result = Joined()
        made: list[Declaration] = []
        for instance in self.plan.instances:
            found, fits = self._of(instance)
            if found is None:
                alone = self._alone(instance)
                made.append(alone)
                if not alone.calls:
                    result.changes.append(f"{instance.address} is written no more")
                continue
            joined = self._together(instance, found, fits)
            made.append(joined)
            if not fits:
                result.changes.append(f"{instance.address} is written no more")
                continue
            self.used.add(found.address)
            written = self.plan.written(instance) or {}
            for path in _changed(written, found.attributes):
                result.changes.append(f"{found.address}.{path} has changed")
            if found.address != joined.address:
                result.owners.setdefault(found.id, joined.id)
        for key, entry in self.plan.configuration.providers.items():
            address = self.plan.providers.declaration(key).address
            provider = self.exact.get(address)
            if provider is not None:
                for path in _changed(mapping(entry, "expressions"), provider.attributes):
                    result.changes.append(f"{address}.{path} has changed")
        kept = list(self._kept(result.changes))
        result.declarations = [*kept, *made]
        result.changes = list(dict.fromkeys(result.changes))
        return result

    def _of(self, instance: Instance) -> tuple[Declaration | None, bool]:
        """Return what the sources have for an instance, and whether it is that very one: any
        other instance of its block stands at the same place and has other values.
        """
        address = plain(instance.address)
        found = self.exact.get(address)
        if found is not None:
            return found, True
        same = self.blocks.get(_KEY.sub("", address), ())[:_MOST]
        wanted = _KEY.findall(address)
        fitting = next((i for i in same if _fits(_KEY.findall(i.address), wanted)), None)
        if fitting is not None:
            return fitting, True
        return (same[0] if same else None), False

    def _together(self, instance: Instance, source: Declaration, fits: bool) -> Declaration:
        attributes = self.plan.attributes(instance)
        span = self.plan.document.span(instance.address)
        if fits:
            attributes = _filled(attributes, source.attributes)
            origin: Origin = JoinedOrigin(source.origin, source.attributes, span, attributes)
        else:
            origin = PlanOrigin(span, attributes, self._references(instance), place=source.span)
        return replace(
            source,
            address=instance.address,
            attributes=attributes,
            origin=origin,
            binding=self._binding(instance, source.binding if fits else None),
        )

    def _references(self, instance: Instance) -> Callable[[], Iterator[Reference]]:
        written = self.plan.written(instance) or {}
        return partial(
            self.plan.references.of, instance.module, written, instance.address, instance.key
        )

    def _alone(self, instance: Instance) -> Declaration:
        """Return an instance that no source shows: its place is the call of its module, where
        the module's own source is not on disk.
        """
        found = self.plan.declaration(instance)
        found = replace(found, binding=self._binding(instance, None))
        for count in range(len(instance.module), 0, -1):
            address = plain(prefix(instance.module[:count]).rstrip("."))
            call = self.exact.get(address) or next(
                (d for d in self.blocks.get(_KEY.sub("", address), ()) if d.mode == "module"), None
            )
            if call is not None and call.mode == "module":
                self.used.add(call.address)
                find = self._references(instance)
                origin = PlanOrigin(found.span, found.attributes, find, place=call.span)
                return replace(found, span=call.span, origin=origin, calls=(call.span, *call.calls))
        return found

    def _binding(self, instance: Instance, source: Binding | None) -> Binding:
        found = self.plan.providers.of(instance)
        if found.configuration is None:
            return self.plan.providers.settled(source or found, instance)
        configuration = self._provider(found.configuration)
        written = source.configuration if source is not None else None
        same = written is not None and written.address == configuration.address
        trail = source.trail if source is not None and same else ()
        return self.plan.providers.settled(replace(found, configuration=configuration, trail=trail),
                                           instance)  # fmt: skip

    def _provider(self, planned: Declaration) -> Declaration:
        """Return a provider with all that the plan and the sources know of it. What the plan
        only names the sources work out, with the plan's own variables.
        """
        if planned.address not in self.providers:
            source = self.exact.get(planned.address)
            self.providers[planned.address] = planned
            if source is not None and source.mode == "provider":
                attributes = dict(source.attributes)
                constants = self.plan.providers.constants(planned)
                for name, value in planned.attributes.items():
                    observed = name == "region" and self.plan.providers.is_observed(planned)
                    if observed or name in constants or _open(attributes.get(name)):
                        attributes[name] = value
                origin = JoinedOrigin(source.origin, source.attributes, planned.span, attributes)
                self.providers[planned.address] = replace(
                    source, attributes=attributes, origin=origin
                )
        return self.providers[planned.address]

    def _kept(self, changes: list[str]) -> Iterator[Declaration]:
        """Yield what stays of the sources beside the plan's instances: what the plan does not
        know, and instances whose keys it does not have though its variables give them.
        """
        known = self.plan.configuration.blocks()
        document = self.plan.document
        deleted = {plain(address) for address in gone(document)}
        for item in self.source:
            if item.mode not in ("resource", "data", "module"):
                yield self.providers.get(item.address, item)
                continue
            if item.address in self.used:
                continue
            path, block = _parts(item)
            if block:
                planned = (path, block) in known
            else:
                planned = self.plan.configuration.module(path) is not None
            if planned and document.is_whole:
                certain = item.mode == "resource" and "[*]" not in item.address
                if not certain or item.address in deleted:
                    continue
                changes.append(f"{item.address} is not in the plan")
            elif not planned:
                changes.append(f"{item.address} is new")
            yield item


def remapped(string: WrittenString, owners: dict[str, str]) -> WrittenString:
    """Return a string of the sources with the owner that it has now."""
    owner = owners.get(string.owner)
    return string if owner is None else replace(string, owner=owner)


def _changed(written: dict[str, Any], attributes: dict[str, Any]) -> Iterator[str]:
    """Yield the paths of constants that the sources do not write as the plan has them."""
    for path, expression in leaves(written):
        constant = expression.get("constant_value")
        now = paths.get(attributes, path)
        if not isinstance(constant, (str, bool, int, float)) or isinstance(now, (Unknown, list)):
            continue
        if now != constant and str(now).lower() != str(constant).lower():
            yield path


def _fits(written: list[str], wanted: list[str]) -> bool:
    return len(written) == len(wanted) and all(
        own in ("[*]", key) for own, key in zip(written, wanted, strict=True)
    )


def _parts(item: Declaration) -> tuple[Path, str]:
    """Return the module calls of an address and what follows them; nothing for a call."""
    address = _KEY.sub("", item.address)
    steps = steps_of(address)
    return tuple(name for name, _ in steps), address[len(prefix(steps)) :]


def _open(value: Any) -> bool:
    return value is None or isinstance(value, Unknown)


def _is_text(value: Any) -> bool:
    """Say whether a value can be found in a report and hidden: a number or a letter cannot."""
    return isinstance(value, str) and len(value) > _LETTERS


def _filled(planned: Any, source: Any) -> Any:
    """Return the plan's value; where it is known after apply only, or not to be used, what the
    sources say.
    """
    if isinstance(planned, Unknown):
        if planned.reason == values.SENSITIVE and not _is_text(source):
            return planned
        return planned if _open(source) else source
    if isinstance(planned, dict) and isinstance(source, dict):
        return {name: _filled(value, source.get(name)) for name, value in planned.items()}
    if isinstance(planned, list) and isinstance(source, list) and len(planned) == len(source):
        return [_filled(value, item) for value, item in zip(planned, source, strict=True)]
    return planned
