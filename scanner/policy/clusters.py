"""What the policy tells about the tree: where manifests land, which variables go together."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from scanner.model import Hop, Span


class Cluster(Struct, frozen=True):
    """The cluster on which the manifests below some paths are deployed."""

    paths: tuple[str, ...]
    provider: str
    region: str
    span: Span

    def hop(self) -> Hop:
        """Return the step of a trail that names this entry."""
        return Hop(self.span, f"clusters: {self.provider} {self.region}")


class TerraformRoot(Struct, frozen=True):
    """A root module and its environments: the variable files of each, relative to the root."""

    root: str
    environments: Mapping[str, tuple[str, ...]]
    span: Span
