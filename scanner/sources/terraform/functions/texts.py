"""Texts as Terraform counts them: in grapheme clusters, so that é is one however it is written."""

from __future__ import annotations


def clusters(text: str) -> list[str]:
    """Return the user-visible characters of a text."""
    if text.isascii() and "\r" not in text:
        return list(text)
    import regex

    return [str(item) for item in regex.findall(r"\X", text)]
