"""Type constraints of variables: reading them, and converting values to them.

``optional()`` attributes of object types get their defaults here, which decides many a
region in modules written as one large object variable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct, field

from scanner.model import Unknown
from scanner.sources.terraform import tree
from scanner.sources.terraform.sets import as_set
from scanner.sources.terraform.values import (
    BlockValue,
    EvaluationError,
    Handle,
    ListValue,
    MapValue,
    SetValue,
    Undecided,
    heavy,
    is_number,
    to_bool,
    to_number,
    to_string,
)


class Type(Struct, frozen=True):
    """A type constraint: ``string``, ``list(string)``, ``object({…})``, ``any``."""

    name: str
    element: Type | None = None
    attributes: dict[str, Type] = field(default_factory=dict)
    elements: tuple[Type, ...] = ()
    optional: bool = False
    default: Any = None


ANY = Type("any")
STRING = Type("string")
_SIMPLE = {type.name: type for type in (STRING, Type("number"), Type("bool"), ANY)}
_COLLECTIONS = frozenset({"list", "set", "map"})


def read(node: tree.Node, evaluate: Callable[[tree.Node], Any]) -> Type:
    """Return the type that a ``type =`` expression writes; `ANY` where it cannot be read.

    ``evaluate`` gives the value of an ``optional`` default.
    """
    if isinstance(node, tree.Name):
        if node.name in _SIMPLE:
            return Type(node.name)
        return Type(node.name, ANY) if node.name in _COLLECTIONS else ANY
    if isinstance(node, tree.Constant) and node.value in _SIMPLE:
        return Type(node.value)  # the quoted form of Terraform 0.11
    if not isinstance(node, tree.Call) or not node.arguments:
        return ANY
    first = node.arguments[0]
    if node.name in _COLLECTIONS:
        return Type(node.name, read(first, evaluate))
    if node.name == "tuple" and isinstance(first, tree.ListOf):
        return Type("tuple", elements=tuple(read(item, evaluate) for item in first.items))
    if node.name == "object" and isinstance(first, tree.ObjectOf):
        attributes: dict[str, Type] = {}
        for key, item in first.items:
            if isinstance(key, tree.Constant):
                attributes[str(key.value)] = _attribute(item, evaluate)
        return Type("object", attributes=attributes)
    return ANY


def _attribute(node: tree.Node, evaluate: Callable[[tree.Node], Any]) -> Type:
    if not (isinstance(node, tree.Call) and node.name == "optional" and node.arguments):
        return read(node, evaluate)
    inner = read(node.arguments[0], evaluate)
    default = evaluate(node.arguments[1]) if len(node.arguments) > 1 else None
    return Type(
        inner.name,
        inner.element,
        inner.attributes,
        inner.elements,
        optional=True,
        default=default,
    )


_PRIMITIVE: dict[str, Callable[[Any], Any]] = {
    "string": to_string,
    "number": to_number,
    "bool": to_bool,
}


def convert(value: Any, to: Type) -> Any:
    """Return a value as its type says. Raises EvaluationError where Terraform would."""
    if value is None or to.name == "any":
        return value
    if isinstance(value, Unknown):
        if value.candidates is None:
            return value
        return Unknown(
            value.reason, value.expression, tuple(convert(item, to) for item in value.candidates)
        )
    if isinstance(value, Handle):
        return value
    simple = _PRIMITIVE.get(to.name)
    if simple is not None:
        return simple(value)
    if to.name in {"list", "set"}:
        if not isinstance(value, list):
            raise EvaluationError(f"a {to.name} is required here")
        items = _elements(list(value), to.element or ANY)
        return _typed(as_set(items) if to.name == "set" else ListValue(items), to, value)
    if to.name == "tuple":
        if not isinstance(value, list) or len(value) != len(to.elements):
            raise EvaluationError("a tuple of another length is required here")
        return [convert(item, inner) for item, inner in zip(value, to.elements, strict=True)]
    if not isinstance(value, dict):
        raise EvaluationError(f"a value of type {to.name} is required here")
    if to.name == "map":
        items = _elements(list(value.values()), to.element or ANY)
        return _typed(MapValue(zip(value, items, strict=True)), to, value)
    result: dict[str, Any] = {}
    for name, inner in to.attributes.items():
        item = value.get(name)
        if item is None:
            if name not in value and not inner.optional:
                raise EvaluationError(f"attribute {name!r} is required")
            item = inner.default
        result[name] = convert(item, inner)
    return result


def _typed(value: Any, to: Type, source: Any) -> Any:
    """Return a collection that keeps the type of its elements, where it has none to show it."""
    if not value:
        element = to.element or ANY
        value.element = getattr(source, "element", ANY) if element.name == "any" else element
    return value


def _elements(values: list[Any], to: Type) -> list[Any]:
    if to.name != "any":
        items = [convert(value, to) for value in values]
        return unify(items) if _open(to) else items
    if heavy(values):
        raise Undecided("the value is too large")
    return unify(values)


def _open(type: Type) -> bool:
    if type.name in _SIMPLE:
        return type.name == "any"
    parts = (type.element,) if type.element else (*type.attributes.values(), *type.elements)
    return any(map(_open, parts))


def unify(values: list[Any]) -> list[Any]:
    """Convert values to the one type that Terraform finds for all of them.

    Numbers and bools become strings beside strings. Raises EvaluationError where Terraform
    finds no such type.
    """
    types = list(map(type_of, values))
    to = _common(types)
    if to.name == "any":
        return values
    return [
        value if type is to else convert(value, to)
        for value, type in zip(values, types, strict=True)
    ]


def converted(value: Any, values: list[Any]) -> Any:
    """Return one of some values, converted to the type that Terraform finds for all of them."""
    return convert(value, _common(list(map(type_of, values))))


def kind(value: Any) -> str:
    """Return the name of a value's type without its parts: ``string``, ``list``, ``object``."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "bool"
    if is_number(value):
        return "number"
    if isinstance(value, list):
        if isinstance(value, SetValue):
            return "set"
        return "list" if isinstance(value, ListValue) else "tuple"
    if isinstance(value, dict) and not isinstance(value, BlockValue):
        return "map" if isinstance(value, MapValue) else "object"
    return "any"  # null, an unknown, a whole resource, a block with more than is written


def element_kind(whole: Any) -> str:
    """Return the name of the type that the elements of a list, set or map have, or ``any``."""
    for item in whole.values() if isinstance(whole, dict) else whole:
        name = kind(item)
        if name != "any":
            return name
    return "any" if whole else getattr(whole, "element", ANY).name


def type_of(value: Any) -> Type:
    """Return the type of a value; `ANY` where it is null, unknown or a whole resource."""
    if isinstance(value, str):
        return STRING
    name = kind(value)
    if name in {"list", "set"}:
        return Type(name, _element(value, value))
    if name == "tuple":
        return Type(name, elements=tuple(map(type_of, value)))
    if name == "map":
        return Type(name, _element(value, value.values()))
    if name == "object":
        return Type(name, attributes={key: type_of(item) for key, item in value.items()})
    return _SIMPLE[name]


def _element(whole: Any, items: Iterable[Any]) -> Type:
    """Return the type of the items, which is the same for all, where nothing hides it."""
    if not whole:
        kept: Type = getattr(whole, "element", ANY)
        return kept
    found: list[Type] = []
    for item in items:
        type = type_of(item)
        if type.name in _SIMPLE and type is not ANY:
            return type
        found.append(type)
    return _common(found)


def _common(types: list[Type]) -> Type:
    types = [type for type in types if type is not ANY and type.name != "any"]
    if not types:
        return ANY
    first = types[0]
    if first.name in _SIMPLE and all(type is first for type in types):
        return first
    names = {type.name for type in types}
    if len(names) == 1:
        name = types[0].name
        if name == "tuple":
            return _common_list(types)
        if name in {"object", "map"}:
            return _common_map(types)
        if name in {"list", "set"}:
            return Type(name, _common([type.element or ANY for type in types]))
        return types[0]
    if "string" in names and names <= {"string", "number", "bool"}:
        return STRING
    if names <= {"tuple", "list", "set"}:
        # A set beside lists is one of them; beside tuples it makes them sets.
        parts = _common([part for type in types for part in _parts(type)])
        return Type("list" if "list" in names else "set", parts)
    if names == {"object", "map"}:
        return _common_map(types)
    raise EvaluationError("the values have no type in common")


def _parts(type: Type) -> list[Type]:
    if type.element is not None:
        return [type.element]
    return list(type.attributes.values() if type.name == "object" else type.elements)


def _common_list(types: list[Type]) -> Type:
    lengths = {len(type.elements) for type in types}
    if len(lengths) == 1 and all(type.name == "tuple" for type in types):
        columns = zip(*(type.elements for type in types), strict=True)
        return Type("tuple", elements=tuple(_common(list(column)) for column in columns))
    return Type("list", _common([part for type in types for part in _parts(type)]))


def _common_map(types: list[Type]) -> Type:
    first = types[0].attributes.keys()
    if all(type.name == "object" and type.attributes.keys() == first for type in types):
        return Type(
            "object",
            attributes={key: _common([type.attributes[key] for type in types]) for key in first},
        )
    return Type("map", _common([part for type in types for part in _parts(type)]))
