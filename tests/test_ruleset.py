"""Which rules a run has: both languages, one set, clear words for what cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import builtin, python_rules, ruleset
from scanner.errors import RuleError, UsageError
from scanner.settings import Settings

PYTHON = '''from scanner.rule import Problem, Severity, rule


@rule(id="{id}", severity=Severity.LOW, kinds=["object_store"])
def {name}(resource, graph, policy):
    """Bucket is there.

    ## Why

    To see that a rule of one's own runs.

    ## Fix

    Nothing is to be done about it.
    """
    yield Problem(resource, f"{{resource.address}} is there")
'''
REGO = """# METADATA
# title: Bucket has no class.
# description: |
#   ## Why
#   To see that a rule of one's own runs.
#   ## Fix
#   Nothing is to be done about it.
# custom:
#   id: {id}
#   severity: low
#   kinds: [object_store]
#   reads: [kind, data_classes]
package domicile.rules.{name}

import data.domicile.lib

deny contains lib.problem(resource, "has no class of data") if {{
	some resource in input.resources
	count(resource.data_classes) == 0
}}
"""


def own(tmp_path: Path, files: dict[str, str]) -> Settings:
    for name, text in files.items():
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Settings(root=tmp_path, rules=("own",))


def test_built_in_rules_of_both_languages_come_in_the_order_of_their_ids() -> None:
    found = ruleset.load(Settings())
    assert [rule.id for rule in found] == sorted(rule.id for rule in found)
    assert {rule.language for rule in found} == {"python", "rego"}
    assert {"DOM101", "DOM102", "DOM201", "DOM301", "DOM901"} <= {rule.id for rule in found}
    assert builtin.folder("rules").is_dir()
    assert builtin.folder("rego").is_dir()


def test_ones_own_rules_stand_beside_the_built_in_ones(tmp_path: Path) -> None:
    settings = own(
        tmp_path,
        {
            "a/there.py": PYTHON.format(id="ACME10", name="there"),
            "no_class.rego": REGO.format(id="ACME9", name="no_class"),
            "_helper.py": "raise SystemExit",
        },
    )
    found = {rule.id: rule for rule in ruleset.load(settings)}
    assert found["ACME10"].name == "there"
    assert found["ACME9"].name == "no-class"
    ids = list(found)
    assert ids.index("ACME9") < ids.index("ACME10")


def test_selectors_are_ids_names_and_prefixes() -> None:
    def ids(**options: tuple[str, ...]) -> set[str]:
        return {rule.id for rule in ruleset.load(Settings(**options))}  # type: ignore[arg-type]

    assert ids(select=("DOM101",)) == {"DOM101"}
    assert ids(select=("region-not-allowed", "dom301")) == {"DOM101", "DOM301"}
    assert all(id.startswith("DOM2") for id in ids(select=("DOM2",)))
    assert ids(select=("DOM1",), ignore=("DOM102",)) == {"DOM101", "DOM103"}


@pytest.mark.parametrize("field", ["select", "ignore"])
def test_a_selector_that_names_nothing_is_refused_with_the_nearest(field: str) -> None:
    with pytest.raises(UsageError) as caught:
        ruleset.load(Settings(**{field: ("region-not-alowed",)}))  # type: ignore[arg-type]
    assert "region-not-alowed" in caught.value.message
    assert "region-not-allowed" in caught.value.hint


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a.py": PYTHON.format(id="DOM101", name="mine")}, ("DOM101", "a.py", ".rego")),
        ({"a.py": PYTHON.format(id="ACME1", name="region_not_allowed")}, ("region-not-allowed",)),
        ({"a.py": "def broken(:\n"}, ("a.py:1",)),
        ({"a.py": "\n\nraise ValueError('no')\n"}, ("a.py:3", "ValueError: no")),
        ({"a.py": PYTHON.format(id="ACME1", name="x").replace("## Why", "Why")}, ("## Why",)),
        ({"a.py": PYTHON.format(id="acme", name="x")}, ("'acme'",)),
        ({"a.py": PYTHON.format(id="ACME1", name="x").replace("object_store", "bucket")}, ("bucket",)),
        ({"a.rego": REGO.format(id="ACME1", name="x").replace("severity: low", "severity: bad")}, ("a.rego:1", "bad")),
        ({"a.rego": REGO.format(id="ACME1", name="x").replace("# title: Bucket has no class.\n", "")}, ("no title",)),
        ({"a.rego": REGO.format(id="ACME1", name="x").replace("deny contains", "allow contains")}, ("'deny'",)),
        ({"a.rego": REGO.format(id="ACME1", name="x").replace("data_classes]", "data_clases]")}, ("data_clases",)),
        ({"a.rego": REGO.format(id="ACME1", name="x").replace("kinds: [", "kind: [")}, ("'kind'",)),
        ({"a.rego": REGO.format(id="ACME1", name="x").replace("#   id: ACME1\n", "")}, ("a.rego", "no METADATA")),
        ({"a.rego": REGO.format(id="ACME1", name="x").replace("[kind, data_classes]", "[kind]")}, ("a.rego:19", "'data_classes'")),
        ({"a.rego": REGO.format(id="ACME1", name="x").replace("resource.data_classes", "resource.data_class")}, ("a.rego:19", "'data_class'")),
        ({"a.rego": REGO.format(id="ACME1", name="x").replace("data_classes]", "labels.team]")}, ("labels.team",)),
        ({"a.rego": REGO.format(id="ACME1", name="x"), "b.rego": REGO.format(id="ACME2", name="x")}, ("package domicile.rules.x", "a.rego", "b.rego")),
        ({"a.py": "import sys\n\nsys.exit(0)\n"}, ("a.py:3", "SystemExit")),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_used_is_named_with_its_file(
    tmp_path: Path, files: dict[str, str], words: tuple[str, ...]
) -> None:
    with pytest.raises(RuleError) as caught:
        ruleset.load(own(tmp_path, files))
    for word in words:
        assert word in caught.value.message


def test_folders_without_rules_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        ruleset.load(Settings(root=tmp_path, rules=("own",)))
    with pytest.raises(UsageError, match="no rules in it"):
        ruleset.load(own(tmp_path, {"readme.txt": ""}))


def test_two_rule_files_of_one_name_do_not_meet(tmp_path: Path) -> None:
    for folder, id in (("a", "ACME1"), ("b", "ACME2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.py").write_text(PYTHON.format(id=id, name=f"in_{folder}"))
    assert {rule.id for rule in python_rules.load(tmp_path)} == {"ACME1", "ACME2"}


@pytest.mark.parametrize("name", [".github/policies", "../beside", "own/.hidden"])
def test_a_folder_that_is_named_is_read_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / name).mkdir(parents=True)
    (root / name / "there.py").write_text(PYTHON.format(id="ACME1", name="there"), "utf-8")
    found = ruleset.load(Settings(root=root, rules=(name,)))
    assert "ACME1" in {rule.id for rule in found}


def test_a_second_name_for_a_rule_makes_no_second_rule(tmp_path: Path) -> None:
    text = PYTHON.format(id="ACME1", name="there") + "\n\nthe_same = there\n"
    assert "ACME1" in {rule.id for rule in ruleset.load(own(tmp_path, {"a.py": text}))}
