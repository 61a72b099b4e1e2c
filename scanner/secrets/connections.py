"""Credentials that programs are called with: URLs, headers, the arguments of known commands."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from scanner.rule import Severity
from scanner.secrets import innocent, words
from scanner.secrets.detection import Match
from scanner.secrets.randomness import looks_random

_URL = re.compile(
    r"(?<![A-Za-z0-9+.-])(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{1,24})://(?P<user>[^\s:/?#@\"'<>`]{0,128})"
    r":(?P<password>[^\s/\"'<>`]{1,256})@[\w.\[$%{-]"
)
_HEADER = re.compile(
    r"(?i)\b(?P<scheme>bearer|basic|token)[ \t]+(?P<value>[A-Za-z0-9+/=_.~-]{8,2000})"
)
_SQL = re.compile(
    r"(?i)\b(?:identified[ \t]+(?:with[ \t]+\S{1,60}[ \t]+)?by"
    r"|(?:with|encrypted|user[ \t]+\S{1,80})"
    r"[ \t]+password|set[ \t]+password(?:[ \t]+for[ \t]+\S{1,80})?[ \t]*=)[ \t]*"
    r"'(?P<value>[^'\n]{1,256})'"
)
_MYSQL = re.compile(
    r"\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;]{0,200}?[ \t]-p(?P<quote>[\"']?)"
    r"(?P<value>[^\s\"'$`;|&-][^\s\"'$`;|&]{0,255})(?P=quote)(?![\w$])"
)
_CURL = re.compile(
    r"\b(?:curl|wget|http)\b[^\n|;]{0,300}?[ \t](?:-u|--user)[ =]?(?P<quote>[\"']?)"
    r"[^\s:\"'$`]{1,128}:(?P<value>[^\s\"'$`]{1,256})(?P=quote)(?![\w$])"
)
_SSHPASS = re.compile(
    r"\bsshpass[ \t]+-p[ \t]?(?P<quote>[\"']?)(?P<value>[^\s\"'$`]{1,256})(?P=quote)"
)
_CHPASSWD = re.compile(
    r"[\"' ][A-Za-z_][\w.-]{0,31}:(?P<value>[^\s\"'$`:|]{3,128})[\"']?[ \t]*\|[ \t]*"
    r"(?:sudo[ \t]+)?chpasswd"
)
_NETRC = re.compile(
    r"\bmachine[ \t]+\S{1,200}\s{1,20}login[ \t]+\S{1,200}\s{1,20}password[ \t]+"
    r"(?P<value>\S{1,256})"
)
_REDIS = re.compile(
    r"(?m)(?:^[ \t]*|--|\b)(?:requirepass|masterauth)[ \t]+[\"']?(?P<value>[^\s\"'$`]{1,256})"
)
_COMMANDS = (
    ("identified", _SQL), ("password", _SQL), ("mysql", _MYSQL), ("mariadb", _MYSQL),
    ("curl", _CURL), ("wget", _CURL), ("sshpass", _SSHPASS), ("chpasswd", _CHPASSWD),
    ("machine", _NETRC), ("requirepass", _REDIS), ("masterauth", _REDIS),
)  # fmt: skip
_NOBODY = words.of("nobody")
_SAMPLE = words.of("generic")
_NOT_SECRET_SCHEME = frozenset(("arn", "docker-image", "image", "containerd"))


def find(text: str) -> Iterator[Match]:
    """Yield the credentials in a text."""
    if "://" in text and "@" in text:
        yield from _urls(text)
    lower = text.lower()
    if "bearer " in lower or "basic " in lower or "authorization" in lower:
        yield from _headers(text)
    tried: set[int] = set()
    for needle, pattern in _COMMANDS:
        if needle in lower and id(pattern) not in tried:
            tried.add(id(pattern))
            for found in pattern.finditer(text):
                if innocent.reason(found["value"]) is None:
                    yield Match("password", *found.span("value"), Severity.HIGH)


def _urls(text: str) -> Iterator[Match]:
    for found in _URL.finditer(text):
        user, password = found["user"], found["password"]
        if found["scheme"].lower() in _NOT_SECRET_SCHEME or _sample(user, password):
            continue
        if "@" in password and "." not in password.rpartition("@")[0] and len(password) > 200:
            continue
        yield Match("password in a URL", *found.span("password"), Severity.HIGH)


def _sample(user: str, password: str) -> bool:
    """``user:password@host`` in documentation; ``$USER:$PASS@host``; ``u:%s@host``."""
    if user.lower().strip("_-") in _NOBODY and password.lower() in _SAMPLE:
        return True
    return (
        password.startswith(("$", "%s", "%(", ":", "{", "<", "*", "["))
        or innocent.reason(password) is not None
        or "<" in user
    )


def _headers(text: str) -> Iterator[Match]:
    for found in _HEADER.finditer(text):
        value = found["value"]
        if found["scheme"].lower() == "basic":
            if credentials(value):
                kind = "password in an Authorization header"
                yield Match(kind, *found.span("value"), Severity.HIGH)
        elif looks_random(value) and innocent.reason(value) is None:
            kind = "token in an Authorization header"
            yield Match(kind, *found.span("value"), Severity.HIGH)


def credentials(encoded: str) -> bool:
    """Say whether a base64 text is ``user:password`` with both of them real."""
    try:
        text = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return False
    user, colon, password = text.partition(":")
    return (
        bool(user and colon and text.isprintable())
        and len(password) > 2
        and not _sample(user, password)
    )
