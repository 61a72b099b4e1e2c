"""Attributes that nobody writes and that configuration still decides.

A resource without ``region`` is where its provider is; ``data.aws_region`` names that place.
Everything else exists only after apply.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scanner.model import Unknown

if TYPE_CHECKING:
    from scanner.sources.terraform.resources import ResourceInstance


def inferred(resource: ResourceInstance, name: str) -> Any:
    """Return the value of an attribute that is not written."""
    mode, type, _ = resource.kind
    rule = _RULES.get((mode, type, name))
    if rule is None and mode == "resource":
        rule = _BY_PREFIX.get((type.partition("_")[0], name))
    if rule is not None:
        value = rule(resource)
        if value is not None:
            return value
    return Unknown("known after apply", f"{resource.address}.{name}")


def _provider(name: str) -> Callable[[ResourceInstance], Any]:
    def read(resource: ResourceInstance) -> Any:
        return resource.module.providers.of(resource).setting(name)

    return read


def _region(resource: ResourceInstance) -> Any:
    for name in ("region", "name"):
        written = resource.block.body.attributes.get(name)
        if written is not None and resource.kind[1] == "aws_region":
            from scanner.sources.terraform.evaluate import settled

            return settled(written.expression, resource.scope)
    return _provider("region")(resource)


_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("eusc-", "aws-eusc"))


def _partition(resource: ResourceInstance) -> Any:
    region = _provider("region")(resource)
    if not isinstance(region, str):
        return Unknown("the partition of an unknown region", f"{resource.address}.partition",
                       ("aws", "aws-cn", "aws-us-gov"))  # fmt: skip
    return next((name for head, name in _PARTITIONS if region.startswith(head)), "aws")


def _suffix(resource: ResourceInstance) -> Any:
    partition = _partition(resource)
    if isinstance(partition, Unknown):
        return Unknown(partition.reason, f"{resource.address}.dns_suffix")
    return {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}.get(
        partition, "amazonaws.com"
    )


def _bucket_arn(resource: ResourceInstance) -> Any:
    """Return the ARN of a bucket: nothing but its partition and its name stands in it."""
    if "bucket" not in resource.block.body.attributes:
        return None
    name, partition = resource.attribute("bucket"), _partition(resource)
    if isinstance(name, str) and isinstance(partition, str):
        return f"arn:{partition}:s3:::{name}"
    return None


def _resource_group_location(resource: ResourceInstance) -> Any:
    """Return the location of the resource group of that name, if this unit declares it."""
    wanted = resource.attribute("name")
    if not isinstance(wanted, str):
        return None
    module: Any = resource.module
    while module is not None:
        for key in module.module.resources:
            if key[:2] != ("resource", "azurerm_resource_group"):
                continue
            for other in module.instances(key):
                if other.attribute("name") == wanted:
                    return other.attribute("location")
        module = module.parent
    return Unknown(
        "the resource group is declared outside this source", f"{resource.address}.location"
    )


def _written(name: str) -> Callable[[ResourceInstance], Any]:
    def read(resource: ResourceInstance) -> Any:
        return resource.attribute(name) if name in resource.block.body.attributes else None

    return read


def _remote_outputs(resource: ResourceInstance) -> Any:
    from scanner.sources.terraform.remote_state import outputs

    return outputs(resource)


_RULES: dict[tuple[str, str, str], Callable[[ResourceInstance], Any]] = {
    ("data", "aws_region", "name"): _region,
    ("data", "aws_region", "region"): _region,
    ("data", "aws_region", "id"): _region,
    ("data", "aws_partition", "partition"): _partition,
    ("data", "aws_partition", "id"): _partition,
    ("data", "aws_partition", "dns_suffix"): _suffix,
    ("data", "google_client_config", "region"): _provider("region"),
    ("data", "google_client_config", "zone"): _provider("zone"),
    ("data", "google_client_config", "project"): _provider("project"),
    ("data", "google_project", "project_id"): _provider("project"),
    ("data", "azurerm_resource_group", "location"): _resource_group_location,
    ("data", "terraform_remote_state", "outputs"): _remote_outputs,
    ("resource", "terraform_data", "output"): _written("input"),
    ("resource", "aws_s3_bucket", "arn"): _bucket_arn,
    ("resource", "aws_s3_bucket", "id"): _written("bucket"),
    ("resource", "aws_ecs_cluster", "region"): _provider("region"),
    ("resource", "google_storage_bucket", "id"): _written("name"),
}

_BY_PREFIX: dict[tuple[str, str], Callable[[ResourceInstance], Any]] = {
    ("aws", "region"): _provider("region"),
    ("google", "region"): _provider("region"),
    ("google", "zone"): _provider("zone"),
    ("google", "project"): _provider("project"),
}
