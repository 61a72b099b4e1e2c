"""``domicile explain``."""

from __future__ import annotations

from typing import Any

import click

from scanner.cli.options import input_options, settings


@click.command("explain")
@click.argument("target")
@input_options
@click.option("--rules", multiple=True, metavar="DIR", help="A folder of your own rules.")
def command(target: str, paths: tuple[str, ...], rules: tuple[str, ...], **options: Any) -> int:
    """Explain a rule, or why a resource is where it is.

    TARGET is a rule's id or name (DOM101, region-not-allowed), or a resource's address
    (aws_s3_bucket.logs, infra/prod#module.db.aws_db_instance.main, StatefulSet/prod/db); then
    PATH is what to scan.
    """
    from scanner import ruleset
    from scanner.cli import output as out

    wanted = settings(paths, rules=rules, **options)
    for rule in ruleset.load(wanted):
        if target.upper() == rule.id or target.lower() == rule.name:
            from scanner.report import rule_pages

            click.echo(rule_pages.page(rule), nl=False)
            return 0
    from scanner import scan
    from scanner.errors import UsageError
    from scanner.geography.words import nearest
    from scanner.report import explain

    report = scan.inventory(wanted)
    found = explain.matching(report.graph, target)
    if not found:
        names = [resource.address for resource in report.graph.resources.values()]
        names += [rule.id for rule in ruleset.load(wanted)]
        close = nearest(target, names)
        raise UsageError(
            f"{target!r} is no rule and no resource of this scan",
            hint=f"did you mean {close!r}?"
            if close
            else "`domicile inventory` lists resources, `domicile rules` lists rules",
        )
    out.write(explain.render(found, report, out.view_for(None)), None)
    return 0
