"""Inline ignores: comments beside the code that settle what is found there.

``# domicile: ignore[DOM101] reason … until 2027-01-31`` in ``#``, ``//`` and ``/* */``; behind
the line, alone above it, or at the header of a block, whose findings it then covers. For
secrets the marks of other tools are honoured: ``pragma: allowlist secret``, ``gitleaks:allow``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct

from scanner.model import Span
from scanner.policy.blocks import Blocks, blocks
from scanner.rule import Rule

_IGNORE = re.compile(
    r"(?P<open>\#|//|/\*|<!--)[\s#/*]{0,80}domicile:\s*ignore\b(?:\[(?P<ids>[^\]]*)\])?(?P<rest>.{0,500})",
    re.IGNORECASE,
)
_AROUND = " \t\r:,;-\u2013\u2014"
_CLOSE = {"/*": "*/", "<!--": "-->"}
_UNTIL = re.compile(r"[\s,;(]*\buntil:?\s+(?P<day>\S+?)[\s.)]*\Z", re.IGNORECASE)
_SECRET_HERE = re.compile(r"pragma:\s*(?:allow|white)list[ -]secret\b|gitleaks:allow\b", re.I)
_SECRET_NEXT = re.compile(r"pragma:\s*(?:allow|white)list\s+nextline[ -]secret\b", re.I)
_ALONE = re.compile(r"\s*(?:\#|//|/\*|<!--|\{\{-?\s*/\*)")


class Ignore(Struct, frozen=True):
    """One comment and the lines from ``first`` to ``last`` that it covers.

    ``fault`` says why it covers nothing: it names no rule, or its date is none.
    """

    selectors: tuple[str, ...]
    reason: str
    until: date | None
    span: Span
    text: str
    first: int
    last: int
    fault: str = ""

    def expired(self, day: date) -> bool:
        """Say whether it no longer holds on a day; its last day still counts."""
        return self.until is not None and self.until < day

    def covers(self, rule: Rule, line: int) -> bool:
        """Say whether it is about a rule's finding on a line."""
        return self.first <= line <= self.last and any(
            rule.matches(selector) for selector in self.selectors
        )

    def words(self) -> str:
        """Return the reason and the last day."""
        reason = self.reason or "no reason given"
        return f"{reason} (until {self.until})" if self.until else reason


class Comments(Struct, frozen=True):
    """What the comments of one file settle."""

    ignores: tuple[Ignore, ...] = ()
    secrets: frozenset[int] = frozenset()
    """The lines whose secrets another tool's mark allows."""


def comments(text: str, file: str) -> Comments:
    """Return the ignores and marks of a file's text."""
    folded = text.casefold()
    lines = text.split("\n")  # not splitlines: a form feed begins no line of a source
    ignores: tuple[Ignore, ...] = ()
    if "domicile:" in folded:
        ignores = tuple(_ignores(lines, file))
    secrets: set[int] = set()
    if "pragma:" in folded or "gitleaks:allow" in folded:
        secrets.update(_secrets(lines))
    return Comments(ignores, frozenset(secrets))


def _ignores(lines: list[str], file: str) -> Iterator[Ignore]:
    headers: Blocks = blocks(lines, file)
    below = _code_below(lines)
    for number, line in enumerate(lines, 1):
        found = _IGNORE.search(line)
        if found is None or _in_string(line[: found.start()]):
            continue
        rest, closed, _ = found["rest"].partition(_CLOSE.get(found["open"], "\n"))
        end = found.start("rest") + len(rest) + len(closed)
        span = Span(file, number, found.start() + 1, number, end + 1)
        about = number if line[: found.start()].strip() else below[number - 1]
        first, last = headers.get(about, (about, about))
        selectors = tuple(part for part in re.split(r"[\s,]+", found["ids"] or "") if part)
        reason, until, fault = _reason(rest)
        shown = line[found.start() : end].strip()
        fault = _no_rule(selectors) or fault
        yield Ignore(selectors, reason, until, span, shown, first, last, fault)


def _no_rule(selectors: tuple[str, ...]) -> str:
    if not selectors:
        return "it names no rule"
    wrong = [name for name in selectors if re.fullmatch(r"[A-Za-z0-9-]+", name) is None]
    return f"'{wrong[0]}' is no rule" if wrong else ""


def _reason(rest: str) -> tuple[str, date | None, str]:
    """Return the reason, the last day, and what is wrong with the day."""
    found = _UNTIL.search(rest)
    reason = (rest[: found.start()] if found else rest).strip(_AROUND)
    # "until the migration is done" is part of a reason; what begins with a digit is a date.
    if found is None or not found["day"][0].isdigit():
        return rest.strip(_AROUND), None, ""
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", found["day"]):
            return reason, None, f"'{found['day']}' is not a date such as 2027-01-31"
        return reason, date.fromisoformat(found["day"]), ""
    except ValueError:
        return reason, None, f"'{found['day']}' is no day of the calendar"


def _code_below(lines: list[str]) -> list[int]:
    """Return for each line the first below it that is no comment; itself before a blank one."""
    below = [0] * len(lines)
    code = 0
    for index in range(len(lines) - 1, -1, -1):
        below[index] = code or index + 1
        if not lines[index].strip():
            code = 0
        elif _ALONE.match(lines[index]) is None:
            code = index + 1
    return below


def _in_string(before: str) -> bool:
    return len(re.findall(r'(?<!\\)"', before)) % 2 == 1


def _secrets(lines: Iterable[str]) -> Iterator[int]:
    for number, line in enumerate(lines, 1):
        if _SECRET_HERE.search(line):
            yield number
        if _SECRET_NEXT.search(line):
            yield number + 1
