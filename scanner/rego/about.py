"""What a Rego rule says of itself."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from scanner.rule import Severity

Precision = Literal["very-high", "high", "medium", "low"]


class Metadata(Struct, frozen=True):
    """What a rule says of itself.

    ``reads`` are the fields of a resource that it looks at, None where it does not say (then
    it is given all of them). ``needs`` are fields without which it has nothing to say: what has
    them empty is passed over before the engine is asked. ``scope`` is ``all`` for a rule that
    compares resources with one another and so must see them in one document.
    """

    id: str
    name: str
    severity: Severity
    summary: str
    doc: str
    kinds: frozenset[str]
    flows: frozenset[str]
    reads: tuple[str, ...] | None
    needs: tuple[str, ...]
    scope: str
    controls: tuple[str, ...]
    precision: Precision
    tags: tuple[str, ...]
