"""What the detectors say: a secret, where it stands, how sure we are."""

from __future__ import annotations

from msgspec import Struct

from scanner.model import WrittenString
from scanner.rule import Severity


class Match(Struct, frozen=True):
    """A secret inside a text, from ``start`` up to ``end``.

    ``kind`` is for people ("AWS access key id", "password"); ``name`` the key beside the value
    inside the text, empty where the whole text is the value. ``certain`` is False where only
    the look of the value speaks for it.
    """

    kind: str
    start: int
    end: int
    severity: Severity
    name: str = ""
    certain: bool = True


class Detection(Struct, frozen=True):
    """A secret that is written in a scanned file.

    ``secret`` is the string cut down to the secret itself: its value and the lines where that
    stands. ``string`` is the whole that it was found in. Both hold values, so neither takes
    part in ``repr``.
    """

    kind: str
    name: str
    severity: Severity
    certain: bool
    redacted: str
    secret: WrittenString
    string: WrittenString

    def __repr__(self) -> str:
        return f"Detection({self.kind!r}, {self.name!r}, {self.redacted!r}, {self.secret.span!r})"

    def where(self) -> str:
        """Return the place in words: ``'aws_instance.web.user_data' (DB_PASSWORD)``."""
        string = self.string
        address = string.owner.partition("#")[2]
        if string.source == "terraform" or not address:
            place = f"'{string.path or string.key}'"
        else:
            place = f"'{string.key}' of '{address}'"
        beside = self.name and self.name not in (string.key, string.path)
        return f"{place} ({self.name})" if beside and f".{self.name}." not in string.path else place
