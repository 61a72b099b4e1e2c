"""Where a Terraform state lies: the backend's region, its endpoint, or its host."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from scanner import paths
from scanner.geography import locate, lookup
from scanner.model import Declaration, Hop, Location, Unknown
from scanner.providers import tables
from scanner.providers.locate import unknown

CLOUDS = {
    "s3": "aws", "gcs": "google", "azurerm": "azure", "oss": "alibaba", "cos": "tencent",
    "oci": "oci", "remote": "hashicorp", "cloud": "hashicorp",
}  # fmt: skip
"""The operator of each kind of backend."""

_REASONS = {
    "gcs": "the state is where the bucket is, which the backend does not say",
    "azurerm": "the state is where the storage account is, which the backend does not say",
    "local": "the state stays on the machine that runs Terraform",
}


def backend(declaration: Declaration) -> tuple[str, Location]:
    """Return the cloud that keeps a state, and the place."""
    name = declaration.type.rpartition(".")[2] or declaration.type
    cloud = CLOUDS.get(name, name)
    if name in ("remote", "cloud"):
        host = declaration.attributes.get("hostname") or "app.terraform.io"
        place = lookup(cloud, host) if isinstance(host, str) else None
        if place is None or place.status == "unknown":
            return cloud, unknown(declaration, cloud, "a Terraform server of your own", "hostname")
        return cloud, locate(place, trail=declaration.origin.trail("hostname"), path="hostname")
    if name == "s3":
        for path in ("endpoints.s3", "endpoint"):
            for found, value in paths.find(declaration.attributes, path):
                return _endpoint(declaration, found, value)
    if name not in ("s3", "oss", "cos", "oci"):
        reason = _REASONS.get(name, f"where the {name} backend keeps its state is not written")
        return cloud, unknown(declaration, cloud, reason)
    region = declaration.attributes.get("region")
    if isinstance(region, str) and region:
        return cloud, _placed(declaration, cloud, region, "region")
    if isinstance(region, Unknown):
        return cloud, unknown(declaration, cloud, region.reason, "region")
    reason = f"the {name} backend sets no region"
    reason += " (AWS_REGION decides at run time)" if name == "s3" else ""
    return cloud, unknown(declaration, cloud, reason)


def _endpoint(declaration: Declaration, path: str, value: Any) -> tuple[str, Location]:
    """Return the place of an S3-compatible store: its host decides, not a region of AWS."""
    if not isinstance(value, str):
        reason = value.reason if isinstance(value, Unknown) else "not a host name"
        return "aws", unknown(declaration, "aws", reason, path)
    host = urlsplit(value if "//" in value else f"//{value}").hostname or value
    written = declaration.attributes.get("region")
    for row in tables.rows("state_hosts.csv"):
        match = re.fullmatch(row["pattern"], host)
        if match:
            provider = row["provider"]
            region = match.groupdict().get("region") or row["region"]
            if provider == "aws" and isinstance(written, str) and written:
                return provider, _placed(declaration, provider, written, "region")
            return provider, _placed(declaration, provider, region or host, path)
    return "s3", unknown(declaration, "s3", f"an S3-compatible store at {host}", path)


def _placed(declaration: Declaration, provider: str, text: str, path: str) -> Location:
    service = "s3" if provider in ("ionos",) else ""
    place = lookup(provider, text, service)
    trail = declaration.origin.trail(path)
    if place.status == "known":
        return locate(place, trail=trail, path=path)
    hop = Hop(declaration.origin.span(path), f"'{text}' is no known place of {place.provider}")
    region = place.region or text
    return Location(place.provider, region, status="unknown", trail=(*trail, hop), path=path)
