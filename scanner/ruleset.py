"""All rules of a run, of both languages, built in and the user's own, as one tuple."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scanner import builtin, python_rules
from scanner.errors import RuleError, UsageError
from scanner.rego import rules as rego_rules
from scanner.rule import Rule

if TYPE_CHECKING:
    from scanner.settings import Settings


def load(settings: Settings) -> tuple[Rule, ...]:
    """Return the selected rules by id. Raises RuleError for a rule that cannot be used, and
    UsageError for a folder or a selector that names nothing.
    """
    found = _distinct(_all(settings))
    chosen = list(found)
    if settings.select:
        chosen = [rule for rule in found if _selected(rule, settings.select)]
    chosen = [rule for rule in chosen if not _selected(rule, settings.ignore)]
    for selector in (*settings.select, *settings.ignore):
        if not any(rule.matches(selector) for rule in found):
            raise _unknown(selector, found)
    if not chosen:
        raise UsageError(
            "no rule is left to judge with", hint="--select and --ignore leave out all of them"
        )
    return tuple(sorted(chosen, key=lambda rule: (rule.id.rstrip("0123456789"), _number(rule))))


def _all(settings: Settings) -> Iterator[Rule]:
    from scanner.policy.hygiene import HYGIENE

    yield from python_rules.load(builtin.folder("rules"))
    rego = builtin.folder("rego")
    yield from rego_rules.load([rego], keep=settings.cache)
    yield from HYGIENE
    for given in settings.rules:
        folder = settings.root / given
        if not folder.is_dir():
            raise UsageError(f"--rules {given}: no such folder", hint="give a folder of rules")
        own = [
            *python_rules.load(folder),
            *rego_rules.load([folder], library=rego / "lib", keep=settings.cache),
        ]
        if not own:
            raise UsageError(
                f"--rules {given}: no rules in it",
                hint="a rule is a .py file with @rule, or a .rego file with METADATA",
            )
        yield from own


def _distinct(rules: Iterable[Rule]) -> list[Rule]:
    by_id: dict[str, Rule] = {}
    by_name: dict[str, Rule] = {}
    for rule in rules:
        other = by_id.get(rule.id) or by_name.get(rule.name)
        if other is not None:
            same = f"id {rule.id}" if other.id == rule.id else f"name {rule.name!r}"
            raise RuleError(
                f"two rules have the {same}: {other.file} and {rule.file}",
                hint="give one of them another",
            )
        by_id[rule.id] = by_name[rule.name] = rule
    return list(by_id.values())


def _selected(rule: Rule, selectors: Iterable[str]) -> bool:
    return any(rule.matches(selector) for selector in selectors)


def _unknown(selector: str, rules: Iterable[Rule]) -> UsageError:
    from scanner.geography.words import nearest

    close = nearest(selector, [word for rule in rules for word in (rule.id, rule.name)])
    hint = f"did you mean {close!r}?" if close else "`domicile rules` lists them"
    return UsageError(f"no rule is called {selector!r}", hint=hint)


def _number(rule: Rule) -> int:
    return int(rule.id[len(rule.id.rstrip("0123456789")) :])
