"""``terraform_remote_state``: the outputs of another root module of the same scan.

A root is the one meant when its backend is what the data source's ``config`` says: the same
bucket and key, the same workspace of the same organization, the same path. What a partial
backend configuration leaves open makes a match possible, not certain.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scanner.model import Unknown
from scanner.sources.terraform.blocks import body_value
from scanner.sources.terraform.scope import Scope
from scanner.sources.terraform.values import Handle, candidates

if TYPE_CHECKING:
    from scanner.sources.source import Input
    from scanner.sources.terraform.instance import ModuleInstance
    from scanner.sources.terraform.resources import ResourceInstance

_FIELDS: dict[str, dict[str, str | None]] = {
    "azurerm": {"storage_account_name": None, "container_name": None, "key": None},
    "consul": {"path": None},
    "cos": {"bucket": None, "prefix": "", "key": "terraform.tfstate"},
    "gcs": {"bucket": None, "prefix": ""},
    "http": {"address": None},
    "kubernetes": {"namespace": "default", "secret_suffix": None},
    "local": {"path": "terraform.tfstate"},
    "oss": {"bucket": None, "prefix": "", "key": "terraform.tfstate"},
    "pg": {"conn_str": None, "schema_name": "terraform_remote_state"},
    "remote": {"hostname": "app.terraform.io", "organization": None, "workspace": None},
    "s3": {"bucket": None, "key": None},
}
"""By backend: the arguments that tell one state from another, with the documented defaults."""

State = tuple[str, tuple[Any, ...]]
"""A backend's type and its telling arguments in the order of the table; None is not known."""


class RemoteState(Handle):
    """What ``data.terraform_remote_state.x.outputs`` is: the outputs of one or several roots."""

    __slots__ = ("certain", "defaults", "roots")

    def __init__(self, roots: list[ModuleInstance], defaults: Any, *, certain: bool) -> None:
        self.roots = roots
        self.defaults = defaults if isinstance(defaults, dict) else {}
        self.certain = certain

    def attribute(self, name: str) -> Any:
        found = [self._output(root, name) for root in self.roots]
        if len(found) == 1 and self.certain:
            return found[0]
        which = ", ".join(root.unit for root in self.roots[:3])
        return candidates(found, Unknown(f"may be the state of {which}", f"outputs.{name}"))

    def _output(self, root: ModuleInstance, name: str) -> Any:
        if name not in root.module.outputs and name in self.defaults:
            return self.defaults[name]
        return root.output(name)

    def index(self, key: Any) -> Any:
        if isinstance(key, str):
            return self.attribute(key)
        return Unknown("depends on an unknown name")

    def plain(self) -> Any:
        if len(self.roots) == 1 and self.certain:
            return {**self.defaults, **self.roots[0].plain()}
        return Unknown("may be the state of several roots")


def outputs(resource: ResourceInstance) -> Any:
    """Return the outputs that a ``terraform_remote_state`` reads, an `Unknown` where no root
    of the scan keeps its state there.
    """
    wanted = _wanted(resource)
    roots = resource.module.run.roots
    expression = f"{resource.address}.outputs"
    if wanted is None or roots is None:
        return Unknown("its backend is not known", expression)
    states = roots.states
    items, certain = states.find(wanted)
    if not items:
        kind, values = wanted
        told = ", ".join(
            f"{name} {value!r}"
            for name, value in zip(_FIELDS[kind], values, strict=True)
            if isinstance(value, str) and value
        )
        return Unknown(f"no root of this scan keeps its state at {kind} {told}".rstrip(),
                       expression)  # fmt: skip
    near, meant = _nearest(items, resource)
    found = [roots.instance(item) for item in near]
    certain = certain and meant and len(near) == 1
    return RemoteState(found, resource.attribute("defaults"), certain=certain)


def _nearest(items: list[Input], resource: ResourceInstance) -> tuple[list[Input], bool]:
    """Return those of the environment, or of the workspace, that the reader is about.

    The second is False where none is and they are of environments: any of them may be meant.
    """
    workspace = resource.attribute("workspace")
    for name in (workspace if isinstance(workspace, str) else None, resource.module.environment):
        same = [item for item in items if name is not None and item.environment == name]
        if same:
            return same, True
    return items, all(item.environment is None for item in items)


def _wanted(resource: ResourceInstance) -> State | None:
    kind = resource.attribute("backend")
    config = resource.attribute("config")
    if isinstance(config, list) and len(config) == 1:
        config = config[0]  # written as a block, as before Terraform 0.12
    if not isinstance(kind, str) or not isinstance(config, dict):
        return None
    return _state(kind, config, resource.module.top)


def _state(kind: str, values: Mapping[str, Any], folder: str) -> State | None:
    kind = "remote" if kind == "cloud" else kind
    fields = _FIELDS.get(kind)
    if fields is None:
        return None
    found = []
    for name, default in fields.items():
        value = _workspace(values) if name == "workspace" else values.get(name)
        if value is None:
            value = default
        if not isinstance(value, str):
            value = None
        elif kind == "local":
            value = posixpath.normpath(posixpath.join(folder, value))
        elif name == "prefix":
            value = value.strip("/")
        found.append(value)
    return kind, tuple(found)


def _workspace(values: Mapping[str, Any]) -> Any:
    spaces = values.get("workspaces")
    if isinstance(spaces, list) and len(spaces) == 1:
        spaces = spaces[0]
    return spaces.get("name") if isinstance(spaces, dict) else None


class States:
    """Where each root of a reading keeps its state."""

    __slots__ = ("_exact", "_partial")

    def __init__(self, items: Iterator[Input], module: Callable[[Input], Any]) -> None:
        self._exact: dict[State, list[Input]] = {}
        self._partial: list[tuple[State, Input]] = []
        for item in items:
            state = _kept(item, module(item))
            if state is None:
                continue
            if None in state[1]:
                self._partial.append((state, item))
            else:
                self._exact.setdefault(state, []).append(item)

    def find(self, wanted: State) -> tuple[list[Input], bool]:
        """Return the roots whose state it is, and whether that is certain."""
        if None not in wanted[1]:
            exact = self._exact.get(wanted)
            if exact:
                return exact, True
            return [item for state, item in self._partial if _may_be(state, wanted)], False
        every = [(state, item) for state, items in self._exact.items() for item in items]
        found = [item for state, item in (*every, *self._partial) if _may_be(state, wanted)]
        return found, False


def _kept(item: Input, instance: ModuleInstance) -> State | None:
    block = instance.module.backend()
    if block is None:
        return _state("local", {}, item.path)
    kind = block.labels[0] if block.type == "backend" and block.labels else block.type
    return _state(kind, body_value(block.body, Scope(instance)), item.path)


def _may_be(state: State, wanted: State) -> bool:
    """Say whether two states agree in all that is known of both, and in the last that tells."""
    if state[0] != wanted[0]:
        return False
    pairs = list(zip(state[1], wanted[1], strict=True))
    known = [pair for pair in pairs if None not in pair]
    return bool(known) and pairs[-1] in known and all(mine == theirs for mine, theirs in known)


__all__ = ["RemoteState", "States", "outputs"]
