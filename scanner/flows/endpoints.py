"""Hosts and model ids in strings: whose they are and where they answer.

`data/endpoint_patterns.csv` holds the patterns, in order, the first that fits wins;
`data/endpoint_places.csv` says what each is used for, where it lies and which registrable
domains its hosts end in. A host is looked up by its last two labels, so that a string that
names no known vendor costs one dictionary lookup, and a name that merely contains a vendor's
domain (``amazonaws.com.example.org``) is never compared at all.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from scanner.geography import jurisdictions, locate, lookup
from scanner.geography.jurisdictions import group_jurisdictions
from scanner.model import Location, Operator

_DATA = Path(__file__).with_name("data")
_WORDS = re.compile(r"[A-Za-z0-9._-]+")
_MODEL = re.compile(r"(?:^|[^\w.-])(?:us-gov|us|eu|apac|jp|au|ca|global)\.[a-z]")
_LONGEST_HOST = 253
_CLOUDS = {"aws": "aws", "gcp": "google", "azure": "azure", "az": "azure", "ali": "alibaba"}
_DISCRIMINATORS = ("geo", "geo2", "site", "realm", "jur", "r", "rcode", "multi", "icr")
_COUNTRY = re.compile(r"[A-Z]{2}\b")


class Pattern(Struct, frozen=True):
    """One row of the two tables. ``use`` is the kind of flow that the endpoint makes."""

    order: int
    id: str
    regex: str
    vendor: str
    control: str
    confidence: str
    use: str
    provider: str
    places: tuple[tuple[str, str], ...]

    def match(self, text: str) -> re.Match[str] | None:
        """Match a whole host, or search a text."""
        return _compiled(self.regex).fullmatch(text)


class Endpoint(Struct, frozen=True):
    """A host (or model id) that a string names, its vendor and its place.

    ``confirmed`` is False where the vendor's own data did not confirm the pattern; such an
    endpoint may inform, it may not fail a build.
    """

    text: str
    pattern: str
    vendor: str
    use: str
    location: Location
    operator: Operator | None
    confirmed: bool


def endpoints(text: str) -> Iterator[Endpoint]:
    """Yield every known endpoint that a string names and whose place is known."""
    seen: set[str] = set()
    for word in _WORDS.finditer(text):
        host = word.group().strip(".").lower()
        if host in seen or "." not in host or len(host) > _LONGEST_HOST:
            continue
        seen.add(host)
        candidates = _by_domain().get(host[host.rfind(".", 0, host.rfind(".")) + 1 :])
        if candidates and _stands_for_a_host(text, word.start(), word.end()):
            found = _first(candidates, host)
            if found is not None:
                yield found
    if _MODEL.search(text):
        yield from models(text)


def models(text: str) -> Iterator[Endpoint]:
    """Yield the cross-region inference profiles that a string names (``us.anthropic.…``)."""
    for name in ("aws-bedrock-profile", "aws-bedrock-guardrail"):
        pattern = _by_id()[name]
        for match in _compiled(pattern.regex).finditer(text):
            found = _endpoint(pattern, match, match.group())
            if found is not None:
                yield found


def host(text: str) -> Endpoint | None:
    """Return the first known endpoint of a string, if any."""
    return next(endpoints(text), None)


@lru_cache(maxsize=4096)
def place(term: str, provider: str = "") -> Location | None:
    """Return the location that a table's term names, or None for ``?``.

    Terms are ``US``, ``BE+NL``, ``group:EU``, ``region:us-east-1`` and ``any``.
    """
    form, _, name = term.rpartition(":")
    if term == "?":
        return None
    if term == "any":
        return Location(provider, countries=("*",), scope="global", role="processing")
    if form == "region":
        found = lookup(provider, name)
        return locate(found, "processing", "known", ()) if found.status == "known" else None
    if form == "group":
        return Location(
            provider,
            group=name,
            jurisdictions=group_jurisdictions(name),
            scope="multi-region",
            role="processing",
        )
    countries = tuple(name.split("+"))
    return Location(
        provider,
        countries=countries,
        jurisdictions=jurisdictions(countries),
        scope="region" if len(countries) == 1 else "multi-region",
        role="processing",
    )


def _first(candidates: tuple[Pattern, ...], name: str) -> Endpoint | None:
    for pattern in candidates:
        match = pattern.match(name)
        if match is not None:
            return _endpoint(pattern, match, name)
    return None


def _endpoint(pattern: Pattern, match: re.Match[str], text: str) -> Endpoint | None:
    if pattern.use == "none":
        return None
    location = _location(pattern, match, text)
    if location is None:
        return None
    country = _COUNTRY.search(pattern.control)
    return Endpoint(
        text,
        pattern.id,
        pattern.vendor,
        pattern.use,
        location,
        Operator(pattern.vendor, country.group()) if country else None,
        pattern.confidence.startswith("A"),
    )


def _location(pattern: Pattern, match: re.Match[str], text: str) -> Location | None:
    groups = {name: value for name, value in match.groupdict().items() if value}
    provider = pattern.provider
    if provider == "@cloud":
        provider = _CLOUDS.get(groups.get("cloud", ""), "")
    for name in ("region", "region2", "region3", "r2"):
        if name in groups and provider:
            found = lookup(provider, groups[name])
            if found.status == "known":
                return replace(locate(found, "processing", "known", ()), path="")
            return None
    term = _term(pattern.places, groups, text)
    return place(term, provider) if term else None


def _term(places: tuple[tuple[str, str], ...], groups: Mapping[str, str], text: str) -> str:
    said = next((groups[name] for name in _DISCRIMINATORS if name in groups), "").strip(".-")
    for key, term in places:
        if key.startswith("~"):
            if key[1:] in text:
                return term
        elif key == "*" or key == (said or "-"):
            return term
    return ""


def _stands_for_a_host(text: str, start: int, end: int) -> bool:
    """Say whether a word stands where a host can: not in a URL's path, not in an address."""
    before = text[start - 1] if start else ""
    if before == "/":
        return start >= 2 and text[start - 2] == "/"
    if before == "@":
        return "://" in text[:start]
    return text[end : end + 1] != "@"


@lru_cache(maxsize=1)
def _by_id() -> dict[str, Pattern]:
    return {pattern.id: pattern for pattern, _ in _rows()}


@lru_cache(maxsize=1)
def _by_domain() -> dict[str, tuple[Pattern, ...]]:
    found: dict[str, list[Pattern]] = {}
    for pattern, domains in _rows():
        for domain in domains:
            found.setdefault(domain, []).append(pattern)
    return {
        domain: tuple(sorted(patterns, key=lambda pattern: pattern.order))
        for domain, patterns in found.items()
    }


@lru_cache(maxsize=1)
def _rows() -> tuple[tuple[Pattern, tuple[str, ...]], ...]:
    with (_DATA / "endpoint_patterns.csv").open(encoding="utf-8", newline="") as file:
        patterns = {row["id"]: row for row in csv.DictReader(file)}
    rows = []
    with (_DATA / "endpoint_places.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            known = patterns[row["id"]]
            places = tuple(
                (key, term)
                for key, _, term in (part.rpartition("=") for part in row["places"].split())
            )
            pattern = Pattern(
                int(known["order"]),
                row["id"],
                known["regex"],
                known["vendor_service"],
                known["control_country"],
                known["confidence"],
                row["use"],
                row["provider"],
                places,
            )
            rows.append((pattern, tuple(row["domains"].split())))
    return tuple(rows)


@lru_cache(maxsize=512)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex)
