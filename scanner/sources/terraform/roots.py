"""The root modules of a reading: which folders they are, and each evaluated per environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from scanner.sources.source import Input
from scanner.sources.terraform import tree, variables
from scanner.sources.terraform.instance import ModuleInstance
from scanner.sources.terraform.remote_state import States

if TYPE_CHECKING:
    from scanner.settings import Settings
    from scanner.sources.terraform.run import Run


class Roots:
    """The roots among a reading's inputs. One folder is as many roots as it has environments."""

    def __init__(self, run: Run, inputs: Sequence[Input], settings: Settings) -> None:
        self.run = run
        self.settings = settings
        self.inputs: dict[str, list[Input]] = {}
        """By folder: its input, or one for each environment."""
        for item in inputs:
            if run.module(item.path) is not None:
                self.inputs.setdefault(item.path, []).append(item)
        self._called = _static_calls(run, self.inputs)
        self._instances: dict[str, ModuleInstance] = {}
        self._states: States | None = None

    def __iter__(self) -> Iterator[Input]:
        """Yield the inputs to evaluate: first those nobody calls, then what is left."""
        for path, items in self.inputs.items():
            if self._certain(path):
                yield from items
        for path, items in self.inputs.items():
            # Calls that lead in a circle, or from a folder that could not be followed.
            if not self._certain(path) and path not in self.run.called:
                yield from items

    def _certain(self, path: str) -> bool:
        if path not in self._called or any(i.values is not None for i in self.inputs[path]):
            return True  # nobody calls it, or a plan was made of it
        module = self.run.module(path)
        return module is not None and module.backend() is not None

    def certain(self) -> Iterator[Input]:
        """Yield the inputs of folders that are roots whatever else is in the scan."""
        for path, items in self.inputs.items():
            if self._certain(path):
                yield from items

    @property
    def states(self) -> States:
        """Where each root keeps its state."""
        if self._states is None:
            self._states = States(self.certain(), self.instance)
        return self._states

    def instance(self, item: Input) -> ModuleInstance:
        """Return the root module of an input, which is evaluated once.

        Raises UsageError for a ``--var-file`` that does not exist.
        """
        found = self._instances.get(item.unit)
        if found is None:
            module = self.run.module(item.path)
            assert module is not None
            found = self._instances[item.unit] = ModuleInstance(
                self.run, module, item.unit, environment=item.environment
            )
            beside = [f for f in item.files if variables.is_variable_file(f)]
            found.values = variables.gather(
                self.run,
                found.scope,
                item.path,
                beside,
                (*item.variables, *self.settings.var_files),
                self.settings.variables,
                self.settings.environ,
            )
            if item.values is not None:
                variables.planned(found.values, found.scope, item.values)
        return found


def _static_calls(run: Run, by_path: Mapping[str, object]) -> set[str]:
    called: set[str] = set()
    for path in by_path:
        module = run.module(path)
        for block in module.calls.values() if module is not None else ():
            source = block.body.attributes.get("source")
            if source is None or not isinstance(source.expression, tree.Constant):
                continue
            text = source.expression.value
            if not isinstance(text, str):
                continue
            local = text.startswith(("./", "../"))
            folder = run.resolve(text, path) if local else run.copies.vendored(text, path)
            if folder is not None:
                called.add(folder)
    return called
