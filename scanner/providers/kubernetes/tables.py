"""The tables of this folder, read once: kinds, images, labels, clouds, managed objects."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

_FOLDER = Path(__file__).resolve().parent


class Kind(Struct, frozen=True):
    """What a Kubernetes kind is.

    ``kind`` is a word of `scanner.model.KINDS`, or empty for one that no table names;
    ``scope`` is ``cluster`` for objects without a namespace.
    """

    kind: str = ""
    scope: str = ""
    role: str = ""


def group(api_version: str) -> str:
    """Return the API group: ``apps`` of ``apps/v1``, empty for ``v1``."""
    return api_version.rpartition("/")[0]


@lru_cache(maxsize=1024)
def kind(api_version: str, name: str) -> Kind:
    """Return what a kind is; one of an unknown group is an object about which nothing is said."""
    wanted = group(api_version)
    exact, patterns = _kinds()
    for row in (exact.get((wanted, name)), exact.get((wanted, "*"))):
        if row is not None:
            return row
    for pattern, of, row in patterns:
        if of in (name, "*") and fnmatchcase(wanted, pattern):
            return row
    return Kind()


@lru_cache(maxsize=1)
def images() -> dict[str, str]:
    """Return the kind of service that a container image's name stands for."""
    return {row["image"]: row["is"] for row in _read("images.csv")}


@lru_cache(maxsize=1)
def labels() -> dict[str, tuple[str, str]]:
    """Return the node labels that name a place: ``region`` or ``zone``, and whose."""
    return {row["label"]: (row["what"], row["provider"]) for row in _read("labels.csv")}


@lru_cache(maxsize=4096)
def cloud(form: str, text: str) -> str:
    """Return the cloud that a driver, an annotation or a node label belongs to, or nothing."""
    exact, prefixes = _clouds()
    if (form, text) in exact:
        return exact[form, text]
    return next(
        (cloud for of, start, cloud in prefixes if of == form and text.startswith(start)), ""
    )


class Managed(Struct, frozen=True):
    """Where an object that stands for a cloud's own resource says its place."""

    provider: str
    paths: tuple[str, ...]


@lru_cache(maxsize=1024)
def managed(api_version: str, name: str) -> Managed | None:
    """Return where a controller will make what the object describes, outside the cluster."""
    wanted = group(api_version)
    for row in _read("managed.csv"):
        if row["kind"] in (name, "*") and fnmatchcase(wanted, row["group"]):
            return Managed(row["provider"], tuple(row["paths"].split()))
    return None


@lru_cache(maxsize=1)
def _kinds() -> tuple[dict[tuple[str, str], Kind], list[tuple[str, str, Kind]]]:
    exact: dict[tuple[str, str], Kind] = {}
    patterns: list[tuple[str, str, Kind]] = []
    for row in _read("kinds.csv"):
        made = Kind(row["is"], row["scope"], row["role"])
        if "*" in row["group"]:
            patterns.append((row["group"], row["kind"], made))
        else:
            exact[row["group"], row["kind"]] = made
    return exact, patterns


@lru_cache(maxsize=1)
def _clouds() -> tuple[dict[tuple[str, str], str], list[tuple[str, str, str]]]:
    exact: dict[tuple[str, str], str] = {}
    prefixes: list[tuple[str, str, str]] = []
    for row in _read("clouds.csv"):
        if row["pattern"].endswith("*"):
            prefixes.append((row["form"], row["pattern"][:-1], row["provider"]))
        else:
            exact[row["form"], row["pattern"]] = row["provider"]
    return exact, prefixes


def _read(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
