"""Prints what starting costs, as ratios to ``python -c "import click"`` in this environment.

The limits are part of the product: ``--version`` under 3, a scan of a five-file root under 8.
Each figure is the median of several runs, the commands taken in turn.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 21
_ROOT = {
    "versions.tf": 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n',
    "variables.tf": 'variable "region" {\n  type    = string\n  default = "eu-central-1"\n}\n',
    "providers.tf": 'provider "aws" {\n  region = var.region\n}\n',
    "main.tf": 'resource "aws_s3_bucket" "documents" {\n  bucket = "documents"\n}\n\n'
    'resource "aws_instance" "web" {\n  ami           = "ami-1"\n  instance_type = "m7i.large"\n}\n',
    "outputs.tf": 'output "bucket" {\n  value = aws_s3_bucket.documents.arn\n}\n',
}


def main() -> int:
    """Measure and print; return 1 where a limit is passed."""
    # An installed package has its bytecode; some environments keep it from being written.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    domicile = str(Path(sys.executable).parent / "domicile")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in _ROOT.items():
            Path(folder, name).write_text(text, "utf-8")
        commands = {
            "import click": [sys.executable, "-c", "import click"],
            "--version": [domicile, "--version"],
            "five-file scan": [domicile, "scan"],
            "five-file scan, --allow EEA": [domicile, "scan", "--allow", "EEA"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for run in range(RUNS + 2):
            for name, command in commands.items():
                start = time.perf_counter()
                done = subprocess.run(
                    command, cwd=folder, env=environment, capture_output=True, check=False
                )
                if run >= 2:  # the first runs fill caches
                    times[name].append(time.perf_counter() - start)
                if done.returncode != 0:
                    print(f"{name}: exit code {done.returncode}\n{done.stderr.decode()}")
                    return 1
    base = statistics.median(times["import click"])
    limits = {"--version": 3.0, "five-file scan": 8.0, "five-file scan, --allow EEA": 8.0}
    failed = False
    for name, found in times.items():
        median = statistics.median(found)
        limit = limits.get(name)
        note = f"  limit {limit:g}" if limit else ""
        failed |= limit is not None and median / base > limit
        print(f"{name:28} {median * 1000:7.1f} ms  {median / base:5.2f} x{note}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
