"""Modules, variables, instances, providers: what Terraform would make of a configuration."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import UsageError
from scanner.model import Declaration, Unknown
from scanner.settings import Settings
from scanner.sources import terraform
from scanner.sources.source import Input, Reading

Read = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that writes files and reads them as one scan."""

    def run(files: dict[str, str], *, chosen: tuple[str, ...] = (), **options: Any) -> Reading:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        folders = {
            os.path.relpath(folder, tmp_path).replace(os.sep, "/"): names
            for folder, _, names in os.walk(tmp_path)
        }
        inputs = [
            Input(i.source, i.unit, i.path, i.files, None, chosen)
            for i in terraform.claims(folders)
        ]
        return terraform.read(inputs, Settings(root=tmp_path, **options))

    return run


def found(reading: Reading, address: str) -> Declaration:
    matches = [d for d in reading.declarations if d.address == address]
    assert len(matches) == 1, [d.address for d in reading.declarations]
    return matches[0]


def addresses(reading: Reading) -> list[str]:
    return [d.address for d in reading.declarations]


BUCKET = 'resource "aws_s3_bucket" "a" {\n  bucket = var.name\n}\n'
NAME = 'variable "name" {\n  default = "from-default"\n}\n'


def value(reading: Reading, path: str = "bucket", address: str = "aws_s3_bucket.a") -> Any:
    return found(reading, address).attributes[path]


# Variables


def test_a_default_is_used_where_nothing_else_says_anything(read: Read) -> None:
    assert value(read({"main.tf": BUCKET + NAME})) == "from-default"


def test_a_variable_without_a_default_is_unknown_and_says_why(read: Read) -> None:
    found = value(read({"main.tf": BUCKET + 'variable "name" {}\n'}))
    assert isinstance(found, Unknown)
    assert found.reason == "variable 'name' has no default"
    assert found.expression == "var.name"
    assert found.candidates is None


def test_variable_files_win_in_terraforms_order(read: Read) -> None:
    files = {
        "main.tf": BUCKET + NAME,
        "terraform.tfvars": 'name = "from-tfvars"\n',
    }
    assert value(read(files)) == "from-tfvars"
    files["a.auto.tfvars"] = 'name = "from-a"\n'
    files["b.auto.tfvars.json"] = '{"name": "from-b"}'
    assert value(read(files)) == "from-b"
    files["envs/prod.tfvars"] = 'name = "from-prod"\n'
    assert value(read(files)) == "from-b"
    assert value(read(files, chosen=("envs/prod.tfvars",))) == "from-prod"
    assert value(read(files, variables=(("name", "from-option"),))) == "from-option"
    files["other.tfvars"] = 'name = "from-other"\n'
    both = read(files, chosen=("envs/prod.tfvars",), var_files=("other.tfvars",))
    assert value(both) == "from-other"


def test_a_variable_file_that_nothing_loads_gives_candidates(read: Read) -> None:
    files = {
        "main.tf": BUCKET + 'variable "name" {}\n',
        "envs/prod.tfvars": 'name = "prod"\n',
        "envs/stage.tfvars": 'name = "stage"\n',
    }
    found = value(read(files))
    assert isinstance(found, Unknown)
    assert found.candidates == ("prod", "stage")
    files["main.tf"] = BUCKET + NAME
    found = value(read(files))
    assert isinstance(found, Unknown)
    assert found.candidates == ("from-default", "prod", "stage")


def test_variable_files_that_all_say_what_the_default_says_leave_no_doubt(read: Read) -> None:
    files = {"main.tf": BUCKET + NAME, "envs/prod.tfvars": 'name = "from-default"\n'}
    assert value(read(files)) == "from-default"


def test_a_validation_that_lists_the_values_bounds_a_variable(read: Read) -> None:
    variable = (
        'variable "name" {\n  validation {\n'
        '    condition     = contains(["x", "y"], var.name)\n    error_message = "no"\n  }\n}\n'
    )
    found = value(read({"main.tf": BUCKET + variable}))
    assert isinstance(found, Unknown)
    assert found.candidates == ("x", "y")


def test_a_variable_file_that_does_not_exist_is_refused(read: Read) -> None:
    with pytest.raises(UsageError, match=r"gone\.tfvars"):
        read({"main.tf": BUCKET + NAME}, var_files=("gone.tfvars",))


def test_types_convert_and_optional_attributes_have_their_defaults(read: Read) -> None:
    text = """
variable "settings" {
  type = object({
    region = optional(string, "eu-west-1")
    size   = number
    tags   = optional(map(string), {})
  })
  default = { size = "3" }
}
resource "aws_s3_bucket" "a" {
  bucket = var.settings.region
  size   = var.settings.size
  tags   = var.settings.tags
}
"""
    reading = read({"main.tf": text})
    assert value(reading) == "eu-west-1"
    assert value(reading, "size") == 3
    assert value(reading, "tags") == {}


@pytest.mark.parametrize(
    ("type", "written", "expected"),
    [
        ("map(any)", '{ a = 1, b = "x", c = true }', {"a": "1", "b": "x", "c": "true"}),
        (
            "map(map(any))",
            '{ a = { asn = 65112, ip = "192.0.2.1" }, b = { asn = 1 } }',
            {"a": {"asn": "65112", "ip": "192.0.2.1"}, "b": {"asn": "1"}},
        ),
        ("list(any)", '[{ a = 1 }, { b = "q" }]', [{"a": "1"}, {"b": "q"}]),
        ("map(any)", '{ x = [1, 2], y = ["a"] }', {"x": ["1", "2"], "y": ["a"]}),
        ("map(any)", '{ x = null, y = "a", z = 1 }', {"x": None, "y": "a", "z": "1"}),
        ("set(any)", '[1, "a", "1"]', ["1", "a"]),
        ("object({ m = optional(map(any), { a = 1, b = true, c = \"x\" }) })", "{}",
         {"m": {"a": "1", "b": "true", "c": "x"}}),
        ("any", '{ a = 1, b = "x" }', {"a": 1, "b": "x"}),
        ("object({ a = any, b = any })", '{ a = 1, b = "x" }', {"a": 1, "b": "x"}),
        ("map(any)", "{ a = 1, b = 2 }", {"a": 1, "b": 2}),
    ],
)  # fmt: skip
def test_any_in_a_collection_is_one_type_for_all(
    read: Read, type: str, written: str, expected: Any
) -> None:
    variable = f'variable "name" {{\n  type = {type}\n  default = {written}\n}}\n'
    assert value(read({"main.tf": BUCKET + variable})) == expected


def test_a_list_or_map_by_type_is_never_equal_to_one_that_is_written_out(read: Read) -> None:
    text = """
variable "list" {
  type    = list(string)
  default = []
}
variable "profiles" {
  type    = map(object({ rules = optional(map(string), {}) }))
  default = { p = {} }
}
variable "free" {
  default = []
}
resource "aws_s3_bucket" "a" {
  bucket = var.list == [] ? "no list" : "list"
  free   = var.free == []
  made   = concat(var.list, []) == []
}
resource "aws_s3_bucket" "each" {
  for_each = { for key, profile in var.profiles : key => 1 if profile.rules != {} }
}
"""
    reading = read({"main.tf": text})
    assert value(reading) == "list"
    assert value(reading, "free") is True
    assert value(reading, "made") is True
    assert found(reading, 'aws_s3_bucket.each["p"]')


def test_any_in_a_collection_cannot_be_two_types(read: Read) -> None:
    variable = 'variable "name" {\n  type = map(any)\n  default = { x = [1], y = "a" }\n}\n'
    found = value(read({"main.tf": BUCKET + variable}))
    assert isinstance(found, Unknown)
    assert "no type in common" in found.reason


def test_null_takes_the_default_only_where_the_variable_is_not_nullable(read: Read) -> None:
    module = 'variable "name" {\n  default  = "d"\n  nullable = NULLABLE\n}\n' + BUCKET
    call = 'module "m" {\n  source = "./m"\n  name = null\n}\n'
    address = "module.m.aws_s3_bucket.a"
    for nullable, expected in (("false", "d"), ("true", None)):
        reading = read({"main.tf": call, "m/main.tf": module.replace("NULLABLE", nullable)})
        assert found(reading, address).attributes["bucket"] == expected


# Instances


def test_no_instances_are_an_empty_map_or_an_empty_list(read: Read) -> None:
    text = """
resource "aws_s3_bucket" "none" {
  for_each = {}
}
resource "aws_s3_bucket" "zero" {
  count = 0
}
module "none" {
  source   = "./m"
  for_each = toset([])
}
resource "aws_s3_bucket" "a" {
  bucket = jsonencode(merge(aws_s3_bucket.none, module.none, { a = 1 }))
  zero   = concat(aws_s3_bucket.zero, ["x"])
}
"""
    reading = read({"main.tf": text, "m/main.tf": ""})
    assert value(reading) == '{"a":1}'
    assert value(reading, "zero") == ["x"]


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ('"eu-west-1"', "arn:aws:s3:::b/*"),
        ('"cn-north-1"', "arn:aws-cn:s3:::b/*"),
        ("var.region", None),
    ],
)
def test_the_arn_of_a_bucket_is_its_partition_and_its_name(
    read: Read, region: str, expected: str | None
) -> None:
    text = f"""
variable "region" {{
}}
provider "aws" {{
  region = {region}
}}
resource "aws_s3_bucket" "b" {{
  bucket = "b"
}}
resource "aws_s3_bucket" "prefixed" {{
  bucket_prefix = "b-"
}}
resource "aws_iam_policy" "p" {{
  named    = "${{aws_s3_bucket.b.arn}}/*"
  prefixed = aws_s3_bucket.prefixed.arn
}}
"""
    attributes = found(read({"main.tf": text}), "aws_iam_policy.p").attributes
    if expected is None:
        assert isinstance(attributes["named"], Unknown)
    else:
        assert attributes["named"] == expected
    assert isinstance(attributes["prefixed"], Unknown)


def test_a_slice_of_an_unknown_list_is_as_long_as_the_call_says(read: Read) -> None:
    text = """
data "aws_availability_zones" "all" {}
locals {
  zones = slice(data.aws_availability_zones.all.names, 0, 3)
}
resource "aws_subnet" "a" {
  count             = length(local.zones)
  cidr_block        = cidrsubnet("10.0.0.0/16", 8, count.index)
  availability_zone = local.zones[count.index]
}
"""
    reading = read({"main.tf": text})
    blocks = [value(reading, "cidr_block", f"aws_subnet.a[{n}]") for n in range(3)]
    assert blocks == ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]
    zone = value(reading, "availability_zone", "aws_subnet.a[2]")
    assert isinstance(zone, Unknown)


def test_count_and_for_each_make_instances_with_terraforms_addresses(read: Read) -> None:
    text = """
resource "aws_s3_bucket" "two" {
  count  = 2
  bucket = "b-${count.index}"
}
resource "aws_s3_bucket" "each" {
  for_each = { eu = "eu-west-1", "us.east" = "us-east-1" }
  bucket   = "${each.key}-${each.value}"
}
resource "aws_s3_bucket" "none" {
  count = 0
}
resource "aws_s3_bucket" "set" {
  for_each = toset(["b", "a", "b"])
  bucket   = each.value
}
"""
    reading = read({"main.tf": text})
    assert addresses(reading) == [
        "aws_s3_bucket.two[0]",
        "aws_s3_bucket.two[1]",
        'aws_s3_bucket.each["eu"]',
        'aws_s3_bucket.each["us.east"]',
        'aws_s3_bucket.set["a"]',
        'aws_s3_bucket.set["b"]',
    ]
    assert value(reading, address="aws_s3_bucket.two[1]") == "b-1"
    assert value(reading, address='aws_s3_bucket.each["us.east"]') == "us.east-us-east-1"


def test_an_unknown_number_of_instances_is_one_that_stands_for_all(read: Read) -> None:
    text = """
variable "names" { type = set(string) }
variable "make" { type = bool }
resource "aws_s3_bucket" "any" {
  for_each = var.names
  bucket   = each.value
}
resource "aws_s3_bucket" "maybe" {
  count  = var.make ? 1 : 0
  bucket = "fixed"
}
"""
    reading = read({"main.tf": text})
    assert addresses(reading) == ["aws_s3_bucket.any[*]", "aws_s3_bucket.maybe[0]"]
    assert isinstance(value(reading, address="aws_s3_bucket.any[*]"), Unknown)
    assert value(reading, address="aws_s3_bucket.maybe[0]") == "fixed"


def test_a_million_instances_are_one(read: Read) -> None:
    reading = read({"main.tf": 'resource "aws_s3_bucket" "a" {\n  count = 1000000\n}\n'})
    assert addresses(reading) == ["aws_s3_bucket.a[*]"]


def test_dynamic_blocks_are_lists_of_dicts_like_written_ones(read: Read) -> None:
    text = """
locals { rules = { a = 1, b = 2 } }
resource "aws_x" "a" {
  rule {
    name = "written"
  }
  dynamic "rule" {
    for_each = local.rules
    iterator = it
    content {
      name = it.key
      inner {
        size = it.value
      }
    }
  }
  lifecycle { prevent_destroy = true }
  depends_on = [aws_y.b]
}
resource "aws_y" "b" {}
"""
    assert found(read({"main.tf": text}), "aws_x.a").attributes == {
        "rule": [
            {"name": "written"},
            {"name": "a", "inner": [{"size": 1}]},
            {"name": "b", "inner": [{"size": 2}]},
        ]
    }


# Modules

CHILD = 'variable "name" {}\n' + BUCKET + 'output "id" {\n  value = aws_s3_bucket.a.bucket\n}\n'


def test_modules_get_arguments_and_give_outputs(read: Read) -> None:
    root = """
module "a" {
  source   = "./modules/child"
  for_each = { eu = "eu-bucket", us = "us-bucket" }
  name     = each.value
}
resource "aws_s3_object" "o" {
  bucket = module.a["us"].id
  all    = [for k, m in module.a : m.id]
}
"""
    reading = read({"main.tf": root, "modules/child/main.tf": CHILD})
    assert value(reading, address='module.a["eu"].aws_s3_bucket.a') == "eu-bucket"
    assert value(reading, address="aws_s3_object.o") == "us-bucket"
    assert value(reading, "all", "aws_s3_object.o") == ["eu-bucket", "us-bucket"]
    assert [unit.id for unit in reading.units] == ["."]
    called = found(reading, 'module.a["eu"].aws_s3_bucket.a')
    assert [(s.file, s.line) for s in called.calls] == [("main.tf", 2)]


def test_a_folder_that_nobody_calls_is_a_root_of_its_own(read: Read) -> None:
    reading = read({"infra/main.tf": BUCKET + NAME, "modules/child/main.tf": CHILD})
    assert [unit.id for unit in reading.units] == ["infra", "modules/child"]


def test_a_called_folder_with_a_backend_is_a_root_as_well(read: Read) -> None:
    backend = 'terraform {\n  backend "s3" {\n    region = "us-east-1"\n  }\n}\n'
    files = {
        "main.tf": 'module "m" {\n  source = "./m"\n  name = "x"\n}\n',
        "m/main.tf": CHILD + backend,
    }
    reading = read(files)
    assert [unit.id for unit in reading.units] == [".", "m"]
    state = found(reading, "terraform.backend.s3")
    assert (state.mode, state.unit, state.attributes) == ("backend", "m", {"region": "us-east-1"})


def test_a_module_that_calls_itself_is_reported_and_the_rest_is_read(read: Read) -> None:
    files = {
        "main.tf": BUCKET + NAME + 'module "again" {\n  source = "./"\n}\n',
    }
    reading = read(files)
    assert value(reading) == "from-default"
    assert [(u.path, u.line) for u in reading.unread] == [("main.tf", 8)]
    assert "calls itself" in reading.unread[0].reason


def test_modules_that_call_each_other_are_reported(read: Read) -> None:
    files = {
        "main.tf": 'module "a" {\n  source = "./a"\n}\n',
        "a/main.tf": 'module "b" {\n  source = "../b"\n}\n',
        "b/main.tf": 'module "a" {\n  source = "../a"\n}\n' + BUCKET + NAME,
    }
    reading = read(files)
    assert value(reading, address="module.a.module.b.aws_s3_bucket.a") == "from-default"
    assert [u.path for u in reading.unread] == ["b/main.tf"]


def test_a_module_that_is_not_on_disk_is_a_declaration_with_its_arguments(read: Read) -> None:
    root = """
provider "aws" { region = "eu-west-1" }
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0"
  name    = "main"
}
resource "aws_subnet" "s" {
  vpc_id = module.vpc.vpc_id
}
"""
    reading = read({"main.tf": root})
    module = found(reading, "module.vpc")
    assert (module.mode, module.type, module.name) == ("module", "module", "vpc")
    assert module.attributes["name"] == "main"
    assert module.binding is not None
    assert module.binding.provider == "aws"
    assert module.binding.configuration is not None
    got = value(reading, "vpc_id", "aws_subnet.s")
    assert isinstance(got, Unknown)
    assert "not on disk" in got.reason
    assert [(r.path, r.target, r.attribute) for r in found(reading, "aws_subnet.s").origin.references()] == [
        ("vpc_id", "module.vpc", "vpc_id")
    ]  # fmt: skip


def test_a_local_module_that_is_missing_is_reported_with_its_line(read: Read) -> None:
    reading = read({"main.tf": '\nmodule "m" {\n  source = "./gone"\n}\n'})
    assert [(u.path, u.line) for u in reading.unread] == [("main.tf", 3)]
    assert found(reading, "module.m").mode == "module"


def test_sources_outside_the_scanned_tree_are_not_read(read: Read, tmp_path: Path) -> None:
    outside = tmp_path.parent / "outside-the-tree"
    outside.mkdir()
    (outside / "main.tf").write_text(BUCKET + NAME)
    reading = read({"main.tf": f'module "m" {{\n  source = "../{outside.name}"\n}}\n'})
    assert addresses(reading) == ["module.m"]
    assert len(reading.unread) == 1


def test_override_files_are_laid_over_the_others(read: Read) -> None:
    files = {
        "main.tf": 'resource "aws_s3_bucket" "a" {\n  bucket = "one"\n  acl = "private"\n}\n',
        "override.tf": 'resource "aws_s3_bucket" "a" {\n  bucket = "two"\n}\n',
    }
    assert found(read(files), "aws_s3_bucket.a").attributes == {"bucket": "two", "acl": "private"}


def test_json_syntax_and_opentofu_files_are_read_alike(read: Read) -> None:
    files = {
        "main.tf.json": '{"resource": {"aws_s3_bucket": {"a": {"bucket": "${var.name}-x"}}}}',
        "vars.tofu": NAME,
        "vars.tf": 'variable "name" {\n  default = "terraform"\n}\n',
    }
    reading = read(files)
    assert value(reading) == "from-default-x"
    span = found(reading, "aws_s3_bucket.a").origin.span("bucket")
    assert (span.file, span.line, span.column) == ("main.tf.json", 1, 39)


# Providers

PROVIDERS = """
provider "aws" {
  region = "eu-central-1"
}
provider "aws" {
  alias  = "us"
  region = var.us
}
variable "us" {
  default = "us-east-1"
}
"""


def region(declaration: Declaration) -> Any:
    assert declaration.binding is not None
    configuration = declaration.binding.configuration
    if configuration is None:
        return declaration.binding.reason
    return configuration.attributes.get("region")


def test_a_resource_uses_the_default_or_the_provider_that_it_names(read: Read) -> None:
    text = PROVIDERS + (
        'resource "aws_s3_bucket" "a" {}\nresource "aws_s3_bucket" "b" {\n  provider = aws.us\n}\n'
        'resource "google_storage_bucket" "c" {}\n'
    )
    reading = read({"main.tf": text})
    assert region(found(reading, "aws_s3_bucket.a")) == "eu-central-1"
    assert region(found(reading, "aws_s3_bucket.b")) == "us-east-1"
    assert region(found(reading, "google_storage_bucket.c")) == (
        "no provider block for google in the source"
    )
    assert found(reading, "provider.aws.us").mode == "provider"


def test_modules_inherit_the_default_and_are_given_aliases(read: Read) -> None:
    root = (
        PROVIDERS
        + """
module "plain" {
  source = "./plain"
}
module "mapped" {
  source    = "./outer"
  providers = {
    aws.primary = aws
    aws.copy    = aws.us
  }
}
"""
    )
    outer = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", configuration_aliases = [aws.primary, aws.copy] }
  }
}
module "inner" {
  source    = "../plain"
  providers = { aws = aws.copy }
}
resource "aws_s3_bucket" "p" {
  provider = aws.primary
}
resource "aws_s3_bucket" "gone" {
  provider = aws.other
}
"""
    reading = read(
        {
            "main.tf": root,
            "plain/main.tf": 'resource "aws_s3_bucket" "a" {}\n',
            "outer/main.tf": outer,
        }
    )
    assert region(found(reading, "module.plain.aws_s3_bucket.a")) == "eu-central-1"
    assert region(found(reading, "module.mapped.aws_s3_bucket.p")) == "eu-central-1"
    inner = found(reading, "module.mapped.module.inner.aws_s3_bucket.a")
    assert region(inner) == "us-east-1"
    assert inner.binding is not None
    assert [(h.span.file, h.span.line, h.text) for h in inner.binding.trail] == [
        ("main.tf", 20, "module.mapped: aws.copy = aws.us"),
        ("outer/main.tf", 9, "module.mapped.module.inner: aws = aws.copy"),
    ]
    assert region(found(reading, "module.mapped.aws_s3_bucket.gone")) == (
        "module.mapped is not given the provider aws.other"
    )


def test_the_region_of_the_provider_is_what_data_sources_say(read: Read) -> None:
    text = (
        PROVIDERS
        + """
data "aws_region" "here" {}
data "aws_region" "there" {
  provider = aws.us
}
data "aws_partition" "p" {}
resource "aws_s3_bucket" "a" {
  bucket = "b-${data.aws_region.here.name}-${data.aws_region.there.region}"
  arn    = "arn:${data.aws_partition.p.partition}:s3"
  own    = aws_s3_bucket.b.region
}
resource "aws_s3_bucket" "b" {}
"""
    )
    reading = read({"main.tf": text})
    assert value(reading) == "b-eu-central-1-us-east-1"
    assert value(reading, "arn") == "arn:aws:s3"
    assert value(reading, "own") == "eu-central-1"


# Where a value is written, and why it is what it is


def trail(declaration: Declaration, path: str) -> list[tuple[str, int, str]]:
    return [(h.span.file, h.span.line, h.text) for h in declaration.origin.trail(path)]


def test_a_trail_leads_from_the_variable_file_to_the_attribute(read: Read) -> None:
    files = {
        "terraform.tfvars": '# places\nregion = "eu-west-1"\n',
        "main.tf": """variable "region" {
  default = "us-east-1"
}
locals {
  where = { main = var.region }
}
module "m" {
  source   = "./m"
  location = local.where.main
}
""",
        "m/main.tf": 'variable "location" {}\nresource "x_y" "z" {\n  inner {\n    at = var.location\n  }\n}\n',
    }
    declared = found(read(files), "module.m.x_y.z")
    assert declared.attributes == {"inner": [{"at": "eu-west-1"}]}
    assert trail(declared, "inner[0].at") == [
        ("terraform.tfvars", 2, 'region = "eu-west-1"'),
        ("main.tf", 5, "locals: main = var.region"),
        ("main.tf", 9, "module.m: location = local.where.main"),
        ("m/main.tf", 4, "inner: at = var.location"),
    ]
    span = declared.origin.span("inner[0].at")
    assert (span.line, span.column, span.end_line, span.end_column) == (4, 5, 4, 22)


def test_spans_lead_to_the_entry_of_an_object_and_to_the_nearest_parent(read: Read) -> None:
    text = 'resource "x_y" "z" {\n  tags = {\n    a = 1\n    "b c" = 2\n  }\n  list = [\n    { n = 3 }\n  ]\n}\n'
    origin = found(read({"main.tf": text}), "x_y.z").origin
    lines = {path: origin.span(path).line for path in
             ("", "tags", "tags.a", 'tags["b c"]', "tags.gone", "list[0].n", "gone", "gone[0].x")}  # fmt: skip
    assert lines == {
        "": 1, "tags": 2, "tags.a": 3, 'tags["b c"]': 4, "tags.gone": 2, "list[0].n": 7, "gone": 1,
        "gone[0].x": 1,
    }  # fmt: skip


def test_references_lead_through_locals_variables_outputs_and_keys(read: Read) -> None:
    root = """
resource "aws_kms_key" "k" {
  for_each = toset(["a", "b"])
}
locals { key = aws_kms_key.k["b"].arn }
module "m" {
  source = "./m"
  key    = local.key
}
resource "aws_s3_object" "o" {
  bucket = module.m.id
  keys   = [for k in aws_kms_key.k : k.arn]
  one    = { x = aws_kms_key.k["a"].id }
}
"""
    child = """
variable "key" {}
resource "aws_s3_bucket" "b" {
  kms {
    arn = var.key
  }
}
output "id" { value = aws_s3_bucket.b.id }
"""
    reading = read({"main.tf": root, "m/main.tf": child})
    bucket = found(reading, "module.m.aws_s3_bucket.b")
    assert [(r.path, r.target, r.attribute) for r in bucket.origin.references()] == [
        ("kms[0].arn", 'aws_kms_key.k["b"]', "arn")
    ]
    seen = {
        (r.path, r.target, r.attribute)
        for r in found(reading, "aws_s3_object.o").origin.references()
    }
    assert seen == {
        ("bucket", "module.m.aws_s3_bucket.b", "id"),
        ("keys", 'aws_kms_key.k["a"]', ""),
        ("keys", 'aws_kms_key.k["b"]', ""),
        ("one.x", 'aws_kms_key.k["a"]', "id"),
    }


def test_values_that_need_themselves_are_unknown_not_endless(read: Read) -> None:
    text = """
locals {
  a = local.b
  b = local.a
}
resource "x_y" "z" {
  count = x_y.z[0].size
  size  = local.a
}
resource "x_y" "w" {
  size = x_y.w.size
}
"""
    reading = read({"main.tf": text})
    for declared in reading.declarations:
        assert isinstance(declared.attributes["size"], Unknown)
        assert list(declared.origin.references()) is not None
        assert declared.origin.trail("size")


def test_strings_know_where_they_stand_and_whose_they_are(read: Read) -> None:
    files = {
        "main.tf": """
variable "password" {
  default = "in-a-default"
}
locals {
  token = "in-a-local"
}
resource "aws_db_instance" "d" {
  password = "in-an-attribute"
  tags     = { name = "n-${var.password}" }
  setting {
    value = "in-a-block"
  }
}
provider "datadog" {
  api_key = "in-a-provider"
}
terraform {
  backend "s3" {
    secret_key = "in-a-backend"
  }
}
module "m" {
  source = "./m"
  secret = "in-an-argument"
}
""",
        "m/main.tf": 'variable "secret" {}\n',
        "terraform.tfvars": 'key = { inner = "in-a-file" }\n',
    }
    strings = {s.value: (s.form, s.key, s.path, s.owner, s.static) for s in read(files).strings}
    assert strings == {
        "in-a-default": ("default", "password", "variable.password.default", "", True),
        "in-a-local": ("local", "token", "locals.token", "", True),
        "in-an-attribute": (
            "attribute", "password", "aws_db_instance.d.password", ".#aws_db_instance.d", True,
        ),
        "n-\0": ("attribute", "name", "aws_db_instance.d.tags.name", ".#aws_db_instance.d", False),
        "in-a-block": (
            "attribute", "value", "aws_db_instance.d.setting[0].value", ".#aws_db_instance.d", True,
        ),
        "in-a-provider": ("attribute", "api_key", "provider.datadog.api_key", "", True),
        "in-a-backend": (
            "attribute", "secret_key", "terraform.backend.s3.secret_key",
            ".#terraform.backend.s3", True,
        ),
        "in-an-argument": ("attribute", "secret", "module.m.secret", "", True),
        "in-a-file": ("tfvars", "inner", "key.inner", "", True),
    }  # fmt: skip
