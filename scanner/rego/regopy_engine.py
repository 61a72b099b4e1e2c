"""The default engine: regopy, which is rego-cpp inside this process.

It works on JSON-escaped text: a string goes in escaped and comes out escaped, so that quotes,
backslashes and newlines survive. Results are read node by node, because what it prints is not
always JSON and says nothing about an error inside.
"""

from __future__ import annotations

import atexit
import json
import re
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import regopy
from regopy import rego_shared

from scanner.errors import EngineError
from scanner.model import Span
from scanner.rego.engine import Compiled, Module

_LARGEST = 2**63
_SYNTAX = re.compile(
    r"\(error \d+:(?P<place>[^\n]*?)\|(?P<offset>\d+)\|\d+\s+\(errormsg \d+:(?P<text>[^\n]*?)\)\s"
)

_STRING, _INT, _FLOAT = 1010, 1008, 1009
_TRUE, _FALSE, _NULL = 1011, 1012, 1013
_ARRAY, _SET, _OBJECT, _UNDEFINED = 1004, 1005, 1006, 1014
_WRAPPERS = (1002, 1003)
_ERROR_MESSAGE = 1801


class RegopyEngine:
    """Compiles and loads with regopy."""

    name = "regopy"

    @property
    def version(self) -> str:
        """The version of rego-cpp with its commit."""
        return str(regopy.build_info())

    def knows(self, builtin: str) -> bool:
        """Say whether rego-cpp has a built-in function."""
        return bool(_interpreter().is_builtin(builtin))

    def compile(self, modules: Sequence[Module], entrypoints: Sequence[str]) -> Compiled:
        """Return the modules as one bundle. Raises `EngineError` naming file and line."""
        interpreter = _interpreter()
        for module in modules:
            if "\0" in module.text:
                raise EngineError(f"{module.file}: holds a NUL character", hint="remove it")
            try:
                interpreter.add_module(module.file, module.text)
            except regopy.RegoError as error:
                raise _syntax_error(module, str(error)) from error
        try:
            bundle = interpreter.build(None, list(entrypoints))
        except regopy.RegoError as error:
            raise EngineError(f"Rego rules do not compile: {_plain(str(error))}") from error
        if not bundle.ok():
            reasons = "; ".join(_messages(rego_shared.rego_bundle_node(bundle._impl)))
            raise EngineError(
                f"Rego rules do not compile: {reasons or 'the engine gives no reason'}"
            )
        return _Bundle(interpreter, bundle)

    def load(self, path: Path) -> Compiled | None:
        """Return a saved bundle, or None when the file is not one."""
        interpreter = _interpreter()
        try:
            bundle = interpreter.load_bundle(str(path), regopy.BundleFormat.Binary)
        except regopy.RegoError:
            return None
        return _Bundle(interpreter, bundle) if bundle.ok() else None


class _Bundle:
    def __init__(self, interpreter: Any, bundle: Any) -> None:
        self._interpreter = interpreter
        self._bundle = bundle
        # When Python ends it takes the binding apart first, which then cannot free anything.
        atexit.register(_release, weakref.ref(self))

    def evaluate(self, entrypoints: Sequence[str], document: Any) -> list[list[Any]]:
        given = _input(document)
        try:
            rego_shared.rego_set_input(self._interpreter._impl, given)
        finally:
            rego_shared.rego_free_input(given)
        return [self._answer(entrypoint) for entrypoint in entrypoints]

    def _answer(self, entrypoint: str) -> list[Any]:
        output = rego_shared.rego_bundle_query_entrypoint(
            self._interpreter._impl, self._bundle._impl, entrypoint
        )
        if not output:
            raise EngineError("the engine gives no answer")
        try:
            root = rego_shared.rego_output_node(output)
            errors = list(_messages(root))
            if errors or not rego_shared.rego_output_ok(output):
                raise EngineError("; ".join(errors) or "the engine gives no reason")
            return _members(root)
        finally:
            rego_shared.rego_free_output(output)

    def save(self, path: Path) -> None:
        try:
            self._interpreter.save_bundle(str(path), self._bundle, regopy.BundleFormat.Binary)
        except regopy.RegoError as error:
            raise OSError(f"the bundle was not written: {error}") from error


def _release(held: weakref.ref[_Bundle]) -> None:
    bundle = held()
    if bundle is not None:
        bundle._bundle = bundle._interpreter = None


def _interpreter() -> Any:
    interpreter = regopy.Interpreter()
    # It would print errors on standard output, where a report goes.
    interpreter.log_level = regopy.LogLevel.NONE
    # Otherwise a built-in that fails, or that is not there, is undefined: a rule that passes.
    interpreter.strict_built_in_errors = True
    return interpreter


def _input(document: Any) -> Any:
    """Return the document as the engine's own input; the caller frees it."""
    library = rego_shared.rego
    made = library.regoNewInput()

    def add(value: Any) -> None:
        if isinstance(value, str):
            library.regoInputString(made, _escape(value))
        elif value is None:
            library.regoInputNull(made)
        elif isinstance(value, bool):
            library.regoInputBoolean(made, value)
        elif isinstance(value, int) and -_LARGEST <= value < _LARGEST:
            library.regoInputInt(made, value)
        elif isinstance(value, (int, float)):
            library.regoInputFloat(made, float(value))
        elif isinstance(value, dict):
            for key, item in value.items():
                add(key)
                add(item)
                library.regoInputObjectItem(made)
            library.regoInputObject(made, len(value))
        elif isinstance(value, (list, tuple)):
            for item in value:
                add(item)
            library.regoInputArray(made, len(value))
        else:
            raise TypeError(f"no JSON value: {type(value).__name__}")

    try:
        add(document)
    except BaseException:
        rego_shared.rego_free_input(made)
        raise
    return made


def _escape(text: str) -> bytes:
    # Half of a surrogate pair has no UTF-8; its backslash form is a JSON escape again.
    return json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "backslashreplace")


def _unescape(text: str) -> str:
    # Some built-ins give their strings with quotes and some without; in escaped text a bare
    # quote can be nothing else.
    if len(text) < 2 or not text.startswith('"'):
        text = f'"{text}"'
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        # A built-in that cuts strings can cut an escape in two; what is left is still text.
        return text[1:-1]


def _children(node: Any) -> Iterator[Any]:
    for index in range(rego_shared.rego_node_size(node)):
        yield rego_shared.rego_node_get(node, index)


def _kind(node: Any) -> int:
    return int(rego_shared.rego.regoNodeType(node))


def _members(root: Any) -> list[Any]:
    """Return what Results > Result > Terms > the one value holds."""
    values = [
        _value(value)
        for result in _children(root)
        for terms in _children(result)
        if _kind(terms) == 1015
        for value in _children(terms)
        if _kind(value) != _UNDEFINED
    ]
    found: list[Any] = []
    for value in values:
        if not isinstance(value, list):
            raise EngineError(f"the answer is {json.dumps(value)[:80]} where a set was expected")
        found.extend(value)
    return found


def _value(node: Any) -> Any:
    kind = _kind(node)
    if kind in _WRAPPERS:
        return _value(rego_shared.rego_node_get(node, 0))
    if kind == _STRING:
        return _unescape(rego_shared.rego_node_value(node))
    if kind == _INT:
        return int(rego_shared.rego_node_value(node))
    if kind == _FLOAT:
        return float(rego_shared.rego_node_value(node))
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE
    if kind == _NULL:
        return None
    if kind in (_ARRAY, _SET):
        return [_value(child) for child in _children(node)]
    if kind == _OBJECT:
        pairs = [list(_children(item)) for item in _children(node)]
        return {str(_value(key)): _value(item) for key, item in pairs}
    raise EngineError(f"the engine answers with a node of kind {kind}")


def _messages(root: Any) -> Iterator[str]:
    """Yield the error texts anywhere below a node."""
    stack = [root] if root else []
    while stack:
        node = stack.pop()
        if _kind(node) == _ERROR_MESSAGE:
            yield str(rego_shared.rego_node_value(node))
        stack.extend(reversed(list(_children(node))))


def _syntax_error(module: Module, text: str) -> EngineError:
    found = _SYNTAX.search(text)
    if found is None:
        return EngineError(f"{module.file}: {_plain(text)}")
    # The engine counts bytes.
    before = module.text.encode()[: int(found["offset"])].decode("utf-8", "replace")
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return EngineError(
        f"{module.file}:{line}: {found['text']}",
        hint="the Rego of this line is not valid",
        span=Span(module.file, line, column, line, column + 1),
    )


def _plain(text: str) -> str:
    found = re.findall(r"\(errormsg \d+:([^\n]*?)\)\s", text)
    return "; ".join(dict.fromkeys(found)) or " ".join(text.split())[:200]
