"""The rules about the policy itself. `scanner.settle` finds their problems: it alone knows
which waiver settled what, so ``run`` yields nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scanner.rule import Problem, Rule, Severity

if TYPE_CHECKING:
    from scanner.graph import Graph
    from scanner.policy.policy import Policy


def _nothing(_graph: Graph, _policy: Policy) -> Iterable[Problem]:
    return ()


def _rule(id: str, name: str, severity: Severity, summary: str, doc: str) -> Rule:
    return Rule(
        id=id,
        name=name,
        severity=severity,
        summary=summary,
        doc=doc,
        run=_nothing,
        language="python",
        file=__file__,
        precision="very-high",
        tags=("policy",),
    )


EXPIRED = _rule(
    "DOM901",
    "exception-expired",
    Severity.MEDIUM,
    "Waiver, transfer or ignore is past its last day",
    """\
## Why
An exception was granted until a day, and the day has passed. It settles nothing any more:
what it covered is reported again.

## Fix
Mend what it covered and remove the entry. If the exception still holds, let whoever answers
for it decide again and write a new day:

    waivers:
      - {rule: DOM101, address: aws_s3_bucket.legacy, reason: migrating, expires: 2027-01-31}
""",
)

WITHOUT_REASON = _rule(
    "DOM902",
    "ignore-without-reason",
    Severity.LOW,
    "Ignore comment gives no reason",
    """\
## Why
Nobody can tell later whether an exception without a reason was meant, by whom, or whether it
still holds.

## Fix
Say why behind the brackets, and until when if it is not for ever:

    bucket = "legacy" # domicile: ignore[DOM101] moves with the crm, until 2027-01-31
""",
)

WITHOUT_EFFECT = _rule(
    "DOM903",
    "waiver-without-effect",
    Severity.LOW,
    "Waiver matches no finding",
    """\
## Why
A waiver that matches nothing is a leftover, or its rule or address is misspelt. A leftover
would cover the next finding that happens to match it.

## Fix
Remove the entry, or correct its `rule`, `address` or `paths`. `domicile scan` shows the address
of every finding. Only a scan of the whole working directory with all rules looks for this.
""",
)

UNREADABLE = _rule(
    "DOM904",
    "ignore-not-readable",
    Severity.MEDIUM,
    "Ignore comment covers nothing as it is written",
    """\
## Why
The comment names no rule, or its last day is no date. It is not guessed at: what it should
cover stays reported.

## Fix
Name the rules in brackets, and write the day as year, month, day:

    # domicile: ignore[DOM101, DOM102] moves with the crm, until 2027-01-31
""",
)

BINDS_NOTHING = _rule(
    "DOM905",
    "residency-binds-nothing",
    Severity.LOW,
    "Residency binds no resource",
    """\
## Why
A residency that no resource falls under is never broken. A misspelt path, or a label that
nobody sets, looks the same as a tree that keeps the rule.

## Fix
Compare `where` and `data` with what `domicile inventory` shows, and correct or remove the
entry. Only a scan of the whole working directory looks for this.
""",
)

HYGIENE: tuple[Rule, ...] = (EXPIRED, WITHOUT_REASON, WITHOUT_EFFECT, UNREADABLE, BINDS_NOTHING)
