"""Expressions, against what Terraform 1.11 itself answered (2026-11-26).

``fixtures/sources/terraform/expressions.json`` holds pairs of an expression and Terraform's
answer, and the files that expressions read; ``refused`` is an error, or a value that is known
after apply. ``differs`` are those that are answered otherwise on purpose, each with its reason.
`benchmarks/oracle/record.py` writes it, `make oracle` asks again. ``opentofu.json`` holds what only OpenTofu has, by its documentation or derived from it.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from benchmarks.oracle.console import REFUSED, plain, same
from scanner.model import Unknown
from scanner.sources.terraform.functions import FORMS, IMPURE, functions
from scanner.sources.terraform.functions.files import FILES
from scanner.sources.terraform.instance import ModuleInstance
from scanner.sources.terraform.run import Run
from scanner.sources.terraform.variables import Values

TABLES = Path(__file__).parent.parent / "fixtures" / "sources" / "terraform"
RECORDED = json.loads((TABLES / "expressions.json").read_text("utf-8"))
OPENTOFU = json.loads((TABLES / "opentofu.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Any, Any]]:
    """Return (expression, Terraform's answer, ours)."""
    return answered(tmp_path_factory.mktemp("expressions"), RECORDED["cases"])


def answered(folder: Path, cases: list[Any]) -> list[tuple[str, Any, Any]]:
    for name, data in RECORDED["files"].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(base64.b64decode(data))
    for number, (source, *_) in enumerate(cases):
        text = f"locals {{\n  e{number} = {source}\n}}\n"
        (folder / f"e{number}.tf").write_bytes(text.encode("utf-8", "surrogatepass"))
    values = evaluated(folder)
    return [(source, theirs, values(f"e{n}")) for n, (source, theirs, *_) in enumerate(cases)]


def evaluated(folder: Path) -> Any:
    run = Run(folder, [])
    module = run.module(".")
    assert module is not None
    instance = ModuleInstance(run, module, "u")
    instance.values = Values()
    return lambda name: instance.local(name) if name in module.locals else Unknown("no HCL")


def test_answers_are_those_of_terraform(answers: list[tuple[str, Any, Any]]) -> None:
    assert differing(answers) == []
    assert len(answers) > 2000
    assert sum(theirs != REFUSED for _, theirs, _ in answers) > 1500


def test_what_is_listed_as_different_still_differs(tmp_path: Path) -> None:
    cases = RECORDED["differs"]
    assert 30 < len(cases) < 80
    assert all(reason for _, _, reason in cases)
    for source, theirs, mine in answered(tmp_path, cases):
        if theirs is None:  # it depends on the machine or the moment
            assert plain(mine) == REFUSED, source
        else:
            assert not same(theirs, plain(mine)), source


def differing(answers: list[tuple[str, Any, Any]]) -> list[str]:
    return [
        f"{source!r}: Terraform {theirs!r}, ours {plain(mine)!r}"
        for source, theirs, mine in answers
        if not same(theirs, plain(mine))
    ]


def test_answers_are_those_of_opentofu(tmp_path: Path) -> None:
    assert {basis for _, _, basis in OPENTOFU} == {"documentation", "derived"}
    assert differing(answered(tmp_path, OPENTOFU)) == []


def test_every_function_is_known_and_has_cases() -> None:
    listed = json.loads((TABLES / "functions.json").read_text("utf-8"))
    names = {tool: set(part["functions"]) for tool, part in listed.items()}
    assert len(names["terraform"]) == 118
    known = {*functions(), *FILES, *FORMS, *IMPURE}
    assert names["terraform"] | names["opentofu"] == known
    cases = [source for source, *_ in [*RECORDED["cases"], *OPENTOFU]]
    called = Counter(
        name for source in cases for name in set(re.findall(r"(?<![\w.])([a-z]\w*)\s*\(", source))
    )
    assert {name: called[name] for name in known - set(IMPURE) if called[name] < 5} == {}


@pytest.mark.parametrize("name", sorted(IMPURE))
def test_what_the_source_does_not_decide_is_unknown(tmp_path: Path, name: str) -> None:
    (tmp_path / "main.tf").write_text(f'locals {{\n  x = {name}("a")\n}}\n')
    found = evaluated(tmp_path)("x")
    assert isinstance(found, Unknown)
    assert name in found.reason
    assert found.candidates is None


def test_every_unknown_says_why(answers: list[tuple[str, Any, Any]]) -> None:
    for source, _, mine in answers:
        if isinstance(mine, Unknown):
            assert mine.reason, source


_NAMES = st.sampled_from(
    ["local.a", "local.b", "local.u", "var.none", "1", '"x"', "null", "[]", "{}"]
)
_EXPRESSIONS = st.recursive(
    _NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "==", "&&", "<"]), inner).map(" ".join),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} ? {t[1]} : {t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"[{t[0]}, {t[1]}]"),
        st.tuples(inner, inner).map(lambda t: "{(" + t[0] + ") = " + t[1] + "}"),
        st.tuples(inner, inner).map(lambda t: f"[for x in {t[0]} : {t[1]}]"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]})[{t[1]}]"),
        st.tuples(st.sampled_from(["length", "jsonencode", "keys", "toset", "flatten", "try", "upper"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(st.sampled_from(["merge", "lookup", "contains", "coalesce", "concat"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        inner.map(lambda t: '"a${' + t + '}b"'),
    ),
    max_leaves=12,
)  # fmt: skip


@examples(max_examples=150, deadline=None)
@given(_EXPRESSIONS)
def test_whatever_is_written_is_a_value_or_an_unknown(
    tmp_path_factory: pytest.TempPathFactory, expression: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "main.tf").write_text(
        'variable "none" {}\nvariable "one" {\n  validation {\n'
        '    condition = contains(["x", "y"], var.one)\n    error_message = "no"\n  }\n}\n'
        'locals {\n  a = ["p", "q"]\n  b = { k = 1 }\n  u = var.one\n'
        f"  result = {expression}\n}}\n"
    )
    value = evaluated(folder)("result")
    stack = [value]
    while stack:
        item = stack.pop()
        assert item is None or isinstance(item, bool | int | float | str | list | dict | Unknown)
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            assert all(isinstance(key, str) for key in item)
            stack.extend(item.values())
