"""Tells plans from other files, by how they begin: JSON of a plan or a state, and the zip that
``terraform plan -out`` writes.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Sequence

from scanner.sources.source import Input

MAX_FILE = 400_000_000
"""The largest plan that is read, in bytes."""

STDIN = "-"
"""The path, and the file in spans, of what comes from standard input."""

_KEYS = re.compile(
    r'"(format_version|terraform_version|planned_values|resource_changes|root_module|'
    r'provider_config|provider_config_key|module_calls|applyable)"\s*:'
)
_BINARY = re.compile(r"PK\x03\x04.{20,40}tfplan", re.DOTALL)
_LOG = re.compile(r'\s*\{"@level":.*"@message":')
_NAMES = re.compile(
    r"(?i)(.*\.(tf)?plan|(tf)?plan(file)?|(tf)?plan\.(out|bin|tfplan)|.*\.tfplan\.\w+)\Z"
)


def claims(
    files: Sequence[str], head: Callable[[str], str], given: Collection[str] = ()
) -> Iterator[Input]:
    """Yield an input for each plan. ``head`` gives the beginning of a file; files that are
    ``given`` one by one are looked at whatever their names.
    """
    for file in files:
        if file in given or file.endswith(".json") or _NAMES.match(posixpath.basename(file)):
            text = head(file)
            if is_plan(text) or is_binary(text) or is_log(text):
                yield Input("plan", file, file, (file,))


def is_plan(head: str) -> bool:
    """Say whether a text begins like ``terraform show -json`` of a plan or a state."""
    text = head.lstrip("\ufeff \t\r\n")
    return text.startswith("{") and len({match[1] for match in _KEYS.finditer(text)}) > 1


def is_binary(head: str) -> bool:
    """Say whether a text begins like the file that ``terraform plan -out`` writes."""
    return _BINARY.match(head) is not None


def is_log(head: str) -> bool:
    """Say whether a text begins like the log of ``terraform plan -json``."""
    return _LOG.match(head) is not None
