"""Rego: what rules see, what is refused, what is cached, and what an engine's failure looks like."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner import builtin, contract
from scanner.errors import EngineError, RuleError
from scanner.geography import Area
from scanner.graph import Graph
from scanner.model import Flow, Hop, Location, Operator, Resource, Span, Written
from scanner.policy import Policy, Residency
from scanner.rego import rules as rego
from scanner.rego.cache import MOST
from scanner.rego.engine import ENGINES, Module, engine
from scanner.rego.projection import CHUNK, FLOW_FIELDS, Projector, grouped
from scanner.rule import Problem, Rule

SPAN = Span("main.tf", 1, 1, 1, 10)
HEAD = """# METADATA
# title: A rule of a test.
# description: |
#   ## Why
#   To see what the engine does.
#   ## Fix
#   Nothing is to be done about it.
# custom:
#   id: ACME1
#   severity: low
{custom}
package domicile.rules.test

import data.domicile.lib

"""


def resource(name: str, **fields: Any) -> Resource:
    given: dict[str, Any] = {
        "id": f".#aws_s3_bucket.{name}", "address": f"aws_s3_bucket.{name}", "unit": ".",
        "source": "terraform", "provider": "aws", "type": "aws_s3_bucket", "name": name,
        "kind": "object_store", "span": SPAN, "origin": Written(SPAN), **fields,
    }  # fmt: skip
    return Resource(**given)


def graph(*resources: Resource, flows: tuple[Flow, ...] = ()) -> Graph:
    return Graph({r.id: r for r in resources}, flows)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "domicile" / "rego"


def written(folder: Path, body: str, custom: str = "#   kinds: [object_store]") -> Rule:
    folder.mkdir(exist_ok=True)
    (folder / "test_rule.rego").write_text(HEAD.format(custom=custom) + body)
    [rule] = rego.load([folder], library=builtin.folder("rego") / "lib")
    return rule


def judged(rule: Rule, found: Graph, policy: Policy | None = None) -> list[Problem]:
    return list(rule.run(found, policy or Policy()))


EACH = 'deny contains lib.problem(r, "is there") if {\n\tsome r in input.resources\n}\n'


def test_a_problem_is_about_the_resource_that_it_was_said_of(tmp_path: Path) -> None:
    body = (
        'deny contains lib.at(r, "acl", sprintf("has the acl %v", [r.attributes.acl])) if {\n'
        '\tsome r in input.resources\n\tr.attributes.acl != "private"\n}\n'
        'undecided contains lib.problem(r, "has no acl") if {\n'
        "\tsome r in input.resources\n\tr.attributes.acl == null\n}\n"
    )
    rule = written(tmp_path / "r", body, "#   kinds: [object_store]\n#   reads: [attributes.acl]")
    found = graph(
        resource("a", attributes={"acl": "private"}),
        resource("b", attributes={"acl": "public"}),
        resource("c", attributes={"acl": "public"}),
        resource("d", kind="queue", attributes={"acl": "public"}),
        resource("e"),
    )
    problems = {(p.message, p.path, p.verdict) for p in judged(rule, found)}
    assert problems == {
        ("'aws_s3_bucket.b' has the acl public", "acl", "fail"),
        ("'aws_s3_bucket.c' has the acl public", "acl", "fail"),
        ("'aws_s3_bucket.e' has the acl null", "acl", "fail"),
        ("'aws_s3_bucket.e' has no acl", "", "undecided"),
    }


def test_a_location_brings_its_trail_and_its_path(tmp_path: Path) -> None:
    trail = (Hop(SPAN, "region = x"),)
    where = Location("aws", "x", countries=("DE",), trail=trail, path="region")
    body = 'deny contains lib.located(r, 0, "is somewhere") if {\n\tsome r in input.resources\n}\n'
    [problem] = judged(written(tmp_path / "r", body), graph(resource("a", locations=(where,))))
    assert (problem.path, problem.trail) == ("region", trail)


def test_strings_of_every_kind_come_back_as_they_went_in(tmp_path: Path) -> None:
    body = "deny contains lib.problem(r, r.name) if {\n\tsome r in input.resources\n}\n"
    rule = written(tmp_path / "r", body)
    names = ['"', "\\", "a\nb", "ü", "日本", "\ud800", "\u2028", "x" * 5000, "", "\t", "null", "1"]
    found = graph(*(resource(name, id=f"id{n}", address="a") for n, name in enumerate(names)))
    assert {p.message for p in judged(rule, found)} == {f"'a' {name}" for name in names}


def test_what_looks_alike_is_judged_once_and_reported_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = written(tmp_path / "r", EACH, "#   kinds: [object_store]\n#   reads: [kind]")
    asked: list[int] = []
    compiled = rego.Bundle.compiled

    def counted(bundle: rego.Bundle) -> Any:
        inner = compiled(bundle)

        class Counting:
            def evaluate(self, entrypoints: Any, document: Any) -> list[Any]:
                asked.append(len(document["resources"]))
                return inner.evaluate(entrypoints, document)

        return Counting()

    monkeypatch.setattr(rego.Bundle, "compiled", counted)
    problems = judged(rule, graph(*(resource(f"b{n}") for n in range(500))))
    assert asked == [1]
    assert len({p.message for p in problems}) == 500


def test_what_a_rule_needs_is_looked_at_before_the_engine_is_asked(tmp_path: Path) -> None:
    custom = "#   kinds: [object_store]\n#   reads: [name]\n#   needs: [labels, attributes.acl]"
    rule = written(tmp_path / "r", EACH, custom)
    found = graph(
        resource("a", labels={"x": "y"}, attributes={"acl": "private"}),
        resource("b", labels={"x": "y"}),
        resource("c", attributes={"acl": "private"}),
    )
    assert [p.message for p in judged(rule, found)] == ["'aws_s3_bucket.a' is there"]


def test_different_inputs_go_in_chunks() -> None:
    chunks = list(grouped((n, {"name": str(n // 2)}) for n in range(5 * CHUNK)))
    assert [len(inputs) for inputs, _ in chunks] == [CHUNK, CHUNK, CHUNK // 2]
    assert [item["n"] for item in chunks[1][0]] == list(range(CHUNK))
    assert [subject for _, alike in chunks for same in alike for subject in same] == list(
        range(5 * CHUNK)
    )


def test_a_rule_may_see_all_at_once(tmp_path: Path) -> None:
    body = (
        'deny contains lib.problem(r, "is one of two") if {\n'
        "\tsome r in input.resources\n\tsome other in input.resources\n"
        "\tr.name != other.name\n\tcount(input.resources) == 2\n}\n"
    )
    custom = "#   kinds: [object_store]\n#   scope: all\n#   reads: [name]"
    rule = written(tmp_path / "r", body, custom)
    assert len(judged(rule, graph(resource("a"), resource("b")))) == 2
    assert judged(rule, graph(resource("a"))) == []
    assert judged(rule, graph()) == []


def test_flows_are_judged_like_resources(tmp_path: Path) -> None:
    body = (
        'deny contains lib.problem(f, "leaves") if {\n\tsome f in input.flows\n'
        '\t"country" in f.crosses\n}\n'
    )
    rule = written(tmp_path / "r", body, "#   flows: [replication]")

    def flow(id: str, kind: str, crosses: tuple[str, ...]) -> Flow:
        return Flow(id, kind, "content", ".#a", None, "x", (), (), crosses, "certain", ".#a", SPAN)  # type: ignore[arg-type]

    found = graph(
        flows=(
            flow("1", "replication", ("country",)),
            flow("2", "replication", ()),
            flow("3", "endpoint", ("country",)),
        )
    )
    [problem] = judged(rule, found)
    assert isinstance(problem.subject, Flow)
    assert problem.subject.id == "1"
    assert problem.message == "'a' leaves"


def test_one_document_of_both_tells_resources_and_flows_apart(tmp_path: Path) -> None:
    body = (
        'deny contains lib.problem(r, "is a resource") if {\n\tsome r in input.resources\n}\n'
        'deny contains lib.problem(f, "is a flow") if {\n\tsome f in input.flows\n}\n'
    )
    custom = '#   kinds: [object_store]\n#   flows: ["*"]\n#   scope: all\n#   reads: [name]'
    path = Flow("1", "log", "content", ".#f", None, "x", (), (), (), "certain", ".#f", SPAN)
    problems = judged(written(tmp_path / "r", body, custom), graph(resource("a"), flows=(path,)))
    assert {(p.message, type(p.subject)) for p in problems} == {
        ("'aws_s3_bucket.a' is a resource", Resource),
        ("'f' is a flow", Flow),
    }


def test_a_flow_is_handed_over_with_all_its_fields_but_the_lines() -> None:
    path = Flow("1", "log", "content", ".#f", None, "x", (), (), (), "certain", ".#f", SPAN)
    assert {*FLOW_FIELDS, "span", "trail"} == set(contract.flow_json(path))


@pytest.mark.parametrize(
    ("reads", "body", "missing"),
    [
        ("kind", 'r.provider == "aws"', "provider"),
        ("kind", 'r["provider"] == "aws"', "provider"),
        ("attributes.acl", 'r.attributes.policy == "x"', "attributes.policy"),
        ("attributes", 'r.attributes.policy == "x"', None),
        ("attributes.acl", 'r.attributes.acl == "x"', None),
        ("locations", "some l in r.locations\n\tl.provider == null", None),
        ("kind", "helped(r)", "labels"),
    ],
)
def test_a_field_that_is_looked_at_and_not_read_is_refused(
    tmp_path: Path, reads: str, body: str, missing: str | None
) -> None:
    text = f'deny contains lib.problem(r, "x") if {{\n\tsome r in input.resources\n\t{body}\n}}\n'
    text += "\nhelped(r) if r.labels.team\n" if "helped" in body else ""
    custom = f"#   kinds: [object_store]\n#   reads: [{reads}]"
    if missing is None:
        assert judged(written(tmp_path / "r", text, custom), graph(resource("a"))) == []
        return
    with pytest.raises(RuleError, match=rf"test_rule\.rego:\d+: .*'{missing}'"):
        written(tmp_path / "r", text, custom)


def test_facts_of_the_policy_are_worked_out_for_the_rule() -> None:
    from scanner.policy.read import read

    text = (
        "version: 1\nresidency:\n  - name: Home\n    allow: [EEA]\n    control: [EEA]\n"
        "    unknown: fail\n"
    )
    import datetime

    policy = read(text, "domicile.yaml", datetime.date(2026, 11, 1))
    places = (
        Location("aws", "eu-central-1", countries=("DE",), jurisdictions=("EU", "EEA")),
        Location("aws", "us-east-1", countries=("US",), status="candidate"),
        Location("aws", status="unknown"),
        Location("aws", countries=("*",), scope="global"),
    )
    given = resource("a", locations=places, operator=Operator("Amazon Web Services", "US"))
    [home] = Projector(policy).resource(given, ["residencies"])["residencies"]
    assert [place["holds"] for place in home["places"]] == [True, False, None, None]
    assert [place["index"] for place in home["places"]] == [0, 1, 2, 3]
    assert home["places"][1]["text"] == "us-east-1 (US)"
    assert "trail" not in home["places"][0]
    assert (home["unknown"], home["allow"], home["control"]) == ("fail", "EEA", "EEA")
    assert home["controlled"] is False


# What is refused before anything runs


TRAPS = {
    "no package": ("package domicile.rules.test\n", "", "no package"),
    "some without in": ("some r in input.resources", "some i\n\tr := input.resources[i]", "'some' without 'in'"),
    "underscore in a call": ("some r in input.resources", 'some r in input.resources\n\tstartswith("a", r.roles[_])', "'_'"),
    "unbound name": ("some r in input.resources", "some r in input.resources\n\ty == 1", "'y' is bound nowhere"),
    "unknown function": ("some r in input.resources", "some r in input.resources\n\tnope(r)", "no function 'nope'"),
    "function that the engine lacks": ("some r in input.resources", 'some r in input.resources\n\tnet.cidr_contains("10.0.0.0/8", r.name)', "net.cidr_contains"),
    "wrong number of arguments": ("lib.problem(r,", "lib.problem(r, r,", "3 of 2 arguments"),
    "helper that is not there": ("lib.problem(r,", "lib.problems(r,", "no module defines 'lib.problems'"),
    "with input as": ("some r in input.resources", 'some r in input.resources\n\tx := count(input.flows) with input as {}\n\tx == 0', "'with input as'"),
    "flags in a regular expression": ("some r in input.resources", 'some r in input.resources\n\tregex.match("(?i)a", r.name)', "(?i)"),
    "print": ("some r in input.resources", "some r in input.resources\n\tprint(r)", "'print' is not allowed"),
    "Rego of before 1.0": ("deny contains lib.problem(r, \"is there\") if {", "deny[lib.problem(r, \"is there\")] {", "'deny' is not a set"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words"), TRAPS.values(), ids=TRAPS)
def test_what_the_engine_would_silently_get_wrong_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    folder = tmp_path / "r"
    folder.mkdir()
    text = (HEAD.format(custom="#   kinds: [object_store]") + EACH).replace(old, new)
    (folder / "test_rule.rego").write_text(text)

    def load_and_judge() -> None:
        for rule in rego.load([folder], library=builtin.folder("rego") / "lib"):
            judged(rule, graph(resource("a")))

    with pytest.raises(RuleError) as caught:
        load_and_judge()
    assert words in caught.value.message
    assert "test_rule.rego:" in caught.value.message


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    rule = written(tmp_path / "r", EACH + "deny contains x if { x := [1, 2 }\n")
    with pytest.raises(RuleError, match=r"test_rule\.rego:1[0-9]"):
        judged(rule, graph(resource("a")))


def test_an_evaluation_that_fails_is_an_error_and_never_a_pass(tmp_path: Path) -> None:
    body = (
        'deny contains lib.problem(r, "x") if {\n\tsome r in input.resources\n'
        "\tto_number(r.name) == 1\n}\n"
    )
    rule = written(tmp_path / "r", body)
    with pytest.raises(EngineError, match=r"ACME1 \(test-rule\) could not be judged"):
        judged(rule, graph(resource("not a number")))


@pytest.mark.parametrize(
    "value", ['"text"', '{"message": "no number"}', '{"n": 99, "message": "x"}', '{"n": 0}', "1"]
)
def test_an_answer_of_another_form_is_an_error(tmp_path: Path, value: str) -> None:
    rule = written(
        tmp_path / "r", f"deny contains {value} if {{\n\tcount(input.resources) > 0\n}}\n"
    )
    with pytest.raises(RuleError, match="ACME1"):
        judged(rule, graph(resource("a")))


# The cache


def bundles(cache: Path) -> Iterator[Path]:
    return cache.glob("*.rbb")


def test_a_bundle_is_compiled_once_for_the_same_sources(
    tmp_path: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert len(judged(written(tmp_path / "r", EACH), graph(resource("a")))) == 1
    [kept] = bundles(cache)
    from scanner.rego.regopy_engine import RegopyEngine

    def never(*_: Any) -> Any:
        raise AssertionError("compiled again")

    with monkeypatch.context() as patched:
        patched.setattr(RegopyEngine, "compile", never)
        assert len(judged(written(tmp_path / "r", EACH), graph(resource("a")))) == 1
    whole = kept.read_bytes()
    for broken in (b"not a bundle", whole[: len(whole) // 2], whole[:-9] + b"\xff" + whole[-8:]):
        kept.write_bytes(broken)
        assert len(judged(written(tmp_path / "r", EACH), graph(resource("a")))) == 1
        assert kept.read_bytes() == whole
        # The engine complains of broken bundles where the report goes.
        assert capfd.readouterr().out == ""
    changed = EACH.replace("is there", "is here")
    [problem] = judged(written(tmp_path / "r", changed), graph(resource("a")))
    assert problem.message == "'aws_s3_bucket.a' is here"
    assert len(list(bundles(cache))) == 2


def test_what_nobody_asks_for_any_more_is_removed(tmp_path: Path, cache: Path) -> None:
    cache.mkdir(parents=True)
    for n in range(MOST + 5):
        (cache / f"{n}.rbb").touch()
        os.utime(cache / f"{n}.rbb", (n, n))
    judged(written(tmp_path / "r", EACH), graph(resource("a")))
    assert len(list(cache.iterdir())) == MOST
    assert not (cache / "7.rbb").exists()
    assert (cache / f"{MOST + 4}.rbb").exists()


def test_without_a_cache_nothing_is_written(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "r").mkdir()
    text = HEAD.format(custom="#   kinds: [object_store]") + EACH
    (tmp_path / "r" / "test_rule.rego").write_text(text)
    [rule] = rego.load([tmp_path / "r"], library=builtin.folder("rego") / "lib", keep=False)
    assert len(judged(rule, graph(resource("a")))) == 1
    assert not cache.exists()


def test_a_cache_that_cannot_be_written_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(judged(written(tmp_path / "r", EACH), graph(resource("a")))) == 1


def test_engines_that_are_not_here_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine().name == "regopy"
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "regorus", None)
    monkeypatch.delitem(sys.modules, "scanner.rego.regorus_engine", raising=False)
    for name in ENGINES[1:]:
        with pytest.raises(EngineError, match=name):
            engine(name)
    monkeypatch.setenv("DOMICILE_REGO_ENGINE", "opal")
    with pytest.raises(EngineError, match="no Rego engine 'opal'"):
        engine()


FAKE_OPA = """#!{python}
import json, sys
if sys.argv[1] == "version":
    print("Version: 1.0.0")
elif "broken" in sys.stdin.read():
    print(json.dumps({{"errors": [{{"message": "eval_conflict_error"}}]}}))
else:
    assert sys.argv[-1] == "[[x | some x in data.a.p]]", sys.argv
    print(json.dumps({{"result": [{{"expressions": [{{"value": [[{{"n": 0}}]]}}]}}]}}))
"""


def test_the_opa_command_is_asked_and_its_errors_are_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "opa"
    command.write_text(FAKE_OPA.format(python=sys.executable))
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    opa = engine("opa")
    assert opa.version == "Version: 1.0.0"
    compiled = opa.compile([Module("a.rego", "package a\n\np contains 1\n")], ["a/p"])
    assert compiled.evaluate(["a/p"], {"x": 1}) == [[{"n": 0}]]
    with pytest.raises(EngineError, match="eval_conflict_error"):
        compiled.evaluate(["a/p"], {"x": "broken"})


def test_modules_are_compiled_for_their_entry_points() -> None:
    compiled = engine().compile(
        [Module("a.rego", "package a\n\np contains 1 if input.x == 2\n")], ["a/p"]
    )
    assert compiled.evaluate(["a/p", "a/p"], {"x": 2}) == [[1], [1]]
    assert compiled.evaluate(["a/p"], {"x": 3}) == [[]]


# The residency rules, where a fixture of source text cannot say it


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([("us-east-1", "candidate", "primary")], ["undecided may lie in us-east-1 (US)"]),
        (
            [("us-east-1", "candidate", "primary"), ("us-west-2", "candidate", "primary")],
            ["fail lies in us-east-1 (US) or us-west-2 (US)"],
        ),
        (
            [("us-east-1", "candidate", "primary"), ("eu-west-1", "candidate", "primary")],
            ["undecided may lie in us-east-1 (US)"],
        ),
        (
            [("us-east-1", "candidate", "primary"), ("us-west-2", "candidate", "primary"),
             ("", "unknown", "primary")],
            ["undecided may lie in us-east-1 (US) or us-west-2 (US)"],
        ),
        (
            [("eu-west-1", "candidate", "primary"), ("us-east-1", "candidate", "replica"),
             ("us-west-2", "candidate", "replica")],
            ["fail keeps a replica in us-east-1 (US) or us-west-2 (US)"],
        ),
        ([("eu-west-1", "known", "primary")], []),
        ([("us-east-1", "known", "backup")], ["fail keeps backups in us-east-1 (US)"]),
    ],
)  # fmt: skip
def test_possible_places_are_outside_when_all_of_them_are(
    places: list[tuple[str, str, str]], expected: list[str]
) -> None:
    countries = {"us": ("US",), "eu": ("IE",), "": ()}
    found = resource(
        "a",
        locations=tuple(
            Location("aws", region or None, countries=countries[region[:2]], role=role,  # type: ignore[arg-type]
                     status=status, path=f"p{n}")  # type: ignore[arg-type]
            for n, (region, status, role) in enumerate(places)
        ),
    )  # fmt: skip
    policy = Policy(residency=(Residency("Home", Area.parse(["EEA"])),))
    [rule] = [r for r in rego.load([builtin.folder("rego")]) if r.id == "DOM101"]
    problems = judged(rule, graph(found), policy)
    for problem in problems:
        assert places[int(problem.path[1:])][0].startswith("us")
    assert [
        f"{p.verdict} {p.message.removeprefix(chr(39) + found.address + chr(39) + ' ')}"
        for p in problems
    ] == [f"{words}, outside EEA (Home)" for words in expected]
