"""Calls functions by name, and counts what that costs: the budget of a root module is finite."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from scanner.model import Unknown
from scanner.sources.terraform import absolute, tree
from scanner.sources.terraform.absolute import Absolute
from scanner.sources.terraform.apply import DIRECT, SHALLOW, call
from scanner.sources.terraform.functions import Function, functions
from scanner.sources.terraform.functions.files import FILES, MAX_READ, Folder
from scanner.sources.terraform.run import SMALL, SPEED
from scanner.sources.terraform.scope import Scope
from scanner.sources.terraform.values import EvaluationError, Handle, Undecided, measure, to_string

RSA_WORK = 50_000
"""What one use of a private key counts for beside the steps of loops."""

MAX_TEMPLATE_DEPTH = 8
"""How deep templates may use other templates."""

_DEPTH = "templatefile depth"
"""A name that no template can write: how many templates are around the names."""


def spend(scope: Scope, count: int, what: str, small: int = 0) -> None:
    """Count the steps of an expression. Raises Undecided where the budget is spent."""
    if not scope.module.run.step(count, scope.module.top) and count > small:
        raise Undecided(f"the {what} of this configuration take too many steps")


def invoke(name: str, arguments: list[Any], scope: Scope) -> Any:
    """Return what a function gives for some values. Raises EvaluationError."""
    if name in FILES:
        if name in absolute.FUNCTIONS and arguments and isinstance(arguments[0], Absolute):
            return absolute.FUNCTIONS[name](arguments[0])
        return _timed(lambda: _file(name, arguments, scope), scope)
    function = functions().get(name)
    if function is None:
        raise EvaluationError(f"unknown function {name[:40]}()")
    arguments = [a.plain() if isinstance(a, Handle) else a for a in arguments]
    if name in DIRECT:
        return call(function, arguments)
    measured = None if name in SHALLOW else measure(arguments)
    work = RSA_WORK if name == "rsadecrypt" else _work(arguments, measured)
    spend(scope, work, "functions", SMALL)
    if name in _PATTERNS:
        _refuse_spent(scope)
        return _timed(lambda: call(function, arguments, measured), scope)
    result = call(function, arguments, measured)
    spend(scope, size_of(result), "functions", SMALL)
    if name == "rsadecrypt" and isinstance(result, str):
        scope.module.run.sensitive[result] = None  # it was encrypted for a reason
    return result


def opened(name: str, arguments: list[Any], scope: Scope) -> tuple[tree.Node, Scope] | Unknown:
    """Return the template that a call of ``templatefile`` or ``templatestring`` names, and the
    scope to evaluate it in. Raises EvaluationError.
    """
    if len(arguments) != 2:
        raise EvaluationError(f"{name} wants two arguments")
    source, names = absolute.relative(arguments, scope.module.folder.name)
    if isinstance(source, Unknown):
        return source
    if isinstance(names, Unknown):
        return Unknown(names.reason, names.expression)
    if not isinstance(names, dict):
        raise EvaluationError(f"{name} wants a map of names")
    text = (
        FILES["file"](scope.module.folder, source) if name == "templatefile" else to_string(source)
    )
    depth = scope.names.get(_DEPTH, 0)
    if len(text) > MAX_READ or depth > MAX_TEMPLATE_DEPTH:
        raise Undecided("the template is too large")
    _refuse_spent(scope)
    parsed = _timed(lambda: scope.module.run.template(text), scope)
    inner = Scope(
        scope.module,
        {**names, _DEPTH: depth + 1},
        scope.origins,
        strict=True,
    )
    return parsed, inner


_PATTERNS = frozenset({"regex", "regexall", "replace"})
"""Functions whose work no size tells: the clock does."""


def _refuse_spent(scope: Scope) -> None:
    if scope.module.run.spent(scope.module.top):
        raise Undecided("the functions of this configuration take too many steps")


def _file(name: str, arguments: list[Any], scope: Scope) -> Any:
    folder = scope.module.folder
    if scope.module.run.spent(scope.module.top):
        if name == "fileset":
            _refuse_spent(scope)
        folder = Folder(folder.path, folder.boundary, folder.name, MAX_READ // 100)
    arguments = absolute.relative(arguments, folder.name)
    return call(Function(name, partial(FILES[name], folder), partial=False), arguments)


def _timed(apply: Callable[[], Any], scope: Scope) -> Any:
    """Apply something whose cost shows only while it runs, and count it by the clock."""
    start, result = time.perf_counter(), None
    try:
        result = apply()
    finally:
        steps = int((time.perf_counter() - start) * SPEED) + size_of(result)
        room = scope.module.run.step(steps, scope.module.top)
    if not room and steps > SMALL * SMALL:
        raise Undecided("the functions of this configuration take too many steps")
    return result


def size_of(result: Any) -> int:
    """Return what a result counts for, looked at from outside."""
    if isinstance(result, str):
        return len(result) // 32
    return len(result) if isinstance(result, (list, dict)) else 0


def _work(arguments: list[Any], measured: tuple[int, bool] | None) -> int:
    """Return what a call counts for beside the steps of loops, by the size of its arguments.

    ``measured`` is None where the function looks at their first level only.
    """
    size = sum(len(a) // 16 for a in arguments if isinstance(a, str))
    if measured is not None:
        size += measured[0] - len(arguments)
    else:
        size += sum(len(a) for a in arguments if isinstance(a, (list, dict)))
    return size // 2
