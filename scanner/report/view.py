"""How a report is shown: what the terminal can do and what the person asked to see."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from msgspec import Struct

from scanner.report.clean import clean

_CODES = {
    "critical": "1;35",
    "high": "1;31",
    "medium": "1;33",
    "low": "1;36",
    "undecided": "1;34",
    "unread": "1;33",
    "note": "1;32",
    "bold": "1",
    "frame": "34",
    "dim": "2",
}


class View(Struct, frozen=True):
    """What an output may use. The default is a file: no colour, no links, 100 columns.

    ``terminal`` says that a person looks at it now. ``show_suppressed`` adds the findings
    that an ignore, a waiver or a transfer has settled; ``category`` names the upload where
    several runs of one commit go to GitHub.
    """

    colour: bool = False
    terminal: bool = False
    width: int = 100
    show_suppressed: bool = False
    category: str = ""

    def paint(self, style: str, text: str) -> str:
        """Return the text in a style, where colour is wanted."""
        if not self.colour or not text:
            return text
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m"

    def link(self, root: Path, file: str, text: str) -> str:
        """Return the text as a link to a file, on a terminal only."""
        if not self.terminal or not self.colour:
            return text
        uri = clean(Path(root, file).as_uri()) if root.is_absolute() else ""
        return f"\x1b]8;;{uri}\x1b\\{text}\x1b]8;;\x1b\\" if uri else text


PLAIN = View()
"""A pipe or a file."""


def of_stream(
    stream: TextIO,
    environment: Mapping[str, str],
    *,
    show_suppressed: bool = False,
    category: str = "",
) -> View:
    """Return the view that suits a stream.

    ``NO_COLOR`` wins over everything, then ``FORCE_COLOR``, then GitHub's log, which shows
    colours though it is no terminal; otherwise a terminal has colours unless it is ``dumb``.
    """
    terminal = stream.isatty() and environment.get("TERM") != "dumb"
    if environment.get("NO_COLOR"):
        colour = False
    elif environment.get("FORCE_COLOR"):
        colour = environment["FORCE_COLOR"] not in ("0", "false")
    else:
        colour = terminal or environment.get("GITHUB_ACTIONS") == "true"
    width = max(40, shutil.get_terminal_size((100, 24)).columns) if terminal else 100
    return View(colour, terminal, min(width, 200), show_suppressed, category)
