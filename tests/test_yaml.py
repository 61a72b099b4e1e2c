"""The YAML reader: values, exact spans, and what it says about text that is none."""

from __future__ import annotations

import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Span
from scanner.sources.yaml import MAX_BYTES, Dialect, Document, documents
from scanner.sources.yaml.scalars import plain


def one(text: str | bytes, dialect: Dialect = "go") -> Document:
    (document,) = documents(text, "f.yaml", dialect)
    return document


def written(document: Document, span: Span) -> str:
    """Return the text that a span covers."""
    lines = document.text.split("\n")[span.line - document.line : span.end_line - document.line + 1]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", True), ("off", False), ("y", True), ("N", False), ("true", True), ("tRue", "tRue"),
        ("", None), ("~", None), ("null", None), ("nil", "nil"),
        ("0777", 511), ("0o17", 15), ("0x1F", 31), ("-0b11", -3), ("1_000", 1000), ("+12", 12),
        ("08", 8.0), ("1e3", 1000.0), (".5", 0.5), ("1.", 1.0), ("1.25.3", "1.25.3"),
        (".inf", ".inf"), (".nan", ".nan"), ("-", "-"), ("+", "+"), (".", "."), ("1e999", "1e999"),
        ("1:30", "1:30"), ("12:30:45", "12:30:45"), ("2024-01-01", "2024-01-01"),
        ("18446744073709551615", 2**64 - 1), ("18446744073709551616", 18446744073709551616.0),
        ("9" * 5000, "9" * 5000), ("١٢", "١٢"), ("eu-west-1", "eu-west-1"),
    ],
)  # fmt: skip
def test_plain_scalars_mean_what_go_says(text: str, expected: object) -> None:
    found = plain(text, "go")
    assert (type(found), found) == (type(expected), expected)


def test_norway_is_a_country_in_the_core_dialect() -> None:
    assert one("allow: [EEA, NO, yes, true]", "core").value == {"allow": ["EEA", "NO", "yes", True]}


def test_quotes_and_tags_decide() -> None:
    text = '["1", \'\', !!str 12, !!int "3", !!float 3, !!binary aGk=, !Ref Bucket, !vault 12]'
    assert one(text).value == ["1", "", "12", 3, 3.0, "hi", "Bucket", "12"]


def test_keys_keep_their_text() -> None:
    assert one('on: 1\n1: 2\ntrue: 3\n"quoted": 4\n? !!null\n: 5').value == {
        "on": 1, "1": 2, "true": 3, "quoted": 4, "": 5,
    }  # fmt: skip


SPANS = """\
# a comment
top: &anchor value # trailing
block: |
  one

  two

# another
empty:
flow: {"a.b/c": [1, 'zwei' ], ü: 3}
list:
  - name: x
    text: >-
      folded
      text


  - last
end: "é{tail}"
"""


@pytest.mark.parametrize(
    ("path", "entry", "value"),
    [
        ("top", "top: &anchor value", "&anchor value"),
        ("block", "block: |\n  one\n\n  two", "|\n  one\n\n  two"),
        ("empty", "empty:", ""),
        ('flow["a.b/c"]', "\"a.b/c\": [1, 'zwei' ]", "[1, 'zwei' ]"),
        ('flow["a.b/c"][1]', "'zwei'", "'zwei'"),
        ('flow["ü"]', "ü: 3", "3"),
        ("list[0].text", "text: >-\n      folded\n      text", ">-\n      folded\n      text"),
        ("list[0]", "name: x\n    text: >-\n      folded\n      text", None),
        ("list[1]", "last", "last"),
        ("end", 'end: "é{tail}"', '"é{tail}"'),
        ("list[0].missing", "name: x\n    text: >-\n      folded\n      text", None),
        ("list[9]", None, None),
    ],
)
def test_spans_are_exact(path: str, entry: str | None, value: str | None) -> None:
    document = one(SPANS)
    if entry is not None:
        assert written(document, document.span(path)) == entry
    if value is not None:
        assert written(document, document.value_span(path)) == value
    if entry is None:
        assert document.span(path) == document.span("list")


def test_spans_in_numbers() -> None:
    document = one("---\na: 1\n--- # second\nb:\n  c: [x]\n".replace("---\na: 1\n", "\n", 1))
    assert document.span("b.c") == Span("f.yaml", 4, 3, 4, 9)
    assert document.key_span("b.c") == Span("f.yaml", 4, 3, 4, 4)
    assert document.value_span("b.c[0]") == Span("f.yaml", 4, 7, 4, 8)
    assert document.span("nowhere") == document.header == Span("f.yaml", 3, 1, 3, 3)


def test_lines_are_those_of_editors() -> None:
    # YAML ends a line at U+2028 too; no editor and no report does.
    document = one('a: "x\u2028 y"\nb: 2\r\nc: 3\n')
    assert document.span("b") == Span("f.yaml", 2, 1, 2, 5)
    assert document.span("c") == Span("f.yaml", 3, 1, 3, 5)


def test_aliases_stand_where_they_are_written() -> None:
    document = one("base: &b {k: 1, deep: {x: z}}\nuse:\n  <<: *b\n  k: 2\nall: *b\n")
    assert document.value["use"] == {"k": 2, "deep": {"x": "z"}}
    assert document.value["all"] == {"k": 1, "deep": {"x": "z"}}
    assert document.span("use.k").line == 4
    assert written(document, document.span("use.deep.x")) == "<<: *b"
    assert written(document, document.span("all.k")) == "all: *b"
    assert document.spans["use.deep.x"] == document.span("use.deep.x")


def test_merge_order() -> None:
    text = 'a: &a {k: a, l: a}\nb: &b {k: b, m: b}\nc: {<<: [*a, *b], m: c}\nd: {"<<": x}\n'
    document = one(text)
    assert document.value["c"] == {"m": "c", "k": "a", "l": "a"}
    assert document.value["d"] == {"<<": "x"}
    assert [p.reason for p in one("a: {<<: 1}").problems] == [
        "'<<' merges something that is no mapping"
    ]


def test_values_agree_with_pyyaml() -> None:
    assert one(SPANS).value == yaml.safe_load(SPANS)


def test_a_key_written_twice_is_reported_and_the_last_counts() -> None:
    document = one("a: 1\nb: {c: 1,\n    c: 2}\n")
    assert document.value["b"] == {"c": 2}
    (problem,) = document.problems
    assert (problem.path, problem.line) == ("f.yaml", 3)
    assert problem.reason == "the key 'c' is written twice, in lines 2 and 3; the last one counts"


def test_one_bad_document_stops_no_other() -> None:
    found = documents("a: 1\n---\nb: [\n---\n# nothing\n---\n%x\n---\nc: 3\n", "f.yaml")
    assert [document.value for document in found] == [{"a": 1}, None, None, {"c": 3}]
    found = documents("a: 1\n---\nb: [\n---\n# nothing\n---\nc: 3\n--- {d: 4}\n...\n", "f.yaml")
    assert [document.value for document in found] == [{"a": 1}, None, {"c": 3}, {"d": 4}]
    assert [problem.line for problem in found[1].problems] == [3]
    assert found[2].span("c").line == 7


def test_directives_belong_to_the_document_after_them() -> None:
    assert one("%YAML 1.1\n# so\n---\na: 1\n").span("a").line == 4


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (b"a: 1\nb: caf\xe9\n", 2, "not UTF-8: the byte 0xe9"),
        ("a: 1\nb: \0\n", 2, "not YAML: it holds a NUL character"),
        ("a: 1\nb: \x07\n", 2, "not YAML: it holds the character U+0007"),
        ("a: \ud800", 1, "not YAML: it holds the character U+D800"),
        ("a:\n\tb: 1\n", 2, "not YAML: the line is indented with a tab"),
        ("a:\n  name: {{ .Values.x }}-y\n", 2, "a template: it needs rendering"),
        ("a:\n  name: {{ .Values.x }}\n", 2, "a template: it needs rendering"),
        ("{{- if .Values.on }}\na: 1\n{{- end }}\n", 1, "a template: it needs rendering"),
        ("? [a]\n: b\n", 1, "a key that is no plain text"),
        ("a: *nobody\n", 1, "the anchor &nobody is not defined"),
        ("a: &a [*a]\n", 1, "the anchor &a contains itself"),
        ("- " * 300 + "x", 1, "nested deeper than 200"),
        ("[" * 500 + "]" * 500, 1, "nested deeper than 200"),
        ("a: [1,\nb: 2\n", 2, "not YAML: while parsing a flow sequence, did not find"),
    ],
)
def test_refusals_say_where_and_why(text: str | bytes, line: int, reason: str) -> None:
    document = one(text)
    assert document.root is None
    assert [(p.line, p.reason[: len(reason)]) for p in document.problems] == [(line, reason)]


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


def chain(levels: int) -> str:
    return "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, levels))])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (bomb(9), "aliases expand to more than 500,000 values"),
        (chain(400), "aliases nested deeper than 200"),
        ("[" + "a," * 600_000 + "]", "more than 500,000 values"),
        ("? " + "k" * 100_000 + "\n: [" + "a," * 100_000 + "]", "keys too long and too deep"),
        ("---\na\n" * 20_000, "more than 10,000 documents"),
        ("a: " + "x" * 50_000_000, f"larger than {MAX_BYTES // 1024 // 1024} MiB"),
        ("[" * 1_000_000, ""),
        ("{" * 1_000_000, ""),
        ("x" * 10_000_000, None),
        ("#" * 10_000_000 + "\na: [", ""),
        ("a: |\n" + " \n" * 2_000_000, None),
        ("&a " * 100_000, ""),
        ("- &a a\n" * 100_000, None),
    ],
)  # fmt: skip
def test_hostile_text_is_refused_in_bounded_time(text: str, reason: str | None) -> None:
    started = time.process_time()
    found = documents(text, "f.yaml")
    spans = [document.header for document in found]
    assert len(spans) <= 10_001
    assert time.process_time() - started < 10
    problems = [problem.reason for problem in found[-1].problems]
    if reason is None:
        assert problems == []
    else:
        assert len(problems) == 1
        assert problems[0].startswith(reason)


def test_an_alias_bomb_below_the_bound_is_shared_not_copied() -> None:
    document = one(bomb(5))
    assert document.value["a1"][0] is document.value["a0"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=10), VALUES, max_size=5))
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read(value: dict[str, Any]) -> None:
    for flow in (True, False):
        text = yaml.safe_dump(value, default_flow_style=flow, default_style='"')
        document = one(text)
        assert document.value == value
        assert list(document.spans) == [path for path, _, _ in document.walk()]


@given(
    st.text() | st.binary() | st.text(alphabet=" \n\t-:{}[]&*!|>%'\"#?,ab<\u2028\r\0", max_size=60)
)
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    for document in documents(text, "f.yaml"):
        assert (document.root is None) <= bool(document.problems)
        for span in (document.header, *document.spans.values()):
            assert (1, 1) <= (span.line, span.column) <= (span.end_line, span.end_column)


@given(st.text(alphabet=" \n\t-:{}[]&*!|>'\"#?,ab<", max_size=40))
@settings(max_examples=200, deadline=None)
def test_both_parsers_agree(text: str) -> None:
    fast = documents(text, "f.yaml")
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(yaml, "CSafeLoader")
        slow = documents(text, "f.yaml")
    if all(document.root is not None for document in (*fast, *slow)):
        assert [document.value for document in fast] == [document.value for document in slow]
