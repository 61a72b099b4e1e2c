"""Which repository and commit a tree is, read from its ``.git``: nothing is run."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from urllib.parse import quote, urlsplit

from msgspec import Struct

_MOST = 1024 * 1024
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_SCP = re.compile(r"(?:[\w.-]+@)?([A-Za-z0-9.-]+):(?!//)([\w./~-]+)\Z")
_ORIGIN = re.compile(r'^\[remote "origin"\]\s*$(.*?)(?=^\[|\Z)', re.MULTILINE | re.DOTALL)
_URL = re.compile(r"^\s*url\s*=\s*(\S+)\s*$", re.MULTILINE)


class Provenance(Struct, frozen=True):
    """Where a working directory lies in its repository; without one ``top`` is the directory.

    ``prefix`` leads from the top of the repository to the working directory: ``infra/``.
    ``repository`` is an address without credentials, ``revision`` the commit's full hash.
    """

    top: Path
    prefix: str = ""
    repository: str = ""
    revision: str = ""
    branch: str = ""

    @classmethod
    def of(cls, root: Path) -> Provenance:
        """Return the provenance of a directory."""
        root = root.absolute()
        for top in (root, *root.parents):
            git = _git_directory(top / ".git")
            if git is not None:
                inside = root.relative_to(top).as_posix()
                revision, branch = _head(git)
                prefix = "" if inside == "." else f"{inside}/"
                return cls(top, prefix, _origin(git), revision, branch)
        return cls(root)

    def path(self, file: str) -> str | None:
        """Return a scanned file's path from the top of the repository, None if outside it."""
        path = posixpath.normpath(posixpath.join(self.prefix, file))
        return None if path.startswith(("../", "/")) or path == ".." else path

    def uri(self, file: str) -> tuple[str, bool]:
        """Return the file as a URI, and whether that is relative to the repository's top."""
        path = self.path(file)
        if path is not None:
            return quote(path, safe="/", errors="surrogateescape"), True
        # Not resolved: a link inside the repository is still the path that was scanned.
        return Path(os.path.normpath(self.top / self.prefix / file)).as_uri(), False


def _git_directory(path: Path) -> Path | None:
    if path.is_dir():
        return path if (path / "HEAD").is_file() else None
    text = _read(path)  # a worktree or a submodule: a file that says where
    if not text.startswith("gitdir:"):
        return None
    found = path.parent / text.removeprefix("gitdir:").strip()
    return found if (found / "HEAD").is_file() else None


def _common(git: Path) -> Path:
    text = _read(git / "commondir").strip()
    return git / text if text else git


def _head(git: Path) -> tuple[str, str]:
    head = _read(git / "HEAD").strip()
    if not head.startswith("ref: "):
        return (head if _HASH.match(head) else ""), ""
    ref = head.removeprefix("ref: ").strip()
    branch = ref.removeprefix("refs/heads/")
    if ".." in ref or not ref.startswith("refs/"):
        return "", ""
    found = _read(_common(git) / ref).strip()
    if _HASH.match(found):
        return found, branch
    for line in _read(_common(git) / "packed-refs").splitlines():
        revision, _, name = line.partition(" ")
        if name == ref and _HASH.match(revision):
            return revision, branch
    return "", branch


def _origin(git: Path) -> str:
    section = _ORIGIN.search(_read(_common(git) / "config"))
    found = _URL.search(section.group(1)) if section else None
    return address(found.group(1)) if found else ""


def address(remote: str) -> str:
    """Return a remote's address as a web address without credentials, or an empty string."""
    short = _SCP.match(remote)
    if short:
        host, path = short.groups()
    else:
        try:
            parts = urlsplit(remote)
            host, path = parts.hostname or "", parts.path
            # A port belongs to the protocol: that of ssh does not serve the web.
            if parts.port and parts.scheme in ("http", "https"):
                host = f"{host}:{parts.port}"
        except ValueError:
            return ""
        if parts.scheme not in ("http", "https", "ssh", "git"):
            return ""
    path = path.strip("/").removesuffix(".git")
    return f"https://{host}/{quote(path, safe='/~%')}" if host and path else ""


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST).decode("utf-8", "replace")
    except OSError:
        return ""  # there is none: then nothing is known, and the report says nothing
