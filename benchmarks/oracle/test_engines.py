"""The built-in Rego rules give the same answers on a second engine.

Run by ``make oracle``; wants the extra ``regorus``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import ruleset, scan
from scanner.rego.engine import engine
from scanner.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
TREES = [
    *(ROOT / "fixtures" / "rules" / rule for rule in ("DOM101", "DOM102", "DOM103")),
    ROOT / "fixtures" / "repos" / "northwind",
]


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.name)
def test_a_second_engine_agrees(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tuple(r.id for r in ruleset.load(Settings()) if r.language == "rego")
    answers = []
    for name in ("regopy", "regorus"):
        monkeypatch.setenv("DOMICILE_REGO_ENGINE", name)
        assert engine().name == name
        report = scan.run(Settings(root=tree, select=rules, cache=False))
        answers.append(
            sorted((f.fingerprint, f.verdict, f.problem.message) for f in report.findings)
        )
    assert answers[0] == answers[1]
    assert answers[0]
