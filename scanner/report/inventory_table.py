"""The inventory for people: what is where, by unit and place; then the paths that data takes.

Up to a screenful every resource has its line. In a larger tree those of one kind in one place
share a line that counts them all and names as many as fit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from scanner.report import unread
from scanner.report.clean import width
from scanner.report.page import Page, count
from scanner.report.places import NOWHERE, Spot, ends, main, reason, spot
from scanner.report.places import elsewhere as other_places
from scanner.report.view import PLAIN, View

if TYPE_CHECKING:
    from scanner.finding import Report
    from scanner.model import Flow, Resource, Unit

MOST_LINES = 60
"""So many resources are listed one by one."""
MOST_FLOWS = 40
_REASONS = 8
_COLUMNS = 4


def render(report: Report, view: View = PLAIN) -> str:
    """Return the inventory as tables for a terminal."""
    page = Page(report, view)
    blocks = [*_units(page), *_flows(page), *unread.blocks(page), _summary(page)]
    return "\n\n".join(blocks) + "\n"


def _units(page: Page) -> Iterator[str]:
    units = {unit.id: unit for unit in page.report.graph.units}
    members: dict[str, list[Resource]] = {name: [] for name in units}
    for resource in page.report.graph.resources.values():
        members.setdefault(resource.unit, []).append(resource)
    placed = {name: _by_place(found) for name, found in members.items()}
    heads = [place for groups in placed.values() for place in groups if place is not NOWHERE]
    widths = _widths(page, heads)
    listed = [r for found in members.values() for r in found if not _aside(r)]
    each = len(listed) <= MOST_LINES
    broad = max((width(r.kind) for r in listed), default=0)
    for name, found in members.items():
        lines = [_unit_head(page, name, units.get(name), len(found))]
        for place, resources in placed[name].items():
            lines.append(_place_head(page, place, widths))
            lines += _each(page, resources, broad) if each else _kinds(page, resources, broad)
        lines += _set_aside(page, found)
        yield "\n".join(lines)


def _aside(resource: Resource) -> bool:
    """Say whether a resource only sets something of another, or is nowhere at all."""
    return "attachment" in resource.roles or not resource.locations


def _by_place(resources: Iterable[Resource]) -> dict[Spot, list[Resource]]:
    groups: dict[Spot, list[Resource]] = {}
    for resource in resources:
        if not _aside(resource):
            groups.setdefault(spot(resource), []).append(resource)
    order = sorted(groups, key=lambda s: (s.order, -len(groups[s]), s.place, s.operator))
    return {place: groups[place] for place in order}


def _cells(page: Page, place: Spot) -> tuple[str, ...]:
    return tuple(
        page.name(cell) for cell in (place.place, place.countries, place.law, place.operator)
    )


def _widths(page: Page, places: Iterable[Spot]) -> list[int]:
    rows = [_cells(page, place) for place in set(places)]
    return [
        min(max((width(row[n]) for row in rows), default=0), 44 if n == 0 else 28)
        for n in range(_COLUMNS)
    ]


def _unit_head(page: Page, name: str, unit: Unit | None, number: int) -> str:
    told = [word for word in (unit.source, unit.environment) if word] if unit else []
    about = f" ({', '.join(page.name(word) for word in told)})" if told else ""
    return f"{page.view.paint('bold', page.name(name))}{about}  {count(number, 'resource')}"


def _place_head(page: Page, place: Spot, widths: Sequence[int]) -> str:
    cells = _cells(page, place)
    padded = [_padded(cell, size) for cell, size in zip(cells, widths, strict=True)]
    style = ("low", "high", "undecided", "dim")[place.order] if page.view.colour else "dim"
    first = page.view.paint(style, padded[0])
    return f"  {'  '.join([first, *padded[1:]])}".rstrip()


def _padded(text: str, size: int) -> str:
    return text + " " * max(0, size - width(text))


def _each(page: Page, resources: Iterable[Resource], broad: int) -> Iterator[str]:
    for resource in sorted(resources, key=lambda r: (r.kind, r.address)):
        words = [page.name(resource.address)]
        if resource.data_classes:
            words.append(f"<{page.name(', '.join(resource.data_classes))}>")
        words += [page.view.paint("dim", page.words(o)) for o in other_places(resource)]
        unknown = [place for place in main(resource) if place.status == "unknown"]
        if unknown:
            words.append(page.view.paint("dim", f"because {page.words(reason(unknown[0]))}"))
        yield f"    {resource.kind:<{broad}}  {'  '.join(words)}"


def _kinds(page: Page, resources: Iterable[Resource], broad: int) -> Iterator[str]:
    groups: dict[str, list[Resource]] = {}
    for resource in resources:
        groups.setdefault(resource.kind, []).append(resource)
    for kind in sorted(groups, key=lambda name: (-len(groups[name]), name)):
        names = sorted(page.name(resource.address) for resource in groups[kind])
        number = f"{len(names):>5,}"
        room = page.view.width - 4 - broad - 2 - len(number) - 2
        yield f"    {kind:<{broad}}  {number}  {_fitting(names, room)}"


def _fitting(names: Sequence[str], room: int) -> str:
    """Return as many names as fit, and how many are left; one at least."""
    shown: list[str] = []
    used = 0
    for position, name in enumerate(names):
        left = len(names) - position - 1
        tail = len(f", … {left:,} more") if left else 0
        size = width(name) + (2 if shown else 0)
        if shown and used + size + tail > room:
            return f"{', '.join(shown)}, … {left + 1:,} more"
        shown.append(name)
        used += size
    return ", ".join(shown)


def _set_aside(page: Page, resources: Sequence[Resource]) -> Iterator[str]:
    attached = sum("attachment" in resource.roles for resource in resources)
    nowhere = [r for r in resources if not r.locations and "attachment" not in r.roles]
    if attached:
        words = f"{count(attached, 'setting')} of other resources"
        yield page.view.paint("dim", f"  {words}, where those are")
    if nowhere:
        kinds = Counter(resource.kind for resource in nowhere).most_common()
        told = ", ".join(f"{kind} {number:,}" for kind, number in kinds)
        yield page.view.paint("dim", f"  {len(nowhere):,} without a place: {told}")


def _flows(page: Page) -> Iterator[str]:
    flows = page.report.graph.flows
    if not flows:
        return
    crossing = sorted((flow for flow in flows if flow.crosses), key=_grave)
    head = f"{count(len(flows), 'data path')}, {len(crossing):,} across a border"
    # Those that stay at home are worth a line only where there are few.
    shown = [*crossing, *(flow for flow in flows if not flow.crosses)]
    if len(flows) > MOST_FLOWS:
        shown = crossing[:MOST_FLOWS]
    lines = [page.view.paint("bold", head)]
    broad = max((len(flow.kind) for flow in shown), default=0)
    for flow in shown:
        lines += _flow(page, flow, broad)
    if len(shown) < len(flows):
        left = len(crossing) - min(len(crossing), len(shown))
        home = len(flows) - len(crossing)
        told = [f"{left:,} more across a border"] if left else []
        told += [f"{home:,} within one"] if home else []
        lines.append(f"  … {' and '.join(told)}: --format json has them")
    yield "\n".join(lines)


def _grave(flow: Flow) -> tuple[int, bool]:
    """Order the flows: another law before another country, the certain before the possible."""
    return -len(flow.crosses), flow.certainty == "possible"


def _flow(page: Page, flow: Flow, broad: int) -> Iterator[str]:
    source, target = (page.name(words) for words in ends(flow))
    maybe = "perhaps " if flow.certainty == "possible" else ""
    if flow.crosses:
        style = "medium" if maybe else "high"
        crossed = page.view.paint(style, f"{maybe}crosses {', '.join(flow.crosses)}")
    else:
        crossed = page.view.paint("dim", "crosses no border that is known")
    yield f"  {flow.kind:<{broad}}  {source}"
    # What spreads by itself has one end: the place that it spreads over.
    there = "" if source == target else f"-> {target}  "
    yield f"{' ' * (broad + 4)}{there}{flow.carries}, {crossed}"


def _summary(page: Page) -> str:
    """Return how much is in which country and region, and why the rest is not known."""
    located = [r for r in page.report.graph.resources.values() if not _aside(r)]
    spots = [spot(resource) for resource in located]
    lines = [
        f"{page.view.paint('bold', 'by country')}: {_counted(page, (s.countries for s in spots))}",
        f"{page.view.paint('bold', 'by place')}: {_counted(page, (s.place for s in spots))}",
    ]
    reasons = Counter(
        page.words(reason(place))
        for resource in located
        for place in main(resource)[:1]
        if place.status == "unknown"
    )
    if reasons:
        lines.append(f"{page.view.paint('bold', 'unknown')}:")
        lines += [f"  {number:>5,}  {why}" for why, number in reasons.most_common(_REASONS)]
        if len(reasons) > _REASONS:
            rest = sum(reasons.values()) - sum(n for _, n in reasons.most_common(_REASONS))
            lines.append(f"  {rest:>5,}  for {len(reasons) - _REASONS:,} other reasons")
    graph = page.report.graph
    total = ", ".join((count(len(graph.resources), "resource"), count(len(graph.units), "unit")))
    lines += [f"{page.view.paint('note', 'note')}: {page.words(n)}" for n in page.report.notes]
    return "\n".join([*lines, f"{total}; each of them with --format csv or json"])


def _counted(page: Page, words: Iterable[str]) -> str:
    found = Counter(words).most_common()
    told = [f"{page.name(word)} {number:,}" for word, number in found[:20]]
    if len(found) > 20:
        told.append(f"{len(found) - 20:,} others {sum(n for _, n in found[20:]):,}")
    return ", ".join(told) or "nothing"
