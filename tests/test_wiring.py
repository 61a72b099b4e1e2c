"""Which provider each resource uses and where that puts it: cases with expectations by hand.

``fixtures/sources/terraform/wiring/<case>/expected.yaml`` holds one document per run: what it
is ``about``, its ``options``, and every resource with its places (``at``). A place is written
``[role] [status] region [zone …]`` where the role is not primary and the status not known;
``unknown: …`` continues with a part of the reason. Where it matters stand ``provider`` (the
address of the configuration in use, or none), ``trail`` (the lines that led to the first place),
``labels``, ``kind`` and ``attributes``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from scanner import files, policy, scan
from scanner.cli import cli
from scanner.model import Declaration, Location, Resource
from scanner.providers.unknown import reason
from scanner.settings import Settings
from scanner.sources.terraform.instance import MAX_NESTING

FIXTURES = Path(__file__).parent.parent / "fixtures" / "sources" / "terraform" / "wiring"


def _cases() -> list[Any]:
    found = []
    for path in sorted(FIXTURES.glob("*/expected.yaml")):
        documents = list(yaml.safe_load_all(path.read_text("utf-8")))
        for number, document in enumerate(documents, 1):
            name = path.parent.name + (f"-{number}" if len(documents) > 1 else "")
            found.append(pytest.param(path.parent, document, id=name))
    return found


CASES = _cases()
TRAILED = [c for c in CASES if any("trail" in r for r in c.values[1]["resources"].values())]


def _settings(folder: Path, options: dict[str, Any]) -> Settings:
    return Settings(
        root=folder,
        variables=tuple(options.get("variables", {}).items()),
        var_files=tuple(options.get("var_files", ())),
    )


def _name(id: str) -> str:
    """Return an id without the unit where that is the case's own folder."""
    return id.removeprefix(".#")


def _place(location: Location) -> str:
    words: list[str] = [location.role] if location.role != "primary" else []
    if location.status == "unknown":
        return " ".join((*words, f"unknown: {reason(location)}"))
    if location.status != "known":
        words.append(location.status)
    words.append(location.region or location.scope)
    if location.zone is not None:
        words.append(f"zone {location.zone}")
    return " ".join(words)


def _agrees(expected: str, place: str) -> bool:
    head, unknown, part = expected.partition("unknown: ")
    if not unknown:
        return expected == place
    return place.startswith(head + unknown) and part in place


def _lines(location: Location) -> list[str]:
    """Return ``file:line`` of each hop; hops that stand on one line count once."""
    lines = [f"{hop.span.file}:{hop.span.line}" for hop in location.trail]
    return [line for n, line in enumerate(lines) if n == 0 or line != lines[n - 1]]


def _provider(declaration: Declaration) -> str:
    found = declaration.binding.configuration if declaration.binding is not None else None
    return found.address if found is not None else "none"


def _compare(resource: Resource, declaration: Declaration, wanted: dict[str, Any]) -> None:
    places = sorted(_place(location) for location in resource.locations)
    expected = sorted(wanted["at"])
    assert len(places) == len(expected), places
    assert all(map(_agrees, expected, places)), places
    if "provider" in wanted:
        assert _provider(declaration) == wanted["provider"]
    if "trail" in wanted:
        assert _lines(resource.locations[0]) == wanted["trail"]
    if "labels" in wanted:
        assert resource.labels == wanted["labels"]
    if "kind" in wanted:
        assert resource.kind == wanted["kind"]
    for name, value in wanted.get("attributes", {}).items():
        assert resource.attributes[name] == value


@pytest.mark.parametrize(("folder", "case"), CASES)
def test_every_resource_is_where_terraform_puts_it(folder: Path, case: dict[str, Any]) -> None:
    settings = _settings(folder, case.get("options", {}))
    resources = {_name(key): r for key, r in scan.inventory(settings).graph.resources.items()}
    assert sorted(resources) == sorted(case["resources"])
    rulebook = policy.load(settings)
    declared = {
        _name(d.id): d for d in scan._read(files.find(settings, rulebook), settings).declarations
    }
    for name, wanted in case["resources"].items():
        _compare(resources[name], declared[name], wanted)


@pytest.mark.parametrize(("folder", "case"), TRAILED)
def test_explain_prints_the_trail_step_by_step(
    folder: Path, case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    options = case.get("options", {})
    given = [f"--var={name}={text}" for name, text in options.get("variables", {}).items()]
    given += [f"--var-file={name}" for name in options.get("var_files", ())]
    for name, wanted in case["resources"].items():
        if "trail" not in wanted:
            continue
        run = CliRunner().invoke(cli, ["explain", name, ".", *given])
        assert run.exit_code == 0, run.output
        shown = [line.split(": ")[0].strip() for line in run.output.splitlines()]
        at = [shown.index(line) for line in wanted["trail"]]
        assert at == sorted(at), run.output


def test_modules_that_nest_too_deep_end_where_the_scan_says_so(tmp_path: Path) -> None:
    """The default reaches as deep as modules are read; what is below is named, not guessed."""
    depth = 30
    for level in range(depth):
        folder = tmp_path / f"m{level}" if level else tmp_path
        folder.mkdir(exist_ok=True)
        text = 'provider "aws" {\n  region = "eu-west-1"\n}\n' if level == 0 else ""
        text += f'resource "aws_sqs_queue" "q{level}" {{}}\n'
        if level < depth - 1:
            source = f"./m{level + 1}" if level == 0 else f"../m{level + 1}"
            text += f'module "m" {{\n  source = "{source}"\n}}\n'
        (folder / "main.tf").write_text(text, "utf-8")
    graph = scan.inventory(Settings(root=tmp_path)).graph
    queues = [r for r in graph.resources.values() if r.type == "aws_sqs_queue"]
    inside = [r for r in queues if r.unit == "."]
    assert len(inside) == MAX_NESTING + 1
    assert all(_place(r.locations[0]) == "eu-west-1" for r in inside)
    assert all("unknown" in _place(r.locations[0]) for r in queues if r.unit != ".")
    assert any("deeper than 24 levels" in item.reason for item in graph.unread)
