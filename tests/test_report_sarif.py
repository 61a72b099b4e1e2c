"""SARIF: what code scanning asks for, rule by rule."""

from __future__ import annotations

import json
import re
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.finding import Report
from scanner.model import Hop, Unread
from scanner.report import FORMATS, sarif
from scanner.report.fingerprints import LineHashes, unique
from scanner.report.view import PLAIN, View
from tests.test_report_tree import (
    CROSSING,
    DOCUMENTS,
    FINDINGS,
    LEAK,
    QUIET,
    REGION,
    REPLICA,
    TREE,
    clean_report,
    finding,
    report,
    span,
)

ALL = View(show_suppressed=True)


def run(said: Report, view: View = PLAIN) -> dict[str, Any]:
    log = json.loads(FORMATS["sarif"](said, view))
    assert log["version"] == "2.1.0"
    (found,) = log["runs"]
    assert isinstance(found, dict)
    return found


def results(said: Report, view: View = PLAIN) -> list[dict[str, Any]]:
    found = run(said, view)["results"]
    assert isinstance(found, list)
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = tmp_path / "repo"
    copytree(TREE, top)
    git = top / ".git"
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "packed-refs").write_text(f"# pack-refs\n{'ab' * 20} refs/heads/main\n")
    (git / "config").write_text(
        '[core]\n\tbare = false\n[remote "origin"]\n\turl = https://me:token@github.com/n/w.git\n'
    )
    return top


def test_a_clean_log_has_an_empty_list_so_that_old_alerts_close() -> None:
    assert results(clean_report()) == []


def test_every_rule_that_was_asked_is_described() -> None:
    rules = run(report())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["DOM101", "DOM201", "DOM301", "DOM401"]
    for rule in rules:
        assert re.fullmatch(r"[A-Z]+[0-9]+", rule["id"])
        assert re.fullmatch(r"([A-Z][a-z0-9]*)+", rule["name"])
        assert rule["properties"]["tags"][0] == "security"
        assert len(rule["properties"]["tags"]) <= 20
        assert rule["help"]["text"] == "Move it where the policy allows."
        assert "## Why" in rule["help"]["markdown"]
        for text in ("shortDescription", "fullDescription"):
            assert rule[text]["text"].endswith(".")
            assert len(rule[text]["text"]) <= 1024


@pytest.mark.parametrize(
    ("rule", "level", "score"),
    [(LEAK, "error", "9.5"), (REGION, "error", "8.0"), (CROSSING, "warning", "5.5"),
     (QUIET, "note", "3.0")],
)  # fmt: skip
def test_severities(rule: Any, level: str, score: str) -> None:
    found = run(report(finding(rule, REPLICA, REPLICA.span, "a")))
    (result,) = found["results"]
    described = found["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert described["id"] == result["ruleId"] == rule.id
    assert result["level"] == described["defaultConfiguration"]["level"] == level
    assert described["properties"]["security-severity"] == score


def test_rules_do_not_depend_on_the_tree() -> None:
    assert run(report())["tool"] == run(clean_report())["tool"]


def test_a_control_is_cited_once() -> None:
    found = run(report())
    names = {item["name"]: [t["id"] for t in item["taxa"]] for item in found["taxonomies"]}
    assert names == {"GDPR": ["Art.44"], "ISO27001": ["A.5.31"]}
    targets = [r["target"] for r in found["tool"]["driver"]["rules"][0]["relationships"]]
    assert [(t["toolComponent"], t["index"]) for t in targets] == [
        ({"name": "GDPR", "index": 0}, 0),
        ({"name": "ISO27001", "index": 1}, 0),
    ]


def test_the_message() -> None:
    (result,) = results(report(FINDINGS[1]))
    words = FINDINGS[1].problem.message
    assert result["message"] == {"id": "fail", "arguments": [words], "text": f"{words}."}


def test_a_name_links_to_the_related_place() -> None:
    (result,) = results(report(FINDINGS[4]))
    assert result["message"]["text"] == (
        "'[aws_s3_bucket.documents](1)' is copied to '[aws_s3_bucket.replica](2)'."
    )
    assert [place["id"] for place in result["relatedLocations"]] == [1, 2]


def test_text_of_the_tree_makes_no_link_and_no_placeholder() -> None:
    words = "see [here](https://evil.example) and {0}"
    (result,) = results(report(replace(FINDINGS[1], problem=replace(
        FINDINGS[1].problem, message=words))))  # fmt: skip
    assert result["message"]["text"] == "see [here]\\(https://evil.example) and {{0}}."


def test_an_undecided_result_is_a_note_that_says_so() -> None:
    (result,) = results(report(FINDINGS[6]))
    assert result["level"] == "note"
    assert result["message"]["id"] == "undecided"
    assert result["message"]["text"].startswith("Undecided: ")
    assert result["properties"]["verdict"] == "undecided"


def test_a_weaker_case_has_its_own_level() -> None:
    (result,) = results(report(FINDINGS[5]))
    assert result["level"] == "note"
    assert result["properties"]["security-severity"] == "3.0"


def test_the_region_is_the_attribute_and_the_context_is_larger() -> None:
    (result,) = results(report(FINDINGS[1]))
    place = result["locations"][0]["physicalLocation"]
    assert place["region"] == {
        "startLine": 13, "startColumn": 2, "endLine": 13, "endColumn": 22,
        "snippet": {"text": 'region = "us-east-1"'},
    }  # fmt: skip
    assert place["contextRegion"]["startLine"] == 12
    assert place["contextRegion"]["endLine"] == 14


def test_paths_are_encoded_and_relative(repository: Path) -> None:
    (result,) = results(report(FINDINGS[3], root=repository))
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {
        "uri": "infra/mit%20leer/gr%C3%B6%C3%9Fe.tf", "uriBaseId": "%SRCROOT%"
    }  # fmt: skip
    assert "%SRCROOT%" in run(report(root=repository))["originalUriBaseIds"]


def test_paths_start_at_the_top_of_the_repository(repository: Path) -> None:
    inside = replace(FINDINGS[1], span=span("main.tf", 13, 2, 22))
    above = replace(FINDINGS[1], span=span("../k8s/secret.yaml", 2))
    outside = replace(FINDINGS[1], span=span("../../other.tf", 2))
    found = results(report(inside, above, outside, root=repository / "infra"))
    artifacts = [r["locations"][0]["physicalLocation"]["artifactLocation"] for r in found]
    assert artifacts[0] == {"uri": "infra/main.tf", "uriBaseId": "%SRCROOT%"}
    assert artifacts[1] == {"uri": "k8s/secret.yaml", "uriBaseId": "%SRCROOT%"}
    assert artifacts[2] == {"uri": (repository.parent / "other.tf").as_uri()}


def test_the_commit_is_named_and_no_credential(repository: Path) -> None:
    text = FORMATS["sarif"](report(root=repository))
    assert "token" not in text
    assert run(report(root=repository))["versionControlProvenance"] == [
        {
            "repositoryUri": "https://github.com/n/w",
            "mappedTo": {"uriBaseId": "%SRCROOT%"},
            "revisionId": "ab" * 20,
            "branch": "main",
        }
    ]


def test_the_trail_is_the_code_flow() -> None:
    (result,) = results(report(FINDINGS[4]))
    ((flow,),) = [[f["locations"] for f in c["threadFlows"]] for c in result["codeFlows"]]
    assert [step["location"]["message"]["text"] for step in flow] == [
        'region = "eu-west-1".', "provider.aws.", "replicates to aws_s3_bucket.replica.",
    ]  # fmt: skip
    assert [step["executionOrder"] for step in flow] == [1, 2, 3]


def test_settled_results_are_there_only_when_asked_for() -> None:
    assert len(results(report())) == 7
    found = results(report(), ALL)
    assert [r["suppressions"][0]["kind"] for r in found if "suppressions" in r] == [
        "inSource", "external", "external", "external",
    ]  # fmt: skip
    assert "permitted: scc, DPA-2026-014" in json.dumps(found)
    assert [r["baselineState"] for r in found if "baselineState" in r] == ["unchanged"]
    notes = run(report())["invocations"][0]["toolExecutionNotifications"]
    assert any("4 settled findings left out" in note["message"]["text"] for note in notes)


def test_what_was_not_read_is_a_notification() -> None:
    (invocation,) = run(report())["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["exitCode"] == 1
    first = invocation["toolExecutionNotifications"][0]
    assert first["descriptor"]["id"] == "UNREAD"
    assert first["level"] == "warning"
    assert "modules/crm" in first["message"]["text"]
    assert "run terraform get" in first["message"]["text"]
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}


def test_a_run_ends_at_the_limit_with_the_worst_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 2)
    found = run(report(FINDINGS[5], FINDINGS[4], FINDINGS[1]))
    assert [r["ruleId"] for r in found["results"]] == ["DOM101", "DOM201"]
    notes = found["invocations"][0]["toolExecutionNotifications"]
    assert any(note["message"]["text"].startswith("1 result of the lowest") for note in notes)


def test_a_category_is_written_only_when_given() -> None:
    assert "automationDetails" not in run(report())
    assert run(report(), View(category="nightly"))["automationDetails"] == {"id": "nightly/"}


def test_no_absolute_path_of_the_machine(repository: Path) -> None:
    assert str(repository) not in FORMATS["sarif"](report(root=repository), ALL)


def test_columns_are_code_points() -> None:
    assert run(report())["columnKind"] == "unicodeCodePoints"
    (result,) = results(report(FINDINGS[3]))
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region["snippet"]["text"] == 'region = "ap-northeast-1"'


def test_an_address_that_only_the_project_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "project_url", lambda: "https://example.org/domicile")
    driver = run(report())["tool"]["driver"]
    assert driver["informationUri"] == "https://example.org/domicile"
    assert driver["rules"][0]["helpUri"].startswith("https://example.org/domicile")
    monkeypatch.setattr(sarif, "project_url", lambda: "")
    assert "informationUri" not in run(report())["tool"]["driver"]


def test_fingerprints_are_unique() -> None:
    found = results(report(*[finding(REGION, DOCUMENTS, DOCUMENTS.span, "a", mark="m")] * 3))
    marks = [result["fingerprints"]["domicile/v1"] for result in found]
    assert marks == ["m", "m-2", "m-3"]
    assert unique(["a", "b", "a"]) == ["a", "b", "a-2"]


def test_a_missing_file_has_no_hash_and_no_snippet() -> None:
    found = replace(FINDINGS[1], span=span("gone.tf", 3), trail=(Hop(span("gone.tf", 0), "a"),) * 2)
    (result,) = results(report(found, unread=(Unread("gone.tf", "gone"),)))
    assert "partialFingerprints" not in result
    assert "snippet" not in result["locations"][0]["physicalLocation"]["region"]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert "region" not in steps[0]["location"]["physicalLocation"]


@pytest.mark.parametrize(
    ("text", "hashes"),
    [
        ("", ["c129715d7a2bc9a3:1"]),
        (" a\nb\n  \t\tc\n d", ["271789c17abda88f:1", "54703d4cd895b18:1",
                               "180aee12dab6264:1", "a23a3dc5e078b07b:1"]),
        ("Lorem ipsum dolor sit amet.\n" * 10,
         [*(f"a7f2ff13bc495cf2:{n}" for n in range(1, 7)), "a7f2ff1481e87703:1",
          "a9cf91f7bbf1862b:1", "55ec222b86bcae53:1", "cc97dc7b1d7d8f7b:1", "c129715d7a2bc9a3:1"]),
    ],
)  # fmt: skip
def test_the_line_hash_is_the_one_that_github_computes(text: str, hashes: list[str]) -> None:
    found = LineHashes(text)
    assert [found.of(n) for n in range(1, len(hashes) + 1)] == hashes
    assert found.of(len(hashes) + 1) is None


def rolled(text: str) -> list[str]:
    """Compute the same by the published definition: one hash that rolls over the file."""
    units = [int.from_bytes(pair, "little") for pair in re.findall(
        rb"..", text.encode("utf-16-le", "surrogatepass"), re.DOTALL)]  # fmt: skip
    kept: list[tuple[int, bool]] = []
    start, after_return = True, False
    for unit in [*units, 0xFFFF]:
        if unit in (9, 32) or (after_return and unit == 10):
            after_return = False
            continue
        after_return = unit == 13
        unit = 10 if after_return else unit
        kept.append((unit, start))
        start = unit == 10
    kept += [(0, False)] * 100
    seen: dict[int, int] = {}
    result = []
    for position, (_, first) in enumerate(kept):
        if first:
            value = 0
            for unit, _ in kept[position : position + 100]:
                value = (value * 37 + unit) % 2**64
            seen[value] = seen.get(value, 0) + 1
            result.append(f"{value:x}:{seen[value]}")
    return result


@given(st.text(alphabet="ab \t\r\n\ufeff€😀", max_size=300))
def test_the_line_hash_of_any_text(text: str) -> None:
    found = LineHashes(text)
    expected = rolled(text)
    assert [found.of(n) for n in range(1, len(expected) + 1)] == expected
