"""Manifests: which files are some, what they declare, and where it lives."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from scanner.model import KINDS, Declaration, Hop, Reference, Resource, Span
from scanner.paths import find, walk
from scanner.providers.kubernetes import follow, place_by_cluster, resource, tables
from scanner.settings import Settings
from scanner.sources.kubernetes import claims, read
from scanner.sources.source import Input, Reading

CASES = Path(__file__).resolve().parent.parent / "fixtures" / "sources" / "kubernetes"
REASON = "no cluster is named for this manifest; add clusters: to domicile.yaml"


def load(root: Path) -> Reading:
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    files = claims(names, lambda name: (root / name).read_text(encoding="utf-8", errors="replace"))
    return read([Input("kubernetes", "k8s", ".", files)], Settings(root=root))


def parse(tmp_path: Path, text: str | bytes, name: str = "a.yaml") -> Reading:
    content = text.encode() if isinstance(text, str) else text
    (tmp_path / name).write_bytes(content)
    return read([Input("kubernetes", "k8s", ".", (name,))], Settings(root=tmp_path))


def by_address(reading: Reading) -> dict[str, Declaration]:
    return {declaration.address: declaration for declaration in reading.declarations}


def resources(reading: Reading) -> dict[str, Resource]:
    return {declaration.address: resource(declaration) for declaration in reading.declarations}


def targets(reading: Reading) -> Mapping[str, tuple[Reference, ...]]:
    """Return the references with resource ids, as the graph has them."""
    return {
        declaration.id: tuple(
            Reference(r.path, f"{declaration.unit}#{r.target}", r.attribute)
            for r in declaration.origin.references()
        )
        for declaration in reading.declarations
    }


def where(found: Resource) -> list[tuple[str, str | None, str | None, str]]:
    return [(each.provider, each.region, each.zone, each.status) for each in found.locations]


def pod(extra: str, kind: str = "Deployment") -> str:
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web}}\n"
        f"spec: {{template: {{spec: {{containers: [{{name: a, image: nginx}}], {extra}}}}}}}\n"
    )


def region(operator: str, *names: str) -> str:
    label = "topology.kubernetes.io/region"
    return f"{{key: {label}, operator: {operator}, values: [{', '.join(names)}]}}"


def affinity(*expressions: str) -> str:
    terms = ", ".join(f"{{matchExpressions: [{each}]}}" for each in expressions)
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    return f"affinity: {{nodeAffinity: {{{required}: {{nodeSelectorTerms: [{terms}]}}}}}}"


# Which files


def test_manifests_are_claimed_and_look_alikes_are_not() -> None:
    manifest = "# a comment\napiVersion: v1\nkind: Pod\n"
    tree = {
        "k8s/pod.yaml": manifest,
        "k8s/pod.yml": "---\n" + manifest,
        "k8s/pod.json": '{\n  "kind": "Pod",\n  "apiVersion": "v1"\n}',
        "k8s/flow.yaml": '{"apiVersion": "v1", "kind": "Pod"}',
        "k8s/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: X\n",
        "k8s/pod.txt": manifest,
        "chart/Chart.yaml": "apiVersion: v2\nname: chart\n",
        "chart/values.yaml": manifest,
        "chart/templates/pod.yaml": manifest,
        "chart/crds/crd.yaml": manifest,
        "chart/deploy/pod.yaml": manifest,
        "compose.yaml": "services:\n  web: {image: nginx}\n",
        ".github/workflows/ci.yaml": "on: push\njobs: {}\n",
        "playbook.yml": "- hosts: all\n  tasks: []\n",
        "nested.yaml": "example:\n  apiVersion: v1\n  kind: Pod\n",
        "openapi.yaml": "openapi: 3.0.0\ninfo: {}\n",
        "package.json": '{"name": "x", "kind": "library"}',
    }
    assert claims(tree, tree.__getitem__) == (
        "chart/deploy/pod.yaml",
        "k8s/flow.yaml", "k8s/pod.json", "k8s/pod.yaml", "k8s/pod.yml",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("v1", "Config"),
        ("kustomize.config.k8s.io/v1beta1", "Component"),
        ("skaffold/v4beta11", "Config"),
        ("kind.x-k8s.io/v1alpha4", "Cluster"),
        ("kubeadm.k8s.io/v1beta4", "ClusterConfiguration"),
        ("backstage.io/v1alpha1", "Component"),
    ],
)
def test_files_of_tools_are_no_objects(tmp_path: Path, version: str, kind: str) -> None:
    reading = parse(tmp_path, f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n")
    assert reading == Reading()


# What is declared


def test_objects_have_addresses() -> None:
    reading = load(CASES / "lists")
    assert list(by_address(reading)) == [
        "ConfigMap/default/first",
        "ConfigMap/default/first@all.yaml",
        "ConfigMap/other/first",
        "Pod/default/task-*",
        "Pod/default/one",
    ]
    assert [unit.id for unit in reading.units] == ["k8s"]
    assert reading.unread == ()


def test_items_of_a_list_have_their_own_paths_and_spans() -> None:
    found = by_address(load(CASES / "lists"))
    first = found["ConfigMap/default/first@all.yaml"]
    assert first.span == Span("all.yaml", 4, 5, 7, 18)
    assert first.origin.span("") == Span("all.yaml", 5, 5, 5, 20)
    assert first.origin.span("metadata.name") == Span("all.yaml", 7, 7, 7, 18)
    merged = found["ConfigMap/other/first"]
    assert merged.origin.span("metadata.name") == Span("all.yaml", 11, 7, 11, 16)
    assert [hop.span.line for hop in merged.origin.trail("metadata.name")] == [7, 11]
    listed = found["Pod/default/one"]
    assert (listed.type, listed.api_version, listed.span.line) == ("Pod", "v1", 5)


def test_the_same_name_twice_in_one_file(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n"
    found = by_address(parse(tmp_path, "---\n".join([text] * 3)))
    assert list(found) == ["Pod/default/x", "Pod/default/x@a.yaml", "Pod/default/x@a.yaml:2"]


def test_scopes() -> None:
    found = by_address(load(CASES / "operators"))
    assert "Widget/one" in found  # as its own definition says
    assert "Instance/billing" in found
    assert "Bucket/default/logs" in found


def test_odd_names(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: 8080, namespace: 7}\n"
    assert list(by_address(parse(tmp_path, text))) == ["Pod/default/8080"]
    assert list(by_address(parse(tmp_path, "apiVersion: v1\nkind: Pod\n"))) == [
        "Pod/default/unnamed"
    ]


def test_what_cannot_be_read_is_named() -> None:
    reading = load(CASES / "broken")
    assert [(item.path, item.line, item.reason) for item in reading.unread] == [
        ("latin.yaml", 3, "not UTF-8: the byte 0xe9"),
        ("mixed.yaml", 8, "not YAML: the line is indented with a tab"),
        ("mixed.yaml", 13, "a template: it needs rendering"),
        (
            "mixed.yaml", 19,
            "the key 'name' is written twice, in lines 18 and 19; the last one counts",
        ),
        ("mixed.yaml", 23, "a manifest without a kind"),
    ]  # fmt: skip
    assert list(by_address(reading)) == ["ConfigMap/default/fine", "ConfigMap/default/again"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    reading = read([Input("kubernetes", "k", ".", ("gone.yaml",))], Settings(root=tmp_path))
    assert [item.path for item in reading.unread] == ["gone.yaml"]


def test_a_patch_of_an_overlay_is_no_object() -> None:
    reading = load(CASES / "kustomized")
    assert list(by_address(reading)) == ["Deployment/default/web"]
    assert "replicas" not in by_address(reading)["Deployment/default/web"].attributes["spec"]
    assert [(item.path, item.reason) for item in reading.unread] == [
        ("patch.yaml", "a patch of kustomization.yaml, which is not built")
    ]


def test_strings_know_what_they_are() -> None:
    strings = {(s.owner, s.path): s for s in load(CASES / "places").strings}
    secret, configmap = "k8s#Secret/prod/ledger", "k8s#ConfigMap/prod/ledger"
    password = strings[secret, "data.password"]
    assert (password.value, password.form, password.key) == ("correct horse", "secret", "password")
    assert password.span == Span("workloads.yaml", 42, 13, 42, 33)
    assert strings[secret, "stringData.token"].form == "secret"
    block = strings[configmap, 'data["app.env"]']
    assert (block.value, block.form) == ("LEVEL=info\nAPI_KEY=abc\n", "configmap")
    assert block.span == Span("workloads.yaml", 50, 12, 52, 16)
    url = strings[
        "k8s#Deployment/prod/ledger", "spec.template.spec.containers[0].env[0].value"
    ]  # fmt: skip
    assert (url.form, url.key, url.static) == ("env", "DATABASE_URL", True)
    image = strings["k8s#Deployment/prod/ledger", "spec.template.spec.containers[0].image"]
    assert (image.form, image.key) == ("attribute", "image")


def test_definitions_are_no_strings() -> None:
    values = {string.value for string in load(CASES / "operators").strings}
    assert "widgets.example.org" in values
    assert "never a secret" not in values


def test_an_aliased_secret_is_one_string(tmp_path: Path) -> None:
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n"
        "    - &c {name: a, image: b, env: [{name: TOKEN, value: hunter2}]}\n    - *c\n"
    )
    found = [s for s in parse(tmp_path, text).strings if s.value == "hunter2"]
    assert [(s.span.line, s.key) for s in found] == [(6, "TOKEN")]


def test_references() -> None:
    found = {
        declaration.address: {(r.path, r.target) for r in declaration.origin.references()}
        for case in ("places", "storage")
        for declaration in load(CASES / case).declarations
    }
    pod_path = "spec.template.spec"
    assert found["Deployment/prod/ledger"] == {
        (f"{pod_path}.serviceAccountName", "ServiceAccount/prod/ledger"),
        (f"{pod_path}.containers[0].envFrom[0].configMapRef.name", "ConfigMap/prod/ledger"),
        (f"{pod_path}.containers[0].env[1].valueFrom.secretKeyRef.name", "Secret/prod/ledger"),
    }
    assert found["Service/prod/ledger"] == {("spec.selector", "Deployment/prod/ledger")}
    assert found["PersistentVolumeClaim/default/archive"] == {
        ("spec.volumeName", "PersistentVolume/archive")
    }
    assert found["StatefulSet/default/orders"] == {
        ("spec.serviceName", "Service/default/orders"),
        (
            "spec.volumeClaimTemplates[0].metadata.name",
            "PersistentVolumeClaim/default/data-orders-[*]",
        ),
        ("spec.volumeClaimTemplates[0].spec.storageClassName", "StorageClass/local-zone"),
    }


def test_more_references(tmp_path: Path) -> None:
    text = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i}
spec:
  tls: [{secretName: cert}]
  rules: [{host: a.example, http: {paths: [{backend: {service: {name: s}}}]}}]
---
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {selector: {}}}
---
{apiVersion: v1, kind: Secret, metadata: {name: cert}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h},
 spec: {scaleTargetRef: {kind: Deployment, name: web}}}
---
{apiVersion: v1, kind: PersistentVolume, metadata: {name: v}, spec: {claimRef: {name: c}}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {}}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, provisioner: x, metadata: {name: d,
 annotations: {storageclass.kubernetes.io/is-default-class: "true"}}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: b},
 roleRef: {kind: ClusterRole, name: absent}, subjects: [{kind: ServiceAccount, name: sa}]}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa}}
---
""" + pod("volumes: [{name: x, persistentVolumeClaim: {claimName: c}}]")
    found = {
        declaration.address: [(r.path, r.target) for r in declaration.origin.references()]
        for declaration in parse(tmp_path, text).declarations
    }
    assert found["Ingress/default/i"] == [
        ("spec.rules[0].http.paths[0].backend.service.name", "Service/default/s"),
        ("spec.tls[0].secretName", "Secret/default/cert"),
    ]
    assert found["Service/default/s"] == []
    assert found["HorizontalPodAutoscaler/default/h"] == [
        ("spec.scaleTargetRef.name", "Deployment/default/web")
    ]
    assert found["PersistentVolumeClaim/default/c"] == [
        ("metadata.name", "PersistentVolume/v"), ("spec", "StorageClass/d"),
    ]  # fmt: skip
    assert found["ClusterRoleBinding/b"] == [("subjects[0].name", "ServiceAccount/default/sa")]
    assert found["Deployment/default/web"] == [
        (
            "spec.template.spec.volumes[0].persistentVolumeClaim.claimName",
            "PersistentVolumeClaim/default/c",
        )
    ]


def test_trails_show_the_line_and_no_secret() -> None:
    found = by_address(load(CASES / "places"))
    deployment = found["Deployment/prod/ledger"]
    path = 'spec.template.spec.nodeSelector["topology.kubernetes.io/region"]'
    (hop,) = deployment.origin.trail(path)
    assert hop == Hop(
        Span("workloads.yaml", 18, 9, 18, 49),
        "nodeSelector topology.kubernetes.io/region = eu-west-3",
    )
    (hop,) = deployment.origin.trail("spec.template.spec.containers[0].env[0].value")
    assert hop.text == "value"
    (hop,) = found["Secret/prod/ledger"].origin.trail("stringData.token")
    assert hop.text == "token"


# Where it lives


def test_a_workload_lives_where_it_is_pinned() -> None:
    reading = load(CASES / "places")
    found = resources(reading)
    ledger = found["Deployment/prod/ledger"]
    assert where(ledger) == [("aws", "eu-west-3", None, "known")]
    (location,) = ledger.locations
    assert location.countries == ("FR",)
    assert ledger.at(location.path).line == 18
    role = "arn:aws:iam::123456789012:role/ledger"
    assert [hop.text for hop in location.trail] == [
        f"annotations eks.amazonaws.com/role-arn = {role}: a cluster of aws",
        "nodeSelector topology.kubernetes.io/region = eu-west-3",
    ]
    assert ledger.operator is not None
    assert ledger.operator.country == "US"
    assert ledger.labels == {"data-classification": "personal", "app": "ledger"}
    # Two zones of one region are one place, and not a guess.
    assert where(found["CronJob/prod/trainer"]) == [("aws", "us-east-1", None, "known")]
    secret = found["Secret/prod/ledger"]
    assert where(secret) == [("aws", None, None, "unknown")]
    assert [hop.text for hop in secret.locations[0].trail] == [REASON]


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        # Amazon and Alibaba both have it, in Ireland and in London.
        (
            "nodeSelector: {topology.kubernetes.io/region: eu-west-1}",
            {("aws", "eu-west-1", "candidate"), ("alibaba", "eu-west-1", "candidate")},
        ),
        (
            "nodeSelector: {topology.kubernetes.io/zone: europe-west4-b}",
            {("google", "europe-west4", "known")},
        ),
        (
            "nodeSelector: {failure-domain.beta.kubernetes.io/zone: westeurope-1}",
            {("azure", "westeurope", "known")},
        ),
        ("nodeSelector: {topology.kubernetes.io/zone: rack-7}", {("", None, "unknown")}),
        ("nodeSelector: {topology.kubernetes.io/region: '${REGION}'}", {("", None, "unknown")}),
        ("nodeSelector: {disk: ssd}", {("", None, "unknown")}),
        (
            "nodeSelector: {karpenter.k8s.aws/size: m7i, topology.kubernetes.io/zone: eu-west-1a}",
            {("aws", "eu-west-1", "known")},
        ),
        (affinity(region("In", "europe-west4")), {("google", "europe-west4", "known")}),
        (
            affinity(region("In", "europe-west4", "us-central1")),
            {("google", "europe-west4", "candidate"), ("google", "us-central1", "candidate")},
        ),
        (
            affinity(region("In", "europe-west4"), region("In", "us-central1")),
            {("google", "europe-west4", "candidate"), ("google", "us-central1", "candidate")},
        ),
        (
            affinity(region("In", "europe-west4", "rack-7")),
            {("google", "europe-west4", "candidate"), ("", None, "unknown")},
        ),
        # The second term lets it run anywhere.
        (
            affinity(region("In", "europe-west4"), "{key: gpu, operator: Exists}"),
            {("", None, "unknown")},
        ),
        (affinity(region("NotIn", "europe-west4")), {("", None, "unknown")}),
        (
            affinity(region("In", "europe-west4")).replace("required", "preferred"),
            {("", None, "unknown")},
        ),
    ],
)  # fmt: skip
def test_places(tmp_path: Path, extra: str, expected: set[tuple[str, str | None, str]]) -> None:
    (declaration,) = parse(tmp_path, pod(extra)).declarations
    found = resource(declaration)
    assert {(p, region, status) for p, region, _, status in where(found)} == expected
    for location in found.locations:
        assert location.trail
        if location.status != "unknown":
            assert location.path.startswith("spec.template.spec.")


def test_what_is_filled_in_later_says_so(tmp_path: Path) -> None:
    text = pod("nodeSelector: {topology.kubernetes.io/region: '${REGION}'}")
    (declaration,) = parse(tmp_path, text).declarations
    (location,) = resource(declaration).locations
    assert location.trail[-1].text == "'${REGION}' is filled in when it is deployed"
    assert location.path == 'spec.template.spec.nodeSelector["topology.kubernetes.io/region"]'


def test_storage_and_who_follows_it() -> None:
    reading = load(CASES / "storage")
    made = [resource(declaration) for declaration in reading.declarations]
    found = {each.address: each for each in follow(made, targets(reading))}
    assert where(found["StorageClass/local-zone"]) == [("google", "europe-west4", None, "known")]
    volume = ("google", "europe-west1", "europe-west1-b", "known")
    assert where(found["PersistentVolume/archive"]) == [volume]
    claim = found["PersistentVolumeClaim/default/archive"]
    assert where(claim) == [volume]
    assert [hop.text for hop in claim.locations[0].trail] == [
        "volumeHandle = projects/acme/zones/europe-west1-b/disks/archive",
        "lives where PersistentVolume/archive lives",
    ]
    assert claim.locations[0].path == ""
    template = found["PersistentVolumeClaim/default/data-orders-[*]"]
    assert (template.kind, template.span.line) == ("block_store", 38)
    assert where(template) == [("google", "europe-west4", None, "known")]
    # The class holds the data, not the pods.
    assert where(found["StatefulSet/default/orders"]) == [("google", None, None, "unknown")]


def test_a_claim_and_a_service_follow_the_pods(tmp_path: Path) -> None:
    text = pod(
        "nodeSelector: {topology.kubernetes.io/region: europe-west4},"
        " volumes: [{name: x, persistentVolumeClaim: {claimName: c}}]"
    ).replace("{template: {spec:", "{template: {metadata: {labels: {app: w}}, spec:")
    text += "---\n{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {}}\n"
    text += (
        "---\n{apiVersion: v1, kind: Service, metadata: {name: s},"
        " spec: {type: LoadBalancer, selector: {app: w}}}\n"
        "---\n{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i},"
        " spec: {defaultBackend: {service: {name: s}}}}\n"
    )
    reading = parse(tmp_path, text)
    made = follow([resource(each) for each in reading.declarations], targets(reading))
    assert [where(each) for each in made] == [[("google", "europe-west4", None, "known")]] * 4
    assert follow(made, targets(reading)) == made


CLUSTER = Hop(Span("domicile.yaml", 9, 5, 9, 60), "clusters: aws eu-west-1")


def test_the_policy_names_the_cluster() -> None:
    found = resources(load(CASES / "places"))
    secret = place_by_cluster(found["Secret/prod/ledger"], "aws", "eu-west-1", CLUSTER)
    assert where(secret) == [("aws", "eu-west-1", None, "known")]
    (location,) = secret.locations
    assert (location.countries, location.trail, location.path) == (("IE",), (CLUSTER,), "")
    assert secret.operator is not None
    # What the manifest says counts more.
    ledger = place_by_cluster(found["Deployment/prod/ledger"], "aws", "eu-west-1", CLUSTER)
    assert where(ledger) == [("aws", "eu-west-3", None, "known")]


def test_the_cluster_decides_what_a_name_means(tmp_path: Path) -> None:
    text = pod("nodeSelector: {topology.kubernetes.io/zone: eu-west-1a}")
    (declaration,) = parse(tmp_path, text).declarations
    found = place_by_cluster(resource(declaration), "aws", "eu-west-1", CLUSTER)
    assert where(found) == [("aws", "eu-west-1", "eu-west-1a", "known")]
    assert found.locations[0].trail[0] == CLUSTER


def test_what_a_controller_makes_is_not_in_the_cluster() -> None:
    found = resources(load(CASES / "operators"))
    places = {
        address: where(place_by_cluster(each, "aws", "eu-west-1", CLUSTER))[0][:2]
        for address, each in found.items()
    }
    assert places["StorageBucket/default/files"] == ("google", "EU")
    assert places["Bucket/default/logs"] == ("aws", "us-east-1")
    assert places["Instance/billing"] == ("aws", "eu-central-1")
    assert places["ClusterConfig/prod"] == ("aws", "eu-north-1")
    assert places["InferenceService/default/llm"] == ("aws", "eu-west-1")
    assert where(found["Cluster/default/crm"]) == [
        ("google", "europe-west4", "europe-west4-b", "known")
    ]


def test_pods_beside_a_pinned_one_may_be_elsewhere(tmp_path: Path) -> None:
    text = """\
apiVersion: ray.io/v1
kind: RayCluster
metadata: {name: r}
spec:
  headGroupSpec: {template: {spec: {containers: [{name: h, image: ray}]}}}
  workerGroupSpecs:
    - template:
        spec:
          nodeSelector: {topology.kubernetes.io/region: us-central1}
          containers: [{name: w, image: ray, resources: {limits: {nvidia.com/gpu: "1"}}}]
"""
    (declaration,) = parse(tmp_path, text).declarations
    found = resource(declaration)
    assert (found.kind, found.facts["gpu"]) == ("ai_training", 1)
    assert {(p, r, s) for p, r, _, s in where(found)} == {
        ("", None, "unknown"), ("google", "us-central1", "known"),
    }  # fmt: skip
    placed = place_by_cluster(found, "google", "europe-west4", CLUSTER)
    assert {r for _, r, _, _ in where(placed)} == {"us-central1", "europe-west4"}


# What it is


@pytest.mark.parametrize(
    ("text", "kind", "roles"),
    [
        (pod("x: y"), "container", ()),
        (pod("x: y").replace("nginx", "docker.io/library/postgres:16"), "database", ()),
        (pod("x: y").replace("nginx", "postgres-exporter"), "container", ()),
        (pod("x: y", "Job").replace("apps/v1", "batch/v1").replace("nginx", "mysql:8"),
         "container", ()),
        (pod("x: y").replace("nginx", "tensorflow/serving:2.19"), "ai_inference", ()),
        (pod("x: y").replace("image: nginx", "resources: {limits: {amd.com/gpu: 1}}"),
         "ai_inference", ()),
        (pod("x: y", "Job").replace("apps/v1", "batch/v1").replace(
            "image: nginx", "resources: {requests: {google.com/tpu: 4}}"), "ai_training", ()),
        (pod("x: y").replace("image: nginx", "resources: {limits: {nvidia.com/gpu: 0}}"),
         "container", ()),
        ("{apiVersion: v1, kind: Namespace, metadata: {name: x}}", "other", ("attachment",)),
        ("{apiVersion: v1, kind: Secret, metadata: {name: x}}", "secret", ()),
        ("{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {type: LoadBalancer}}",
         "load_balancer", ()),
        ("{apiVersion: v1, kind: Service, metadata: {name: x}}", "network", ("attachment",)),
        ("{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: x}}",
         "container", ()),
        ("{apiVersion: v1, kind: PersistentVolumeClaim, spec: {accessModes: [ReadWriteMany]}}",
         "file_store", ()),
        ("{apiVersion: kafka.strimzi.io/v1beta2, kind: Kafka, metadata: {name: x}}",
         "stream", ()),
        ("{apiVersion: unheard.of/v1, kind: Thing, metadata: {name: x}}", "other", ()),
        ("{apiVersion: unheard.of/v1, kind: Thing, spec: {pod: {containers: [{image: a}]}}}",
         "container", ()),
    ],
)  # fmt: skip
def test_kinds(tmp_path: Path, text: str, kind: str, roles: tuple[str, ...]) -> None:
    (declaration,) = parse(tmp_path, text).declarations
    found = resource(declaration)
    assert (found.provider, found.kind, found.roles) == ("kubernetes", kind, roles)


def test_facts(tmp_path: Path) -> None:
    text = pod(
        "serviceAccountName: sa, initContainers: [{name: i, image: init}]"
    ).replace("{template:", "{replicas: 2, template:")  # fmt: skip
    (declaration,) = parse(tmp_path, text).declarations
    assert resource(declaration).facts == {
        "namespace": "default", "api_version": "apps/v1", "replicas": 2,
        "service_account": "sa", "images": ["nginx"],
    }  # fmt: skip
    text = "{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {externalName: db.example}}"
    (declaration,) = parse(tmp_path, text).declarations
    assert resource(declaration).facts["host"] == "db.example"


def test_the_tables_use_the_shared_words() -> None:
    exact, patterns = tables._kinds()
    rows = [*exact.values(), *(row for _, _, row in patterns)]
    assert {row.kind for row in rows} <= set(KINDS)
    assert {row.scope for row in rows} == {"", "cluster"}
    assert {row.role for row in rows} == {"", "attachment"}
    assert set(tables.images().values()) <= set(KINDS)


# Hostile and odd input


def test_a_large_tree_takes_bounded_time(tmp_path: Path) -> None:
    one = pod("x: y").replace(
        "spec: {template: {", "spec: {template: {metadata: {labels: {a: b}}, "
    )
    service = "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {selector: {a: b}}}\n"
    text = "---\n".join([one, service] * 2000)
    started = time.process_time()
    reading = parse(tmp_path, text)
    assert len(reading.declarations) == 4000
    assert time.process_time() - started < 20


def test_one_line_of_fifty_megabytes(tmp_path: Path) -> None:
    text = 'apiVersion: v1\nkind: Secret\ndata: {x: "' + "A" * 50_000_000 + '"}\n'
    started = time.process_time()
    reading = parse(tmp_path, text)
    assert time.process_time() - started < 5
    assert [item.reason for item in reading.unread] == ["larger than 16 MiB"]
    assert reading.declarations == ()


KEYS = st.sampled_from(
    ["apiVersion", "kind", "metadata", "spec", "template", "containers", "items", "name", "env",
     "nodeSelector", "affinity", "data", "labels", "volumes", "selector", "rules", "subjects",
     "topology.kubernetes.io/zone", "volumeClaimTemplates", "resources", "limits",
     "nvidia.com/gpu", "value", "annotations", "allowedTopologies", "parameters"]
)  # fmt: skip
WORDS = st.sampled_from(["v1", "apps/v1", "List", "Secret", "eu-west-1a", "x", "", "eu"])
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | WORDS | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)
KIND = st.sampled_from(
    ["Deployment", "StatefulSet", "Service", "Secret", "ConfigMap", "Pod", "List", "Ingress",
     "PersistentVolume", "PersistentVolumeClaim", "StorageClass", "RoleBinding", "NodePool",
     "CustomResourceDefinition", "CronJob", "HTTPRoute", "HorizontalPodAutoscaler", "Node"]
)  # fmt: skip


@given(st.lists(st.tuples(KIND, st.dictionaries(KEYS, TREES, max_size=5)), max_size=4))
@examples(max_examples=250, deadline=None)
def test_no_shape_of_a_manifest_raises(
    tmp_path_factory: pytest.TempPathFactory, objects: list[tuple[str, dict[str, object]]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    text = "\n---\n".join(
        json.dumps({**tree, "apiVersion": "v1", "kind": kind}) for kind, tree in objects
    )
    reading = parse(folder, text)
    made = follow([resource(each) for each in reading.declarations], targets(reading))
    placed = [place_by_cluster(each, "aws", "eu-west-1", CLUSTER) for each in made]
    assert len({each.id for each in placed}) == len(placed)
    for each in placed:
        assert each.locations
        for path, _ in walk(each.attributes):
            assert each.origin.trail(path)
        assert list(find(each.attributes, "kind"))


@given(st.text(max_size=80) | st.binary(max_size=80))
@examples(max_examples=200, deadline=None)
def test_no_file_raises(tmp_path_factory: pytest.TempPathFactory, text: str | bytes) -> None:
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    folder = tmp_path_factory.mktemp("any")
    reading = parse(folder, b"apiVersion: v1\nkind: Pod\nmetadata: " + content)
    for declaration in reading.declarations:
        assert resource(declaration).locations
