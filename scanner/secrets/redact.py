"""How a secret is shown: never in full, and never so that it could be guessed from what is."""

from __future__ import annotations

import re

MASK = "****"
_HIDDEN = 8
"""How much must stay hidden beside a prefix that is shown."""
# Public parts of well-known tokens: they say what it is and nothing of the secret.
_PREFIX = re.compile(
    r"(?:AKIA|ASIA|ABIA|ACCA|gh[pousr]_|github_pat_|gl[a-z]{2,6}-|xox[a-z]-|xapp-|[rs]k_live_"
    r"|[rs]k_test_|sk-ant-|sk-|AIza|SG\.|hv[sbr]\.|npm_|pypi-|dckr_pat_|dop_v1_|hf_|glsa_|dapi|eyJ"
    r"|-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)"
)


def redacted(value: str) -> str:
    """Return the public prefix of a token and a mask of fixed length: the length is secret too."""
    found = _PREFIX.match(value)
    shown = found.group() if found else ""
    return (shown if len(value) >= len(shown) + _HIDDEN else "") + MASK
