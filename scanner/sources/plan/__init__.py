"""Plans: what ``terraform show -json`` (or ``tofu show -json``) says of a plan or a state.

``claims`` tells a plan from other files, ``document`` reads one, ``instances`` lists what it
holds and ``values`` joins what is known with what is not; ``configuration``, ``references`` and
``providers`` work out what the plan tells of its sources, and ``declare`` makes declarations of
it. ``beside`` finds the sources of a plan among the inputs, ``joined`` makes one of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from scanner.model import Unit, Unread
from scanner.sources.plan.claims import STDIN, claims
from scanner.sources.source import Reading

if TYPE_CHECKING:
    from scanner.settings import Settings
    from scanner.sources.plan.beside import Matches
    from scanner.sources.plan.document import Document
    from scanner.sources.source import Input

name = "plan"


class Plans(Struct, frozen=True):
    """The plans of a scan, and the inputs that are left for the sources to read."""

    documents: tuple[Document, ...]
    inputs: tuple[Input, ...]
    matches: Matches
    unread: tuple[Unread, ...] = ()


def read(inputs: Sequence[Input], settings: Settings) -> Plans:
    """Read the plans among the inputs and find the sources that they were made of.

    Plans come first: they say with which variables their sources are evaluated.
    """
    from scanner.sources.plan.beside import match
    from scanner.sources.plan.document import load
    from scanner.sources.plan.instances import misshapen

    documents: list[Document] = []
    unread: list[Unread] = []
    for item in inputs:
        if item.source == name:
            found = load(item.path, settings.root, settings.stdin)
            if isinstance(found, Unread):
                unread.append(found)
            else:
                documents.append(found)
                unread.extend(found.faults())
                count = misshapen(found)
                if count:
                    reason = f"{count} of the plan's resources have a form that is not known"
                    unread.append(Unread(found.file, reason, 1, "write it with terraform show"))
    others = [item for item in inputs if item.source != name]
    matches = match(documents, others, settings.root)
    return Plans(tuple(documents), matches.inputs, matches, tuple(unread))


def join(plans: Plans, reading: Reading, settings: Settings) -> Reading:
    """Return a reading of the sources with the plans in it.

    A plan whose sources were read takes their places; any other is a unit of its own.
    """
    from scanner.sources.plan.declare import Plan
    from scanner.sources.plan.joined import join as together
    from scanner.sources.plan.joined import remapped

    units, strings = list(reading.units), list(reading.strings)
    declarations = list(reading.declarations)
    sensitive, planned = list(reading.sensitive), list(reading.planned)
    unread = [*reading.unread, *plans.unread]
    known = {unit.id for unit in units}
    for document in plans.documents:
        unit = plans.matches.found.get(document.file)
        if unit is None or unit not in known:
            plan = Plan(document, document.file)
            units.append(Unit(document.file, "terraform", document.file, settings.environment))
            declarations.extend(plan.declarations())
            strings.extend(plan.constants())
        else:
            plan = Plan(document, unit)
            source = [item for item in declarations if item.unit == unit]
            joined = together(plan, source)
            declarations = [item for item in declarations if item.unit != unit]
            declarations.extend(joined.declarations)
            strings = [remapped(string, joined.owners) for string in strings]
            if joined.changes:
                unread.append(_older(document.file, joined.changes))
        sensitive.extend(plan.sensitive())
        planned.extend(plan.planned())
    return replace(
        reading,
        units=tuple(units),
        declarations=tuple(declarations),
        strings=tuple(strings),
        unread=tuple(unread),
        sensitive=tuple(sensitive),
        planned=tuple(planned),
        notes=(*reading.notes, *plans.matches.notes),
    )


def _older(file: str, changes: list[str]) -> Unread:
    shown = ", ".join(changes[:3])
    more = f" and {len(changes) - 3} more changes" if len(changes) > 3 else ""
    return Unread(file, f"the plan is older than its sources: {shown}{more}", 1, "plan again")


__all__ = ["STDIN", "Plans", "claims", "join", "name", "read"]
