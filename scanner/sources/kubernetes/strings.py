"""Every string of a manifest, with what kind of place it stands in."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from scanner.model import Declaration, WrittenString
from scanner.paths import join
from scanner.sources.kubernetes.manifest import Manifest
from scanner.sources.yaml import Node


def strings(declaration: Declaration, manifest: Manifest) -> Iterator[WrittenString]:
    """Yield the strings of an object. What an alias repeats stands where its anchor does."""
    document = manifest.document
    seen: set[tuple[int, str]] = set()
    # Path, the last name before the value, form, node.
    stack: list[tuple[str, str, str, Node]] = [("", "", "attribute", manifest.root)]
    while stack:
        path, key, form, node = stack.pop()
        if node.entries is not None:
            children: list[tuple[str, str, str, Node]] = []
            for name, (_, _, child) in node.entries.items():
                if declaration.type == "CustomResourceDefinition" and path and name == "schema":
                    continue  # what a field may hold, not what it holds
                inner = _form(declaration.type, path, name) or form
                label = _variable(key, name, node.value) if inner == "attribute" else ""
                made = "env" if label else inner
                children.append((join(path, name), label or name, made, child))
            stack.extend(reversed(children))
        elif node.items is not None:
            stack.extend(
                (join(path, n), key, form, node.items[n])
                for n in range(len(node.items) - 1, -1, -1)
            )
        elif isinstance(node.value, str) and node.value:
            written = node.written
            if (id(written), key) in seen:
                continue
            seen.add((id(written), key))
            value = node.value
            if form == "encoded":
                value, form = _decoded(value), "secret"
            yield WrittenString(
                value=value,
                span=document.node_span(written),
                key=key,
                path=path,
                form=form,
                unit=declaration.unit,
                source=declaration.source,
                type=declaration.type,
                owner=declaration.id,
                static="{{" not in value,
            )


def _form(kind: str, path: str, name: str) -> str:
    if path:
        return ""
    if kind == "Secret":
        return {"data": "encoded", "stringData": "secret"}.get(name, "")
    return "configmap" if kind == "ConfigMap" and name == "data" else ""


def _variable(list_name: str, name: str, owner: Any) -> str:
    """Return the name of the environment variable whose value this is, if it is one."""
    if list_name != "env" or name != "value":
        return ""
    variable = owner.get("name")
    return variable if isinstance(variable, str) else ""


def _decoded(text: str) -> str:
    """Return what a Secret's data stands for; what is no text stays as it is written."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return text
