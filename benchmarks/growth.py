"""Prints how the time of a scan grows with the size of the tree: it should be linear."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from scanner import scan
from scanner.settings import Settings

SIZES = (100, 400, 1600, 6400)
_BLOCK = """
resource "aws_s3_bucket" "b{n}" {{
  bucket = "bucket-{n}"
  tags   = {{ team = "platform", cost = var.cost }}
}}

resource "aws_s3_bucket_versioning" "b{n}" {{
  bucket = aws_s3_bucket.b{n}.id
  versioning_configuration {{
    status = "Enabled"
  }}
}}
"""


def main() -> int:
    """Measure and print one line for each size."""
    print(f"{'resources':>9} {'seconds':>8} {'us each':>8}")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "main.tf").write_text(
                'provider "aws" {\n  region = "eu-west-1"\n}\n'
                'variable "cost" {\n  default = "it"\n}\n', "utf-8"
            )  # fmt: skip
            for start in range(0, size // 2, 50):
                text = "".join(_BLOCK.format(n=n) for n in range(start, min(start + 50, size // 2)))
                (root / f"part{start}.tf").write_text(text, "utf-8")
            begin = time.perf_counter()
            report = scan.run(Settings(root=root, allow=("EEA",)))
            taken = time.perf_counter() - begin
            count = len(report.graph.resources)
            print(f"{count:9} {taken:8.2f} {taken / count * 1e6:8.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
