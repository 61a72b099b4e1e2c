"""What a key says about its value: is ``db_password`` a secret, and is ``secretName`` one?

A key is read like a noun phrase: the last words decide. ``password_length`` is a length,
``secret_arn`` an ARN, ``initial_admin_password`` a password.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from scanner.secrets.words import of as _of

Grade = Literal["strong", "weak", "none"]


class Key(Struct, frozen=True):
    """The class of a key. ``noun`` is what its value would be; ``strong`` keys take any value
    that is not innocent, ``weak`` ones only values that look random.
    """

    noun: str
    grade: Grade


NONE = Key("", "none")
PASSWORD = Key("password", "strong")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

# Said of a value without changing what it is.
_NEUTRAL = _of("neutral")
_PLURALS = {"credentials": "credential", "creds": "credential", "cred": "credential"}
_JOINED = (
    ("password", "password"), ("passwd", "password"), ("passphrase", "passphrase"),
    ("apikey", "api key"), ("secretkey", "secret key"), ("accesskey", "access key"),
    ("privatekey", "private key"), ("authkey", "auth key"), ("sharedkey", "shared key"),
    ("accountkey", "account key"), ("encryptionkey", "encryption key"),
    ("connectionstring", "connection string"), ("connstr", "connection string"),
    ("secret", "secret"), ("token", "token"), ("pwd", "password"), ("passcode", "password"),
    ("userpass", "password"), ("dbpass", "password"), ("requirepass", "password"),
    ("rootpass", "password"), ("adminpass", "password"),
)  # fmt: skip
_SINGLE = {
    "password": PASSWORD,
    "passwd": PASSWORD,
    "pwd": PASSWORD,
    "pw": Key("password", "weak"),
    "pass": PASSWORD,
    "passphrase": Key("passphrase", "strong"),
    "passcode": PASSWORD,
    "psk": Key("pre-shared key", "strong"),
    "secret": Key("secret", "strong"),
    "token": Key("token", "strong"),
    "credential": Key("credential", "weak"),
    "dsn": Key("connection string", "weak"),
    "passwords": Key("password", "weak"),
    "secrets": Key("secret", "weak"),
    "tokens": Key("token", "weak"),
    "auth": Key("credential", "weak"),
    "authorization": Key("credential", "weak"),
    "bearer": Key("token", "weak"),
    "salt": Key("secret", "weak"),
    "cookie": Key("secret", "weak"),
}
# The word before "key" that makes it one; every other key is a name in a map.
_KEYS: tuple[tuple[Grade, str, str], ...] = (
    ("strong", "access key", "access"),
    ("strong", "API key", "api app application integration ingest ingestion write admin auth"),
    ("strong", "API key", "authentication service subscription deploy webhook"),
    ("strong", "secret key", "secret"),
    ("strong", "private key", "private signing"),
    (
        "strong",
        "encryption key",
        "encryption master hmac aes jwt cookie session cipher crypto fernet",
    ),
    ("strong", "account key", "account storage sas"),
    ("strong", "shared key", "shared"),
    ("strong", "pre-shared key", "psk preshared wireguard"),
    ("weak", "secret key", "license ssh tls ssl routing user client server root"),
)
_BEFORE_KEY = {word: Key(noun, grade) for grade, noun, words in _KEYS for word in words.split()}
# What stands before the noun and makes it something else: a page token, a pull secret.
_NOT_TOKEN = _of("before token")
_NOT_SECRET = _of("before secret")
_BEFORE_PASS = _of("users")
_NOT_PASS = _of("before pass")
_ABOUT = _of("prose")


def words(key: str) -> list[str]:
    """Return the words of a key in lower case: ``dbPassword_OLD`` is db, password, old."""
    found: list[str] = []
    for word in _WORD.findall(key):
        lower = word.lower()
        for ending, expansion in _JOINED:
            if lower != ending and lower.endswith(ending):
                found.append(lower[: -len(ending)])
                lower = expansion
                break
            if lower == ending:
                lower = expansion
                break
        found.extend(lower.split())
    return found


@lru_cache(maxsize=16384)
def classify(key: str) -> Key:
    """Return what a value under this key would be."""
    if not key or len(key) > 120:
        return NONE
    parts = words(key)
    while len(parts) > 1 and (parts[-1] in _NEUTRAL or parts[-1].isdigit()):
        parts.pop()
    if not parts:
        return NONE
    head = _PLURALS.get(parts[-1], parts[-1])
    before = parts[-2] if len(parts) > 1 else ""
    if head == "key":
        return _key(parts, before)
    if head == "string" or (head == "str" and before in ("conn", "connection")):
        return NONE
    if head == "base" and parts[-3:-1] == ["secret", "key"]:
        return Key("secret key", "strong")
    if (
        (head == "token" and before in _NOT_TOKEN)
        or (head == "secret" and before in _NOT_SECRET)
        or (head == "pass" and before in _NOT_PASS)
    ):
        return NONE
    if head == "pass" and before and before not in _BEFORE_PASS:
        return Key("password", "weak")
    if head == "secret" and before:
        return Key("client secret" if before == "client" else "secret", "strong")
    if head == "secret":
        return Key("secret", "weak")
    return _SINGLE.get(head, NONE)


def _key(parts: list[str], before: str) -> Key:
    if before == "access" and "secret" in parts:
        return Key("secret access key", "strong")
    if before == "shared" and len(parts) > 2 and parts[-3] == "pre":
        return Key("pre-shared key", "strong")
    return _BEFORE_KEY.get(before, NONE)


def connection(key: str) -> bool:
    """Say whether the value is a whole connection string."""
    return words(key)[-2:] in (["connection", "string"], ["conn", "str"]) or key.lower() == "dsn"


def about(key: str) -> bool:
    """Say whether the value is prose for people, in which ``password: …`` means nothing."""
    return key.lower().replace("-", "_") in _ABOUT
