"""The options that several commands share, and the `Settings` that they make."""

from __future__ import annotations

import datetime
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from scanner.rule import Severity
from scanner.settings import Settings
from scanner.sources.plan.claims import MAX_FILE, STDIN

_Command = TypeVar("_Command", bound=Callable[..., Any])


def input_options(command: _Command) -> _Command:
    """Add the paths and everything that decides how they are read."""
    for option in reversed(_INPUT):
        command = option(command)
    return command


_INPUT: tuple[Callable[[Any], Any], ...] = (
    click.argument("paths", nargs=-1, metavar="[PATH]..."),
    click.option("--policy", metavar="FILE", help="The policy file [default: ./domicile.yaml]."),
    click.option(
        "--allow", multiple=True, metavar="PLACE",
        help="Everything must lie here: EEA, CH, aws:eu-west-1. Repeatable; beside a policy.",
    ),
    click.option(
        "--environment", "-e", metavar="NAME",
        help="Read the variable files of this environment, and judge what is said about it.",
    ),
    click.option(
        "--var-file", "var_files", multiple=True, metavar="FILE",
        help="A Terraform variable file, read after those that load by themselves. Repeatable.",
    ),
    click.option(
        "--var", "variables", multiple=True, metavar="NAME=VALUE",
        help="A Terraform variable. Repeatable.",
    ),
    click.option(
        "--tf-vars-from-env", is_flag=True,
        help="Take Terraform variables from TF_VAR_* of the environment, as Terraform does.",
    ),
    click.option(
        "--as-of", metavar="DATE", help="Judge as on this day, YYYY-MM-DD [default: today]."
    ),
)  # fmt: skip


def settings(paths: tuple[str, ...], **options: Any) -> Settings:
    """Return the settings of a run. Raises UsageError (click's) for what cannot be meant."""
    day = options.pop("as_of", None)
    if day is not None:
        try:
            options["as_of"] = datetime.date.fromisoformat(day)
        except ValueError:
            raise click.BadParameter(
                f"{day!r} is no day; write it like 2026-11-25", param_hint="--as-of"
            ) from None
    variables = []
    for item in options.pop("variables", ()):
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{item!r} is not NAME=VALUE", param_hint="--var")
        variables.append((name, value))
    if options.pop("tf_vars_from_env", False):
        options["environ"] = tuple(
            (name.removeprefix("TF_VAR_"), value)
            for name, value in sorted(os.environ.items())
            if name.startswith("TF_VAR_")
        )
    split: dict[str, Any] = {}
    for key in ("allow", "select", "ignore"):
        given = options.pop(key, ())
        split[key] = tuple(part for item in given for part in _parts(item))
        if given and not split[key]:
            raise click.BadParameter("names nothing; leave it out", param_hint=f"--{key}")
    threshold = options.pop("fail_on", "medium")
    return Settings(
        paths=paths or (".",),
        stdin=sys.stdin.buffer.read(MAX_FILE + 1) if STDIN in paths else None,
        root=Path.cwd(),
        variables=tuple(variables),
        fail_on=None if threshold == "never" else Severity(threshold),
        **split,
        **options,
    )


def _parts(item: str) -> list[str]:
    return [part.strip() for part in item.split(",") if part.strip()]
