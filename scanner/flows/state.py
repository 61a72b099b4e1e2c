"""Terraform state: a copy of everything that a unit declares, kept where its backend is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.flows.ends import Place, homes, primary
from scanner.flows.make import Ids, flow
from scanner.model import Flow, Resource


def find(resources: Mapping[str, Resource]) -> Iterator[Flow]:
    """Yield the flow of each backend: from where the unit's resources live to the backend."""
    backends = [r for r in resources.values() if r.kind == "state_backend"]
    if not backends:
        return
    ids = Ids()
    lives = homes(resources)
    for backend in backends:
        places = primary(backend)
        here = lives.get(backend.unit, ())
        if not places or not here:
            continue
        # The source is the unit as a whole, which is no resource: it has no id of its own.
        source = Place(here, None, backend.unit, None)
        target = Place(places, backend.id, backend.address, backend.operator)
        yield flow(ids, backend, "state", "metadata", source, target, places[0].path)
