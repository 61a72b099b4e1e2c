"""The resource instances of a plan: what will exist when it is applied, and what it reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from scanner.sources.plan.document import Document
from scanner.sources.plan.shapes import listed, mapping, objects

Steps = tuple[tuple[str, str], ...]
"""A module instance: the name and the written key of each call, ``(("crm", '["eu"]'),)``."""

_CALL = re.compile(r'module\.([\w-]+)(\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.?')
_KEY = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]\Z')
_KEYS = re.compile(r'\[("(?:[^"\\]|\\.)*")\]')
_LEAVES = frozenset({"delete", "forget"})


class Instance(Struct, frozen=True):
    """One resource or data instance as the plan shows it. ``unknown`` and ``sensitive`` have
    the form of ``values`` with true where a value is not known yet, or not to be shown.
    """

    address: str
    mode: str
    type: str
    name: str
    key: str
    module: Steps
    values: dict[str, Any]
    unknown: Any
    sensitive: tuple[Any, ...]
    provider: str

    @property
    def path(self) -> tuple[str, ...]:
        """The module calls that lead to the instance, without keys."""
        return tuple(name for name, _ in self.module)

    @property
    def block(self) -> str:
        """The address of its block within its module: ``data.aws_region.current``."""
        head = "data." if self.mode == "data" else ""
        return f"{head}{self.type}.{self.name}"


def plain(address: str) -> str:
    """Return an address with its keys as sources write them. Terraform doubles the sign of
    ``${`` and ``%{`` in a key, and writes what cannot be printed by its number.
    """
    if "{" not in address and "\\" not in address:
        return address
    return _KEYS.sub(_plain, address)


def _plain(match: re.Match[str]) -> str:
    try:
        key = json.loads(match[1])
    except ValueError:
        return match[0]  # an escape that JSON does not have
    key = key.replace("$${", "${").replace("%%{", "%{")
    return f"[{json.dumps(key, ensure_ascii=False)}]"


def prefix(steps: Steps) -> str:
    """Return what stands before the addresses in a module instance."""
    return "".join(f"module.{name}{key}." for name, key in steps)


def steps_of(address: str) -> Steps:
    """Return the module calls at the beginning of an address."""
    found: list[tuple[str, str]] = []
    position = 0
    while match := _CALL.match(address, position):
        found.append((match[1], match[2] or ""))
        position = match.end()
    return tuple(found)


def read(document: Document) -> list[Instance]:
    """Return the instances: those planned, those that a partial plan leaves as they are, and
    the data that was read while planning. What is deleted or forgotten is not among them.
    """
    if document.is_state:
        top = document.mapping("values", "root_module")
        return [_made(steps, item, {}) for steps, item in _walk(top)]
    changes: dict[str, dict[str, Any]] = {}
    left = gone(document)
    moved: set[str] = set()
    for change in objects(document.data, "resource_changes"):
        if change.get("deposed"):
            continue
        address = str(change.get("address", ""))
        changes[address] = change
        if "previous_address" in change:
            moved.add(str(change["previous_address"]))
    found: dict[str, Instance] = {}
    for steps, item in _walk(document.mapping("planned_values", "root_module")):
        made = _made(steps, item, mapping(changes.get(item["address"]), "change"))
        if made.address not in left:
            found[made.address] = made
    for steps, item in _walk(document.mapping("prior_state", "values", "root_module")):
        # No change is planned for what a plan with -target passes over; it stays as it is.
        address = item["address"]
        if address not in found and address not in changes and address not in moved:
            found[address] = _made(steps, item, {})
    return list(found.values())


def gone(document: Document) -> set[str]:
    """Return the addresses that a plan deletes or forgets, without anything in their places."""
    found: set[str] = set()
    for change in objects(document.data, "resource_changes"):
        actions = [str(action) for action in listed(mapping(change, "change"), "actions")]
        if actions and _LEAVES.issuperset(actions) and not change.get("deposed"):
            found.add(str(change.get("address", "")))
    return found


def misshapen(document: Document) -> int:
    """Return how many entries of a plan are no resource in any form that is known."""
    count = 0
    stack = [document.mapping("values" if document.is_state else "planned_values", "root_module")]
    while stack:
        module = stack.pop()
        for item in listed(module, "resources"):
            known = isinstance(item, dict) and (
                _is_instance(item) or item.get("mode") == "ephemeral" or "deposed_key" in item
            )
            count += not known
        stack.extend(objects(module, "child_modules"))
    return count


def _walk(module: dict[str, Any]) -> Iterator[tuple[Steps, dict[str, Any]]]:
    stack = [module]
    while stack:
        module = stack.pop()
        steps = steps_of(str(module.get("address", "")))
        for item in objects(module, "resources"):
            if _is_instance(item):
                yield steps, item
        stack.extend(reversed(objects(module, "child_modules")))


def _is_instance(item: dict[str, Any]) -> bool:
    """Say whether it is one that is deployed or read: neither is an ephemeral one, nor what
    a state still has of one that was replaced.
    """
    if item.get("deposed_key"):
        return False
    named = all(isinstance(item.get(key), str) and item[key] for key in ("address", "type"))
    return named and item.get("mode", "managed") in ("managed", "data")


def _made(steps: Steps, item: dict[str, Any], change: dict[str, Any]) -> Instance:
    address = item["address"]
    key = _KEY.search(address)
    sensitive = (item.get("sensitive_values"), change.get("after_sensitive"))
    return Instance(
        address,
        "data" if item.get("mode") == "data" else "resource",
        str(item["type"]),
        str(item.get("name", "")),
        key.group() if key is not None and "index" in item else "",
        steps or steps_of(address),
        mapping(item, "values"),
        change.get("after_unknown") or {},
        sensitive,
        str(item.get("provider_name", "")),
    )
