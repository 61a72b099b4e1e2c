"""Input that wants a wrong clean verdict, a crash, a hang or a leak."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scanner import scan
from scanner.errors import PolicyError, RuleError, ScanError, UsageError
from scanner.report import INVENTORY
from scanner.settings import Settings
from scanner.sources.terraform.values import holds_unknown

US = 'resource "aws_s3_bucket" "us" {\n  region = "us-east-1"\n}\n'
EU = 'resource "aws_s3_bucket" "eu" {\n  region = "eu-west-1"\n}\n'


def ids(root: Path, **options: Any) -> set[str]:
    report = scan.inventory(Settings(root=root, **options))
    return {resource.address for resource in report.graph.resources.values()}


def attributes(root: Path, address: str) -> dict[str, Any]:
    graph = scan.inventory(Settings(root=root)).graph
    [found] = [r for r in graph.resources.values() if r.address == address]
    return found.attributes


RULE = (
    "from scanner.rule import Problem, Severity, rule\n\n\n"
    '@rule(id="ACME1", severity=Severity.LOW, kinds=["object_store"])\n'
    "def odd(resource, graph, policy):\n"
    '    """Odd.\n\n    ## Why\n\n    To see.\n\n    ## Fix\n\n    Nothing.\n    """\n'
    "    {body}\n"
)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("import sys; sys.exit(0); yield", "SystemExit"),
        ("yield 'text'", "yields str"),
        ("yield Problem(resource, None)", "without a message"),
        ("yield Problem(resource, '  ')", "without a message"),
        ("yield Problem(resource, 'x', verdict='bogus')", "'bogus'"),
        ("yield 1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_rule_that_misbehaves_is_named_and_never_a_pass(
    tmp_path: Path, body: str, words: str
) -> None:
    (tmp_path / "main.tf").write_text(US)
    (tmp_path / "own").mkdir()
    (tmp_path / "own/odd.py").write_text(RULE.format(body=body))
    with pytest.raises(RuleError, match="ACME1") as caught:
        scan.run(Settings(root=tmp_path, rules=("own",)))
    assert words in caught.value.message


def test_what_a_rule_prints_is_not_in_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "main.tf").write_text(US)
    (tmp_path / "own").mkdir()
    (tmp_path / "own/odd.py").write_text(RULE.format(body="print('loud'); yield from ()"))
    scan.run(Settings(root=tmp_path, rules=("own",)))
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "loud\n")


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\f", "\v", "\x1c", "\r"])
def test_a_comment_of_an_ignore_file_hides_nothing(tmp_path: Path, end: str) -> None:
    (tmp_path / "main.tf").write_text(US)
    (tmp_path / ".gitignore").write_bytes(f"# local files{end}main.tf\n".encode())
    assert ids(tmp_path) == {"aws_s3_bucket.us"}


def test_ignore_files_of_windows_are_read_as_git_reads_them(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(US)
    (tmp_path / "other.tf").write_text(EU)
    (tmp_path / ".gitignore").write_bytes(b"\xef\xbb\xbfmain.tf\r\n")
    assert ids(tmp_path) == {"aws_s3_bucket.eu"}


def test_patterns_for_what_stands_in_a_folder_leave_the_folder_alone(tmp_path: Path) -> None:
    for name in ("d/a.tf", "d/b.tf", "d/e/c.tf", "f/g.tf", "f/h/i.tf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(US.replace('us"', f'{Path(name).stem}"'))
    (tmp_path / ".gitignore").write_text("d/**\nf/**/\n")
    (tmp_path / "d/.gitignore").write_text("!a.tf\n")
    assert ids(tmp_path) == {"aws_s3_bucket.a", "aws_s3_bucket.g"}


@pytest.mark.parametrize("version", ["2", "4"])
def test_what_git_tracks_is_scanned_whatever_is_ignored(tmp_path: Path, version: str) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    git("config", "index.version", version)
    for name in ("x/forced.tf", "x/left.tf", "y/own.tf", "long/folder/name/a.tf", "top.tf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(US.replace('us"', f'{Path(name).stem}"'))
    git("add", "-f", "x/forced.tf", "y/own.tf", "long/folder/name/a.tf", "top.tf")
    (tmp_path / ".gitignore").write_text("x/\nlong/\ntop.tf\n")
    (tmp_path / ".domicileignore").write_text("y/\n")
    assert ids(tmp_path) == {f"aws_s3_bucket.{name}" for name in ("forced", "a", "top")}
    (tmp_path / ".gitignore").write_text("x/*.tf\nlong/\ntop.tf\n")
    assert ids(tmp_path) == {f"aws_s3_bucket.{name}" for name in ("forced", "a", "top")}


def test_what_is_left_out_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(EU)
    (tmp_path / "x").mkdir()
    (tmp_path / "x/us.tf").write_text(US)
    (tmp_path / ".gitignore").write_text("x/\n")
    notes = scan.inventory(Settings(root=tmp_path)).notes
    assert any("x/" in note for note in notes)


def test_a_policy_that_is_there_and_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(US)
    policy = tmp_path / "domicile.yaml"
    policy.symlink_to(tmp_path / "gone.yaml")
    with pytest.raises(PolicyError, match=r"domicile\.yaml"):
        scan.run(Settings(root=tmp_path))
    policy.unlink()
    policy.mkdir()
    with pytest.raises(PolicyError, match=r"domicile\.yaml"):
        scan.run(Settings(root=tmp_path))
    policy.rmdir()
    with pytest.raises(UsageError, match="names no place"):
        scan.run(Settings(root=tmp_path, policy=None, allow=(" ",)))


def test_a_policy_further_up_is_mentioned(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "domicile.yaml").write_text("version: 1\n")
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/main.tf").write_text(US)
    notes = scan.inventory(Settings(root=tmp_path / "infra")).notes
    assert any("../domicile.yaml" in note for note in notes)


def test_a_module_that_is_given_another_place_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'provider "aws" {\n  region = "eu-west-1"\n}\n'
        'module "s3" {\n  source = "terraform-aws-modules/s3-bucket/aws"\n'
        '  region = "us-east-1"\n}\n'
    )
    report = scan.run(Settings(root=tmp_path, allow=("EEA",), strict=True))
    [finding] = [f for f in report.findings if f.rule.id == "DOM101"]
    assert finding.verdict == "undecided"
    assert report.exit_code == 3


def test_a_second_configuration_of_a_provider_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'provider "aws" {\n  region = "eu-west-1"\n}\nprovider "aws" {\n  region = "us-east-1"\n}\n'
    )
    [unread] = scan.inventory(Settings(root=tmp_path, paths=("main.tf",))).graph.unread
    assert (unread.path, unread.line) == ("main.tf", 4)
    assert "configured twice, first at main.tf:1" in unread.reason


def test_a_manifest_in_utf16_is_read(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: wide\n"
    (tmp_path / "wide.yaml").write_bytes(text.encode("utf-16"))
    assert ids(tmp_path) == {"ConfigMap/default/wide"}


def test_variables_of_the_command_line_do_not_show_their_values(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'variable "where" {}\nresource "aws_s3_bucket" "b" {\n  region = var.where\n}\n'
    )
    report = scan.run(Settings(root=tmp_path, allow=("EEA",), variables=(("where", "us-east-1"),)))
    texts = [hop.text for finding in report.findings for hop in finding.trail]
    assert "--var where, from the command line" in texts


def test_a_secret_that_is_encoded_is_a_secret_still(tmp_path: Path) -> None:
    # Synthetic: not a real credential.
    script = "#!/bin/sh\nexport DB_PASSWORD=Sup3rS3cretPassw0rd\n"
    (tmp_path / "main.tf").write_text(
        'resource "aws_instance" "a" {\n  user_data_base64 = base64encode("'
        + script.replace("\n", "\\n")
        + '")\n}\n'
    )
    from scanner.report import FORMATS, INVENTORY

    report = scan.run(Settings(root=tmp_path))
    assert [f.rule.id for f in report.findings if f.verdict == "fail"] == ["DOM301"]
    import base64

    encoded = base64.b64encode(script.encode()).decode()
    for name, render in {**FORMATS, **INVENTORY}.items():
        text = render(report)
        assert "Sup3rS3cretPassw0rd" not in text, name
        assert encoded not in text, name


ENDLESS = {
    "nested loops": "length([for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]])",
    "a regular expression that backtracks": 'regex("^(a+)+$", "' + "a" * 60 + '!")',
    "a wide format": 'format("%999999999d", 1)',
    "shared lists as JSON": "jsonencode(local.l40)",
    "shared lists compared": "local.l40 == local.l39",
    "shared lists flattened": "flatten(local.l40)",
    "shared lists themselves": "local.l40",
    "a long list joined to short ones": "length([for a in range(1000) : [for b in range(100) : concat([1], range(1024))]])",
    "a long range": "range(1000000000)",
    "a deep expression": "(" * 3000 + "1" + ")" * 3000,
}


@pytest.mark.parametrize("expression", ENDLESS.values(), ids=ENDLESS)
def test_expressions_without_an_end_have_one(tmp_path: Path, expression: str) -> None:
    doubled = "".join(f"  l{n} = [local.l{n - 1}, local.l{n - 1}]\n" for n in range(1, 41))
    (tmp_path / "main.tf").write_text(
        f'locals {{\n  l0 = ["x", "x"]\n{doubled}}}\n'
        f'resource "aws_s3_bucket" "b" {{\n  bucket = {expression}\n  acl = "private"\n}}\n'
    )
    found = attributes(tmp_path, "aws_s3_bucket.b")
    assert found["acl"] == "private"
    assert holds_unknown(found["bucket"]) or found["bucket"] == 1


def test_modules_that_multiply_come_to_an_end_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scanner.sources.terraform import run

    monkeypatch.setattr(run, "MAX_DECLARATIONS", 500)
    for level in range(4):
        folder = tmp_path / "/".join(["m"] * level)
        folder.mkdir(exist_ok=True)
        (folder / "main.tf").write_text(US + 'module "m" {\n  count = 50\n  source = "./m"\n}\n')
    (tmp_path / "m/m/m/m").mkdir()
    (tmp_path / "m/m/m/m/main.tf").write_text(US)
    graph = scan.inventory(Settings(root=tmp_path)).graph
    assert len(graph.resources) <= 500
    assert any("more than 500 resources" in unread.reason for unread in graph.unread)


@contextmanager
def ending(process: subprocess.Popen[str]) -> Iterator[None]:
    """End a process where the test failed: one that reads a pipe would wait for ever."""
    try:
        yield
    except BaseException:
        process.kill()
        raise


def test_output_is_written_to_what_is_no_file_and_through_links(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(US)
    (tmp_path / "real.json").write_text("")
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with (
        subprocess.Popen(["cat", str(fifo)], stdout=subprocess.PIPE, text=True) as reader,
        ending(reader),
    ):
        command = [
            sys.executable,
            "-m",
            "scanner",
            "scan",
            "-f",
            f"concise={fifo}",
            "-f",
            "json=link.json",
        ]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        assert reader.stdout is not None
        assert reader.stdout.read().startswith("Passed")
    assert (tmp_path / "link.json").is_symlink()
    assert "domicile.report/1" in (tmp_path / "real.json").read_text()


def test_a_full_disk_is_an_error_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(US)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "scanner", "scan"],
            cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "fault in domicile" not in done.stderr


def test_what_is_no_file_is_named_and_refused_as_a_path(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(EU)
    os.mkfifo(tmp_path / "pipe.tf")
    [unread] = scan.inventory(Settings(root=tmp_path)).graph.unread
    assert (unread.path, unread.reason) == ("pipe.tf", "a pipe, a socket or a device")
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        scan.run(Settings(root=tmp_path, paths=("pipe.tf",)))


def test_no_rule_is_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(US)
    with pytest.raises(UsageError, match="no rule is left"):
        scan.run(Settings(root=tmp_path, ignore=("DOM",)))


def test_variable_files_of_another_form_are_named(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(EU)
    (tmp_path / "terraform.tfvars.json").write_text("[]")
    [unread] = scan.inventory(Settings(root=tmp_path)).graph.unread
    assert unread.path == "terraform.tfvars.json"


def test_a_variable_that_nothing_declares_is_mentioned(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(EU)
    notes = scan.inventory(Settings(root=tmp_path, variables=(("nosuch", "1"),))).notes
    assert any("'nosuch'" in note for note in notes)


def test_scan_errors_are_what_a_caller_catches(tmp_path: Path) -> None:
    with pytest.raises(ScanError):
        scan.run(Settings(root=tmp_path))


def bucket(expression: str, before: str = "") -> str:
    return f'{before}resource "aws_s3_bucket" "b" {{\n  bucket = {expression}\n}}\n'


def chain(count: int) -> str:
    links = "".join(f"  a{n} = local.a{n - 1}\n" for n in range(1, count))
    return f'locals {{\n  a0 = "x"\n{links}}}\n'


OPEN = 'variable "u" {\n}\n'
ENDLESS_LISTS = "".join(f"  l{n} = [local.l{n - 1}, local.l{n - 1}]\n" for n in range(1, 30))
SPENT = "a = [for i in range(1000) : [for j in range(1000) : [for k in range(1000) : i]]]"

LIMITS: dict[str, tuple[dict[str, str], str, int | None, str]] = {
    "brackets": ({"x.tf": bucket("[" * 3000 + "]" * 3000)}, "x.tf", 2, "nested deeper than 400"),
    "operators": ({"x.tf": bucket("1" + " + 1" * 9000)}, "x.tf", 2, "nested deeper than 400"),
    "attributes": ({"x.tf": bucket("local.a" + ".a" * 9000)}, "x.tf", 2, "a traversal deeper"),
    "indices": ({"x.tf": bucket("local.a" + "[0]" * 9000)}, "x.tf", 2, "a traversal deeper"),
    "splats": ({"x.tf": bucket("local.a" + ".*.a" * 9000)}, "x.tf", 2, "deeper than 400"),
    "blocks": ({"x.tf": "a {\n" * 500 + "}\n" * 500}, "x.tf", 62, "blocks nest deeper than 60"),
    "blocks of a resource": (
        {"x.tf": 'resource "aws_instance" "i" {\n' + "a {\n" * 500 + "}\n" * 501},
        "x.tf", 62, "blocks nest deeper than 60",
    ),
    "directives": (
        {"x.tf": bucket('"' + "%{ if true }" * 900 + "%{ endif }" * 900 + '"')},
        "x.tf", 2, "nested deeper than 400",
    ),
    "variable files": ({"terraform.tfvars": "a = " + "[" * 900 + "]" * 900},
                       "terraform.tfvars", 1, "nested deeper than 400"),
    "JSON": ({"x.tf.json": '{"locals": {"a": ' + "[" * 900 + "]" * 900 + "}}"},
             "x.tf.json", 1, "nested deeper than 100"),
    "JSON without an end": ({"x.tf.json": "[" * 100_000}, "x.tf.json", None, "nested too deep"),
    "templates in JSON": (
        {"x.tf.json": '{"locals": {"a": "${' + "[" * 900 + "]" * 900 + '}"}}'},
        "x.tf.json", 1, "nested deeper than 400",
    ),
    "a chain of locals": ({"x.tf": chain(20_000) + bucket("local.a19999")}, "x.tf", None, "given up"),
    "numbers": ({"x.tf": bucket("1e999999999")}, "x.tf", 2, "the number is too large"),
    "digits": ({"x.tf": bucket("9" * 5000)}, "x.tf", 2, "the number is too large"),
    "small numbers": ({"x.tf": bucket("1e-500")}, "x.tf", 2, "too small"),
    "numbers in JSON": ({"x.tf.json": '{"locals": {"a": ' + "9" * 5000 + "}}"},
                        "x.tf.json", 1, "the number is too large"),
    "loops": ({"x.tf": "locals {\n  " + SPENT + "\n}\n" + bucket("local.a")}, "x.tf", 2, "too many steps"),
    "products": ({"x.tf": bucket("setproduct(" + ", ".join(["[1, 2]"] * 60) + ")")},
                 "x.tf", 2, "setproduct is too large"),
    "widths": ({"x.tf": bucket('format("%999999999d", 1)')}, "x.tf", 2, "the width is too large"),
    "text that doubles itself": (
        {"x.tf": "locals {\n  t0 = \"xx\"\n"
         + "".join(f'  t{n} = "${{local.t{n - 1}}}${{local.t{n - 1}}}"\n' for n in range(1, 64))
         + "}\n" + bucket("local.t63")},
        "x.tf", 21, "the text is too large",
    ),
    "lists that double themselves": (
        {"x.tf": 'locals {\n  l0 = ["x", "x"]\n' + ENDLESS_LISTS + "}\n" + bucket("local.l29")},
        "x.tf", 20, "a value with too many parts",
    ),
    "one list in many attributes": (
        {"x.tf": 'locals {\n  l0 = ["x", "x"]\n' + ENDLESS_LISTS + "}\n"
         + 'resource "aws_s3_bucket" "b" {\n  count  = 50\n  bucket = local.l16\n}\n'},
        "x.tf", 35, "a value with too many parts, alone or with all others",
    ),
    "a template of itself": (
        {"x.tf": bucket('templatefile("t.tpl", {})'), "t.tpl": '${templatefile("t.tpl", {})}' * 9},
        "x.tf", 2, "the template is too large",
    ),
    "a deep template": (
        {"x.tf": bucket('templatefile("t.tpl", {})'), "t.tpl": "${" + "[" * 900 + "]" * 900 + "}"},
        "x.tf", 2, "a template with nested deeper",
    ),
    "aliases": (
        {"x.tf": bucket('yamldecode(file("y.txt"))'),
         "y.txt": "a0: &a0 [x]\n"
         + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))},
        "x.tf", 2, "a value with too many parts",
    ),
    "deep YAML": ({"x.tf": bucket('yamldecode(file("y.txt"))'), "y.txt": "[" * 3000 + "]" * 3000},
                  "x.tf", 2, "the YAML nests too deep"),
    "deep JSON": ({"x.tf": bucket('jsondecode(file("y.txt"))'), "y.txt": "[" * 3000 + "]" * 3000},
                  "x.tf", 2, "nests too deep"),
    "count": ({"x.tf": 'resource "aws_s3_bucket" "b" {\n  count = 1000000000\n}\n'},
              "x.tf", 2, "count makes more than 2,000"),
    "for_each": (
        {"x.tf": "locals {\n  k = toset(flatten([for a in range(99) : [for b in range(99) : "
         '"${a}-${b}"]]))\n}\nresource "aws_s3_bucket" "b" {\n  for_each = local.k\n}\n'},
        "x.tf", 5, "for_each makes more than 2,000",
    ),
    "providers": (
        {"x.tf": "locals {\n  k = toset(flatten([for a in range(99) : [for b in range(99) : "
         '"${a}-${b}"]]))\n}\nprovider "aws" {\n  alias = "x"\n  for_each = local.k\n}\n'},
        "x.tf", 6, "for_each makes more than 2,000 providers",
    ),
    "dynamic blocks": (
        {"x.tf": 'resource "aws_s3_bucket" "b" {\n'
         + 'dynamic "a" {\nfor_each = range(1000)\ncontent {\n' * 3 + "}\n}\n" * 3 + "}\n"},
        "x.tf", 9, 'dynamic "a" makes too many blocks',
    ),
    "a file elsewhere": ({"x.tf": bucket('try(file("/etc/passwd"), "none")')},
                         "x.tf", 2, "lies outside the scanned tree"),
    "a file above": ({"x.tf": bucket('filesha256("../../../x")')},
                     "x.tf", 2, "lies outside the scanned tree"),
    "a module elsewhere": ({"x.tf": 'module "m" {\n  source = "../../../../etc"\n}\n'},
                           "x.tf", 2, "lies outside the folder that is scanned"),
    "many words": ({"x.tf": "a = [" + "1," * 300_000 + "]\n"}, "x.tf", 1, "words and marks"),
    "a large file": ({"x.tf": "#" * 3_000_001}, "x.tf", None, "the limit is 3 MB"),
}  # fmt: skip


@pytest.mark.parametrize(("written", "path", "line", "words"), LIMITS.values(), ids=LIMITS)
def test_a_limit_that_is_hit_is_named_and_the_rest_is_still_scanned(
    tmp_path: Path, written: dict[str, str], path: str, line: int | None, words: str
) -> None:
    root = tmp_path / "repo"
    for name, text in {**written, "good.tf": EU, "other/good.tf": US}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    report = scan.inventory(Settings(root=root))
    named = [u for u in report.graph.unread if u.path == path and words in u.reason]
    assert named, report.graph.unread
    assert line is None or line in {unread.line for unread in named}
    found = {r.address: r.locations for r in report.graph.resources.values()}
    assert [place.region for place in found["aws_s3_bucket.eu"]] == ["eu-west-1"]
    assert [place.region for place in found["aws_s3_bucket.us"]] == ["us-east-1"]
    json.loads(INVENTORY["json"](report).encode(), parse_constant=pytest.fail)


def test_a_limit_keeps_a_strict_scan_from_passing(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(EU + "locals {\n  " + SPENT + "\n}\n" + bucket("local.a"))
    for strict, code in ((False, 0), (True, 3)):
        settings = Settings(root=tmp_path, strict=strict, ignore=("DOM1",))
        assert scan.run(settings).exit_code == code


def test_what_one_root_module_uses_up_no_other_lacks(tmp_path: Path) -> None:
    for n in range(2):
        (tmp_path / f"bad{n}").mkdir()
        (tmp_path / f"bad{n}/main.tf").write_text(
            "locals {\n  " + SPENT + "\n}\n" + bucket("local.a")
        )
    (tmp_path / "good.tf").write_text(
        'locals {\n  to = { for r in ["eu-west-1"] : r => upper(r) }\n}\n'
        'resource "aws_s3_bucket" "b" {\n  for_each = local.to\n  region   = lower(each.value)\n}\n'
    )
    graph = scan.inventory(Settings(root=tmp_path)).graph
    places = graph.resources['.#aws_s3_bucket.b["eu-west-1"]'].locations
    assert [place.region for place in places] == ["eu-west-1"]


def test_names_stay_known_where_the_steps_are_spent(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        "locals {\n  " + SPENT + '\n  r = lower("EU-WEST-1")\n}\n'
        'resource "aws_s3_bucket" "a" {\n  tags = local.a\n}\n'
        'resource "aws_s3_bucket" "b" {\n  region = "${local.r}"\n}\n'
    )
    graph = scan.inventory(Settings(root=tmp_path)).graph
    places = graph.resources[".#aws_s3_bucket.b"].locations
    assert [place.region for place in places] == ["eu-west-1"]


def test_many_instances_leave_room_for_what_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scanner.sources.terraform import run

    monkeypatch.setattr(run, "MAX_DECLARATIONS", 100)
    many = "".join(
        US.replace('"us"', f'"us{n}"').replace("{\n", "{\n  count = 60\n") for n in range(3)
    )
    (tmp_path / "main.tf").write_text(many + EU)
    graph = scan.inventory(Settings(root=tmp_path)).graph
    addresses = {resource.address for resource in graph.resources.values()}
    assert {"aws_s3_bucket.us0[59]", "aws_s3_bucket.us1[*]", "aws_s3_bucket.us2[*]"} <= addresses
    assert "aws_s3_bucket.eu" in addresses
    assert any("more than 100 resources" in unread.reason for unread in graph.unread)


def test_values_that_are_open_do_not_multiply(tmp_path: Path) -> None:
    levels = "".join(
        f"  c{n} = var.u ? [local.c{n - 1}, local.c{n - 1}] : [local.c{n - 1}, 1]\n"
        for n in range(1, 41)
    )
    (tmp_path / "main.tf").write_text(
        OPEN + 'locals {\n  c0 = ["x"]\n' + levels + "}\n" + bucket("local.c40")
    )
    assert holds_unknown(attributes(tmp_path, "aws_s3_bucket.b")["bucket"])


@pytest.mark.parametrize("count", ['"²"', '"' + "9" * 5000 + '"', "1e500", "-1", "1.5", '"x"'])
def test_a_count_that_is_no_count_is_no_crash(tmp_path: Path, count: str) -> None:
    (tmp_path / "main.tf").write_text(
        EU + f'resource "aws_s3_bucket" "b" {{\n  count = {count}\n}}\n'
    )
    assert "aws_s3_bucket.eu" in ids(tmp_path)


@pytest.mark.parametrize(
    "expression",
    ["file()", 'filemd5("a", "b")', "local.a." + "9" * 6000, "[1][1e500]", '"\\ud800"'],
)
def test_an_expression_that_terraform_refuses_is_no_crash(tmp_path: Path, expression: str) -> None:
    (tmp_path / "main.tf").write_text("locals {\n  a = [1]\n}\n" + bucket(expression))
    report = scan.inventory(Settings(root=tmp_path))
    assert len(INVENTORY["json"](report).encode()) < 5000


def test_a_nested_block_called_provider_has_a_trail(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_eks_cluster" "c" {\n  encryption_config {\n    provider {\n'
        '      key_arn = "x"\n    }\n  }\n}\n'
    )
    graph = scan.inventory(Settings(root=tmp_path)).graph
    origin = graph.resources[".#aws_eks_cluster.c"].origin
    assert origin.trail("encryption_config[0].provider[0].key_arn")[0].span.line == 4


def test_a_pipe_in_the_folder_of_a_module_is_named(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "m").mkdir()
    os.mkfifo(tmp_path / "m/main.tf")
    (tmp_path / "root/main.tf").write_text(EU + 'module "m" {\n  source = "../m"\n}\n')
    graph = scan.inventory(Settings(root=tmp_path, paths=("root",))).graph
    assert "aws_s3_bucket.eu" in {resource.address for resource in graph.resources.values()}
    assert any(unread.path == "m/main.tf" for unread in graph.unread)


def test_a_link_to_a_file_outside_the_repository_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    (tmp_path / "outside.tf").write_text(US)
    (tmp_path / "repo/main.tf").write_text(EU)
    (tmp_path / "repo/shared.tf").symlink_to("main.tf")
    (tmp_path / "repo/link.tf").symlink_to(tmp_path / "outside.tf")
    graph = scan.inventory(Settings(root=tmp_path / "repo")).graph
    assert {resource.address for resource in graph.resources.values()} == {"aws_s3_bucket.eu"}
    assert ("link.tf", "a link to a file outside the repository, not read") in {
        (unread.path, unread.reason) for unread in graph.unread
    }


def test_halves_of_characters_in_json_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "main.tf.json").write_text(
        '{"resource": {"aws_s3_bucket": {"b": {"bucket": "\\ud800", "tags": '
        r'{"\udfff": "x", "emoji": "\ud83d\ude00", "text": "\\ud83d\\ude00"}}}}}'
    )
    report = scan.inventory(Settings(root=tmp_path))
    assert attributes(tmp_path, "aws_s3_bucket.b") == {
        "bucket": "\ufffd",
        "tags": {"\ufffd": "x", "emoji": "\U0001f600", "text": r"\ud83d\ude00"},
    }
    assert INVENTORY["json"](report).encode()


def test_providers_that_are_written_again_and_again_are_compared_once(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(EU + 'provider "aws" {\n}\n' * 300)
    assert len(scan.inventory(Settings(root=tmp_path)).graph.unread) == 299
