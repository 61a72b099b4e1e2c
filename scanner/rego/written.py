"""What Rego rules say of themselves, read from their files or from the cache of a former run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from scanner import __version__
from scanner.errors import RuleError
from scanner.rego import cache
from scanner.rego.engine import Module
from scanner.rule import Severity, Verdict

if TYPE_CHECKING:
    from scanner.rego.about import Metadata

VERDICTS: dict[str, Verdict] = {"deny": "fail", "undecided": "undecided"}
"""The sets that a rule may fill, and the verdict of what is in them."""


class Written(Struct, frozen=True):
    """One rule as it is written: where, in which package, and which sets it fills."""

    file: str
    package: str
    about: Metadata
    sets: tuple[str, ...]

    def entrypoint(self, name: str) -> str:
        """Return the path of one of its sets, as an engine wants it."""
        return f"{self.package.replace('.', '/')}/{name}"


def written(modules: Sequence[Module], *, keep: bool) -> list[Written]:
    """Return the rules among some modules. Raises RuleError naming file and line."""
    texts = [part for module in modules for part in (module.file, module.text)]
    path = cache.place((__version__, *texts), ".json") if keep else None
    if path is not None:
        found = _kept(path)
        if found is not None:
            return found
    found = [rule for module in modules for rule in _read(module)]
    _alone(found)
    if path is not None:
        cache.keep(path, json.dumps([_plain(rule) for rule in found]).encode())
    return found


def _read(module: Module) -> list[Written]:
    from scanner.rego.metadata import metadata
    from scanner.rego.reads import check
    from scanner.rego.traps import parse

    file = module.file
    about = metadata(file, module.text, Path(file).stem)
    parsed = parse(file, module.text)
    sets = tuple(name for name in VERDICTS if name in parsed.names)
    if about is None:
        if sets:
            raise RuleError(
                f"{file}: fills '{sets[0]}' but has no METADATA with an id",
                hint="it would never be asked: begin the file with # METADATA",
            )
        return []
    if not sets:
        raise RuleError(
            f"{file}: rule {about.id} fills neither 'deny' nor 'undecided'",
            hint="write: deny contains lib.problem(resource, message) if { … }",
        )
    check(parsed, about)
    return [Written(file, parsed.package, about, sets)]


def _alone(rules: Sequence[Written]) -> None:
    """Refuse rules that share a package: each would report what the other finds."""
    found: dict[str, Written] = {}
    for rule in rules:
        other = found.setdefault(rule.package, rule)
        if other is not rule:
            raise RuleError(
                f"two rules have the package {rule.package}: {other.file} and {rule.file}",
                hint="give each rule a package of its own: domicile.rules.<name>",
            )


def _plain(rule: Written) -> dict[str, Any]:
    about = rule.about
    return {
        "file": rule.file,
        "package": rule.package,
        "sets": rule.sets,
        "about": {
            "id": about.id,
            "name": about.name,
            "severity": about.severity.value,
            "summary": about.summary,
            "doc": about.doc,
            "kinds": sorted(about.kinds),
            "flows": sorted(about.flows),
            "reads": about.reads,
            "needs": about.needs,
            "scope": about.scope,
            "controls": about.controls,
            "precision": about.precision,
            "tags": about.tags,
        },
    }


def _kept(path: Path) -> list[Written] | None:
    """Return what a former run read; None where nothing usable is kept."""
    try:
        plain = json.loads(path.read_bytes())
        return [_rule(item) for item in plain]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _rule(plain: dict[str, Any]) -> Written:
    from scanner.rego.about import Metadata

    about = dict(plain["about"])
    reads = about.pop("reads")
    return Written(
        plain["file"],
        plain["package"],
        Metadata(
            severity=Severity(about.pop("severity")),
            kinds=frozenset(about.pop("kinds")),
            flows=frozenset(about.pop("flows")),
            reads=tuple(reads) if reads is not None else None,
            needs=tuple(about.pop("needs")),
            controls=tuple(about.pop("controls")),
            tags=tuple(about.pop("tags")),
            **about,
        ),
        tuple(plain["sets"]),
    )
