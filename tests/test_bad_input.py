"""Bad input, as a user meets it: a clear message with file, line and what to do; never a
traceback, never silence, and never a clean verdict on what could not be read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scanner import files, scan
from scanner.policy import Policy
from scanner.settings import Settings

GOOD = 'resource "aws_s3_bucket" "good" {\n  region = "eu-west-1"\n}\n'


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def unread(self) -> list[tuple[str, int | None, str]]:
        return [(u["path"], u.get("line"), u["reason"]) for u in self.report["unread"]]


def domicile(folder: Path, *arguments: str) -> Result:
    done = subprocess.run(
        [sys.executable, "-m", "scanner", *arguments],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
        env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return Result(done.returncode, done.stdout, done.stderr)


def scanned(folder: Path, *arguments: str) -> Result:
    return domicile(folder, "scan", "--format", "json", *arguments)


def resources(folder: Path) -> list[str]:
    found = json.loads(domicile(folder, "inventory", "--format", "json").out)
    return [resource["address"] for resource in found["resources"]]


def test_broken_hcl_names_the_line_and_the_rest_is_still_read(tmp_path: Path) -> None:
    (tmp_path / "good.tf").write_text(GOOD)
    (tmp_path / "broken.tf").write_text(
        'resource "aws_s3_bucket" "before" {\n}\n\nresource "aws_s3_bucket" "x" {\n  bucket = = 3\n}\n'
    )
    result = scanned(tmp_path)
    assert result.code == 0
    [(path, line, reason)] = result.unread
    assert (path, line) == ("broken.tf", 5)
    assert "syntax error" in reason
    assert scanned(tmp_path, "--strict").code == 3
    assert {"aws_s3_bucket.good", "aws_s3_bucket.before"} <= set(resources(tmp_path))
    shown = domicile(tmp_path, "scan").out
    assert "broken.tf:5" in shown


def test_a_folder_with_nothing_but_broken_hcl_has_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "broken.tf").write_text("}}}} = {\n")
    result = domicile(tmp_path, "scan")
    assert result.code == 2
    assert "broken.tf:1" in result.err


def test_a_binary_file_called_tf_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.tf").write_bytes(b"\x7fELF\0\0\0\x01" * 64)
    result = domicile(tmp_path, "scan")
    assert result.code == 2
    assert "x.tf: a binary file" in result.err
    (tmp_path / "good.tf").write_text(GOOD)
    assert scanned(tmp_path).unread == [("x.tf", None, "a binary file, not Terraform source")]


def test_invalid_utf8_names_the_line_and_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "latin.tf").write_bytes(
        GOOD.encode() + b"# caf\xe9\n" + GOOD.replace("good", "b").encode()
    )
    [(path, line, reason)] = scanned(tmp_path).unread
    assert (path, line, reason) == ("latin.tf", 4, "not valid UTF-8")
    assert resources(tmp_path) == ["aws_s3_bucket.good", "aws_s3_bucket.b"]


def test_a_line_of_fifty_megabytes_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "good.tf").write_text(GOOD)
    with (tmp_path / "long.tf").open("w") as file:
        file.write('locals {\n  x = "')
        for _ in range(50):
            file.write("a" * 1_000_000)
        file.write('"\n}\n')
    with (tmp_path / "long.yaml").open("w") as file:
        file.write("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: ")
        for _ in range(50):
            file.write("a" * 1_000_000)
    result = scanned(tmp_path)
    assert result.code == 0
    unread = {path: reason for path, _, reason in result.unread}
    assert set(unread) == {"long.tf", "long.yaml"}
    assert "too large" in unread["long.tf"]
    assert "50 MB" in unread["long.tf"]
    assert "large" in unread["long.yaml"] or "limit" in unread["long.yaml"]


def test_anchors_that_expand_without_bound_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "good.tf").write_text(GOOD)
    levels = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefghijk", "bcdefghijkl", strict=True):
        levels.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    (tmp_path / "bomb.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\n" + "\n".join(levels) + "\n"
    )
    result = scanned(tmp_path)
    assert result.code == 0
    [(path, line, reason)] = result.unread
    assert path == "bomb.yaml"
    assert line is not None
    assert "alias" in reason or "anchor" in reason


def test_duplicate_keys_are_named_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "twice.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  name: b\ndata: {x: y}\n"
    )
    (tmp_path / "twice.tf").write_text(
        'resource "aws_s3_bucket" "a" {\n  bucket = "one"\n  bucket = "two"\n}\n'
    )
    unread = {(path, line) for path, line, _ in scanned(tmp_path).unread}
    assert unread == {("twice.yaml", 5), ("twice.tf", 3)}


def test_a_module_that_calls_itself_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(GOOD + 'module "again" {\n  source = "./"\n}\n')
    [(path, line, reason)] = scanned(tmp_path).unread
    assert (path, line) == ("main.tf", 5)
    assert "calls itself" in reason


def test_unknown_keys_of_a_policy_name_line_key_and_the_nearest_word(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(GOOD)
    (tmp_path / "domicile.yaml").write_text(
        "version: 1\nresidency:\n  - name: a\n    alow: [EEA]\nwaver: []\n"
    )
    result = domicile(tmp_path, "scan")
    assert result.code == 2
    assert result.out == ""
    assert "domicile.yaml:4:5" in result.err
    assert "alow" in result.err
    assert "allow" in result.err.replace("alow", "")
    assert "domicile.yaml:5:1" in result.err
    assert "waivers" in result.err


def test_an_empty_folder_has_no_verdict(tmp_path: Path) -> None:
    result = domicile(tmp_path, "scan")
    assert result.code == 2
    assert "nothing to scan" in result.err
    assert "help:" in result.err


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(GOOD)
    result = domicile(tmp_path, "scan", "gone")
    assert result.code == 2
    assert "gone: no such file or folder" in result.err


def test_files_and_folders_without_read_permission_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever runs the tests may be allowed to read everything: the refusal itself is made here.
    (tmp_path / "good.tf").write_text(GOOD)
    (tmp_path / "closed.tf").write_text(GOOD)
    (tmp_path / "closed.yaml").write_text("apiVersion: v1\nkind: Secret\n")
    (tmp_path / "folder").mkdir()
    scandir, read_bytes, opened = os.scandir, Path.read_bytes, Path.open

    def refused(path: object) -> bool:
        return Path(str(path)).name in {"closed.tf", "closed.yaml", "folder"}

    def denied(path: Path, *arguments: Any, **options: Any) -> Any:
        if refused(path):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **options)

    def no_bytes(path: Path) -> bytes:
        if refused(path):
            raise PermissionError(13, "Permission denied", str(path))
        return read_bytes(path)

    def no_entries(path: Any) -> Any:
        if refused(path):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(Path, "open", denied)
    monkeypatch.setattr(Path, "read_bytes", no_bytes)
    monkeypatch.setattr(os, "scandir", no_entries)
    report = scan.run(Settings(root=tmp_path))
    assert list(report.graph.resources) == [".#aws_s3_bucket.good"]
    unread = {u.path: u.reason for u in report.graph.unread}
    assert set(unread) == {"closed.tf", "closed.yaml", "folder"}
    assert all("Permission denied" in reason for reason in unread.values())


# The walk


def found(root: Path, *paths: str) -> tuple[set[str], dict[str, str]]:
    result = files.find(Settings(root=root, paths=paths or (".",)), Policy())
    names = {file for item in result.inputs for file in item.files}
    return names, {item.path: item.reason for item in result.unread}


def test_ignore_files_of_every_folder_are_honoured(tmp_path: Path) -> None:
    for name in (
        "a.tf",
        "b/b.tf",
        "b/keep.tf",
        "c/c.tf",
        "d/d.tf",
        ".terraform/x/m.tf",
        ".git/x.tf",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(GOOD)
    (tmp_path / ".gitignore").write_text("/c/\n")
    (tmp_path / "b/.gitignore").write_text("*.tf\n!keep.tf\n")
    (tmp_path / ".domicileignore").write_text("d/d.tf\n")
    names, _ = found(tmp_path)
    assert names == {"a.tf", "b/keep.tf"}
    # A folder that is scanned on its own obeys the files above it, within the repository.
    names, _ = found(tmp_path, "d")
    assert names == set()


def test_loops_of_links_are_reported_and_links_to_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/main.tf").write_text(GOOD)
    (tmp_path / "a/loop").symlink_to(tmp_path)
    (tmp_path / "a/linked.tf").symlink_to(tmp_path / "a/main.tf")
    (tmp_path / "a/dead.tf").symlink_to(tmp_path / "a/gone.tf")
    (tmp_path / "a/self.tf").symlink_to(tmp_path / "a/self.tf")
    (tmp_path / "out").symlink_to("/usr")
    names, unread = found(tmp_path)
    assert names == {"a/main.tf", "a/linked.tf"}
    assert {path: reason.partition(":")[0] for path, reason in unread.items()} == {
        "a/loop": "a link to a folder above it",
        "a/dead.tf": "a link that leads nowhere",
        "a/self.tf": "a link that leads to itself",
        "out": "a link to a folder outside the scan, not followed",
    }


def test_what_is_recognised_and_not_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "chart/templates").mkdir(parents=True)
    (tmp_path / "chart/Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    (tmp_path / "chart/templates/a.yaml").write_text("apiVersion: v1\nkind: {{ .Values.k }}\n")
    (tmp_path / "k").mkdir()
    (tmp_path / "k/kustomization.yaml").write_text("resources: [a.yaml]\n")
    (tmp_path / "t").mkdir()
    (tmp_path / "t/terragrunt.hcl").write_text("inputs = {}\n")
    (tmp_path / "plan.json").write_text('{"format_version": "1.2", "planned_values": {')
    (tmp_path / "other.json").write_text('{"format_version": "1.2"}')
    assert domicile(tmp_path, "scan").code == 2
    (tmp_path / "good.tf").write_text(GOOD)
    unread = {path: reason for path, _, reason in scanned(tmp_path).unread}
    assert set(unread) == {
        "chart/Chart.yaml", "k/kustomization.yaml", "t/terragrunt.hcl", "plan.json",
    }  # fmt: skip
    assert unread["plan.json"].startswith("a plan that is cut off: ")


def test_a_single_terraform_file_brings_its_module_along(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m/main.tf").write_text(GOOD)
    (tmp_path / "m/vars.tf").write_text('variable "a" {}\n')
    (tmp_path / "m/x.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n")
    names, _ = found(tmp_path, "m/main.tf")
    assert names == {"m/main.tf", "m/vars.tf"}
    names, _ = found(tmp_path, "m/x.yaml")
    assert names == {"m/x.yaml"}
