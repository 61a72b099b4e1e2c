"""Kubernetes manifests: which files are some, and the objects in them.

A unit is a folder of manifests. Objects refer to each other by name, owner and selector within
it, and a cloud that only one of them shows (a driver, an annotation of its load balancers) is
the cloud of all: it decides what ``eu-west-1`` means there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.sources.kubernetes.claims import claims

if TYPE_CHECKING:
    from scanner.settings import Settings
    from scanner.sources.source import Input, Reading

name = "kubernetes"


def read(inputs: Sequence[Input], settings: Settings) -> Reading:
    """Read folders of manifests: each is a unit of its own."""
    # Most scans meet Terraform only; the YAML reader is not loaded for them.
    from scanner.sources.kubernetes.reading import read as read_all

    return read_all(inputs, settings)


__all__ = ["claims", "name", "read"]
