"""``domicile init``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scanner.cli.options import input_options, settings
from scanner.errors import UsageError


@click.command("init")
@input_options
@click.option("--output", "-o", default="domicile.yaml", show_default=True, metavar="FILE",
              help="The file to write; - shows it.")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace a policy that is there.")
def command(paths: tuple[str, ...], output: str, force: bool, **options: Any) -> int:
    """Write a first policy that allows what is there today.

    It passes on today's tree and fails on the first resource elsewhere; narrow it from there.
    """
    from scanner import scan
    from scanner.cli import output as out
    from scanner.policy.first import first_policy

    if output != "-" and Path(output).exists() and not force:
        raise UsageError(
            f"{output} is already there", hint="--force replaces it, -o - shows a new one"
        )
    report = scan.inventory(settings(paths, **options))
    out.write(first_policy(report.graph), output)
    if output != "-":
        click.echo(
            f"wrote {output}: where things are today is allowed. Secrets and data paths that "
            "cross a border are judged all the same; now run: domicile scan",
            err=True,
        )
    return 0
