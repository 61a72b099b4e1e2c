"""``domicile inventory``."""

from __future__ import annotations

from typing import Any

import click

from scanner.cli.options import input_options, settings


@click.command("inventory")
@input_options
@click.option(
    "--format",
    "-f",
    "format",
    default="table",
    show_default=True,
    metavar="FORMAT",
    help="table, json, csv or markdown.",
)
@click.option("--output", "-o", metavar="FILE", help="Write it here; - is the default.")
def command(paths: tuple[str, ...], format: str, output: str | None, **options: Any) -> int:
    """Show what is where: resources, locations and data paths.

    Judges nothing; exits 0 when it could read something.
    """
    from scanner import scan
    from scanner.cli import output as out
    from scanner.geography.words import nearest
    from scanner.report import INVENTORY

    if format not in INVENTORY:
        close = nearest(format, list(INVENTORY))
        hint = f"; did you mean {close!r}?" if close else "."
        raise click.BadParameter(
            f"{format!r} is no format{hint} Formats: {', '.join(INVENTORY)}",
            param_hint="--format",
        )
    report = scan.inventory(settings(paths, **options))
    out.write(INVENTORY[format](report, out.view_for(output)), output)
    return 0
