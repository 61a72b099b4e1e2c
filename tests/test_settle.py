"""What becomes of findings: ignored, waived, permitted or open, and the exceptions judged."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from scanner.finding import Finding
from scanner.graph import Graph
from scanner.model import Flow, Location, Resource, Span, Written, WrittenString
from scanner.policy import Policy
from scanner.policy.hygiene import HYGIENE
from scanner.policy.read import read
from scanner.rule import Problem, Rule, Severity
from scanner.settings import Settings
from scanner.settle import settle

DAY = date(2026, 12, 1)
IRELAND = Location("aws", "eu-west-1", countries=("IE",))
VIRGINIA = Location("aws", "us-east-1", countries=("US",))


def rule(id: str, name: str) -> Rule:
    return Rule(
        id, name, Severity.HIGH, "A rule", "## Why\na\n## Fix\nb", lambda _graph, _policy: (),
        "python", "rules/a.py",
    )  # fmt: skip


REGION = rule("DOM101", "region-not-allowed")
CROSSING = rule("DOM201", "replication-crosses-border")
SECRET = rule("DOM301", "hard-coded-secret")


def bucket(file: str = "main.tf", address: str = "aws_s3_bucket.a", **values: Any) -> Resource:
    span = Span(file, 1, 1, 3, 2)
    return Resource(
        f"infra#{address}", address, "infra", "terraform", "aws", "aws_s3_bucket", "a",
        "object_store", span, Written(span), **values,
    )  # fmt: skip


def finding(
    line: int, rule: Rule = REGION, file: str = "main.tf", subject: Any = None, end: int = 0
) -> Finding:
    span = Span(file, line, 1, end or line, 9)
    return Finding(rule, Problem(subject or bucket(file), "a problem"), span, (), "f")


def written(owner: str = "", path: str = "default") -> WrittenString:
    return WrittenString("", Span("main.tf", 1, 1, 1, 2), "password", path, "default", "infra",
                         "terraform", owner=owner)  # fmt: skip


def policy_of(text: str = "") -> Policy:
    return read(f"version: 1\n{text}", "domicile.yaml", DAY)


class Settle:
    """Settles findings in a tree of given files."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(
        self, *findings: Finding, text: str = "", file: str = "main.tf", policy: str = "",
        resources: tuple[Resource, ...] = (), **options: Any,
    ) -> list[Finding]:  # fmt: skip
        (self.root / file).write_text(text, encoding="utf-8")
        graph = Graph({item.id: item for item in resources})
        return settle(
            findings, graph, policy_of(policy), Settings(root=self.root, as_of=DAY, **options)
        )


@pytest.fixture
def settled(tmp_path: Path) -> Settle:
    return Settle(tmp_path)


def words(findings: list[Finding]) -> list[tuple[str, int, str, str | None]]:
    return [(f.rule.id, f.span.line, f.status, f.reason) for f in findings]


def hygiene(findings: list[Finding]) -> list[tuple[str, str]]:
    return [
        (f.rule.id, f"{f.span.file}:{f.span.line}:{f.span.column}: {f.problem.message}")
        for f in findings
        if f.rule in HYGIENE
    ]


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ("# domicile: ignore[DOM101] moves soon until 2027-01-31", "moves soon (until 2027-01-31)"),
        (
            "# domicile: ignore[DOM101] moves soon, until 2026-12-01.",
            "moves soon (until 2026-12-01)",
        ),
        ("# domicile:ignore[DOM101]: moves soon", "moves soon"),
        ("# DOMICILE: IGNORE[dom101] - moves soon", "moves soon"),
        ("// domicile: ignore[DOM101] moves soon", "moves soon"),
        ("/* domicile: ignore[DOM101] moves soon */ # and more", "moves soon"),
        ("# domicile: ignore[region-not-allowed] moves soon", "moves soon"),
        ("# domicile: ignore[DOM301, DOM1] moves soon", "moves soon"),
        ("# domicile: ignore[DOM101] until the crm moves", "until the crm moves"),
        ("# see the register; # domicile: ignore[DOM101] moves soon", "moves soon"),
        ("# domicile: ignore[DOM301] moves soon", None),
        ("# domicile: ignore[DOM101] moves soon until 2026-11-30", None),
        ("# domicile: ignore moves soon", None),
        ("# domicile: ignore[] moves soon", None),
        ("# domicile: ignore[*] moves soon", None),
        ("# domicile: ignore[DOM101] moves soon until 2027-02-30", None),
        ("# domicile: ignore[DOM101] moves soon until 31.01.2027", None),
        ("domicile: ignore[DOM101] moves soon", None),
        ('"a # domicile: ignore[DOM101] moves soon"', None),
    ],
)
def test_comments_that_ignore(settled: Settle, comment: str, reason: str | None) -> None:
    found = settled(finding(1), text=f"region = x {comment}\n")[0]
    assert (found.status, found.reason) == ("ignored" if reason else "open", reason)


BLOCK = """\
# domicile: ignore[DOM101] the whole bucket
resource "aws_s3_bucket" "a" {
  region = "us-east-1"
  rule {
    # a comment of mine
    # domicile: ignore[DOM301] stacked
    # another comment
    key = "b" # domicile: ignore[DOM2] only here
    value = <<EOT
}
EOT
  }
  replica { # domicile: ignore[DOM201] this block
    region = "x} # { /* [${join(", ", f("\\"%s\\"", var.x))}"
    list = jsonencode([{ # domicile: ignore[DOM301] this list
      a = 1
    }])
  } /* } */
  # domicile: ignore[DOM301] not what comes after a blank line

  last = 1
}
resource "aws_s3_bucket" "b" {
}
"""


@pytest.mark.parametrize(
    ("line", "rule", "reason"),
    [
        (2, REGION, "the whole bucket"),
        (3, REGION, "the whole bucket"),
        (10, REGION, "the whole bucket"),
        (22, REGION, "the whole bucket"),
        (23, REGION, None),
        (8, SECRET, "stacked"),
        (7, SECRET, None),
        (9, SECRET, None),
        (8, CROSSING, "only here"),
        (9, CROSSING, None),
        (13, CROSSING, "this block"),
        (16, CROSSING, "this block"),
        (18, CROSSING, "this block"),
        (21, CROSSING, None),
        (15, SECRET, "this list"),
        (17, SECRET, "this list"),
        (18, SECRET, None),
        (21, SECRET, None),
    ],
)
def test_a_comment_covers_its_line_or_its_block(
    settled: Settle, line: int, rule: Rule, reason: str | None
) -> None:
    found = settled(finding(line, rule), text=BLOCK)[0]
    assert found.reason == reason


MANIFEST = """\
# domicile: ignore[DOM101] the first object
apiVersion: v1
kind: Service
metadata:
  name: a
---
# a comment
apiVersion: apps/v1
kind: Deployment # domicile: ignore[DOM101] the second object
spec:
  containers: # domicile: ignore[DOM201] the containers
  - name: a
{{- if .Values.key }}
    image: b
# a comment at the margin
    env: # domicile: ignore[DOM301] the variables
      - name: KEY
        value: c

      - name: SCRIPT
        value: |
          d
    tail: e
  volumes: []
---
kind: ConfigMap
data:
  key: f # domicile: ignore[DOM301] one value
  other: g
"""


@pytest.mark.parametrize(
    ("line", "rule", "reason"),
    [
        (5, REGION, "the first object"),
        (8, REGION, "the second object"),
        (24, REGION, "the second object"),
        (26, REGION, None),
        (11, CROSSING, "the containers"),
        (12, CROSSING, "the containers"),
        (23, CROSSING, "the containers"),
        (24, CROSSING, None),
        (16, SECRET, "the variables"),
        (18, SECRET, "the variables"),
        (22, SECRET, "the variables"),
        (23, SECRET, None),
        (14, SECRET, None),
        (28, SECRET, "one value"),
        (29, SECRET, None),
    ],
)
def test_a_comment_covers_its_line_or_its_block_in_yaml(
    settled: Settle, line: int, rule: Rule, reason: str | None
) -> None:
    found = settled(finding(line, rule, "app.yaml"), text=MANIFEST, file="app.yaml")[0]
    assert found.reason == reason


@pytest.mark.parametrize(
    ("text", "line", "end", "rule", "status"),
    [
        ("a = b # pragma: allowlist secret\n", 1, 1, SECRET, "ignored"),
        ("a = b # gitleaks:allow\n", 1, 1, SECRET, "ignored"),
        ("# pragma: allowlist nextline secret\na = b\n", 2, 2, SECRET, "ignored"),
        ("# pragma: allowlist nextline secret\na = b\nc = d\n", 3, 3, SECRET, "open"),
        ("a = b # pragma: allowlist secret\n", 1, 1, REGION, "open"),
        ("# gitleaks:allow\na = b\n", 2, 2, SECRET, "open"),
        ("a: |\n  b\n  c # gitleaks:allow\n", 1, 3, SECRET, "ignored"),
    ],
)
def test_the_marks_of_other_tools_hold_for_secrets(
    settled: Settle, text: str, line: int, end: int, rule: Rule, status: str
) -> None:
    found = settled(finding(line, rule, end=end), text=text)
    assert [f.status for f in found] == [status]


def test_a_file_that_is_not_on_disk_settles_nothing(settled: Settle) -> None:
    assert words(settled(finding(1, file="rendered.yaml"))) == [("DOM101", 1, "open", None)]


WAIVER = "waivers: [{{{}, reason: migrating, owner: platform, expires: 2027-01-31}}]\n"


@pytest.mark.parametrize(
    ("entry", "subject", "waived"),
    [
        ("rule: DOM101, address: aws_s3_bucket.a", None, True),
        ("rule: region-not-allowed, address: 'infra#aws_*'", None, True),
        ("rule: [DOM3, DOM1], address: [x, '*.a']", None, True),
        ("rule: DOM101, paths: '*.tf'", None, True),
        ("rule: DOM101, address: '*', paths: '*.yaml'", None, False),
        ("rule: DOM102, address: '*'", None, False),
        ("rule: DOM101, address: aws_s3_bucket.b", None, False),
        ("rule: DOM101, address: aws_s3_bucket.a", written("infra#aws_s3_bucket.a[0]"), True),
        ("rule: DOM101, address: default", written(), True),
    ],
)
def test_waivers(settled: Settle, entry: str, subject: Any, waived: bool) -> None:
    found = settled(finding(1, subject=subject), policy=WAIVER.format(entry))
    if waived:
        assert words(found) == [("DOM101", 1, "waived", "migrating, platform (until 2027-01-31)")]
    else:
        assert [f.status for f in found] == ["open", "open"]
        assert found[1].rule.id == "DOM903"


def flow(**values: Any) -> Flow:
    given: dict[str, Any] = {
        "id": "f", "kind": "replication", "carries": "content", "source": "infra#aws_s3_bucket.a",
        "target": "infra#aws_s3_bucket.b", "endpoint": None, "source_locations": (IRELAND,),
        "target_locations": (VIRGINIA,), "crosses": ("country",), "certainty": "certain",
        "declared_by": "infra#aws_s3_bucket_replication_configuration.a",
        "span": Span("main.tf", 1, 1, 1, 9), **values,
    }  # fmt: skip
    return Flow(**given)


def test_a_waiver_may_name_any_part_of_a_flow(settled: Settle) -> None:
    for address in ("aws_s3_bucket.a", "aws_s3_bucket.b", "*_replication_configuration.a"):
        policy = WAIVER.format(f"rule: DOM201, address: '{address}'")
        found = settled(finding(1, CROSSING, subject=flow()), policy=policy)
        assert [f.status for f in found] == ["waived"]


TRANSFER = """\
data_classes: {personal: {addresses: [x]}}
transfers: [{from: EEA, to: US, data: [personal], basis: scc, reference: DPA-1}]
"""


@pytest.mark.parametrize(
    ("rule", "subject", "classes", "status"),
    [
        (CROSSING, flow(), ("personal",), "permitted"),
        (CROSSING, flow(), ("personal", "health"), "open"),
        (CROSSING, flow(), (), "open"),
        (CROSSING, flow(target_locations=(Location("aws", countries=("CA",)),)), ("personal",),
         "open"),
        (REGION, flow(), ("personal",), "open"),
        (CROSSING, bucket(), ("personal",), "open"),
    ],
)  # fmt: skip
def test_a_recorded_transfer_permits_a_data_path(
    settled: Settle, rule: Rule, subject: Any, classes: tuple[str, ...], status: str
) -> None:
    source = bucket(data_classes=classes)
    found = settled(finding(1, rule, subject=subject), policy=TRANSFER, resources=(source,))
    assert [f.status for f in found] == [status]
    reason = "transfer from EEA to US: scc, DPA-1" if status == "permitted" else None
    assert found[0].reason == reason


def test_the_strongest_basis_counts_and_every_exception_was_of_use(settled: Settle) -> None:
    policy = TRANSFER + WAIVER.format("rule: DOM201, address: '*'")
    source = bucket(data_classes=("personal",))
    text = "a # domicile: ignore[DOM201] a reason\n"
    crossing = finding(1, CROSSING, subject=flow())
    found = settled(crossing, text=text, policy=policy, resources=(source,))
    assert [f.status for f in found] == ["permitted"]
    found = settled(crossing, text=text, policy=policy.split("transfers")[0] + WAIVER.format(
        "rule: DOM201, address: '*'"), resources=(source,))  # fmt: skip
    assert [f.status for f in found] == ["waived"]


def test_what_is_past_its_last_day_settles_nothing_and_is_a_finding(settled: Settle) -> None:
    policy = (
        "waivers: [{rule: DOM101, address: '*', reason: migrating, expires: 2026-11-30}]\n"
        "transfers: [{from: EEA, to: US, basis: scc, expires: 2026-11-30}]\n"
    )
    text = "a # domicile: ignore[DOM101, DOM201] soon until 2026-11-30\n"
    found = settled(finding(1), finding(1, CROSSING, subject=flow()), text=text, policy=policy)
    assert [f.status for f in found] == ["open"] * 5
    assert hygiene(found) == [
        ("DOM901", "domicile.yaml:2:11: waiver of DOM101 expired on 2026-11-30: migrating"),
        ("DOM901", "domicile.yaml:3:13: transfer from EEA to US expired on 2026-11-30: scc"),
        ("DOM901", "main.tf:1:3: ignore of DOM101, DOM201 expired on 2026-11-30"),
    ]
    assert {f.severity for f in found[2:]} == {Severity.MEDIUM}


def test_the_last_day_still_counts(settled: Settle) -> None:
    policy = "waivers: [{rule: DOM101, address: '*', reason: migrating, expires: 2026-12-01}]\n"
    assert [f.status for f in settled(finding(1), policy=policy)] == ["waived"]


def test_an_ignore_without_a_reason_holds_and_is_a_finding(settled: Settle) -> None:
    text = "a # domicile: ignore[DOM101]\nb /* domicile: ignore[DOM101] until 2027-01-31 */\n"
    found = settled(finding(1), finding(2), text=text)
    assert words(found[:2]) == [
        ("DOM101", 1, "ignored", "no reason given"),
        ("DOM101", 2, "ignored", "no reason given (until 2027-01-31)"),
    ]
    assert hygiene(found) == [
        ("DOM902", "main.tf:1:3: ignore of DOM101 gives no reason"),
        ("DOM902", "main.tf:2:3: ignore of DOM101 gives no reason"),
    ]
    assert found[2].span == Span("main.tf", 1, 3, 1, 29)
    assert found[3].span == Span("main.tf", 2, 3, 2, 50)


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("ignore because", "ignore covers nothing: it names no rule"),
        ("ignore[DOM 101!] because", "ignore covers nothing: '101!' is no rule"),
        (
            "ignore[DOM101] because until 2027-02-30",
            "ignore covers nothing: '2027-02-30' is no day of the calendar",
        ),
        (
            "ignore[DOM101] because until 31/01/2027",
            "ignore covers nothing: '31/01/2027' is not a date such as 2027-01-31",
        ),
    ],
)
def test_an_ignore_that_cannot_be_read_is_a_finding(
    settled: Settle, comment: str, message: str
) -> None:
    found = settled(finding(1), text=f"a # domicile: {comment}\n")
    assert hygiene(found) == [("DOM904", f"main.tf:1:3: {message}")]


def test_a_waiver_without_effect_is_found_by_a_whole_scan_alone(settled: Settle) -> None:
    policy = WAIVER.format("rule: DOM101, address: [a.b, c.d]")
    message = "domicile.yaml:2:11: waiver of DOM101 for 'a.b, c.d' matches no finding"
    assert hygiene(settled(policy=policy)) == [("DOM903", message)]
    assert hygiene(settled(policy=policy, paths=(str(settled.root),))) == [("DOM903", message)]
    for options in ({"paths": ("infra",)}, {"select": ("DOM",)}, {"environment": "prod"}):
        assert settled(policy=policy, **options) == []


def test_a_residency_that_binds_nothing_is_a_finding(settled: Settle) -> None:
    policy = (
        "residency:\n"
        "  - {name: Everything, allow: [EEA]}\n"
        "  - {name: Typing error, allow: [EEA], where: {paths: ['infar/**']}}\n"
    )
    found = settled(policy=policy, resources=(bucket(),))
    message = "domicile.yaml:4:5: no resource falls under 'Typing error'"
    assert hygiene(found) == [("DOM905", message)]
    assert settled(policy=policy) == []


def test_hygiene_rules_are_chosen_like_others(settled: Settle) -> None:
    text = "a # domicile: ignore[DOM101]\n"
    assert len(settled(finding(1), text=text, ignore=("DOM9",))) == 1
    assert len(settled(finding(1), text=text, select=("DOM101",))) == 1
    assert len(settled(finding(1), text=text, select=("ignore-without-reason",))) == 2


def test_hygiene_rules_are_rules_and_their_findings_differ(settled: Settle) -> None:
    assert [rule.id for rule in HYGIENE] == ["DOM901", "DOM902", "DOM903", "DOM904", "DOM905"]
    for item in HYGIENE:
        assert list(item.run(Graph({}), policy_of())) == []
        assert not item.summary.endswith(".")
    text = "a # domicile: ignore[DOM101]\n" * 3
    found = settled(finding(1), text=text)[1:]
    assert len({f.fingerprint for f in found}) == 3
    moved = settled(finding(2), text=f"\n{text}")[1:]
    assert [f.fingerprint for f in moved] == [f.fingerprint for f in found]


def test_nothing_is_dropped_and_the_rest_of_a_finding_stays(settled: Settle) -> None:
    text = "a # domicile: ignore[DOM101] a reason\n"
    first, second = finding(1), finding(2)
    found = settled(first, second, text=text)
    assert found == [replace(first, status="ignored", reason="a reason"), second]


@pytest.mark.parametrize(
    "text",
    [
        "{ # domicile: ignore[DOM101]\n" * 20_000,
        "# domicile: ignore[DOM101]\n" * 20_000,
        "#" * 400_000 + "domicile:",
        "/*" * 200_000 + "domicile:",
        "a # domicile: ignore[DOM101] " + "until ... " * 40_000,
        "a: |||||||||||||||||||||||||||||||||| domicile:\n" * 2000,
    ],
    ids=["open-braces", "stacked", "hashes", "open-comments", "untils", "scalars"],
)
@pytest.mark.parametrize("file", ["main.tf", "app.yaml"])
def test_no_file_takes_for_ever(settled: Settle, text: str, file: str) -> None:
    began = time.perf_counter()
    settled(finding(1, file=file), text=text, file=file)
    assert time.perf_counter() - began < 5
