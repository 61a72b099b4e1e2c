"""The command line as a person uses it: options, exit codes, outputs, messages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import cli
from scanner.cli.trouble import explained

PROVIDER = 'provider "aws" {\n  region = "us-east-1"\n}\n'
BUCKET = 'resource "aws_s3_bucket" "logs" {\n  bucket = "logs"\n}\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "main.tf").write_text(PROVIDER + BUCKET)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    return tmp_path


class Run:
    """Runs the command in this process and keeps what it said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.out = ""
        self.err = ""

    def __call__(self, *arguments: str) -> int:
        self.capsys.readouterr()
        code = explained(lambda: cli(list(arguments), prog_name="domicile", standalone_mode=False))
        self.out, self.err = self.capsys.readouterr()
        return code

    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


@pytest.mark.usefixtures("folder")
def test_exit_codes_are_those_of_the_contract(run: Run, folder: Path) -> None:
    assert run("scan") == 0
    assert run("scan", "--allow", "US") == 0
    assert run("scan", "--allow", "EEA") == 1
    assert "DOM101" in run.out
    assert run("scan", "--allow", "EEA", "--fail-on", "critical") == 0
    assert run("scan", "--allow", "EEA", "--fail-on", "never") == 0
    assert run("scan", "--allow", "Atlantis") == 2
    assert "Atlantis" in run.err
    (folder / "main.tf").write_text(BUCKET)
    assert run("scan", "--allow", "EEA") == 0
    assert run("scan", "--allow", "EEA", "--strict") == 3


@pytest.mark.usefixtures("folder")
def test_a_finding_stands_at_its_line_with_its_trail(run: Run) -> None:
    assert run("scan", "--allow", "EEA", "--format", "json") == 1
    [finding] = [f for f in run.json()["findings"] if f["rule"] == "DOM101"]
    assert finding["resource"] == ".#aws_s3_bucket.logs"
    assert (finding["span"]["file"], finding["span"]["line"]) == ("main.tf", 4)
    assert [(hop["file"], hop["line"]) for hop in finding["trail"]] == [("main.tf", 2)]
    assert finding["verdict"] == "fail"
    assert finding["status"] == "open"


@pytest.mark.usefixtures("folder")
def test_selecting_and_ignoring_rules(run: Run) -> None:
    assert run("scan", "--allow", "EEA", "--ignore", "DOM101") == 0
    assert run("scan", "--allow", "EEA", "--select", "region-not-allowed") == 1
    assert run("scan", "--allow", "EEA", "--select", "DOM3") == 0
    assert run("scan", "--select", "DOM1O1") == 2
    assert "DOM101" in run.err


def test_reports_go_into_files_and_the_verdict_to_standard_error(run: Run, folder: Path) -> None:
    code = run("scan", "--allow", "EEA", "--format", "sarif=out.sarif", "--format", "json=out.json")
    assert code == 1
    assert run.out == ""
    assert "1 finding" in run.err
    assert json.loads((folder / "out.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((folder / "out.json").read_text())["schema"] == "domicile.report/1"
    assert run("scan", "--format", "concise", "--output", "x.txt", "--allow", "EEA") == 1
    assert (folder / "x.txt").read_text().startswith("main.tf:4:1: ")
    assert run("scan", "--format", "json", "--output", "no/such/folder.json") == 2
    assert "cannot write" in run.err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("scan", "--format", "sarrif"), "did you mean 'sarif'"),
        (("scan", "--format", "json", "--format", "text"), "mix on standard output"),
        (("scan", "--format", "json=a", "--format", "text=a"), "same file"),
        (("scan", "--var", "novalue"), "NAME=VALUE"),
        (("scan", "--as-of", "yesterday"), "2026-11-25"),
        (("scan", "--policy", "gone.yaml"), "gone.yaml"),
        (("scan", "--rules", "gone"), "gone"),
        (("inventory", "--format", "tabel"), "did you mean 'table'"),
        (("scna",), "Did you mean 'scan'"),
        (("explain", "DOM999"), "DOM"),
        (("explain", "aws_s3_bucket.lgos"), "did you mean 'aws_s3_bucket.logs'"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_nearest_word(
    run: Run, arguments: tuple[str, ...], word: str
) -> None:
    assert run(*arguments) == 2
    assert word in run.err
    assert run.out == ""


@pytest.mark.usefixtures("folder")
def test_inventory_in_every_format(run: Run) -> None:
    assert run("inventory") == 0
    assert "us-east-1" in run.out
    assert run("inventory", "--format", "csv") == 0
    assert "aws_s3_bucket.logs" in run.out
    assert run("inventory", "--format", "markdown") == 0
    assert run("inventory", "--format", "json") == 0
    inventory = run.json()
    assert inventory["schema"] == "domicile.inventory/1"
    [bucket] = inventory["resources"]
    assert bucket["id"] == ".#aws_s3_bucket.logs"
    assert bucket["kind"] == "object_store"
    [location] = bucket["locations"]
    assert (location["region"], location["countries"], location["status"]) == (
        "us-east-1", ["US"], "known",
    )  # fmt: skip
    assert bucket["operator"]["country"] == "US"


@pytest.mark.usefixtures("folder")
def test_explaining_rules_and_resources(run: Run) -> None:
    assert run("explain", "DOM101") == 0
    assert "## Why" in run.out
    assert "## Fix" in run.out
    assert run("explain", "region-not-allowed") == 0
    assert run("explain", "aws_s3_bucket.logs", "--allow", "EEA") == 0
    assert "main.tf:2" in run.out
    assert "us-east-1" in run.out


@pytest.mark.usefixtures("folder")
def test_rules_are_listed_in_three_forms(run: Run) -> None:
    assert run("rules") == 0
    assert "region-not-allowed" in run.out
    assert run("rules", "--format", "json") == 0
    ids = [rule["id"] for rule in run.json()]
    assert ids == sorted(ids)
    assert {"DOM101", "DOM102", "DOM201", "DOM301"} <= set(ids)
    assert run("rules", "--format", "markdown", "--select", "DOM3") == 0
    assert "## DOM301" in run.out
    assert "## DOM101" not in run.out


def test_the_first_policy_passes_today_and_fails_on_what_moves(run: Run, folder: Path) -> None:
    assert run("init") == 0
    assert run("scan") == 0, run.out
    assert run("init") == 2
    assert "--force" in run.err
    (folder / "main.tf").write_text(PROVIDER.replace("us-east-1", "ap-south-1") + BUCKET)
    assert run("scan") == 1
    assert run("init", "-o", "-") == 0
    assert run.out.startswith(("#", "version"))


def test_the_environment_chooses_variable_files(run: Run, folder: Path) -> None:
    (folder / "main.tf").write_text(
        'variable "region" {}\nprovider "aws" {\n  region = var.region\n}\n' + BUCKET
    )
    (folder / "envs").mkdir()
    (folder / "envs/prod.tfvars").write_text('region = "eu-west-1"\n')
    (folder / "envs/dev.tfvars").write_text('region = "us-east-1"\n')
    assert run("scan", "--allow", "EEA", "--environment", "prod") == 0
    assert run("scan", "--allow", "EEA", "-e", "dev") == 1
    assert run("scan", "--allow", "EEA", "--var-file", "envs/dev.tfvars") == 1
    assert run("scan", "--allow", "EEA", "--var", "region=eu-west-3") == 0
    # Nobody says which: it may be either, and that fails nothing by itself.
    assert run("scan", "--allow", "EEA") == 0
    assert run("scan", "--allow", "EEA", "--strict") == 3


@pytest.mark.usefixtures("folder")
def test_a_rule_that_raises_ends_the_scan_by_name(run: Run, folder: Path) -> None:
    (folder / "own").mkdir()
    (folder / "own/broken.py").write_text(
        "from scanner.rule import Severity, rule\n\n\n"
        '@rule(id="ACME1", severity=Severity.LOW, kinds=["object_store"])\n'
        "def breaks(resource, graph, policy):\n"
        '    """It breaks.\n\n    ## Why\n\n    To see.\n\n    ## Fix\n\n    Nothing.\n    """\n'
        "    raise KeyError(resource.name)\n"
        "    yield\n"
    )
    assert run("scan", "--rules", "own") == 2
    assert "ACME1" in run.err
    assert "broken.py" in run.err
    assert run.out == ""
    assert run("scan", "--rules", "own", "--ignore", "ACME1") == 0


def test_the_version_loads_click_and_nothing_else() -> None:
    code = (
        "import sys; from scanner.cli import cli; sys.argv = ['domicile', '--version']\n"
        "try: cli()\nexcept SystemExit: pass\n"
        "heavy = {'yaml', 'rich', 'regopy', 'detect_secrets', 'hcl2', 'tree_sitter', 'json'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "domicile, version 0.1.0\n"
    assert done.stderr.strip() == "[]"


def test_a_reader_that_goes_away_leaves_no_traceback(folder: Path) -> None:
    command = f"{sys.executable} -m scanner rules -f markdown | head -c 10"
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, cwd=folder, check=False
    )
    assert "Traceback" not in done.stderr
    assert done.stderr == ""


def test_the_process_ends_at_once_and_still_cleans_up_and_writes_everything(folder: Path) -> None:
    code = (
        "import atexit, os, sys\n"
        "from scanner.cli import main\n"
        "atexit.register(lambda: print('cleaned up'))\n"
        "class Held:\n    def __del__(self): os.write(1, b'taken apart')\n"
        "held = Held()\n"
        "sys.argv = ['domicile', 'scan', '--allow', 'DE']\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False
    )
    assert done.returncode == 1
    assert "DOM101" in done.stdout
    assert done.stdout.endswith("cleaned up\n")


def test_a_closed_standard_output_is_named(folder: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m scanner scan --allow DE >&-",
        shell=True, capture_output=True, text=True, cwd=folder, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot write the output: standard output is closed\n")
