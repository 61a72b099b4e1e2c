"""Where one declaration is: its attributes, its zone, its provider, its copies; and the trail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner import paths, providers
from scanner.model import (
    Binding,
    Declaration,
    Hop,
    Location,
    Origin,
    Resource,
    Span,
    Trail,
    Unknown,
    Written,
)
from scanner.settings import Settings
from scanner.sources import terraform

FIXTURES = Path(__file__).parent.parent / "fixtures" / "providers"
HEADER = Span("main.tf", 1, 1, 1, 20)
BLOCK = Span("providers.tf", 1, 1, 9, 2)


def origin(header: Span, attributes: dict[str, Any]) -> Origin:
    spans = {
        path: Span(header.file, header.line + n, 3, header.line + n, 40)
        for n, (path, _) in enumerate(paths.walk(attributes), 1)
    }
    return Written(header, spans)


def declare(
    type: str, binding: Binding | None = None, mode: str = "resource", **attributes: Any
) -> Declaration:
    address = f"module.{type}" if mode == "module" else f"{type}.x"
    return Declaration(
        mode, address, type, "x", "infra", "terraform", attributes, HEADER,
        origin(HEADER, attributes), binding,
    )  # fmt: skip


def bind(name: str, alias: str = "", trail: Trail = (), **attributes: Any) -> Binding:
    address = f"provider.{name}.{alias}" if alias else f"provider.{name}"
    block = Declaration(
        "provider", address, name, name, "infra", "terraform", attributes, BLOCK,
        origin(BLOCK, attributes),
    )  # fmt: skip
    return Binding(name, block, trail)


def resource(
    type: str, binding: Binding | None = None, mode: str = "resource", **attributes: Any
) -> Resource:
    made = providers.resource(declare(type, binding, mode, **attributes))
    assert made is not None
    return made


def places(made: Resource) -> list[str]:
    """Write locations as ``role region/zone countries``, with a mark where they are not known."""
    return [_text(location) for location in made.locations]


def _text(at: Location) -> str:
    where = at.zone or at.region or "-"
    countries = ";".join(at.countries) or at.group or "?"
    mark = {"known": "", "candidate": "~", "unknown": "?"}[at.status]
    return f"{mark}{at.provider}:{where} {countries}" + (
        "" if at.role == "primary" else f" {at.role}"
    )


AWS = bind("aws", region="eu-west-1")
AZURE = bind("azurerm")


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted(FIXTURES.glob("*.yaml")):
        for number, case in enumerate(yaml.safe_load(file.read_text(encoding="utf-8"))):
            yield f"{file.stem}-{number}-{case['type']}", case


CASES = dict(cases())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_where_it_is(case: dict[str, Any]) -> None:
    name, configuration = next(iter(case.get("provider", {}).items()), ("", {}))
    binding = bind(name, **configuration) if name else None
    made = resource(case["type"], binding, **case.get("attributes", {}))
    assert places(made) == case["places"]


def test_every_great_cloud_has_cases() -> None:
    assert {name.partition("-")[0] for name in CASES} >= {"aws", "azure", "google", "others"}
    assert len(CASES) > 80


# --- not knowing


NO_BLOCK = "no provider.aws is written (AWS_REGION decides at run time)"
NO_REGION = "provider.aws sets no region (AWS_REGION decides at run time)"
MISSPELT = "'eu-wset-1' is no known place of aws, did you mean 'eu-west-1'?"
INPUT = Unknown("variable has no default", "var.region")
OUTPOST = "arn:aws:outposts:eu-west-1:111122223333:outpost/op-1"


@pytest.mark.parametrize(
    ("type", "binding", "attributes", "reason"),
    [
        ("aws_s3_bucket", Binding("aws", None), {}, NO_BLOCK),
        ("aws_s3_bucket", Binding("aws", None, (), "the caller's"), {}, "the caller's"),
        ("aws_s3_bucket", bind("aws"), {}, NO_REGION),
        ("aws_s3_bucket", bind("aws", region=INPUT), {}, INPUT.reason),
        ("aws_s3_bucket", AWS, {"region": Unknown("known after apply")}, "known after apply"),
        ("aws_s3_bucket", bind("aws", region="eu-wset-1"), {}, MISSPELT),
        ("aws_s3_bucket", AWS, {"region": "eu-wset-1"}, MISSPELT),
        ("aws_subnet", AWS, {"outpost_arn": OUTPOST}, "on an Outpost: the customer's own premises"),
        ("azurerm_storage_account", AZURE, {}, "azurerm_storage_account.x sets no location"),
        ("hcloud_server", bind("hcloud"), {}, "hcloud_server.x sets no location"),
        ("google_storage_bucket", bind("google"), {}, "google_storage_bucket.x sets no location"),
        ("helm_release", bind("helm"), {}, "lives in the cluster that provider.helm names"),
    ],
)
def test_an_unknown_place_says_why(
    type: str, binding: Binding, attributes: dict[str, Any], reason: str
) -> None:
    (location,) = resource(type, binding, **attributes).locations
    assert location.status == "unknown"
    assert not location.countries
    assert reason in [hop.text for hop in location.trail]


def test_an_unknown_zone_leaves_the_providers_region() -> None:
    made = resource("aws_instance", AWS, availability_zone=Unknown("known after apply"))
    assert places(made) == ["aws:eu-west-1 IE"]


def test_an_undecided_redundancy_makes_the_pair_a_candidate() -> None:
    redundancy = Unknown("variable has no default", "var.redundancy")
    made = resource(
        "azurerm_storage_account", AZURE, location="westeurope", account_replication_type=redundancy
    )
    assert places(made) == ["azure:westeurope NL", "~azure:northeurope IE replica"]


def test_several_values_are_several_candidates() -> None:
    region = Unknown("variable has no default", "var.region", ("eu-west-1", "us-east-1"))
    made = resource("aws_s3_bucket", bind("aws", region=region))
    assert places(made) == ["~aws:eu-west-1 IE", "~aws:us-east-1 US"]
    made = resource("aws_s3_bucket", AWS, region=region)
    assert places(made) == ["~aws:eu-west-1 IE", "~aws:us-east-1 US"]
    assert {location.path for location in made.locations} == {"region"}


def test_two_resources_of_one_unknown_provider_share_its_trail() -> None:
    binding = bind("aws", region=Unknown("variable has no default", "var.region"))
    first, second = (resource(type, binding) for type in ("aws_s3_bucket", "aws_sqs_queue"))
    assert first.locations == second.locations


# --- trails


def test_the_trail_of_an_own_attribute_is_the_attribute() -> None:
    (location,) = resource("aws_s3_bucket", AWS, bucket="b", region="us-east-1").locations
    assert location.path == "region"
    assert [(hop.span.file, hop.span.line) for hop in location.trail] == [("main.tf", 3)]


def test_the_trail_of_a_provider_begins_there_and_leads_through_the_modules() -> None:
    call = Hop(Span("main.tf", 30, 1, 34, 2), "given to module.crm")
    binding = bind("aws", "eu", (call,), region="eu-west-1")
    (location,) = resource("aws_s3_bucket", binding).locations
    assert location.path == ""
    assert [(hop.span.file, hop.span.line) for hop in location.trail] == [
        ("providers.tf", 2),
        ("main.tf", 30),
    ]
    assert location.trail[-1] == call


def test_the_trail_of_a_pair_names_both_reasons() -> None:
    made = resource(
        "azurerm_storage_account", AZURE, location="westeurope", account_replication_type="GRS"
    )
    replica = made.locations[1]
    assert replica.path == "account_replication_type"
    assert [hop.span.line for hop in replica.trail] == [2, 3, 3]
    assert replica.trail[-1].text == "the data is copied to the paired region, northeurope"


# --- modules, states, data sources, clusters


@pytest.mark.parametrize(
    ("binding", "attributes", "expected"),
    [
        (AWS, {}, ["aws:eu-west-1 IE"]),
        (AZURE, {"location": "westeurope"}, ["~azure:westeurope NL"]),
        (bind("google"), {"region": "europe-west1"}, ["~google:europe-west1 BE"]),
        (bind("google"), {}, ["?google:- ?"]),
        (Binding("", None), {"region": "eu-west-1"}, ["?:- ?"]),
        (AZURE, {}, ["?azure:- ?"]),
        (None, {}, ["?:- ?"]),
    ],
)
def test_a_module_that_is_not_on_disk(
    binding: Binding | None, attributes: dict[str, Any], expected: list[str]
) -> None:
    made = resource("acme/crm", binding, "module", **attributes)
    assert (made.kind, places(made)) == ("module", expected)


@pytest.mark.parametrize(
    ("type", "attributes", "expected"),
    [
        ("s3", {"bucket": "b", "region": "eu-west-1"}, ["aws:eu-west-1 IE"]),
        ("s3", {"bucket": "b"}, ["?aws:- ?"]),
        ("s3", {"endpoints": [{"s3": "https://s3.fr-par.scw.cloud"}]}, ["scaleway:fr-par FR"]),
        ("s3", {"region": "x", "endpoint": "sos-ch-gva-2.exo.io"}, ["exoscale:ch-gva-2 CH"]),
        ("s3", {"region": "main", "endpoint": "https://minio.example.org"}, ["?s3:- ?"]),
        ("gcs", {"bucket": "b"}, ["?google:- ?"]),
        ("azurerm", {"storage_account_name": "s"}, ["?azure:- ?"]),
        ("oss", {"region": "cn-hangzhou"}, ["alibaba:cn-hangzhou CN"]),
        ("cos", {"region": "ap-guangzhou"}, ["tencent:ap-guangzhou CN"]),
        ("oci", {"region": "eu-zurich-1"}, ["oci:eu-zurich-1 CH"]),
        ("remote", {}, ["hashicorp:app.terraform.io US"]),
        ("remote", {"hostname": "tfe.example.org"}, ["?hashicorp:- ?"]),
        ("local", {}, ["?local:- ?"]),
    ],
)
def test_where_a_state_is(type: str, attributes: dict[str, Any], expected: list[str]) -> None:
    made = resource(f"terraform.backend.{type}", None, "backend", **attributes)
    assert (made.kind, places(made)) == ("state_backend", expected)


def test_a_data_source_is_a_resource_only_if_it_is_a_place_for_others() -> None:
    assert providers.resource(declare("aws_region", AWS, "data")) is None
    assert providers.resource(declare("aws_ami", AWS, "data")) is None
    made = resource("aws_s3_bucket", AWS, "data", bucket="b")
    assert made.roles == ("attachment", "existing")
    assert places(made) == ["aws:eu-west-1 IE"]
    assert places(resource("azurerm_virtual_network", AZURE, "data", name="n")) == ["?azure:- ?"]


def test_a_provider_block_is_no_resource() -> None:
    assert AWS.configuration is not None
    assert providers.resource(AWS.configuration) is None


def test_what_terraform_makes_in_a_cluster_lives_where_the_cluster_does() -> None:
    binding = bind("kubernetes", host="https://ABC.gr7.eu-west-1.eks.amazonaws.com")
    made = resource("kubernetes_deployment", binding)
    assert (made.provider, made.kind) == ("kubernetes", "container")
    assert places(made) == ["aws:eu-west-1 IE"]
    nested = bind("helm", kubernetes=[{"host": "https://x.hcp.westeurope.azmk8s.io:443"}])
    assert places(resource("helm_release", nested)) == ["azure:westeurope NL"]


def test_a_manifest_is_left_to_its_own_provider() -> None:
    written = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}}
    declared = declare("Deployment", None, "object", **written)
    manifest = replace(declared, source="kubernetes", api_version="apps/v1")
    made = providers.resource(manifest)
    assert made is not None
    assert (made.provider, made.kind) == ("kubernetes", "container")


# --- through the reader


@pytest.fixture
def wired() -> dict[str, Resource]:
    """What a configuration with aliases, modules, parents and an open input becomes."""
    root = FIXTURES / "wired"
    folders = {
        folder.relative_to(root).as_posix(): [file.name for file in folder.glob("*.tf")]
        for folder in (root, root / "modules" / "store")
    }
    reading = terraform.read(list(terraform.claims(folders)), Settings(root=root))
    made = [r for r in map(providers.resource, reading.declarations) if r is not None]
    known = {resource.id for resource in made}
    references = {
        declared.id: tuple(
            replace(reference, target=f"{declared.unit}#{reference.target}")
            for reference in declared.origin.references()
            if f"{declared.unit}#{reference.target}" in known
        )
        for declared in reading.declarations
    }
    return {resource.address: resource for resource in providers.connect(made, references)}


def test_a_whole_configuration(wired: dict[str, Resource]) -> None:
    expected = yaml.safe_load((FIXTURES / "wired" / "expected.yml").read_text(encoding="utf-8"))
    assert {address: places(made) for address, made in sorted(wired.items())} == expected


def test_a_trail_begins_where_the_value_was_first_written(wired: dict[str, Resource]) -> None:
    def first(address: str) -> tuple[str, int]:
        hop = wired[address].locations[0].trail[0]
        return hop.span.file, hop.span.line

    assert first("module.here.aws_s3_bucket.docs") == ("main.tf", 2)  # the input's default
    assert first("module.abroad.aws_s3_bucket.docs") == ("main.tf", 19)  # the alias
    assert first("azurerm_subnet.main") == ("main.tf", 75)  # the group of its network
    assert first("aws_sqs_queue.own") == ("main.tf", 60)
    ends = [hop.text for hop in wired["azurerm_subnet.main"].locations[0].trail]
    assert ends[-1] == "lives where azurerm_virtual_network.main lives"


# --- whatever is written


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=12),
    st.sampled_from(["eu-west-1", "westeurope", "EU", "europe-west1-b", "*", "global"]),
    st.just(Unknown("known after apply")),
    st.just(Unknown("no default", "var.x", ("eu-west-1", 3))),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=6), v, max_size=3),
    max_leaves=6,
)
_NAMES = (
    "region", "location", "zone", "zones", "availability_zone", "replica", "config", "scope",
    "geo_location", "account_replication_type", "replication", "settings", "tags",
)  # fmt: skip


@given(
    st.sampled_from(sorted({case["type"] for case in CASES.values()})),
    st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=4),
    _SCALARS,
)
def test_no_value_breaks_it_and_every_place_has_a_reason(
    type: str, attributes: dict[str, Any], region: Any
) -> None:
    name = type.partition("_")[0]
    made = providers.resource(declare(type, bind(name, region=region), "resource", **attributes))
    assert made is not None
    for location in made.locations:
        assert location.trail
        assert (location.status == "unknown") == (not location.countries and not location.group)
