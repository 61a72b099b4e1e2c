"""No output of any format shows a secret's value, wherever in the tree it stands."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner.model import Hop, Span
from scanner.report import FORMATS, INVENTORY
from scanner.report.excerpt import Sources
from scanner.report.redact import Secrets
from scanner.report.view import View
from tests.test_report_tree import (
    FINDINGS,
    LEAK,
    ORDERS,
    REGION,
    SECRET,
    STORED,
    TREE,
    finding,
    report,
    span,
    string,
)

EVERY = [*FORMATS.items(), *((f"list {name}", format) for name, format in INVENTORY.items())]
VIEWS = (View(), View(colour=True), View(show_suppressed=True), View(width=40))


@pytest.mark.parametrize(("name", "format"), EVERY)
@pytest.mark.parametrize("view", VIEWS)
def test_no_format_shows_a_secret(name: str, format: object, view: View) -> None:
    assert callable(format)
    noisy = [
        replace(item, trail=(*item.trail, Hop(item.span, f"x = {SECRET}"), Hop(item.span, STORED)))
        for item in FINDINGS
    ]
    text = format(report(*noisy, notes=(f"seen: {SECRET}",)), view)
    assert SECRET not in text, name
    assert STORED not in text, name
    assert base64.b64encode(STORED.encode()).decode() not in text, name


@pytest.mark.parametrize(("name", "format"), EVERY)
def test_a_secret_is_hidden_where_no_rule_about_secrets_ran(name: str, format: object) -> None:
    assert callable(format)
    found = finding(REGION, ORDERS, span("infra/main.tf", 26, 3, 31), "not allowed here")
    text = format(report(found, rules=(REGION,)))
    assert SECRET not in text, name


def test_the_inventory_hides_a_value_among_attributes() -> None:
    text = INVENTORY["json"](report())
    assert '"password": "[redacted]"' in text
    assert '"region": "ap-southeast-2"' in text


def test_a_common_word_as_a_password_leaves_the_contract_whole() -> None:
    words = [string(word, span("infra/main.tf", 1), "p") for word in ("region", "database", "name")]
    found = [finding(LEAK, word, word.span, "a password", mark=word.value) for word in words]
    listed = json.loads(INVENTORY["json"](report(*found)))
    assert listed["resources"][2]["kind"] == "database"
    assert listed["resources"][2]["attributes"]["region"] == "ap-southeast-2"
    assert {"region", "countries"} <= set(listed["resources"][0]["locations"][0])
    told = json.loads(FORMATS["json"](report(*found)))
    assert told["findings"][0]["name"] == "hard-coded-secret"


def test_another_rule_on_the_same_line_shows_no_secret() -> None:
    found = finding(REGION, ORDERS, span("infra/main.tf", 27, 3, 31), "not allowed here")
    text = FORMATS["text"](report(FINDINGS[0], found))
    assert 'region   = "ap-southeast-2" # was [redacted]' in text


def sources(tmp_path: Path, line: str, value: str, place: Span, form: str = "attribute") -> Sources:
    (tmp_path / "x.tf").write_text(line, encoding="utf-8")
    return Sources(tmp_path, Secrets(written=[string(value, place, "password", form)]))


def test_a_value_spelt_otherwise_is_hidden_at_its_place(tmp_path: Path) -> None:
    line = 'password = "a\\"b\\\\c-horse"'
    found = sources(tmp_path, line, 'a"b\\c-horse', span("x.tf", 1, 12, 26))
    shown = found.line("x.tf", 1)
    assert shown is not None
    assert shown.text == 'password = "[redacted]"'


def test_a_column_that_is_off_hides_the_whole_value(tmp_path: Path) -> None:
    line = "    KEY=AKIAIOSFODNN7REALKEY"
    found = sources(tmp_path, line, "AKIAIOSFODNN7REALKEY", span("x.tf", 1, 5, 25))
    shown = found.line("x.tf", 1)
    assert shown is not None
    assert shown.text == "    KEY=[redacted]"


def test_a_plain_word_is_hidden_alone_and_stays_inside_a_name(tmp_path: Path) -> None:
    line = "postgres aws_db_instance.postgres postgres-main"
    found = sources(tmp_path, line, "postgres", span("y.tf", 1, 1, 9))
    shown = found.line("x.tf", 1)
    assert shown is not None
    assert shown.text == "[redacted] aws_db_instance.postgres postgres-main"


def test_every_line_of_a_key_is_hidden(tmp_path: Path) -> None:
    key = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA1\nZZlKJf0cQ8Bxx/qq==\n-----END KEY-----"
    found = sources(tmp_path, f'key = "{key}"\n', key, span("x.tf", 1, 7, 18, end_line=4))
    text = found.snippet(Span("x.tf", 1, 1, 4, 30)) or ""
    assert "MIIE" not in text
    assert "ZZlK" not in text


def test_a_long_value_shows_neither_its_start_nor_its_length(tmp_path: Path) -> None:
    for size in (20, 200):
        value = "Q" + "z9" * size
        found = sources(tmp_path, f'a = "{value}"', value, span("x.tf", 1, 6, 6 + len(value)))
        shown = found.line("x.tf", 1)
        assert shown is not None
        assert shown.text == 'a = "[redacted]"'


def test_thousands_of_values_are_found_in_one_pass() -> None:
    values = [f"Value-{n}-of-many" for n in range(5000)]
    hidden = Secrets(values).hide(" ".join(values[::50]))
    assert hidden == " ".join(["[redacted]"] * 100)


def test_the_caret_marks_what_stands_for_the_secret() -> None:
    found = finding(LEAK, FINDINGS[0].problem.subject, FINDINGS[0].span, "a password")
    lines = FORMATS["text"](report(found)).splitlines()
    excerpt = next(number for number, line in enumerate(lines) if "[redacted]" in line)
    assert lines[excerpt][lines[excerpt + 1].index("^") :] == '"[redacted]"'
    assert lines[excerpt + 1].count("^") == len('"[redacted]"')


def test_the_tree_really_holds_them() -> None:
    text = (TREE / "infra/main.tf").read_text(encoding="utf-8")
    assert text.count(SECRET) == 2
    stored = base64.b64encode(STORED.encode()).decode()
    assert stored in (TREE / "k8s/secret.yaml").read_text(encoding="utf-8")
