"""Which law packs exist."""

from __future__ import annotations

from scanner.geography import nearest


def pack_names() -> tuple[str, ...]:
    """Return the names of the built-in law packs, in order."""
    from scanner.builtin import folder

    packs = folder("rules") / "packs"
    return tuple(sorted(file.stem for file in packs.glob("*.yaml")))


def pack_fault(name: str) -> str | None:
    """Return what is wrong with the name of a pack, or None where it exists."""
    known = pack_names()
    if name in known:
        return None
    if not known:
        return f"unknown pack '{name}'; this release brings no law packs"
    near = nearest(name, known)
    hint = f"; did you mean '{near}'?" if near else f"; packs are {', '.join(known)}"
    return f"unknown pack '{name}'{hint}"
