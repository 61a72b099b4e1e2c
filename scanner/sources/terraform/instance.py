"""A module as it is called: its variables, locals, outputs, resources and calls, evaluated.

Everything is evaluated when it is first asked for, and once. A value that needs itself is an
`Unknown`, like everything else that the source does not decide.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from scanner.model import Span, Unknown
from scanner.sources.terraform import hcl, tree, types, unparse, variables
from scanner.sources.terraform.absolute import absolute
from scanner.sources.terraform.calls import module_of
from scanner.sources.terraform.evaluate import bounded, settled
from scanner.sources.terraform.expansion import NONE, Key, expand, one_for_all, suffix
from scanner.sources.terraform.functions.files import Folder
from scanner.sources.terraform.resources import Many, ResourceInstance, UnreadModule, collected
from scanner.sources.terraform.scope import Definition, Scope
from scanner.sources.terraform.validation import validated
from scanner.sources.terraform.values import EvaluationError, Handle, candidates

if TYPE_CHECKING:
    from scanner.sources.terraform.module import Module
    from scanner.sources.terraform.run import Run
    from scanner.sources.terraform.variables import Values
    from scanner.sources.terraform.wiring import Providers

MODULE = 10
"""What an instance of a module counts for beside those of resources, by what it takes."""

_BUSY = Unknown("refers to itself")


class Namespace(Handle):
    """``var``, ``local``, ``module`` or a resource type: names that lead to values."""

    __slots__ = ("read",)

    names = True

    def __init__(self, read: Callable[[str], Any]) -> None:
        self.read = read

    def attribute(self, name: str) -> Any:
        return self.read(name)

    def index(self, key: Any) -> Any:
        return self.read(key) if isinstance(key, str) else Unknown("depends on an unknown name")

    def plain(self) -> Any:
        return Unknown("a whole namespace is no value")


class ModuleInstance(Handle):
    """One instance of a module. ``address`` is empty for a root, else ``module.crm["eu"]``."""

    __slots__ = (
        "_children", "_locals", "_names", "_outputs", "_resources", "_variables", "address", "call",
        "calls", "environment", "folder", "inputs", "module", "parent", "providers", "run", "scope",
        "targets", "top", "unit", "values",
    )  # fmt: skip

    def __init__(
        self,
        run: Run,
        module: Module,
        unit: str,
        *,
        values: Values | None = None,
        environment: str | None = None,
        address: str = "",
        parent: ModuleInstance | None = None,
        call: hcl.Block | None = None,
        inputs: dict[str, Definition] | None = None,
    ) -> None:
        from scanner.sources.terraform.wiring import Providers

        self.run = run
        self.module = module
        self.unit = unit
        self.values = values
        self.environment: str | None = environment if parent is None else parent.environment
        self.address = address
        self.parent = parent
        self.call = call
        self.inputs = inputs or {}
        self.top: str = parent.top if parent is not None else module.path
        self.folder = Folder(run.root / self.top, run.boundary(self.top), self.top)
        own = (call.file.span(call.header),) if call is not None else ()
        self.calls: tuple[Span, ...] = (*own, *(parent.calls if parent is not None else ()))
        self.scope = Scope(self)
        self.providers: Providers = Providers(self)
        self.targets: dict[Any, tuple[tuple[str, str], ...]] = {}
        """What traversals of this module lead to; kept for `scanner.sources.terraform.origin`."""
        self._variables: dict[str, Any] = {}
        self._locals: dict[str, Any] = {}
        self._names: dict[str, Any] = {}
        self._outputs: dict[str, Any] = {}
        self._resources: dict[tuple[str, str, str], list[ResourceInstance]] = {}
        self._children: dict[str, list[ModuleInstance | UnreadModule]] = {}

    # What expressions ask for

    def attribute(self, name: str) -> Any:
        return self.output(name)

    def plain(self) -> Any:
        return {name: self.output(name) for name in self.module.outputs}

    def text(self, node: tree.Node) -> str:
        """Return the source text of an expression, for people."""
        return unparse.text(node)

    def root_name(self, name: str) -> Any:
        """Return what the first name of a traversal stands for."""
        found = self._names.get(name)
        if found is None:
            found = self._names[name] = self._root_name(name)
        return found

    def _root_name(self, name: str) -> Any:
        if name == "var":
            return Namespace(self.variable)
        if name == "local":
            return Namespace(self.local)
        if name == "module":
            return Namespace(self.child)
        if name == "data":
            return Namespace(
                lambda type: Namespace(lambda label: self.resource("data", type, label))
            )
        if name == "ephemeral":
            return Namespace(
                lambda type: Namespace(lambda label: self.resource("ephemeral", type, label))
            )
        if name == "path":
            inside = posixpath.relpath(self.module.path, self.top)
            return {"module": inside, "root": ".", "cwd": absolute(self.top, "path.cwd")}
        if name in {"terraform", "tofu"}:
            return {"workspace": Unknown("the workspace is chosen when Terraform runs", name)}
        if name in {"each", "count", "self"}:
            raise EvaluationError(f"{name!r} has no meaning here")
        return Namespace(lambda label: self.resource("resource", name, label))

    def variable(self, name: str) -> Any:
        """Return a variable's value, converted to its type."""
        return _once(self._variables, name, self._variable)

    def _variable(self, name: str) -> Any:
        block = self.module.variables.get(name)
        if block is None:
            if name in self.inputs:
                raise EvaluationError(f"variable {name!r} is not declared")
            raise EvaluationError(f"variable {name!r} is not declared in this module")
        value = self._decided(name, block)
        if variables.sensitive(block, self.scope):
            self.run.sensitive.update(dict.fromkeys(variables.texts(value)))
        return value

    def _decided(self, name: str, block: hcl.Block) -> Any:
        definitions = self.variable_definitions(name)
        if not definitions:
            reason = (
                f"variable {name!r} has no default"
                if self.parent is None
                else f"{self.address} does not set variable {name!r}"
            )
            return Unknown(reason, f"var.{name}", validated(block, name, self.scope))
        type = self._type(block)
        results = [self._converted(item, type, block, name) for item in definitions]
        if len(results) == 1 and (self.values is None or not self.values.open(name)):
            return results[0]
        return self._either(results, name, block)

    def _either(self, results: list[Any], name: str, block: hcl.Block) -> Any:
        """Return one of the values that the default and variable files give."""
        default = "default" in block.body.attributes
        if not default:
            # None of the files need be used: what the variable allows stays possible.
            results = [*results, *(validated(block, name, self.scope) or ())]
        value = candidates(results, Unknown("depends on the variable file", f"var.{name}"))
        if value.candidates is None or len(value.candidates) != 1:
            return value
        if default:
            return value.candidates[0]  # every file says what the default says
        return Unknown("set in a variable file that is not loaded by itself", f"var.{name}",
                       value.candidates)  # fmt: skip

    def _type(self, block: hcl.Block) -> types.Type:
        written = block.body.attributes.get("type")
        if written is None:
            return types.ANY
        # Defaults of optional attributes refer to nothing: a type is the same in every call.
        found = self.run.types.get(id(block))
        if found is None:
            found = types.read(written.expression, lambda node: settled(node, self.scope))
            self.run.types[id(block)] = found
        return found

    def _converted(
        self, definition: Definition, type: types.Type, block: hcl.Block, name: str
    ) -> Any:
        value = bounded(definition.expression, definition.scope)
        if value is None:
            nullable = block.body.attributes.get("nullable")
            default = block.body.attributes.get("default")
            refuses = nullable is not None and settled(nullable.expression, self.scope) is False
            if refuses and default is not None:
                value = settled(default.expression, self.scope)
        try:
            return types.convert(value, type)
        except EvaluationError as error:
            return Unknown(str(error), f"var.{name}")

    def variable_definitions(self, name: str) -> list[Definition]:
        """Return where a variable gets its value: one place, or several that it may be."""
        block = self.module.variables.get(name)
        if block is None:
            return []
        default = block.body.attributes.get("default")
        written = (
            []
            if default is None
            else [
                Definition(
                    default.expression, self.scope, default.file, default.at,
                    f'variable "{name}": ',
                )
            ]
        )  # fmt: skip
        if self.parent is not None or self.values is None:
            given = self.inputs.get(name)
            return [given] if given is not None else written
        chosen = self.values.chosen.get(name)
        if chosen is not None:
            return [chosen]
        return [*written, *self.values.possible.get(name, ())]

    def local(self, name: str) -> Any:
        """Return a local value."""
        return _once(self._locals, name, self._local)

    def _local(self, name: str) -> Any:
        attribute = self.module.locals.get(name)
        if attribute is None:
            raise EvaluationError(f"local value {name!r} is not declared")
        return bounded(attribute.expression, self.scope)

    def output(self, name: str) -> Any:
        """Return an output's value."""
        return _once(self._outputs, name, self._output)

    def _output(self, name: str) -> Any:
        block = self.module.outputs.get(name)
        value = block.body.attributes.get("value") if block is not None else None
        if value is None:
            raise EvaluationError(f"module has no output {name!r}")
        return bounded(value.expression, self.scope)

    # Resources and calls

    def resource(self, mode: str, type: str, name: str) -> Any:
        """Return what an expression sees of a resource: an instance, a list or a map of them."""
        key = (mode, type, name)
        if key not in self.module.resources:
            raise EvaluationError(f"{type}.{name} is not declared in this module"[:120])
        return collected(self.instances(key), self.module.resources[key])

    def instances(self, key: tuple[str, str, str]) -> list[ResourceInstance]:
        """Return the instances of a resource block."""
        found = self._resources.get(key)
        if found is None:
            block = self.module.resources[key]
            # Guards against a count that depends on the resource itself.
            self._resources[key] = []
            expansion = expand(block.body, self.scope)
            where = block.file.span(block.header)
            count = len(expansion.instances)
            # What a root module writes out itself is always listed.
            multiplied = count > 1 or self.parent is not None
            if multiplied and not self.run.room(where, self.top, count):
                expansion = one_for_all(self.scope) if self.parent is None else NONE
            found = [
                ResourceInstance(self, block, key, item, scope, expansion.form)
                for item, scope in expansion.instances
            ]
            self._resources[key] = found
        return found

    def child(self, name: str) -> Any:
        """Return what an expression sees of a module call."""
        if name not in self.module.calls:
            raise EvaluationError(f"module {name!r} is not declared here")
        return collected(self.children(name), self.module.calls[name])

    def children(self, name: str) -> list[ModuleInstance | UnreadModule]:
        """Return the instances of a module call."""
        found = self._children.get(name)
        if found is None:
            self._children[name] = []
            found = self._children[name] = list(self._called(self.module.calls[name]))
        return found

    def _called(self, block: hcl.Block) -> Iterator[ModuleInstance | UnreadModule]:
        name = block.labels[0]
        module = module_of(self, block)
        expansion = expand(block.body, self.scope)
        for key, scope in expansion.instances:
            if not self.run.room(block.file.span(block.header), self.top, MODULE):
                return
            address = self.prefix() + f"module.{name}{suffix(key)}"
            inputs = {
                argument: Definition(
                    attribute.expression, scope, attribute.file, attribute.at, f"module.{name}: "
                )
                for argument, attribute in block.body.attributes.items()
                if argument not in _CALL_META
            }
            if module is None:
                yield UnreadModule(self, block, address, scope, key, expansion.form)
                continue
            yield Called(
                self.run, module, self.unit,
                address=address, parent=self, call=block, inputs=inputs,
            ).keyed(key, expansion.form, scope)  # fmt: skip

    def prefix(self) -> str:
        """Return what stands before the addresses in this module."""
        return f"{self.address}." if self.address else ""


class Called(ModuleInstance):
    """A module instance below another, with the key that it was called with."""

    __slots__ = ("form", "key", "outer")

    def keyed(self, key: Key, form: str, outer: Scope) -> Called:
        """Set the key, the way its call is indexed, and the scope of the call."""
        self.key = key
        self.form = form
        self.outer = outer
        return self


_CALL_META = frozenset(
    {"source", "version", "count", "for_each", "providers", "depends_on", "enabled"}
)


def _once(memo: dict[str, Any], name: str, evaluate: Callable[[str], Any]) -> Any:
    if name in memo:
        return memo[name]
    memo[name] = _BUSY
    try:
        found = memo[name] = evaluate(name)
    except BaseException:
        del memo[name]
        raise
    return found


__all__ = ["Called", "Many", "ModuleInstance", "Namespace"]
