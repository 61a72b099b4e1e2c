"""From folders of manifests to a `Reading`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from scanner.model import Binding, Declaration, Hop, Unit, Unread, WrittenString
from scanner.providers.kubernetes.topology import cloud
from scanner.settings import Settings
from scanner.sources.kubernetes.claims import kustomization
from scanner.sources.kubernetes.manifest import Manifest
from scanner.sources.kubernetes.objects import SOURCE, Found, declarations, objects
from scanner.sources.kubernetes.references import references
from scanner.sources.kubernetes.strings import strings
from scanner.sources.source import Input, Reading
from scanner.sources.yaml import MAX_BYTES, documents


def read(inputs: Sequence[Input], settings: Settings) -> Reading:
    """Read folders of manifests: each is a unit of its own."""
    units: list[Unit] = []
    made: list[Declaration] = []
    written: list[WrittenString] = []
    unread: list[Unread] = []
    for one in inputs:
        found: list[Found] = []
        for part in _found(one, settings.root):
            if isinstance(part, Unread):
                unread.append(part)
            else:
                found.append(part)
        own = _connected(declarations(found, one.unit))
        if own:
            units.append(Unit(one.unit, SOURCE, one.path, settings.environment))
            made.extend(own)
        for declaration in own:
            if isinstance(declaration.origin, Manifest) and "[*]" not in declaration.name:
                written.extend(strings(declaration, declaration.origin))
    return Reading(tuple(units), tuple(made), tuple(written), tuple(unread))


def _found(one: Input, root: Path) -> Iterator[Found | Unread]:
    patches: dict[str, str] = {}
    for patch in _patches(one, root):
        if isinstance(patch, Unread):
            yield patch
        else:
            patches[patch[0]] = patch[1]
    for file in one.files:
        if file in patches:
            hint = "render it (kubectl kustomize) and scan what comes out"
            reason = f"a patch of {patches[file]}, which is not built"
            yield Unread(file, reason, None, hint)
            continue
        content = _bytes(root / file, file)
        if isinstance(content, Unread):
            yield content
            continue
        for document in documents(content, file):
            yield from objects(document)


def _bytes(path: Path, file: str) -> bytes | Unread:
    try:
        with path.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)  # one more tells that there is more
    except OSError as error:
        return Unread(file, error.strerror or "cannot be opened")


def _patches(one: Input, root: Path) -> Iterator[tuple[str, str] | Unread]:
    """Yield the files that a Kustomization beside the manifests lays over others."""
    for folder in dict.fromkeys(posixpath.dirname(file) for file in one.files):
        for ending in ("yaml", "yml"):
            name = posixpath.join(folder, f"kustomization.{ending}")
            if not any(kustomization([name])) or not (root / name).is_file():
                continue
            content = _bytes(root / name, name)
            if isinstance(content, Unread):
                yield content
                continue
            for document in documents(content, name):
                for patch in _patched(document.value):
                    yield posixpath.normpath(posixpath.join(folder, patch)), name


def _patched(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for field in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        entries = value.get(field)
        for entry in entries if isinstance(entries, list) else ():
            path = entry.get("path") if isinstance(entry, dict) else entry
            if isinstance(path, str) and "\n" not in path:
                yield path


def _connected(own: list[Declaration]) -> list[Declaration]:
    """Return the declarations with what they refer to, and the cloud that they share."""
    found = references(own)
    binding = _binding(own)
    made = []
    for declaration in own:
        origin = declaration.origin
        if isinstance(origin, Manifest):
            origin = replace(origin, pointers=found.get(declaration.address, ()))
        made.append(replace(declaration, origin=origin, binding=binding))
    return made


def _binding(own: list[Declaration]) -> Binding | None:
    """Return the cloud that the unit's objects show, if they show exactly one."""
    seen: Mapping[str, Hop] = {}
    for declaration in own:
        sign = cloud(declaration.type, declaration.attributes)
        if sign is not None and sign[0] not in seen:
            hop = declaration.origin.trail(sign[1])[-1]
            text = f"{hop.text}: a cluster of {sign[0]}"
            seen = {**seen, sign[0]: Hop(hop.span, text)}
    if len(seen) != 1:
        return None
    (provider, hop) = next(iter(seen.items()))
    return Binding(provider, None, (hop,), "the manifests name no cluster")
