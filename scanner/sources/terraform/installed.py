"""Modules of registries and repositories, where a copy of them is on disk.

``terraform init`` writes ``.terraform/modules/modules.json`` beside a root module: which folder
holds the module of each call. A copy in a folder ``vendor`` or ``third_party``, of the caller or
of a folder above it, serves as well. Nothing is fetched.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from scanner.model import Unread

if TYPE_CHECKING:
    from scanner.sources.terraform.run import Run

MANIFEST = ".terraform/modules/modules.json"
VENDORED = ("vendor", "vendor/modules", "third_party", "modules/vendor")
MAX_MANIFEST = 5_000_000
"""The largest manifest that is read, in bytes."""

_LEADING = re.compile(r"^(?:git::|hg::|s3::|gcs::|oci://|https?://|ssh://|git://|[\w.-]+@)+")
_REGISTRIES = ("registry.terraform.io/", "registry.opentofu.org/")


class Copy(Struct, frozen=True):
    """A module in a manifest: where it came from and its folder, relative to the root."""

    source: str
    folder: str


class Copies:
    """Finds the folders of modules whose source is not a local path."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._manifests: dict[str, dict[str, Copy]] = {}
        self._vendored: dict[tuple[str, str], str | None] = {}

    def installed(self, top: str, call: str, source: str) -> str | None:
        """Return the folder that ``terraform init`` gave a call of the root ``top``.

        ``call`` is the dotted path of calls without keys: ``vpc`` or ``platform.vpc``. A
        manifest that names another source is out of date, reported, and not used.
        """
        copy = self._manifest(top).get(call)
        if copy is None:
            return None
        if plain(copy.source) != plain(source):
            self._run.report(
                Unread(
                    _join(top, MANIFEST),
                    f"module.{call}: installed from {copy.source!r}, the configuration says "
                    f"{source!r}: the copy is not used",
                    None,
                    "run terraform init again",
                )
            )
            return None
        return _join(top, copy.folder)

    def vendored(self, source: str, caller: str) -> str | None:
        """Return the folder of a copy in the tree, the nearest to the calling folder."""
        key = (plain(source), caller)
        if key not in self._vendored:
            self._vendored[key] = next(self._copies(*key), None)
        return self._vendored[key]

    def _copies(self, source: str, caller: str) -> Iterator[str]:
        names = list(_names(source))
        folder = caller
        while names:
            for store in VENDORED:
                if (self._run.root / _join(folder, store)).is_dir():
                    for name in names:
                        found = _join(_join(folder, store), name)
                        if self._run.module(found, caller) is not None:
                            yield found
            above = posixpath.dirname(folder) or "."
            if above == folder:
                return
            folder = above

    def _manifest(self, top: str) -> dict[str, Copy]:
        found = self._manifests.get(top)
        if found is None:
            found = self._manifests[top] = self._read(top)
        return found

    def _read(self, top: str) -> dict[str, Copy]:
        name = _join(top, MANIFEST)
        path = self._run.root / name
        try:
            if not path.is_file() or self._run.outside(name, top):
                return {}
            entries = _entries(path)
        except (OSError, ValueError, RecursionError) as error:
            hint = "run terraform init again"
            self._run.report(Unread(name, f"the list of modules cannot be read: {error}", 1, hint))
            return {}
        found: dict[str, Copy] = {}
        for entry in entries:
            key, source, folder = (entry.get(word) for word in ("Key", "Source", "Dir"))
            if not (isinstance(key, str) and isinstance(source, str) and isinstance(folder, str)):
                continue
            if key and ".terraform/" in f"{folder}/":
                found[key] = Copy(source, folder)
        return found


def _entries(path: Path) -> list[dict[str, Any]]:
    if path.stat().st_size > MAX_MANIFEST:
        raise ValueError(f"larger than {MAX_MANIFEST:,} bytes")
    data = json.loads(path.read_text(encoding="utf-8"))
    entries = data.get("Modules") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise ValueError("no list 'Modules'")  # noqa: TRY004 - as for every other broken file
    return [entry for entry in entries if isinstance(entry, dict)]


def is_installed(folder: str) -> bool:
    """Say whether a folder is what ``terraform init`` put there: nobody's own source."""
    return ".terraform" in folder.split("/")


def plain(source: str) -> str:
    """Return a source in one spelling: host and path, the folder inside, no version."""
    text = _LEADING.sub("", source.strip().partition("?")[0])
    for registry in _REGISTRIES:
        text = text.removeprefix(registry)
    # git@github.com:owner/name is github.com/owner/name.
    host, colon, rest = text.partition(":")
    if colon and "/" not in host:
        text = f"{host}/{rest.lstrip('/')}"
    package, _, inside = text.partition("//")
    package = package.removesuffix(".git").strip("/")
    inside = inside.strip("/")
    return f"{package}//{inside}" if inside else package


def _names(source: str) -> Iterator[str]:
    """Yield the folders that a copy of a source is usually kept in, below a store."""
    package, _, inside = source.partition("//")
    steps = package.split("/")
    if len(steps) < 2 or ".." in steps or ".." in inside.split("/"):
        return
    names = [package]
    if len(steps) == 3 and "." not in steps[0]:
        owner, name, provider = steps
        names += [f"{owner}/terraform-{provider}-{name}", f"terraform-{provider}-{name}"]
    else:
        names += ["/".join(steps[-2:]), steps[-1]]
    for name in dict.fromkeys(names):
        yield f"{name}/{inside}" if inside else name


def _join(folder: str, inner: str) -> str:
    return posixpath.normpath(posixpath.join(folder, inner))
