"""Data paths: what the resources of a scan send to each other and to the world.

`find` is all there is to call. Each `Flow` has two located ends; the borders that it crosses
are computed from them. A path whose end is not known is kept, with certainty ``possible``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from scanner.flows import constructs, state, strings
from scanner.flows.ends import Finder
from scanner.model import Flow, Reference, Resource, WrittenString

__all__ = ["find"]


def find(
    resources: Mapping[str, Resource],
    references: Mapping[str, tuple[Reference, ...]],
    written: Iterable[WrittenString] = (),
) -> Iterator[Flow]:
    """Yield every flow: of the catalogue's constructs, of endpoints in strings, of state.

    ``references`` are by resource id, their targets being resource ids.
    """
    finder = Finder(resources, references)
    seen: set[str] = set()
    for flow in chain(
        constructs.find(finder), strings.find(resources, written), state.find(resources)
    ):
        # What the catalogue knows of a construct, its string may say once more.
        if flow.id not in seen:
            seen.add(flow.id)
            yield flow
