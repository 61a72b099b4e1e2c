"""The register of transfers: crossings that have a legal basis, until a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from scanner.geography import Area
from scanner.model import Flow, Location, Span
from scanner.policy.globs import text_matches


class Transfer(Struct, frozen=True):
    """One recorded crossing. ``data`` empty means any data, ``recipient`` empty anyone."""

    source: Area
    target: Area
    basis: str
    span: Span
    path: str
    data: frozenset[str] = frozenset()
    recipient: str = ""
    reference: str = ""
    owner: str = ""
    expires: date | None = None

    def expired(self, day: date) -> bool:
        """Say whether it no longer holds on a day; its last day still counts."""
        return self.expires is not None and self.expires < day

    def covers(self, flow: Flow, data_classes: Iterable[str]) -> bool:
        """Say whether a flow, whose source holds some classes of data, is this crossing.

        Both ends must lie inside for certain. Only where the recipient is named and matches
        may the far end's place be unknown: the register says where that recipient is.
        """
        if self.recipient and not _same_host(self.recipient, flow.endpoint):
            return False
        if not self._data(flow, frozenset(data_classes)):
            return False
        if not flow.source_locations or not all(
            self.source.holds(location) is True for location in flow.source_locations
        ):
            return False
        targets = flow.target_locations
        if self.recipient:
            targets = tuple(location for location in targets if not _unplaced(location))
        elif not targets:
            return False
        return all(self.target.holds(location) is True for location in targets)

    def words(self) -> str:
        """Return the entry in one line: the areas, its basis, reference, owner and last day."""
        text = f"transfer from {self.source.text()} to {self.target.text()}: {self.basis}"
        text += "".join(f", {part}" for part in (self.reference, self.owner) if part)
        return f"{text} (until {self.expires})" if self.expires else text

    def _data(self, flow: Flow, classes: frozenset[str]) -> bool:
        if not self.data or flow.carries in self.data:
            return True
        # All classes of the source must be covered: whatever else lies there goes along.
        return bool(classes) and classes <= self.data


def _unplaced(location: Location) -> bool:
    return location.status == "unknown" and not location.countries and not location.group


def _same_host(recipient: str, endpoint: str | None) -> bool:
    """Say whether an endpoint (a URL, a host, a service name) is the recipient or below it."""
    if endpoint is None:
        return False
    host = endpoint.partition("://")[2] or endpoint
    host = host.partition("/")[0].rpartition("@")[2].partition(":")[0].rstrip(".")
    return any(
        text_matches(recipient, name) or text_matches(f"*.{recipient}", name)
        for name in (host, endpoint)
    )
