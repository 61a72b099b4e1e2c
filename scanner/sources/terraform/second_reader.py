"""The second reader: words a syntax error that tree-sitter only marks.

tree-sitter recovers from an error but does not say what was expected; python-hcl2 is slow,
so it reads only the files in which something is wrong.
"""

from __future__ import annotations

import re

from scanner.model import Unread
from scanner.sources.terraform import hcl, tree

MAX_TEXT = 500_000
"""Above this size python-hcl2 would take minutes: the place alone is reported."""


def problem(source: hcl.File, errors: list[tree.At]) -> Unread | None:
    """Return the report of a file's syntax errors; None where python-hcl2 finds it valid
    and the other reader only stumbled over missing text at the end.
    """
    row = errors[0][0]
    line, reason = row + 1, _quote(source, errors[0])
    if len(source.text) <= MAX_TEXT:
        worded = _worded(source)
        if worded is not None:
            line, reason = worded
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return Unread(
        source.path,
        f"syntax error: {reason}{more}; the rest of the file was used",
        line,
        "run `terraform fmt` on it to see what Terraform says",
    )


def _quote(source: hcl.File, at: tree.At) -> str:
    text = source.line(at[0]).strip()
    return f"unexpected text near {text[:60]!r}" if text else "the file ends in mid-block"


def _worded(source: hcl.File) -> tuple[int, str] | None:
    import hcl2
    from lark.exceptions import LarkError, UnexpectedCharacters, UnexpectedEOF, UnexpectedToken

    try:
        hcl2.loads(source.text.decode("utf-8") + "\n")
    except UnexpectedEOF:
        return source.text.count(b"\n") + 1, "the file ends in mid-block; is a '}' missing?"
    except UnexpectedToken as error:
        if error.line < 1 or error.token.type == "$END":
            return source.text.count(b"\n") + 1, "the file ends in mid-block; is a '}' missing?"
        found = re.sub(r"\s+", " ", str(error.token)).strip()[:40] or "line end"
        return error.line, f"unexpected {found!r} at column {error.column}"
    except UnexpectedCharacters as error:
        return error.line, f"unexpected character at column {error.column}"
    except (LarkError, ValueError, RecursionError, KeyError, TypeError):
        return None
    return None
