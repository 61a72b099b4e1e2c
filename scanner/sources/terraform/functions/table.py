"""The table that the function modules fill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct, field


class Function(Struct, frozen=True):
    """A function; ``partial`` when its arguments may hold unknowns below the top."""

    name: str
    call: Callable[..., Any]
    partial: bool


class Functions(Struct):
    """Collects functions by decorator; the name is the function's own, without ``_`` ends."""

    functions: dict[str, Function] = field(default_factory=dict)

    def __call__(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Add a function that wants its arguments wholly known."""
        name = call.__name__.strip("_")
        self.functions[name] = Function(name, call, partial=False)
        return call

    def partial(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Add a function that can work with unknowns inside its arguments."""
        name = call.__name__.strip("_")
        self.functions[name] = Function(name, call, partial=True)
        return call
