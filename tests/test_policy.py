"""The policy file: what it may say, how its faults are worded, and what a policy answers."""

from __future__ import annotations

import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import PolicyError, UsageError
from scanner.graph import Graph
from scanner.model import Flow, Location, Resource, Span, Unit, Written
from scanner.policy import Policy, load
from scanner.policy.first import first_policy
from scanner.policy.globs import address_matches, path_matches
from scanner.policy.hygiene import HYGIENE
from scanner.policy.read import read
from scanner.policy.schema import (
    CLUSTER,
    DATA_CLASS,
    POLICY,
    RESIDENCY,
    TERRAFORM,
    TRANSFER,
    WAIVER,
    WHERE,
)
from scanner.settings import Settings

FIXTURES = Path(__file__).parent.parent / "fixtures" / "policy"
DAY = date(2026, 12, 1)


def policy_of(text: str) -> Policy:
    return read(text, "domicile.yaml", DAY)


def faults_of(text: str) -> str:
    with pytest.raises(PolicyError) as caught:
        policy_of(text)
    return caught.value.message


def resource(address: str, unit: str = "infra/prod", **values: Any) -> Resource:
    span = Span(f"{unit}/main.tf", 1, 1, 3, 2)
    given_values: dict[str, Any] = {
        "id": f"{unit}#{address}", "address": address, "unit": unit, "source": "terraform",
        "provider": "aws", "type": "aws_s3_bucket", "name": address.rpartition(".")[2],
        "kind": "object_store", "span": span, "origin": Written(span), **values,
    }  # fmt: skip
    return Resource(**given_values)


def flow(**values: Any) -> Flow:
    given_values: dict[str, Any] = {
        "id": "f", "kind": "telemetry", "carries": "telemetry", "source": "infra#a.b",
        "target": None, "endpoint": "api.datadoghq.com", "source_locations": (IRELAND,),
        "target_locations": (VIRGINIA,), "crosses": ("country",), "certainty": "certain",
        "declared_by": "infra#a.b", "span": Span("main.tf", 1, 1, 1, 2), **values,
    }  # fmt: skip
    return Flow(**given_values)


IRELAND = Location("aws", "eu-west-1", countries=("IE",), jurisdictions=("EU", "EEA"))
VIRGINIA = Location("aws", "us-east-1", countries=("US",))
NOWHERE = Location("aws", status="unknown")
ANYWHERE = Location("aws", scope="global", countries=("*",))


def test_every_key_is_read() -> None:
    policy = load(Settings(root=FIXTURES / "whole", as_of=DAY))
    personal, europe = policy.residency
    assert policy.path == "domicile.yaml"
    assert personal.name == "Personal data stays in the EEA or Switzerland"
    assert personal.data == {"personal"}
    assert (personal.allow.text(), personal.unknown) == ("EEA or CH", "fail")
    assert personal.control is not None
    assert personal.control.text() == "EEA"
    assert personal.where.kinds == {"database", "object_store"}
    assert (europe.control, europe.unknown, europe.data) == (None, "warn", frozenset())
    assert europe.allow.regions == {"aws:us-east-1"}
    (transfer,) = policy.transfers
    assert transfer.words() == (
        "transfer from EEA to US: scc, DPA-2026-014, privacy@example.com (until 2027-06-30)"
    )
    (waiver,) = policy.waivers
    assert waiver.rules == ("DOM101", "residency-unknown")
    assert waiver.words() == "migrating, platform (until 2027-01-31)"
    assert (waiver.span.line, waiver.span.end_line) == (19, 24)
    assert policy.terraform[0].root == "infra"
    assert policy.environments_of("infra/") == {
        "prod": ("envs/prod.tfvars",), "stage": ("envs/stage.tfvars", "../more.tfvars"),
    }  # fmt: skip
    assert policy.environments_of("other") == {}


def test_all_faults_are_shown_at_once_each_with_its_place() -> None:
    with pytest.raises(PolicyError) as caught:
        load(Settings(root=FIXTURES / "faults", as_of=DAY))
    expected = (FIXTURES / "faults" / "faults.txt").read_text(encoding="utf-8").splitlines()
    assert caught.value.message.splitlines() == expected
    assert caught.value.hint.startswith(f"{len(expected)} faults")
    assert caught.value.span == Span("domicile.yaml", 1, 10, 1, 11)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "domicile.yaml:1:1: the policy is empty"),
        ("# only a comment\n", "domicile.yaml:1:1: the policy is empty"),
        ("residency: []\n", "domicile.yaml:1:1: missing key 'version'; write 'version: 1'"),
        ("verison: 1\n", "domicile.yaml:1:1: unknown key 'verison'; did you mean 'version'?"),
        (
            "- version: 1\n",
            (
                "domicile.yaml:1:1: a policy is a mapping with the keys version, packs, "
                "data_classes, residency, transfers, waivers, clusters, terraform, not a list"
            ),
        ),
        (
            "version: 1\nresidency:\n  name: x\n",
            "domicile.yaml:3:3: 'residency' must be a list of entries, not a mapping",
        ),
        (
            "version: 1\nresidency: EEA\n",
            "domicile.yaml:2:12: 'residency' must be a list of entries, not 'EEA'",
        ),
        (
            "version: 1\nresidency:\n  - {name: a, allow: [EEA], data: [staff]}\n",
            "domicile.yaml:3:35: unknown data class 'staff'; define it under data_classes",
        ),
        (
            "version: 1\nwaivers: [\n",
            (
                "domicile.yaml:3:1: not YAML: while parsing a flow node "
                "did not find expected node content"
            ),
        ),
        (
            "version: 1\n---\nversion: 1\n",
            (
                "domicile.yaml:2:1: not YAML: expected a single document in the stream "
                "but found another document"
            ),
        ),
    ],
)
def test_a_fault_says_where_and_what(text: str, message: str) -> None:
    assert faults_of(text) == message


def test_a_list_may_be_left_empty_by_commenting_its_entries_out() -> None:
    policy = policy_of("version: 1\npacks:\nwaivers:\n  # - {rule: DOM101}\ntransfers: []\n")
    assert (policy.waivers, policy.transfers, policy.packs) == ((), (), ())


def test_norway_is_a_country_and_not_false() -> None:
    policy = policy_of("version: 1\nresidency: [{name: no, allow: [NO, SE]}]\n")
    assert policy.residency[0].name == "no"
    assert policy.residency[0].allow.countries == {"NO", "SE"}


def test_aliases_are_read_and_cannot_make_a_small_file_endless() -> None:
    policy = policy_of(
        "version: 1\nresidency:\n- {name: a, allow: &area [IE]}\n- {name: b, allow: *area}\n"
    )
    assert policy.residency[0].allow == policy.residency[1].allow
    many = ", ".join(["x"] * 1000)
    bomb = f"version: 1\npacks: &p [{many}]\nclusters:\n" + "- {paths: *p}\n" * 2000
    assert faults_of(bomb) == "domicile.yaml: the policy holds more than 100000 values"
    assert "not YAML" in faults_of("version: 1\npacks: " + "[" * 5000)
    assert "'packs' must be text, not a list" in faults_of("version: 1\npacks: &p [*p]\n")


def test_a_pack_that_does_not_exist_lists_those_that_do(monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner.policy import packs

    text = "version: 1\npacks: [{}]\n"
    monkeypatch.setattr(packs, "pack_names", lambda: ("dora", "gdpr"))
    assert policy_of(text.format("gdpr")).packs == ("gdpr",)
    assert faults_of(text.format("gdrp")).endswith("unknown pack 'gdrp'; did you mean 'gdpr'?")
    assert faults_of(text.format("x")).endswith("unknown pack 'x'; packs are dora, gdpr")
    monkeypatch.setattr(packs, "pack_names", lambda: ())
    assert faults_of(text.format("gdpr")) == (
        "domicile.yaml:2:8: unknown pack 'gdpr'; this release brings no law packs"
    )


def test_where_the_policy_file_is_looked_for(tmp_path: Path) -> None:
    nothing = load(Settings(root=tmp_path))
    assert (nothing.present, nothing.path, nothing.residency) == (False, None, ())
    with pytest.raises(PolicyError, match=r"there is no policy file 'rules/p\.yaml'"):
        load(Settings(root=tmp_path, policy="rules/p.yaml"))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "p.yaml").write_bytes(b"\xef\xbb\xbfversion: 1\r\n")
    given_one = load(Settings(root=tmp_path, policy="rules/p.yaml"))
    assert (given_one.present, given_one.path) == (True, "rules/p.yaml")
    (tmp_path / "domicile.yml").write_text("version: 1\n", encoding="utf-8")
    assert load(Settings(root=tmp_path)).path == "domicile.yml"
    (tmp_path / "domicile.yaml").write_bytes(b"version: \xff\n")
    with pytest.raises(PolicyError, match=r"both domicile\.yaml and domicile\.yml exist"):
        load(Settings(root=tmp_path))
    (tmp_path / "domicile.yml").unlink()
    with pytest.raises(PolicyError, match=r"domicile\.yaml: not UTF-8 at byte 9"):
        load(Settings(root=tmp_path))
    (tmp_path / "domicile.yaml").write_text("#" * 1_000_001, encoding="utf-8")
    with pytest.raises(PolicyError, match="at most 1000000 bytes"):
        load(Settings(root=tmp_path))


def test_allow_without_a_file_is_a_policy(tmp_path: Path) -> None:
    policy = load(Settings(root=tmp_path, allow=("EEA, CH", "aws:us-east-1")))
    (allowed,) = policy.residency
    assert allowed.name == "--allow EEA,CH,aws:us-east-1"
    assert allowed.allow.text() == "EEA, CH or aws:us-east-1"
    assert policy.present
    assert policy.residencies(resource("aws_s3_bucket.a")) == (allowed,)
    with pytest.raises(UsageError, match=r"--allow: unknown place 'EEAA'; did you mean 'EEA'\?"):
        load(Settings(root=tmp_path, allow=("EEAA",)))


def test_allow_beside_a_file_binds_as_well() -> None:
    policy = load(Settings(root=FIXTURES / "whole", as_of=DAY, allow=("IE",)))
    assert [item.name for item in policy.residency][2:] == ["--allow IE"]


@pytest.mark.parametrize(
    ("labels", "address", "classes"),
    [
        ({"data-classification": "personal"}, "aws_s3_bucket.a", ("personal",)),
        ({"DataClassification": "PII-high"}, "aws_s3_bucket.a", ("personal",)),
        ({"data_classification": "public"}, "aws_s3_bucket.a", ()),
        ({"owner": "personal"}, "aws_s3_bucket.a", ()),
        ({}, 'module.crm["eu"].aws_s3_bucket.docs[0]', ("personal",)),
        ({}, "StatefulSet/prod/crm-db", ("personal",)),
        ({}, "StatefulSet/stage/crm-db", ()),
    ],
)
def test_classes_of_data_come_from_labels_and_addresses(
    labels: dict[str, str], address: str, classes: tuple[str, ...]
) -> None:
    policy = load(Settings(root=FIXTURES / "whole", as_of=DAY))
    assert policy.classify(resource(address, labels=labels)).data_classes == classes


def test_a_resource_keeps_the_classes_that_it_has() -> None:
    policy = load(Settings(root=FIXTURES / "whole", as_of=DAY))
    found = policy.classify(resource("module.crm.a.b", data_classes=("health", "personal")))
    assert found.data_classes == ("health", "personal")


@pytest.mark.parametrize(
    ("unit", "kind", "classes", "bound"),
    [
        ("infra/prod", "object_store", ("personal",), True),
        ("infra/prod/crm", "database", ("personal", "other"), True),
        ("infra/prod", "queue", ("personal",), False),
        ("infra/prod", "database", (), False),
        ("infra/production", "database", ("personal",), False),
    ],
)
def test_a_residency_binds_by_data_and_by_place_in_the_tree(
    unit: str, kind: str, classes: tuple[str, ...], bound: bool
) -> None:
    policy = load(Settings(root=FIXTURES / "whole", as_of=DAY))
    found = policy.residencies(resource("a.b", unit, kind=kind, data_classes=classes))
    assert (policy.residency[0] in found) is bound
    assert policy.residency[1] in found


ENVIRONMENTS = """\
version: 1
residency: [{name: a, where: {environments: [prod]}, allow: [EEA]}]
terraform: [{root: infra, environments: {blue: [blue.tfvars]}}]
"""


@pytest.mark.parametrize(
    ("unit", "environment", "bound"),
    [
        ("infra/prod", "prod", True),
        ("infra/production/eu", "prod", True),
        ("infra/dev", "dev", False),
        ("infra/blue", "blue", False),
        ("infra", None, True),  # nobody knows: it may be production
    ],
)
def test_the_environment_of_a_unit(unit: str, environment: str | None, bound: bool) -> None:
    policy = policy_of(ENVIRONMENTS)
    assert policy.environment_of(unit) == environment
    assert bool(policy.residencies(resource("a.b", unit))) is bound


def test_a_unit_that_names_its_environment_needs_no_guess(tmp_path: Path) -> None:
    policy = policy_of(ENVIRONMENTS).with_units([Unit("infra", "terraform", "infra", "Stage")])
    assert policy.residencies(resource("a.b", "infra")) == ()
    (tmp_path / "domicile.yaml").write_text(ENVIRONMENTS, encoding="utf-8")
    given_one = load(Settings(root=tmp_path, environment="production"))
    assert given_one.environment_of("infra/dev") == "production"
    assert len(given_one.residencies(resource("a.b", "infra/dev"))) == 1


def test_paths_of_a_residency_name_the_unit_or_the_file() -> None:
    policy = policy_of(
        "version: 1\nresidency: [{name: a, where: {paths: [modules/crm]}, allow: [EEA]}]\n"
    )
    called = resource("module.crm.a.b", "infra", span=Span("modules/crm/main.tf", 1, 1, 1, 2))
    assert len(policy.residencies(called)) == 1
    assert policy.residencies(resource("a.b", "infra")) == ()


def test_manifests_land_on_the_first_cluster_that_holds_their_path() -> None:
    policy = load(Settings(root=FIXTURES / "whole", as_of=DAY))
    found = policy.cluster_of("k8s/prod/web/app.yaml")
    assert found is not None
    assert (found[0], found[1]) == ("aws", "eu-central-1")
    assert (found[2].span.line, found[2].text) == (26, "clusters: aws eu-central-1")
    other = policy.cluster_of("k8s/stage")
    assert other is not None
    assert other[:2] == ("azure", "West Europe")
    assert policy.cluster_of("charts/app") is None


def test_rego_sees_the_expanded_areas() -> None:
    seen = load(Settings(root=FIXTURES / "whole", as_of=DAY)).as_input()["residency"]
    europe = seen["Nothing leaves Europe"]
    assert europe["allow"]["text"] == "EEA, CH, GB or aws:us-east-1"
    assert {"NO", "CH", "GB"} < set(europe["allow"]["countries"])
    assert (europe["allow"]["groups"], europe["allow"]["regions"]) == (["EEA"], ["aws:us-east-1"])
    assert (europe["control"], europe["unknown"]) == (None, "warn")
    personal = seen["Personal data stays in the EEA or Switzerland"]
    assert (personal["control"]["text"], personal["data"]) == ("EEA", ["personal"])


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("infra/prod/**", "infra/prod", True),
        ("infra/prod/**", "infra/prod/x/main.tf", True),
        ("infra/prod/**", "infra/production", False),
        ("infra/prod/**", "infra", False),
        ("infra/prod", "infra/prod/a", True),
        ("infra/prod", "x/infra/prod", False),
        ("./infra/", "infra/x", True),
        ("prod", "infra/prod/a", True),
        ("/prod", "infra/prod", False),
        ("*.tf", "a/b/main.tf", True),
        ("*.tf", "a.tfvars", False),
        ("**", ".", True),
        (".", "a/b", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**/b", "a/xb", False),
        ("a/**/b/**/c", "a/b/x/c", True),
        ("**/prod/**", "infra/prod/a", True),
        ("infra/*/main.tf", "infra/x/main.tf", True),
        ("infra/*/main.tf", "infra/x/y/main.tf", False),
        ("a?c", "a/c", False),
        ("a[b]c", "a[b]c", True),
    ],
)
def test_globs_over_paths(glob: str, path: str, matches: bool) -> None:
    assert path_matches([glob], path) is matches


@pytest.mark.parametrize(
    ("glob", "address", "matches"),
    [
        ("module.crm.*", "module.crm.module.a.aws_s3_bucket.docs", True),
        ("aws_s3_bucket.a", "aws_s3_bucket.a[0]", True),
        ("aws_s3_bucket.a", 'aws_s3_bucket.a["x]y"]', True),
        ("aws_s3_bucket.a", "aws_s3_bucket.ab", False),
        ("aws_s3_bucket.a", "module.m.aws_s3_bucket.a", False),
        ('module.db["eu"].a.b', 'module.db["eu"].a.b', True),
        ('module.db["eu"].a.b', 'module.db["us"].a.b', False),
        ("module.db.a.b", 'module.db["us"].a.b[1]', True),
        ("a.b[*]", 'a.b["x"]', True),
        ("infra/prod#a.*", "a.b", True),
        ("infra/dev#a.*", "a.b", False),
        ("StatefulSet/prod/crm-?b", "StatefulSet/prod/crm-db", True),
        ("*", "anything", True),
    ],
)
def test_globs_over_addresses(glob: str, address: str, matches: bool) -> None:
    assert address_matches(glob, address, "infra/prod") is matches


def test_no_glob_takes_for_ever() -> None:
    began = time.perf_counter()
    assert not address_matches("*a" * 40 + "*b", "a" * 10_000)
    assert not path_matches(["**/a/" * 12 + "b"], "a/" * 2000 + "c")
    assert not path_matches(["*a" * 40 + "*b"], "a" * 10_000)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("entry", "values", "covered"),
    [
        ("from: EEA, to: US", {}, True),
        ("from: EEA, to: CA", {}, False),
        ("from: CH, to: US", {}, False),
        ("from: EEA, to: US, data: [telemetry]", {}, True),
        ("from: EEA, to: US, data: [content]", {}, False),
        ("from: EEA, to: US, data: [personal]", {"carries": "content"}, True),
        ("from: EEA, to: US, data: [personal]", {"classes": ("personal", "health")}, False),
        ("from: EEA, to: US, data: [personal]", {"classes": ()}, False),
        ("from: EEA, to: US, recipient: datadoghq.com", {}, True),
        (
            "from: EEA, to: US, recipient: datadoghq.com",
            {"endpoint": "https://datadoghq.com/"},
            True,
        ),
        ("from: EEA, to: US, recipient: datadoghq.com", {"endpoint": "evildatadoghq.com"}, False),
        ("from: EEA, to: US, recipient: datadoghq.com", {"endpoint": None}, False),
        ("from: EEA, to: US", {"target_locations": (VIRGINIA, IRELAND)}, False),
        ("from: EEA, to: US", {"target_locations": (NOWHERE,)}, False),
        ("from: EEA, to: US", {"target_locations": ()}, False),
        ("from: EEA, to: US", {"target_locations": (ANYWHERE,)}, False),
        ("from: EEA, to: US, recipient: '*.datadoghq.com'", {"target_locations": (NOWHERE,)}, True),
        ("from: EEA, to: US, recipient: datadoghq.com", {"target_locations": (ANYWHERE,)}, False),
        ("from: EEA, to: US, recipient: datadoghq.com", {"target_locations": (IRELAND,)}, False),
        ("from: EEA, to: US", {"source_locations": (IRELAND, NOWHERE)}, False),
        ("from: EEA, to: US", {"source_locations": ()}, False),
    ],
)
def test_what_a_transfer_covers(entry: str, values: dict[str, Any], covered: bool) -> None:
    policy = policy_of(
        "version: 1\ndata_classes: {personal: {addresses: [a]}}\n"
        f"transfers: [{{{entry}, basis: scc}}]\n"
    )
    classes = values.pop("classes", ("personal",))
    assert policy.transfers[0].covers(flow(**values), classes) is covered


def graph_of(*resources: Resource, units: tuple[Unit, ...] = ()) -> Graph:
    return Graph({item.id: item for item in resources}, units=units)


def test_a_first_policy_allows_what_is_there_today(tmp_path: Path) -> None:
    multi = Location("google", "eu", group="EU", scope="multi-region")
    graph = graph_of(
        resource("a.ireland", locations=(IRELAND,), labels={"DataClass": "Personal"}),
        resource("a.oslo", locations=(Location("azure", "norwayeast", countries=("NO",)),)),
        resource("a.multi", locations=(multi,)),
        resource("a.cdn", locations=(ANYWHERE,)),
        resource("a.lost", locations=(NOWHERE,)),
        resource("a.attached", locations=(VIRGINIA,), roles=("attachment",)),
        resource("random_id.x"),
        resource("aws_eks_cluster.main", kind="cluster", locations=(IRELAND,)),
        resource("Pod/prod/x", "k8s", source="kubernetes", locations=(NOWHERE,)),
        units=(Unit("k8s", "kubernetes", "k8s"),),
    )
    text = first_policy(graph)
    (tmp_path / "domicile.yaml").write_text(text, encoding="utf-8")
    policy = load(Settings(root=tmp_path))
    (today,) = policy.residency
    assert today.allow.terms == ("EU", "IE", "NO")
    assert today.allow.holds(IRELAND) is True
    assert today.allow.holds(VIRGINIA) is False
    assert policy.classify(graph.resources["infra/prod#a.ireland"]).data_classes == ("personal",)
    assert '- "NO"  # 1 resource, such as a.oslo' in text
    assert "2 resources have a place that the source does not tell, such as a.lost" in text
    assert "1 resource has no single place, as global services, such as a.cdn" in text
    assert (
        '#   - {paths: ["k8s/**"], provider: aws, region: eu-west-1}  # aws_eks_cluster.main'
        in text
    )


def test_the_comments_of_a_first_policy_are_good_policy_too() -> None:
    text = first_policy(graph_of())
    assert policy_of(text).residency == ()
    uncommented = "\n".join(
        line.removeprefix("# ") for line in text.splitlines() if line.startswith("#   ")
        or line.rstrip(":") in ("# data_classes", "# residency", "# transfers", "# waivers")
    )  # fmt: skip
    policy = policy_of(f"version: 1\n{uncommented}\n")
    assert (len(policy.residency), len(policy.transfers), len(policy.waivers)) == (1, 1, 1)


@settings(max_examples=60, deadline=None)
@given(
    st.text(min_size=1, max_size=20),
    st.dictionaries(
        st.text(max_size=12).map(lambda text: f"dataclass{text}"), st.text(max_size=12)
    ),
)
def test_a_first_policy_is_readable_whatever_the_tree_calls_its_things(
    name: str, labels: dict[str, str]
) -> None:
    strange = resource(f"a.{name}", labels=labels, locations=(IRELAND,))
    policy = policy_of(first_policy(graph_of(strange)))
    assert policy.residency[0].allow.countries == {"IE"}


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.dates() | st.text(max_size=8)
        | st.sampled_from(["EEA", "DOM101", "personal", "fail", "2027-01-31", "prod", "**"]),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([
                "version", "residency", "name", "allow", "data", "where", "paths", "transfers",
                "from", "to", "basis", "waivers", "rule", "address", "reason", "expires",
                "clusters", "provider", "region", "terraform", "root", "environments",
                "data_classes", "labels", "addresses", "kinds", "control", "unknown",
            ]),
            inner,
            max_size=6,
        ),
        max_leaves=25,
    )
)  # fmt: skip
def test_whatever_the_file_holds_it_is_a_policy_or_a_policy_error(value: object) -> None:
    try:
        said = policy_of(yaml.safe_dump(value)).path or ""
    except PolicyError as error:
        said = error.message
    assert said.startswith("domicile.yaml")


def test_the_page_about_the_policy_file_is_true() -> None:
    page = (FIXTURES.parent.parent / "docs" / "policy.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    policy = policy_of(example)
    assert [len(policy.residency), len(policy.transfers), len(policy.waivers)] == [2, 1, 1]
    assert [len(policy.clusters), len(policy.terraform), len(policy.data_classes)] == [1, 1, 1]
    tables = (POLICY, RESIDENCY, WHERE, DATA_CLASS, TRANSFER, WAIVER, CLUSTER, TERRAFORM)
    missing = [key for table in tables for key in table.keys if f"`{key}`" not in page]
    assert missing == []
    for item in HYGIENE:
        assert f"| `{item.id}` `{item.name}` | {item.severity.value} |" in page
