"""The comparison with tfparse counts what it should; run by ``make oracle``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trivy
import values
from compared import compare

from scanner.model import Unknown
from scanner.sources.terraform.values import BlockValue

UNKNOWN = Unknown("no default")


def states(ours: Any, theirs: Any) -> list[tuple[str, str]]:
    return [(leaf.state, leaf.path) for leaf in compare(ours, theirs)]


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("a", "a", "equal"),
        ("a", "b", "differ"),
        (1, 1.0, "equal"),
        (1, "1", "differ"),
        (True, 1, "differ"),
        (True, "true", "differ"),
        ("a", Unknown("null"), "ours"),
        (None, Unknown("null"), "neither"),
        (None, "a", "differ"),
        (UNKNOWN, "a", "theirs"),
        (UNKNOWN, Unknown("null"), "neither"),
        (UNKNOWN, {}, "neither"),
        ("a", {}, "ours"),
        ({}, {}, "equal"),
        ([], {}, "ours"),
        ([], ["a"], "differ"),
        (["a"], ["a", "b"], "differ"),
        ([UNKNOWN], [], "differ"),
    ],
)
def test_a_leaf(ours: Any, theirs: Any, expected: str) -> None:
    assert states(ours, theirs) == [(expected, "")]


def test_maps_and_lists_are_compared_by_their_leaves() -> None:
    ours = {"a": 1, "l": ["x", UNKNOWN], "mine": "m"}
    theirs = {"a": 2, "l": ["x", "y"], "other": "o"}
    assert states(ours, theirs) == [
        ("differ", "a"), ("equal", "l[0]"), ("theirs", "l[1]"), ("ours", "mine"), ("theirs", "other"),
    ]  # fmt: skip


def test_blocks_are_paired_by_likeness_and_lost_ones_are_told() -> None:
    ours = [BlockValue(name="a", port=1), BlockValue(name="b", port=2), BlockValue(name="c")]
    theirs = [BlockValue(name="b", port=2), BlockValue(name="a", port=3)]
    assert sorted(states({"rule": ours}, {"rule": theirs})) == [
        ("blocks", "rule"), ("differ", "rule[0].port"), ("equal", "rule[0].name"),
        ("equal", "rule[1].name"), ("equal", "rule[1].port"), ("ours", "rule[2].name"),
    ]  # fmt: skip


def test_ids_of_blocks_are_not_compared() -> None:
    assert states(BlockValue(id="mine", a=1), BlockValue(a=1)) == [("equal", "a")]
    assert states({"tags": {"id": "x"}}, {"tags": {"id": "x"}}) == [("equal", "tags.id")]


def test_what_tfparse_prints_for_what_it_did_not_resolve() -> None:
    meta = {"filename": "main.tf"}
    printed = {
        "__tfmeta": meta,
        "id": "made up",
        "count": 2,
        "name": "n",
        "none": None,
        "gone": {"__attribute__": "var.x", "__name__": "x"},
        "template": "x-${var.x}",
        "arn": "arn::iam::aws:policy/A",
        "here": "/srv/tree/sub",
        "map": {"${var.x}": 1},
        "one": {"__tfmeta": meta, "id": "made up", "a": 1},
        "two": [{"__tfmeta": meta, "a": 1}, {"__tfmeta": meta, "a": 2}],
    }
    read = trivy.read(printed, "/srv/tree", top=True)
    unknown = {name for name, value in read.items() if isinstance(value, Unknown)}
    assert unknown == {"none", "gone", "template", "arn", "here", "map"}
    known = {name: value for name, value in read.items() if name not in unknown}
    assert known == {"name": "n", "one": [{"a": 1}], "two": [{"a": 1}, {"a": 2}]}


def test_an_unknown_key_is_the_instance_that_tfparse_assumes() -> None:
    mine = {"t.a[*]": {"x": 1}, "t.b[0]": {"x": 2}}
    other = {"t.a[0]": {"x": 1}, "t.b": {"x": 3}}
    found = {(address, ours != values.ABSENT) for address, ours, _ in values.matched(mine, other)}
    assert found == {("t.a[*]", True), ("t.b", False), ("t.b[0]", True)}


def test_a_disagreement_that_is_not_listed_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    attributes = {f"a{n}": n for n in range(999)}
    monkeypatch.setattr(values, "ours", lambda _: {tmp_path: {"t.x": {**attributes, "b": "mine"}}})
    monkeypatch.setattr(
        trivy, "resources", lambda *_: iter([{"t.x": {**attributes, "b": "other"}}])
    )
    text = f'{tmp_path.name}/.\tt.x\tb\t"mine"\t"other"'
    for verdicts, good in (({}, False), ({text: "ours"}, True), ({text: "theirs"}, True)):
        found = values.tally(tmp_path, verdicts)
        assert found.agreement() == pytest.approx(0.999)
        assert values.report(tmp_path, found, verdicts) is good
    assert f"not listed: {text}" in capsys.readouterr().out
    found = values.tally(tmp_path, {text: "made up"})
    assert found.agreement() == 1
    assert found.resolved() == (1000, 999)


def test_too_little_agreement_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(values, "ours", lambda _: {tmp_path: {"t.x": {"a": 1, "b": 1}}})
    monkeypatch.setattr(trivy, "resources", lambda *_: iter([{"t.x": {"a": 1, "b": 2}}]))
    verdicts = {f"{tmp_path.name}/.\tt.x\tb\t1\t2": "ours"}
    assert not values.report(tmp_path, values.tally(tmp_path, verdicts), verdicts)


def test_resolving_fewer_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(values, "ours", lambda _: {tmp_path: {"t.x": {"a": 1, "b": UNKNOWN}}})
    monkeypatch.setattr(trivy, "resources", lambda *_: iter([{"t.x": {"a": 1, "b": 2}}]))
    assert not values.report(tmp_path, values.tally(tmp_path, {}), {})


def test_the_list_has_a_verdict_for_every_line() -> None:
    found = values.listed()
    assert set(found.values()) <= values.VERDICTS
    assert "theirs" not in found.values()
