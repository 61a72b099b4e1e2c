"""Where an expression is evaluated, and where a value was defined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.model import Span
from scanner.sources.terraform import hcl, tree

if TYPE_CHECKING:
    from scanner.sources.terraform.instance import ModuleInstance


class Definition:
    """An expression with the scope that gives its names a meaning, and where it stands.

    ``label`` stands before the source text in a trail ("module.crm: "); ``words`` in place of
    it, where a value is written in no file.
    """

    __slots__ = ("at", "expression", "file", "label", "scope", "words")

    def __init__(
        self,
        expression: tree.Node,
        scope: Scope,
        file: hcl.File,
        at: tree.At,
        label: str,
        words: str = "",
    ) -> None:
        self.expression = expression
        self.scope = scope
        self.file = file
        self.at = at
        self.label = label
        self.words = words

    def span(self) -> Span:
        """Return the span of the assignment; of its first line when it has several."""
        return line_span(self.file, self.at)


class Scope:
    """The names that an expression can use: its module's, and those of loops around it.

    ``strict`` inside ``try`` and ``can``, where an error in a part is an error of the whole;
    elsewhere it makes that part unknown and leaves the rest of an object or a list usable.
    """

    __slots__ = ("module", "names", "origins", "strict")

    def __init__(
        self,
        module: ModuleInstance,
        names: dict[str, Any] | None = None,
        origins: dict[str, Definition] | None = None,
        *,
        strict: bool = False,
    ) -> None:
        self.strict = strict
        self.module = module
        # A loop fills its dict after the scope was made: an empty one is kept as it is.
        self.names = {} if names is None else names
        self.origins = {} if origins is None else origins

    def bind(self, names: dict[str, Any], origins: dict[str, Definition] | None = None) -> Scope:
        """Return a scope with more names in it."""
        return Scope(
            self.module,
            {**self.names, **names},
            {**self.origins, **origins} if origins else self.origins,
            strict=self.strict,
        )

    def tried(self) -> Scope:
        """Return the same scope for an argument of ``try`` or ``can``."""
        if self.strict:
            return self
        return Scope(self.module, self.names, self.origins, strict=True)


def line_span(file: hcl.File, at: tree.At) -> Span:
    """Return a span cut at the end of its first line."""
    row, column, end_row, _ = at
    if end_row == row or file.path == "":
        return file.span(at)
    width = len(file.line(row).encode("utf-8"))
    return file.span((row, column, row, max(column + 1, width)))
