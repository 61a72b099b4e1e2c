"""Functions and operators: what Terraform 1.11 answers, and input that wants a hang or a crash.

The truths were read off `terraform console`; `make oracle` asks it about many more.
"""

from __future__ import annotations

import base64
import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.model import Unknown
from scanner.sources.terraform.apply import call
from scanner.sources.terraform.functions import IMPURE, functions
from scanner.sources.terraform.functions.files import glob_match
from scanner.sources.terraform.functions.patterns import matches
from scanner.sources.terraform.instance import ModuleInstance
from scanner.sources.terraform.run import Run
from scanner.sources.terraform.values import (
    EvaluationError,
    SetValue,
    Undecided,
    holds_unknown,
)
from scanner.sources.terraform.variables import Values


def evaluate(folder: Path, expression: str, more: str = "") -> Any:
    (folder / "main.tf").write_text(f"{more}\nlocals {{\n  x = {expression}\n}}\n", "utf-8")
    run = Run(folder, [])
    module = run.module("")
    assert module is not None
    instance = ModuleInstance(run, module, "u")
    instance.values = Values()
    return instance.local("x")


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ('"a${0.1 + 0.2}"', "a0.3"),
        ('"a${1e21}"', "a1000000000000000000000"),
        ('"a${1e-7}"', "a0.0000001"),
        ("12345678901234567890 + 1", 12345678901234567891),
        ("-7 % 3", -1),
        ('true ? 1 : "a"', "1"),
        ('true ? [1, 2] : ["a"]', ["1", "2"]),
        ('true ? {a = 1, b = "x"} : {}', {"a": "1", "b": "x"}),
        ("true ? 1 : null", 1),
        ('tolist(["a", 1, true])', ["a", "1", "true"]),
        ('tomap({a = [1], b = ["x"]})', {"a": ["1"], "b": ["x"]}),
        ('coalesce(1, "a")', "1"),
        ('distinct([1, "1"])', ["1"]),
        ('[for k, v in toset(["b", "a"]) : k]', ["a", "b"]),
        ('{null = "a", true = "b", 1 = "c"}', {"null": "a", "true": "b", "1": "c"}),
        ("[{a = [{b = 1}, {b = 2}]}, {a = [{b = 3}]}][*].a[*].b", [[1, 2], [3]]),
        ("[{a = [1, 2]}, {a = [3, 4]}].*.a[0]", [1, 2]),
        ("[{a = [1, 2]}, {a = [3, 4]}].*.a.0", [1, 3]),
        ("[{a = [{b = 1}]}][*].a.*.b", [[1]]),
        ('title("it\'s a_b c-d")', "It'S A_b C-D"),
        ('upper("ß")', "ß"),
        ('length("e\\u0301")', 1),
        ('substr("👩‍👩‍👧x", 0, 1)', "👩‍👩‍👧"),
        ('strrev("e\\u0301x")', "x\u00e9"),
        ('format("%v %v", 1000000, 0.00001)', "1e+06 1e-05"),
        ('format("%s", 1000000)', "1000000"),
        ('format("%4.1f|%.0f", 2.55, 2.5)', " 2.5|2"),
        ('format("%#x %#o %08.3f %5.3d", 255, 8, -3.14159, 3)', "0xff 010 -003.142   003"),
        ('format("%05s|%-5t|%5[1]s", "a", true)', "0000a|true|    a"),
        ('jsonencode("<a> & \\u2028")', '"\\u003ca\\u003e \\u0026 \\u2028"'),
        ('yamldecode("a: 017\\nb: 1:30\\nc: yes\\nd: 1_0\\ne: 1e3")',
         {"a": 17, "b": "1:30", "c": True, "d": "1_0", "e": 1000}),
        ('yamldecode("a: 2020-01-01")', {"a": "2020-01-01T00:00:00Z"}),
        ('yamlencode({a = "x\\ny\\n", b = [" p\\nq"]})',
         '"a": |\n  x\n  y\n"b":\n- |2-\n   p\n  q\n'),
        ('csvdecode("a,b\\n\\n\\"x,\\"\\"y\\",2\\n")', [{"a": 'x,"y', "b": "2"}]),
        ('parseint("aA", 62)', 656),
        ("pow(10, 25)", 10**25),
        ('cidrhost("010.0.0.0/8", 1)', "10.0.0.1"),
        ('formatdate("h\'h\'mm YY\'\'D", "2018-01-02T23:12:01Z")', "23h12 18'2"),
        ('regexall("x*", "axb")', ["", "x", ""]),
        ('regex("\\\\Q.*\\\\E", "a.*b")', ".*"),
        ('regex("(?i)HELLO|b", "hello")', "hello"),
        ('regex("[^[:^digit:]]+", "a12")', "12"),
        ('replace("hello", "/(?P<x>l+)/", "[$${x}$1x]")', "he[ll]o"),
        ('textencodebase64("é", "UTF-16")', "/v8A6Q=="),
        ('timeadd("2017-11-22T00:00:00.5Z", "-1.5h")', "2017-11-21T22:30:00Z"),
        ('element(split("-", "eu-west-1a"), 4)', "west"),
    ],
)  # fmt: skip
def test_answers(tmp_path: Path, expression: str, answer: Any) -> None:
    found = evaluate(tmp_path, expression)
    assert found == answer
    assert isinstance(found, bool) is isinstance(answer, bool)


@pytest.mark.parametrize(
    "expression",
    [
        '{for x in ["a", "a"] : x => x}', "[1, 2][1.5]", 'tonumber("inf")', 'tonumber(" 1")',
        'tonumber("1_0")', 'tobool("yes")', "tolist([1, true])", "1 / 0", "-7 % 0", "null + 1",
        'join(",")', "concat()", 'concat(toset(["a"]), ["b"])', 'format("%d", 1.5)',
        'format("%s", "a", "b")', 'format("%*d", 5, 1)', 'format("%z", 1)', 'format("%")',
        'regex("(?=a)", "a")', 'regex("(a)\\\\1", "aa")', 'regex("a++", "aa")', 'regex("a$", "a\\n")',
        'regex("\\\\w", "é")', 'regex("(?P<a>a)(b)", "ab")', 'regex("[b-a]", "a")',
        'yamldecode("a: .inf")', 'yamldecode("{a: &x [*x]}")', 'yamldecode("a: !foo 1")',
        'jsondecode("NaN")', 'csvdecode("a,a\\n1,2")', 'csvdecode("a\\n1,2")',
        'csvdecode("a\\nx\\"y")', 'base64decode("!")', 'parseint("0x1", 16)', "range(1, 4, -1)",
        'cidrnetmask("fd00::/8")', 'timecmp("2017-11-22t00:00:00z", "2017-11-22T00:00:00Z")',
        'formatdate("MMMMM", "2018-01-02T23:12:01Z")', "signum(1.5)", 'indent(-1, "a")',
        "can()", "nosuch(1)", 'upper("a", "b")',
    ],
)  # fmt: skip
def test_what_terraform_refuses_is_unknown_with_a_reason(tmp_path: Path, expression: str) -> None:
    found = evaluate(tmp_path, expression)
    assert isinstance(found, Unknown)
    assert found.reason
    assert found.candidates is None
    # A refusal is what `try` and `can` are about.
    assert evaluate(tmp_path, f'try({expression}, "other")') == "other"


def test_every_function_of_terraform_is_known() -> None:
    elsewhere = {"try", "can", "templatefile", "templatestring"}
    wanted = """abs abspath alltrue anytrue base64decode base64encode base64gzip base64sha256
        base64sha512 basename bcrypt can ceil chomp chunklist cidrhost cidrnetmask cidrsubnet
        cidrsubnets coalesce coalescelist compact concat contains csvdecode dirname distinct
        element endswith ephemeralasnull file filebase64 filebase64sha256 filebase64sha512
        fileexists filemd5 fileset filesha1 filesha256 filesha512 flatten floor format formatdate
        formatlist indent index issensitive join jsondecode jsonencode keys length log lookup lower
        matchkeys max md5 merge min nonsensitive one parseint pathexpand plantimestamp pow range
        regex regexall replace reverse rsadecrypt sensitive setintersection setproduct setsubtract
        setunion sha1 sha256 sha512 signum slice sort split startswith strcontains strrev substr
        sum templatefile templatestring textdecodebase64 textencodebase64 timeadd timecmp timestamp
        title tobool tolist tomap tonumber toset tostring transpose trim trimprefix trimspace
        trimsuffix try upper urlencode uuid uuidv5 values yamldecode yamlencode zipmap"""
    from scanner.sources.terraform.functions.files import FILES

    assert set(wanted.split()) <= {*functions(), *IMPURE, *FILES, *elsewhere}


HOSTILE = {
    "a range": "range(1e9)",
    "nested loops": "[for a in range(900): [for b in range(900): [for c in range(900): 1]]]",
    "calls in loops": "[for a in range(900): [for b in range(900): contains(range(900), b)]]",
    "loops in a template": '"' + "%{ for a in range(900) }" * 3 + "x" + "%{ endfor }" * 3 + '"',
    "backtracking": f'regex("^(a+)+$", "{"a" * 60}!")',
    "backtracking loop": f'replace("{"a" * 60}!", "/^(a|a)*$/", "")',
    "nested repetitions": 'regex("((a{1000}){1000}){1000}", "a")',
    "a wide format": 'format("%999999999d", 1)',
    "a precise format": 'format("%.999999999f", 1)',
    "a far argument": 'format("%[99999999999999999999]d", 1)',
    "an indent": 'indent(1000000000, "a\\nb")',
    "a replacement": 'replace(join("", range(1000)), "", join("", range(1000)))',
    "a power": "pow(pow(10, 300), 300)",
    "an exponent": "1e999999999",
    "a written exponent": 'tonumber("1e999999999999999999999")',
    "a small number": 'tonumber("1e-999999999999999999999")',
    "digits": "9" * 5_000,
    "brackets": "(" * 5_000 + "1" + ")" * 5_000,
    "lists": "[" * 5_000 + "]" * 5_000,
    "negations": "-" * 5_000 + "1",
    "sums": "+".join(["1"] * 20_000),
    "conditionals": "true ? 1 : " * 3_000 + "2",
    "attributes": "{}" + ".a" * 20_000,
    "splats": "[1]" + ".*.a" * 3_000,
    "a product": "setproduct(range(1000), range(1000), range(1000))",
    "deep YAML": f'yamldecode("{"[" * 5_000}{"]" * 5_000}")',
    "deep JSON": f'jsondecode("{"[" * 100_000}")',
    "aliases": 'jsonencode(yamldecode("a: &a [x,x,x,x,x,x,x,x,x,x]\\n'
    + "".join(
        f"{after}: &{after} [{','.join(['*' + before] * 10)}]\\n"
        for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + '"))',
    "braces": f'fileset(".", "{"{a,b}" * 30}")',
    "a template of itself": 'templatefile("self.tftpl", {})',
}
ENDS = frozenset({"splats", "lists", "sums", "backtracking", "backtracking loop"})
"""Hostile, and still small enough to be answered."""


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_expressions_end_as_unknown(tmp_path: Path, case: str) -> None:
    include = '${templatefile("self.tftpl", {})}'
    (tmp_path / "self.tftpl").write_text(include * 2)
    started = time.monotonic()
    found = evaluate(tmp_path, HOSTILE[case])
    assert time.monotonic() - started < 30
    assert case in ENDS or isinstance(found, Unknown)
    if isinstance(found, Unknown):
        assert found.reason


def test_what_is_given_up_is_no_refusal(tmp_path: Path) -> None:
    # Terraform may well have an answer: neither the other argument nor false is one.
    for expression in ('try(format("%99999d", 1), "other")', 'can(format("%99999d", 1))'):
        assert isinstance(evaluate(tmp_path, expression), Unknown)
    assert evaluate(tmp_path, "can(range(1025))") is False


def test_parts_that_are_shared_are_not_walked_through(tmp_path: Path) -> None:
    levels = "\n".join(f"  l{n} = [local.l{n - 1}, local.l{n - 1}]" for n in range(1, 60))
    more = f"locals {{\n  l0 = [1]\n{levels}\n}}"
    for expression in ("jsonencode(local.l59)", "flatten(local.l59)", "local.l59 == local.l58"):
        assert holds_unknown(evaluate(tmp_path, expression, more))
    assert evaluate(tmp_path, "length(local.l59)", more) == 2


BOUNDED = 'variable "r" {\n  validation {\n    condition = contains(["eu", "us"], var.r)\n    error_message = "no"\n  }\n}'  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "candidates"),
    [
        ("var.r", {"eu", "us"}),
        ("upper(var.r)", {"EU", "US"}),
        ('"${var.r}-1"', {"eu-1", "us-1"}),
        ('{eu = "a", us = "b"}[var.r]', {"a", "b"}),
        ('lookup({eu = "a"}, var.r, "z")', {"a", "z"}),
        ('var.r == "eu" ? "a" : "b"', {"a", "b"}),
        ('format("%s/%s", var.r, "x")', {"eu/x", "us/x"}),
        ('replace(var.r, "/^e/", "E")', {"Eu", "us"}),
        ('var.r == "eu"', {True, False}),
    ],
)
def test_unknowns_keep_their_candidates(
    tmp_path: Path, expression: str, candidates: set[Any]
) -> None:
    found = evaluate(tmp_path, expression, BOUNDED)
    assert isinstance(found, Unknown)
    assert found.candidates is not None
    assert set(found.candidates) == candidates


def test_a_collection_is_no_text_whatever_is_unknown_in_it(tmp_path: Path) -> None:
    more = 'variable "v" {\n}\nlocals {\n  l = [{ id = var.v, name = "n" }]\n}\n'
    found = evaluate(tmp_path, "try(jsondecode(local.l), local.l)[0].name", more)
    assert found == "n"
    assert evaluate(tmp_path, "can(tostring(local.l))", more) is False
    assert isinstance(evaluate(tmp_path, "try(jsondecode(var.v), 1)", more), Unknown)


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("basename(path.cwd)", "live"),
        ('"x-${basename(path.cwd)}"', "x-live"),
        ("basename(dirname(path.cwd))", "eu"),
        ("basename(abspath(path.module))", "live"),
        ('basename(abspath("${path.module}/.."))', "eu"),
        ('basename("${path.cwd}/../other")', "other"),
        ('file("${path.cwd}/sub/a.txt")', "text"),
        ('templatefile("${path.cwd}/sub/a.txt", {})', "text"),
        ('file(abspath("sub/a.txt"))', "text"),
        ('fileexists("${abspath(path.root)}/../live/sub/a.txt")', True),
        ('tolist(fileset(path.cwd, "sub/*"))[0]', "sub/a.txt"),
    ],
)
def test_an_absolute_path_is_known_from_the_top_of_the_tree_on(
    tmp_path: Path, expression: str, answer: Any
) -> None:
    assert _in_live(tmp_path, expression) == answer


@pytest.mark.parametrize(
    "expression",
    [
        "path.cwd",
        '"${path.cwd}/x"',
        '"${path.cwd}-x"',
        '"x${path.cwd}"',
        "abspath(path.root)",
        "dirname(path.cwd)",
        "basename(dirname(dirname(path.cwd)))",
        "basename(dirname(dirname(dirname(path.cwd))))",
        'file("${path.cwd}/../../../outside.txt")',
        '"${path.cwd}/${uuid()}"',
    ],
)
def test_where_a_checkout_lies_is_unknown(tmp_path: Path, expression: str) -> None:
    (tmp_path.parent / "outside.txt").write_text("outside")
    found = _in_live(tmp_path, expression)
    assert isinstance(found, Unknown)
    assert found.candidates is None


@pytest.mark.parametrize(
    "expression",
    ["var", "local", "module", "data", "data.aws_region", "aws_instance", 'data["aws_region"]'],
)
def test_a_name_that_leads_to_values_is_none_itself(tmp_path: Path, expression: str) -> None:
    more = 'variable "v" {\n  default = "a"\n}\nlocals {\n  y = ' + expression + "\n}\n"
    for written in (
        expression,
        f"try({expression}, 1)",
        f"{expression} == null",
        f"{expression}[*]",
        f"element([{expression}], 0)",
        "local.y.v",
        f"true ? {expression} : 1",
    ):
        found = evaluate(tmp_path, written, more)
        assert isinstance(found, Unknown), written
        assert "a name that leads" in found.reason
    assert evaluate(tmp_path, '[var.v, var["v"]]', more) == ["a", "a"]


def _in_live(tmp_path: Path, expression: str) -> Any:
    folder = tmp_path / "eu" / "live"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.txt").write_text("text")
    (folder / "main.tf").write_text(f"locals {{\n  x = {expression}\n}}\n", "utf-8")
    run = Run(tmp_path, [])
    module = run.module("eu/live")
    assert module is not None
    instance = ModuleInstance(run, module, "u")
    instance.values = Values()
    return instance.local("x")


def test_an_answer_that_is_the_same_for_all_candidates_is_known(tmp_path: Path) -> None:
    assert evaluate(tmp_path, "length(var.r)", BOUNDED) == 2
    assert evaluate(tmp_path, 'contains(["eu", "us", "ap"], var.r)', BOUNDED) is True


@pytest.mark.parametrize(
    ("name", "pattern", "found"),
    [
        ("a/b/c.txt", "**/*.txt", True), ("c.txt", "**/*.txt", True), ("a/c.txt", "*.txt", False),
        ("a/b", "a/**", True), ("a", "a/**", True), ("b/a", "a/**", False), ("x.tf", "{a,x}.tf", True),
        ("a/b/c", "a/**/**/c", True), ("data", "[^x]ata", True), ("data", "[!d]ata", True), ("a*", "a\\*", True), ("ab", "a\\*", False),
        ("a/" * 40 + "b", "**/a/" * 12 + "c", False),
    ],
)  # fmt: skip
def test_globs(name: str, pattern: str, found: bool) -> None:
    assert glob_match(name, pattern) is found


@pytest.mark.parametrize("call", ["basename()", 'abspath("a", "b")', "file()", 'fileset(".")'])
def test_a_path_function_without_its_arguments_is_refused(tmp_path: Path, call: str) -> None:
    found = evaluate(tmp_path, call)
    assert isinstance(found, Unknown)
    assert "arguments" in found.reason


def test_a_map_without_elements_is_no_object(tmp_path: Path) -> None:
    tags = 'variable "tags" {\n  type    = map(string)\n  default = {}\n}\n'
    assert evaluate(tmp_path, "var.tags == {}", tags) is False
    assert evaluate(tmp_path, "length(var.tags) == 0", tags) is True


def test_conditionals_over_large_values_come_to_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = "locals {\n  big = range(1000)\n}\n"
    chosen = '[for i in range(50) : true ? local.big : ["x"]]'
    assert evaluate(tmp_path, chosen, big)[49][999] == "999"
    monkeypatch.setattr("scanner.sources.terraform.run.MAX_STEPS", 20_000)
    found = evaluate(tmp_path, chosen, big)
    assert isinstance(found, Unknown)
    assert "too many steps" in found.reason


def test_a_key_in_another_format_is_named(tmp_path: Path) -> None:
    # Synthetic: not a real credential.
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\\nAAAA\\n-----END OPENSSH PRIVATE KEY-----\\n"
    found = evaluate(tmp_path, f'rsadecrypt("aGk=", "{key}")')
    assert isinstance(found, Unknown)
    assert "format" in found.reason


KEYS = Path(__file__).parent.parent / "benchmarks/oracle/folder/keys"
SEALED = next(
    case[0].split('"')[1]
    for case in json.loads(
        (KEYS.parents[3] / "fixtures/sources/terraform/expressions.json").read_text("utf-8")
    )["cases"]
    if case[0].startswith("rsadecrypt(") and "pkcs1" in case[0] and case[1] not in {"refused", ""}
)
"""A text that the synthetic key among the fixtures opens."""


def test_what_a_private_key_opens_is_kept_out_of_reports(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes((KEYS / "pkcs1.pem").read_bytes())
    (tmp_path / "main.tf").write_text(
        f'locals {{\n  x = rsadecrypt("{SEALED}", file("key.pem"))\n}}\n'
    )
    run = Run(tmp_path, [])
    module = run.module("")
    assert module is not None
    instance = ModuleInstance(run, module, "u")
    instance.values = Values()
    assert instance.local("x") in run.sensitive


def test_private_keys_are_not_used_without_end(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes((KEYS / "pkcs1.pem").read_bytes())
    found = evaluate(tmp_path, f'[for n in range(900) : rsadecrypt("{SEALED}", file("key.pem"))]')
    assert isinstance(found, Unknown)
    assert "too many steps" in found.reason


def test_what_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    packed = base64.b64encode(gzip.compress(b"a" * 5_000_000)).decode()
    found = evaluate(tmp_path, f'base64gunzip("{packed}")')
    assert isinstance(found, Unknown)
    assert "too large" in found.reason


_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 70), st.sampled_from([0.5, -1.5, 10**30, 1e-9]),
    st.sampled_from(
        ["", "a", "é", "x,y", "%d", "%s-%[2]v", "1", "2", "true", "[1]", "{a: *b}", "(a+)+$",
         "10.0.0.0/8", "fd00::/8", "2018-01-02T23:12:01Z", "1h", "YYYY'", "\ud800", "\n", "/a/"]
    ),
    st.just(Unknown("not known")), st.just(Unknown("one of", "v", ("a", "1"))),
)  # fmt: skip
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(SetValue),
        st.dictionaries(st.sampled_from(["a", "b", "é"]), inner, max_size=3),
    ),
    max_leaves=6,
)


@settings(max_examples=1_500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(functions())), st.lists(_VALUES, max_size=4))
def test_a_function_has_a_value_or_an_evaluation_error(name: str, arguments: list[Any]) -> None:
    try:
        found = call(functions()[name], arguments)
    except EvaluationError:
        return
    stack = [found]
    while stack:
        item = stack.pop()
        assert item is None or isinstance(item, bool | int | float | str | list | dict | Unknown)
        stack.extend(item.values() if isinstance(item, dict) else item if isinstance(item, list) else [])  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="ab01()[]{}|*+?.^$\\dwspPxQEU:<>-,imz&~", max_size=14))
def test_any_pattern_matches_or_is_refused(pattern: str) -> None:
    try:
        found = matches(pattern, "ab01 ab")
    except (EvaluationError, Undecided):
        return
    assert all(0 <= match.start() <= match.end() <= 7 for match in found)
