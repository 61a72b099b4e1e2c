"""The values of an instance, with those that are not known yet and those not to be shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner import geography, paths
from scanner.model import Unknown
from scanner.sources.plan.expressions import is_leaf, text
from scanner.sources.plan.instances import Instance

SENSITIVE = "marked sensitive, so the plan's value is not used"
LATER = "known after apply"


def is_place(value: Any) -> bool:
    """Say whether a value names a place. Sensitive or not, those are used, as they are of
    sources: a report without them would say nothing.
    """
    return isinstance(value, str) and any(
        geography.lookup(provider, value).status == "known"
        for provider in geography.known_providers()
    )


def attributes(instance: Instance, written: dict[str, Any] | None) -> dict[str, Any]:
    """Return the attributes of an instance as a declaration holds them.

    ``written`` are the expressions of its block, or None where the plan does not have them.
    What nobody writes and nobody knows yet (an id, an ARN) is left out, as it is of sources:
    it would hide that the attribute is not set. Nulls are left out as well.
    """
    return _block(instance.values, instance.unknown, instance.sensitive, written, instance.address)


def sensitive(instance: Instance) -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of all that an instance marks as sensitive."""
    stack: list[tuple[str, Any, tuple[Any, ...]]] = [("", instance.values, instance.sensitive)]
    while stack:
        path, value, masks = stack.pop()
        if any(mask is True for mask in masks):
            yield from paths.walk(value, path)
        elif isinstance(value, (dict, list)):
            keys = value if isinstance(value, dict) else range(len(value))
            for key in keys:
                inner = tuple(_part(mask, key) for mask in masks)
                if any(inner):
                    stack.append((paths.join(path, key), value[key], inner))


def _block(
    values: dict[str, Any], unknown: Any, sensitive: tuple[Any, ...], written: Any, path: str
) -> dict[str, Any]:
    expressions = written if isinstance(written, dict) else {}
    later = unknown if isinstance(unknown, dict) else {}
    if unknown is True:
        later = dict.fromkeys(expressions, True)
    found: dict[str, Any] = {}
    for name in dict.fromkeys((*values, *later)):
        inner = tuple(_part(mask, name) for mask in sensitive)
        expression = expressions.get(name)
        value = _value(
            values.get(name), later.get(name), inner, expression, f"{path}.{name}",
            keep=written is None or name in expressions,
        )  # fmt: skip
        if value is not None:
            found[name] = value
    return found


def _value(
    value: Any, unknown: Any, sensitive: tuple[Any, ...], written: Any, path: str, *, keep: bool
) -> Any:
    """Return one value; None for what is unknown and not kept."""
    if any(mask is True for mask in sensitive) and not is_place(value):
        return None if value is None and unknown is not True else Unknown(SENSITIVE, path)
    if unknown is True:
        return Unknown(LATER, text(written) or path) if keep else None
    if isinstance(value, list) or (value is None and isinstance(unknown, list)):
        items = value or []
        later = unknown if isinstance(unknown, list) else []
        found = [
            _item(
                items[index] if index < len(items) else None,
                later[index] if index < len(later) else None,
                tuple(_part(mask, index) for mask in sensitive),
                _expression(written, index),
                f"{path}[{index}]",
                keep=keep,
            )
            for index in range(max(len(items), len(later)))
        ]
        return found if found or isinstance(value, list) else None
    if isinstance(value, dict) or (value is None and isinstance(unknown, dict) and unknown):
        # What one expression writes (or a dynamic block, which has none in a plan) is kept
        # whole; of a block, as at the top, only what is written.
        inner = None if written is None or is_leaf(written) else written
        made = _block(value or {}, unknown, sensitive, inner, path)
        return made if made or isinstance(value, dict) else None
    return value


def _item(
    value: Any, unknown: Any, sensitive: tuple[Any, ...], written: Any, path: str, *, keep: bool
) -> Any:
    made = _value(value, unknown, sensitive, written, path, keep=keep)
    if made is None and unknown is True:
        return Unknown(LATER, path)  # an element keeps its place
    return made


def _part(mask: Any, key: str | int) -> Any:
    """Return what a mask says of a part: true of the whole is true of each part."""
    if mask is True:
        return True
    if isinstance(mask, dict) and isinstance(key, str):
        return mask.get(key)
    if isinstance(mask, list) and isinstance(key, int):
        return mask[key] if key < len(mask) else None
    return None


def _expression(written: Any, index: int) -> Any:
    """Return the expression of an element. Blocks that ``dynamic`` makes have none of their
    own: the one that is there stands for all.
    """
    if not isinstance(written, list):
        return written
    if not written:
        return None
    return written[index] if index < len(written) else written[-1]
