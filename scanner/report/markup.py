"""Words that Markdown takes as they are: names come from whoever wrote the scanned tree."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"[\\`*_\[\]|~#!]|@(?=\w)|(?<=\w)://|\bwww\.")


def escaped(text: str) -> str:
    """Return one line of text that is no markup, neither HTML nor Markdown, and no link."""
    return _SPECIAL.sub(_entities, html.escape(text, quote=False))


def code(text: str) -> str:
    """Return text set as code; an entity holds there, a backslash would not."""
    return f"<code>{escaped(text)}</code>" if text else ""


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table of cells that are escaped already."""
    return [
        f"| {' | '.join(headings)} |",
        f"|{'|'.join(' --- ' for _ in headings)}|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _entities(match: re.Match[str]) -> str:
    return "".join(
        f"&#{ord(character)};" if not character.isalnum() else character
        for character in match.group()
    )
