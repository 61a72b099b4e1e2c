"""What a person sees when a run cannot give a verdict: what broke, where, what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import click


def explained(command: Callable[[], Any]) -> int:
    """Run a command and return its exit code; every failure is explained, on standard error."""
    if sys.stdout is None:  # whoever started the process closed it
        _say(
            "cannot write the output: standard output is closed",
            "send it to /dev/null where only the exit code is wanted",
        )
        return 2
    try:
        result = command()
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        return 130
    except BrokenPipeError:
        # The reader went away (`| head`): nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except Exception as error:
        from scanner.errors import ScanError

        if isinstance(error, ScanError):
            _say(error.message, error.hint, _place(error))
            return 2
        if os.environ.get("DOMICILE_TRACEBACK"):
            raise
        if isinstance(error, OSError) and error.filename is None:
            _say(f"cannot write the output: {error.strerror or error}")
            return 2
        _say(
            f"a fault in domicile itself: {type(error).__name__}: {error}",
            "set DOMICILE_TRACEBACK=1 to see where, and report it with the input that caused it",
        )
        return 2
    return result if isinstance(result, int) else 0


def _place(error: Any) -> str:
    span = error.span
    if span is None or f"{span.file}:{span.line}" in error.message:
        return ""
    return f"{span.file}:{span.line}:{span.column}: "


def _say(message: str, hint: str = "", place: str = "") -> None:
    from scanner.report.clean import clean

    lines = message.splitlines() or [""]
    click.echo(click.style("error", fg="red", bold=True) + f": {place}{clean(lines[0])}", err=True)
    for line in lines[1:]:
        click.echo(f"  {clean(line)}", err=True)
    if hint:
        click.echo(f"  help: {clean(hint)}", err=True)
