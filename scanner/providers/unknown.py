"""Why a place is not known, in the words of the step of its trail that says so."""

from __future__ import annotations

from scanner.model import Location

LIVES_WHERE = "lives where "
"""How the step begins that hands a place down from a parent: it explains nothing by itself."""


def reason(location: Location) -> str:
    """Return why: the last step of the trail that is more than a parent's place handed down."""
    for hop in reversed(location.trail):
        if not hop.text.startswith(LIVES_WHERE):
            return hop.text
    return location.trail[-1].text if location.trail else "nothing in the source says it"
