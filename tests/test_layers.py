"""The stages import one way: each may use those below it, none those above."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = (
    ("errors", "paths", "model"),
    ("geography",),
    ("rule", "settings"),
    ("sources",),
    ("providers",),
    ("flows",),
    ("graph",),
    ("policy",),
    ("files",),
    ("finding",),
    ("secrets",),
    ("builtin", "contract"),
    ("rego", "python_rules"),
    ("ruleset",),
    ("judge", "settle"),
    ("scan",),
    ("report",),
    ("cli", "__main__"),
)
_RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

# What a lower stage knows of a higher one on purpose, and why.
ALLOWED = {
    # Where manifests show their cloud is a table of the providers.
    ("sources", "providers"),
    # Built-in packs are found where built-in rules are.
    ("policy", "builtin"),
    # The judge of exceptions shows them as findings.
    ("policy", "finding"),
    # Explaining a resource redacts what the detectors find.
}


def _imports(path: Path) -> list[tuple[str, int]]:
    """Return the stages that a file imports when it runs, with the lines."""
    found: list[tuple[str, int]] = []
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("scanner"):
            parts = node.module.split(".")
            names = [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
            found.extend((name, node.lineno) for name in names)
        elif isinstance(node, ast.Import):
            found.extend(
                (alias.name.split(".")[1], node.lineno)
                for alias in node.names
                if alias.name.startswith("scanner.")
            )
    return found


def _stage(path: Path) -> str:
    inner = path.relative_to(ROOT / "scanner")
    return inner.parts[0].removesuffix(".py")


FILES = sorted(p for p in (ROOT / "scanner").rglob("*.py") if p != ROOT / "scanner/__init__.py")


def test_every_stage_has_its_layer() -> None:
    assert {_stage(path) for path in FILES} == set(_RANK)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_stage_imports_only_what_is_below_it(path: Path) -> None:
    stage = _stage(path)
    upwards = [
        f"{path.relative_to(ROOT)}:{line}: {stage} imports {name}"
        for name, line in _imports(path)
        if name in _RANK and _RANK[name] > _RANK[stage] and (stage, name) not in ALLOWED
    ]
    assert not upwards
