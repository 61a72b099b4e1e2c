"""The reports for people: text, concise, Markdown, and what a terminal gets to see."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner.finding import Report
from scanner.model import Flow, Hop, Location, Unread
from scanner.report import FORMATS, INVENTORY, Render
from scanner.report.view import View, of_stream
from tests.test_report_tree import (
    FINDINGS,
    REGION,
    REPLICA,
    clean_report,
    finding,
    report,
    resource,
    rule,
    span,
)

GOLDEN = Path(__file__).parent.parent / "fixtures" / "report" / "golden"
HOSTILE = "\x1b]0;owned\x07\x1b[2J\r\u202e\u200b\x9b31m##vso[task.setvariable]"
EVERY = {f"scan {name}": format for name, format in FORMATS.items()}
EVERY.update((f"list {name}", format) for name, format in INVENTORY.items())


@pytest.mark.parametrize(
    ("file", "format"),
    [
        ("report.txt", FORMATS["text"]),
        ("report.concise", FORMATS["concise"]),
        ("report.md", FORMATS["markdown"]),
        ("inventory.txt", INVENTORY["table"]),
        ("inventory.csv", INVENTORY["csv"]),
        ("inventory.md", INVENTORY["markdown"]),
    ],
)
def test_golden(file: str, format: object) -> None:
    assert callable(format)
    assert format(report()) == (GOLDEN / file).read_text(encoding="utf-8")


def test_a_clean_run_never_says_fail_and_a_failing_one_does() -> None:
    assert "fail" not in FORMATS["text"](clean_report()).lower()
    assert FORMATS["text"](clean_report()) == (
        "Passed: nothing found in 6 resources, 2 flows, 1 unit, 4 rules; exit code 0\n"
    )
    assert "fail" in FORMATS["text"](report()).lower()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "Passed: 6 findings"),
        (1, "Failed: 6 findings"),
        (2, "No verdict: 6 findings"),
        (3, "Not settled: 6 findings"),
    ],
)
def test_the_verdict_says_what_the_exit_code_means(code: int, words: str) -> None:
    last = FORMATS["text"](report(exit_code=code)).splitlines()[-1]
    assert last.startswith(words)
    assert f"exit code {code}" in last


def test_many_alike_are_folded_and_counted() -> None:
    found = [
        finding(REGION, REPLICA, span("infra/main.tf", 12), f"'bucket{n}' lies in us-east-1 (US)")
        for n in range(40)
    ]
    text = FORMATS["text"](report(*found))
    assert text.count("-->") == 3
    assert "37 more like this: '…' lies in us-east-1 (US)" in text
    assert "  37 in infra/main.tf\n  = each in one line: --format concise" in text
    assert FORMATS["concise"](report(*found)).count("DOM101") == 40


def test_few_alike_are_all_shown() -> None:
    found = [
        finding(REGION, REPLICA, span("infra/main.tf", 12), f"'bucket{n}' lies in us-east-1 (US)")
        for n in range(5)
    ]
    text = FORMATS["text"](report(*found, unread=()))
    assert text.count("-->") == 5
    assert "more" not in text


def test_many_different_ones_of_a_rule_are_folded_too() -> None:
    found = [
        finding(REGION, REPLICA, span("infra/main.tf", 12), f"lies in place number {n}")
        for n in range(100)
    ]
    text = FORMATS["text"](report(*found, unread=()))
    assert text.count("-->") == 30
    assert "70 more of this rule" in text


def test_a_long_trail_is_cut_in_its_middle_and_says_so() -> None:
    trail = tuple(Hop(span("infra/main.tf", n), f"step {n}") for n in range(1, 31))
    text = FORMATS["text"](report(replace(FINDINGS[1], trail=trail)))
    assert "step 4\n" in text
    assert "step 5\n" not in text
    assert "… 18 more steps, all of them with --format json" in text
    assert "step 23\n" in text


def test_settled_findings_are_counted_or_shown() -> None:
    assert "waived[DOM101] 1 finding: migrating, platform" in FORMATS["text"](report())
    shown = FORMATS["text"](report(), View(show_suppressed=True))
    assert "waived[DOM101] region-not-allowed: a\n" in shown
    assert "= waived: migrating, platform" in shown
    assert "--show-suppressed" not in shown


@pytest.mark.parametrize("format", [FORMATS["text"], INVENTORY["table"]])
def test_the_same_remedy_is_told_once(format: Render) -> None:
    unread = [Unread(f"modules/m{n}", "not on disk", hint="get it") for n in range(25)]
    text = format(report(unread=unread))
    assert text.count("get it") == 1
    assert "unread 25 times: not on disk\n  --> modules/m0\n" in text
    assert "and 15 more with --format json" in text
    unread = [Unread("a", f"no module {n}", n, hint="get it") for n in range(1, 4)]
    text = format(report(unread=unread))
    assert "unread 3 times\n  --> a:1: no module 1\n  --> a:2: no module 2\n" in text
    assert text.count("get it") == 1


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("colour", [False, True])
def test_no_control_character_of_the_tree_gets_through(
    name: str, colour: bool, tmp_path: Path
) -> None:
    (tmp_path / "x.tf").write_text(f'a = "{HOSTILE}"\n', encoding="utf-8")
    place = span("x.tf", 1, 1, 30)
    thing = replace(
        resource(f"aws_s3_bucket.x{HOSTILE}", place, Location(HOSTILE, HOSTILE)),
        labels={"a": HOSTILE}, unit=HOSTILE, attributes={"a": HOSTILE}, data_classes=(HOSTILE,),
    )  # fmt: skip
    found = finding(
        rule("X1", "hostile", REGION.severity), thing, place, f"'{HOSTILE}'", help=HOSTILE,
        trail=(Hop(place, HOSTILE), Hop(replace(place, file=HOSTILE), "x")),
        related=((thing, HOSTILE),),
    )  # fmt: skip
    settled = replace(found, status="waived", reason=HOSTILE)
    lost = Location(HOSTILE, status="unknown", trail=(Hop(place, HOSTILE),))
    flow = Flow(
        HOSTILE, "telemetry", "content", HOSTILE, None, HOSTILE, thing.locations, (lost,), (),
        "possible", HOSTILE, place, (Hop(place, HOSTILE),),
    )  # fmt: skip
    said = report(
        found, settled, root=tmp_path, flows=(flow,), resources=(thing, replace(thing, id="y", locations=(lost,))), notes=(HOSTILE,),
        unread=(Unread(HOSTILE, HOSTILE, hint=HOSTILE),),
    )  # fmt: skip
    text = EVERY[name](said, View(colour=colour))
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)  # our own colours: nothing but SGR
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e\ud800-\udfff]", text)
    if name.startswith("scan ") and name != "scan json" and name != "scan sarif":
        assert "##vso[" not in text


def test_colour_is_only_there_where_it_is_wanted() -> None:
    class Terminal:
        def __init__(self, tty: bool) -> None:
            self.isatty = lambda: tty

    def coloured(tty: bool, **environment: str) -> bool:
        view = of_stream(Terminal(tty), environment)  # type: ignore[arg-type]
        return "\x1b[" in FORMATS["text"](report(), view)

    assert coloured(True)
    assert not coloured(False)
    assert not coloured(True, NO_COLOR="1")
    assert not coloured(True, TERM="dumb")
    assert coloured(False, FORCE_COLOR="1")
    assert not coloured(False, FORCE_COLOR="0")
    assert not coloured(True, FORCE_COLOR="1", NO_COLOR="1")
    assert coloured(False, GITHUB_ACTIONS="true")


def test_the_colours_change_no_word() -> None:
    plain = FORMATS["text"](report())
    coloured = FORMATS["text"](report(), View(colour=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_a_link_stands_on_a_terminal_only() -> None:
    view = View(colour=True, terminal=True)
    assert "\x1b]8;;file:///" in FORMATS["text"](report(), view)
    assert "\x1b]8" not in FORMATS["text"](report(), View(colour=True))


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    "said", [report(), clean_report(), report(findings=(), resources=(), flows=(), units=())]
)
def test_every_format_ends_in_one_newline(name: str, said: Report) -> None:
    text = EVERY[name](said)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_a_file_name_starts_no_command_of_a_pipeline() -> None:
    found = replace(FINDINGS[1], span=span(" ::add-mask::x.tf", 1))
    lines = FORMATS["concise"](report(found)).splitlines()
    assert not [line for line in lines if line.lstrip().startswith("::")]


def test_markdown_takes_no_markup_from_the_tree() -> None:
    words = "<script>alert(1)</script> | [x](javascript:1) `a` **b** @team https://evil.example"
    found = replace(FINDINGS[1], problem=replace(FINDINGS[1].problem, message=words))
    text = FORMATS["markdown"](report(found))
    (row,) = [line for line in text.splitlines() if line.startswith("| high")]
    assert row.count("|") == 5
    for raw in ("<script", "](", "`a`", "**b**", "@team", "://"):
        assert raw not in row


def test_markdown_ends_before_the_limit_of_a_summary() -> None:
    trail = tuple(Hop(span("infra/main.tf", 1), "x" * 9000) for _ in range(2))
    found = [replace(FINDINGS[1], trail=trail) for _ in range(200)]
    text = FORMATS["markdown"](report(*found))
    assert len(text.encode()) < 1_000_000
    big = [replace(f, problem=replace(f.problem, message="y" * 9000)) for f in found]
    text = FORMATS["markdown"](report(*big))
    assert len(text.encode()) < 1_000_000
    assert "left out: the summary has a limit of size" in text


def test_the_caret_stands_below_wide_letters(tmp_path: Path) -> None:
    line = 'a = "東京 e\u0301" b = "us-east-1"'
    (tmp_path / "x.tf").write_text(f"{line}\n", encoding="utf-8")
    start = line.index("b =") + 1
    found = replace(FINDINGS[1], span=span("x.tf", 1, start, len(line) + 1))
    lines = FORMATS["text"](report(found, root=tmp_path)).splitlines()
    marks = next(text for text in lines if "^" in text)
    # Two wide letters take a column more each, the accent takes none.
    assert marks.index("^") - len("1 | ") == start - 1 + 2 - 1
    assert marks.count("^") == len('b = "us-east-1"')


def test_a_missing_file_is_named_without_an_excerpt() -> None:
    found = replace(FINDINGS[1], span=span("gone.tf", 7, 3, 9))
    text = FORMATS["text"](report(found))
    assert " --> gone.tf:7:3\n" in text
    assert "^" not in text
