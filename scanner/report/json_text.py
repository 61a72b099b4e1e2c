"""JSON as text that is harmless where it is printed: no control character is left raw."""

from __future__ import annotations

import json
import re
from typing import Any

from scanner.report.clean import CONTROL


def dumps(value: Any, *, indent: int | None = 2) -> str:
    """Return JSON that ends in a newline. Letters of any script stay readable."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators
    )
    # Outside of strings JSON is ASCII, so whatever is replaced stands inside of one.
    return CONTROL.sub(_escaped, text) + "\n"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xD800 <= code < 0xE000:
        return "\ufffd"  # half of a pair: strict readers refuse its escape too
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
