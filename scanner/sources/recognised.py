"""Formats that declare infrastructure and that no source reads: named, never passed over."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from scanner.model import Unread
from scanner.sources.source import Input, Reading

if TYPE_CHECKING:
    from scanner.settings import Settings

name = "recognised"

_CHART = ("a Helm chart, which is not rendered",
          "render it into a file (helm template) and scan that")  # fmt: skip
_KUSTOMIZATION = ("a Kustomization, which is not built: its bases are read as they are",
                  "build it (kubectl kustomize) into a file and scan that")  # fmt: skip
_TERRAGRUNT = ("Terragrunt configuration, which is not read",
               "scan the Terraform that it makes (terragrunt render)")  # fmt: skip

_BY_NAME = {
    "Chart.yaml": _CHART,
    "kustomization.yaml": _KUSTOMIZATION,
    "kustomization.yml": _KUSTOMIZATION,
    "Kustomization": _KUSTOMIZATION,
    "terragrunt.hcl": _TERRAGRUNT,
    "terragrunt.stack.hcl": _TERRAGRUNT,
}


def claims(files: Sequence[str]) -> Iterator[Input]:
    """Yield an input for each file of a known format."""
    for file in files:
        if posixpath.basename(file) in _BY_NAME:
            yield Input(name, posixpath.dirname(file) or ".", file, (file,))


def read(inputs: Sequence[Input], settings: Settings) -> Reading:  # noqa: ARG001 - a Source's
    """Return what the inputs are, as unread."""
    return Reading(
        unread=tuple(
            Unread(item.path, reason, None, hint)
            for item in inputs
            for reason, hint in [_BY_NAME[posixpath.basename(item.path)]]
        )
    )
