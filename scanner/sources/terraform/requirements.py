"""Which provider a local name stands for, and which one a module on no disk is for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from scanner.sources.terraform import hcl, tree


class Source(NamedTuple):
    """A provider's namespace and type: ``hashicorp``, ``aws``. Nobody need declare either, so
    an empty namespace is any.
    """

    namespace: str
    type: str


def same(one: Source, other: Source) -> bool:
    """Say whether two sources are one provider."""
    return one.type == other.type and (
        one.namespace == other.namespace or not one.namespace or not other.namespace
    )


def sources(settings: Iterable[hcl.Block]) -> dict[str, Source]:
    """Return the providers that the ``required_providers`` of ``terraform`` blocks name."""
    found: dict[str, Source] = {}
    for block in settings:
        for inner in block.body.blocks:
            if inner.type != "required_providers":
                continue
            for local, attribute in inner.body.attributes.items():
                text = _text(attribute.expression)
                if text:
                    found[local] = _source(text)
    return found


def _text(node: tree.Node) -> str:
    """Return the ``source`` of an entry; nothing for a version alone, as Terraform 0.12 wrote."""
    if isinstance(node, tree.ObjectOf):
        for key, value in node.items:
            if isinstance(key, tree.Constant) and key.value == "source":
                text = value.value if isinstance(value, tree.Constant) else ""
                return text if isinstance(text, str) else ""
    return ""


def _source(text: str) -> Source:
    """Return the source of an address: ``[host/][namespace/]type``."""
    parts = text.lower().split("/")
    return Source(parts[-2] if len(parts) > 1 else "hashicorp", parts[-1])


def provider_of_module(source: str) -> str | None:
    """Return the provider that a module's source names: a registry address's last part, or
    ``terraform-aws-…`` in a repository's name.
    """
    if not source or source.startswith((".", "/")):
        return None
    plain = source.partition("?")[0].partition("//")[0]
    parts = plain.split("/")
    if "://" not in source and not source.startswith("git@"):
        hosted = "." in parts[0]  # a registry of its own, or github.com/owner/repository
        if len(parts) == (4 if hosted else 3) and "." not in parts[-1]:
            return _TYPES.get(parts[-1], parts[-1])
    for part in source.replace(":", "/").split("/"):
        if part.startswith("terraform-"):
            name = part.split("-")[1].partition(".")[0]
            return _TYPES.get(name, name) or None
    if "terraform-google-modules" in source or "GoogleCloudPlatform" in source:
        return "google"
    return None


_TYPES = {"azure": "azurerm", "gcp": "google"}
