"""The command line: ``domicile scan | inventory | explain | rules | init``.

A command's module is imported when the command is called: ``--version`` and ``--help`` load
click and nothing else.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import click

from scanner import __version__

_COMMANDS = {
    "scan": "Judge what will be deployed against the policy.",
    "inventory": "Show what is where: resources, locations and data paths.",
    "explain": "Explain a rule, or why a resource is where it is.",
    "rules": "List the rules.",
    "init": "Write a first policy that allows what is there today.",
}


class _Late(click.Group):
    """A group that knows its commands' names and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"scanner.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = click.utils.make_str(args[0])
        if name not in _COMMANDS:
            from scanner.geography.words import nearest

            close = nearest(name, list(_COMMANDS))
            hint = f" Did you mean {close!r}?" if close else ""
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.command(
    cls=_Late,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean, 1 findings, 2 could not judge, 3 --strict and something open.",
)
@click.version_option(__version__, "-V", "--version", prog_name="domicile")
def cli() -> None:
    """Where every workload and data store will live, before it is deployed.

    Reads Terraform, OpenTofu and Kubernetes; says whose law reaches what, which data paths
    cross a border and which secrets are hard-coded; stops the pipeline when the policy says no.
    """


def main() -> None:
    """Run the command line; a scan that breaks ends with exit code 2 and says why."""
    from scanner.cli.trouble import explained

    # A run only ever adds to what it holds, and ends: the collector would look in vain.
    gc.disable()
    _leave(explained(lambda: cli(prog_name="domicile", standalone_mode=False)))


def _leave(code: int) -> NoReturn:
    """End the process without taking apart what it holds, which takes up to a sixth of a scan."""
    atexit._run_exitfuncs()  # noqa: SLF001 - what `os._exit` leaves out
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError, ValueError):  # told already, or nobody is left to tell
            stream.flush()
    os._exit(code)
