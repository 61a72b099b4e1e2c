"""The JSON that others read: keys, their order, and how what is not known is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner import contract, scan
from scanner.model import Hop, Location, Operator, Resource, Span, Unknown, Unread, Written
from scanner.settings import Settings

SPAN = Span("infra/main.tf", 3, 1, 9, 2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (1.5, 1.5),
        (float("inf"), "inf"),
        ("text", "text"),
        ([1, {"a": None}], [1, {"a": None}]),
        (Unknown("known after apply"), {"unknown": "known after apply"}),
        (
            Unknown("no default", "var.region", ("a", Unknown("inner"))),
            {
                "unknown": "no default",
                "expression": "var.region",
                "candidates": ["a", {"unknown": "inner"}],
            },
        ),
    ],
)
def test_values_keep_their_types_and_unknowns_say_why(value: Any, expected: Any) -> None:
    found = contract.value_json(value)
    assert found == expected
    assert type(found) is type(expected)
    json.dumps(found, allow_nan=False)


def test_a_resource_has_the_keys_of_the_contract_in_their_order() -> None:
    resource = Resource(
        id="infra#aws_s3_bucket.docs", address="aws_s3_bucket.docs", unit="infra",
        source="terraform", provider="aws", type="aws_s3_bucket", name="docs",
        kind="object_store", span=SPAN, origin=Written(SPAN),
        attributes={"bucket": Unknown("known after apply", "aws_x.y.z")},
        locations=(
            Location(
                "aws", "eu-west-1", countries=("IE",), jurisdictions=("EU", "EEA"),
                trail=(Hop(Span("infra/prod.tfvars", 1, 1, 1, 20), 'region = "eu-west-1"'),),
            ),
        ),
        operator=Operator("Amazon Web Services", "US"),
        labels={"data-classification": "personal"}, data_classes=("personal",),
    )  # fmt: skip
    found = contract.resource_json(resource)
    assert list(found) == [
        "id", "address", "unit", "source", "provider", "type", "name", "kind", "roles", "labels",
        "data_classes", "locations", "operator", "facts", "attributes", "span",
    ]  # fmt: skip
    assert found["span"] == {
        "file": "infra/main.tf", "line": 3, "column": 1, "end_line": 9, "end_column": 2,
    }  # fmt: skip
    [location] = found["locations"]
    for key, value in {
        "provider": "aws", "region": "eu-west-1", "zone": None, "scope": "region",
        "role": "primary", "countries": ["IE"], "jurisdictions": ["EU", "EEA"], "status": "known",
        "trail": [
            {"file": "infra/prod.tfvars", "line": 1, "column": 1, "text": 'region = "eu-west-1"'}
        ],
    }.items():  # fmt: skip
        assert location[key] == value, key
    assert found["operator"]["name"] == "Amazon Web Services"
    assert found["operator"]["country"] == "US"
    assert found["attributes"]["bucket"] == {
        "unknown": "known after apply", "expression": "aws_x.y.z",
    }  # fmt: skip


def test_a_whole_inventory_is_the_public_document(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'provider "aws" {\n  region = "eu-west-1"\n}\n'
        'provider "aws" {\n  alias = "us"\n  region = "us-east-1"\n}\n'
        'resource "aws_s3_bucket" "a" {}\n'
        'resource "aws_s3_bucket" "b" {\n  provider = aws.us\n}\n'
        'resource "aws_s3_bucket_replication_configuration" "r" {\n'
        "  bucket = aws_s3_bucket.a.id\n  rule {\n    destination {\n"
        "      bucket = aws_s3_bucket.b.arn\n    }\n  }\n}\n"
        'resource "random_id" "x" {}\n'
    )
    graph = scan.inventory(Settings(root=tmp_path)).graph
    document = contract.inventory_json(
        graph.resources.values(), graph.flows, graph.references, graph.units, graph.unread
    )
    assert document["schema"] == "domicile.inventory/1"
    assert {"units", "resources", "flows", "unread"} <= set(document)
    assert document["units"] == [
        {"id": ".", "source": "terraform", "environment": None, "path": "."}
    ]
    by_id = {resource["id"]: resource for resource in document["resources"]}
    assert list(by_id) == [
        ".#aws_s3_bucket.a",
        ".#aws_s3_bucket.b",
        ".#aws_s3_bucket_replication_configuration.r",
        ".#random_id.x",
    ]
    assert by_id[".#random_id.x"]["locations"] == []
    [flow] = document["flows"]
    assert list(flow) == [
        "id", "kind", "carries", "source", "target", "endpoint", "source_locations",
        "target_locations", "crosses", "certainty", "declared_by", "span", "trail",
    ]  # fmt: skip
    assert (flow["kind"], flow["carries"], flow["certainty"]) == (
        "replication", "content", "certain",
    )  # fmt: skip
    assert (flow["source"], flow["target"]) == (".#aws_s3_bucket.a", ".#aws_s3_bucket.b")
    assert flow["endpoint"] is None
    assert flow["crosses"] == ["country", "jurisdiction"]
    assert [at["region"] for at in flow["source_locations"]] == ["eu-west-1"]
    assert [at["countries"] for at in flow["target_locations"]] == [["US"]]
    assert flow["span"]["line"] == 16
    json.dumps(document, allow_nan=False)


def test_what_is_unread_has_its_path_reason_line_and_hint() -> None:
    found = contract.unread_json(Unread("a.tf", "broken", 3, "mend it"))
    assert found == {"path": "a.tf", "reason": "broken", "line": 3, "hint": "mend it"}
    assert contract.unread_json(Unread("a.tf", "broken"))["path"] == "a.tf"
