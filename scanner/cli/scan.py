"""``domicile scan``."""

from __future__ import annotations

import sys
from typing import Any

import click

from scanner.cli.options import input_options, settings


@click.command("scan")
@input_options
@click.option(
    "--format",
    "-f",
    "formats",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help="text, concise, json, sarif, github or markdown; with =FILE into a file. Repeatable.",
)
@click.option("--output", "-o", metavar="FILE", help="Write the report here; - is the default.")
@click.option(
    "--fail-on",
    type=click.Choice(["low", "medium", "high", "critical", "never"]),
    default="medium",
    show_default=True,
    help="The lowest severity that makes exit code 1.",
)
@click.option("--strict", is_flag=True, help="Exit code 3 if something stays undecided or unread.")
@click.option(
    "--select",
    multiple=True,
    metavar="RULE",
    help="Only these rules: ids, names or prefixes (DOM3). Repeatable.",
)
@click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules. Repeatable.")
@click.option(
    "--rules",
    multiple=True,
    metavar="DIR",
    help="A folder of your own rules, Python or Rego. Its Python runs. Repeatable.",
)
@click.option(
    "--show-suppressed", is_flag=True, help="Show what is ignored, waived or permitted as well."
)
@click.option("--category", default="", metavar="NAME", help="SARIF: tells several runs apart.")
@click.option("--no-cache", is_flag=True, help="Compile the Rego rules anew.")
def command(
    paths: tuple[str, ...],
    formats: tuple[str, ...],
    output: str | None,
    show_suppressed: bool,
    category: str,
    no_cache: bool,
    **options: Any,
) -> int:
    """Judge what will be deployed against the policy.

    Without PATH the working directory is scanned; without a policy every border that data
    crosses, every unknown place and every hard-coded secret is shown.
    """
    from scanner import scan
    from scanner.cli import output as out
    from scanner.report import FORMATS

    targets = _targets(formats, output, FORMATS)
    wanted = settings(paths, cache=not no_cache, **options)
    report = scan.run(wanted)
    for name, file in targets:
        view = out.view_for(file, show_suppressed=show_suppressed, category=category)
        out.write(FORMATS[name](report, view), file)
    if all(file not in (None, "-") for _, file in targets):
        _verdict(report)
    return report.exit_code


def _targets(
    formats: tuple[str, ...], output: str | None, known: Any
) -> list[tuple[str, str | None]]:
    """Return (format, file) pairs; at most one may go to standard output."""
    from scanner.geography.words import nearest

    targets: list[tuple[str, str | None]] = []
    for item in formats or ("text",):
        name, equals, file = item.partition("=")
        if name not in known:
            close = nearest(name, list(known))
            hint = f"; did you mean {close!r}?" if close else "."
            raise click.BadParameter(
                f"{name!r} is no format{hint} Formats: {', '.join(known)}", param_hint="--format"
            )
        targets.append((name, file if equals else output))
    plain = [name for name, file in targets if file in (None, "-")]
    if len(plain) > 1:
        raise click.BadParameter(
            f"{' and '.join(plain)} would mix on standard output; write --format {plain[-1]}=FILE",
            param_hint="--format",
        )
    files = [file for _, file in targets if file not in (None, "-")]
    if len(files) != len(set(files)):
        raise click.BadParameter("two formats would write the same file", param_hint="--format")
    return targets


def _verdict(report: Any) -> None:
    """Say the verdict on standard error where the report itself went into files."""
    from scanner.report import verdict

    click.echo(verdict.line(report), file=sys.stderr)
