"""Errors that end a run, each with what broke, where, and what to do about it."""

from __future__ import annotations

from scanner.model import Span


class ScanError(Exception):
    """The scan cannot give a verdict: exit code 2.

    ``message`` says what broke, ``hint`` what to do, ``span`` where, if it stands in a file.
    """

    def __init__(self, message: str, *, hint: str = "", span: Span | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.span = span


class UsageError(ScanError):
    """An option or a path that the command line cannot use."""


class PolicyError(ScanError):
    """The policy file is wrong."""


class RuleError(ScanError):
    """A rule could not be loaded, or raised while it judged."""


class EngineError(RuleError):
    """The Rego engine failed: a build that does not compile, a query that died."""
