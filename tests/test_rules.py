"""Every rule against its marked fixtures, whichever language it is written in.

A folder ``fixtures/rules/<ID>/`` holds infrastructure as people write it. A comment on the line
where a finding must stand says so: ``# expect: DOM101`` for one that fails, ``# undecided:
DOM101`` for one that the source does not settle. Everything unmarked is innocent.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pytest

from scanner import ruleset, scan
from scanner.rule import Rule
from scanner.settings import Settings

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "rules"
_MARK = re.compile(r"(?:#|//)\s*(expect|undecided):\s*((?:[A-Z]+\d+(?:\s*,\s*)?)+)")
_VERDICT = {"expect": "fail", "undecided": "undecided"}

Place = tuple[str, int, str]
"""File, line, verdict."""


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    return ruleset.load(Settings())


# What judges the exceptions themselves has fixtures of another form, in test_settle.py.
JUDGING = [rule for rule in rules() if not rule.id.startswith("DOM9")]


def marks(folder: Path, rule: str) -> set[Place]:
    found: set[Place] = set()
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for mark in _MARK.finditer(line):
                if rule in re.split(r"\s*,\s*", mark[2].strip()):
                    found.add((name, number, _VERDICT[mark[1]]))
    return found


def reported(folder: Path, rule: str) -> list[Place]:
    settings = Settings(root=folder, select=(rule,))
    return [
        (finding.span.file, finding.span.line, finding.verdict)
        for finding in scan.run(settings).findings
        if finding.rule.id == rule and finding.status == "open"
    ]


@pytest.mark.parametrize("rule", JUDGING, ids=lambda rule: rule.id)
def test_a_rule_reports_the_marked_lines_and_no_others(rule: Rule) -> None:
    folder = FIXTURES / rule.id
    assert folder.is_dir(), f"{rule.id} has no fixtures in {folder}"
    wanted, found = marks(folder, rule.id), reported(folder, rule.id)
    assert wanted, f"no line of {folder} is marked for {rule.id}"
    assert {verdict for _, _, verdict in wanted} >= {"fail"}
    missing = sorted(wanted - set(found))
    extra = sorted(set(found) - wanted)
    assert (missing, extra) == ([], [])


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_says_what_it_is_about(rule: Rule) -> None:
    assert rule.summary
    assert not rule.summary.endswith(".")
    assert len(rule.summary) <= 80
    for heading in ("## Why", "## Fix"):
        text = rule.doc.partition(heading)[2].partition("\n## ")[0].strip()
        assert len(text) > 20, f"{rule.id} says nothing under {heading}"


def test_fixtures_belong_to_rules() -> None:
    known = {rule.id for rule in rules()}
    assert {folder.name for folder in FIXTURES.iterdir()} <= known
