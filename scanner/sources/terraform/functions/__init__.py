"""Terraform's functions: one module per family, gathered into one table.

A `Function` takes evaluated arguments. Most want them wholly known; those in ``partial``
form can work with collections that hold unknowns (``merge``, ``lookup``, ``length``).
"""

from __future__ import annotations

from functools import lru_cache

from scanner.sources.terraform.functions.table import Function


@lru_cache(maxsize=1)
def functions() -> dict[str, Function]:
    """Return every known function by name."""
    from scanner.sources.terraform.functions import (
        collections,
        encoding,
        formats,
        json_text,
        network,
        numbers,
        rsa,
        strings,
        times,
        yaml_text,
    )

    table: dict[str, Function] = {}
    for module in (
        strings,
        formats,
        numbers,
        collections,
        json_text,
        yaml_text,
        encoding,
        network,
        rsa,
        times,
    ):
        table.update(module.FUNCTIONS.functions)
    return table


IMPURE = {
    "timestamp": "the time of the run",
    "plantimestamp": "the time of the run",
    "uuid": "random",
    "bcrypt": "salted at random",
}
"""Functions whose answer the source does not decide, and why."""

FORMS = frozenset({"try", "can", "templatefile", "templatestring"})
"""What is written as a call and is more than a function of values; the evaluator has these."""

__all__ = ["FORMS", "IMPURE", "Function", "functions"]
