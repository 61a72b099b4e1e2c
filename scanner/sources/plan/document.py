"""One plan as it lies there: its text, its JSON, what is wrong with it, where things stand."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from scanner.model import Span, Unread
from scanner.sources.plan.claims import MAX_FILE, STDIN, is_binary, is_log

MAX_DEPTH = 150
"""How deep the JSON of a plan nests; that of ten modules in each other stays below fifty."""

_TOO_DEEP = "nests too deep to be a plan"
_ADDRESS = re.compile(r'"address"\s*:\s*("(?:[^"\\]|\\.)*")')
_SHOW = "terraform show -json PLANFILE > plan.json"


@dataclass(frozen=True)
class Document:
    """A plan, or a state in the same form. ``data`` is the whole JSON object."""

    file: str
    text: str = field(repr=False)
    data: dict[str, Any] = field(repr=False)

    @property
    def is_state(self) -> bool:
        """Say whether it is a state: what exists, without a plan for it."""
        return "planned_values" not in self.data

    @property
    def version(self) -> tuple[int, int]:
        """The Terraform or OpenTofu that wrote it, (0, 0) where it does not say."""
        match = re.match(r"(\d{1,4})\.(\d{1,4})", str(self.data.get("terraform_version", "")))
        return (int(match[1]), int(match[2])) if match is not None else (0, 0)

    @property
    def is_whole(self) -> bool:
        """Say whether the plan shows everything that it should."""
        return not self.data.get("errored") and self.data.get("complete", True) is not False

    def mapping(self, *keys: str) -> dict[str, Any]:
        """Return the object at some keys, empty where there is none."""
        found: Any = self.data
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    def faults(self) -> Iterator[Unread]:
        """Yield what the plan says of itself that keeps it from being the whole truth."""
        if self.data.get("errored"):
            yield Unread(
                self.file,
                "the plan is incomplete: planning ended with an error",
                1,
                "correct the error and plan again",
            )
        elif not self.is_whole:
            yield Unread(
                self.file,
                "the plan is incomplete: it was made with -target, or puts changes off",
                1,
                "plan without -target",
            )

    def span(self, address: str) -> Span:
        """Return where a resource's address stands, the first line where it does not."""
        start, end = self._addresses.get(address, (0, 0))
        if start == end:
            return Span(self.file, 1, 1, 1, 2)
        line = bisect_right(self._starts, start)
        column = start - self._starts[line - 1] + 1
        return Span(self.file, line, column, line, column + end - start)

    def key_span(self, *keys: str) -> Span:
        """Return where the last of some keys stands, each looked for behind the one before."""
        at = 0
        for key in keys:
            match = re.compile(re.escape(json.dumps(key)) + r"\s*:").search(self.text, at)
            if match is None:
                return Span(self.file, 1, 1, 1, 2)
            at = match.start()
        line = bisect_right(self._starts, at)
        column = at - self._starts[line - 1] + 1
        return Span(self.file, line, column, line, column + len(json.dumps(keys[-1])))

    @cached_property
    def _addresses(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for match in _ADDRESS.finditer(self.text):
            try:
                address = json.loads(match[1])
            except ValueError:
                continue  # looks like an address and is a piece of some other text
            found.setdefault(address, match.span())
        return found

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]


def load(file: str, root: Path, stdin: bytes | None) -> Document | Unread:
    """Read a plan, or say why it cannot be read and what would help."""
    try:
        if file == STDIN:
            content = stdin or b""
            size = len(content)
        else:
            size = (root / file).stat().st_size
            content = (root / file).read_bytes() if size <= MAX_FILE else b""
    except OSError as error:
        return Unread(file, f"cannot be read: {error.strerror or error}")
    if size > MAX_FILE:
        return Unread(file, f"too large to read: the limit is {MAX_FILE // 1_000_000} MB")
    try:
        return _checked(file, _decoded(content))
    except UnicodeDecodeError:
        return Unread(file, "neither UTF-8 nor UTF-16", None, f"write it with {_SHOW}")


def _decoded(content: bytes) -> str:
    if content.startswith(b"PK\x03\x04"):
        return content[:100].decode("latin-1")
    # PowerShell's `>` writes UTF-16, and says so with the first two bytes.
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    return content.decode("utf-16" if wide else "utf-8-sig")


def _checked(file: str, text: str) -> Document | Unread:
    if is_binary(text):
        reason = "a plan in Terraform's binary form, which only Terraform reads"
        return Unread(file, reason, None, f"write it as JSON: {_SHOW}")
    if is_log(text):
        reason = "the log of terraform plan -json, which does not hold the plan"
        return Unread(file, reason, None, f"write the plan: terraform plan -out PLANFILE, {_SHOW}")
    if not text.strip():
        return Unread(file, "empty: no plan", None, f"write it with {_SHOW}")
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated")
        what = "a plan that is cut off" if cut else "not JSON"
        return Unread(file, f"{what}: {error.msg}", error.lineno, f"write it again: {_SHOW}")
    except RecursionError:
        return Unread(file, _TOO_DEEP)
    except ValueError as error:  # a number of thousands of digits
        return Unread(file, f"not JSON: {error}", None, f"write it again: {_SHOW}")
    return Unread(file, _TOO_DEEP) if _is_deep(data) else _known(file, text, data)


def _is_deep(data: Any) -> bool:
    level = [data] if isinstance(data, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for item in level:
            parts = item.values() if isinstance(item, dict) else item
            inner.extend(part for part in parts if isinstance(part, (dict, list)))
        if not inner:
            return False
        level = inner
    return True


def _known(file: str, text: str, data: Any) -> Document | Unread:
    if not isinstance(data, dict) or not ("planned_values" in data or "values" in data
                                          or "resource_changes" in data):  # fmt: skip
        if isinstance(data, dict) and {"version", "lineage", "serial"} <= data.keys():
            return Unread(file, "a state in Terraform's own form", None,
                          "write it with terraform show -json > state.json")  # fmt: skip
        if isinstance(data, dict) and "format_version" in data and "terraform_version" in data:
            return Unread(
                file, "a state without resources", None, "there is nothing to judge in it"
            )
        return Unread(file, "no Terraform plan", None, f"write one with {_SHOW}")
    version = str(data.get("format_version", ""))
    if version.partition(".")[0] not in ("0", "1"):
        said = f"format_version {version}" if version else "no format_version"
        return Unread(file, f"a plan with {said}; this reads 0.x and 1.x", 1,
                      "use a Terraform or OpenTofu that writes format 1.x")  # fmt: skip
    for key in ("planned_values", "values", "configuration", "prior_state", "variables"):
        if key in data and not isinstance(data[key], dict):
            return Unread(file, f"not a plan: {key!r} is no object", 1, f"write it with {_SHOW}")
    if not isinstance(data.get("resource_changes", []), list):
        return Unread(
            file, "not a plan: 'resource_changes' is no list", 1, f"write it with {_SHOW}"
        )
    return Document(file, text, data)
