"""Secrets among the variables that a run was given: they stand in no file, and in attributes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from scanner.model import Resource, Span, Unknown, WrittenString
from scanner.secrets.detect import detect


def secrets(variables: Iterable[tuple[str, str]], resources: Iterable[Resource]) -> Iterator[str]:
    """Yield the secrets among given variables (name and text), judged by the variable's name and
    by the name of every attribute that has the text as its value.
    """
    named = dict.fromkeys((text, name) for name, text in variables)
    texts = frozenset(text for text, _ in named)
    for resource in resources if texts else ():
        named.update(dict.fromkeys(_uses(resource.attributes, "", texts)))
    strings = [
        # Two finds at one place would be one, and these stand nowhere: each has a line of its own.
        WrittenString(text, Span("", line, 1, line, 1), name, name, "tfvars", "", "terraform")
        for line, (text, name) in enumerate(named, start=1)
    ]
    for detection in detect(strings):
        yield detection.secret.value


def _uses(value: Any, name: str, texts: frozenset[str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if value in texts:
            yield value, name
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _uses(item, str(key), texts)
    elif isinstance(value, list):
        for item in value:
            yield from _uses(item, name, texts)
    elif isinstance(value, Unknown):
        for item in value.candidates or ():
            yield from _uses(item, name, texts)
