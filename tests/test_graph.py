"""The graph: resources by id, references between them, and what becomes of odd input."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from scanner import graph, scan
from scanner.model import Declaration, Reference, Span, Written
from scanner.policy import Policy
from scanner.settings import Settings

SPAN = Span("main.tf", 1, 1, 1, 2)


class Pointing(Written, frozen=True):
    """An origin with references."""

    pointers: tuple[Reference, ...] = ()

    def references(self) -> Iterable[Reference]:
        return self.pointers


def declared(address: str, *pointers: Reference, line: int = 1, unit: str = "u") -> Declaration:
    type, name = address.partition("[")[0].split(".")
    span = Span("main.tf", line, 1, line, 2)
    return Declaration(
        "resource", address, type, name, unit, "terraform", {}, span, Pointing(span, {}, pointers)
    )


def build(*declarations: Declaration) -> graph.Graph:
    return graph.build(declarations, (), (), (), Policy())


def test_references_become_resource_ids_of_the_same_unit() -> None:
    found = build(
        declared("aws_s3_bucket.a"),
        declared("aws_s3_bucket_policy.p", Reference("bucket", "aws_s3_bucket.a", "id")),
        declared("aws_s3_bucket.a", unit="other"),
    )
    assert found.references["u#aws_s3_bucket_policy.p"] == (
        Reference("bucket", "u#aws_s3_bucket.a", "id"),
    )
    policy = found.resources["u#aws_s3_bucket_policy.p"]
    assert [r.id for r in found.targets(policy, "bucket")] == ["u#aws_s3_bucket.a"]
    assert list(found.targets(policy, "other")) == []


def test_a_reference_to_a_whole_resource_means_all_its_instances() -> None:
    found = build(
        declared("aws_s3_bucket.a[0]"),
        declared("aws_s3_bucket.a[1]"),
        declared("aws_s3_bucket.ab[0]"),
        declared("aws_s3_bucket_policy.p", Reference("bucket", "aws_s3_bucket.a", "id")),
        declared("aws_s3_bucket_policy.one", Reference("bucket", "aws_s3_bucket.a[1]", "id")),
    )
    assert {r.target for r in found.references["u#aws_s3_bucket_policy.p"]} == {
        "u#aws_s3_bucket.a[0]",
        "u#aws_s3_bucket.a[1]",
    }
    assert [r.target for r in found.references["u#aws_s3_bucket_policy.one"]] == [
        "u#aws_s3_bucket.a[1]"
    ]


def test_an_address_declared_twice_keeps_both_and_says_so() -> None:
    found = build(declared("aws_s3_bucket.a", line=3), declared("aws_s3_bucket.a", line=9))
    assert [r.span.line for r in found.resources.values()] == [3, 9]
    [unread] = found.unread
    assert unread.line == 9
    assert "declared twice" in unread.reason
    assert "main.tf:3" in unread.reason


def test_kinds_are_looked_up_in_order() -> None:
    found = build(
        declared("aws_sqs_queue.q"), declared("aws_s3_bucket.b"), declared("aws_s3_bucket.a")
    )
    assert [r.name for r in found.of_kind("object_store")] == ["b", "a"]
    assert [r.name for r in found.of_kind("queue", "object_store")] == ["q", "b", "a"]
    assert list(found.of_kind("database")) == []


def test_clusters_of_the_policy_place_manifests(tmp_path: Path) -> None:
    (tmp_path / "domicile.yaml").write_text(
        "version: 1\nclusters:\n  - {paths: [k8s], provider: aws, region: eu-central-1}\n"
    )
    for folder in ("k8s", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "pod.yaml").write_text(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n"
        )
    found = scan.inventory(Settings(root=tmp_path)).graph.resources
    [placed] = found["k8s#Pod/default/p"].locations
    [unplaced] = found["other#Pod/default/p"].locations
    assert (placed.region, placed.countries, placed.status) == ("eu-central-1", ("DE",), "known")
    assert unplaced.status == "unknown"
