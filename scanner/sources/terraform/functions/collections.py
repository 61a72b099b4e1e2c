"""Collection functions. Most work on collections that hold unknowns."""

from __future__ import annotations

from itertools import islice, product
from typing import Any

from scanner.model import Unknown
from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.functions.texts import clusters
from scanner.sources.terraform.sets import as_set
from scanner.sources.terraform.types import ANY, Type, convert, element_kind, type_of, unify
from scanner.sources.terraform.values import (
    MAX_SIZE,
    EvaluationError,
    ListValue,
    MapValue,
    SetValue,
    Undecided,
    calculate,
    candidates,
    equal,
    first_unknown,
    freeze,
    measure,
    to_bool,
    to_int,
    to_number,
    to_string,
)

FUNCTIONS = Functions()

_PRIMITIVES = frozenset({"string", "number", "bool"})
_SMALL = 200


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise EvaluationError("a list is required here")
    return value


def _ordered(value: Any) -> list[Any]:
    if isinstance(value, SetValue):
        raise EvaluationError("a set has no order; a list is required here")
    return _list(value)


def _map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise EvaluationError("a map is required here")
    return value


@FUNCTIONS.partial
def length(value: Any) -> Any:
    """``length(list, map or string)``."""
    if isinstance(value, SetValue) and any(isinstance(item, Unknown) for item in value):
        return first_unknown(value)
    if isinstance(value, str):
        return len(clusters(value))
    if isinstance(value, list | dict):
        return len(value)
    raise EvaluationError("length wants a list, a map or a string")


@FUNCTIONS.partial
def element(items: Any, index: Any) -> Any:
    """``element(list, index)``, wrapping round."""
    values, position = _ordered(items), to_int(index)
    if not values:
        raise EvaluationError("element of an empty list")
    # Versions after 1.11 count from the end for a negative index.
    return values[position % len(values)]


@FUNCTIONS.partial
def index(items: Any, value: Any) -> Any:
    """``index(list, value)``."""
    if value is None:
        raise EvaluationError("index wants a value that is not null")
    for position, item in enumerate(_ordered(items)):
        same = equal(item, value)
        if isinstance(same, Unknown):
            return same
        if same:
            return position
    raise EvaluationError("the list does not hold the value")


@FUNCTIONS.partial
def lookup(mapping: Any, key: Any, *default: Any) -> Any:
    """``lookup(map, key, default)``."""
    mapping, key = _map(mapping), to_string(key)
    if len(default) > 1:
        raise EvaluationError("lookup wants two or three values")
    if default and isinstance(mapping, MapValue):
        default = (convert(default[0], _element_type(mapping)),)
    if key in mapping:
        return mapping[key]
    if default:
        return default[0]
    raise EvaluationError(f"the map has no key {key[:60]!r}")


def _element_type(mapping: MapValue) -> Type:
    """Return the type of a map's elements, as the first one that is known tells it."""
    for item in mapping.values():
        # One lookup of many must not go through a large element.
        type = type_of(item) if measure(item, _SMALL)[0] <= _SMALL else ANY
        if type is not ANY:
            return type
    kept: Type = getattr(mapping, "element", ANY)
    return kept


@FUNCTIONS.partial
def contains(items: Any, value: Any) -> Any:
    """``contains(list, value)``."""
    if value is None:
        raise EvaluationError("contains wants a value that is not null")
    unknown: Unknown | None = None
    for item in _list(items):
        same = equal(item, value)
        if isinstance(same, Unknown):
            unknown = same
        elif same:
            return True
    return unknown if unknown is not None else False


@FUNCTIONS.partial
def keys(mapping: Any) -> list[str]:
    """``keys(map)``, sorted."""
    names = sorted(_map(mapping))
    return ListValue(names) if isinstance(mapping, MapValue) else names


@FUNCTIONS.partial
def values(mapping: Any) -> list[Any]:
    """``values(map)``, in the order of the keys."""
    items = [mapping[key] for key in sorted(_map(mapping))]
    return ListValue(items) if isinstance(mapping, MapValue) else items


@FUNCTIONS.partial
def merge(*maps: Any) -> Any:
    """``merge(maps…)``; nulls are passed over."""
    merged: dict[str, Any] = {}
    for mapping in maps:
        if mapping is not None:
            merged.update(_map(mapping))
    # Maps of one type are one map; beside an object they become one.
    return MapValue(merged) if maps and _one_type(MapValue, maps) else merged


def _one_type(kind: type, collections: Any) -> bool:
    """Say whether there are only maps, or only lists, and of elements that look alike."""
    if not all(isinstance(collection, kind) for collection in collections):
        return False
    return len({element_kind(collection) for collection in collections} - {"any"}) < 2


@FUNCTIONS.partial
def concat(*lists: Any) -> list[Any]:
    """``concat(lists…)``."""
    if not lists:
        raise EvaluationError("concat wants a list")
    result: list[Any] = []
    for items in lists:
        result.extend(_ordered(items))
        if len(result) > MAX_SIZE:
            raise Undecided("the list is too large")
    if _one_type(ListValue, lists):
        return ListValue(result)
    if all(isinstance(items, ListValue) and element_kind(items) in _PRIMITIVES for items in lists):
        return ListValue(unify(result))
    return result


@FUNCTIONS.partial
def flatten(items: Any) -> Any:
    """``flatten(list of lists)``."""
    result: list[Any] = []
    stack = list(reversed(_list(items)))
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
        else:
            result.append(item)
    return result


@FUNCTIONS.partial
def compact(items: Any) -> Any:
    """``compact(list of strings)``: without the empty ones."""
    unknown = first_unknown([item for item in _list(items) if isinstance(item, Unknown)])
    if unknown is not None:
        return Unknown(unknown.reason, unknown.expression)
    return ListValue(to_string(item) for item in items if item is not None and item != "")


@FUNCTIONS.partial
def distinct(items: Any) -> list[Any]:
    """``distinct(list)``."""
    kept: dict[Any, Any] = {}
    for item in unify(_list(items)):
        kept.setdefault(freeze(item), item)
    return ListValue(kept.values())


@FUNCTIONS.partial
def reverse(items: Any) -> list[Any]:
    """``reverse(list)``."""
    result = reversed(_list(items))
    return ListValue(result) if isinstance(items, ListValue | SetValue) else list(result)


@FUNCTIONS
def sort(items: Any) -> list[str]:
    """``sort(list of strings)``."""
    return ListValue(sorted(to_string(item) for item in _list(items)))


@FUNCTIONS.partial
def slice_(items: Any, start: Any, end: Any) -> list[Any]:
    """``slice(list, start, end)``."""
    values, first, last = _ordered(items), to_int(start), to_int(end)
    if not 0 <= first <= last <= len(values):
        raise EvaluationError("slice is out of range")
    return type(values)(values[first:last])


@FUNCTIONS.partial
def chunklist(items: Any, size: Any) -> list[Any]:
    """``chunklist(list, size)``."""
    values, step = unify(_list(items)), to_int(size)
    if step < 0:
        raise EvaluationError("chunklist wants no negative size")
    if step == 0:
        step = max(1, len(values))
    return ListValue(ListValue(values[n : n + step]) for n in range(0, len(values), step))


@FUNCTIONS
def range_(*limits: Any) -> list[Any]:
    """``range(max)``, ``range(start, limit)``, ``range(start, limit, step)``."""
    numbers = [to_number(limit) for limit in limits]
    if len(numbers) == 1:
        start, limit, step = 0, numbers[0], 1 if numbers[0] >= 0 else -1
    elif len(numbers) == 2:
        start, limit = numbers  # type: ignore[assignment]
        step = 1 if limit >= start else -1
    elif len(numbers) == 3:
        start, limit, step = numbers  # type: ignore[assignment]
    else:
        raise EvaluationError("range wants one to three numbers")
    if limit == start:
        return ListValue()
    if step == 0 or (limit > start) != (step > 0):
        raise EvaluationError("range never reaches its end")
    if abs(limit - start) > 1024 * abs(step):
        # Terraform itself refuses more than 1,024 values.
        raise EvaluationError("range gives more than 1024 values")
    result = ListValue()
    value: float = start
    while (step > 0 and value < limit) or (step < 0 and value > limit):
        result.append(value)
        value = calculate("+", value, step)
    return result


@FUNCTIONS.partial
def zipmap(names: Any, items: Any) -> dict[str, Any]:
    """``zipmap(keys, values)``."""
    names, items = _list(names), _ordered(items)
    if len(names) != len(items):
        raise EvaluationError("zipmap wants as many keys as values")
    result = {to_string(name): item for name, item in zip(names, items, strict=True)}
    return MapValue(result) if isinstance(items, ListValue) else result


@FUNCTIONS.partial
def transpose(mapping: Any) -> dict[str, list[str]]:
    """``transpose(map of lists)``."""
    result: dict[str, list[str]] = {}
    for key in sorted(_map(mapping)):
        for item in _list(mapping[key]):
            result.setdefault(to_string(item), []).append(key)
    return MapValue((key, ListValue(sorted(result[key]))) for key in sorted(result))


@FUNCTIONS.partial
def matchkeys(items: Any, names: Any, wanted: Any) -> list[Any]:
    """``matchkeys(values, keys, searchset)``."""
    items, names, wanted = unify(_list(items)), _list(names), _list(wanted)
    if len(items) != len(names):
        raise EvaluationError("matchkeys wants as many keys as values")
    alike = unify([*names, *wanted])
    marks = {freeze(item) for item in alike[len(names) :]}
    return ListValue(
        item for item, name in zip(items, alike[: len(names)], strict=True) if freeze(name) in marks
    )


@FUNCTIONS.partial
def coalesce(*items: Any) -> Any:
    """``coalesce(values…)``: the first that is neither null nor empty."""
    for item in items:
        if isinstance(item, Unknown):
            rest = [i for i in items if i is not None and i != ""]
            return candidates(rest, item)
        if item is not None and item != "":
            return _coalesced(item, items)
    raise EvaluationError("all values are null or empty")


def _coalesced(item: Any, items: Any) -> Any:
    try:
        return unify([item, *items])[0]
    except EvaluationError:
        if any(other is None for other in items):
            return item  # a null without a type leaves every value its own
        raise


@FUNCTIONS.partial
def coalescelist(*lists: Any) -> Any:
    """``coalescelist(lists…)``: the first that is not empty."""
    given = [items if isinstance(items, Unknown) else _ordered(items) for items in lists]
    for items in given:
        if isinstance(items, Unknown) or items:
            return items
    raise EvaluationError("all lists are empty")


@FUNCTIONS.partial
def one(items: Any) -> Any:
    """``one(list)``: the only item, or null."""
    values = _list(items)
    if len(values) > 1:
        raise EvaluationError("the list has more than one item")
    return values[0] if values else None


@FUNCTIONS
def alltrue(items: Any) -> bool:
    """``alltrue(list)``."""
    return all(item is not None and to_bool(item) for item in _list(items))


@FUNCTIONS
def anytrue(items: Any) -> bool:
    """``anytrue(list)``."""
    return any(item is not None and to_bool(item) for item in _list(items))


@FUNCTIONS
def setunion(first: Any, *others: Any) -> SetValue:
    """``setunion(sets…)``."""
    return as_set(unify([item for items in (first, *others) for item in _list(items)]))


@FUNCTIONS
def setintersection(first: Any, *others: Any) -> SetValue:
    """``setintersection(sets…)``."""
    kept, *rest = _alike([first, *others])
    marks = [{freeze(item) for item in items} for items in rest]
    return as_set([item for item in kept if all(freeze(item) in mark for mark in marks)])


@FUNCTIONS
def setsubtract(first: Any, second: Any) -> SetValue:
    """``setsubtract(a, b)``."""
    kept, cut = _alike([first, second])
    marks = {freeze(item) for item in cut}
    return as_set([item for item in kept if freeze(item) not in marks])


def _alike(sets: list[Any]) -> list[list[Any]]:
    items = unify([item for one in sets for item in _list(one)])
    result, start = [], 0
    for one in sets:
        result.append(items[start : start + len(one)])
        start += len(one)
    return result


@FUNCTIONS.partial
def setproduct(*sets: Any) -> Any:
    """``setproduct(sets…)``."""
    if len(sets) < 2:
        raise EvaluationError("setproduct wants two sets or more")
    size = 1
    for items in sets:
        size *= len(_list(items))
        if size * len(sets) > 200_000:
            raise Undecided("setproduct is too large")
    alike = [items if isinstance(items, SetValue) else unify(items) for items in sets]
    combinations = [list(item) for item in islice(product(*alike), size)]
    if any(isinstance(items, SetValue) for items in sets):
        return as_set(combinations)
    return ListValue(combinations)
