"""Which files are Kubernetes manifests."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator

_ENDINGS = (".yaml", ".yml", ".json")
_VERSION = re.compile(r"""^(?:---[ \t]+)?["']?apiVersion["']?[ \t]*:""", re.MULTILINE)
_KIND = re.compile(r"""^["']?kind["']?[ \t]*:""", re.MULTILINE)
_JSON = re.compile(r'"(apiVersion|kind)"\s*:\s*"')
_KUSTOMIZATION = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_CHART_FOLDERS = ("templates", "charts", "crds", "ci")

_NO_OBJECTS = re.compile(
    r"(?:(?:kustomize|kubelet|kubeproxy|kubescheduler|apiserver)\.config\.k8s\.io|kubeadm\.k8s\.io"
    r"|apiserver\.k8s\.io|audit\.k8s\.io|abac\.authorization\.kubernetes\.io|config\.kubernetes\.io"
    r"|client\.authentication\.k8s\.io|kind\.x-k8s\.io|k3d\.io|ctlptl\.dev|skaffold|builtin"
    r"|kpt\.dev|garden\.io|(?:[a-z]+\.)?backstage\.io|cli\.kyverno\.io|kuttl\.dev"
    r"|krew\.googlecontainertools\.github\.com)\Z"
)
"""Groups of files that tools read for themselves."""


def claims(names: Iterable[str], head: Callable[[str], str]) -> tuple[str, ...]:
    """Return the files that hold manifests, of all files of a tree.

    ``head`` gives the beginning of a file as text (the more of it the better: a manifest may
    stand after others). What belongs to a Helm chart or is a Kustomization is left to those.
    """
    files = sorted(names)
    charts = {posixpath.dirname(name) for name in files if posixpath.basename(name) == "Chart.yaml"}
    return tuple(name for name in files if _named(name, charts) and looks(name, head(name)))


def looks(name: str, text: str) -> bool:
    """Say whether a text looks like a manifest: it names its version and its kind."""
    if name.endswith(".json"):
        return len({match[1] for match in _JSON.finditer(text)}) == 2
    if _VERSION.search(text) and _KIND.search(text):
        return True
    return text.lstrip().startswith("{") and looks(f"{name}.json", text)


def is_object(api_version: str, kind: str) -> bool:
    """Say whether a document with a version and a kind is sent to a cluster at all.

    Tools write their own files in the same shape: a kubeconfig, Skaffold, kind, Kustomize.
    """
    group = api_version.rpartition("/")[0]
    if api_version == "v1" and kind in ("Config", "Preferences"):
        return False  # a kubeconfig
    return not _NO_OBJECTS.match(group)


def kustomization(names: Iterable[str]) -> Iterator[str]:
    """Yield the Kustomizations among file names."""
    return (name for name in names if posixpath.basename(name) in _KUSTOMIZATION)


def _named(name: str, charts: set[str]) -> bool:
    if not name.endswith(_ENDINGS) or posixpath.basename(name) in _KUSTOMIZATION:
        return False
    folder = posixpath.dirname(name)
    if folder in charts:
        return False
    while folder:
        folder, inner = posixpath.split(folder)
        if inner in _CHART_FOLDERS and folder in charts:
            return False
    return True
