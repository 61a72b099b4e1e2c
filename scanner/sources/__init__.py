"""Input formats: one folder each, one `Source` protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.sources.source import Source


def all_sources() -> Sequence[Source]:
    """Return the sources in the order in which they are read."""
    from scanner.sources import kubernetes, recognised, terraform

    return (terraform, kubernetes, recognised)
