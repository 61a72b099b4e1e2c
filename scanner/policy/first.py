"""The first policy of a tree: what is so today becomes the line that may not be crossed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from msgspec import Struct, field

from scanner.geography import Area, UnknownPlace, jurisdictions
from scanner.graph import Graph
from scanner.model import Location, Resource

_CLASS_LABEL = re.compile(r"data.?class|classification|sensitivity", re.IGNORECASE)
_PLAIN = re.compile(r"(?!(?i:no|n|yes|y|on|off|true|false|null)\Z)[A-Za-z][\w./-]*")


class _Today(Struct):
    """Where things are: how many by the term that allows them, and what no term can allow."""

    terms: dict[str, list[Resource]] = field(default_factory=dict)
    countries: set[str] = field(default_factory=set)
    unknown: list[Resource] = field(default_factory=list)
    anywhere: list[Resource] = field(default_factory=list)


def first_policy(graph: Graph) -> str:
    """Return the text of a policy that allows the places where the graph's resources are."""
    today = _today(graph)
    parts = [
        _HEAD,
        "".join(_data_classes(graph)),
        "".join(_residency(today)),
        "".join(_clusters(graph, today)),
        _REGISTER,
    ]
    return "\n".join(part for part in parts if part)


def _today(graph: Graph) -> _Today:
    today = _Today()
    for resource in graph.resources.values():
        if "attachment" in resource.roles:
            continue
        for location in resource.locations:
            terms = list(_terms(location))
            if location.status == "known" and terms:
                for term in terms:
                    found = today.terms.setdefault(term, [])
                    if not found or found[-1] is not resource:
                        found.append(resource)
                today.countries.update(location.countries)
            elif location.scope == "global" or "*" in location.countries:
                today.anywhere.append(resource)
                break
            else:
                today.unknown.append(resource)
                break
    return today


def _terms(location: Location) -> Iterator[str]:
    """Yield the terms that hold a location: its countries, else its group, else its region."""
    if "*" in location.countries:
        return
    if location.countries:
        yield from location.countries
        return
    choices = [location.group.split("|")] if location.group else []
    if location.region:
        choices.append([f"{location.provider}:{location.region}"])
    for terms in choices:
        if _holds(terms, location):
            yield from terms
            return


def _holds(terms: list[str], location: Location) -> bool:
    try:
        return Area.parse(terms).holds(location) is True
    except UnknownPlace:
        return False


def _data_classes(graph: Graph) -> Iterator[str]:
    values: dict[str, dict[str, None]] = {}
    for resource in graph.resources.values():
        for label, value in resource.labels.items():
            if _CLASS_LABEL.search(label) and value.strip():
                values.setdefault(label, {})[value.strip()] = None
    if not values:
        yield "# Name what holds personal data, and a residency can speak of it alone.\n"
        yield "# data_classes:\n#   personal: {labels: {data-classification: [personal, pii]}}\n"
        return
    yield "# Classes of data by the labels that resources carry today.\ndata_classes:\n"
    by_class: dict[str, dict[str, list[str]]] = {}
    for label, found in values.items():
        for value in found:
            labels = by_class.setdefault(value.casefold(), {})
            labels.setdefault(label, []).append(value)
    for name, labels in by_class.items():
        written = ", ".join(f"{_text(k)}: [{_texts(v)}]" for k, v in labels.items())
        yield f"  {_text(name)}: {{labels: {{{written}}}}}\n"


def _residency(today: _Today) -> Iterator[str]:
    if not today.terms:
        yield "# Nothing here has a place that is known from source. Say where things may be:\n"
        yield "# residency:\n#   - name: Everything stays in the EEA\n#     allow: [EEA]\n"
        return
    yield "residency:\n  - name: Nothing leaves the places of today\n"
    yield "    allow:\n"
    for term, resources in sorted(today.terms.items()):
        count = f"{len(resources)} resource" + ("s" if len(resources) > 1 else "")
        yield f"      - {_text(term)}  # {count}, such as {_comment(resources[0].address)}\n"
    groups = jurisdictions(tuple(sorted(today.countries))) if today.countries else ()
    if groups:
        yield f"    # All of these countries lie in the {groups[0]}: 'allow: [{groups[0]}]' "
        yield "would admit\n    # the other members as well.\n"
    yield from _left_open(today.unknown, "a place that the source does not tell")
    yield from _left_open(today.anywhere, "no single place, as global services")
    yield "    unknown: warn  # fail, once every place is known\n"
    yield "    # control: [EEA]  # whose law may reach the operators\n"


def _left_open(resources: list[Resource], what: str) -> Iterator[str]:
    if resources:
        have = "resource has" if len(resources) == 1 else "resources have"
        example = _comment(resources[0].address)
        yield f"    # {len(resources)} {have} {what}, such as {example}.\n"


def _clusters(graph: Graph, today: _Today) -> Iterator[str]:
    lost = {resource.unit for resource in today.unknown if resource.source != "terraform"}
    paths = [unit.path for unit in graph.units if unit.id in lost]
    if not paths:
        return
    yield "# Nothing in the source says on which cluster these manifests land. Name it, and the\n"
    yield "# workloads have a place:\n# clusters:\n"
    known = [
        (location, cluster.address)
        for cluster in graph.of_kind("cluster")
        for location in cluster.locations[:1]
        if location.status == "known" and location.region and cluster.source == "terraform"
    ]
    for path in paths:
        glob = "**" if path == "." else f"{path}/**"
        for location, address in known or [(Location("aws", "eu-central-1"), "an example")]:
            where = f"provider: {_text(location.provider)}, region: {_text(location.region or '')}"
            yield f"#   - {{paths: [{_quoted(glob)}], {where}}}  # {_comment(address)}\n"


_HEAD = """\
# Domicile's policy: where workloads and data may be. Check it with 'domicile scan'.
version: 1
"""

_REGISTER = """\
# The register of crossings that have a legal basis:
# transfers:
#   - {from: EEA, to: US, data: [telemetry], recipient: datadoghq.com, basis: scc,
#      reference: DPA-2026-014, owner: privacy@example.com, expires: 2027-06-30}

# Findings that someone answers for, until a day:
# waivers:
#   - {rule: DOM101, address: aws_s3_bucket.legacy, reason: migrating, owner: platform,
#      expires: 2027-01-31}
"""


def _text(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else _quoted(text)


def _texts(texts: list[str]) -> str:
    return ", ".join(_text(text) for text in texts)


def _quoted(text: str) -> str:
    # A JSON string is a YAML string, but for what YAML takes as a line break or refuses.
    text = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)


def _comment(text: str) -> str:
    """Return text that stays on its line, whatever a scanned tree calls its resources."""
    return "".join(c if c.isprintable() else "?" for c in text)[:120]
