"""What the scan could not see, for people: what needs the same remedy stands together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.report.page import Page

if TYPE_CHECKING:
    from scanner.model import Unread

_ROWS = 10


def blocks(page: Page) -> Iterator[str]:
    """Yield a block for each remedy, or for each reason that has none."""
    groups: dict[tuple[str, str], list[Unread]] = {}
    for item in page.report.graph.unread:
        groups.setdefault((item.hint, "" if item.hint else item.reason), []).append(item)
    for (hint, _), items in groups.items():
        yield "\n".join(_block(page, items, hint))


def _block(page: Page, items: list[Unread], hint: str) -> Iterator[str]:
    lead = page.view.paint("unread", "unread")
    reasons = {item.reason for item in items}
    if len(items) == 1:
        yield f"{lead} {_place(page, items[0])}: {page.words(items[0].reason)}"
    elif len(reasons) == 1:
        yield f"{lead} {len(items):,} times: {page.words(items[0].reason)}"
        yield from (f"  --> {_place(page, item)}" for item in items[:_ROWS])
    else:
        yield f"{lead} {len(items):,} times"
        for item in items[:_ROWS]:
            yield f"  --> {_place(page, item)}: {page.words(item.reason)}"
    if len(items) > _ROWS:
        yield f"  and {len(items) - _ROWS:,} more with --format json"
    if hint:
        yield f"  = help: {page.words(hint)}"


def _place(page: Page, item: Unread) -> str:
    return page.name(item.path) + (f":{item.line}" if item.line else "")
