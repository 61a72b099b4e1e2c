"""The origin of a manifest's attributes: spans, trails and references of one object."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from scanner import paths
from scanner.model import Hop, Reference, Span, Trail
from scanner.sources.yaml import Document, Node

_PRIVATE = re.compile(r"(?:^|\.)(?:data|stringData|binaryData|env|args|command)(?:[.\[]|\Z)")
_CREDENTIALS = re.compile(r"://[^/\s@]*@")
_LONGEST = 80
_CHOICES = ("nodeAffinity", "allowedTopologies", "requirements")


class Manifest(Struct, frozen=True):
    """One object of a document: the whole of it, or one item of a list.

    ``header`` is the line that names its kind, ``pointers`` its references.
    """

    document: Document
    root: Node
    header: Span
    pointers: tuple[Reference, ...] = ()

    def span(self, path: str) -> Span:
        """Return where an attribute is written, key and value; else its nearest parent."""
        if not path:
            return self.header
        node, entry = self.document.find(path, self.root)
        return self.header if node is None else self.document.entry_span(entry, node)

    def trail(self, path: str) -> Trail:
        """Return the line that writes an attribute; through an alias, its anchor's first."""
        steps = [Hop(self.span(path), self._text(path))]
        node, _ = self.document.find(path, self.root) if path else (None, None)
        if node is not None and node.source is not None:
            steps.insert(0, Hop(self.document.node_span(node.written), "the anchor's value"))
        return tuple(steps)

    def references(self) -> Iterable[Reference]:
        """Return what the object refers to in its own unit."""
        return self.pointers

    def _text(self, path: str) -> str:
        """Return an attribute as people write it: ``nodeSelector a.b/zone = eu-west-1a``."""
        steps = list(paths.keys(path))
        if not steps:
            return "declared here"
        value = paths.get(self.root.value, path)
        name = str(steps[-1])
        if isinstance(steps[-1], int):
            label = self._label(path)
            name = label or f"{_last_name(steps)}[{steps[-1]}]"
        elif "/" in name and len(steps) > 1:
            name = f"{_last_name(steps[:-1])} {name}"
        shown = _shown(path, value)
        return f"{name} = {shown}" if shown else name

    def _label(self, path: str) -> str:
        """Return the label whose values a node affinity or a topology lists."""
        before, _, _ = path.rpartition(".values[")
        owner = paths.get(self.root.value, before) if before else None
        key = owner.get("key") if isinstance(owner, dict) else None
        if not isinstance(key, str):
            return ""
        return f"{next((name for name in _CHOICES if name in path), 'values of')} {key}"


def _last_name(steps: list[str | int]) -> str:
    return next((str(step) for step in reversed(steps) if isinstance(step, str)), "")


def _shown(path: str, value: Any) -> str:
    """Return a value for a trail; nothing that may be a secret, nothing long."""
    if isinstance(value, (dict, list)) or value is None or _PRIVATE.search(path):
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if len(text) > _LONGEST or "\n" in text or _CREDENTIALS.search(text):
        return ""
    return text
