"""Input that wants a wrong clean verdict, a crash, a hang or a leak."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner import scan
from scanner.errors import PolicyError, RuleError, ScanError, UsageError
from scanner.model import Unknown
from scanner.settings import Settings

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


def test_a_link_to_a_file_outside_the_repository_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    (tmp_path / "outside.tf").write_text('resource "aws_s3_bucket" "us" {}\n')
    (tmp_path / "repo/main.tf").write_text('resource "aws_s3_bucket" "eu" {}\n')
    (tmp_path / "repo/shared.tf").symlink_to("main.tf")
    (tmp_path / "repo/link.tf").symlink_to(tmp_path / "outside.tf")
    graph = scan.inventory(Settings(root=tmp_path / "repo")).graph
    assert {resource.address for resource in graph.resources.values()} == {"aws_s3_bucket.eu"}
    assert ("link.tf", "a link to a file outside the repository, not read") in {
        (unread.path, unread.reason) for unread in graph.unread
    }


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
    assert isinstance(found["bucket"], Unknown) or found["bucket"] == 1


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


def test_output_is_written_to_what_is_no_file_and_through_links(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(US)
    (tmp_path / "real.json").write_text("")
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(["cat", str(fifo)], stdout=subprocess.PIPE, text=True) as reader:
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
