"""``domicile rules``."""

from __future__ import annotations

import json

import click

from scanner.cli.options import settings


@click.command("rules")
@click.option("--rules", multiple=True, metavar="DIR", help="A folder of your own rules.")
@click.option("--select", multiple=True, metavar="RULE", help="Only these rules.")
@click.option(
    "--format",
    "-f",
    "format",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
    help="How to list them.",
)
def command(rules: tuple[str, ...], select: tuple[str, ...], format: str) -> int:
    """List the rules: id, name, severity, and what each looks at."""
    from scanner import ruleset
    from scanner.report import rule_pages

    found = ruleset.load(settings((), rules=rules, select=select))
    if format == "json":
        click.echo(json.dumps([rule_pages.as_json(rule) for rule in found], indent=2))
    elif format == "markdown":
        click.echo(rule_pages.markdown(found), nl=False)
    else:
        click.echo(rule_pages.table(found), nl=False)
    return 0
