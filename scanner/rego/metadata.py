"""The METADATA block of a Rego file: all that there is to know of a rule without running it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import yaml
from msgspec import Struct

from scanner.errors import RuleError
from scanner.geography.words import nearest
from scanner.model import Span
from scanner.rego.about import Metadata, Precision
from scanner.rule import Severity

_BLOCK = re.compile(r"^# METADATA[ \t]*\n((?:^#[^\n]*(?:\n|\Z))+)", re.MULTILINE)
_KEYS = (
    "id", "name", "severity", "kinds", "flows", "reads", "needs", "scope", "controls",
    "precision", "tags",
)  # fmt: skip
_SEVERITIES = tuple(severity.value for severity in Severity)
_PRECISIONS = ("very-high", "high", "medium", "low")
_SCOPES = ("each", "all")


def metadata(file: str, text: str, stem: str) -> Metadata | None:
    """Return the metadata of a rule, or None where the file holds no METADATA with an id.

    ``stem`` is the file's name, which is the rule's name unless it gives another one. Raises
    `RuleError` naming the file and the line.
    """
    block = _BLOCK.search(text)
    if block is None:
        return None
    line = text.count("\n", 0, block.start()) + 1
    written = "".join(f"{row[2:] if row.startswith('# ') else row[1:]}\n" for row in _rows(block))
    try:
        found = yaml.load(written, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = line + 1 + (mark.line if mark is not None else 0)
        problem = getattr(error, "problem", None) or "not valid YAML"
        raise _error(file, at, f"METADATA: {problem}") from error
    return _Reader(file, line).read(found, stem)


def _rows(block: re.Match[str]) -> Iterator[str]:
    yield from block[1].splitlines()


def _error(file: str, line: int, message: str, hint: str = "") -> RuleError:
    return RuleError(f"{file}:{line}: {message}", hint=hint, span=Span(file, line, 1, line, 1))


class _Reader(Struct, frozen=True):
    file: str
    line: int

    def read(self, found: Any, stem: str) -> Metadata | None:
        custom = found.get("custom") if isinstance(found, dict) else None
        if not isinstance(custom, dict) or "id" not in custom:
            return None
        for key in custom:
            if key not in _KEYS:
                near = nearest(str(key), _KEYS)
                hint = f"did you mean '{near}'?" if near else "keys are: " + ", ".join(_KEYS)
                raise self.error(f"unknown key '{key}' under custom", hint)
        title = found.get("title")
        if not isinstance(title, str) or not title.strip():
            raise self.error("no title", "one sentence that says what is wrong")
        scope = self.choice(custom, "scope", _SCOPES, "each")
        reads = self.names(custom, "reads") if "reads" in custom else None
        return Metadata(
            id=str(custom["id"]),
            name=str(custom.get("name") or stem.replace("_", "-")),
            severity=Severity(self.choice(custom, "severity", _SEVERITIES, "")),
            summary=" ".join(title.split()).rstrip("."),
            doc=str(found.get("description") or "").strip(),
            kinds=frozenset(self.names(custom, "kinds")),
            flows=frozenset(self.names(custom, "flows")),
            reads=reads,
            needs=self.names(custom, "needs"),
            scope=scope,
            controls=self.names(custom, "controls"),
            precision=cast("Precision", self.choice(custom, "precision", _PRECISIONS, "high")),
            tags=self.names(custom, "tags"),
        )

    def names(self, custom: dict[str, Any], key: str) -> tuple[str, ...]:
        value = custom.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(f"{key} is not a list of names", f"write {key}: [a, b]")
        return tuple(value)

    def choice(
        self, custom: dict[str, Any], key: str, choices: tuple[str, ...], default: str
    ) -> str:
        value = custom.get(key, default)
        if value not in choices:
            what = f"{key} {value!r} is none" if key in custom else f"no {key}"
            raise self.error(what, f"{key} is one of " + ", ".join(choices))
        return str(value)

    def error(self, message: str, hint: str = "") -> RuleError:
        return _error(self.file, self.line, f"METADATA: {message}", hint)
