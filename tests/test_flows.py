"""Data paths: each construct has two located ends, and the borders between them are computed.

Every case is written as people write it, read by the real reader, and its truth stands beside
it: kind, from where, to where, which borders.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import scan
from scanner.flows.borders import crossing
from scanner.model import Flow, Location, Operator, Status
from scanner.settings import Settings

AWS = """
provider "aws" {
  region = "eu-west-1"
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
provider "aws" {
  alias  = "de"
  region = "eu-central-1"
}
"""
AZURE = 'provider "azurerm" {\n  features {}\n}\n'
GOOGLE = 'provider "google" {\n  project = "p"\n  region = "europe-west3"\n}\n'


def flows(tmp_path: Path, text: str) -> list[Flow]:
    (tmp_path / "main.tf").write_text(text)
    return list(scan.inventory(Settings(root=tmp_path)).graph.flows)


def shown(flow: Flow) -> tuple[str, str, str, str, tuple[str, ...]]:
    def countries(locations: tuple[Location, ...]) -> str:
        return "+".join(
            sorted({c for at in locations for c in at.countries or (at.group or at.status,)})
        )

    borders = tuple(border for border in flow.crosses if border != "control")
    return (
        flow.kind,
        flow.carries,
        countries(flow.source_locations),
        countries(flow.target_locations),
        borders,
    )


LAW = ("country", "jurisdiction")

CASES: dict[str, tuple[str, tuple[str, str, str, str, tuple[str, ...]] | None]] = {
    "S3 replication abroad": (
        AWS + 'resource "aws_s3_bucket" "a" {}\nresource "aws_s3_bucket" "b" {\n  provider = aws.us\n}\n'
        'resource "aws_s3_bucket_replication_configuration" "r" {\n  bucket = aws_s3_bucket.a.id\n'
        "  rule {\n    destination {\n      bucket = aws_s3_bucket.b.arn\n    }\n  }\n}\n",
        ("replication", "content", "IE", "US", LAW),
    ),
    "S3 replication within the EEA": (
        AWS + 'resource "aws_s3_bucket" "a" {}\nresource "aws_s3_bucket" "b" {\n  provider = aws.de\n}\n'
        'resource "aws_s3_bucket_replication_configuration" "r" {\n  bucket = aws_s3_bucket.a.id\n'
        "  rule {\n    destination {\n      bucket = aws_s3_bucket.b.arn\n    }\n  }\n}\n",
        ("replication", "content", "IE", "DE", ("country",)),
    ),
    "RDS read replica": (
        AWS + 'resource "aws_db_instance" "a" {}\nresource "aws_db_instance" "b" {\n'
        "  provider = aws.us\n  replicate_source_db = aws_db_instance.a.arn\n}\n",
        ("read-replica", "content", "IE", "US", LAW),
    ),
    "RDS read replica by its ARN": (
        AWS + 'resource "aws_db_instance" "b" {\n'
        '  replicate_source_db = "arn:aws:rds:us-east-1:111122223333:db:main"\n}\n',
        ("read-replica", "content", "US", "IE", LAW),
    ),
    "Aurora replica cluster": (
        AWS + 'resource "aws_rds_cluster" "a" {}\nresource "aws_rds_cluster" "b" {\n'
        "  provider = aws.us\n  replication_source_identifier = aws_rds_cluster.a.arn\n}\n",
        ("read-replica", "content", "IE", "US", LAW),
    ),
    "DynamoDB global table": (
        AWS + 'resource "aws_dynamodb_table" "a" {\n  replica {\n    region_name = "us-west-2"\n  }\n}\n',
        ("replication", "content", "IE", "US", LAW),
    ),
    "backup copy to a vault abroad": (
        AWS + 'resource "aws_backup_vault" "a" {\n  name = "a"\n}\n'
        'resource "aws_backup_vault" "b" {\n  provider = aws.us\n  name = "b"\n}\n'
        'resource "aws_backup_plan" "p" {\n  rule {\n    target_vault_name = aws_backup_vault.a.name\n'
        "    copy_action {\n      destination_vault_arn = aws_backup_vault.b.arn\n    }\n  }\n}\n",
        ("backup-copy", "content", "IE", "US", LAW),
    ),
    "secret replicated": (
        AWS + 'resource "aws_secretsmanager_secret" "s" {\n  replica {\n    region = "us-east-1"\n  }\n}\n',
        ("key-replication", "credentials", "IE", "US", LAW),
    ),
    "key replicated": (
        AWS + 'resource "aws_kms_key" "k" {\n  multi_region = true\n}\n'
        'resource "aws_kms_replica_key" "r" {\n  provider = aws.us\n  primary_key_arn = aws_kms_key.k.arn\n}\n',
        ("key-replication", "keys", "IE", "US", LAW),
    ),
    "images replicated": (
        AWS + 'resource "aws_ecr_replication_configuration" "r" {\n  replication_configuration {\n    rule {\n'
        '      destination {\n        region = "us-east-1"\n        registry_id = "111122223333"\n'
        "      }\n    }\n  }\n}\n",
        ("image-copy", "content", "IE", "US", LAW),
    ),
    "geo-redundant storage of Azure": (
        AZURE + 'resource "azurerm_storage_account" "a" {\n  location = "westeurope"\n'
        '  account_replication_type = "GRS"\n}\n',
        ("replication", "content", "NL", "IE", ("country",)),
    ),
    "geo-redundant storage within a country": (
        AZURE + 'resource "azurerm_storage_account" "a" {\n  location = "germanywestcentral"\n'
        '  account_replication_type = "GRS"\n}\n',
        ("replication", "content", "DE", "DE", ()),
    ),
    "geo-redundant storage across the sea": (
        AZURE + 'resource "azurerm_storage_account" "a" {\n  location = "brazilsouth"\n'
        '  account_replication_type = "RAGRS"\n}\n',
        ("replication", "content", "BR", "US", LAW),
    ),
    "locally redundant storage": (
        AZURE + 'resource "azurerm_storage_account" "a" {\n  location = "westeurope"\n'
        '  account_replication_type = "LRS"\n}\n',
        None,
    ),
    "registry with a replica": (
        AZURE + 'resource "azurerm_container_registry" "r" {\n  location = "westeurope"\n'
        '  georeplications {\n    location = "eastus"\n  }\n}\n',
        ("image-copy", "content", "NL", "US", LAW),
    ),
    "database replica of Google": (
        GOOGLE + 'resource "google_sql_database_instance" "a" {\n  region = "europe-west3"\n}\n'
        'resource "google_sql_database_instance" "b" {\n  region = "us-central1"\n'
        "  master_instance_name = google_sql_database_instance.a.name\n}\n",
        ("read-replica", "content", "DE", "US", LAW),
    ),
    "state abroad": (
        AWS + 'terraform {\n  backend "s3" {\n    bucket = "b"\n    region = "us-east-1"\n  }\n}\n'
        'resource "aws_s3_bucket" "a" {}\n',
        ("state", "metadata", "IE", "US", LAW),
    ),
    "state at home": (
        AWS + 'terraform {\n  backend "s3" {\n    bucket = "b"\n    region = "eu-west-1"\n  }\n}\n'
        'resource "aws_s3_bucket" "a" {}\n',
        ("state", "metadata", "IE", "IE", ()),
    ),
    "model of a vendor": (
        AWS + 'resource "aws_lambda_function" "f" {\n  environment {\n    variables = {\n'
        '      OPENAI_BASE_URL = "https://api.openai.com/v1"\n    }\n  }\n}\n',
        ("inference", "content", "IE", "US", LAW),
    ),
    "telemetry of a vendor": (
        AWS + 'resource "aws_lambda_function" "f" {\n  environment {\n    variables = {\n'
        '      DD_SITE = "datadoghq.com"\n    }\n  }\n}\n',
        ("telemetry", "telemetry", "IE", "US", LAW),
    ),
    "a service of the same region": (
        AWS + 'resource "aws_lambda_function" "f" {\n  environment {\n    variables = {\n'
        '      QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/q"\n    }\n  }\n}\n',
        None,
    ),
    "a host in a description": (
        AWS + 'resource "aws_lambda_function" "f" {\n  description = "see https://api.openai.com"\n}\n',
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_a_construct_has_two_located_ends(
    tmp_path: Path, text: str, expected: tuple[str, str, str, str, tuple[str, ...]] | None
) -> None:
    found = [shown(flow) for flow in flows(tmp_path, text)]
    if expected is None:
        assert found == []
    else:
        assert expected in found


def test_a_flow_stands_on_the_line_that_sends(tmp_path: Path) -> None:
    [flow] = flows(tmp_path, CASES["RDS read replica"][0])
    assert flow.source.endswith("#aws_db_instance.a")
    assert flow.target is not None
    assert flow.target.endswith("#aws_db_instance.b")
    line = (tmp_path / "main.tf").read_text().splitlines()[flow.span.line - 1]
    assert "replicate_source_db" in line
    texts = [hop.text for hop in flow.trail]
    assert any("eu-west-1" in text for text in texts)
    assert any("us-east-1" in text for text in texts)


def test_an_unknown_end_makes_a_flow_possible(tmp_path: Path) -> None:
    text = CASES["S3 replication abroad"][0].replace(
        'region = "us-east-1"', "region = var.r"
    ) + 'variable "r" {}\n'  # fmt: skip
    [flow] = flows(tmp_path, text)
    assert flow.certainty == "possible"
    assert [at.status for at in flow.target_locations] == ["unknown"]


def test_ids_are_distinct_and_do_not_move_with_lines(tmp_path: Path) -> None:
    text = CASES["backup copy to a vault abroad"][0]
    before = [flow.id for flow in flows(tmp_path, text)]
    after = [flow.id for flow in flows(tmp_path, "\n\n# moved\n" + text)]
    assert before == after
    assert len(set(before)) == len(before) > 0


# Borders


def at(
    *countries: str, group: str = "", law: tuple[str, ...] = (), status: Status = "known"
) -> Location:
    region = "-".join(countries) or None
    return Location(
        "aws", region, countries=countries, group=group, jurisdictions=law, status=status
    )


EEA = ("EU", "EEA")
US_OPERATOR = Operator("A", "US")
DE_OPERATOR = Operator("B", "DE")


@pytest.mark.parametrize(
    ("source", "target", "borders", "certain"),
    [
        (at("DE", law=EEA), at("DE", law=EEA), (), True),
        (at("DE", law=EEA), at("FR", law=EEA), ("country",), True),
        (at("DE", law=EEA), at("US"), LAW, True),
        (at("US"), at("CA"), LAW, True),
        (at("US"), at("US"), (), True),
        (at("DE", law=EEA), at("*"), LAW, True),
        (at("DE", law=EEA), at(group="EU", law=EEA), ("country",), True),
        (at("DE", law=EEA), at(status="unknown"), None, False),
        (at(status="unknown"), at("US"), None, False),
    ],
)
def test_borders_are_computed_from_the_ends(
    source: Location, target: Location, borders: tuple[str, ...] | None, certain: bool
) -> None:
    found = crossing((source,), (target,), US_OPERATOR, US_OPERATOR)
    assert "control" not in found.borders
    if borders is not None:
        assert found.borders == borders
    assert "jurisdiction" not in found.borders or target.group != "EU"
    if not certain:
        assert not found.certain or not found.borders


def test_another_operator_is_a_border_of_its_own() -> None:
    found = crossing((at("DE", law=EEA),), (at("DE", law=EEA),), DE_OPERATOR, US_OPERATOR)
    assert "control" in found.borders
    assert "country" not in found.borders
