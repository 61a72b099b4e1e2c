"""Evaluates expressions: a value, or an `Unknown` that says why not.

An expression that Terraform would refuse raises `EvaluationError`, which ``try`` and ``can``
catch and `settled` turns into an unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scanner.model import Unknown
from scanner.sources.terraform import absolute, tree
from scanner.sources.terraform.absolute import Absolute
from scanner.sources.terraform.access import read_attribute, read_index
from scanner.sources.terraform.apply import applied
from scanner.sources.terraform.functions import IMPURE
from scanner.sources.terraform.invoke import invoke, opened, size_of, spend
from scanner.sources.terraform.run import SMALL
from scanner.sources.terraform.scope import Scope
from scanner.sources.terraform.types import converted, element_kind
from scanner.sources.terraform.values import (
    MAX_SIZE,
    SCALARS,
    BlockValue,
    EvaluationError,
    Handle,
    ListValue,
    MapValue,
    SetValue,
    Undecided,
    calculate,
    candidates,
    either_unknown,
    equal,
    first_unknown,
    joined,
    measure,
    to_bool,
    to_number,
    to_string,
)

MAX_LOOP = 100_000
"""The most elements that one ``for`` expression goes through."""

MAX_FREE = 100
"""What a conditional chooses and has more values than this counts as steps of a loop."""


def settled(node: tree.Node, scope: Scope) -> Any:
    """Return an expression's value; what cannot be evaluated is an `Unknown`, never an error."""
    try:
        return value(node, scope)
    except Undecided as error:
        scope.module.run.give_up(node, scope.module, str(error))
        return Unknown(str(error), scope.module.text(node))
    except EvaluationError as error:
        return Unknown(str(error), scope.module.text(node))
    except RecursionError:
        reason = "refers to itself, or nests too deep"
        scope.module.run.give_up(node, scope.module, reason)
        return Unknown(reason, scope.module.text(node))


def bounded(node: tree.Node, scope: Scope) -> Any:
    """Return an expression's value for a name that others use; one that is endless is unknown:
    forty locals that each hold the one before twice have a million million leaves.
    """
    result = settled(node, scope)
    if type(result) in SCALARS or isinstance(result, Handle):
        return result
    if scope.module.run.too_large(result, scope.module.top):
        reason = "a value with too many parts"
        scope.module.run.give_up(node, scope.module, reason)
        return Unknown(reason, scope.module.text(node))
    return result


def value(node: tree.Node, scope: Scope) -> Any:
    """Return an expression's value. Raises EvaluationError where Terraform would refuse."""
    return _EVALUATE[type(node)](node, scope)


def _constant(node: tree.Constant, _: Scope) -> Any:
    return node.value


def _broken(node: tree.Broken, _: Scope) -> Any:
    return Unknown(node.reason)


def _name(node: tree.Name, scope: Scope) -> Any:
    return _whole(_base(node, scope), node, scope)


def _base(node: Any, scope: Scope) -> Any:
    """Return what stands before a dot or a bracket, which need not be a value."""
    kind = type(node)
    if kind is tree.Attr:
        return read_attribute(_base(node.of, scope), node.name, node, scope)
    if kind is tree.Name:
        if node.name in scope.names:
            return scope.names[node.name]
        return scope.module.root_name(node.name)
    return _EVALUATE[kind](node, scope)


def _whole(found: Any, node: tree.Node, scope: Scope) -> Any:
    if isinstance(found, Handle) and found.names:
        return Unknown("no value but a name that leads to some", scope.module.text(node))
    return found


def _item(_: tree.Item, scope: Scope) -> Any:
    return scope.names["*"]


def _attr(node: tree.Attr, scope: Scope) -> Any:
    return _whole(_base(node, scope), node, scope)


def _index(node: tree.Index, scope: Scope) -> Any:
    found = read_index(_base(node.of, scope), value(node.key, scope), node, scope)
    return _whole(found, node, scope)


def _splat(node: tree.Splat, scope: Scope) -> Any:
    whole = value(node.of, scope)
    if whole is None:
        return []
    if isinstance(whole, Unknown):
        if whole.candidates is None:
            return whole
        return either_unknown(lambda one: _each(node, one[0], scope), [whole])
    return _each(node, whole, scope)


def _each(node: tree.Splat, whole: Any, scope: Scope) -> Any:
    if whole is None:
        return []
    if isinstance(whole, Handle):
        listed = whole.listed()
        if isinstance(listed, Unknown):
            return listed
        items = listed
    else:
        items = whole if isinstance(whole, list) else [whole]
    spend(scope, len(items), "loops", SMALL)
    each = [value(node.each, scope.bind({"*": item})) for item in items]
    return ListValue(each) if isinstance(whole, (ListValue, SetValue)) else each


def _unary(node: tree.Unary, scope: Scope) -> Any:
    operand = value(node.operand, scope)

    def apply(values: list[Any]) -> Any:
        return -to_number(values[0]) if node.operator == "-" else not to_bool(values[0])

    return applied(apply, [operand])


def _binary(node: tree.Binary, scope: Scope) -> Any:
    operator = node.operator
    left = value(node.left, scope)
    if operator in {"&&", "||"}:
        return _logic(node, operator, left, scope)
    right = value(node.right, scope)
    if operator in {"==", "!="}:
        run = scope.module.run
        parted = isinstance(left, _PARTED) and isinstance(right, _PARTED)
        if parted and run.too_large([left, right], scope.module.top):
            raise Undecided("a comparison of values that are too large")
        if _unlike(node.left, right) or _unlike(node.right, left):
            return operator == "!="
        result = equal(left, right)
        if isinstance(result, Unknown):
            if operator == "==" or result.candidates is None:
                return result
            return Unknown(
                result.reason, result.expression, tuple(not item for item in result.candidates)
            )
        return result if operator == "==" else not result
    return applied(lambda pair: _computed(operator, *pair), [left, right])


def _unlike(node: tree.Node, other: Any) -> bool:
    """Say whether something written out, a tuple or an object, meets a list, a set or a map.

    Values of two types are never equal: ``var.zones == []`` is false for every list.
    """
    if isinstance(node, tree.ListOf):
        return isinstance(other, (ListValue, SetValue))
    return isinstance(node, tree.ObjectOf) and isinstance(other, MapValue)


_PARTED = (dict, list, Unknown)
"""What has parts to compare; against anything else the answer is short."""


def _logic(node: tree.Binary, operator: str, left: Any, scope: Scope) -> Any:
    decisive = operator == "||"
    if not isinstance(left, Unknown) and to_bool(left) is decisive:
        # Terraform evaluates both sides, but the answer does not depend on the other one.
        return decisive
    right = value(node.right, scope)
    if not isinstance(right, Unknown) and to_bool(right) is decisive:
        return decisive
    if isinstance(left, Unknown):
        return Unknown(left.reason, left.expression, (True, False))
    if isinstance(right, Unknown):
        return Unknown(right.reason, right.expression, (True, False))
    return to_bool(right)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: bool(left < right),
    ">": lambda left, right: bool(left > right),
    "<=": lambda left, right: bool(left <= right),
    ">=": lambda left, right: bool(left >= right),
}


def _computed(operator: str, left: Any, right: Any) -> Any:
    compare = _COMPARE.get(operator)
    if compare is not None:
        return compare(to_number(left), to_number(right))
    return calculate(operator, to_number(left), to_number(right))


def _conditional(node: tree.Conditional, scope: Scope) -> Any:
    condition = value(node.condition, scope)
    if isinstance(condition, Handle):
        condition = Unknown("a whole object that exists after apply")
    if not isinstance(condition, Unknown):
        yes = to_bool(condition)
        return _alike(value(node.yes if yes else node.no, scope), node, scope, yes=yes)
    options = [settled(node.yes, scope), settled(node.no, scope)]
    if isinstance(options[0], str) and options[0] == options[1]:
        return options[0]  # whatever the condition is
    if condition.candidates is not None and len(set(map(str, condition.candidates))) == 1:
        # The only value that is written anywhere; that it is used stays open.
        options = [options[0 if to_bool(condition.candidates[0]) else 1]]
    return candidates(options, Unknown(condition.reason, scope.module.text(node)))


def _alike(chosen: Any, node: tree.Conditional, scope: Scope, *, yes: bool) -> Any:
    """Return the chosen side, converted to the type that both sides have in common."""
    beside = node.no if yes else node.yes
    if isinstance(chosen, (dict, list)):
        if isinstance(chosen, (SetValue, BlockValue)):
            return chosen
        if type(chosen) is list and not chosen and isinstance(beside, tree.ListOf):
            # The most frequent pair: tuples of different lengths become lists.
            return ListValue() if beside.items else chosen
        if isinstance(chosen, (ListValue, MapValue)) and element_kind(chosen) == "string":
            return chosen  # whatever stands beside strings becomes strings
        size = measure(chosen)[0]
        if size > MAX_SIZE:
            return chosen
        if size > MAX_FREE and not scope.module.run.step(size, scope.module.top):
            raise Undecided("the conditionals of this configuration take too many steps")
    elif not isinstance(chosen, (bool, int, float)):
        return chosen  # strings stay what they are
    other = settled(beside, scope)
    if other is None or isinstance(other, (Unknown, Handle)):
        return chosen
    if type(chosen) is type(other) and not isinstance(chosen, (dict, list)):
        return chosen
    if first_unknown([chosen, other]) and chosen not in ([], {}):
        return chosen
    try:
        return converted(chosen, [chosen, other])
    except EvaluationError:
        return chosen  # Terraform refuses the pair; the chosen side is the only answer there is


def _list_of(node: tree.ListOf, scope: Scope) -> Any:
    read = value if scope.strict else settled
    return [read(item, scope) for item in node.items]


def _object_of(node: tree.ObjectOf, scope: Scope) -> Any:
    result: dict[str, Any] = {}
    read = value if scope.strict else settled
    for key_node, item in node.items:
        key = value(key_node, scope)
        if isinstance(key, Unknown):
            if key.candidates is None or len(key.candidates) != 1:
                return Unknown(key.reason, key.expression)
            key = key.candidates[0]
        result[to_string(key)] = read(item, scope)
    return result


def elements(collection: Any) -> list[tuple[Any, Any]] | Unknown:
    """Return (key, value) of what a ``for`` goes through, maps in the order of their keys."""
    if isinstance(collection, Handle):
        collection = collection.plain()
    if isinstance(collection, Unknown):
        return collection
    if isinstance(collection, dict):
        return [(key, collection[key]) for key in sorted(collection)]
    if isinstance(collection, SetValue):
        return [(item, item) for item in collection]
    if isinstance(collection, list):
        return list(enumerate(collection))
    raise EvaluationError("for wants a list or a map")


def _for(node: tree.For, scope: Scope) -> Any:
    items = elements(value(node.collection, scope))
    if isinstance(items, Unknown):
        if items.candidates is None:
            return items
        return either_unknown(lambda one: _loop(node, elements(one[0]), scope), [items])
    return _loop(node, items, scope)


def _loop(node: tree.For, items: Any, scope: Scope) -> Any:
    if isinstance(items, Unknown):
        return items
    if len(items) > MAX_LOOP:
        raise Undecided(f"a for over {len(items)} elements, the limit is {MAX_LOOP}")
    spend(scope, len(items), "loops")
    listed: list[Any] = []
    mapped: dict[str, Any] = {}
    made = 0
    names = dict(scope.names)
    inner = Scope(scope.module, names, scope.origins, strict=scope.strict)
    for key, item in items:
        if node.key is not None:
            names[node.key] = key
        names[node.value] = item
        if node.condition is not None:
            keep = value(node.condition, inner)
            if isinstance(keep, Unknown):
                return Unknown(keep.reason, keep.expression)
            if not to_bool(keep):
                continue
        result = value(node.result, inner)
        made += size_of(result)
        if made > SMALL:
            spend(scope, made, "loops")
            made = 0
        if node.result_key is None:
            listed.append(result)
            continue
        name = value(node.result_key, inner)
        if isinstance(name, Unknown):
            return Unknown(name.reason, name.expression)
        name = to_string(name)
        if node.group:
            mapped.setdefault(name, []).append(result)
        elif name in mapped:
            raise EvaluationError(f"two elements have the key {name[:60]!r}")
        else:
            mapped[name] = result
    return listed if node.result_key is None else mapped


def _template(node: tree.Template, scope: Scope) -> Any:
    result = _joined(_pieces(node.parts, scope))
    size = size_of(result) + len(node.parts) // 4
    if size > 4:
        spend(scope, size, "texts", SMALL)
    return result


def _pieces(parts: list[Any], scope: Scope) -> list[Any]:
    pieces: list[Any] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
        elif isinstance(part, tree.If):
            condition = value(part.condition, scope)
            if isinstance(condition, Unknown):
                options = [_joined(_pieces(p, scope)) for p in (part.yes, part.no)]
                pieces.append(candidates(options, condition))
            else:
                pieces.extend(_pieces(part.yes if to_bool(condition) else part.no, scope))
        elif isinstance(part, tree.Loop):
            pieces.extend(_repeated(part, scope))
        else:
            pieces.append(value(part, scope))
    return pieces


def _repeated(part: tree.Loop, scope: Scope) -> list[Any]:
    items = elements(value(part.collection, scope))
    if isinstance(items, Unknown):
        return [Unknown(items.reason, items.expression)]
    spend(scope, len(items), "loops")
    pieces: list[Any] = []
    for key, item in items:
        names = {part.value: item} if part.key is None else {part.key: key, part.value: item}
        pieces.extend(_pieces(part.parts, scope.bind(names)))
        if len(pieces) > MAX_LOOP:
            raise Undecided("the text is too large")
    return pieces


def _joined(pieces: list[Any]) -> Any:
    if pieces and isinstance(pieces[0], Absolute):
        return absolute.followed(pieces[0], pieces[1:])

    def apply(values: list[Any]) -> str:
        return joined("", [to_string(item) for item in values])

    return applied(apply, pieces)


def _call(node: tree.Call, scope: Scope) -> Any:
    name = node.name.removeprefix("core::")
    if name in {"try", "can"}:
        return _try(node, scope) if name == "try" else _can(node, scope)
    if "::" in name:
        return Unknown("a provider's own function", f"{name}()")
    if name in IMPURE:
        return Unknown(f"{name}() is {IMPURE[name]}", f"{name}()")
    arguments = [value(argument, scope) for argument in node.arguments]
    if node.expand:
        last = arguments.pop()
        if isinstance(last, Handle):
            last = last.plain()
        if isinstance(last, Unknown):
            return Unknown(last.reason, last.expression)
        if not isinstance(last, list):
            raise EvaluationError("only a list can be expanded to arguments")
        arguments.extend(last)
    if name in {"templatefile", "templatestring"}:
        template = opened(name, arguments, scope)
        if isinstance(template, Unknown):
            return template
        result = value(*template)
        if result is None:
            raise EvaluationError("the template gives null")
        return result
    return invoke(name, arguments, scope)


def _try(node: tree.Call, scope: Scope) -> Any:
    failure = "try() has no argument that works"
    scope = scope.tried()
    for argument in node.arguments:
        try:
            return value(argument, scope)
        except Undecided:
            raise
        except EvaluationError as error:
            failure = str(error)
    raise EvaluationError(failure)


def _can(node: tree.Call, scope: Scope) -> Any:
    if len(node.arguments) != 1:
        raise EvaluationError("can() wants one argument")
    try:
        result = value(node.arguments[0], scope.tried())
    except Undecided:
        raise
    except EvaluationError:
        return False
    if isinstance(result, Unknown):
        return Unknown(result.reason, result.expression, (True, False))
    return True


_EVALUATE: dict[type, Callable[[Any, Scope], Any]] = {
    tree.Constant: _constant,
    tree.Template: _template,
    tree.Name: _name,
    tree.Attr: _attr,
    tree.Index: _index,
    tree.Splat: _splat,
    tree.Item: _item,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Conditional: _conditional,
    tree.Call: _call,
    tree.ListOf: _list_of,
    tree.ObjectOf: _object_of,
    tree.For: _for,
    tree.Broken: _broken,
}
