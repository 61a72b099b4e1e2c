"""Where a declaration's attributes are written, why they have their values, whom they name.

All of it is worked out when somebody asks: most attributes of most resources never are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner import paths
from scanner.model import Hop, Reference, Span, Trail, Unknown
from scanner.sources.terraform import hcl, tree
from scanner.sources.terraform.blocks import META, META_BLOCKS, nested
from scanner.sources.terraform.evaluate import settled, value
from scanner.sources.terraform.installed import is_installed
from scanner.sources.terraform.instance import ModuleInstance
from scanner.sources.terraform.scope import Definition, Scope, line_span
from scanner.sources.terraform.traverse import (
    Steps,
    called,
    chain,
    definitions,
    descend,
    parts,
    resources,
)
from scanner.sources.terraform.values import EvaluationError, Undecided

MAX_HOPS = 24
MAX_TEXT = 120


class BlockOrigin:
    """The `Origin` of one instance of a block."""

    __slots__ = ("address", "block", "scope")

    def __init__(self, block: hcl.Block, scope: Scope, address: str) -> None:
        self.block = block
        self.scope = scope
        self.address = address

    def span(self, path: str) -> Span:
        """Return where an attribute is written, cut to its first line."""
        file, at, _, _ = self._find(path)
        return line_span(file, at)

    def trail(self, path: str) -> Trail:
        """Return the steps that led to an attribute's value, the first written first."""
        _, _, definition, steps = self._find(path)
        if definition is None:
            return (Hop(self.span(path), self.address),)
        hops: list[Hop] = []
        _explain(definition, steps, hops, set())
        return tuple(hops)

    def references(self) -> Iterator[Reference]:
        """Yield whom the attributes refer to, through variables, locals and outputs."""
        seen: set[Reference] = set()
        for path, node, scope in _leaves(self.block.body, self.scope, "", top=True):
            for target, attribute in _targets(node, scope, 0):
                found = Reference(path, target, attribute)
                if found not in seen and target != self.address:
                    seen.add(found)
                    yield found

    def _find(self, path: str) -> tuple[hcl.File, tree.At, Definition | None, Steps]:
        """Return file and place of an attribute or its nearest parent, and its definition."""
        block, body, scope = self.block, self.block.body, self.scope
        at = self.block.header
        keys = paths.keys(path)
        position = 0
        while position < len(keys):
            name = str(keys[position])
            attribute = body.attributes.get(name)
            if attribute is not None:
                label = "" if block is self.block else f"{block.type}: "
                if block is self.block and block.type == "provider":
                    label = f'provider "{block.labels[0]}": '
                found = Definition(attribute.expression, scope, attribute.file, attribute.at, label)
                rest = keys[position + 1 :]
                _, place, _ = descend(attribute.expression, attribute.at, rest, scope)
                return attribute.file, place, found, rest
            wanted = keys[position + 1] if position + 1 < len(keys) else 0
            inner = [item for item in nested(body, scope) if item.type == name]
            index = wanted if isinstance(wanted, int) else 0
            if index >= len(inner):
                break
            block, body, scope = inner[index].block, inner[index].body, inner[index].scope
            at = block.header
            position += 2 if isinstance(wanted, int) else 1
        return block.file, at, None, ()


class CalledOrigin(BlockOrigin):
    """The `Origin` of a block in an installed module: nobody edits it there, so it stands at
    the call that the repository writes.
    """

    __slots__ = ("call",)

    def __init__(self, block: hcl.Block, scope: Scope, address: str, call: Span) -> None:
        super().__init__(block, scope, address)
        self.call = call

    def span(self, path: str) -> Span:  # noqa: ARG002 - all of it stands at the call
        return self.call


def origin(module: ModuleInstance, block: hcl.Block, scope: Scope, address: str) -> BlockOrigin:
    """Return the origin of a block of a module; at its call where the module is installed."""
    if is_installed(module.module.path):
        for call in module.calls:
            if not is_installed(call.file):
                return CalledOrigin(block, scope, address, call)
    return BlockOrigin(block, scope, address)


def _explain(
    definition: Definition, steps: Steps, hops: list[Hop], seen: set[tuple[int, int, Steps]]
) -> None:
    mark = (id(definition.expression), id(definition.scope.module), steps)
    if mark in seen or len(seen) >= MAX_HOPS:
        return
    seen.add(mark)
    node, at, rest = descend(definition.expression, definition.at, steps, definition.scope)
    for earlier, left in _deciding(node, definition.scope, rest):
        _explain(earlier, left, hops, seen)
    text = definition.words or definition.label + _source(definition.file, at)
    hop = Hop(line_span(definition.file, at), text)
    if hop not in hops:
        hops.append(hop)


def _source(file: hcl.File, at: tree.At) -> str:
    text = " ".join(file.slice(at).split())
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _deciding(node: tree.Node, scope: Scope, rest: Steps) -> list[tuple[Definition, Steps]]:
    """Return the definitions that decide an expression's value."""
    traversal = chain(node, scope)
    if traversal is not None:
        found = definitions(*traversal, scope)
        return [(definition, (*steps, *rest)) for definition, steps in found]
    if isinstance(node, tree.Conditional):
        return [
            *_deciding(node.yes, scope, rest),
            *_deciding(node.no, scope, rest),
        ]
    if isinstance(node, tree.Call) and node.name == "lookup" and len(node.arguments) == 3:
        return _looked_up(node.arguments, scope, rest)
    if isinstance(node, tree.Call) and node.name in {"coalesce", "try"}:
        for argument in node.arguments:
            if not _passed_over(argument, scope, node.name):
                return _deciding(argument, scope, rest)
        return []
    if isinstance(node, tree.For):
        steps = _looped(node, rest, scope)
        if steps is not None:
            return _deciding(node.collection, scope, steps)
    for part in parts(node):
        decided = _deciding(part, scope, ())
        if decided:
            return decided
    return []


def _looked_up(
    arguments: list[tree.Node], scope: Scope, rest: Steps
) -> list[tuple[Definition, Steps]]:
    """Return what decides a ``lookup``: the map, its default, or both where the key is open."""
    mapping, key, default = arguments
    table, wanted = settled(mapping, scope), settled(key, scope)
    if isinstance(table, dict):
        if not table or (isinstance(wanted, str) and wanted not in table):
            return _deciding(default, scope, rest)
        if isinstance(wanted, Unknown):
            inside = (None, *rest)
            return [*_deciding(mapping, scope, inside), *_deciding(default, scope, rest)]
    return _deciding(mapping, scope, (wanted if isinstance(wanted, str) else None, *rest))


def _passed_over(argument: tree.Node, scope: Scope, function: str) -> bool:
    """Say whether ``coalesce`` or ``try`` goes on to the next argument."""
    if function == "coalesce":
        return settled(argument, scope) in (None, "")
    try:
        value(argument, scope.tried())
    except (Undecided, RecursionError):
        return False  # its value is an `Unknown`
    except EvaluationError:
        return True
    return False


def _looped(node: tree.For, rest: Steps, scope: Scope) -> Steps | None:
    """Return the steps into the collection of a loop that keeps its keys: the element's own."""
    kept = isinstance(node.result_key, tree.Name) and node.result_key.name == node.key
    if not kept or node.group or not rest:
        return None
    inner, _, left = descend(node.result, node.result.at, rest[1:], scope)
    names: list[str] = []
    while isinstance(inner, tree.Attr):
        names.insert(0, inner.name)
        inner = inner.of
    if isinstance(inner, tree.Name) and inner.name == node.value:
        return (rest[0], *names, *left)
    return None


def _leaves(
    body: hcl.Body, scope: Scope, prefix: str, *, top: bool = False
) -> Iterator[tuple[str, tree.Node, Scope]]:
    for name, attribute in body.attributes.items():
        if not (top and name in META):
            yield from _inside(attribute.expression, paths.join(prefix, name), scope)
    counts: dict[str, int] = {}
    for block in nested(body, scope):
        if top and block.type in META_BLOCKS:
            continue
        index = counts.get(block.type, 0)
        counts[block.type] = index + 1
        path = paths.join(paths.join(prefix, block.type), index)
        yield from _leaves(block.body, block.scope, path)


def _inside(node: tree.Node, path: str, scope: Scope) -> Iterator[tuple[str, tree.Node, Scope]]:
    """Yield the parts of a literal object or list, each with its own path."""
    if isinstance(node, tree.Constant):
        return
    if isinstance(node, tree.ObjectOf):
        for key, value in node.items:
            written = settled(key, scope)
            if isinstance(written, str):
                yield from _inside(value, paths.join(path, written), scope)
            else:
                yield path, value, scope
    elif isinstance(node, tree.ListOf):
        for index, item in enumerate(node.items):
            yield from _inside(item, paths.join(path, index), scope)
    else:
        yield path, node, scope


def _targets(node: tree.Node, scope: Scope, depth: int) -> tuple[tuple[str, str], ...]:
    """Return (address, attribute) of all that an expression reads."""
    if depth > 40 or isinstance(node, tree.Constant):
        return ()
    traversal = chain(node, scope)
    if traversal is None:
        found: dict[tuple[str, str], None] = {}
        for part in parts(node):
            found.update(dict.fromkeys(_targets(part, scope, depth + 1)))
        return tuple(found)
    name, steps = traversal
    if name == "module":
        unread = _unread(scope.module, steps)
        if unread:
            return unread
    elif name not in {"var", "local", "path", "each", "count", "self"} and name not in scope.names:
        instances = resources(name, steps, scope)
        if instances is None:
            return ()
        if steps[:1] == ("terraform_remote_state",) and "outputs" in steps:
            return _remembered(name, steps, scope, depth)
        return tuple(
            (instance.address, rest[0] if rest and isinstance(rest[0], str) else "")
            for instance, rest in instances[:64]
        )
    return _remembered(name, steps, scope, depth)


def _unread(module: ModuleInstance, steps: Steps) -> tuple[tuple[str, str], ...]:
    return tuple(
        (child.address, rest[0] if rest and isinstance(rest[0], str) else "")
        for child, rest in called(module, steps)
        if not isinstance(child, ModuleInstance)
    )


def _remembered(name: str, steps: Steps, scope: Scope, depth: int) -> tuple[tuple[str, str], ...]:
    memo: dict[Any, tuple[tuple[str, str], ...]] | None = None
    key = (name, steps)
    if name not in scope.names:
        memo = scope.module.targets
        if key in memo:
            return memo[key]
        memo[key] = ()  # what needs itself adds nothing
    found: dict[tuple[str, str], None] = {}
    for definition, rest in definitions(name, steps, scope):
        inner, _, _ = descend(definition.expression, definition.at, rest, definition.scope)
        targets = _targets(inner, definition.scope, depth + 1)
        unit = definition.scope.module.unit
        if unit != scope.module.unit:
            # In another root, through its state: the id, which is unique in the scan.
            targets = tuple((Reference("", t, a).id(unit), a) for t, a in targets)
        found.update(dict.fromkeys(targets))
    result = tuple(found)
    if memo is not None:
        memo[key] = result
    return result
