"""The reports for programs: JSON, workflow commands, CSV; and the repository that they name."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner.model import Hop, Location
from scanner.policy import Policy
from scanner.report import FORMATS, INVENTORY
from scanner.report.provenance import Provenance, address
from scanner.rule import Severity
from tests.test_report_tree import (
    DOCUMENTS,
    FINDINGS,
    FLOW,
    IRELAND,
    NOBODY_KNOWS,
    QUIET,
    REGION,
    REPLICA,
    VIRGINIA,
    clean_report,
    finding,
    report,
    resource,
    span,
)


def test_the_json_report_is_the_contract() -> None:
    found = json.loads(FORMATS["json"](report()))
    assert found["schema"] == "domicile.report/1"
    assert list(found) == [
        "schema", "findings", "units", "unread", "notes", "summary", "evidence"
    ]  # fmt: skip
    assert len(found["findings"]) == len(FINDINGS)
    first = found["findings"][4]
    assert first["rule"] == "DOM201"
    assert first["name"] == "replication-crosses-border"
    assert first["severity"] == "medium"
    assert first["verdict"] == "fail"
    assert first["status"] == "open"
    assert first["resource"] == DOCUMENTS.id
    assert first["flow"] == FLOW.id
    assert first["span"] == {
        "file": "infra/main.tf", "line": 20, "column": 7, "end_line": 20, "end_column": 41
    }  # fmt: skip
    assert [place["text"] for place in first["related"]] == ["from here", "to here"]
    assert first["trail"][0] == {
        "file": "infra/prod.tfvars", "line": 1, "column": 1, "text": 'region = "eu-west-1"'
    }  # fmt: skip
    assert first["reason"] is None
    assert found["findings"][8]["reason"] == "migrating, platform"
    assert found["summary"]["exit_code"] == 1


def test_evidence_names_every_rule_that_was_asked(tmp_path: Path) -> None:
    (tmp_path / "domicile.yaml").write_text("version: 1\n")
    found = json.loads(FORMATS["json"](report(root=tmp_path)))["evidence"]
    answers = {rule["id"]: (rule["findings"], rule["undecided"], rule["settled"])
               for rule in found["rules"]}  # fmt: skip
    assert answers == {
        "DOM101": (4, 1, 1), "DOM201": (1, 0, 1), "DOM301": (1, 0, 1), "DOM401": (0, 0, 1)
    }  # fmt: skip
    assert found["policy"]["sha256"] == hashlib.sha256(b"version: 1\n").hexdigest()
    assert found["as_of"] == "2026-12-01"
    assert json.loads(FORMATS["json"](report(policy=Policy())))["evidence"]["policy"] is None


def test_json_is_readable_and_has_no_half_characters() -> None:
    found = replace(FINDINGS[1], problem=replace(FINDINGS[1].problem, message="größe \ud800 \x9b"))
    text = FORMATS["json"](report(found))
    assert "größe \ufffd \\u009b" in text
    assert json.loads(text)["findings"][0]["message"] == "größe \ufffd \x9b"


def test_the_inventory_is_the_contract() -> None:
    found = json.loads(INVENTORY["json"](report()))
    assert found["schema"] == "domicile.inventory/1"
    assert [item["id"] for item in found["resources"]][:2] == [DOCUMENTS.id, REPLICA.id]
    assert [flow["crosses"] for flow in found["flows"]] == [["country", "jurisdiction"], []]


def test_annotations_escape_what_would_end_them(tmp_path: Path) -> None:
    found = replace(
        FINDINGS[1], span=span("a,b:c%.tf", 3, 1, 9),
        problem=replace(FINDINGS[1].problem, message="100% of it\n::error::x"),
    )  # fmt: skip
    lines = FORMATS["github"](report(found, unread=(), root=tmp_path)).splitlines()
    assert lines[0] == (
        "::error file=a%2Cb%3Ac%25.tf,line=3,endLine=3,col=1,endColumn=9,"
        "title=DOM101 region-not-allowed::100%25 of it ::error::x"
        "%0AHelp: Move it where the policy allows."
    )
    assert len(lines) == 2


def test_annotations_over_several_lines_have_no_columns(tmp_path: Path) -> None:
    first = FORMATS["github"](report(FINDINGS[6], root=tmp_path, unread=())).splitlines()[0]
    assert first.startswith("::notice file=infra/main.tf,line=5,endLine=10,title=undecided DOM101")


def test_more_annotations_than_github_shows_are_counted() -> None:
    found = [finding(REGION, REPLICA, span("x.tf", n), f"a{n}") for n in range(1, 26)]
    found += [finding(QUIET, REPLICA, span("x.tf", n), f"b{n}") for n in range(1, 13)]
    lines = FORMATS["github"](report(*found, unread=())).splitlines()
    assert sum(line.startswith("::error") for line in lines) == 10
    notices = [line for line in lines if line.startswith("::notice")]
    assert len(notices) == 10
    assert notices[-1].startswith("::notice title=domicile::18 more than GitHub shows")
    assert lines[-1].startswith("Failed: 37 findings")


def test_a_few_notices_are_all_there() -> None:
    found = [finding(QUIET, REPLICA, span("x.tf", n), f"b{n}") for n in range(1, 11)]
    lines = FORMATS["github"](report(*found, unread=())).splitlines()
    assert len(lines) == 11
    assert "more than GitHub shows" not in "".join(lines)


def test_a_clean_run_annotates_nothing() -> None:
    assert not FORMATS["github"](clean_report()).startswith("::")


def test_csv_is_safe_in_a_spreadsheet() -> None:
    thing = resource('=cmd|"/c calc"!A1', span("x.tf", 1), IRELAND, VIRGINIA, labels={})
    found = INVENTORY["csv"](report(resources=(replace(thing, unit="@x"),), strings=()))
    rows = list(csv.DictReader(io.StringIO(found)))
    assert [row["region"] for row in rows] == ["eu-west-1", "us-east-1"]
    assert rows[0]["address"] == '\'=cmd|"/c calc"!A1'
    assert rows[0]["unit"] == "'@x"


def test_a_large_inventory_is_grouped_and_counted() -> None:
    things = [
        replace(resource(f"aws_s3_bucket.b{n}", span("x.tf", 1), IRELAND if n % 3 else VIRGINIA),
                id=str(n))
        for n in range(3000)
    ]  # fmt: skip
    text = INVENTORY["table"](report(resources=things, flows=[FLOW] * 300))
    assert len(text.splitlines()) < 110
    assert "object_store  2,000  aws_s3_bucket.b1, aws_s3_bucket.b10, " in text
    assert "260 more across a border: --format json has them" in text
    assert "by country: IE 2,000, US 1,000" in text
    assert max(map(len, text.splitlines())) <= 120


def test_candidates_and_unknown_places_say_what_they_are() -> None:
    either = resource(
        "aws_sqs_queue.q", span("x.tf", 1), replace(IRELAND, status="candidate"),
        replace(VIRGINIA, status="candidate"), kind="queue",
    )  # fmt: skip
    lost = resource("aws_sqs_queue.lost", span("x.tf", 1), NOBODY_KNOWS, kind="queue")
    vendor = Location("", countries=("US",))
    flow = replace(FLOW, target=None, endpoint="api.vendor.example", target_locations=(vendor,))
    text = INVENTORY["table"](report(resources=(either, lost), flows=(flow,)))
    assert "aws:eu-west-1 or aws:us-east-1  IE or US" in text
    assert "aws_sqs_queue.lost  because variable region has no default" in text
    assert "-> api.vendor.example [US]" in text
    assert "unknown:\n      1  variable region has no default" in text


def test_what_lies_nowhere_is_counted_too() -> None:
    text = INVENTORY["table"](report())
    assert "1 setting of other resources, where those are" in text
    assert "1 without a place: other 1" in text


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://github.com/o/r.git", "https://github.com/o/r"),
        ("https://me:token@github.com/o/r", "https://github.com/o/r"),
        ("git@github.com:o/r.git", "https://github.com/o/r"),
        ("ssh://git@host.example:2222/o/r.git", "https://host.example/o/r"),
        ("https://host.example:8443/o/r", "https://host.example:8443/o/r"),
        ("/srv/git/r.git", ""),
        ("file:///srv/git/r.git", ""),
        ("https://[bad", ""),
    ],
)
def test_the_address_of_a_repository(remote: str, expected: str) -> None:
    assert address(remote) == expected


def test_a_worktree_knows_its_commit(tmp_path: Path) -> None:
    git = tmp_path / "main" / ".git"
    (git / "refs/heads").mkdir(parents=True)
    (git / "refs/heads/topic").write_text("cd" * 20 + "\n")
    linked = git / "worktrees" / "w"
    linked.mkdir(parents=True)
    (linked / "HEAD").write_text("ref: refs/heads/topic\n")
    (linked / "commondir").write_text("../..\n")
    tree = tmp_path / "w" / "infra"
    tree.mkdir(parents=True)
    (tmp_path / "w" / ".git").write_text(f"gitdir: {linked}\n")
    found = Provenance.of(tree)
    assert (found.revision, found.branch, found.prefix) == ("cd" * 20, "topic", "infra/")


@pytest.mark.parametrize("head", ["ref: ../../../etc/passwd", "ref: refs/../../x", "nothing", ""])
def test_a_strange_head_names_nothing(tmp_path: Path, head: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text(head)
    assert Provenance.of(tmp_path).revision == ""


def test_outside_of_a_repository_the_working_directory_is_the_top(tmp_path: Path) -> None:
    found = Provenance.of(tmp_path)
    assert found.uri("a b.tf") == ("a%20b.tf", True)
    assert found.uri("a:b.tf") == ("a%3Ab.tf", True)
    assert found.repository == ""


def test_a_lowered_severity_counts_as_what_it_is() -> None:
    lowered = replace(FINDINGS[1], problem=replace(FINDINGS[1].problem, severity=Severity.LOW))
    assert "::notice" in FORMATS["github"](report(lowered, unread=()))
    found = json.loads(FORMATS["json"](report(lowered)))
    assert found["findings"][0]["severity"] == "low"
    assert found["summary"]["severities"]["low"] == 1


def test_the_trail_stands_in_an_annotation() -> None:
    trail = tuple(Hop(span("infra/main.tf", n), f"step {n}") for n in range(1, 16))
    first = FORMATS["github"](report(replace(FINDINGS[1], trail=trail))).splitlines()[0]
    assert "%0Ainfra/main.tf:12 step 12%0Aand 3 more steps%0AHelp: " in first
