"""Parts of JSON by the shape that they should have: a part of another shape is no part."""

from __future__ import annotations

from typing import Any


def mapping(value: Any, key: str) -> dict[str, Any]:
    """Return the object at a key, empty where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def listed(value: Any, key: str) -> list[Any]:
    """Return the list at a key, empty where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def objects(value: Any, key: str) -> list[dict[str, Any]]:
    """Return the objects in the list at a key."""
    return [item for item in listed(value, key) if isinstance(item, dict)]
