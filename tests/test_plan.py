"""Plans: what `terraform show -json` says, alone, beside its sources and on standard input."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner import scan
from scanner.cli import cli
from scanner.cli.trouble import explained
from scanner.contract import value_json
from scanner.errors import ScanError
from scanner.finding import Finding, Report
from scanner.model import Resource
from scanner.report import FORMATS, INVENTORY
from scanner.settings import Settings

FIXTURES = Path(__file__).parent.parent / "fixtures/sources/plan"
CASES = sorted(path.name for path in FIXTURES.iterdir())
AWS = "registry.terraform.io/hashicorp/aws"


def copied(case: str, tmp_path: Path) -> Path:
    """Return a copy of a case that a test may change."""
    return Path(shutil.copytree(FIXTURES / case, tmp_path / case))


def looked(root: Path, *paths: str, **options: Any) -> Report:
    return scan.inventory(Settings(paths=paths or (".",), root=root, **options))


def judged(root: Path, *paths: str, **options: Any) -> Report:
    return scan.run(Settings(paths=paths or (".",), root=root, **options))


def places(report: Report) -> dict[str, list[str | None]]:
    """Return the regions of every resource by its address."""
    return {
        resource.address: [location.region for location in resource.locations]
        for resource in report.graph.resources.values()
    }


def subject(finding: Finding) -> Resource:
    """Return the resource that a finding is about."""
    assert isinstance(finding.problem.subject, Resource)
    return finding.problem.subject


def summary(report: Report) -> dict[str, Any]:
    return {
        resource.id: {
            "at": f"{resource.span.file}:{resource.span.line}",
            "places": [
                f"{location.region or location.scope} {location.status} {location.role}"
                for location in resource.locations
            ],
            "refers": sorted({r.target for r in report.graph.references.get(resource.id, ())}),
            "attributes": value_json(resource.attributes),
        }
        for resource in report.graph.resources.values()
    }


def small(**parts: Any) -> dict[str, Any]:
    """Return a plan for one bucket."""
    values = {"bucket": "b"}
    bucket = {"address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket",
              "name": "b", "provider_name": AWS, "values": values}  # fmt: skip
    block = {"address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket",
             "name": "b", "provider_config_key": "aws",
             "expressions": {"bucket": {"constant_value": "b"}}}  # fmt: skip
    provider = {"name": "aws", "full_name": AWS,
                "expressions": {"region": {"constant_value": "eu-west-1"}}}  # fmt: skip
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": [bucket]}},
        "resource_changes": [
            {"address": "aws_s3_bucket.b", "change": {"actions": ["create"], "after": values}}
        ],
        "configuration": {
            "provider_config": {"aws": provider}, "root_module": {"resources": [block]},
        },
        **parts,
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_read_as_expected(case: str) -> None:
    expected = json.loads((FIXTURES / case / "expected.json").read_text("utf-8"))
    report = looked(FIXTURES / case)
    assert json.loads(json.dumps(summary(report))) == expected
    assert not report.graph.unread


def test_every_way_to_a_region_is_followed() -> None:
    assert places(looked(FIXTURES / "alone")) == {
        "aws_s3_bucket.logs": ["eu-west-1"],  # the default provider, from a variable
        "aws_s3_bucket.abroad": ["us-east-1"],  # an alias
        "aws_sqs_queue.own": ["ap-southeast-2"],  # the resource's own region
        "aws_s3_bucket_replication_configuration.logs": ["eu-west-1"],
        "aws_db_instance.main": ["eu-west-1"],
        "aws_instance.web[0]": ["eu-west-1"],
        "aws_sns_topic.kept": ["eu-west-1"],
        "aws_sns_topic.renamed": ["eu-west-1"],
        'module.crm["eu"].aws_s3_bucket.docs[0]': ["eu-west-1"],  # inherited
        'module.crm["eu"].module.backup.aws_s3_bucket.copy': ["us-east-1"],  # given by the call
        "module.legacy.aws_s3_bucket.old": ["eu-central-1"],  # the module's own block
        "data.aws_kms_key.shared": ["eu-west-1"],
    }


def test_what_is_deleted_forgotten_or_deposed_is_no_resource() -> None:
    found = places(looked(FIXTURES / "alone"))
    assert "aws_s3_bucket.gone" not in found
    assert "aws_s3_bucket.forgotten" not in found
    assert "aws_instance.web[0]" in found  # replaced, though its deposed object is deleted
    assert "terraform_data.gone[1]" not in places(looked(FIXTURES / "structure", "plan.json"))


def test_what_is_known_after_apply_is_unknown_and_what_nobody_writes_is_absent() -> None:
    graph = looked(FIXTURES / "alone").graph
    role = graph.resources[
        "plan.json#aws_s3_bucket_replication_configuration.logs"
    ].attributes["role"]  # fmt: skip
    assert (role.reason, role.expression) == ("known after apply", "aws_iam_role.r.arn")
    assert "arn" not in graph.resources["plan.json#aws_s3_bucket.logs"].attributes
    # A region that the provider fills in later does not hide where the provider is.
    assert "region" not in graph.resources["plan.json#aws_s3_bucket.logs"].attributes


def test_references_lead_through_variables_and_outputs_of_modules() -> None:
    report = looked(FIXTURES / "structure", "plan.json")
    unit = "plan.json#"
    targets = {
        id.removeprefix(unit): [r.target.removeprefix(unit) for r in found]
        for id, found in report.graph.references.items()
    }
    assert targets['module.m["b"].terraform_data.x[1]'] == ['terraform_data.many["b"]']
    assert targets["terraform_data.rep"] == ['terraform_data.many["a"]']
    report = looked(FIXTURES / "alone")
    (flow,) = report.graph.flows
    assert (flow.kind, flow.source, flow.target) == (
        "replication", "plan.json#aws_s3_bucket.logs", "plan.json#aws_s3_bucket.abroad",
    )  # fmt: skip
    assert "country" in flow.crosses


def test_a_trail_names_the_variable_and_the_provider() -> None:
    report = looked(FIXTURES / "alone")
    (place,) = report.graph.resources["plan.json#module.legacy.aws_s3_bucket.old"].locations
    assert [hop.text for hop in place.trail] == [
        'var.legacy_region: "eu-central-1"', 'provider "aws": region = var.home',
    ]  # fmt: skip
    lines = (FIXTURES / "alone/plan.json").read_text("utf-8").splitlines()
    assert '"legacy_region"' in lines[place.trail[0].span.line - 1]


def test_beside_its_sources_findings_stand_on_source_lines() -> None:
    report = judged(FIXTURES / "beside", allow=("EEA",))
    found = {
        (subject(f).address, f.span.file, f.span.line)
        for f in report.findings
        if f.rule.id == "DOM101"
    }
    store = "modules/store/main.tf"
    assert found == {
        ('aws_s3_bucket.docs["de"]', "main.tf", 35),
        ('aws_s3_bucket.docs["us"]', "main.tf", 35),
        ("aws_db_instance.main", "main.tf", 45),
        ('module.store["a"].aws_s3_bucket.this[0]', store, 5),
        ('module.store["b"].aws_s3_bucket.this[0]', store, 5),
        ("module.queue.aws_sqs_queue.this[0]", "main.tf", 57),
    }
    # The sources alone would say otherwise: another region, and instances that nobody knows.
    alone = looked(FIXTURES / "beside", "main.tf")
    assert places(alone)["aws_s3_bucket.docs[*]"] == ["eu-central-1"]


def test_a_mixed_scan_reports_each_thing_once() -> None:
    report = looked(FIXTURES / "beside")
    assert [unit.id for unit in report.graph.units] == ["."]
    assert sorted(places(report)) == sorted(
        {
            'aws_s3_bucket.docs["de"]', 'aws_s3_bucket.docs["us"]', "aws_db_instance.main",
            'module.store["a"].aws_s3_bucket.this[0]', 'module.store["b"].aws_s3_bucket.this[0]',
            'module.store["a"].aws_s3_bucket_versioning.this',
            'module.store["b"].aws_s3_bucket_versioning.this',
            "module.queue.aws_sqs_queue.this[0]",
        }
    )  # fmt: skip


def test_a_value_that_only_the_plan_has_is_explained_by_it(tmp_path: Path) -> None:
    root = copied("beside", tmp_path)
    plan = json.loads((root / "plan.json").read_text("utf-8"))
    for item in plan["planned_values"]["root_module"]["resources"]:
        item["values"]["region"] = "sa-east-1"  # as version 6 of the provider fills it in
    (root / "plan.json").write_text(json.dumps(plan))
    report = looked(root)
    bucket = report.graph.resources['.#aws_s3_bucket.docs["de"]']
    assert [place.region for place in bucket.locations] == ["sa-east-1"]
    last = bucket.locations[0].trail[-1]
    assert (last.span.file, last.text) == ("plan.json", 'the plan says region = "sa-east-1"')
    assert bucket.at("region").file == "main.tf"


def test_a_plan_elsewhere_finds_the_sources_that_have_its_names(tmp_path: Path) -> None:
    root = copied("beside", tmp_path)
    (root / "infra").mkdir()
    for name in ("main.tf", "modules"):
        (root / name).rename(root / "infra" / name)
    (root / "out").mkdir()
    (root / "plan.json").rename(root / "out/plan.json")
    (root / "expected.json").unlink()
    report = looked(root)
    assert {resource.unit for resource in report.graph.resources.values()} == {"infra"}
    assert any(note.startswith("out/plan.json is read with the sources in infra, which have 5 of")
               for note in report.notes)  # fmt: skip
    shutil.copytree(root / "infra", root / "other")
    report = looked(root)
    units = {unit.id for unit in report.graph.units}
    assert units == {"infra", "other", "out/plan.json"}
    assert any("fits the sources in infra, other alike" in note for note in report.notes)


def test_what_is_commented_out_is_no_name_of_the_sources(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    block = 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n'
    (tmp_path / "infra/main.tf").write_text(f"/*\n{block}*/\nlocals {{}}\n")
    (tmp_path / "plan.json").write_text(json.dumps(small()))
    assert list(looked(tmp_path).graph.resources) == ["plan.json#aws_s3_bucket.b"]
    (tmp_path / "infra/main.tf").write_text(block)
    assert list(looked(tmp_path).graph.resources) == ["infra#aws_s3_bucket.b"]


def test_two_plans_of_one_root_are_two_units(tmp_path: Path) -> None:
    root = copied("beside", tmp_path)
    plan = json.loads((root / "plan.json").read_text("utf-8"))
    plan["variables"]["area"]["value"] = "eu"
    (root / "eu.json").write_text(json.dumps(plan))
    report = looked(root)
    assert {unit.id: unit.path for unit in report.graph.units} == {"plan.json": ".", "eu.json": "."}
    for unit, region in (("plan.json", "us-west-2"), ("eu.json", "eu-central-1")):
        bucket = report.graph.resources[f'{unit}#aws_s3_bucket.docs["de"]']
        assert [place.region for place in bucket.locations] == [region]
        assert bucket.span.file == "main.tf"


POLICY = """version: 1
residency:
  - {name: Here, where: {environments: [prod]}, allow: [DE]}
terraform:
  - {root: infra, environments: {prod: [envs/prod.tfvars], stage: [envs/stage.tfvars]}}
"""


def environments(root: Path) -> dict[str, Any]:
    """Write a root with two environments and return a plan of the one for production."""
    (root / "infra/envs").mkdir(parents=True)
    (root / "domicile.yaml").write_text(POLICY)
    (root / "infra/main.tf").write_text(
        'variable "region" {}\nprovider "aws" {\n  region = var.region\n}\n'
        'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n'
    )
    (root / "infra/envs/prod.tfvars").write_text('region = "eu-central-1"\n')
    (root / "infra/envs/stage.tfvars").write_text('region = "us-east-1"\n')
    return given(
        small(), {"references": ["var.region"]}, variables={"region": {"value": "eu-central-1"}}
    )


def by_unit(report: Report) -> dict[str, tuple[str | None, list[str | None]]]:
    """Return the environment of every unit, and the regions of what is in it."""
    return {
        unit.id: (
            unit.environment,
            [
                place.region
                for resource in report.graph.resources.values()
                if resource.unit == unit.id
                for place in resource.locations
            ],
        )
        for unit in report.graph.units
    }


def test_a_plan_stands_for_the_environment_that_has_its_variables(tmp_path: Path) -> None:
    plan = environments(tmp_path)
    plan["planned_values"]["root_module"]["resources"][0]["values"]["region"] = "eu-central-1"
    (tmp_path / "infra/tfplan.json").write_text(json.dumps(plan))
    report = judged(tmp_path)
    assert by_unit(report) == {
        "infra@prod": ("prod", ["eu-central-1"]), "infra@stage": ("stage", ["us-east-1"]),
    }  # fmt: skip
    (prod, _) = report.graph.resources.values()
    assert prod.span.file == "infra/main.tf"
    assert not [finding for finding in report.findings if finding.rule.id == "DOM101"]


def test_a_plan_of_other_variables_is_of_the_environment_that_names_its_file(
    tmp_path: Path,
) -> None:
    plan = environments(tmp_path)
    plan["variables"]["region"]["value"] = "eu-west-3"  # by -var
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans/prod.json").write_text(json.dumps(plan))
    report = judged(tmp_path)
    assert by_unit(report) == {
        "infra@prod": ("prod", ["eu-west-3"]), "infra@stage": ("stage", ["us-east-1"]),
    }  # fmt: skip
    (finding,) = (f for f in report.findings if f.rule.id == "DOM101")
    assert subject(finding).unit == "infra@prod"


def test_a_plan_that_may_be_of_any_environment_is_judged_for_each(tmp_path: Path) -> None:
    plan = environments(tmp_path)
    plan["variables"]["region"]["value"] = "eu-west-3"
    (tmp_path / "infra/tfplan.json").write_text(json.dumps(plan))
    report = judged(tmp_path)
    assert by_unit(report) == {
        "infra@prod": ("prod", ["eu-central-1"]), "infra@stage": ("stage", ["us-east-1"]),
        "infra/tfplan.json": (None, ["eu-west-3"]),
    }  # fmt: skip
    assert any("any of the environments prod, stage of infra" in note for note in report.notes)
    (finding,) = (f for f in report.findings if f.rule.id == "DOM101")
    assert subject(finding).unit == "infra/tfplan.json"


def test_of_two_plans_only_that_of_the_environment_asked_for_is_in_it(tmp_path: Path) -> None:
    plan = environments(tmp_path)
    (tmp_path / "one.json").write_text(json.dumps(plan))
    plan["variables"]["region"]["value"] = "us-east-1"
    (tmp_path / "two.json").write_text(json.dumps(plan))
    assert by_unit(looked(tmp_path)) == {
        "infra@prod": ("prod", ["eu-central-1"]), "infra@stage": ("stage", ["us-east-1"]),
    }  # fmt: skip
    assert by_unit(looked(tmp_path, environment="prod")) == {
        "one.json": ("prod", ["eu-central-1"]), "two.json": (None, ["us-east-1"]),
    }  # fmt: skip


def test_sources_that_changed_since_are_named_and_kept(tmp_path: Path) -> None:
    root = copied("beside", tmp_path)
    text = (root / "main.tf").read_text("utf-8").replace('identifier = "main"', 'identifier = "x"')
    (root / "main.tf").write_text(text + 'resource "aws_s3_bucket" "late" {\n  bucket = "l"\n}\n')
    report = looked(root)
    (unread,) = report.graph.unread
    assert unread.reason == (
        "the plan is older than its sources: aws_db_instance.main.identifier has changed, "
        "aws_s3_bucket.late is new"
    )
    assert places(report)["aws_s3_bucket.late"] == ["us-west-2"]


def keyed(root: Path, planned: str, written: str) -> Report:
    """Look at a bucket for a key that is planned, beside sources that write it for another."""
    plan = small()
    (item,) = plan["planned_values"]["root_module"]["resources"]
    (change,) = plan["resource_changes"]
    item.update(address=f'aws_s3_bucket.b["{planned}"]', index=planned)
    change.update(address=item["address"])
    change["change"]["after_unknown"] = {"bucket": True}
    del item["values"]["bucket"]
    (block,) = plan["configuration"]["root_module"]["resources"]
    block["expressions"] = {"bucket": {"references": ["each.key", "local.tail"]}}
    (root / "plan.json").write_text(json.dumps(plan))
    (root / "main.tf").write_text(
        'provider "aws" {\n  region = "eu-west-1"\n}\n\nresource "aws_s3_bucket" "b" {\n'
        f'  for_each = toset(["{written}"])\n  bucket   = "${{each.key}}-data"\n}}\n'
    )
    return looked(root)


def test_an_instance_never_gets_the_values_of_another_key(tmp_path: Path) -> None:
    graph = keyed(tmp_path, "us", "de").graph
    us = graph.resources['.#aws_s3_bucket.b["us"]']
    assert us.attributes["bucket"].reason == "known after apply"
    assert (us.span.file, us.span.line) == ("main.tf", 5)
    # And the key that was written since is there with its own.
    assert graph.resources['.#aws_s3_bucket.b["de"]'].attributes["bucket"] == "de-data"
    (unread,) = graph.unread
    assert unread.reason == (
        'the plan is older than its sources: aws_s3_bucket.b["us"] is written no more, '
        'aws_s3_bucket.b["de"] is not in the plan'
    )
    graph = keyed(tmp_path, "de", "de").graph
    assert graph.resources['.#aws_s3_bucket.b["de"]'].attributes["bucket"] == "de-data"
    assert not graph.unread


def test_what_a_plan_deletes_is_not_taken_from_its_sources(tmp_path: Path) -> None:
    keyed(tmp_path, "de", "de")
    plan = json.loads((tmp_path / "plan.json").read_text("utf-8"))
    plan["planned_values"] = {"root_module": {}}
    plan["resource_changes"][0]["change"] = {"actions": ["delete"], "after": None}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    assert places(looked(tmp_path)) == {}


def test_a_region_that_the_plan_has_as_a_constant_is_not_that_of_changed_sources(
    tmp_path: Path,
) -> None:
    keyed(tmp_path, "de", "de")
    text = (tmp_path / "main.tf").read_text("utf-8").replace("eu-west-1", "us-east-1")
    (tmp_path / "main.tf").write_text(text)
    report = looked(tmp_path)
    assert places(report) == {'aws_s3_bucket.b["de"]': ["eu-west-1"]}
    (unread,) = report.graph.unread
    assert "provider.aws.region has changed" in unread.reason


def test_of_a_count_of_zero_in_the_plan_nothing_is_left() -> None:
    assert "aws_s3_bucket.optional[0]" in places(looked(FIXTURES / "beside", "main.tf"))
    assert "aws_s3_bucket.optional[0]" not in places(looked(FIXTURES / "beside"))


class Terminal:
    """Runs the command with something on standard input."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, stdin: bytes, *arguments: str) -> tuple[int, str, str]:
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self.capsys.readouterr()
        code = explained(lambda: cli(list(arguments), prog_name="domicile", standalone_mode=False))
        return (code, *self.capsys.readouterr())


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    return Terminal(monkeypatch, capsys)


def test_standard_input_is_a_path_of_every_command(terminal: Terminal) -> None:
    plan = json.dumps(small()).encode()
    code, out, _ = terminal(plan, "scan", "-", "--allow", "US", "-f", "concise")
    assert code == 1
    assert "-:1:" in out
    assert "aws_s3_bucket.b" in out
    code, out, _ = terminal(plan, "inventory", "-", "-f", "json")
    assert code == 0
    assert [r["id"] for r in json.loads(out)["resources"]] == ["-#aws_s3_bucket.b"]
    code, out, _ = terminal(plan, "explain", "aws_s3_bucket.b", "-")
    assert code == 0
    assert "eu-west-1" in out
    for format in ("text", "sarif", "json", "github"):
        code, out, _ = terminal(plan, "scan", "-", "--allow", "US", "-f", format)
        assert (code, "aws_s3_bucket.b" in out) == (1, True)


def test_standard_input_is_matched_with_sources_by_its_names(
    terminal: Terminal, tmp_path: Path
) -> None:
    root = copied("beside", tmp_path)
    plan = (root / "plan.json").read_bytes()
    (root / "plan.json").unlink()
    code, out, _ = terminal(plan, "inventory", "-", "beside", "-f", "json")
    data = json.loads(out)
    assert code == 0
    assert [unit["id"] for unit in data["units"]] == ["beside"]
    assert {r["span"]["file"] for r in data["resources"]} == {
        "beside/main.tf", "beside/modules/store/main.tf",
    }  # fmt: skip


def test_standard_input_that_is_no_plan_is_refused(terminal: Terminal) -> None:
    for stdin, reason in ((b"", "empty: no plan"), (b"hello", "not JSON"), (b"[]", "no Terraform")):
        code, _, err = terminal(stdin, "scan", "-")
        assert code == 2
        assert "nothing could be read in -: -" in err
        assert reason in err


def test_standard_input_without_an_end_is_refused(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("scanner.sources.plan.document", "scanner.cli.options"):
        monkeypatch.setattr(f"{module}.MAX_FILE", 2_000_000)
    code, _, err = terminal(b"{" + b" " * 3_000_000, "scan", "-")
    assert code == 2
    assert "too large to read: the limit is 2 MB" in err


SENSITIVE = {
    "alone": "SYNTHETIC-Xk29-not-a-real-password",
    "azure": "SYNTHETIC-Azure-77-not-real",
    "state": "SYNTHETIC-state-not-real",
    "beside": "SYNTHETIC-beside-not-real",
    "structure": "SYNTHETIC-hunter2",  # repeated by an output that nothing marks
}


@pytest.mark.parametrize("case", SENSITIVE)
def test_a_sensitive_value_is_never_shown(case: str, tmp_path: Path) -> None:
    root = copied(case, tmp_path)
    secret = SENSITIVE[case]
    (root / "expected.json").unlink()
    (file,) = root.glob("*.json")
    data = json.loads(file.read_text("utf-8"))
    assert secret in file.read_text("utf-8")
    for layout in (None, 1):  # one long line, and one value a line
        file.write_text(json.dumps(data, indent=layout))
        report = judged(root, allow=("JP",))
        for format in FORMATS.values():
            assert secret not in format(report)
        for format in INVENTORY.values():
            assert secret not in format(report)


def test_secrets_of_one_length_in_one_resource_are_all_hidden(tmp_path: Path) -> None:
    secrets = [f"SYNTHETIC{letter}8Zr2LmX4vT9wB7nK3" for letter in "qrs"]
    plan = small(variables={"db_password": {"value": secrets[2]}})
    (item,) = plan["planned_values"]["root_module"]["resources"]
    item["values"].update(api_token=secrets[0], admin_password=secrets[1], note=secrets[2])
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    report = judged(tmp_path, allow=("JP",))
    for format in (*FORMATS.values(), *INVENTORY.values()):
        assert not [secret for secret in secrets if secret in format(report)]


def test_sensitive_outputs_and_lines_of_sensitive_texts_are_hidden(tmp_path: Path) -> None:
    root = copied("beside", tmp_path)
    plan = json.loads((root / "plan.json").read_text("utf-8"))
    plan["planned_values"]["outputs"] = {
        "o": {"sensitive": True, "value": {"a": ["SYNTHETIC-one-line\nSYNTHETIC-next-line"]}}
    }
    (root / "plan.json").write_text(json.dumps(plan))
    text = (root / "main.tf").read_text("utf-8")
    text = text.replace('identifier = "main"', 'identifier = "SYNTHETIC-next-line"')
    (root / "main.tf").write_text(text)
    report = judged(root, allow=("JP",))
    for format in (*FORMATS.values(), *INVENTORY.values()):
        assert "SYNTHETIC-next-line" not in format(report)


def test_a_sensitive_number_is_not_used_where_sources_make_it_of_a_variable(
    tmp_path: Path,
) -> None:
    keyed(tmp_path, "de", "de")
    plan = json.loads((tmp_path / "plan.json").read_text("utf-8"))
    plan["variables"] = {"pin": {"value": 424242}, "script": {"value": "run SYNTHETIC-inside"}}
    (item,) = plan["planned_values"]["root_module"]["resources"]
    item["values"].update(pin=424242, script="run SYNTHETIC-inside")
    item["sensitive_values"] = {"pin": True, "script": True}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    text = (tmp_path / "main.tf").read_text("utf-8")
    text = text.replace("bucket   =", "pin = var.pin\n  script = var.script\n  bucket =")
    for name in ("pin", "script"):
        text += f'variable "{name}" {{\n  sensitive = true\n}}\n'
    (tmp_path / "main.tf").write_text(text)
    report = judged(tmp_path, allow=("JP",))
    (bucket,) = report.graph.resources.values()
    assert bucket.attributes["script"] == "run SYNTHETIC-inside"  # rules may look into it
    for format in (*FORMATS.values(), *INVENTORY.values()):
        assert "424242" not in format(report)
        assert "SYNTHETIC-inside" not in format(report)


def test_a_secret_of_a_plan_is_hidden_but_only_a_written_one_is_hard_coded(tmp_path: Path) -> None:
    report = judged(FIXTURES / "alone", allow=("JP",))
    token = "SYNTHETICq8Zr2LmX4vT9wB7nK3"  # given by a variable that is not sensitive
    assert all(token not in format(report) for format in FORMATS.values())
    assert all(token not in format(report) for format in INVENTORY.values())
    assert not [finding for finding in report.findings if finding.rule.id == "DOM301"]
    plan = small()
    (block,) = plan["configuration"]["root_module"]["resources"]
    block["expressions"]["user_data"] = {"constant_value": f"API_TOKEN={token}"}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    report = judged(tmp_path)
    (finding,) = (f for f in report.findings if f.rule.id == "DOM301")
    assert "aws_s3_bucket.b.user_data" in finding.problem.message
    assert all(token not in format(report) for format in FORMATS.values())


BROKEN = {
    "cut off": (json.dumps(small())[:400], "a plan that is cut off"),
    "other version": (json.dumps(small(format_version="2.0")), "format_version 2.0"),
    "no version": (json.dumps({**small(), "format_version": ""}), "no format_version"),
    "no object": (json.dumps(small(planned_values=[])), "'planned_values' is no object"),
    "no list": (json.dumps(small(resource_changes={})), "'resource_changes' is no list"),
    "too deep": (json.dumps(small(checks=json.loads("[" * 300 + "]" * 300))), "nests too deep"),
    "long number": (json.dumps(small()).replace('"b"', "9" * 5000, 1), "not JSON"),
    "log": ('{"@level":"info","@message":"Terraform 1.11.4"}\n{"@level":', "the log of terraform"),
    "empty state": (
        '{"format_version": "1.0", "terraform_version": "1.11.4"}',
        "without resources",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_cannot_be_read_is_named_with_a_hint(what: str, tmp_path: Path) -> None:
    text, reason = BROKEN[what]
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(ScanError, match="nothing could be read") as error:
        judged(tmp_path)
    assert reason in error.value.message
    assert error.value.hint or what == "too deep"


def test_a_binary_plan_is_named_with_the_command_that_shows_it(tmp_path: Path) -> None:
    head = b"PK\x03\x04\x14\x00\x08\x00\x08\x00\xe41z]" + b"\0" * 12 + b"\x06\x00\x09\x00tfplan"
    (tmp_path / "prod.tfplan").write_bytes(head + b"\xf0\x9f" * 100)
    (tmp_path / "odd name").write_bytes(head + b"\xf0\x9f" * 100)
    (tmp_path / "plan.json").write_text(json.dumps(small()))
    (unread,) = looked(tmp_path).graph.unread
    assert unread.path == "prod.tfplan"
    assert "binary" in unread.reason
    assert "terraform show -json" in unread.hint
    with pytest.raises(ScanError, match="odd name: a plan in Terraform's binary form"):
        looked(tmp_path, "odd name")


@pytest.mark.parametrize(("key", "value"), [("errored", True), ("complete", False)])
def test_an_incomplete_plan_says_so(key: str, value: bool, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(small(**{key: value})))
    report = judged(tmp_path, strict=True)
    (unread,) = report.graph.unread
    assert "the plan is incomplete" in unread.reason
    assert list(report.graph.resources) == ["plan.json#aws_s3_bucket.b"]
    assert report.exit_code == 3


def test_resources_of_a_form_that_is_not_known_are_named(tmp_path: Path) -> None:
    plan = small()
    plan["planned_values"]["root_module"]["resources"] += [7, {"address": "aws_s3_bucket.c"}]
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    report = looked(tmp_path)
    assert [unread.reason for unread in report.graph.unread] == [
        "2 of the plan's resources have a form that is not known"
    ]
    assert list(report.graph.resources) == ["plan.json#aws_s3_bucket.b"]


def test_an_incomplete_plan_leaves_what_the_sources_have(tmp_path: Path) -> None:
    root = copied("beside", tmp_path)
    plan = json.loads((root / "plan.json").read_text("utf-8"))
    plan["errored"] = True
    del plan["planned_values"]["root_module"]["child_modules"]
    (root / "plan.json").write_text(json.dumps(plan))
    found = places(looked(root))
    assert found['module.store["b"].aws_s3_bucket.this[0]'] == ["us-east-1"]
    assert "module.queue" in found


def test_a_plan_for_some_resources_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    topic = {"address": "aws_sns_topic.t", "mode": "managed", "type": "aws_sns_topic", "name": "t",
             "provider_name": AWS,
             "values": {"arn": "arn:aws:sns:us-west-1:123456789012:t"}}  # fmt: skip
    state = {"values": {"root_module": {"resources": [topic]}}}
    (tmp_path / "plan.json").write_text(json.dumps(small(complete=False, prior_state=state)))
    assert places(looked(tmp_path))["aws_sns_topic.t"] == ["us-west-1"]


def test_encodings_of_other_systems_are_read(tmp_path: Path) -> None:
    for encoding in ("utf-8-sig", "utf-16"):
        (tmp_path / "plan.json").write_text(json.dumps(small()), encoding=encoding)
        assert places(looked(tmp_path)) == {"aws_s3_bucket.b": ["eu-west-1"]}


def given(plan: dict[str, Any], region: dict[str, Any], **more: Any) -> dict[str, Any]:
    plan["configuration"]["provider_config"]["aws"]["expressions"]["region"] = region
    return {**plan, **more}


def test_a_region_that_the_plan_does_not_tell_stays_unknown(tmp_path: Path) -> None:
    for region, variables in (
        ({"references": ["local.region"]}, {}),
        ({"references": ["var.a", "var.b"]}, {"a": {"value": "eu-west-1"}, "b": {"value": "x"}}),
        ({"references": ["var.env"]}, {"env": {"value": "prod"}}),  # "${var.env == …}"
        ({}, {}),
    ):
        plan = given(small(), region, variables=variables)
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        (bucket,) = looked(tmp_path).graph.resources.values()
        assert [place.status for place in bucket.locations] == ["unknown"], region
        assert bucket.locations[0].region is None


def scaleway(region: str) -> dict[str, Any]:
    """Return a plan of a bucket whose provider reads one variable of some value."""
    name = "registry.terraform.io/scaleway/scaleway"
    text = json.dumps(small()).replace("aws_s3_bucket", "scaleway_object_bucket")
    plan: dict[str, Any] = json.loads(text.replace(AWS, name).replace('"aws"', '"scaleway"'))
    (provider,) = plan["configuration"]["provider_config"].values()
    provider["expressions"]["region"] = {"references": ["var.region"]}
    return {**plan, "variables": {"region": {"value": region}}}


def test_the_provider_of_every_cloud_is_read(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(scaleway("nl-ams")))
    (bucket,) = looked(tmp_path).graph.resources.values()
    assert [(place.region, place.status) for place in bucket.locations] == [("nl-ams", "known")]
    assert [hop.text for hop in bucket.locations[0].trail] == [
        'var.region: "nl-ams"', 'provider "scaleway": region = var.region',
    ]  # fmt: skip
    (tmp_path / "plan.json").write_text(json.dumps(scaleway("nl")))  # "${var.region}-ams"
    (bucket,) = looked(tmp_path).graph.resources.values()
    assert [(place.region, place.status) for place in bucket.locations] == [(None, "unknown")]
    assert bucket.locations[0].trail[-1].text != 'var.region: "nl"'


@pytest.mark.parametrize("region", ["eu-west-3", "nl-ams"])
def test_a_sensitive_region_is_used_whatever_the_cloud(tmp_path: Path, region: str) -> None:
    plan = scaleway(region) if region == "nl-ams" else given(
        small(), {"references": ["var.region"]}, variables={"region": {"value": region}}
    )  # fmt: skip
    plan["configuration"]["root_module"]["variables"] = {"region": {"sensitive": True}}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    assert [r for found in places(looked(tmp_path)).values() for r in found] == [region]


def test_a_sensitive_region_is_used_as_it_is_of_sources(tmp_path: Path) -> None:
    plan = given(
        small(), {"references": ["var.region"]}, variables={"region": {"value": "eu-west-3"}}
    )
    plan["configuration"]["root_module"]["variables"] = {"region": {"sensitive": True}}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    report = judged(tmp_path, allow=("US",))
    assert places(report) == {"aws_s3_bucket.b": ["eu-west-3"]}
    assert all("eu-west-3" in format(report) for format in (FORMATS["json"], FORMATS["text"]))


def test_a_region_that_resources_took_from_the_provider_is_the_provider_s(tmp_path: Path) -> None:
    plan = given(small(), {"references": ["local.region"]})
    region = {"address": "data.aws_region.r", "mode": "data", "type": "aws_region", "name": "r",
              "values": {"region": "eu-north-1"}}  # fmt: skip
    block = {"address": "data.aws_region.r", "mode": "data", "type": "aws_region", "name": "r",
             "provider_config_key": "aws"}  # fmt: skip
    plan["configuration"]["root_module"]["resources"].append(block)
    plan["prior_state"] = {"values": {"root_module": {"resources": [region]}}}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    (bucket,) = looked(tmp_path).graph.resources.values()
    assert [place.region for place in bucket.locations] == ["eu-north-1"]
    assert bucket.locations[0].trail[-1].text == 'data.aws_region.r has region "eu-north-1" of it'


def test_a_module_s_provider_is_never_guessed_among_several(tmp_path: Path) -> None:
    plan = small()
    (item,) = plan["planned_values"]["root_module"].pop("resources")
    (block,) = plan["configuration"]["root_module"].pop("resources")
    item["address"] = "module.m.aws_s3_bucket.b"
    block["provider_config_key"] = "m:aws"  # as older versions write it: listed nowhere
    plan["planned_values"]["root_module"]["child_modules"] = [
        {"address": "module.m", "resources": [item]}
    ]
    plan["configuration"]["root_module"]["module_calls"] = {"m": {"module": {"resources": [block]}}}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    assert places(looked(tmp_path)) == {"module.m.aws_s3_bucket.b": ["eu-west-1"]}
    plan["configuration"]["provider_config"]["aws.us"] = {
        "name": "aws", "full_name": AWS, "alias": "us",
        "expressions": {"region": {"constant_value": "us-east-1"}},
    }  # fmt: skip
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    (bucket,) = looked(tmp_path).graph.resources.values()
    assert [place.status for place in bucket.locations] == ["unknown"]
    assert "several aws providers module.m is given" in bucket.locations[0].trail[-1].text


def test_an_empty_provider_block_of_a_module_is_not_the_provider_of_the_root(
    tmp_path: Path,
) -> None:
    plan = small()
    (item,) = plan["planned_values"]["root_module"].pop("resources")
    (block,) = plan["configuration"]["root_module"].pop("resources")
    item["address"] = "module.m.aws_s3_bucket.b"
    block["provider_config_key"] = "module.m:aws"
    plan["planned_values"]["root_module"]["child_modules"] = [
        {"address": "module.m", "resources": [item]}
    ]
    plan["configuration"]["root_module"]["module_calls"] = {"m": {"module": {"resources": [block]}}}
    plan["configuration"]["provider_config"]["module.m:aws"] = {
        "name": "aws", "full_name": AWS, "module_address": "module.m",
    }  # fmt: skip
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    (bucket,) = looked(tmp_path).graph.resources.values()
    assert [place.status for place in bucket.locations] == ["unknown"]
    assert "empty provider block in module.m" in bucket.locations[0].trail[-1].text
    # Older versions list so what a module merely requires: it is the root's.
    plan["terraform_version"] = "0.15.5"
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    assert places(looked(tmp_path)) == {"module.m.aws_s3_bucket.b": ["eu-west-1"]}


def test_of_a_resource_that_is_unknown_as_a_whole_every_argument_is_unknown(
    tmp_path: Path,
) -> None:
    plan = small()
    plan["resource_changes"][0]["change"]["after_unknown"] = True
    (item,) = plan["planned_values"]["root_module"]["resources"]
    del item["values"]
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    (bucket,) = looked(tmp_path).graph.resources.values()
    assert bucket.attributes["bucket"].reason == "known after apply"


def test_a_deposed_object_in_a_state_is_no_second_resource(tmp_path: Path) -> None:
    state = json.loads((FIXTURES / "state/state.json").read_text("utf-8"))
    resources = state["values"]["root_module"]["resources"]
    resources.append({**resources[0], "deposed_key": "byebye07", "values": {"region": "xx"}})
    (tmp_path / "state.json").write_text(json.dumps(state))
    report = looked(tmp_path)
    assert places(report) == places(looked(FIXTURES / "state"))
    assert not report.graph.unread


def test_a_state_never_stands_for_its_sources(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'provider "aws" {\n  region = "us-east-1"\n}\nresource "aws_db_instance" "main" {}\n'
    )
    shutil.copy(FIXTURES / "state/state.json", tmp_path)
    graph = looked(tmp_path).graph
    for unit, region in ((".", "us-east-1"), ("state.json", "eu-central-1")):
        found = graph.resources[f"{unit}#aws_db_instance.main"]
        assert [place.region for place in found.locations] == [region]
