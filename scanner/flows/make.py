"""One way to put a `Flow` together from its two ends."""

from __future__ import annotations

from scanner.flows.borders import Crossing, crossing, within
from scanner.flows.ends import Place
from scanner.model import Carries, Flow, Hop, Resource, Trail

LABELS = {
    "replication": "Replication",
    "read-replica": "Read replica",
    "backup-copy": "Backup copy",
    "snapshot-copy": "Snapshot copy",
    "image-copy": "Image copy",
    "key-replication": "Key or secret replication",
    "data-transfer": "Data transfer",
    "multi-region": "Multi-region storage",
    "log-export": "Log export",
    "telemetry": "Telemetry",
    "inference": "Inference",
    "image-pull": "Image pull",
    "event-forwarding": "Event forwarding",
    "peering": "Peering",
    "failover": "Failover",
    "edge": "Edge distribution",
    "state": "State",
    "endpoint": "A call",
}
"""Each kind of flow in words, as sentences begin with it."""


class Ids:
    """Hands out ids without line numbers: the declaring resource, the kind, the other end."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def make(self, declared_by: str, kind: str, end: str) -> str:
        """Return an id; the second of the same name ends in ``~2``."""
        name = f"{declared_by}/{kind}/{end}"
        count = self._taken[name] = self._taken.get(name, 0) + 1
        return name if count == 1 else f"{name}~{count}"


def flow(
    ids: Ids,
    declared_by: Resource,
    kind: str,
    carries: Carries,
    source: Place,
    target: Place,
    path: str,
    *,
    certain: bool = True,
    inside: bool = False,
) -> Flow:
    """Return the flow between two ends. ``inside`` is one end that spreads over borders."""
    operator = source.operator
    crossed: Crossing = (
        within(target.locations)
        if inside
        else crossing(source.locations, target.locations, operator, target.operator)
    )
    sure = certain and source.certain and target.certain and crossed.certain
    name = target.name or (target.target or "").partition("#")[2]
    return Flow(
        id=ids.make(declared_by.id, kind, name),
        kind=kind,
        carries=carries,
        source=source.target or "",
        target=target.target,
        endpoint=None if target.target else name,
        source_locations=source.locations,
        target_locations=target.locations,
        crosses=crossed.borders,
        certainty="certain" if sure else "possible",
        declared_by=declared_by.id,
        span=declared_by.at(path),
        trail=_trail(declared_by, kind, source, target, path),
    )


def _trail(declared_by: Resource, kind: str, source: Place, target: Place, path: str) -> Trail:
    step = Hop(declared_by.at(path), f"{LABELS.get(kind, kind)}: {path or declared_by.address}")
    hops: list[Hop] = []
    for place in (source, target):
        for location in place.locations[:1]:
            hops.extend(location.trail)
        if place is source:
            hops.append(step)
        else:
            hops.extend(target.trail)
    return tuple(dict.fromkeys(hops))
