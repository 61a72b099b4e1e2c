"""Follows a traversal to where it was defined: ``var.x``, ``local.y.z``, ``module.a.out``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from scanner.model import Unknown
from scanner.sources.terraform import tree
from scanner.sources.terraform.evaluate import settled
from scanner.sources.terraform.scope import Definition, Scope
from scanner.sources.terraform.values import to_string

if TYPE_CHECKING:
    from scanner.sources.terraform.instance import ModuleInstance
    from scanner.sources.terraform.resources import ResourceInstance, UnreadModule

Step = str | int | None
"""A name, an index, or None where the key is unknown."""

Steps = tuple[Step, ...]


def chain(node: tree.Node, scope: Scope) -> tuple[str, Steps] | None:
    """Return the first name and the steps behind it; None for what is no traversal.

    The steps end at a splat's element: ``a[*].b`` is ``a``, unknown, ``b``.
    """
    steps: list[Step] = []
    while True:
        if isinstance(node, tree.Attr):
            steps.append(node.name)
            node = node.of
        elif isinstance(node, tree.Index):
            key = settled(node.key, scope)
            steps.append(key if isinstance(key, str | int) else None)
            node = node.of
        elif isinstance(node, tree.Splat):
            inner: tree.Node = node.each
            while isinstance(inner, tree.Attr):
                steps.append(inner.name)
                inner = inner.of
            steps.append(None)
            node = node.of
        elif isinstance(node, tree.Name):
            return node.name, tuple(reversed(steps))
        else:
            return None


def definitions(name: str, steps: Steps, scope: Scope) -> list[tuple[Definition, Steps]]:
    """Return where a traversal's value is defined, each with the steps still to go."""
    if name in scope.names:
        return _bound(name, steps, scope)
    if not steps or not isinstance(steps[0], str):
        return []
    module = scope.module
    if name == "var":
        found_in = module.variable_definitions(steps[0]) or _undefined(module, steps[0])
        return [(found, steps[1:]) for found in found_in]
    if name == "local":
        attribute = module.module.locals.get(steps[0])
        if attribute is None:
            return []
        found = Definition(
            attribute.expression, module.scope, attribute.file, attribute.at, "locals: "
        )
        return [(found, steps[1:])]
    if name == "module":
        return list(_outputs(module, steps))
    return list(_attributes(name, steps, scope))


def _undefined(module: ModuleInstance, name: str) -> list[Definition]:
    """Return the declaration of a variable that nothing gives a value."""
    block = module.module.variables.get(name)
    if block is None:
        return []
    words = f'variable "{name}" has no default'
    if module.parent is not None:
        words = f'{module.address} does not set variable "{name}"'
    nothing = tree.Constant(block.header, None)
    return [Definition(nothing, module.scope, block.file, block.header, "", words)]


def _bound(name: str, steps: Steps, scope: Scope) -> list[tuple[Definition, Steps]]:
    definition = scope.origins.get(name)
    if definition is None:
        return []
    bound = scope.names[name]
    if steps[:1] == ("value",) and isinstance(bound, dict):
        key = bound.get("key")
        return [(definition, (key if isinstance(key, str | int) else None, *steps[1:]))]
    return [(definition, ())]


def _outputs(module: ModuleInstance, steps: Steps) -> Iterator[tuple[Definition, Steps]]:
    from scanner.sources.terraform.instance import ModuleInstance as Instance

    for child, rest in called(module, steps):
        if not isinstance(child, Instance) or not rest or not isinstance(rest[0], str):
            continue
        block = child.module.outputs.get(rest[0])
        value = block.body.attributes.get("value") if block is not None else None
        if value is not None:
            label = f'output "{rest[0]}": '
            yield Definition(value.expression, child.scope, value.file, value.at, label), rest[1:]


def called(
    module: ModuleInstance, steps: Steps
) -> list[tuple[ModuleInstance | UnreadModule, Steps]]:
    """Return the module instances that ``module.a["k"]`` reads, and the steps behind."""
    name = steps[0]
    if not isinstance(name, str) or name not in module.module.calls:
        return []
    return list(picked(module.children(name), steps[1:]))


def resources(name: str, steps: Steps, scope: Scope) -> list[tuple[ResourceInstance, Steps]] | None:
    """Return the resource instances that a traversal reads; None if it reads none.

    An unknown key gives all instances.
    """
    mode = name if name in {"data", "ephemeral"} else "resource"
    wanted = steps if mode != "resource" else (name, *steps)
    if len(wanted) < 2:
        return None
    key = (mode, str(wanted[0]), str(wanted[1]))
    if key not in scope.module.module.resources:
        return None
    return list(picked(scope.module.instances(key), wanted[2:]))


def picked(instances: list[Any], steps: Steps) -> Iterator[tuple[Any, Steps]]:
    """Yield those of some instances that the first of the steps selects, and what is left."""
    if not instances:
        return
    if getattr(instances[0], "form", "single") == "single":
        # `x[*].id` of a single instance, and `x[0]` written for what is no list.
        yield instances[0], steps[1:] if steps and not isinstance(steps[0], str) else steps
        return
    if not steps:
        for instance in instances:
            yield instance, ()
        return
    key, rest = steps[0], steps[1:]
    for instance in instances:
        if isinstance(instance.key, Unknown) or key is None or instance.key == key:
            yield instance, rest


def _attributes(name: str, steps: Steps, scope: Scope) -> Iterator[tuple[Definition, Steps]]:
    for instance, rest in resources(name, steps, scope) or ():
        if not rest or not isinstance(rest[0], str):
            continue
        attribute = instance.block.body.attributes.get(rest[0])
        if instance.kind[1] == "terraform_remote_state" and rest[0] == "outputs":
            yield from _remote_outputs(instance, rest[1:])
        elif attribute is not None:
            label = f"{instance.kind[1]}.{instance.kind[2]}: "
            found = Definition(
                attribute.expression, instance.scope, attribute.file, attribute.at, label
            )
            yield found, rest[1:]
        elif (instance.kind[1], rest[0]) in _FROM_PROVIDER or rest[0] in {"region", "zone"}:
            yield from provider_setting(instance, _FROM_PROVIDER.get(instance.kind[1:2] + rest[:1]))


def _remote_outputs(instance: ResourceInstance, steps: Steps) -> Iterator[tuple[Definition, Steps]]:
    """Yield the outputs of the roots whose state is read."""
    from scanner.sources.terraform.remote_state import RemoteState

    state = instance.attribute("outputs")
    if not isinstance(state, RemoteState) or not steps or not isinstance(steps[0], str):
        return
    for root in state.roots:
        block = root.module.outputs.get(steps[0])
        value = block.body.attributes.get("value") if block is not None else None
        if value is not None:
            label = f'{root.unit}, output "{steps[0]}": '
            yield Definition(value.expression, root.scope, value.file, value.at, label), steps[1:]


_FROM_PROVIDER: dict[tuple[Any, ...], str] = {
    ("aws_region", "name"): "region",
    ("aws_region", "id"): "region",
    ("aws_region", "region"): "region",
    ("google_client_config", "region"): "region",
    ("google_client_config", "zone"): "zone",
}


def provider_setting(
    instance: ResourceInstance, name: str | None
) -> Iterator[tuple[Definition, Steps]]:
    """Yield the provider block's argument that decides an attribute nobody wrote."""
    configuration = instance.module.providers.of(instance).configuration
    if configuration is None:
        return
    attribute = configuration.block.body.attributes.get(name or "region")
    if attribute is not None:
        label = f'provider "{configuration.block.labels[0]}": '
        yield (
            Definition(
                attribute.expression, configuration.scope, attribute.file, attribute.at, label
            ),
            (),
        )


def descend(
    node: tree.Node, at: tree.At, steps: Steps, scope: Scope
) -> tuple[tree.Node, tree.At, Steps]:
    """Go into literal objects, lists and known branches as far as the steps lead.

    Returns the expression there, where it is written (an object's whole entry) and the steps
    that are left.
    """
    while True:
        if isinstance(node, tree.Conditional):
            condition = settled(node.condition, scope)
            if not isinstance(condition, bool):
                return node, at, steps
            node = node.yes if condition else node.no
            continue
        if (
            isinstance(node, tree.Call)
            and node.name in {"tomap", "toset", "tolist"}
            and len(node.arguments) == 1
        ):
            node = node.arguments[0]
            continue
        if not steps:
            return node, at, steps
        if isinstance(node, tree.ObjectOf) and isinstance(steps[0], str):
            entry = _entry(node, steps[0], scope)
            if entry is None:
                return node, at, steps
            key, node = entry
            at = (key.at[0], key.at[1], node.at[2], node.at[3])
        elif isinstance(node, tree.ListOf) and isinstance(steps[0], int):
            if steps[0] >= len(node.items):
                return node, at, steps
            node = node.items[steps[0]]
            at = node.at
        elif isinstance(node, tree.Call) and node.name == "merge" and isinstance(steps[0], str):
            argument = _merged(node.arguments, steps[0], scope)
            if argument is None:
                return node, at, steps
            node = argument
            continue
        else:
            return node, at, steps
        steps = steps[1:]


def _entry(node: tree.ObjectOf, name: str, scope: Scope) -> tuple[tree.Node, tree.Node] | None:
    for key, value in reversed(node.items):
        written = key.value if isinstance(key, tree.Constant) else settled(key, scope)
        if isinstance(written, str | int | bool | float) and to_string(written) == name:
            return key, value
    return None


def _merged(arguments: list[tree.Node], name: str, scope: Scope) -> tree.Node | None:
    for argument in reversed(arguments):
        value = settled(argument, scope)
        if isinstance(value, dict) and name in value:
            return argument
    return None


def parts(node: tree.Node) -> Iterable[tree.Node]:
    """Return the expressions directly inside an expression."""
    inside = _PARTS.get(type(node))
    return inside(node) if inside is not None else ()


def _of_for(node: tree.For) -> list[tree.Node]:
    found = [node.collection, node.result, node.result_key, node.condition]
    return [part for part in found if part is not None]


_PARTS: dict[type, Callable[[Any], Iterable[tree.Node]]] = {
    tree.Template: lambda node: list(_template_parts(node.parts)),
    tree.ListOf: lambda node: node.items,
    tree.ObjectOf: lambda node: [part for item in node.items for part in item],
    tree.Call: lambda node: node.arguments,
    tree.Conditional: lambda node: (node.yes, node.no, node.condition),
    tree.Binary: lambda node: (node.left, node.right),
    tree.Unary: lambda node: (node.operand,),
    tree.For: _of_for,
    tree.Attr: lambda node: (node.of,),
    tree.Index: lambda node: (node.of, node.key),
    tree.Splat: lambda node: (node.of, node.each),
}


def _template_parts(items: Iterable[Any]) -> Iterator[tree.Node]:
    for item in items:
        if isinstance(item, tree.If):
            yield item.condition
            yield from _template_parts([*item.yes, *item.no])
        elif isinstance(item, tree.Loop):
            yield item.collection
            yield from _template_parts(item.parts)
        elif isinstance(item, tree.Node):
            yield item
