"""Names of places that need a second attribute: whose cloud is meant."""

from __future__ import annotations

from typing import Any

from scanner import paths
from scanner.geography import lookup
from scanner.model import Declaration
from scanner.providers import tables

_ATLAS_CLOUDS = {"AWS": "aws", "AZURE": "azure", "GCP": "google"}
_ATLAS_GOOGLE = {
    "CENTRAL_US": "us-central1", "EASTERN_US": "us-east1", "WESTERN_US": "us-west1",
    "WESTERN_EUROPE": "europe-west1", "EASTERN_ASIA_PACIFIC": "asia-east1",
    "NORTHEASTERN_ASIA_PACIFIC": "asia-northeast1",
    "SOUTHEASTERN_ASIA_PACIFIC": "asia-southeast1",
}  # fmt: skip


def atlas(attributes: dict[str, Any], path: str, name: object) -> tuple[str, str] | None:
    """Return (cloud, region) of a MongoDB Atlas region name, or None.

    ``EU_WEST_1`` is a region of AWS, ``EUROPE_NORTH`` of Azure, ``WESTERN_EUROPE`` of Google;
    the ``provider_name`` beside it, or of the whole resource, says of which.
    """
    if not isinstance(name, str):
        return None
    block = path.rpartition(".")[0]
    beside: Any = paths.get(attributes, block) if block else attributes
    for place in (beside, attributes):
        for key in ("backing_provider_name", "provider_name", "cloud_provider"):
            written = place.get(key) if isinstance(place, dict) else None
            cloud = _ATLAS_CLOUDS.get(written) if isinstance(written, str) else None
            if cloud is not None:
                for candidate in _atlas_names(cloud, name):
                    if lookup(cloud, candidate).region is not None:
                        return cloud, candidate
    return None


def _atlas_names(cloud: str, name: str) -> list[str]:
    words = name.lower().split("_")
    if cloud == "aws":
        return ["-".join(words)]
    if cloud == "google":
        known = _ATLAS_GOOGLE.get(name)
        return [known] if known else ["-".join(words[:-1]) + words[-1]]
    number = words.pop() if words[-1].isdigit() else ""
    return ["".join(words) + number, "".join(words[1:]) + words[0] + number]


def openstack(configuration: Declaration | None) -> str:
    """Return the cloud behind an OpenStack provider, as its login address tells."""
    address = configuration.attributes.get("auth_url") if configuration is not None else None
    if isinstance(address, str):
        for row in tables.rows("openstack.csv"):
            if row["host"] in address:
                return row["provider"]
    return "openstack"
