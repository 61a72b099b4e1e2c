"""What the tables say about a type: where it is, of which kind, what it belongs to.

``<cloud>/locations.csv`` and ``<cloud>/kinds.csv`` are read when the first resource of the
cloud is met; ``data/`` holds the few tables that are about all clouds.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from scanner.geography.tables import canonical

HERE = Path(__file__).resolve().parent

SHARED = "terraform"
"""The folder of what no cloud owns: backends, and providers of things inside other things."""

_SHARED_PROVIDERS = frozenset({"kubernetes", "helm"})


class Attribute(Struct, frozen=True):
    """A row of ``locations.csv``: what an attribute says about the place of its resource."""

    path: str
    role: str
    form: str
    note: str

    @property
    def computed(self) -> bool:
        """Whether the provider fills it in: never written, unknown before it exists."""
        return self.note.startswith("computed") or self.note.endswith("(computed)")


class Default(Struct, frozen=True):
    """A provider attribute that places what names no place itself."""

    attribute: str
    value: str
    environment: str


@lru_cache(maxsize=8192)
def provider_of(type: str) -> str:
    """Return the cloud's short name of a Terraform type: ``azurerm_subnet`` is ``azure``."""
    return canonical(type.partition("_")[0])


@lru_cache(maxsize=8192)
def cloud_of_row(type: str) -> str:
    """Return the folder of a row of the location table."""
    first, dot, rest = type.partition(".")
    if not dot:
        return provider_of(type)
    if first == "provider" and rest not in _SHARED_PROVIDERS:
        return canonical(rest)
    return SHARED


@lru_cache(maxsize=1)
def clouds() -> frozenset[str]:
    """Return the clouds that have a location table."""
    return frozenset(path.parent.name for path in HERE.glob("*/locations.csv")) - {SHARED}


@lru_cache(maxsize=8192)
def attributes(type: str) -> tuple[Attribute, ...]:
    """Return what is known of a type; nothing for a type that the tables do not have.

    ``provider.aws`` and ``terraform.backend.s3`` are types here.
    """
    cloud = cloud_of_row(type)
    if cloud not in clouds() and cloud != SHARED:
        return ()
    name = type
    if name not in _locations(cloud) and name not in corrections():
        name = f"{type.partition('_')[0]}_*"
    fixes = corrections().get(name, {})
    found = [
        Attribute(path, role, form, note)
        for _, path, role, form, note in csv.reader(_locations(cloud).get(name, ()))
        if fixes.get(path, ("", ""))[0] != "drop"
    ]
    for path, (action, value) in fixes.items():
        if action == "add":
            role, _, form = value.partition(" ")
            found.append(Attribute(path, role, form, ""))
    return tuple(found)


@lru_cache(maxsize=64)
def types(cloud: str) -> tuple[str, ...]:
    """Return every type of a cloud's location table."""
    more = (name for name in corrections() if cloud_of_row(name) == cloud)
    return tuple(dict.fromkeys((*_locations(cloud), *more)))


@lru_cache(maxsize=4096)
def kind(type: str) -> str | None:
    """Return the kind of a type, or None where no row says it.

    The row with the longest name decides: of the type, or of its first words. What only
    configures another resource has the kind of that one.
    """
    kinds = _kinds(cloud_of_row(type))
    name = f"aws_{type.removeprefix('awscc_')}" if type.startswith("awscc_") else type
    while name:
        found = kinds.get(name)
        if found is not None:
            return found
        name = name.rpartition("_")[0]
    return None


@lru_cache(maxsize=1024)
def arm_kind(type: str) -> str | None:
    """Return the kind of a type of Azure's own: ``Microsoft.Storage/storageAccounts@2023``."""
    namespace, _, rest = type.lower().partition("@")[0].partition("/")
    kinds = {row["namespace"]: row["kind"] for row in rows("arm.csv")}
    return kinds.get(f"{namespace}/{rest.partition('/')[0]}") or kinds.get(namespace)


@lru_cache(maxsize=4096)
def attached(type: str) -> bool:
    """Say whether a type only configures another resource."""
    patterns = _attachments()
    own = patterns.get(type.partition("_")[0], [])
    return next((answer for parts, answer in (*own, *patterns["*"]) if _fits(type, parts)), False)


@lru_cache(maxsize=4096)
def service(type: str) -> str:
    """Return the service whose names of places a type uses, or an empty string."""
    for row in _read(HERE / "data" / "services.csv"):
        if type.startswith(row["prefix"]):
            return row["service"]
    return ""


@lru_cache(maxsize=64)
def defaults(provider: str) -> tuple[Default, ...]:
    """Return the attributes of a provider block that place resources, the region first."""
    return tuple(
        Default(row["attribute"], row["default"], row["environment"])
        for row in _read(HERE / "data" / "defaults.csv")
        if row["provider"] == provider
    )


@lru_cache(maxsize=1)
def existing() -> frozenset[str]:
    """Return the types of data sources that stand for a place which others use."""
    return frozenset(row["type"] for row in rows("existing.csv"))


@lru_cache(maxsize=1)
def corrections() -> dict[str, dict[str, tuple[str, str]]]:
    """Return (action, value) by type and path: what the location tables get wrong or lack."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for row in rows("corrections.csv"):
        found.setdefault(row["type"], {})[row["path"]] = (row["action"], row["value"])
    return found


def rows(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a table in ``data/``."""
    return _read(HERE / "data" / name)


@lru_cache(maxsize=64)
def _locations(cloud: str) -> dict[str, list[str]]:
    """Return the lines of a cloud's table by type. Few types are met in a scan, so a line is
    only taken apart when its type is.
    """
    found: dict[str, list[str]] = {}
    lines = (HERE / cloud / "locations.csv").read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        found.setdefault(line.partition(",")[0], []).append(line)
    return found


@lru_cache(maxsize=64)
def _kinds(cloud: str) -> dict[str, str]:
    path = HERE / (cloud if cloud in clouds() else SHARED) / "kinds.csv"
    return {row["name"]: row["kind"] for row in _read(path)} if path.exists() else {}


@lru_cache(maxsize=1)
def _attachments() -> dict[str, list[tuple[tuple[str, ...], bool]]]:
    """Return the patterns by the provider that they begin with, each split at its stars."""
    found: dict[str, list[tuple[tuple[str, ...], bool]]] = {"*": []}
    for row in _read(HERE / "data" / "attachments.csv"):
        parts = tuple(row["pattern"].split("*"))
        first = parts[0].partition("_")[0] or "*"
        found.setdefault(first, []).append((parts, row["attachment"] == "yes"))
    return found


def _fits(text: str, parts: tuple[str, ...]) -> bool:
    """Say whether a text has the parts of a pattern in order. Hundreds of patterns compile
    slower as regular expressions than they are compared this way.
    """
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    end = len(text) - len(last)
    at = len(first)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
