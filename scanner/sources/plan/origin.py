"""Where the values of a plan stand, and whom they refer to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scanner import paths
from scanner.model import Hop, Origin, Reference, Span, Trail, Unknown

MAX_TEXT = 120


class PlanOrigin:
    """The `Origin` of something that only the plan shows. ``hops`` explain attributes whose
    values come from elsewhere in the plan; ``place`` is where it stands in the sources.
    """

    __slots__ = ("_attributes", "_find", "_hops", "_place", "_span")

    def __init__(
        self,
        span: Span,
        attributes: Mapping[str, Any],
        find: Callable[[], Iterable[Reference]] = tuple,
        hops: Mapping[str, Trail] | None = None,
        place: Span | None = None,
    ) -> None:
        self._span = span
        self._place = place or span
        self._attributes = attributes
        self._find = find
        self._hops = hops or {}

    def span(self, path: str) -> Span:  # noqa: ARG002 - a plan may be one line; it has one place
        """Return where the resource's address stands in the plan; or the place it is given."""
        return self._place

    def trail(self, path: str) -> Trail:
        """Return what the plan says of an attribute."""
        found = self._hops.get(path)
        if found is not None:
            return found
        return (Hop(self._span, said(self._attributes, path)),)

    def references(self) -> Iterable[Reference]:
        """Return the references of the block's expressions."""
        return self._find()


class JoinedOrigin:
    """The `Origin` of a resource whose source is beside its plan: places and references are
    the source's, values the plan's.
    """

    __slots__ = ("_attributes", "_plan", "_source", "_written")

    def __init__(
        self, source: Origin, written: Mapping[str, Any], plan: Span, attributes: Mapping[str, Any]
    ) -> None:
        self._source = source
        self._written = written
        self._plan = plan
        self._attributes = attributes

    def span(self, path: str) -> Span:
        """Return where the source writes the attribute, or its nearest parent."""
        return self._source.span(path)

    def trail(self, path: str) -> Trail:
        """Return the source's steps; with the plan's where it says something else or more."""
        steps = self._source.trail(path)
        planned = paths.get(self._attributes, path)
        if planned is None or planned == paths.get(self._written, path):
            return steps
        return (*steps, Hop(self._plan, f"the plan says {said(self._attributes, path)}"))

    def references(self) -> Iterable[Reference]:
        """Return the references of the source's expressions."""
        return self._source.references()


def said(attributes: Mapping[str, Any], path: str) -> str:
    """Return an attribute and its value on one line, or the attribute alone."""
    value = paths.get(attributes, path) if path else None
    return f"{path} = {shown(value)}" if is_short(value) else path or "planned here"


def shown(value: Any) -> str:
    """Return a value as Terraform writes it, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def is_short(value: Any) -> bool:
    """Say whether a value is fit to be shown in a line."""
    return isinstance(value, (str, int, float)) and not isinstance(value, Unknown)
