"""``yamldecode`` and ``yamlencode`` as Terraform's own YAML library reads and writes.

That library keeps YAML 1.1's words for true and false but not its numbers (``017`` is 17,
``1:30`` is text), and writes every string in double quotes or as a literal block.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from scanner.sources.terraform.functions.json_text import jsonencode
from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.values import (
    MAX_SIZE,
    EvaluationError,
    Undecided,
    number_text,
    parse_number,
    to_string,
)

FUNCTIONS = Functions()

MAX_DEPTH = 100
WIDTH = 80
"""Where the library folds a string in quotes, at the next space."""

_TRUE = frozenset(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
_FALSE = frozenset(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_DECIMAL = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_ENDLESS = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DAY = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d\d?-\d\d?)(?:[Tt]|[ \t]+)(\d\d?:\d\d:\d\d(?:\.\d+)?)(Z|[-+]\d\d:\d\d)?", re.ASCII
)
_STYLES = frozenset({"'", '"', "|", ">"})
_TAG = "tag:yaml.org,2002:"


@FUNCTIONS
def yamldecode(text: Any) -> Any:
    """``yamldecode(string)``: one document."""
    import yaml

    source = to_string(text)
    if len(source) > MAX_SIZE:
        raise Undecided("the YAML is too large")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        reader = loader(source)
        try:
            node = reader.get_single_node()
        finally:
            reader.dispose()
    except RecursionError:
        raise Undecided("the YAML nests too deep") from None
    except (yaml.YAMLError, ValueError) as error:
        if "nesting depth" in str(error):
            raise Undecided("the YAML nests too deep") from None
        raise EvaluationError("not valid YAML") from None
    if node is None:
        raise EvaluationError("the YAML has no document")
    return _Document().value(node, 0)


class _Document:
    """Turns nodes into values; an alias gives the same value again, not a copy."""

    def __init__(self) -> None:
        self.known: dict[int, Any] = {}
        self.open: set[int] = set()

    def value(self, node: Any, depth: int) -> Any:
        """Return the value of a node. Raises EvaluationError."""
        mark = id(node)
        if mark in self.known:
            return self.known[mark]
        if mark in self.open:
            raise EvaluationError("the YAML holds itself")
        if depth > MAX_DEPTH:
            raise Undecided("the YAML nests too deep")
        self.open.add(mark)
        kind = node.id
        if kind == "scalar":
            result = _scalar(node)
        elif kind == "sequence":
            _wants(node, "seq")
            result = [self.value(item, depth + 1) for item in node.value]
        else:
            _wants(node, "map")
            result = self.mapping(node, depth)
        self.open.discard(mark)
        self.known[mark] = result
        return result

    def mapping(self, node: Any, depth: int) -> dict[str, Any]:
        """Return a mapping, what is merged into it first."""
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for key_node, item in node.value:
            if key_node.tag == _TAG + "merge" and key_node.style not in _STYLES:
                part = self.value(item, depth + 1)
                if not isinstance(part, dict):
                    raise EvaluationError("only a mapping can be merged")
                merged.update(part)
                continue
            key = self.value(key_node, depth + 1)
            if key is None:
                raise EvaluationError("a key cannot be null")
            own[to_string(key)] = self.value(item, depth + 1)
        return {**merged, **own}


def _wants(node: Any, tag: str) -> None:
    if node.tag != _TAG + tag:
        raise EvaluationError(f"the tag {str(node.tag)[:60]} is not supported")


def _scalar(node: Any) -> Any:
    text, tag = str(node.value), str(node.tag)
    if tag == _TAG + "binary":
        return text
    if not tag.startswith(_TAG):
        raise EvaluationError(f"the tag {tag[:60]} is not supported")
    if node.style in _STYLES:
        return text
    found = _plain(text)
    if tag == _TAG + "str" and not isinstance(found, str) and _is_text_by_tag(text):
        return text
    return found


def _is_text_by_tag(text: str) -> bool:
    """Say whether the parser would have found another type without a tag in the source."""
    import yaml

    resolver: Any = yaml.resolver.Resolver
    return str(resolver().resolve(yaml.ScalarNode, text, (True, False))) != _TAG + "str"


def _plain(text: str) -> Any:
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _DECIMAL.fullmatch(text):
        return parse_number(text)
    if _ENDLESS.fullmatch(text):
        raise EvaluationError("a number without an end")
    if re.fullmatch(r"[+]?0x[0-9A-Fa-f]{1,400}", text):
        return int(text, 16)
    if re.fullmatch(r"[+]?0o[0-7]{1,400}", text):
        return int(text, 8)
    return _moment(text)


def _moment(text: str) -> str:
    """Return a time as RFC 3339 writes it, and any other text as it is."""
    day = _DAY.fullmatch(text)
    if day:
        return _checked(f"{day[1]}-{day[2]:0>2}-{day[3]:0>2}T00:00:00Z", text)
    moment = _MOMENT.fullmatch(text)
    if moment and (moment[3] or "T" not in text.upper()):
        year, month, date = moment[1].split("-")
        hour, _, rest = moment[2].partition(":")
        if "t" in text or (moment[3] and text[len(moment[1])] != "T"):
            return text
        whole = f"{year}-{month:0>2}-{date:0>2}T{hour:0>2}:{rest}{moment[3] or 'Z'}"
        return _checked(whole, text)
    return text


def _checked(whole: str, text: str) -> str:
    try:
        datetime.datetime.strptime(whole[:19], "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - only checked
    except ValueError:
        return text
    return whole


@FUNCTIONS
def yamlencode(value: Any) -> str:
    """``yamlencode(value)``."""
    lines: list[str] = []
    _write(value, 0, lines, "", "")
    if not isinstance(value, str | list | dict):
        lines.append("...")
    return "\n".join(lines) + "\n"


def _write(value: Any, indent: int, lines: list[str], first: str, lead: str) -> None:
    """Write a value whose first line starts with ``first``, the others with ``lead``."""
    if isinstance(value, dict) and value:
        for key in sorted(value):
            if len(key) > 100 or "\n" in key:
                raise Undecided("a key of many lines in YAML")
            start = first + _quoted(key, indent, len(first)) + ":"
            first = lead
            _entry(value[key], indent, lines, start, lead)
    elif isinstance(value, list) and value:
        for item in value:
            start = first + "-"
            first = lead
            if isinstance(item, dict | list) and item:
                _write(item, indent + 2, lines, start + " ", lead + "  ")
            else:
                lines.append(f"{start} " + _leaf(item, indent + 2, len(start) + 1))
    else:
        lines.append(first + _leaf(value, indent or 2, len(first)))


def _entry(item: Any, indent: int, lines: list[str], start: str, lead: str) -> None:
    if isinstance(item, list) and item:
        lines.append(start)
        _write(item, indent, lines, lead, lead)
    elif isinstance(item, dict) and item:
        lines.append(start)
        _write(item, indent + 2, lines, lead + "  ", lead + "  ")
    else:
        lines.append(f"{start} " + _leaf(item, indent + 2, len(start) + 1))


def _leaf(value: Any, indent: int, column: int) -> str:
    if isinstance(value, str):
        if "\n" in value and not _needs_quotes(value):
            return _block(value, indent)
        return _quoted(value, indent, column)
    if isinstance(value, list):
        return "[]"
    if isinstance(value, dict):
        return "{}"
    if value is None or isinstance(value, bool):
        return str(jsonencode(value))
    return number_text(value)


def _printable(mark: str) -> bool:
    return " " <= mark <= "~" or "\xa0" <= mark <= "\ud7ff" or "\ue000" <= mark <= "\ufffd"


def _needs_quotes(text: str) -> bool:
    """Say whether a text of many lines cannot stand as a block."""
    if text.endswith(" ") or " \n" in text or "\ufeff" in text:
        return True
    return any(not (_printable(mark) or mark == "\n") for mark in text)


def _block(text: str, indent: int) -> str:
    chomp = "-"
    if text.endswith("\n"):
        chomp = "+" if text == "\n" or text.endswith("\n\n") else ""
    hint = "2" if text[0] in " \n" else ""
    body = text[:-1] if text.endswith("\n") else text
    lines = [" " * indent + line if line else "" for line in body.split("\n")]
    return "\n".join([f"|{hint}{chomp}", *lines])


_ESCAPES = {
    "\0": "\\0", "\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f",
    "\r": "\\r", "\x1b": "\\e", '"': '\\"', "\\": "\\\\", "\x85": "\\N", "\u2028": "\\L",
    "\u2029": "\\P",
}  # fmt: skip


def _escaped(mark: str) -> str:
    known = _ESCAPES.get(mark)
    if known is not None:
        return known
    if _printable(mark) and mark != "\ufeff":
        return mark
    code = ord(mark)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _quoted(text: str, indent: int, column: int) -> str:
    """Return a text in quotes, folded at spaces behind the width."""
    parts, column, folded = ['"'], column + 1, False
    for position, mark in enumerate(text):
        if mark == " " and not folded and column > WIDTH and 0 < position < len(text) - 1:
            parts.append("\n" + " " * indent)
            column = indent
            if text[position + 1] == " ":
                parts.append("\\")
                column += 1
            folded = True
            continue
        parts.append(_escaped(mark))
        column += len(parts[-1])
        folded = mark == " "
    return "".join([*parts, '"'])
