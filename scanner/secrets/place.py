"""Where in the file a part of a string stands."""

from __future__ import annotations

from msgspec.structs import replace

from scanner.model import Span, WrittenString


def attribute(string: WrittenString) -> str:
    """Return the path below the address of the block that the string stands in."""
    head, _, rest = string.path.partition(f"{string.type}.") if string.type else ("", "", "")
    if rest and head in ("", "data."):
        return rest.partition(".")[2]
    return string.path


def narrowed(string: WrittenString, start: int, end: int) -> WrittenString:
    """Return the part of a string as a string of its own, at its own lines.

    Where the source is not written as it reads (escapes, folding, base64, interpolations over
    several lines) it stays at the place of the whole.
    """
    whole = start == 0 and end == len(string.value)
    span = string.span if whole else _span(string, start, end)
    # A Secret is written in base64: what stands in the file is the whole, not its parts.
    value = string.value if string.form == "secret" else string.value[start:end]
    return replace(string, value=value, span=span)


def _span(string: WrittenString, start: int, end: int) -> Span:
    span, value = string.span, string.value
    breaks = value.count("\n")
    if span.line == span.end_line:
        around = span.end_column - span.column - len(value)
        if breaks or around not in (0, 2):
            return span
        column = span.column + around // 2
        return replace(span, column=column + start, end_column=column + end)
    # A heredoc begins on the line below its mark and its span ends with the closing mark; a
    # block scalar begins below its indicator and its span ends with its last written line.
    if string.source == "terraform":
        literal = span.end_line - span.line == breaks + 1 and value.endswith("\n")
    else:
        literal = span.end_line - span.line == value.rstrip().count("\n") + 1
    if not literal:
        return span
    first = span.line + 1 + value.count("\n", 0, start)
    last = first + value.count("\n", start, end)
    begin = value.rfind("\n", 0, start) + 1
    stop = value.rfind("\n", 0, end) + 1
    shift = string.indent + 1
    return Span(span.file, first, start - begin + shift, last, end - stop + shift)
