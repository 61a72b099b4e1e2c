"""Compares Domicile's evaluator with Terraform's own, over ``expressions.txt``.

Run by ``make oracle``; wants ``terraform`` 1.11 on PATH.
"""

from __future__ import annotations

from pathlib import Path

from console import differences, expressions


def test_console(tmp_path: Path) -> None:
    found = differences(tmp_path, expressions(known=False))
    assert not found, "\n".join(f"{s!r}: terraform {t!r}, domicile {m!r}" for s, t, m in found)


def test_what_differs_still_does(tmp_path: Path) -> None:
    sources = expressions(known=True)
    found = {source for source, _, _ in differences(tmp_path, sources)}
    assert [source for source in sources if source not in found] == []
