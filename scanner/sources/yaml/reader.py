"""From the bytes of a file to its documents; one that cannot be read stops no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml import events

from scanner.model import Unread
from scanner.sources.yaml.build import TEMPLATE, Builder, RefusedError
from scanner.sources.yaml.document import Document
from scanner.sources.yaml.scalars import Dialect

MAX_BYTES = 16 * 1024 * 1024
MAX_DOCUMENTS = 10_000

_ODD_BREAK = re.compile("[\x85\u2028\u2029]|\r(?!\n)")
_MARKER = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_CONTENT = re.compile(r"^(?!---[ \t\r]*(?:#.*)?$)[ \t\r]*[^ \t\r\n#]", re.MULTILINE)
_BODY = re.compile(r"^[ \t\r]*[^ \t\r\n#%]", re.MULTILINE)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def documents(content: str | bytes, file: str, dialect: Dialect = "go") -> list[Document]:
    """Return the documents of a file, in order; those that hold nothing are left out.

    One that cannot be read has no root and says why in ``problems``.
    """
    if len(content) > MAX_BYTES:
        reason = f"larger than {MAX_BYTES // 1024 // 1024} MiB"
        return [_unread(file, 1, "", reason, "split the file, or leave it out of the scan")]
    if isinstance(content, str):
        text = content
    else:
        encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            reason = f"not {encoding.upper()}: the byte 0x{content[error.start]:02x}"
            return [_unread(file, line, "", reason, "save the file as UTF-8")]
    found: list[Document] = []
    for line, part in _split(text.removeprefix("\ufeff")):
        if len(found) >= MAX_DOCUMENTS:
            reason = f"more than {MAX_DOCUMENTS:,} documents; the rest is left unread"
            found.append(_unread(file, line, "", reason, "split the file"))
            break
        found.extend(_read(part, file, line, dialect))
    return found


def _split(text: str) -> Iterator[tuple[int, str]]:
    line, begin = 1, 0
    for end in [*(match.start() for match in _MARKER.finditer(text)), len(text)]:
        part = text[begin:end]
        if end < len(text) and part.lstrip().startswith("%") and not _BODY.search(part):
            continue  # directives belong to the document that they stand before
        if _CONTENT.search(part):
            yield line, part
        line += part.count("\n")
        begin = end


def _read(text: str, file: str, line: int, dialect: Dialect) -> Iterator[Document]:
    breaks: tuple[int, ...] = ()
    if _ODD_BREAK.search(text):
        breaks = (0, *(match.end() for match in re.finditer("\n", text)))
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    parser = None
    try:
        parser = loader(text)
        event: Any
        while type(event := parser.get_event()) is not events.StreamEndEvent:
            if type(event) is not events.DocumentStartEvent:
                continue
            begin: Any = event.end_mark
            builder = Builder(parser, text, dialect)
            root = builder.build()
            if root.value is None and not root.tag and root.start.index == begin.index:
                continue
            document = Document(file, line, text, root, (), breaks)
            problems = tuple(_problems(document, builder))
            yield Document(file, line, text, root, problems, breaks)
    except RefusedError as refusal:
        at = line + text.count("\n", 0, refusal.mark.index)
        hint = _RENDER if refusal.reason == TEMPLATE else refusal.hint
        yield _unread(file, at, text, refusal.reason, hint, line)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        yield _explain(error, text, file, line)
    finally:
        if parser is not None:
            parser.dispose()


def _problems(document: Document, builder: Builder) -> Iterator[Unread]:
    for key, first, second in builder.duplicates:
        before, at = document.place(first)[0], document.place(second)[0]
        reason = f"the key '{key[:60]}' is written twice, in lines {before} and {at}"
        yield Unread(document.file, f"{reason}; the last one counts", at, "remove one of them")
    for mark in builder.bad_merges:
        at = document.place(mark)[0]
        yield Unread(document.file, "'<<' merges something that is no mapping", at)


_RENDER = "render it first, or give the scan the folder of the chart"


def _explain(error: Exception, text: str, file: str, line: int) -> Document:
    """Say in words that help why a text is no YAML."""
    mark = getattr(error, "problem_mark", None)
    # What is missing at the end is missing in the last line that holds something.
    at = line + (text.rstrip().count("\n", 0, mark.index) if mark is not None else 0)
    odd = _FORBIDDEN.search(text)
    if odd:
        at = line + text.count("\n", 0, odd.start())
        name = "a NUL character" if odd[0] == "\0" else f"the character U+{ord(odd[0]):04X}"
        return _unread(file, at, text, f"not YAML: it holds {name}", "is the file binary?", line)
    if "{{" in text:
        return _unread(file, at, text, TEMPLATE, _RENDER, line)
    written = text[mark.index - mark.column : mark.index + 1] if mark is not None else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        reason, hint = "not YAML: the line is indented with a tab", "indent with spaces"
    else:
        said = getattr(error, "problem", None) or str(error).partition("\n")[0]
        context = getattr(error, "context", None)
        reason, hint = f"not YAML: {f'{context}, ' if context else ''}{said}", ""
    return _unread(file, at, text, reason, hint, line)


def _unread(
    file: str, line: int, text: str, reason: str, hint: str = "", start: int | None = None
) -> Document:
    return Document(file, start or line, text, None, (Unread(file, reason, line, hint),))
