"""Labels and tags, in whatever form a provider writes them."""

from __future__ import annotations

from typing import Any

from scanner import paths
from scanner.model import Declaration

_NAMES = (
    "labels", "effective_labels", "user_labels", "resource_labels", "settings.user_labels",
    "tags", "tags_all", "freeform_tags", "tag",
)  # fmt: skip
_DEFAULTS = ("default_tags.tags", "default_labels")


def labels(declaration: Declaration) -> dict[str, str]:
    """Return the labels of a declaration, with those that its provider gives to all."""
    found: dict[str, str] = {}
    configuration = declaration.binding.configuration if declaration.binding else None
    for name in _DEFAULTS if configuration is not None else ():
        for _, value in paths.find(configuration.attributes if configuration else {}, name):
            found.update(_pairs(value))
    for name in _NAMES:
        for _, value in paths.find(declaration.attributes, name):
            found.update(_pairs(value))
    return found


def _pairs(value: Any) -> dict[str, str]:
    """Return name and value of a map, of tag blocks, or of words such as ``env:prod``."""
    if isinstance(value, list):
        return {name: text for item in value for name, text in _pairs(item).items()}
    if isinstance(value, str):
        name, _, text = value.partition(":" if ":" in value else "=")
        return {name: text} if name else {}
    if not isinstance(value, dict):
        return {}
    if isinstance(value.get("key"), str) and isinstance(value.get("value"), str):
        return {value["key"]: value["value"]}  # a `tag` block
    return {str(name): _text(text) for name, text in value.items() if _is_text(text)}


def _is_text(value: Any) -> bool:
    return isinstance(value, (str, int, float))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
