"""A flow in words: what it does, from where to where."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.flows.borders import BLOCS
from scanner.model import Flow, Location

_DOES = {
    "replication": "replicates {} from",
    "read-replica": "copies {} from",
    "backup-copy": "copies backups from",
    "snapshot-copy": "copies snapshots from",
    "image-copy": "copies images from",
    "key-replication": "replicates {} from",
    "data-transfer": "transfers {} from",
    "failover": "fails over from",
    "log-export": "exports logs from",
    "telemetry": "sends telemetry from",
    "inference": "sends content for inference from",
    "image-pull": "pulls images to",
    "event-forwarding": "forwards events from",
    "peering": "joins the network of",
    "edge": "serves content of",
    "geo-routing": "routes requests from",
    "endpoint": "sends content from",
}
_MOST = 3


def sentence(flow: Flow) -> str:
    """Return who does what: ``'aws_db_instance.r' copies content from A (DE) to B (US)``."""
    subject = f"'{_address(flow.declared_by)}'"
    if flow.kind == "multi-region":
        return f"{subject} spreads {flow.carries} over {places(flow.target_locations)}"
    if flow.kind == "state":
        here, there = places(flow.source_locations), places(flow.target_locations)
        return f"{subject} keeps the state of what lives in {here} in {there}"
    does = _DOES.get(flow.kind, "sends {} from").format(flow.carries)
    return f"{subject} {does} {places(flow.source_locations)} to {_target(flow)}"


def places(locations: Iterable[Location]) -> str:
    """Return places as words: ``eu-central-1 (DE)``, several joined, candidates by ``or``."""
    locations = tuple(locations)
    words = list(dict.fromkeys(place(location) for location in locations))
    if not words:
        return "no place"
    either = all(location.status == "candidate" for location in locations)
    if len(words) > _MOST:
        words = [*words[: _MOST - 1], f"{len(words) - _MOST + 1} more"]
    *first, last = words
    return f"{', '.join(first)} {'or' if either else 'and'} {last}" if first else last


def place(location: Location) -> str:
    """Return one place: its region and country, as far as they are known."""
    if location.status == "unknown":
        return location.region or "an unknown place"
    if "*" in location.countries:
        return "anywhere"
    country = "+".join(location.countries) or location.group
    name = location.zone or location.region
    if not name or name == country:
        return country or "an unknown place"
    return f"{name} ({country})"


def left(source: Iterable[Location], target: Iterable[Location]) -> str:
    """Return what is left behind: ``EU, EEA``, or the countries where no group of them is."""
    source, target = tuple(source), tuple(target)
    blocs = [
        bloc
        for bloc in BLOCS
        if any(bloc in location.jurisdictions for location in source)
        and not all(bloc in location.jurisdictions for location in target)
    ]
    if blocs:
        return ", ".join(blocs)
    reached = {country for location in target for country in location.countries}
    countries = dict.fromkeys(c for location in source for c in location.countries)
    gone = [country for country in countries if country not in reached or len(reached) > 1]
    return ", ".join(gone or countries) or "its law"


def _target(flow: Flow) -> str:
    where = places(flow.target_locations)
    if flow.target is not None:
        own = flow.target in (flow.declared_by, flow.source)
        return where if own else f"'{_address(flow.target)}' in {where}"
    name = flow.endpoint or ""
    regions = {location.region for location in flow.target_locations}
    known = all(location.status != "unknown" for location in flow.target_locations)
    if known and (name in regions or "." not in name):
        return where
    if not known:
        return f"'{name}', whose place is not known"
    return f"'{name}' in {where}"


def _address(id: str) -> str:
    return id.partition("#")[2] or id
