"""From the strings of a scan to the secrets among them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from scanner import paths
from scanner.model import WrittenString
from scanner.secrets import attributes, connections, keys, pairs, tokens, values
from scanner.secrets.detection import Detection, Match
from scanner.secrets.formats import FORMATS, Format
from scanner.secrets.place import attribute, narrowed
from scanner.secrets.redact import redacted

_SHORTEST_TEXT = 8
_MOST = 200
"""Secrets of one text; one that is full of them needs no longer list."""
_NAMES = frozenset({"name", "key", "Name", "variable", "parameter_name", "secret_name"})
_VALUES = frozenset(
    {"value", "default", "Value", "default_value", "string_value", "plaintext_value", "content"}
)
_DEPLOYED = frozenset({"env", "secret", "tfvars", "configmap"})
_LABELS = frozenset({"tags", "labels", "annotations", "metadata", "tags_all", "default_tags"})
_SEALED = ("encryptedData", "secret_env.")
"""Parts of paths below which values are ciphertexts."""
_SCRIPT_STARTS = ("IyEv", "I2Nsb3Vk", "Q29udGVudC1UeXBlOi")
_SECRET = keys.Key("secret", "strong")


def detect(strings: Iterable[WrittenString]) -> Iterator[Detection]:
    """Yield the secrets in some strings, each place once, in the order of the strings.

    What depends on the value alone is found once for each distinct value.
    """
    strings = tuple(strings)
    siblings = _siblings(strings)
    texts = dict.fromkeys(s.value for s in strings if len(s.value) >= _SHORTEST_TEXT)
    forms = tokens.present(texts)
    shown = {text: tuple(_of_value(text, forms)) for text in texts}
    seen: set[tuple[object, ...]] = set()
    for string in strings:
        if not string.value:
            continue
        for match in _matches(string, siblings, shown.get(string.value, ())):
            # In a plan all the strings of a resource stand at one place.
            where = (string.span, string.value, match.start, match.end)
            if where not in seen:
                seen.add(where)
                yield _detection(string, match)


def _detection(string: WrittenString, match: Match) -> Detection:
    return Detection(
        kind=match.kind,
        name=match.name,
        severity=match.severity,
        certain=match.certain,
        redacted=redacted(string.value[match.start : match.end]),
        secret=narrowed(string, match.start, match.end),
        string=string,
    )


def _matches(
    string: WrittenString,
    siblings: Mapping[tuple[str, str], dict[str, str]],
    found: tuple[Match, ...],
) -> Iterator[Match]:
    if found and keys.about(string.key):
        found = tuple(match for match in found if not match.name)
    yield from found
    if not found and string.static:
        own = _of_key(string, siblings)
        if own is not None:
            yield own


def _of_value(value: str, forms: Iterable[Format] = FORMATS) -> Iterator[Match]:
    """Yield what a text shows by itself: tokens, credentials, keys with values inside it."""
    taken: list[Match] = []
    every = chain(tokens.find(value, forms), connections.find(value), _of_pairs(value))
    for match in every:
        if len(taken) == _MOST:
            break
        if not any(match.start < other.end and other.start < match.end for other in taken):
            taken.append(match)
    if not taken and value.startswith(_SCRIPT_STARTS):
        inner = next(_of_value(_script(value)), None)
        if inner is not None:
            taken.append(
                Match(inner.kind, 0, len(value), inner.severity, inner.name, inner.certain)
            )
    taken.sort(key=lambda match: match.start)
    yield from taken


def _of_pairs(text: str) -> Iterator[Match]:
    for pair in pairs.find(text):
        place = values.Place(deployed=True, inside=True, loose=pair.loose)
        judged = values.judge(keys.classify(pair.key), pair.key, text[pair.start : pair.end], place)
        if judged is not None:
            yield Match(
                judged.kind, pair.start, pair.end, judged.severity, pair.key, judged.certain
            )


def _of_key(
    string: WrittenString, siblings: Mapping[tuple[str, str], dict[str, str]]
) -> Match | None:
    """Judge the whole string by its key and by where it stands."""
    path = attribute(string)
    first = path.partition(".")[0].partition("[")[0]
    if first in _LABELS or any(part in path for part in _SEALED):
        return None
    beside = siblings.get(_around(string), {}) if string.key in _VALUES else {}
    name = _name(string, beside)
    key = keys.classify(name)
    deployed = string.form in _DEPLOYED or "name" in beside or name.isupper()
    place = values.Place(deployed=deployed, secret=string.form == "secret")
    held = attributes.noun(string.type, path)
    if held == "reference":
        return None
    if held or beside.get("type") == "SecureString":
        place = values.Place(deployed=True, secret=True)
        if "." not in path or beside.get("type") == "SecureString":
            key = keys.Key(held, "strong") if held else _SECRET
    if key.grade == "none" and not place.secret:
        return None
    if keys.connection(name) or string.value[:1] in "{[<":
        return None  # what is secret in it has been looked for
    judged = values.judge(key, name, string.value, place)
    if judged is None:
        return None
    return Match(judged.kind, 0, len(string.value), judged.severity, name, certain=judged.certain)


def _siblings(strings: Iterable[WrittenString]) -> dict[tuple[str, str], dict[str, str]]:
    """Return the names and types that stand beside values: ``{name = "TOKEN", value = …}``."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for string in strings:
        if string.key in _NAMES or string.key == "type":
            label = "type" if string.key == "type" else "name"
            found.setdefault(_around(string), {}).setdefault(label, string.value[:200])
    return found


def _around(string: WrittenString) -> tuple[str, str]:
    owner = string.owner or f"{string.span.file}#{string.type}"
    return owner, string.path.rpartition(".")[0]


def _name(string: WrittenString, beside: Mapping[str, str]) -> str:
    """Return the name that says what the value is."""
    if string.key not in _VALUES:
        return string.key
    if "name" in beside:
        return beside["name"]
    try:
        steps = [step for step in paths.keys(string.path) if isinstance(step, str)]
    except ValueError:
        return string.key
    return next((step for step in reversed(steps) if step not in _VALUES), string.key)


def _script(value: str) -> str:
    """Return the text of a base64-encoded script; empty where it is none."""
    try:
        return base64.b64decode(value, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
