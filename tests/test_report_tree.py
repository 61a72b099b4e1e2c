"""A report made by hand over `fixtures/report/tree`, for the tests of the formats."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from scanner.finding import Finding, Related, Report, fingerprint
from scanner.graph import Graph
from scanner.model import (
    Flow,
    Hop,
    Location,
    Operator,
    Resource,
    Span,
    Unit,
    Unread,
    Written,
    WrittenString,
)
from scanner.policy import Policy
from scanner.rule import Problem, Rule, Severity
from scanner.settings import Settings

TREE = Path(__file__).parent.parent / "fixtures" / "report" / "tree"
SECRET = "Tr0ub4dor-and-3"
STORED = "correct horse battery staple"
AWS = Operator("Amazon Web Services", "US")
IRELAND = Location("aws", "eu-west-1", countries=("IE",), jurisdictions=("EU", "EEA"))
VIRGINIA = Location("aws", "us-east-1", countries=("US",))
NOBODY_KNOWS = Location(
    "aws",
    status="unknown",
    trail=(Hop(Span("infra/main.tf", 2, 3, 2, 22), "variable region has no default"),),
)


def rule(id: str, name: str, severity: Severity, **more: Any) -> Rule:
    return Rule(
        id, name, severity, more.pop("summary", name.replace("-", " ").capitalize()),
        f"## Why\nThe {name} matters.\n\n## Fix\nMove it where the policy allows:\n\n    a = 1\n",
        lambda _graph, _policy: (), "python", f"rules/{name}.py", **more,
    )  # fmt: skip


REGION = rule(
    "DOM101", "region-not-allowed", Severity.HIGH, kinds=frozenset({"object_store"}),
    controls=("GDPR:Art.44", "ISO27001:A.5.31", "GDPR:Art.44"),
)  # fmt: skip
CROSSING = rule("DOM201", "replication-crosses-border", Severity.MEDIUM, controls=("GDPR:Art.44",))
LEAK = rule("DOM301", "hard-coded-secret", Severity.CRITICAL, tags=("secrets",))
QUIET = rule("DOM401", "single-region", Severity.LOW)


def span(file: str, line: int, column: int = 1, end: int = 0, end_line: int = 0) -> Span:
    return Span(file, line, column, end_line or line, end or column + 1)


def resource(address: str, place: Span, *locations: Location, **more: Any) -> Resource:
    type_, _, name = address.partition(".")
    return Resource(
        f"infra#{address}", address, more.pop("unit", "infra"), "terraform", "aws", type_, name,
        more.pop("kind", "object_store"), place, Written(place), locations=locations,
        operator=AWS, **more,
    )  # fmt: skip


def string(value: str, place: Span, key: str, form: str = "attribute") -> WrittenString:
    return WrittenString(value, place, key, key, form, "infra", "terraform", type="aws_db_instance")


def finding(rule: Rule, subject: Any, place: Span, message: str, **more: Any) -> Finding:
    keys = ("verdict", "help", "severity", "path")
    said = {key: more.pop(key) for key in keys if key in more}
    related = more.pop("related", ())
    return Finding(
        rule,
        Problem(subject, message, related=tuple((r, "", t) for r, t in related), **said),
        place,
        more.pop("trail", ()),
        more.pop("mark", fingerprint(rule.id, getattr(subject, "id", subject.__class__.__name__))),
        tuple(Related(r.span, t) for r, t in related),
        **more,
    )


DOCUMENTS = resource(
    "aws_s3_bucket.documents", span("infra/main.tf", 5, 1, 39), IRELAND,
    replace(VIRGINIA, role="replica"), data_classes=("personal",),
)  # fmt: skip
REPLICA = resource("aws_s3_bucket.replica", span("infra/main.tf", 12, 1, 37), VIRGINIA)
ORDERS = resource(
    "aws_db_instance.orders", span("infra/main.tf", 25, 1, 38), NOBODY_KNOWS, kind="database",
    attributes={"password": SECRET, "region": "ap-southeast-2"},
)  # fmt: skip
WIDE = resource("aws_s3_bucket.größe", span("infra/mit leer/größe.tf", 1, 1, 33), VIRGINIA)
SETTING = resource(
    "aws_s3_bucket_versioning.documents", span("infra/main.tf", 16), IRELAND,
    kind="other", roles=("attachment",),
)  # fmt: skip
RANDOM = resource("random_id.suffix", span("infra/main.tf", 1), kind="other")
RESOURCES = (DOCUMENTS, REPLICA, ORDERS, WIDE, SETTING, RANDOM)

DECLARED_BY = "infra#aws_s3_bucket_replication_configuration.documents"
FLOW = Flow(
    f"{DECLARED_BY}/replication/aws_s3_bucket.replica",
    "replication", "content", DOCUMENTS.id, REPLICA.id, None, (IRELAND,), (VIRGINIA,),
    ("country", "jurisdiction"), "certain", DECLARED_BY,
    span("infra/main.tf", 20, 7, 41),
    (
        Hop(span("infra/prod.tfvars", 1, 1, 21), 'region = "eu-west-1"'),
        Hop(span("infra/main.tf", 2, 3, 22), "provider.aws"),
        Hop(span("infra/main.tf", 20, 7, 41), "replicates to aws_s3_bucket.replica"),
    ),
)  # fmt: skip
TELEMETRY = Flow(
    "infra#x/telemetry/datadoghq.com", "telemetry", "telemetry", "", None, "datadoghq.com",
    (), (VIRGINIA,), (), "possible", "infra#aws_lambda_function.x", span("infra/main.tf", 1),
)  # fmt: skip

PASSWORD = string(SECRET, span("infra/main.tf", 26, 14, 31), "password")
KUBERNETES = string(STORED, span("k8s/secret.yaml", 6, 13, 53), "password", form="secret")

FINDINGS = (
    finding(
        LEAK, PASSWORD, PASSWORD.span, "a hard-coded password in 'password'",
        help="Revoke it, then read it from a secret manager", path="password",
        trail=(Hop(PASSWORD.span, f'password = "{SECRET}"'), Hop(span("infra/main.tf", 25), "a")),
    ),
    finding(
        REGION, REPLICA, span("infra/main.tf", 13, 2, 22), path="region",
        message="'aws_s3_bucket.replica' lies in us-east-1 (US), outside EEA or CH",
    ),
    finding(
        REGION, ORDERS, span("infra/main.tf", 27, 3, 31), path="region",
        message="'aws_db_instance.orders' lies in ap-southeast-2 (AU), outside EEA or CH",
    ),
    finding(
        REGION, WIDE, span("infra/mit leer/größe.tf", 1, 47, 72), path="region",
        message="'aws_s3_bucket.größe' lies in ap-northeast-1 (JP), outside EEA or CH",
    ),
    finding(
        CROSSING, FLOW, FLOW.span, "'aws_s3_bucket.documents' is copied to 'aws_s3_bucket.replica'",
        trail=FLOW.trail, related=((DOCUMENTS, "from here"), (REPLICA, "to here")),
    ),
    finding(
        REGION, SETTING, span("infra/long.tf", 1, 417, 437), severity=Severity.LOW,
        message="'locals' names us-west-2 (US)",
    ),
    finding(
        REGION, DOCUMENTS, span("infra/main.tf", 5, 1, 2, end_line=10), verdict="undecided",
        message="where 'aws_s3_bucket.documents' lies is not known: variable region has no default",
    ),
    finding(
        LEAK, KUBERNETES, KUBERNETES.span, "a hard-coded password in 'password'",
        status="ignored", reason="a test cluster until 2027-01-31",
    ),
    finding(REGION, DOCUMENTS, DOCUMENTS.span, "a", status="waived", reason="migrating, platform"),
    finding(CROSSING, FLOW, FLOW.span, "b", status="permitted", reason="scc, DPA-2026-014"),
    finding(QUIET, DOCUMENTS, DOCUMENTS.span, "c", status="known", reason="in the baseline"),
)  # fmt: skip

UNREAD = (
    Unread("modules/crm", "module source is not on disk", 3, "run terraform get and scan again"),
    Unread("infra/größe leer.tf", "syntax error"),
)


def report(*findings: Finding, **more: Any) -> Report:
    """Return a report over the tree: of some findings, or of every kind that there is."""
    resources = more.pop("resources", RESOURCES)
    graph = Graph(
        {item.id: item for item in resources},
        flows=more.pop("flows", (FLOW, TELEMETRY)),
        strings=more.pop("strings", (PASSWORD, KUBERNETES)),
        units=more.pop("units", (Unit("infra", "terraform", "infra", "prod"),)),
        unread=more.pop("unread", UNREAD),
    )
    settings = Settings(
        root=more.pop("root", TREE), as_of=datetime.date(2026, 12, 1), **more.pop("settings", {})
    )
    return Report(
        findings or more.pop("findings", FINDINGS),
        more.pop("rules", (REGION, CROSSING, LEAK, QUIET)),
        graph,
        more.pop("policy", Policy(path="domicile.yaml")),
        settings,
        exit_code=more.pop("exit_code", 1),
        notes=more.pop("notes", ("no policy says what may lie where",)),
    )


def clean_report() -> Report:
    """Return a report in which nothing was found."""
    return report(findings=(), unread=(), notes=(), exit_code=0)


def test_the_tree_holds_what_the_report_speaks_of() -> None:
    for item in FINDINGS:
        lines = (TREE / item.span.file).read_text(encoding="utf-8").split("\n")
        assert item.span.end_column - 1 <= len(lines[item.span.end_line - 1])
