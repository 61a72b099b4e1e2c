"""Several roots in one scan: environments, remote state, installed modules, given variables."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner import scan
from scanner.errors import UsageError
from scanner.finding import Report
from scanner.model import Resource
from scanner.report import FORMATS, INVENTORY
from scanner.report.view import View
from scanner.settings import Settings
from scanner.sources.terraform.installed import plain

Run = Callable[..., Report]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that writes files and takes stock of them as ``domicile inventory``."""

    def inventory(files: dict[str, str], **options: Any) -> Report:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return scan.inventory(Settings(root=tmp_path, **options))

    return inventory


def one(report: Report, id: str) -> Resource:
    return report.graph.resources[id]


def regions(report: Report, id: str) -> list[tuple[str | None, str]]:
    return [(at.region, at.status) for at in one(report, id).locations]


def reasons(report: Report) -> list[str]:
    return [item.reason for item in report.graph.unread]


PROVIDER = 'provider "aws" {\n  region = var.region\n}\nvariable "region" {}\n'
BUCKET = 'resource "aws_s3_bucket" "a" {}\n'
POLICY = """version: 1
residency:
  - {name: Production in the EEA, where: {paths: ["infra/**"], environments: [prod]}, allow: [EEA]}
terraform:
  - {root: infra, environments: {prod: [envs/prod.tfvars], stage: [envs/stage.tfvars]}}
"""
ENVIRONMENTS = {
    "domicile.yaml": POLICY,
    "infra/main.tf": PROVIDER + BUCKET,
    "infra/envs/prod.tfvars": 'region = "eu-west-1"\n',
    "infra/envs/stage.tfvars": 'region = "us-east-1"\n',
}


# Environments


def test_one_root_is_evaluated_once_for_each_environment(run: Run) -> None:
    report = run(ENVIRONMENTS)
    assert [(u.id, u.path, u.environment) for u in report.graph.units] == [
        ("infra@prod", "infra", "prod"),
        ("infra@stage", "infra", "stage"),
    ]
    assert regions(report, "infra@prod#aws_s3_bucket.a") == [("eu-west-1", "known")]
    assert regions(report, "infra@stage#aws_s3_bucket.a") == [("us-east-1", "known")]


def test_a_chosen_environment_leaves_the_others_out(run: Run) -> None:
    report = run(ENVIRONMENTS, environment="production")
    assert list(report.graph.resources) == ["infra@prod#aws_s3_bucket.a"]


def test_a_residency_binds_the_environment_that_it_names_and_the_folder(run: Run) -> None:
    report = run(ENVIRONMENTS)
    bound = {
        id: [residency.name for residency in report.policy.residencies(resource)]
        for id, resource in report.graph.resources.items()
    }
    assert bound == {
        "infra@prod#aws_s3_bucket.a": ["Production in the EEA"],
        "infra@stage#aws_s3_bucket.a": [],
    }


def test_a_finding_says_in_which_environment_it_is(tmp_path: Path, run: Run) -> None:
    run(ENVIRONMENTS)
    policy = ENVIRONMENTS["domicile.yaml"].replace("environments: [prod]", "environments: [stage]")
    (tmp_path / "domicile.yaml").write_text(policy)
    report = scan.run(Settings(root=tmp_path))
    assert [f.problem.message.partition(":")[0] for f in report.findings] == ["in stage"]


def test_a_root_of_the_policy_that_is_none_is_noted(run: Run) -> None:
    report = run({**ENVIRONMENTS, "domicile.yaml": POLICY.replace("root: infra", "root: infar")})
    assert [u.id for u in report.graph.units] == ["infra"]
    assert "the policy's terraform root 'infar' holds no Terraform of this scan" in report.notes


def test_a_variable_file_of_an_environment_that_is_missing_is_named(run: Run) -> None:
    files = {**ENVIRONMENTS}
    del files["infra/envs/stage.tfvars"]
    with pytest.raises(UsageError, match=r"infra/envs/stage\.tfvars"):
        run(files)


def test_strings_of_a_root_with_environments_are_listed_once(run: Run) -> None:
    files = {**ENVIRONMENTS, "infra/name.tf": 'locals {\n  name = "registry"\n}\n'}
    report = run(files)
    assert [s.unit for s in report.graph.strings if s.value == "registry"] == ["infra"]


# Remote state

READER = """data "terraform_remote_state" "net" {
  backend = "s3"
  config = {
    bucket = "states"
    key    = "net/terraform.tfstate"
    region = "eu-west-1"
  }
}
provider "aws" {
  region = data.terraform_remote_state.net.outputs.region
}
resource "aws_sqs_queue" "q" {
  name = data.terraform_remote_state.net.outputs.names[0]
}
"""
KEEPER = """terraform {
  backend "s3" {
    bucket = "states"
    key    = "net/terraform.tfstate"
  }
}
provider "aws" {
  region = local.region
}
locals {
  region = "eu-west-3"
}
resource "aws_s3_bucket" "a" {
  bucket = "landing"
}
output "region" {
  value = local.region
}
output "names" {
  value = [aws_s3_bucket.a.bucket]
}
"""


def test_the_outputs_of_another_root_are_followed_through_its_state(run: Run) -> None:
    report = run({"net/main.tf": KEEPER, "app/main.tf": READER})
    assert regions(report, "app#aws_sqs_queue.q") == [("eu-west-3", "known")]
    queue = one(report, "app#aws_sqs_queue.q")
    assert queue.attributes["name"] == "landing"
    hops = [(hop.span.file, hop.span.line) for hop in queue.locations[0].trail]
    assert hops == [("net/main.tf", 11), ("net/main.tf", 17), ("app/main.tf", 10)]
    references = {(r.path, r.target) for r in report.graph.references[queue.id]}
    assert ("name", "net#aws_s3_bucket.a") in references


def test_a_state_that_no_root_keeps_is_unknown_and_says_which(run: Run) -> None:
    report = run({"app/main.tf": READER})
    (place,) = one(report, "app#aws_sqs_queue.q").locations
    assert place.status == "unknown"
    assert "s3 bucket 'states', key 'net/terraform.tfstate'" in place.trail[-1].text


@pytest.mark.parametrize(
    ("backend", "kind", "config"),
    [
        ("", "local", 'path = "../net/terraform.tfstate"'),
        ('backend "local" {\n path = "state/net.tfstate"\n}', "local",
         'path = "${path.module}/../net/state/net.tfstate"'),
        ('backend "gcs" {\n bucket = "b"\n prefix = "net/"\n}', "gcs",
         'bucket = "b"\n prefix = "net"'),
        ('backend "azurerm" {\n storage_account_name = "a"\n container_name = "c"\n key = "k"\n}',
         "azurerm", 'storage_account_name = "a"\n container_name = "c"\n key = "k"'),
        ('cloud {\n organization = "acme"\n workspaces {\n name = "net"\n }\n}', "remote",
         'organization = "acme"\n workspaces = { name = "net" }'),
        ('backend "http" {\n address = "https://state.example/net"\n}', "http",
         'address = "https://state.example/net"'),
    ],
)  # fmt: skip
def test_every_backend_tells_its_states_apart(
    run: Run, backend: str, kind: str, config: str
) -> None:
    keeper = f'terraform {{\n{backend}\n}}\noutput "region" {{\n  value = "eu-west-3"\n}}\n'
    reader = f'''data "terraform_remote_state" "net" {{
  backend = "{kind}"
  config = {{
    {config}
  }}
}}
resource "aws_sqs_queue" "q" {{
  region = data.terraform_remote_state.net.outputs.region
}}
'''
    other = keeper.replace("eu-west-3", "us-east-1").replace("net", "else").replace('"k"', '"l"')
    report = run({"net/main.tf": keeper, "app/main.tf": reader, "else/main.tf": other})
    assert regions(report, "app#aws_sqs_queue.q") == [("eu-west-3", "known")]


def test_a_partial_backend_makes_a_candidate_not_a_fact(run: Run) -> None:
    keeper = KEEPER.replace('    bucket = "states"\n', "")
    report = run({"net/main.tf": keeper, "app/main.tf": READER})
    assert regions(report, "app#aws_sqs_queue.q") == [("eu-west-3", "candidate")]


def test_the_state_of_the_same_environment_is_read(run: Run) -> None:
    roots = "".join(
        f"  - {{root: {root}, environments: {{prod: [prod.tfvars], stage: [stage.tfvars]}}}}\n"
        for root in ("net", "app")
    )
    keeper = KEEPER.replace('  region = "eu-west-3"', "  region = var.region")
    files = {
        "domicile.yaml": f"version: 1\nterraform:\n{roots}",
        "net/main.tf": keeper + 'variable "region" {}\n',
        "net/prod.tfvars": 'region = "eu-west-1"\n',
        "net/stage.tfvars": 'region = "eu-west-2"\n',
        "app/main.tf": READER,
        "app/prod.tfvars": "",
        "app/stage.tfvars": "",
    }
    report = run(files)
    assert regions(report, "app@prod#aws_sqs_queue.q") == [("eu-west-1", "known")]
    assert regions(report, "app@stage#aws_sqs_queue.q") == [("eu-west-2", "known")]


def test_the_state_of_another_environment_is_a_candidate(run: Run) -> None:
    keeper = KEEPER.replace('  region = "eu-west-3"', "  region = var.region")
    policy = "version: 1\nterraform:\n  - {root: net, environments: {prod: [prod.tfvars]}}\n"
    files = {
        "domicile.yaml": policy,
        "net/main.tf": keeper + 'variable "region" {}\n',
        "net/prod.tfvars": 'region = "eu-west-1"\n',
        "app/main.tf": READER,
    }
    assert regions(run(files), "app#aws_sqs_queue.q") == [("eu-west-1", "candidate")]


def test_defaults_stand_for_outputs_that_the_root_does_not_have(run: Run) -> None:
    reader = READER.replace(
        '  backend = "s3"\n', '  backend  = "s3"\n  defaults = { zone = "z" }\n'
    )
    reader = reader.replace("outputs.names[0]", "outputs.zone")
    report = run({"net/main.tf": KEEPER, "app/main.tf": reader})
    assert one(report, "app#aws_sqs_queue.q").attributes["name"] == "z"


def test_two_roots_that_read_each_other_end(run: Run) -> None:
    other = READER.replace("net/terraform", "app/terraform").replace(
        "aws_sqs_queue", "aws_sns_topic"
    )
    keeper = 'terraform {\n  backend "s3" {\n    bucket = "states"\n    key = "%s/terraform.tfstate"\n  }\n}\n'
    out = 'output "region" {\n  value = data.terraform_remote_state.net.outputs.region\n}\n'
    report = run({
        "net/main.tf": keeper % "net" + other + out,
        "app/main.tf": keeper % "app" + READER + out,
    })  # fmt: skip
    assert regions(report, "app#aws_sqs_queue.q")[0][1] == "unknown"


# Modules that terraform init installed, and vendored ones

CALL = """provider "aws" {
  region = "eu-west-1"
}
module "store" {
  source  = "acme/store/aws"
  version = "1.0.0"
  name    = "landing"
}
"""
STORE = """variable "name" {}
resource "aws_s3_bucket" "b" {
  bucket = var.name
  region = "us-east-2"
}
module "inner" {
  source = "./modules/inner"
}
module "deep" {
  source = "git::https://git.example/acme/deep.git?ref=v1"
}
output "region" {
  value = aws_s3_bucket.b.region
}
"""


def manifest(*entries: tuple[str, str, str]) -> str:
    return json.dumps({"Modules": [{"Key": k, "Source": s, "Dir": d} for k, s, d in entries]})


INSTALLED = {
    "net/main.tf": CALL,
    "net/.terraform/modules/modules.json": manifest(
        ("", "", "."),
        ("store", "registry.terraform.io/acme/store/aws", ".terraform/modules/store"),
        ("store.inner", "./modules/inner", ".terraform/modules/store/modules/inner"),
        ("store.deep", "git::https://git.example/acme/deep.git?ref=v1",
         ".terraform/modules/store.deep"),
    ),
    "net/.terraform/modules/store/main.tf": STORE,
    "net/.terraform/modules/store/modules/inner/main.tf": 'resource "aws_sqs_queue" "q" {}\n',
    "net/.terraform/modules/store.deep/main.tf": 'resource "aws_sns_topic" "t" {}\n',
}  # fmt: skip


def test_installed_modules_are_read_at_every_depth(run: Run) -> None:
    report = run(INSTALLED)
    assert [unit.id for unit in report.graph.units] == ["net"]
    assert list(report.graph.resources) == [
        "net#module.store.aws_s3_bucket.b",
        "net#module.store.module.inner.aws_sqs_queue.q",
        "net#module.store.module.deep.aws_sns_topic.t",
    ]
    assert regions(report, "net#module.store.aws_s3_bucket.b") == [("us-east-2", "known")]
    assert one(report, "net#module.store.aws_s3_bucket.b").attributes["bucket"] == "landing"
    assert not reasons(report)


def test_what_an_installed_module_declares_stands_at_its_call(run: Run) -> None:
    resource = one(run(INSTALLED), "net#module.store.module.deep.aws_sns_topic.t")
    assert (resource.span.file, resource.span.line) == ("net/main.tf", 4)
    bucket = one(run(INSTALLED), "net#module.store.aws_s3_bucket.b")
    assert (bucket.at("region").file, bucket.at("region").line) == ("net/main.tf", 4)
    assert bucket.locations[0].trail[-1].span.file == "net/.terraform/modules/store/main.tf"


def test_secrets_of_installed_modules_are_not_the_repositorys_own(run: Run) -> None:
    files = {**INSTALLED}
    files["net/.terraform/modules/store/main.tf"] += 'locals {\n  text = "theirs"\n}\n'
    assert "theirs" not in {string.value for string in run(files).graph.strings}


def test_an_installed_module_of_another_source_is_not_used_and_named(run: Run) -> None:
    files = {**INSTALLED}
    files["net/main.tf"] = CALL.replace("acme/store/aws", "acme/vault/aws")
    report = run(files)
    assert list(report.graph.resources) == ["net#module.store"]
    assert len(reasons(report)) == 1
    assert "'acme/vault/aws': the copy is not used" in reasons(report)[0]


def test_an_installed_copy_without_a_module_is_named(run: Run) -> None:
    files = {name: text for name, text in INSTALLED.items() if "store.deep/" not in name}
    files["net/.terraform/modules/store.deep/README.md"] = "No module.\n"
    report = run(files)
    assert one(report, "net#module.store.module.deep").kind == "module"
    assert reasons(report) == [
        "module.deep: there is no module to read in its copy 'net/.terraform/modules/store.deep'"
    ]


def test_what_is_wrong_in_an_installed_module_is_named(run: Run) -> None:
    files = {**INSTALLED}
    files["net/.terraform/modules/store.deep/broken.tf"] = 'resource "aws_sqs_queue" {\n'
    report = run(files)
    assert [item.path for item in report.graph.unread] == [
        "net/.terraform/modules/store.deep/broken.tf"
    ]


@pytest.mark.parametrize("text", ["{", "[]", '{"Modules": 1}', '{"Modules": [1]}', "\0"])
def test_a_broken_list_of_modules_is_named_or_empty(run: Run, text: str) -> None:
    files = {"net/main.tf": CALL, "net/.terraform/modules/modules.json": text}
    report = run(files)
    assert list(report.graph.resources) == ["net#module.store"]
    assert text == '{"Modules": [1]}' or "list of modules" in reasons(report)[0]


def test_an_installed_module_outside_the_tree_is_not_read(run: Run, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside" / ".terraform"
    outside.mkdir(parents=True)
    (outside / "main.tf").write_text('resource "aws_sqs_queue" "q" {}\n')
    files = {
        "net/main.tf": CALL,
        "net/.terraform/modules/modules.json": manifest(
            ("store", "acme/store/aws", f"../../{outside.parent.name}/.terraform")
        ),
    }
    assert list(run(files).graph.resources) == ["net#module.store"]


@pytest.mark.parametrize(
    ("source", "folder"),
    [
        ("acme/store/aws", "vendor/acme/store/aws"),
        ("acme/store/aws", "net/vendor/terraform-aws-store"),
        ("acme/store/aws//modules/one", "third_party/acme/terraform-aws-store/modules/one"),
        ("git::https://git.example/acme/store.git?ref=v1", "vendor/git.example/acme/store"),
        ("git@git.example:acme/store.git//one", "vendor/acme/store/one"),
    ],
)
def test_a_vendored_copy_serves(run: Run, source: str, folder: str) -> None:
    files = {
        "net/main.tf": CALL.replace("acme/store/aws", source),
        f"{folder}/main.tf": 'variable "name" {}\nresource "aws_sqs_queue" "q" {}\n',
    }
    report = run(files)
    assert list(report.graph.resources) == ["net#module.store.aws_sqs_queue.q"]
    assert one(report, "net#module.store.aws_sqs_queue.q").span.file == f"{folder}/main.tf"


def test_sources_are_compared_without_their_version_and_scheme() -> None:
    same = [
        "git::https://github.com/acme/store.git?ref=v1",
        "github.com/acme/store",
        "git@github.com:acme/store.git",
        "git::ssh://git@github.com/acme/store.git",
        "https://github.com/acme/store.git",
    ]
    assert {plain(source) for source in same} == {"github.com/acme/store"}
    assert plain("registry.opentofu.org/acme/store/aws") == "acme/store/aws"
    assert plain("acme/store/aws//modules/x/") == "acme/store/aws//modules/x"


# Variables from elsewhere


def test_variables_of_the_environment_are_the_weakest(run: Run) -> None:
    files = {"main.tf": PROVIDER + BUCKET}
    environ = (("region", "eu-west-2"), ("stranger", "x"))
    assert regions(run(files, environ=environ), ".#aws_s3_bucket.a") == [("eu-west-2", "known")]
    files["terraform.tfvars"] = 'region = "eu-west-3"\n'
    assert regions(run(files, environ=environ), ".#aws_s3_bucket.a") == [("eu-west-3", "known")]


@pytest.mark.parametrize(
    ("type", "text", "expected"),
    [
        ("", "007", "007"),
        ("type = string", "1.0", "1.0"),
        ("type = string", '["a"]', '["a"]'),
        ("type = number", "12", 12),
        ("type = bool", "true", True),
        ("type = list(string)", '["a", "b"]', ["a", "b"]),
        ("type = map(string)", "{ a = 1 }", {"a": "1"}),
        ("type = any", '{ a = upper("x") }', {"a": "X"}),
    ],
)
def test_a_given_text_is_read_as_the_type_says(
    run: Run, type: str, text: str, expected: object
) -> None:
    files = {
        "main.tf": f'variable "v" {{\n{type}\n}}\nresource "aws_s3_bucket" "a" {{\n  x = var.v\n}}\n'
    }
    report = run(files, variables=(("v", text),))
    assert one(report, ".#aws_s3_bucket.a").attributes["x"] == expected


def test_a_given_text_that_is_no_expression_is_unknown(run: Run) -> None:
    files = {
        "main.tf": 'variable "v" {\n  type = list(string)\n}\n'
        'resource "aws_s3_bucket" "a" {\n  x = var.v\n}\n'
    }
    report = run(files, variables=(("v", '["a"'),))
    assert "is no expression" in one(report, ".#aws_s3_bucket.a").attributes["x"].reason


def test_sensitive_values_are_in_no_report(run: Run) -> None:
    files = {
        "main.tf": 'variable "pw" {\n  sensitive = true\n}\n'
        'resource "aws_db_instance" "a" {\n  password = "${var.pw}-1"\n  region = "eu-west-1"\n}\n'
    }
    report = run(files, variables=(("pw", "four plain little words"),))
    assert "plain little" in str(one(report, ".#aws_db_instance.a").attributes)
    for form in (*FORMATS.values(), *INVENTORY.values()):
        assert "plain little" not in form(report, View())


def test_a_sensitive_word_stays_in_the_name_of_a_resource(run: Run) -> None:
    database = """variable "engine" {
  default   = "postgres"
  sensitive = true
}
variable "seed" {
  sensitive = true
}
resource "aws_db_instance" "postgres" {
  engine    = var.engine
  user_data = base64encode(var.seed)
  region    = "eu-west-1"
}
"""
    report = run({"main.tf": database}, variables=(("seed", "moss-and-fern-9"),))
    text = INVENTORY["json"](report, View())
    assert '"id": ".#aws_db_instance.postgres"' in text
    assert '"engine": "[redacted]"' in text
    assert '"user_data": "[redacted]"' in text


def test_secrets_that_are_given_as_variables_are_in_no_report(run: Run) -> None:
    database = """variable "one" {}
variable "two" {}
variable "class" {}
resource "aws_db_instance" "a" {
  password       = var.one
  instance_class = var.class
  region         = "eu-west-1"
}
resource "aws_db_instance" "b" {
  password = var.two
  region   = "eu-west-1"
}
"""
    one, two = "Xk29fQz81mLp77", "pW83hTr52nVc66"  # synthetic
    given = (("one", one), ("two", two), ("class", "db.t3.micro"))
    report = run({"main.tf": database}, variables=given)
    for form in (*FORMATS.values(), *INVENTORY.values()):
        text = form(report, View())
        assert one not in text
        assert two not in text
    assert '"instance_class": "db.t3.micro"' in INVENTORY["json"](report, View())


def test_a_sensitive_region_is_still_named(run: Run) -> None:
    region = 'variable "region" {\n  default = "eu-west-1"\n  sensitive = true\n}\n'
    report = run({"main.tf": PROVIDER.partition("variable")[0] + region + BUCKET})
    assert report.graph.sensitive == ()
    assert regions(report, ".#aws_s3_bucket.a") == [("eu-west-1", "known")]


# Validation


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('contains(["eu-west-1", "eu-west-3"], var.region)', ["eu-west-1", "eu-west-3"]),
        ("contains(local.allowed, var.region)", ["eu-west-1", "eu-west-2"]),
        ('var.region == "eu-west-1" || "eu-west-3" == var.region', ["eu-west-1", "eu-west-3"]),
        ('var.region != "" && contains(["eu-west-1"], var.region)', ["eu-west-1"]),
        ('can(regex("^(eu-west-1|eu-west-2)$", var.region))', ["eu-west-1", "eu-west-2"]),
        ('can(regex("^eu-west-1$", var.region))', ["eu-west-1"]),
        ('can(regex("eu-west-1", var.region))', None),
        ('can(regex("^eu-", var.region))', None),
        ('can(regex("^eu.west.1$", var.region))', None),
        ("length(var.region) > 0", None),
        ('!contains(["us-east-1"], var.region)', None),
        ('var.region == "eu-west-1" || length(var.region) > 3', None),
    ],
)
def test_a_validation_bounds_a_variable(
    run: Run, condition: str, expected: list[str] | None
) -> None:
    region = (
        f'variable "region" {{\n  validation {{\n    condition = {condition}\n  }}\n}}\n'
        'locals {\n  allowed = ["eu-west-1", "eu-west-2"]\n}\n'
    )
    report = run({"main.tf": PROVIDER.partition("variable")[0] + region + BUCKET})
    found = regions(report, ".#aws_s3_bucket.a")
    if expected is None:
        assert [status for _, status in found] == ["unknown"]
    else:
        assert found == [(name, "candidate") for name in expected]


def test_several_validations_hold_together(run: Run) -> None:
    region = """variable "region" {
  validation {
    condition = contains(["eu-west-1", "eu-west-2"], var.region)
  }
  validation {
    condition = contains(["eu-west-2", "eu-west-3"], var.region)
  }
}
"""
    report = run({"main.tf": PROVIDER.partition("variable")[0] + region + BUCKET})
    assert regions(report, ".#aws_s3_bucket.a") == [("eu-west-2", "candidate")]


def test_variable_files_that_are_not_loaded_join_what_a_validation_allows(run: Run) -> None:
    region = (
        'variable "region" {\n  validation {\n'
        '    condition = contains(["eu-west-1", "eu-west-2"], var.region)\n  }\n}\n'
    )
    files = {
        "main.tf": PROVIDER.partition("variable")[0] + region + BUCKET,
        "prod.tfvars": 'region = "eu-west-2"\n',
    }
    found = regions(run(files), ".#aws_s3_bucket.a")
    assert sorted(found) == [("eu-west-1", "candidate"), ("eu-west-2", "candidate")]
