"""What every source takes and gives: inputs in, a `Reading` out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from scanner.model import Declaration, Span, Unit, Unread, WrittenString

if TYPE_CHECKING:
    from scanner.settings import Settings


class Input(Struct, frozen=True):
    """Files that one source reads together.

    ``unit`` is the id of what they would become when deployed on their own, ``path`` the
    folder (or the single file) and ``files`` the files in it, all relative to the working
    directory. ``environment`` and ``variables`` are what the run chose for it: the name, and
    the variable files to load, in order. ``values`` are those that a plan has for the
    variables, each with its place there; None where there is no plan.
    """

    source: str
    unit: str
    path: str
    files: tuple[str, ...]
    environment: str | None = None
    variables: tuple[str, ...] = ()
    values: tuple[tuple[str, Any, Span], ...] | None = None


class Reading(Struct, frozen=True):
    """What a source made of its inputs. What it could not read is in ``unread``."""

    units: tuple[Unit, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    strings: tuple[WrittenString, ...] = ()
    unread: tuple[Unread, ...] = ()
    sensitive: tuple[str, ...] = ()
    """Texts that the source calls sensitive: no report shows them."""
    planned: tuple[WrittenString, ...] = ()
    """Strings that only a plan holds. No report shows the secrets among them; but nobody has
    written them into a file, so that no rule is asked about them.
    """
    notes: tuple[str, ...] = ()
    """Sentences for people: what was asked for and had no effect."""


class Source(Protocol):
    """An input format."""

    name: str

    def read(self, inputs: Sequence[Input], settings: Settings) -> Reading:
        """Parse and evaluate all inputs of this source, in one call."""
