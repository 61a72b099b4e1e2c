"""What types are: sound tables, kinds, attachments; and the places taken from parents."""

from __future__ import annotations

import csv
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import geography, providers
from scanner.model import (
    KINDS,
    Binding,
    Declaration,
    Hop,
    Location,
    Reference,
    Resource,
    Span,
    Trail,
    Unknown,
    Written,
)
from scanner.providers import tables

HEADER = Span("main.tf", 1, 1, 9, 2)
ROLES = {
    "primary_location", "inherited_location", "zone", "secondary_location", "replica_location",
    "paired_implied", "global_service",
}  # fmt: skip
CLOUDS = sorted(tables.clouds())
TYPES = [type for cloud in CLOUDS for type in tables.types(cloud) if "." not in type]


def bind(name: str, references: tuple[Reference, ...] = (), **attributes: Any) -> Binding:
    block = Declaration(
        "provider", f"provider.{name}", name, name, "infra", "terraform", attributes, HEADER,
        Refers(references),
    )  # fmt: skip
    return Binding(name, block)


@dataclass(frozen=True)
class Refers:
    """An origin that refers to others."""

    found: tuple[Reference, ...]

    def span(self, path: str) -> Span:  # noqa: ARG002
        return HEADER

    def trail(self, path: str) -> Trail:
        return (Hop(HEADER, path),)

    def references(self) -> tuple[Reference, ...]:
        return self.found


def make(
    address: str, binding: Binding | None = None, mode: str = "resource", **attributes: Any
) -> Resource:
    type, _, name = address.rpartition(".")
    found = providers.resource(
        Declaration(
            mode, address, type.rpartition(".")[2], name, "infra", "terraform", attributes,
            HEADER, Written(HEADER), binding,
        )
    )  # fmt: skip
    assert found is not None
    return found


def connect(*resources: Resource, **edges: str) -> dict[str, Resource]:
    """Connect with ``name__path="target address"``, ``name`` being the one that refers."""
    references: dict[str, tuple[Reference, ...]] = {}
    for edge, target in edges.items():
        name, path = edge.split("__", 1)
        for resource in resources:
            if resource.name == name:
                found = Reference(path, f"infra#{target}", "id")
                references[resource.id] = (*references.get(resource.id, ()), found)
    return {resource.name: resource for resource in providers.connect(resources, references)}


def where(resource: Resource) -> list[str]:
    return [_text(location) for location in resource.locations]


def _text(at: Location) -> str:
    if at.status == "unknown":
        return "?"
    return f"{at.region or '*'}{'' if at.role == 'primary' else f' {at.role}'}"


AWS = bind("aws", region="eu-west-1")
AZURE = bind("azurerm")
GOOGLE = bind("google", region="europe-west1")


# --- the tables


@pytest.mark.parametrize("cloud", CLOUDS)
def test_location_rows_are_sound(cloud: str) -> None:
    for type in tables.types(cloud):
        for attribute in tables.attributes(type):
            assert attribute.role in ROLES, (type, attribute)
            assert attribute.form, (type, attribute)


@pytest.mark.parametrize("cloud", [*CLOUDS, tables.SHARED])
def test_a_location_row_is_one_line(cloud: str) -> None:
    text = (tables.HERE / cloud / "locations.csv").read_text(encoding="utf-8")
    head, *found = csv.reader(text.splitlines())
    assert head == ["terraform_type", "attribute_path", "role", "value_form", "note"]
    assert {len(row) for row in found} == {5}
    assert list(csv.reader(text.splitlines(keepends=True))) == [head, *found]


def test_the_tables_are_whole() -> None:
    assert len(TYPES) > 8400
    assert len(TYPES) == len(set(TYPES))


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_type_has_a_kind(cloud: str) -> None:
    found = {type: tables.kind(type) for type in tables.types(cloud) if "." not in type}
    assert {type for type, kind in found.items() if kind is None and "*" not in type} == set()
    assert {kind for kind in found.values() if kind} <= set(KINDS)


def test_every_kind_but_those_of_no_type_is_used() -> None:
    used = {tables.kind(type) for type in TYPES}
    assert set(KINDS) - used <= {"state_backend", "module"}


def test_every_correction_is_of_something_that_is_there() -> None:
    for row in tables.rows("corrections.csv"):
        assert row["action"] in ("drop", "add", "default", "provider", "narrow"), row
        assert row["reason"], row
        if row["action"] == "default":
            place = geography.lookup(
                tables.provider_of(row["type"]), row["value"], tables.service(row["type"])
            )
            assert place.region is not None, row
        if row["action"] == "narrow":
            assert row["path"] in {a.path for a in tables.attributes(row["type"])}, row


def test_every_default_is_a_place() -> None:
    for row in tables.rows("defaults.csv"):
        if row["default"]:
            assert geography.lookup(row["provider"], row["default"]).status == "known", row


def test_every_pair_rule_is_of_a_type_that_azure_has() -> None:
    known = {*tables.types("azure"), "azurerm_postgresql_server"}
    for row in tables.rows("pairs.csv"):
        assert row["type"] in known, row
        assert row["role"] in ("replica", "backup", "metadata"), row


def test_every_existing_type_has_a_kind_that_holds_or_carries_data() -> None:
    for type in tables.existing():
        assert tables.kind(type) not in (None, "other", "module"), type


# --- kinds


@pytest.mark.parametrize(
    ("type", "kind"),
    [
        ("aws_s3_bucket", "object_store"),
        ("aws_s3_bucket_versioning", "object_store"),
        ("aws_instance", "compute"),
        ("aws_ecs_service", "container"),
        ("aws_eks_cluster", "cluster"),
        ("aws_lambda_function", "function"),
        ("aws_db_instance", "database"),
        ("aws_rds_cluster", "database"),
        ("aws_db_snapshot", "backup"),
        ("aws_ebs_volume", "block_store"),
        ("aws_efs_file_system", "file_store"),
        ("aws_elasticache_cluster", "cache"),
        ("aws_sqs_queue", "queue"),
        ("aws_kinesis_stream", "stream"),
        ("aws_redshift_cluster", "warehouse"),
        ("aws_opensearch_domain", "search"),
        ("aws_sagemaker_training_job", "ai_training"),
        ("aws_sagemaker_endpoint", "ai_inference"),
        ("aws_sagemaker_feature_group", "ai_data"),
        ("aws_vpc", "network"),
        ("aws_security_group", "network"),
        ("aws_securityhub_account", "monitoring"),
        ("aws_lb", "load_balancer"),
        ("aws_route53_zone", "dns"),
        ("aws_cloudfront_distribution", "cdn"),
        ("aws_api_gateway_rest_api", "gateway"),
        ("aws_iam_role", "identity"),
        ("aws_kms_key", "key"),
        ("aws_secretsmanager_secret", "secret"),
        ("aws_ssm_parameter", "secret"),
        ("aws_ecr_repository", "registry"),
        ("aws_backup_vault", "backup"),
        ("aws_cloudwatch_log_group", "logging"),
        ("aws_cloudwatch_metric_alarm", "monitoring"),
        ("aws_sfn_state_machine", "workflow"),
        ("aws_thing_of_next_year", None),
        ("azurerm_storage_account", "object_store"),
        ("azurerm_storage_share", "file_store"),
        ("azurerm_storage_queue", "queue"),
        ("azurerm_mssql_database", "database"),
        ("azurerm_sql_server", "database"),
        ("azurerm_kubernetes_cluster", "cluster"),
        ("azurerm_cognitive_deployment", "ai_inference"),
        ("azurerm_virtual_network", "network"),
        ("azurerm_virtual_machine", "compute"),
        ("azurerm_linux_virtual_machine_scale_set", "compute"),
        ("azurerm_eventhub_namespace", "stream"),
        ("azurerm_key_vault", "secret"),
        ("azurerm_key_vault_key", "key"),
        ("google_storage_bucket", "object_store"),
        ("google_sql_database_instance", "database"),
        ("google_bigquery_dataset", "warehouse"),
        ("google_container_cluster", "cluster"),
        ("google_cloud_run_v2_service", "container"),
        ("google_cloudfunctions2_function", "function"),
        ("google_compute_instance", "compute"),
        ("google_compute_disk", "block_store"),
        ("google_compute_network", "network"),
        ("google_compute_url_map", "load_balancer"),
        ("google_pubsub_topic", "queue"),
        ("google_kms_crypto_key", "key"),
        ("google_vertex_ai_endpoint", "ai_inference"),
        ("hcloud_server", "compute"),
        ("scaleway_rdb_instance", "database"),
        ("ovh_cloud_project_kube", "cluster"),
        ("oci_objectstorage_bucket", "object_store"),
        ("alicloud_oss_bucket", "object_store"),
        ("digitalocean_database_cluster", "database"),
        ("mongodbatlas_advanced_cluster", "database"),
        ("confluent_kafka_cluster", "stream"),
        ("kubernetes_stateful_set", "container"),
        ("kubernetes_persistent_volume_claim", "block_store"),
        ("helm_release", "container"),
        ("awscc_s3_bucket", "object_store"),
        ("awscc_rds_db_instance", "database"),
    ],
)
def test_the_kind_of_a_type(type: str, kind: str | None) -> None:
    assert tables.kind(type) == kind


@pytest.mark.parametrize(
    ("type", "attached"),
    [
        ("aws_s3_bucket", False),
        ("aws_s3_bucket_versioning", True),
        ("aws_s3_bucket_object", False),
        ("aws_s3_object", False),
        ("aws_iam_role", False),
        ("aws_iam_role_policy_attachment", True),
        ("aws_security_group_rule", True),
        ("aws_lambda_permission", True),
        ("aws_route_table_association", True),
        ("aws_db_instance", False),
        ("aws_vpc_endpoint", False),
        ("aws_default_vpc", False),
        ("aws_kms_alias", True),
        ("azurerm_role_assignment", True),
        ("azurerm_network_security_rule", True),
        ("azurerm_mssql_firewall_rule", True),
        ("azurerm_mssql_database", False),
        ("azurerm_subnet_network_security_group_association", True),
        ("google_storage_bucket_iam_member", True),
        ("google_project_service", True),
        ("google_compute_forwarding_rule", False),
        ("google_compute_instance", False),
        ("hcloud_volume_attachment", True),
        ("hcloud_volume", False),
    ],
)
def test_what_only_configures_another(type: str, attached: bool) -> None:
    assert tables.attached(type) is attached
    assert ("attachment" in make(f"{type}.x", AWS).roles) is attached


@given(st.sampled_from(TYPES), st.text(alphabet="abcdefghij_", max_size=8))
def test_a_longer_name_keeps_a_kind(type: str, more: str) -> None:
    if "*" not in type:
        assert tables.kind(f"{type}_{more}") is not None


@pytest.mark.parametrize(
    ("type", "kind"),
    [
        ("Microsoft.Storage/storageAccounts@2023-01-01", "object_store"),
        ("Microsoft.Compute/disks@2023-01-02", "block_store"),
        ("microsoft.sql/servers/databases@2021-11-01", "database"),
        ("Contoso.Things/things@1", "other"),
    ],
)
def test_the_kind_of_a_type_of_azures_own(type: str, kind: str) -> None:
    assert make("azapi_resource.x", AZURE, type=type, location="westeurope").kind == kind


def test_provider_names() -> None:
    assert tables.provider_of("azurerm_subnet") == "azure"
    assert tables.provider_of("google_storage_bucket") == "google"
    assert tables.provider_of("hcloud_server") == "hetzner"
    assert tables.provider_of("random_id") == "random"


# --- every type has an answer

_PROVIDERS = {
    "aws": bind("aws", region="eu-west-1"),
    "google": bind("google", region="europe-west1", zone="europe-west1-b"),
    "oci": bind("oci", region="eu-frankfurt-1"),
    "yandex": bind("yandex", zone="ru-central1-a"),
    "otc": bind("opentelekomcloud", region="eu-de"),
}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_type_is_somewhere_or_says_why_not(cloud: str) -> None:
    binding = _PROVIDERS.get(cloud)
    made = [
        make(f"{type}.x", binding)
        for type in tables.types(cloud)
        if "." not in type and "*" not in type
    ]
    for resource in providers.connect(made, {}):
        attached = "attachment" in resource.roles
        assert resource.locations or attached, resource.type
        for location in resource.locations:
            assert location.trail, resource.type
        if cloud in ("aws", "otc") and not attached:
            assert all(location.status == "known" for location in resource.locations), resource.type


# --- labels and operators


TEAM = bind("aws", default_tags=[{"tags": {"team": "crm", "env": "dev"}}])
BLOCKS = [{"key": "a", "value": "b", "propagate_at_launch": True}, {"key": "c", "value": "d"}]


@pytest.mark.parametrize(
    ("type", "binding", "attributes", "labels"),
    [
        ("aws_s3_bucket", AWS, {"tags": {"data": "personal", "on": True, "n": 3}},
         {"data": "personal", "on": "true", "n": "3"}),
        ("aws_s3_bucket", TEAM, {"tags": {"env": "prod"}}, {"team": "crm", "env": "prod"}),
        ("aws_autoscaling_group", AWS, {"tag": BLOCKS}, {"a": "b", "c": "d"}),
        ("awscc_s3_bucket", AWS, {"tags": BLOCKS}, {"a": "b", "c": "d"}),
        ("aws_s3_bucket", AWS, {"tags": Unknown("known after apply")}, {}),
        ("aws_s3_bucket", AWS, {"tags": {"a": Unknown("?"), "b": "c"}}, {"b": "c"}),
        ("google_sql_database_instance", GOOGLE, {"settings": [{"user_labels": {"c": "d"}}]},
         {"c": "d"}),
        ("scaleway_instance_server", bind("scaleway"), {"tags": ["env:prod", "team=crm", "plain"]},
         {"env": "prod", "team": "crm", "plain": ""}),
    ],
)  # fmt: skip
def test_labels(
    type: str, binding: Binding, attributes: dict[str, Any], labels: dict[str, str]
) -> None:
    assert make(f"{type}.x", binding, **attributes).labels == labels


@pytest.mark.parametrize(
    ("type", "binding", "attributes", "country"),
    [
        ("aws_s3_bucket", AWS, {}, "US"),
        ("aws_s3_bucket", bind("aws", region="cn-north-1"), {}, "CN"),
        ("aws_s3_bucket", Binding("aws", None), {}, "US"),
        ("azurerm_storage_account", AZURE, {"location": "chinanorth3"}, "CN"),
        ("hcloud_server", bind("hcloud"), {"location": "ash"}, "DE"),
        ("ovh_cloud_project_kube", bind("ovh"), {"region": "GRA11"}, "FR"),
    ],
)
def test_who_operates_it(
    type: str, binding: Binding, attributes: dict[str, Any], country: str
) -> None:
    operator = make(f"{type}.x", binding, **attributes).operator
    assert operator is not None
    assert operator.country == country


def test_nobody_operates_a_random_number() -> None:
    assert make("random_id.x").operator is None


# --- places from parents


def test_a_chain_of_parents() -> None:
    found = connect(
        make("azurerm_network_interface_security_group_association.nsg", AZURE),
        make("azurerm_subnet.sub", AZURE, virtual_network_name="v"),
        make("azurerm_virtual_network.net", AZURE, location="westeurope"),
        make("azurerm_subnet_route_table_association.rt", AZURE),
        sub__virtual_network_name="azurerm_virtual_network.net",
        rt__subnet_id="azurerm_subnet.sub",
    )
    assert where(found["sub"]) == where(found["rt"]) == ["westeurope"]
    (location,) = found["rt"].locations
    assert [hop.text for hop in location.trail][1:] == [
        "lives where azurerm_virtual_network.net lives",
        "lives where azurerm_subnet.sub lives",
    ]
    assert location.path == ""


def test_a_parent_that_copies_itself_takes_its_children_along() -> None:
    found = connect(
        make(
            "azurerm_storage_account.store", AZURE,
            location="westeurope", account_replication_type="GRS",
        ),
        make("azurerm_storage_container.box", AZURE),
        box__storage_account_id="azurerm_storage_account.store",
    )  # fmt: skip
    assert where(found["box"]) == ["westeurope", "northeurope replica"]


def test_a_resource_group_says_nothing_about_its_members() -> None:
    found = connect(
        make("azurerm_resource_group.group", AZURE, location="eastus"),
        make("azurerm_subnet.sub", AZURE, virtual_network_name="elsewhere"),
        sub__resource_group_name="azurerm_resource_group.group",
    )
    assert where(found["sub"]) == ["?"]
    assert "azurerm_virtual_network" in found["sub"].locations[0].trail[-1].text


def test_a_parent_is_found_by_its_written_name() -> None:
    found = connect(
        make("azurerm_virtual_network.net", AZURE, name="core", location="westeurope"),
        make("azurerm_subnet.sub", AZURE, virtual_network_name="core"),
    )
    assert where(found["sub"]) == ["westeurope"]


def test_an_attachment_lives_where_its_parent_lives() -> None:
    bucket = make("aws_s3_bucket.logs", bind("aws", region="us-east-1"))
    found = connect(
        bucket,
        make("aws_s3_bucket_versioning.versions", Binding("aws", None)),
        versions__bucket="aws_s3_bucket.logs",
    )
    assert where(found["versions"]) == ["us-east-1"]


def test_the_other_end_of_a_peering_stays_with_its_own_provider() -> None:
    found = connect(
        make("aws_vpc_peering_connection.asks", AWS),
        make("aws_vpc_peering_connection_accepter.says", bind("aws", region="us-east-1")),
        says__vpc_peering_connection_id="aws_vpc_peering_connection.asks",
    )
    assert (where(found["asks"]), where(found["says"])) == (["eu-west-1"], ["us-east-1"])


def test_an_attachment_of_something_global_has_no_place() -> None:
    found = connect(
        make("aws_iam_role.role", AWS),
        make("aws_iam_role_policy.policy", AWS),
        policy__role="aws_iam_role.role",
    )
    assert where(found["role"]) == ["*"]
    assert where(found["policy"]) == []


def test_an_own_place_counts_more_than_a_parents() -> None:
    found = connect(
        make("google_container_cluster.main", GOOGLE, location="europe-west4"),
        make("google_container_node_pool.own", GOOGLE, location="europe-west3"),
        make("google_container_node_pool.same", GOOGLE),
        own__cluster="google_container_cluster.main",
        same__cluster="google_container_cluster.main",
    )
    assert where(found["own"]) == ["europe-west3"]
    assert where(found["same"]) == ["europe-west4"]


def test_a_path_of_google_names_the_place_of_a_parent() -> None:
    ring = "projects/p/locations/europe-west4/keyRings/r"
    found = connect(make("google_kms_crypto_key.key", GOOGLE, key_ring=ring))
    assert where(found["key"]) == ["europe-west4"]
    assert found["key"].locations[0].path == "key_ring"


def test_an_unknown_parent_stays_unknown_with_its_reason() -> None:
    name = Unknown("known after apply", "module.net.name")
    found = connect(make("azurerm_subnet.sub", AZURE, virtual_network_name=name))
    assert where(found["sub"]) == ["?"]
    assert found["sub"].locations[0].trail[-1].text.endswith(": known after apply")


def test_a_child_of_something_global_is_global() -> None:
    found = connect(
        make("azurerm_dns_a_record.www", AZURE, zone_name="example.org"),
        make("google_compute_network_peering.peer", GOOGLE, network="n"),
    )
    assert where(found["www"]) == where(found["peer"]) == ["*"]


def test_a_module_that_was_not_read_can_be_a_parent() -> None:
    found = connect(
        make("module.net", bind("google", region="europe-west1"), "module"),
        make("azurerm_subnet.sub", AZURE, virtual_network_name=Unknown("known after apply")),
        sub__virtual_network_name="module.net",
    )
    assert where(found["sub"]) == ["europe-west1"]


def test_a_circle_ends() -> None:
    found = connect(
        make("azurerm_subnet.one", AZURE),
        make("azurerm_subnet.two", AZURE),
        one__virtual_network_name="azurerm_subnet.two",
        two__virtual_network_name="azurerm_subnet.one",
    )
    assert set(found) == {"one", "two"}
    assert all(location.status == "unknown" for r in found.values() for location in r.locations)


def test_a_chain_of_thousands_ends() -> None:
    made = [make(f"azurerm_subnet.n{n}", AZURE) for n in range(3000)]
    edges = {
        here.id: (Reference("virtual_network_name", there.id, "name"),)
        for here, there in pairwise(made)
    }
    assert len(providers.connect(made, edges)) == 3000


def test_each_instance_of_a_cluster_is_a_place() -> None:
    inside = bind("kubernetes", (Reference("host", "aws_eks_cluster.main", "endpoint"),))
    found = connect(
        make("aws_eks_cluster.main[0]", AWS),
        make("aws_eks_cluster.main[1]", bind("aws", region="us-east-1")),
        make("kubernetes_deployment.app", inside),
    )
    assert where(found["app"]) == ["eu-west-1", "us-east-1"]


def test_what_is_made_in_a_cluster_lives_there() -> None:
    host = Reference("host", "aws_eks_cluster.main", "endpoint")
    token = Reference("token", "data.aws_eks_cluster_auth.main", "token")
    inside = bind("kubernetes", (token, host), host=Unknown("known after apply"))
    found = connect(
        make("kubernetes_deployment.app", inside),
        make("helm_release.chart", bind("helm", (host,))),
        make("aws_eks_cluster.main", AWS),
    )
    assert where(found["app"]) == where(found["chart"]) == ["eu-west-1"]
    assert found["app"].operator == found["main"].operator
    assert found["app"].facts == {"cluster": "infra#aws_eks_cluster.main"}


def test_connecting_changes_neither_order_nor_number() -> None:
    made = [make(f"{type}.x{n}", AWS) for n, type in enumerate(TYPES[:200]) if "*" not in type]
    assert [r.id for r in providers.connect(made, {})] == [r.id for r in made]
    once = providers.connect(made, {})
    assert providers.connect(once, {}) == once


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_any_graph_of_parents_ends_and_gives_only_places_that_are_written(
    edges: list[tuple[int, int]],
) -> None:
    types = ["azurerm_virtual_network", "azurerm_subnet", "azurerm_storage_container"] * 2
    made = [
        make(f"{type}.n{n}", AZURE, **({"location": "westeurope"} if n == 0 else {}))
        for n, type in enumerate(types)
    ]
    references: dict[str, tuple[Reference, ...]] = {}
    for here, there in edges:
        new = Reference("virtual_network_name", made[there].id, "id")
        references[made[here].id] = (*references.get(made[here].id, ()), new)
    for resource in providers.connect(made, references):
        assert {at.region for at in resource.locations} <= {"westeurope", None}


# --- speed


def test_a_scan_of_one_cloud_reads_one_table() -> None:
    code = (
        "import scanner.providers.tables as t\n"
        "t.kind('aws_s3_bucket'); t.attributes('aws_s3_bucket'); t.attached('aws_s3_bucket')\n"
        "print(t._locations.cache_info().currsize, t._kinds.cache_info().currsize)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["1", "1"]
