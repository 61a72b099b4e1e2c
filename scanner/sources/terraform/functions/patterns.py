"""Regular expressions as Go's ``regexp`` reads them, rewritten for the engine used here.

Go knows no look-around and no back references, its classes are ASCII, ``$`` is the end of the
text only. What Go refuses is refused: a validation with ``can(regex(…))`` depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from scanner.sources.terraform.values import MAX_SIZE, EvaluationError, Undecided

PATIENCE = 0.5
"""How many seconds one match may take. Go's engine is linear, this one backtracks."""

MAX_PATTERN = 2_000
MAX_TEXT = 10_000
MAX_REPEAT = 1_000
MAX_NESTED = 200

_WORD = "0-9A-Za-z_"
_PERL = {"d": "0-9", "w": _WORD, "s": r"\t\n\f\r\x20"}
_POSIX = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7f", "blank": r"\t\x20",
    "cntrl": r"\x00-\x1f\x7f", "digit": "0-9", "graph": "!-~", "lower": "a-z",
    "print": r"\x20-~", "punct": r"!-/:-@\[-`{-~", "space": r"\t-\r\x20", "upper": "A-Z",
    "word": _WORD, "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_CONTROL = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_BOUNDARY = rf"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"
_INSIDE = rf"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))"


def _wrong(reason: str) -> EvaluationError:
    return EvaluationError(f"not a regular expression: {reason}")


def _literal(code: int) -> str:
    return f"\\U{code:08x}"


class _Translator:
    """Reads a pattern once, from left to right."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.flags = frozenset[str]()
        self.names: set[str] = set()
        self.repeated = 1
        """How often the repetitions in the last item multiply its parts."""

    def take(self, text: str) -> bool:
        """Step over a text if it comes next."""
        if self.source.startswith(text, self.position):
            self.position += len(text)
            return True
        return False

    def next(self) -> str:
        """Return the next character. Raises EvaluationError at the end."""
        if self.position >= len(self.source):
            raise _wrong("it ends too early")
        self.position += 1
        return self.source[self.position - 1]

    def until(self, end: str) -> str:
        """Return the text before a mark and step over both."""
        stop = self.source.find(end, self.position)
        if stop < 0:
            raise _wrong(f"{end!r} is missing")
        text = self.source[self.position : stop]
        self.position = stop + len(end)
        return text

    def whole(self) -> str:
        """Return the pattern in the other notation."""
        result = self.sequence(0)
        if self.position < len(self.source):
            raise _wrong("a closing bracket too many")
        return result

    def sequence(self, depth: int) -> str:
        """Return alternatives up to a closing bracket or the end."""
        if depth > MAX_NESTED:
            raise Undecided("the regular expression nests too deep")
        outer, parts, most = self.flags, list[str](), 1
        while self.position < len(self.source) and self.source[self.position] != ")":
            if self.take("|"):
                parts.append("|")
                continue
            if self.take(r"\Q"):
                stop = self.source.find(r"\E", self.position)
                stop = len(self.source) if stop < 0 else stop
                quoted = self.source[self.position : stop]
                self.position = min(len(self.source), stop + 2)
                parts.extend(self.cased(_literal(ord(mark))) for mark in quoted)
                self.repeated = 1
                if quoted:
                    parts.append(self.repeat(parts.pop()))
            else:
                self.repeated = 1
                item = self.item(depth)
                parts.append(self.repeat(item) if item else item)
            most = max(most, self.repeated)
        self.flags, self.repeated = outer, most
        return "".join(parts)

    def repeat(self, item: str) -> str:
        """Return an item with the quantifier behind it."""
        found = self.quantifier()
        if not found:
            return item
        lazy = self.take("?") != ("U" in self.flags)
        if self.quantifier():
            raise _wrong("a repetition of a repetition")
        return f"(?:{item}){found}{'?' if lazy else ''}"

    def quantifier(self) -> str:
        """Return the quantifier that comes next, or nothing."""
        for mark in "*+?":
            if self.take(mark):
                return mark
        if self.source.startswith("{", self.position):
            inner, closed, _ = self.source[self.position + 1 :].partition("}")
            low, comma, high = inner.partition(",")
            digits = low.isascii() and low.isdigit() and (not high or high.isdigit())
            if closed and digits and high.isascii():
                if len(inner) > 9 or (high and int(high) < int(low)):
                    raise _wrong("a repetition out of range")
                self.repeated *= max(1, int(low), int(high or 0))
                if self.repeated > MAX_REPEAT:
                    raise _wrong("a repetition out of range")
                self.position += len(inner) + 2
                return "{" + low + comma + high + "}"
        return ""

    def item(self, depth: int) -> str:
        """Return one item without its quantifier; nothing for flags that stand alone."""
        mark = self.next()
        if mark == "(":
            return self.group(depth)
        if mark == "[":
            return self.cased(self.bracket())
        if mark == "\\":
            return self.escape()
        if mark == ".":
            return r"[\x00-\U0010ffff]" if "s" in self.flags else r"[^\n]"
        if mark == "^":
            return r"(?m:^)" if "m" in self.flags else r"\A"
        if mark == "$":
            return r"(?m:$)" if "m" in self.flags else r"\Z"
        if mark in "*+?":
            raise _wrong("nothing to repeat")
        return self.cased(_literal(ord(mark)))

    def cased(self, item: str) -> str:
        """Return an item that ignores case where the flags say so."""
        return f"(?i:{item})" if "i" in self.flags else item

    def group(self, depth: int) -> str:
        """Return a group, or set flags for the rest of the one around."""
        opening, outer = "(", self.flags
        if self.take("?P<") or (
            not self.source.startswith(("?<=", "?<!"), self.position) and self.take("?<")
        ):
            name = self.until(">")
            plain = name.replace("_", "a")
            if not (plain.isascii() and plain.isalnum()) or name in self.names:
                raise _wrong(f"the group name {name[:40]!r}")
            self.names.add(name)
            if name[0].isdigit():
                raise Undecided("a group name that starts with a digit")
            opening = f"(?P<{name}>"
        elif self.take("?"):
            if self.set_flags():
                return ""
            opening = "(?:"
        inner = self.sequence(depth + 1)
        if not self.take(")"):
            raise _wrong("a closing bracket is missing")
        self.flags = outer
        return f"{opening}{inner})"

    def set_flags(self) -> bool:
        """Read ``?flags`` and say whether they stand alone."""
        flags, on = set(self.flags), True
        while True:
            mark = self.next()
            if mark in "imsU":
                (flags.add if on else flags.discard)(mark)
            elif mark == "-" and on:
                on = False
            elif mark in ":)":
                self.flags = frozenset(flags)
                return mark == ")"
            else:
                raise _wrong("a group of a kind that Go does not know")

    def escape(self) -> str:
        """Return what stands for an escape outside of brackets."""
        mark = self.next()
        simple = {"A": r"\A", "z": r"\Z", "b": _BOUNDARY, "B": _INSIDE}.get(mark)
        if simple is not None:
            return simple
        if mark.lower() in _PERL:
            return f"[{'^' if mark.isupper() else ''}{_PERL[mark.lower()]}]"
        if mark in "pP":
            return self.cased(self.property(mark))
        return self.cased(_literal(self.code(mark)))

    def property(self, mark: str) -> str:
        """Return a Unicode class."""
        first = self.next()
        name = self.until("}") if first == "{" else first
        negated = (mark == "P") != name.startswith("^")
        name = name.lstrip("^")
        if not (name.isascii() and name.replace("_", "").isalpha()):
            raise _wrong("an unknown class of characters")
        return f"\\{'P' if negated else 'p'}{{{name}}}"

    def code(self, mark: str) -> int:
        """Return the character that an escape stands for."""
        if mark in _CONTROL:
            return _CONTROL[mark]
        if mark == "x":
            digits = self.until("}") if self.take("{") else self.next() + self.next()
            try:
                code = int(digits, 16) if digits.isalnum() else -1
            except ValueError:
                code = -1
            if not 0 <= code < 0x110000:
                raise _wrong("an escape that is no character")
            return code
        if mark in "01234567":
            digits = mark
            while len(digits) < 3 and self.source[self.position : self.position + 1] in set(
                "01234567"
            ):
                digits += self.next()
            if mark != "0" and len(digits) < 2:
                raise _wrong("a back reference")
            return int(digits, 8)
        if mark.isalnum() or not mark.isascii():
            raise _wrong(f"the escape \\{mark}")
        return ord(mark)

    def bracket(self) -> str:
        """Return a class of characters."""
        parts, negated = list[str](), self.take("^")
        first = True
        while first or not self.take("]"):
            first = False
            if self.take("[:"):
                name = self.until(":]")
                bare = name.removeprefix("^")
                if bare not in _POSIX:
                    raise _wrong(f"the class [:{name[:40]}:]")
                parts.append(_within(_POSIX[bare], negated=name != bare))
                continue
            mark = self.next()
            if mark == "\\":
                mark = self.next()
                if mark.lower() in _PERL:
                    parts.append(_within(_PERL[mark.lower()], negated=mark.isupper()))
                    continue
                if mark in "pP":
                    parts.append(self.property(mark))
                    continue
                low = self.code(mark)
            else:
                low = ord(mark)
            if self.source.startswith("-", self.position) and not self.source.startswith(
                "-]", self.position
            ):
                self.position += 1
                mark = self.next()
                high = self.code(self.next()) if mark == "\\" else ord(mark)
                if high < low:
                    raise _wrong("a range that runs backwards")
                parts.append(f"{_literal(low)}-{_literal(high)}")
            else:
                parts.append(_literal(low))
        return f"[{'^' if negated else ''}{''.join(parts)}]"


def _within(ranges: str, *, negated: bool) -> str:
    """Return ranges as they stand inside brackets, where a negated class has no notation."""
    if not negated:
        return ranges
    import regex

    inside = regex.compile(f"[{ranges}]")
    kept, start = list[str](), 0
    for code in range(0x81):
        if code == 0x80 or inside.fullmatch(chr(code)):
            if start < code:
                kept.append(f"{_literal(start)}-{_literal(code - 1)}")
            start = code + 1
    return "".join(kept) + r"\U00000080-\U0010ffff"


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """Return the compiled form of a pattern of Go. Raises EvaluationError."""
    import regex  # a match of this library can be given up, one of the standard library cannot

    if len(pattern) > MAX_PATTERN:
        raise Undecided("the regular expression is too long")
    translated = _Translator(pattern).whole()
    try:
        return regex.compile(translated)
    except (regex.error, RecursionError, OverflowError) as error:
        raise _wrong(str(error)) from None


def _timed(match: Callable[[], Any]) -> Any:
    try:
        return match()
    except TimeoutError:
        raise Undecided("the regular expression takes too long") from None


def _checked(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise Undecided("the text is too long for a regular expression")
    return text


def search(pattern: str, text: str) -> Any:
    """Return the first match, or None. Raises EvaluationError."""
    program = compiled(pattern)
    return _timed(lambda: program.search(_checked(text), timeout=PATIENCE))


def matches(pattern: str, text: str) -> list[Any]:
    """Return all matches; Go has no empty one right behind another."""
    program = compiled(pattern)
    found = _timed(lambda: list(program.finditer(_checked(text), timeout=PATIENCE)))
    return list(_apart(found))


def _apart(found: list[Any]) -> Iterator[Any]:
    end = -1
    for match in found:
        if match.end() > match.start() or match.start() != end:
            yield match
        end = match.end()


def substitute(pattern: str, template: str, text: str) -> str:
    """Replace all matches by a template with ``$1``, ``${name}`` and ``$$``."""
    parts, size, position = list[str](), 0, 0
    for match in matches(pattern, text):
        new = _expand(match, template)
        parts += [text[position : match.start()], new]
        position = match.end()
        size += len(new)
        if size > MAX_SIZE:
            raise Undecided("the text is too large")
    return "".join(parts) + text[position:]


def _expand(match: Any, template: str) -> str:
    import re

    def group(reference: re.Match[str]) -> str:
        name = reference.group(1) or reference.group(2)
        if name == "$":
            return "$"
        try:
            return (match.group(int(name)) if name.isdigit() else match.group(name)) or ""
        except (IndexError, ValueError):
            return ""

    return re.sub(r"\$(?:\{(\w+)\}|(\w+|\$))", group, template)
