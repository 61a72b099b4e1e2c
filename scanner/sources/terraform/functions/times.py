"""Date arithmetic."""

from __future__ import annotations

import datetime
import re
from typing import Any

from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.values import EvaluationError, Undecided, to_string

FUNCTIONS = Functions()

_DURATION = re.compile(r"(\d+\.?\d*|\.\d+)(h|ms|us|µs|μs|ns|m|s)", re.ASCII)
_SECONDS = {
    "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9,
}  # fmt: skip
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT(\d\d):\d\d:\d\d(?:\.\d+)?(?:Z|[-+](\d\d):\d\d)", re.ASCII)


def _time(text: Any) -> datetime.datetime:
    source = to_string(text)
    found = _RFC3339.fullmatch(source)
    if found is None or found[1] == "24":
        raise EvaluationError("not a time in RFC 3339")
    # Older Pythons read fractions of three or six digits only.
    exact = re.sub(r"\.(\d+)", lambda found: "." + found[1][:6].ljust(6, "0"), source, count=1)
    try:
        return datetime.datetime.fromisoformat(re.sub(r"Z$", "+00:00", exact))
    except ValueError:
        raise EvaluationError("not a time in RFC 3339") from None


def _text(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


@FUNCTIONS
def timeadd(time: Any, duration: Any) -> str:
    """``timeadd(timestamp, duration)``."""
    text = to_string(duration)
    sign = -1 if text.startswith("-") else 1
    body = text[1:] if text[:1] in {"-", "+"} else text
    if body != "0" and (not body or _DURATION.sub("", body)):
        raise EvaluationError("not a duration")
    seconds = sum(float(n) * _SECONDS[unit] for n, unit in _DURATION.findall(body))
    if seconds > 2**63 / 1e9:
        raise EvaluationError("not a duration")
    try:
        return _text(_time(time) + datetime.timedelta(seconds=sign * seconds))
    except OverflowError:
        raise Undecided("the time is out of range") from None


@FUNCTIONS
def timecmp(first: Any, second: Any) -> int:
    """``timecmp(a, b)``."""
    left, right = _time(first), _time(second)
    return (left > right) - (left < right)


_PARTS = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|'", re.ASCII)


@FUNCTIONS
def formatdate(spec: Any, time: Any) -> str:
    """``formatdate(spec, timestamp)``."""
    moment = _time(time)
    offset = moment.strftime("%z") or "+0000"
    colon = f"{offset[:3]}:{offset[3:5]}"
    zero = offset in {"+0000", "-0000"}
    table = {
        "YYYY": f"{moment.year:04d}",
        "YY": f"{moment.year % 100:02d}",
        "MMMM": moment.strftime("%B"),
        "MMM": moment.strftime("%b"),
        "MM": f"{moment.month:02d}",
        "M": str(moment.month),
        "DD": f"{moment.day:02d}",
        "D": str(moment.day),
        "EEEE": moment.strftime("%A"),
        "EEE": moment.strftime("%a"),
        "hh": f"{moment.hour:02d}",
        "h": str(moment.hour),
        "HH": f"{(moment.hour % 12) or 12:02d}",
        "H": str((moment.hour % 12) or 12),
        "AA": "AM" if moment.hour < 12 else "PM",
        "aa": "am" if moment.hour < 12 else "pm",
        "mm": f"{moment.minute:02d}",
        "m": str(moment.minute),
        "ss": f"{moment.second:02d}",
        "s": str(moment.second),
        "ZZZZZ": colon,
        "ZZZZ": offset[:5],
        "ZZZ": "UTC" if zero else offset[:5],
        "Z": "Z" if zero else colon,
    }

    def one(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1].replace("''", "'") or "'"
        part = table.get(match[0])
        if part is None:
            raise EvaluationError(f"unknown date format {match[0][:20]!r}")
        return part

    return _PARTS.sub(one, to_string(spec))
