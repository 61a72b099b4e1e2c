"""``count``, ``for_each`` and ``dynamic``: which instances a block has, and their names."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from msgspec import Struct

from scanner.model import Unknown
from scanner.sources.terraform import hcl
from scanner.sources.terraform.evaluate import settled
from scanner.sources.terraform.scope import Definition, Scope
from scanner.sources.terraform.values import (
    MAX_OPTIONS,
    EvaluationError,
    Handle,
    is_number,
    measure,
    parse_number,
)

MAX_INSTANCES = 2_000
"""More instances of one block than this are written as one, ``[*]``."""

Key = int | str | Unknown | None
"""An instance's key; None for a block that is not repeated, `Unknown` for ``[*]``."""


class Expansion(Struct, frozen=True):
    """The instances of one block: their keys and scopes, and how they are indexed.

    ``form`` is ``single``, ``list`` (count), ``map`` (for_each) or ``unknown``: then there is
    one instance that stands for all.
    """

    form: str
    instances: tuple[tuple[Key, Scope], ...]


NONE = Expansion("list", ())


def one_for_all(scope: Scope) -> Expansion:
    """Return the one instance that stands for all where there is no room to list them."""
    key = Unknown("too many instances to list")
    names = {"count": {"index": key}, "each": {"key": key, "value": key}}
    return Expansion("unknown", ((key, scope.bind(names)),))


def expand(body: hcl.Body, scope: Scope) -> Expansion:
    """Return the instances that ``count`` or ``for_each`` of a body make."""
    count = body.attributes.get("count")
    if count is not None:
        return _counted(settled(count.expression, scope), count, scope)
    for_each = body.attributes.get("for_each")
    if for_each is not None:
        return _each(for_each, scope)
    return Expansion("single", ((None, scope),))


def _counted(number: Any, attribute: hcl.Attribute, scope: Scope) -> Expansion:
    if isinstance(number, Unknown) and number.candidates:
        sizes = [int(n) for n in number.candidates if is_number(n)]
        if len(sizes) == len(number.candidates):
            # The instances that there may be; which of them there are stays open.
            number = max(sizes)
    if isinstance(number, bool):
        number = int(number)
    if isinstance(number, str):
        with suppress(EvaluationError):
            number = parse_number(number)
    if number is None:
        number = 1
    if not is_number(number) or number > MAX_INSTANCES:
        reason = number.reason if isinstance(number, Unknown) else "count is not a usable number"
        if is_number(number):
            reason = f"count makes more than {MAX_INSTANCES:,} instances: one stands for all"
            scope.module.run.give_up(attribute.expression, scope.module, reason)
        key = Unknown(reason, "count.index")
        return Expansion("unknown", ((key, scope.bind({"count": {"index": key}})),))
    origins = {"count": Definition(attribute.expression, scope, attribute.file, attribute.at, "")}
    return Expansion(
        "list",
        tuple(
            (index, scope.bind({"count": {"index": index}}, origins))
            for index in range(max(0, int(number)))
        ),
    )


def _each(attribute: hcl.Attribute, scope: Scope) -> Expansion:
    items = entries(settled(attribute.expression, scope))
    definition = Definition(attribute.expression, scope, attribute.file, attribute.at, "")
    origins = {"each": definition}
    if isinstance(items, Unknown) or len(items) > MAX_INSTANCES:
        if isinstance(items, Unknown):
            reason = items.reason
        else:
            reason = f"for_each makes more than {MAX_INSTANCES:,} instances: one stands for all"
            scope.module.run.give_up(attribute.expression, scope.module, reason)
        key = Unknown(reason, "each.key")
        each = {"key": key, "value": Unknown(reason, "each.value")}
        return Expansion("unknown", ((key, scope.bind({"each": each}, origins)),))
    return Expansion(
        "map",
        tuple(
            (key, scope.bind({"each": {"key": key, "value": item}}, origins))
            for key, item in ((str(key), item) for key, item in items)
        ),
    )


def entries(collection: Any) -> list[tuple[Any, Any]] | Unknown:
    """Return the (key, value) pairs that ``for_each`` makes of a map or a set.

    A collection that is one of several known ones gives the entries of all: what may exist
    is shown, and the values of a key that differ are candidates.
    """
    if isinstance(collection, Handle):
        collection = collection.plain()
    if isinstance(collection, Unknown):
        return _possible(collection)
    if isinstance(collection, dict):
        return [(key, collection[key]) for key in sorted(collection)]
    if isinstance(collection, list):
        found: list[tuple[Any, Any]] = []
        for index, item in enumerate(collection):
            if isinstance(item, Unknown):
                return item
            found.append((item if isinstance(item, str) else index, item))
        return found
    if collection is None:
        return []
    return Unknown("for_each wants a map or a set")


def _possible(collection: Unknown) -> list[tuple[Any, Any]] | Unknown:
    if not collection.candidates:
        return collection
    merged: dict[Any, list[Any]] = {}
    if measure(list(collection.candidates))[0] > MAX_OPTIONS:
        return Unknown(collection.reason, collection.expression)
    for candidate in collection.candidates:
        pairs = entries(candidate)
        if isinstance(pairs, Unknown):
            return pairs
        for key, item in pairs:
            values = merged.setdefault(key, [])
            if item not in values:
                values.append(item)
    return [
        (
            key,
            values[0]
            if len(values) == 1
            else Unknown(collection.reason, collection.expression, tuple(values)),
        )
        for key, values in merged.items()
    ]


def suffix(key: Key) -> str:
    """Return a key as an address writes it: ``[0]``, ``["eu"]``, ``[*]`` or nothing."""
    if key is None:
        return ""
    if isinstance(key, Unknown):
        return "[*]"
    return f"[{json.dumps(key, ensure_ascii=False)}]"
