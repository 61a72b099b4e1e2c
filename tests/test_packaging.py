"""What is shipped around the code: packages, the action, the hook, the generated pages."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import scanner
from scanner import builtin, ruleset
from scanner.report import rule_pages
from scanner.settings import Settings

ROOT = Path(__file__).resolve().parent.parent


def load(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def test_built_in_rules_are_found_in_a_checkout_and_in_a_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert builtin.folder("rules") == ROOT / "rules"
    packed = tmp_path / "scanner" / "_builtin" / "rego"
    packed.mkdir(parents=True)
    monkeypatch.setattr(builtin, "_PACKAGE", tmp_path / "scanner")
    assert builtin.folder("rego") == packed
    assert builtin.folder("rules") == tmp_path / "rules"
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert '"rules" = "scanner/_builtin/rules"' in text
    assert '"rego" = "scanner/_builtin/rego"' in text


def test_the_page_of_the_rules_is_written_from_the_rules() -> None:
    written = (ROOT / "docs" / "rules.md").read_text("utf-8")
    assert written == rule_pages.markdown(ruleset.load(Settings())), "run `make docs`"


def test_checkov_is_never_installed_beside_us() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8").casefold()
    assert "checkov" not in text


def test_actions_are_pinned_and_inputs_go_through_the_environment() -> None:
    action = load("action.yml")
    steps = action["runs"]["steps"]
    for name in ("action.yml", ".github/workflows/ci.yml"):
        for used in re.findall(r"uses:\s*(\S+)", (ROOT / name).read_text("utf-8")):
            assert used == "./" or re.search(r"@[0-9a-f]{40}\Z", used), used
    for step in steps:
        assert "${{" not in step.get("run", ""), step["name"]
    scan = next(step for step in steps if step.get("id") == "scan")
    given = set(re.findall(r"inputs\.([\w-]+)", " ".join(scan["env"].values())))
    elsewhere = {"python-version", "upload-sarif"}
    assert given | elsewhere == set(action["inputs"])
    outputs = set(re.findall(r"steps\.scan\.outputs\.([\w-]+)", str(action["outputs"])))
    assert outputs == set(action["outputs"])


def test_the_hook_scans_the_repository_as_a_whole() -> None:
    [hook] = load(".pre-commit-hooks.yaml")
    assert hook["entry"] == "domicile scan"
    assert hook["pass_filenames"] is False
    wanted = re.compile(hook["files"])
    for name in ("a/main.tf", "x.tofu", "prod.tfvars", "k8s/a.yaml", "b.yml", "rules/x.rego"):
        assert wanted.search(name)
    for name in ("README.md", "main.py"):
        assert not wanted.search(name)


def test_ci_runs_what_the_readme_says() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = re.search(r"## Test\n\n```console\n\$ (.+)\n```", readme)
    assert commands is not None
    ci = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert "make lint" in ci
    assert commands[1] in ci


def test_links_of_the_documentation_lead_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if not target.startswith(("http:", "https:", "mailto:")):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_version_is_that_of_the_change_log_or_newer() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "## [Unreleased]" in changes or f"## [{scanner.__version__}]" in changes
    assert sys.version_info >= (3, 10)
