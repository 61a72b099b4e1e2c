"""Whether a value is a secret, given the key that it stands under."""

from __future__ import annotations

import re

from msgspec import Struct

from scanner.rule import Severity
from scanner.secrets import connections, innocent, keys, words
from scanner.secrets.randomness import looks_random

_SHORTEST, _LONGEST = 3, 4096
_AWS_SECRET = re.compile(r"[A-Za-z0-9/+]{40}\Z")
_PASSWORDS = frozenset({"password", "passphrase", "pre-shared key", "shared key"})
_STORES = re.compile(r"\.(?:jks|p12|pfx|keystore|truststore|keytab)\Z", re.IGNORECASE)
_IDENTIFIERS = words.of("identifiers")
_GENERIC = words.of("generic")


class Place(Struct, frozen=True):
    """What is known of the place of a value.

    ``deployed`` places hold values as they will be (an environment variable, a Secret, a
    tfvars file), never the name of an object that holds one. ``secret`` places hold nothing
    but secrets. ``inside`` says that the value stands in a longer text, ``loose`` that it
    does so without quotes.
    """

    deployed: bool = False
    secret: bool = False
    inside: bool = False
    loose: bool = False


class Judgement(Struct, frozen=True):
    """What a value is, and whether its key or only its look says so."""

    kind: str
    severity: Severity
    certain: bool = True


def judge(key: keys.Key, name: str, value: str, place: Place) -> Judgement | None:
    """Return what the value under a key is, or None for one that is no secret."""
    text = value.strip()
    if key.grade == "none" and not place.secret:
        return None
    if not _SHORTEST <= len(text) <= _LONGEST or "\n" in text or innocent.reason(text):
        return None
    if key.grade == "none":
        bare = keys.words(name)[-1:] == ["key"]
        if not bare:
            return _unnamed(name, text)
        key = keys.Key("secret", "strong")
    if innocent.HASHED.match(text):
        return Judgement("password hash", Severity.MEDIUM, certain=False)
    if innocent.prose(text) or (place.inside and text.lower() in _GENERIC):
        return None
    if key.noun == "credential" and connections.credentials(text):
        return Judgement("password in registry credentials", Severity.HIGH)
    random = looks_random(text)
    if key.grade == "weak" and not place.secret:
        return Judgement(key.noun, Severity.MEDIUM, certain=False) if random else None
    if random and _aws(key, name, text):
        if innocent.filler(text):
            return None
        return Judgement("AWS secret access key", Severity.CRITICAL)
    if innocent.filler(text) and len(text) >= 20:
        return None
    if key.noun in _PASSWORDS:
        named = place.loose and innocent.name(text)
        return None if named else Judgement(key.noun, Severity.HIGH)
    if random or place.secret:
        return Judgement(key.noun, Severity.HIGH)
    digits = any(c.isdigit() for c in text)
    if text.isdigit() or len(text) < 8 or innocent.generic(text):
        return None
    if innocent.name(text):
        # An object's name, or a secret that someone made of words.
        if not place.deployed or place.inside:
            return None
        if not digits:
            return Judgement(key.noun, Severity.MEDIUM, certain=False)
    elif place.loose and not digits:
        return None
    return Judgement(key.noun, Severity.HIGH)


def _unnamed(name: str, text: str) -> Judgement | None:
    """Judge what a Secret holds under a key that says nothing."""
    if _STORES.search(name) and len(text) > 200:
        return Judgement("key store", Severity.MEDIUM, certain=False)
    if looks_random(text) and not innocent.filler(text) and not _identifies(name):
        return Judgement("secret", Severity.HIGH)
    return None


def _identifies(name: str) -> bool:
    return bool(_IDENTIFIERS.intersection(keys.words(name)[-1:]))


def _aws(key: keys.Key, name: str, text: str) -> bool:
    if not _AWS_SECRET.match(text):
        return False
    lower = name.lower()
    return key.noun == "secret access key" or (
        key.noun in ("secret key", "access key") and not any(c in lower for c in ("azure", "gcp"))
    )
