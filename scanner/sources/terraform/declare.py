"""Lists what a root module declares: resources, data, providers, its backend, unread modules."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.model import Declaration
from scanner.sources.terraform import hcl
from scanner.sources.terraform.blocks import body_value
from scanner.sources.terraform.instance import ModuleInstance
from scanner.sources.terraform.origin import BlockOrigin, origin
from scanner.sources.terraform.resources import ResourceInstance, UnreadModule


def declarations(root: ModuleInstance) -> Iterator[Declaration]:
    """Yield everything that a root module and the modules below it declare."""
    backend = root.module.backend()
    if backend is not None:
        yield _backend(root, backend)
    yield from _module(root)


def _module(module: ModuleInstance) -> Iterator[Declaration]:
    for instances in module.providers.own().values():
        for configuration in instances.values():
            yield configuration.declaration()
    for key in module.module.resources:
        for instance in module.instances(key):
            yield _resource(instance)
    for name in module.module.calls:
        for child in module.children(name):
            if isinstance(child, UnreadModule):
                yield _unread(child)
            else:
                yield from _module(child)


def _resource(instance: ResourceInstance) -> Declaration:
    mode, type, name = instance.kind
    module, block = instance.module, instance.block
    address = instance.address
    where = origin(module, block, instance.scope, address)
    found = Declaration(
        mode,
        address,
        type,
        name,
        module.unit,
        "terraform",
        instance.values(),
        where.span(""),
        where,
        module.providers.of(instance).binding(),
        calls=module.calls,
    )
    module.run.owner(block, found.id)
    return found


def _unread(child: UnreadModule) -> Declaration:
    module, block = child.module, child.block
    where = origin(module, block, child.scope, child.address)
    found = Declaration(
        "module",
        child.address,
        "module",
        block.labels[0],
        module.unit,
        "terraform",
        child.values(),
        where.span(""),
        where,
        module.providers.of_call(child).binding(),
        calls=module.calls,
    )
    module.run.owner(block, found.id)
    return found


def _backend(root: ModuleInstance, block: hcl.Block) -> Declaration:
    name = block.labels[0] if block.type == "backend" and block.labels else block.type
    address = f"terraform.backend.{name}"
    found = Declaration(
        "backend",
        address,
        address,
        name,
        root.unit,
        "terraform",
        body_value(block.body, root.scope),
        block.file.span(block.header),
        BlockOrigin(block, root.scope, address),
    )
    root.run.owner(block, found.id)
    return found
