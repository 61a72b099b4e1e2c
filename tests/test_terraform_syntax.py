"""HCL as it is written: strings, heredocs, comments, line ends, and where everything stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.model import Unknown
from scanner.sources.terraform import hcl
from scanner.sources.terraform.instance import ModuleInstance
from scanner.sources.terraform.run import Run
from scanner.sources.terraform.variables import Values


def evaluate(folder: Path, text: str | bytes) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "main.tf").write_bytes(data)
    run = Run(folder, [])
    module = run.module("")
    assert module is not None
    instance = ModuleInstance(run, module, "u")
    instance.values = Values()
    return instance.local("x")


def value(folder: Path, expression: str) -> Any:
    return evaluate(folder, f"locals {{\n  x = {expression}\n}}\n")


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ('"$${a} %%{b} $ % $$"', "${a} %{b} $ % $$"),
        ('"$$${1}"', "$${1}"),
        ('"\\n\\t\\"\\\\ \\u00e9 \\U0001F600"', '\n\t"\\ é 😀'),
        ('"a${"b${"c"}"}d"', "abcd"),
        ('"${[1, 2]}"', [1, 2]),
        ('"a ${~ "b" ~} c"', "abc"),
        ('"%{ if true }a%{ else }b%{ endif }%{ for x in [1, 2] }${x},%{ endfor }"', "a1,2,"),
        ('"a %{~ if false ~} b %{~ else ~} c %{~ endif ~} d"', "acd"),
        ("<<EOT\n  a\n    ${1}\nEOT", "  a\n    1\n"),
        ("<<-EOT\n    a\n\n      ${1}b\n    EOT", "a\n\n  1b\n"),
        ("<<-EOT\n      ${1}\n    b\n    EOT", "  1\nb\n"),
        ("<<-EOT\n    %{ for x in [1, 2] ~}\n    - ${x}\n    %{ endfor ~}\n    z\n    EOT", "    - 1\n    - 2\n    z\n"),
        ('<<EOT\na\\n "q" $${x} %%{y} $\nEOT', 'a\\n "q" ${x} %{y} $\n'),
        ("<<EOT\nEOT", ""),
        ("<<-EOT\n  a\n  EOTX\n  EOT", "a\nEOTX\n"),
        ("[<<A\n1\nA\n, <<B\n2\nB\n]", ["1\n", "2\n"]),
        ("{\n  a = <<EOT\nx\nEOT\n  b = 1\n}", {"a": "x\n", "b": 1}),
        ('{ # c\n  a = 1 // d\n  /* e */ "b" : 2,\n  (upper("c")) = 3\n  "d-${4}" = 4\n}',
         {"a": 1, "b": 2, "C": 3, "d-4": 4}),
        ("{a-b = 1, if = 2, 5 = 3, true = 4, null = 5}",
         {"a-b": 1, "if": 2, "5": 3, "true": 4, "null": 5}),
        ("[\n  1, # one\n  2,\n]", [1, 2]),
        ("1 + 2 * 3 - 4 / 2", 5), ("10 - 4 - 3", 3), ("-(1 + 2) * 2", -6), ("-2 * -3", 6),
        ("!(true && false) || false", True), ("1 + 1 == 2 && 3 > 2", True),
        ("true ? false ? 1 : 2 : 3", 2), ("(\n  1\n  + 2\n)", 3), ("!!true", True),
        ("1e3 + 1.5E-1", 1000.15), ('{"1e3" = 1e3}', {"1e3": 1000}), ("007", 7),
        ('[for k, v in {b = 1, a = 2} : "${k}${v}" if v > 0]', ["a2", "b1"]),
        ('{for x in ["a", "b", "a"] : x => upper(x)...}', {"a": ["A", "A"], "b": ["B"]}),
        ("[{a = 1}, {a = 2}][*].a", [1, 2]), ("[{a = 1}].*.a", [1]), ("null[*]", []),
        ("{a = 1}[*].a", [1]), ("[[1, 2], [3]][*][0]", [1, 3]), ("[[1, 2]].0[1]", 2),
        ("max([1, 2]...)", 2), ('core::upper("a")', "A"),
        ('"e\u0301" == "\\u00e9"', True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_expressions(tmp_path: Path, expression: str, answer: Any, end: str) -> None:
    text = f"locals {{\n  x = {expression}\n}}\n".replace("\n", end)
    # A heredoc keeps the line ends of its file.
    found = _without_returns(evaluate(tmp_path, text))
    assert found == answer
    assert isinstance(found, bool) is isinstance(answer, bool)


def _without_returns(found: Any) -> Any:
    if isinstance(found, str):
        return found.replace("\r\n", "\n")
    if isinstance(found, list):
        return [_without_returns(item) for item in found]
    if isinstance(found, dict):
        return {key: _without_returns(item) for key, item in found.items()}
    return found


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert evaluate(tmp_path, b'\xef\xbb\xbflocals {\n  x = "a"\n}\n') == "a"


def test_comments_stand_anywhere(tmp_path: Path) -> None:
    text = '# a\n// b\n/* c\n} */ locals { # d\n  /* e */ x /* f */ = /* g */ "h" // i\n}\n# j'
    assert evaluate(tmp_path, text) == "h"


def test_a_file_without_a_last_line_end(tmp_path: Path) -> None:
    assert evaluate(tmp_path, "locals {\n  x = 1\n}") == 1


@pytest.mark.parametrize(
    ("template", "names", "answer"),
    [
        ("plain", "{}", "plain"), ("${x}", "{x = [1]}", [1]), ("${x}\n", '{x = "a"}', "a\n"),
        ("%{ for i in x ~}\n- ${i}\n%{ endfor ~}\n", "{x = [1, 2]}", "- 1\n- 2\n"),
        ("a ${x}\r\nb", "{x = 1}", "a 1\r\nb"), ('"q" $${n}\n', "{}", '"q" ${n}\n'), ("", "{}", ""),
    ],
)  # fmt: skip
def test_template_files(tmp_path: Path, template: str, names: str, answer: Any) -> None:
    (tmp_path / "t.tftpl").write_bytes(template.encode())
    assert value(tmp_path, f'templatefile("t.tftpl", {names})') == answer


def test_spans_count_characters() -> None:
    source = hcl.File("main.tf", 'locals { ü = "é" }\na = "日本${b.c}"\n'.encode())
    body, _ = hcl.parse(source)
    attribute = body.attributes["a"]
    span = source.span(attribute.at)
    assert (span.line, span.column, span.end_line, span.end_column) == (2, 1, 2, 15)
    template = attribute.expression
    access = template.parts[1]  # type: ignore[attr-defined]
    inner = source.span(access.at)
    assert (inner.line, inner.column, inner.end_column) == (2, 10, 13)
    assert source.slice(access.at) == "b.c"


def test_spans_of_accesses_start_with_what_they_read() -> None:
    source = hcl.File("main.tf", b"a = b.c[0][*].d.e\n")
    body, errors = hcl.parse(source)
    assert errors == []
    node = body.attributes["a"].expression
    assert source.slice(node.at) == "b.c[0][*].d.e"
    assert source.slice(node.of.at) == "b.c[0]"  # type: ignore[attr-defined]


def test_numbers_with_exponents_are_read_and_nothing_else_moves() -> None:
    source = hcl.File("main.tf", b'a = 1e3\nb = "1e3 ${2e-1}"\nc = x1e3.y\n')
    body, errors = hcl.parse(source)
    assert errors == []
    attributes = body.attributes
    assert attributes["a"].expression.value == 1000  # type: ignore[attr-defined]
    assert attributes["b"].expression.parts[0] == "1e3 "  # type: ignore[attr-defined]
    assert attributes["b"].expression.parts[1].value == 0.2  # type: ignore[attr-defined]
    assert source.slice(attributes["c"].expression.at) == "x1e3.y"


@pytest.mark.parametrize(
    "expression", ["[1, 2", "{a = }", '"${"', "<<EOT\nabc", "[for x in y]", "1 +", "a[", "(((("]
)
def test_broken_syntax_is_no_crash(tmp_path: Path, expression: str) -> None:
    (tmp_path / "main.tf").write_text(f"locals {{\n  x = {expression}\n")
    run = Run(tmp_path, [])
    module = run.module("")
    if module is not None and "x" in module.locals:
        instance = ModuleInstance(run, module, "u")
        instance.values = Values()
        found = instance.local("x")
        assert found is None or isinstance(found, Unknown | str | list | dict | int | float)
    assert run.unread
