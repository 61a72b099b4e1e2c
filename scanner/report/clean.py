"""Make scanned text harmless for a terminal and for the log of a pipeline.

File names, addresses and source lines are written by whoever wrote the scanned tree. Each
character that would steer a terminal is replaced by one visible character, so that columns
keep their place.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_C0 = "\x00-\x08\x0b-\x1f"
_HIDDEN = (
    "\x7f-\x9f"  # DEL and C1: some terminals read 0x9b as the start of a sequence
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff"
    "\U000e0000-\U000e0fff"  # tags and variation selectors carry text that nobody sees
)
CONTROL = re.compile(f"[{_C0}{_HIDDEN}]")
"""Characters that steer a terminal, or that nobody sees; tabs and line feeds are not among them."""
# Azure and TeamCity run `##vso[…]` and `##teamcity[…]`, GitHub `##[…]`, wherever they stand.
_COMMAND = re.compile(r"##(?=[A-Za-z]*\[)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BREAK = re.compile(r"\s*[\r\n]+\s*")


def clean(text: str) -> str:
    """Return one line: control characters made visible, line breaks a space, tabs a space."""
    if text.isascii() and text.isprintable() and "##" not in text:
        return text
    text = _BREAK.sub(" ", text).replace("\t", " ")
    return clean_line(text)


def clean_line(text: str) -> str:
    """Return a source line with its tabs, every other control character made visible."""
    if CONTROL.search(text):
        text = CONTROL.sub(_visible, text)
    if "##" in text:
        text = _COMMAND.sub("#♯", text)
    return text


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "\ufffd"


def encodable(text: str) -> str:
    """Return text that UTF-8 can write: lone surrogates replaced, nothing else."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


@lru_cache(maxsize=4096)
def _width_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def width(text: str) -> int:
    """Return how many columns a terminal gives to cleaned text."""
    return len(text) if text.isascii() else sum(map(_width_of, text))
